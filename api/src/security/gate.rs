//! Who holds this token: the database's answer, remembered for less than a second.
//!
//! A credential's row says whose it is and where it acts. Whether the person may sign in at all, and what they may
//! do on the instance, the system ledger says; both are asked together, so both are at most a second old.

use std::collections::{BTreeSet, HashMap};
use std::sync::{Arc, Mutex, PoisonError, Weak};
use std::time::{Duration, Instant};

use cinatra_commands::session::Held;
use cinatra_commands::{Instances, Sessions};
use cinatra_domain::authority::{Actor, ActorKind, BypassReason};
use cinatra_domain::kernel::{ActorId, TenantId, UserId};
use cinatra_domain::permission::Permission;
use cinatra_domain::user::{PlatformRole, User};
use cinatra_eventstore::{EventStore, Session, Token as Row, TokenKind as RowKind};

use super::{Principal, Token, TokenKind};
use crate::problem::Problem;

/// From this age on, one caller asks again while the others still get the remembered answer.
const FRESH: Duration = Duration::from_millis(500);
/// From this age on, nobody gets it: a revocation takes effect within this time.
const KEPT: Duration = Duration::from_secs(1);
/// How long a question to the database may be under way, with room to spare.
const QUESTION_MAX: Duration = Duration::from_mins(1);
/// Remembered holders; beyond, everything is forgotten and asked again.
const REMEMBERED_MAX: usize = 4096;

/// Turns a token into its holder.
#[derive(Debug)]
pub struct Gate {
    store: EventStore,
    sessions: Sessions,
    instances: Instances,
    memory: Mutex<Memory>,
    namespace: Mutex<Option<(Instant, Option<Arc<str>>)>>,
}

/// Holders by the hash of their credential, and the credentials that this process has ended.
#[derive(Debug, Default)]
struct Memory {
    holders: HashMap<[u8; 32], Remembered>,
    ended: HashMap<[u8; 32], Instant>,
    asking: HashMap<[u8; 32], Weak<Asking>>,
}

/// Held by whoever asks about a credential: when that failed last, and how.
type Asking = tokio::sync::Mutex<Option<(Instant, Problem)>>;

#[derive(Debug)]
struct Remembered {
    holder: Arc<Principal>,
    since: Instant,
    is_being_renewed: bool,
}

impl Gate {
    /// Over the credentials of this database.
    pub fn new(store: EventStore, sessions: Sessions, instances: Instances) -> Self {
        Self {
            store,
            sessions,
            instances,
            memory: Mutex::default(),
            namespace: Mutex::default(),
        }
    }

    /// The holder; `None` when the token is unknown, revoked, or its holder may not come in.
    pub async fn authenticate(&self, token: &Token) -> Result<Option<Arc<Principal>>, Problem> {
        let hash = token.hash();
        if let Some(holder) = self.memory().recall(&hash, Instant::now()) {
            return Ok(Some(holder));
        }
        // Whoever asks, asks for all who wait: a thousand viewers that come back at once with one credential would
        // otherwise ask a thousand times, each answer be old when it comes, and everybody ask again.
        let (came, asking) = (Instant::now(), self.memory().asking(&hash));
        let mut failed = asking.lock().await;
        if let Some(holder) = self.memory().since(&hash, came) {
            return Ok(Some(holder));
        }
        // While the database is away, nobody waits for the questions of all who came before.
        if let Some((_, problem)) = failed.as_ref().filter(|(when, _)| *when >= came) {
            return Err(problem.clone());
        }
        let answer = self.ask(token, hash).await;
        let problem = answer.as_ref().err().cloned();
        *failed = problem.map(|problem| (Instant::now(), problem));
        answer
    }

    async fn ask(&self, token: &Token, hash: [u8; 32]) -> Result<Option<Arc<Principal>>, Problem> {
        let asked = Instant::now();
        let found = match token.kind() {
            TokenKind::Session => self.holder_of_session(&hash).await,
            TokenKind::Personal | TokenKind::Service => self.holder_of_token(&hash).await,
            TokenKind::Challenge => Ok(None),
        };
        let Some((actor, held)) = found? else {
            self.memory().holders.remove(&hash);
            return Ok(None);
        };
        let holder = Arc::new(Principal {
            actor: Arc::new(actor),
            held,
            namespace: self.namespace().await?,
        });
        self.memory().keep(hash, holder.clone(), asked);
        Ok(Some(holder))
    }

