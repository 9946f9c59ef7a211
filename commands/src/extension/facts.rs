//! What the ledger says about a package and those around it, and what keeps it true until the append.

use std::sync::Arc;
use std::time::Duration;

use cinatra_domain::extension::{
    Dependent, Effect, Extension, ExtensionEvent, ExtensionState, Kind, PackageName, References,
    Status, Warning, dependent_tag, dependents_of, extension_tag, use_tag,
};
use cinatra_domain::kernel::{Decider as _, StreamId, TenantId};
use cinatra_eventstore::{
    Condition, Expected, Loaded, NewEvent, Proof, ReadError, Recorded, SideRow, StreamAppend,
};

use super::Extensions;
use super::stop::Stop;
use crate::draft::Draft;
use crate::permission::delete_extension_permissions;
use crate::run;

/// How long a command that does not need the registry waits for what it would have to say.
const REGISTRY_PATIENCE: Duration = Duration::from_secs(3);

/// The attempt from which on everything is read from the database.
pub(super) const FRESH: u32 = 1;

/// A package's stream as it was read.
pub(super) type State = Loaded<ExtensionState>;

/// What a decision relied on: it goes into the append whatever the decision was.
#[derive(Debug, Default)]
pub(super) struct Basis {
    pub(super) streams: Vec<StreamAppend>,
    pub(super) conditions: Vec<Condition>,
}

impl Basis {
    /// Relies on a stream's last revision, and writes to it what was decided. Streams are appended in the
    /// order in which they were first written to, so that dependencies come first in the ledger too.
    pub(super) fn write(&mut self, package: &PackageName, state: &State, events: Vec<NewEvent>) {
        let stream = StreamId::new(Extension::CATEGORY, package.as_str());
        let known = self.streams.iter().position(|known| known.stream == stream);
        let mut entry = match known {
            Some(place) => self.streams.remove(place),
            None => StreamAppend {
                stream,
                expected: state.revision.map_or(Expected::NoStream, Expected::At),
                events: Vec::new(),
                state: None,
            },
        };
        entry.events.extend(events);
        self.streams.push(entry);
    }

    /// Says what a stream's events lead to, so that the next command need not fold it again.
    pub(super) fn leads_to(&mut self, package: &PackageName, state: ExtensionState) {
        let stream = StreamId::new(Extension::CATEGORY, package.as_str());
        if let Some(known) = self.streams.iter_mut().find(|known| known.stream == stream) {
            known.state = Some(Arc::new(state));
        }
    }
}

impl Extensions {
    /// Everything that was granted on a package and its skills goes with it.
    pub(super) async fn delete_permissions(
        &self,
        tenant: TenantId,
        package: &PackageName,
        basis: &mut Basis,
    ) -> Result<(), Stop> {
        let snapshot = self.authorities.fresh(tenant).await?;
        let resources = snapshot.state().resources_of_package(package.as_str());
        let mut draft = Draft::default();
        delete_extension_permissions(&self.store, &mut draft, tenant, &resources).await?;
        basis.streams.extend(draft.into_streams());
        Ok(())
    }

    /// What an agent was as something that runs goes with it, and so do its runs.
    pub(super) async fn delete_runs(
        &self,
        tenant: TenantId,
        package: &PackageName,
        basis: &mut Basis,
        side: &mut Vec<SideRow>,
    ) -> Result<(), Stop> {
        let mut draft = Draft::default();
        run::destroyed(&self.store, &mut draft, tenant, package).await?;
        side.extend(draft.take_side());
        basis.streams.extend(draft.into_streams());
        Ok(())
    }

    /// Folds a package. A first attempt may use the cache, because whatever is decided checks the
    /// revision; a later one reads the database.
    pub(super) async fn load(
        &self,
        tenant: TenantId,
        package: &PackageName,
        attempt: u32,
    ) -> Result<State, ReadError> {
        if attempt < FRESH {
            self.store.load::<Extension>(tenant, package.as_str()).await
        } else {
            self.load_cold(tenant, package).await
        }
    }

    /// Folds a package from the database: for packages that are relied on but not written to.
    pub(super) async fn load_cold(
        &self,
        tenant: TenantId,
        package: &PackageName,
    ) -> Result<State, ReadError> {
        self.store
            .load_cold::<Extension>(tenant, package.as_str())
            .await
    }

