//! What a new run holds on to: the agent's flow as it is now.
//!
//! An agent is what its extension's history says is installed; its template's history says which flows were taken down.
//! A version is taken down when it is installed; one from before that was so, when it is first run.

use bytes::Bytes;
use cinatra_domain::extension::{
    Extension, ExtensionState, Kind, PackageName, Release, Status, Version,
};
use cinatra_domain::kernel::{RunId, SnapshotId, TenantId};
use cinatra_domain::run::{Digest, Pin};
use cinatra_domain::template::{
    self, Rejection, Snapshotted, TakeSnapshot, Template, TemplateCommand, TemplateState,
};
use cinatra_eventstore::Loaded;

use super::Runs;
use super::plans::NotRunnable;
use crate::draft::{self, Draft, FRESH};
use crate::gateway::archive::Archive;
use crate::stop::Stop;
use crate::{Error, mint};

/// Where an agent keeps its flow.
const FLOW: &str = "cinatra/oas.json";

impl Runs {
    /// Pins the installed version of an agent for a run, on condition that it stays installed until the append.
    pub(super) async fn pin(
        &self,
        draft: &mut Draft,
        tenant: TenantId,
        package: &PackageName,
        run_id: RunId,
        number: u32,
    ) -> Result<Pin, Stop> {
        let id = package.as_str();
        let extension = draft::load::<Extension>(&self.store, tenant, id, number).await?;
        draft.relies_on_stream::<Extension>(id, &extension);
        let release = runnable(&extension.state).map_err(|no| Stop::refused(&no))?;
        let template = draft::load::<Template>(&self.store, tenant, id, number.max(FRESH)).await?;
        let taken = snapshot_of(&template.state, release);
        let (template, taken) = match taken {
            Some(taken) => (template, taken),
            None => self.take(draft, tenant, package, release, template).await?,
        };
        let first = TemplateCommand::RecordFirstRun { run_id };
        let tags = |event: &_| template::tags_of(package, event);
        draft.decide::<Template>(id, &template, first, tags)?;
        pin(package, &taken).map_err(Stop::Failed)
    }

    /// Refuses to start what has been a draft since its agent was archived or removed; it stays installed until the append.
    pub(super) async fn may_start(
        &self,
        draft: &mut Draft,
        tenant: TenantId,
        package: &PackageName,
        number: u32,
    ) -> Result<(), Stop> {
        let id = package.as_str();
        let extension = draft::load::<Extension>(&self.store, tenant, id, number).await?;
        draft.relies_on_stream::<Extension>(id, &extension);
        let release = runnable(&extension.state).map(|_| ());
        release.map_err(|no| Stop::refused(&no))
    }

    /// Takes the installed version down.
    async fn take(
        &self,
        draft: &mut Draft,
        tenant: TenantId,
        package: &PackageName,
        release: &Release,
        template: Loaded<TemplateState>,
    ) -> Result<(Loaded<TemplateState>, Snapshotted), Stop> {
        let blobs = &self.plans.blobs;
        let tarball = blobs.get(tenant, &release.content_sha256).await;
        let archive = Archive::unpack(tarball.map_err(Error::from)?).await;
        let archive = archive.map_err(|error| Stop::refused(&error))?;
        let Some(flow) = archive.file(FLOW) else {
            if archive.contains(FLOW) {
                return Err(Stop::refused(&NotRunnable::too_large()));
            }
            return Err(Stop::refused(&Rejection::TemplateNotFound));
        };
        let flow = Bytes::copy_from_slice(flow);
        // Order: the flow is on disk before an event refers to it; one that no event refers to is legal.
        let oas_sha256 = blobs.put(tenant, flow.clone()).await;
        let oas_sha256 = oas_sha256.map_err(Error::from)?;
        let compiled = self.plans.compile(&flow, &oas_sha256).await;
        let compiled = compiled.map_err(|no: NotRunnable| Stop::refused(&no))?;
        let take = TemplateCommand::TakeSnapshot(TakeSnapshot {
            snapshot_id: SnapshotId(mint::id()),
            version: version(&release.version)?,
            content_sha256: release.content_sha256.clone(),
            manifest_sha256: release.manifest_sha256.clone(),
            oas_sha256,
            plan_digest: compiled.digest.clone(),
        });
        let tags = |event: &_| template::tags_of(package, event);
        let (_, after) = draft.decide::<Template>(package.as_str(), &template, take, tags)?;
        let taken = snapshot_of(&after.state, release);
        let taken = taken.ok_or_else(|| Stop::refused(&Rejection::TemplateNotFound))?;
        Ok((after, taken))
    }
}

/// What is installed, if it is an agent that may run.
fn runnable(state: &ExtensionState) -> Result<&Release, Rejection> {
    let release = state.release().ok_or(Rejection::TemplateNotFound)?;
    if release.kind != Kind::Agent {
        return Err(Rejection::TemplateNotFound);
    }
    match state.status() {
        Some(Status::Active) => Ok(release),
        Some(Status::Archived) => Err(Rejection::TemplateArchived),
        None => Err(Rejection::TemplateNotFound),
    }
}

/// The snapshot of what is installed: the same version with other bytes is another.
fn snapshot_of(state: &TemplateState, release: &Release) -> Option<Snapshotted> {
    let taken = state.lineage()?.snapshots.get(&release.version)?;
    (taken.content_sha256 == release.content_sha256).then(|| taken.clone())
}

fn version(text: &str) -> Result<Version, Error> {
    let parsed = Version::parse(text);
    parsed.map_err(|invalid| Error::invalid("packageVersion", invalid.to_string()))
}

fn pin(package: &PackageName, taken: &Snapshotted) -> Result<Pin, Error> {
    let digest = |text: &str| {
        Digest::parse(text).map_err(|invalid| Error::invalid("digest", invalid.reason))
    };
    Ok(Pin {
        package_name: package.clone(),
        version: version(&taken.version)?,
        snapshot_id: taken.snapshot_id,
        oas_sha256: digest(&taken.oas_sha256)?,
        plan_digest: digest(&taken.plan_digest)?,
    })
}