    /// What was remembered of a credential that this process has just ended is not true any more, nor is what
    /// the database answers to a question that was asked before.
    pub fn forget(&self, held: &Held) {
        self.memory().end(held.hash, Instant::now());
    }

    async fn holder_of_session(&self, hash: &[u8; 32]) -> Result<Option<Found>, Problem> {
        let Some(session) = self
            .store
            .find_session(hash)
            .await
            .map_err(|error| Problem::of(&error))?
        else {
            return Ok(None);
        };
        let Some(platform_role) = self.platform_role(session.user_id).await? else {
            return Ok(None);
        };
        if let Err(error) = self.sessions.prolong(&session).await {
            tracing::debug!(%error, "a session was not prolonged");
        }
        let held = Held {
            session_id: session.session_id,
            hash: *hash,
            user_id: session.user_id,
        };
        Ok(Some((of_session(&session, platform_role), Some(held))))
    }

    async fn holder_of_token(&self, hash: &[u8; 32]) -> Result<Option<Found>, Problem> {
        let Some(row) = self
            .store
            .find_token(hash)
            .await
            .map_err(|error| Problem::of(&error))?
        else {
            return Ok(None);
        };
        let platform_role = match row.kind {
            RowKind::Personal(user) => match self.platform_role(user).await? {
                Some(role) => role,
                None => return Ok(None),
            },
            RowKind::Bootstrap | RowKind::Service(_) => PlatformRole::User,
        };
        Ok(Some((of_token(row, platform_role), None)))
    }

    /// What a person may do on the instance; `None` when they may not come in.
    async fn platform_role(&self, user: UserId) -> Result<Option<PlatformRole>, Problem> {
        let id = user.to_string();
        let loaded = self.store.load_cold::<User>(TenantId::SYSTEM, &id).await;
        let loaded = loaded.map_err(|error| Problem::of(&error))?;
        let person = loaded.state.person().filter(|person| !person.is_banned);
        Ok(person.map(|person| person.platform_role))
    }

    async fn namespace(&self) -> Result<Option<Arc<str>>, Problem> {
        if let Some((since, namespace)) = self.known_namespace()
            && since.elapsed() < FRESH
        {
            return Ok(namespace);
        }
        let asked = Instant::now();
        let state = self
            .instances
            .state()
            .await
            .map_err(|error| Problem::of(&error))?;
        let namespace = state.running().and_then(|it| it.namespace.as_deref());
        let namespace: Option<Arc<str>> = namespace.map(Into::into);
        let mut known = self
            .namespace
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        *known = Some((asked, namespace.clone()));
        Ok(namespace)
    }

    fn known_namespace(&self) -> Option<(Instant, Option<Arc<str>>)> {
        let known = self
            .namespace
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        known.clone()
    }

    fn memory(&self) -> std::sync::MutexGuard<'_, Memory> {
        self.memory.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

type Found = (Actor, Option<Held>);

fn of_session(session: &Session, platform_role: PlatformRole) -> Actor {
    Actor {
        id: ActorId::user(session.user_id),
        kind: ActorKind::User(session.user_id),
        organization: session.organization_id,
        platform_role,
        scopes: None,
        bypass: session
            .bypass_reason
            .as_deref()
            .and_then(BypassReason::parse),
    }
}

fn of_token(row: Row, platform_role: PlatformRole) -> Actor {
    let scopes = row.scopes.map(|scopes| {
        // A permission that this build does not know grants nothing.
        let known = scopes.iter().filter_map(|scope| Permission::parse(scope));
        known.collect::<BTreeSet<_>>()
    });
    Actor {
        kind: match row.kind {
            RowKind::Personal(user) => ActorKind::User(user),
            RowKind::Service(account) => ActorKind::ServiceAccount(account),
            RowKind::Bootstrap => ActorKind::Bootstrap,
        },
        id: row.actor,
        organization: (row.tenant != TenantId::SYSTEM).then_some(row.tenant),
        platform_role,
        scopes,
        bypass: None,
    }
}

impl Memory {
    /// Age counts from when the database was asked, so that a slow answer does not live longer.
    fn recall(&mut self, hash: &[u8; 32], now: Instant) -> Option<Arc<Principal>> {
        let known = self.holders.get_mut(hash)?;
        let age = now.saturating_duration_since(known.since);
        if age >= KEPT {
            return None;
        }
        if age >= FRESH && !known.is_being_renewed {
            known.is_being_renewed = true;
            return None;
        }
        Some(known.holder.clone())
    }