    /// Who depends on a package, on condition that no dependent changes. A first attempt may use what was
    /// found before, because the append proves it; a later one reads.
    pub(super) async fn dependents(
        &self,
        tenant: TenantId,
        package: &PackageName,
        attempt: u32,
        basis: &mut Basis,
    ) -> Result<Vec<Dependent>, Stop> {
        let tags = vec![dependent_tag(package.as_str())?];
        let kept = self
            .dependents
            .get(tenant, package)
            .filter(|_| attempt < FRESH);
        let (dependents, proof) = if let Some(kept) = kept {
            kept
        } else {
            let (recorded, at) = self.store.events_by_tag(tenant, &tags).await?;
            let found = (fold_dependents(package, &recorded)?, Proof::at(at));
            self.dependents.keep(tenant, package, found.clone());
            found
        };
        basis.conditions.push(Condition {
            tags,
            after: proof.position(),
            proof: Some(proof),
        });
        Ok(dependents)
    }

    /// Everything that refers to a package, on condition that nothing of it changes.
    pub(super) async fn references(
        &self,
        tenant: TenantId,
        package: &PackageName,
        attempt: u32,
        basis: &mut Basis,
    ) -> Result<References, Stop> {
        let dependents = self.dependents(tenant, package, attempt, basis).await?;
        let tags = vec![use_tag(package)?];
        let (found, after) = self.store.events_by_tag(tenant, &tags).await?;
        basis.conditions.push(Condition {
            tags,
            after,
            proof: None,
        });
        let uses = if found.is_empty() {
            0
        } else {
            self.uses_since_removal(tenant, package, &found).await?
        };
        Ok(References { dependents, uses })
    }

    /// Uses of an earlier incarnation do not count: removing it by force ended them.
    async fn uses_since_removal(
        &self,
        tenant: TenantId,
        package: &PackageName,
        found: &[Recorded],
    ) -> Result<u64, Stop> {
        let (own, _) = self
            .store
            .events_by_tag(tenant, &[extension_tag(package)?])
            .await?;
        let mut removed_at = None;
        for one in own.iter().filter(|one| one.stream.id() == package.as_str()) {
            if decode(one)?.is_some_and(|event| event.effect() == Effect::Removes) {
                removed_at = Some(one.position);
            }
        }
        let since = found.iter().filter(|one| Some(one.position) > removed_at);
        Ok(u64::try_from(since.count()).unwrap_or(u64::MAX))
    }

    /// What to warn of when a package is, or becomes, active while something that it requires is not.
    pub(super) async fn missing(
        &self,
        tenant: TenantId,
        package: &PackageName,
        state: &State,
    ) -> Result<Option<Warning>, ReadError> {
        let mut missing = Vec::new();
        let release = state.state.release().into_iter();
        for edge in release.flat_map(|release| &release.dependencies) {
            let Ok(target) = PackageName::parse(edge.package_name.as_str()) else {
                continue;
            };
            if edge.blocks() {
                let other = self.load_cold(tenant, &target).await?;
                if other.state.status() != Some(Status::Active) {
                    missing.push(edge.package_name.clone());
                }
            }
        }
        Ok((!missing.is_empty()).then(|| {
            let message = format!("required and not active: {}", missing.join(", "));
            Warning::new("REQUIRED_MISSING", package.as_str(), message).about(missing)
        }))
    }

    /// Whether a package that is not installed is a connector of the build. The registry's manifest
    /// decides; when it has none or does not answer, the name does.
    pub(super) async fn is_compiled(
        &self,
        tenant: TenantId,
        package: &PackageName,
        state: &ExtensionState,
    ) -> bool {
        if state.release().is_some() {
            return false;
        }
        let asked = async {
            let own = self.credentialed(tenant).await.ok()?;
            Some(own.registry.packument(package.as_str()).await)
        };
        let answer = tokio::time::timeout(REGISTRY_PATIENCE, asked).await;
        let packument = answer.ok().flatten().and_then(Result::ok);
        let latest = packument.as_ref().and_then(|packument| packument.latest());
        let stated = latest.and_then(|entry| entry.manifest.pointer("/cinatra/kind"));
        match stated.and_then(serde_json::Value::as_str) {
            Some(kind) => kind == Kind::Connector.as_str(),
            None => package.kind_hint() == Some(Kind::Connector),
        }
    }
}

fn fold_dependents(
    package: &PackageName,
    recorded: &[Recorded],
) -> Result<Vec<Dependent>, ReadError> {
    let mut events = Vec::with_capacity(recorded.len());
    for one in recorded {
        if let Some(event) = decode(one)? {
            events.push((one.stream.id(), event));
        }
    }
    let events = events.iter().map(|(name, event)| (*name, event));
    Ok(dependents_of(package.as_str(), events))
}

/// An extension's event; `None` for an event of another noun under the same tag.
fn decode(recorded: &Recorded) -> Result<Option<ExtensionEvent>, ReadError> {
    if recorded.stream.category() != Extension::CATEGORY {
        return Ok(None);
    }
    recorded.decode().map_err(|source| ReadError::Decode {
        tenant: recorded.tenant,
        position: recorded.position,
        source,
    })
}
