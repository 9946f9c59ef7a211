//! Folds of authority, one per organization, kept in memory and brought up to date by tag.

use std::collections::HashMap;
use std::num::NonZeroUsize;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use cinatra_domain::Fact;
use cinatra_domain::authority::{AuthorityState, every_authority_tag};
use cinatra_domain::kernel::{Position, Tag, TenantId};
use cinatra_eventstore::{EventStore, Proof, ReadError};
use lru::LruCache;

/// How old a fold may be that a call is allowed by. A revocation takes effect within a second on every node:
/// this, and a look at the ledger.
const RECENT: Duration = Duration::from_millis(500);
/// Organizations remembered.
const ORGANIZATIONS_MAX: NonZeroUsize = NonZeroUsize::new(4_096).unwrap();
/// Proofs remembered per organization; beyond, they begin anew.
const PROOFS_MAX: usize = 4_096;

/// Who may do what in one organization, as of a position of its ledger.
#[derive(Clone, Debug)]
pub struct Snapshot {
    state: Arc<AuthorityState>,
    at: Position,
    /// When the ledger was asked.
    asked: Instant,
}

impl Snapshot {
    /// The fold.
    pub fn state(&self) -> &AuthorityState {
        &self.state
    }

    /// Where it stands.
    pub const fn at(&self) -> Position {
        self.at
    }
}

/// Every fold. Cheap to clone.
#[derive(Clone, Debug)]
pub(super) struct Folds {
    store: EventStore,
    known: Arc<Mutex<LruCache<TenantId, Arc<Entry>>>>,
}

/// One organization's fold.
#[derive(Debug, Default)]
struct Entry {
    known: Mutex<Option<Snapshot>>,
    proofs: Mutex<HashMap<Vec<Tag>, Proof>>,
    /// Whoever reads the ledger reads it for all who wait.
    reading: tokio::sync::Mutex<()>,
}

impl Entry {
    fn known(&self) -> MutexGuard<'_, Option<Snapshot>> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn proofs(&self) -> MutexGuard<'_, HashMap<Vec<Tag>, Proof>> {
        self.proofs.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The fold, if the ledger was asked at or after a moment.
    fn since(&self, moment: Option<Instant>) -> Option<Snapshot> {
        let known = self.known().clone()?;
        (moment.is_none_or(|moment| known.asked >= moment)).then_some(known)
    }
}

impl Folds {
    pub(super) fn new(store: EventStore) -> Self {
        Self {
            store,
            known: Arc::new(Mutex::new(LruCache::new(ORGANIZATIONS_MAX))),
        }
    }

    fn entry(&self, organization: TenantId) -> Arc<Entry> {
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        known.get_or_insert(organization, Arc::default).clone()
    }

    /// A fold that is at most half a second old.
    pub(super) async fn recent(&self, organization: TenantId) -> Result<Snapshot, ReadError> {
        self.at_least(organization, Instant::now().checked_sub(RECENT))
            .await
    }

    /// A fold that holds everything that was in the ledger when this was asked.
    pub(super) async fn fresh(&self, organization: TenantId) -> Result<Snapshot, ReadError> {
        self.at_least(organization, Some(Instant::now())).await
    }

    async fn at_least(
        &self,
        organization: TenantId,
        moment: Option<Instant>,
    ) -> Result<Snapshot, ReadError> {
        let entry = self.entry(organization);
        if let Some(known) = entry.since(moment) {
            return Ok(known);
        }
        let _reading = entry.reading.lock().await;
        if let Some(known) = entry.since(moment) {
            return Ok(known);
        }
        let snapshot = self.read(organization, &entry).await?;
        *entry.known() = Some(snapshot.clone());
        Ok(snapshot)
    }

    /// Reads what came since, and folds it.
    async fn read(&self, tenant: TenantId, entry: &Entry) -> Result<Snapshot, ReadError> {
        let asked = Instant::now();
        let known = entry.known().clone();
        let after = known.as_ref().map_or(Position::START, |known| known.at);
        let tags = [every_authority_tag().map_err(|_| ReadError::Column {
            tenant,
            position: after,
            column: "event_tags.tag",
        })?];
        let (events, at) = self.store.events_by_tag_after(tenant, &tags, after).await?;
        let state = match known {
            Some(known) if events.is_empty() => known.state,
            known => {
                let mut state = known.map_or_else(AuthorityState::default, |known| {
                    AuthorityState::clone(&known.state)
                });
                for recorded in &events {
                    let position = recorded.position;
                    let fact = recorded
                        .decode::<Fact>()
                        .map_err(|source| ReadError::Decode {
                            tenant,
                            position,
                            source,
                        })?;
                    let Some(fact) = fact else { continue };
                    state
                        .apply(&fact, &recorded.actor, tenant, &recorded.stream)
                        .map_err(|source| ReadError::Impossible {
                            tenant,
                            position,
                            source,
                        })?;
                }
                Arc::new(state)
            }
        };
        Ok(Snapshot { state, at, asked })
    }

    /// The proof that nothing with these tags came after a snapshot: it grows with every append that relied on
    /// it, so that conditions never look far back.
    pub(super) fn proof(&self, organization: TenantId, snapshot: &Snapshot, tags: &[Tag]) -> Proof {
        let entry = self.entry(organization);
        let mut proofs = entry.proofs();
        if let Some(proof) = proofs.get(tags)
            && proof.position() >= snapshot.at
        {
            return proof.clone();
        }
        if proofs.len() >= PROOFS_MAX {
            proofs.clear();
        }
        let proof = Proof::at(snapshot.at);
        proofs.insert(tags.to_vec(), proof.clone());
        proof
    }

    /// The fold has to be read anew before anybody relies on it.
    pub(super) fn touch(&self, organization: TenantId) {
        if let Some(known) = self.entry(organization).known().as_mut()
            && let Some(past) = Instant::now().checked_sub(RECENT * 2)
        {
            known.asked = past;
        }
    }
}