    /// What somebody else has asked since this moment.
    fn since(&self, hash: &[u8; 32], moment: Instant) -> Option<Arc<Principal>> {
        let known = self.holders.get(hash)?;
        (known.since >= moment).then(|| known.holder.clone())
    }

    fn asking(&mut self, hash: &[u8; 32]) -> Arc<Asking> {
        if let Some(asking) = self.asking.get(hash).and_then(Weak::upgrade) {
            return asking;
        }
        if self.asking.len() >= REMEMBERED_MAX {
            self.asking.retain(|_, asking| asking.strong_count() > 0);
        }
        let asking = Arc::default();
        self.asking.insert(*hash, Arc::downgrade(&asking));
        asking
    }

    fn keep(&mut self, hash: [u8; 32], holder: Arc<Principal>, since: Instant) {
        if self.ended.get(&hash).is_some_and(|ended| since <= *ended) {
            return;
        }
        if self.holders.len() >= REMEMBERED_MAX {
            self.holders.clear();
        }
        let is_being_renewed = false;
        self.holders.insert(
            hash,
            Remembered {
                holder,
                since,
                is_being_renewed,
            },
        );
    }

    /// An answer that is older than the end of its credential lives no longer than any other.
    fn end(&mut self, hash: [u8; 32], now: Instant) {
        self.holders.remove(&hash);
        self.ended
            .retain(|_, ended| now.saturating_duration_since(*ended) < QUESTION_MAX);
        self.ended.insert(hash, now);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn holder() -> Arc<Principal> {
        Arc::new(Principal::anonymous())
    }

    #[test]
    fn one_caller_renews_and_nobody_gets_an_old_answer() {
        let (mut memory, start, hash) = (Memory::default(), Instant::now(), [1; 32]);
        memory.keep(hash, holder(), start);
        assert!(memory.recall(&hash, start).is_some());
        assert!(memory.recall(&hash, start + FRESH).is_none());
        assert!(memory.recall(&hash, start + FRESH).is_some());
        assert!(memory.recall(&hash, start + KEPT).is_none());
        assert!(memory.recall(&[2; 32], start).is_none());
    }

    #[test]
    fn an_answer_to_an_older_question_does_not_bring_an_ended_credential_back() {
        let (mut memory, asked, hash) = (Memory::default(), Instant::now(), [1; 32]);
        memory.keep(hash, holder(), asked);
        let ended = asked + Duration::from_millis(1);
        memory.end(hash, ended);
        assert!(memory.recall(&hash, ended).is_none());
        memory.keep(hash, holder(), asked);
        assert!(memory.recall(&hash, ended).is_none());
        memory.end([2; 32], ended + QUESTION_MAX);
        assert_eq!(memory.ended.len(), 1);
    }

    #[test]
    fn who_waits_for_an_answer_takes_one_that_was_asked_for_since() {
        let (mut memory, came, hash) = (Memory::default(), Instant::now(), [1; 32]);
        let asking = memory.asking(&hash);
        assert!(Arc::ptr_eq(&asking, &memory.asking(&hash)));
        memory.keep(hash, holder(), came);
        assert!(memory.since(&hash, came).is_some());
        let later = came + Duration::from_millis(1);
        assert!(memory.since(&hash, later).is_none(), "asked before");
        drop(asking);
        assert_eq!(memory.asking[&hash].strong_count(), 0);
    }

    #[test]
    fn memory_is_bounded() {
        let (mut memory, now) = (Memory::default(), Instant::now());
        for one in 0..REMEMBERED_MAX + 10 {
            let mut hash = [0; 32];
            hash[..8].copy_from_slice(&one.to_be_bytes());
            memory.keep(hash, holder(), now);
        }
        assert!(memory.holders.len() <= REMEMBERED_MAX);
    }
}
