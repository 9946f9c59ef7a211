//! What becomes of runs whose agent was destroyed: they are stopped, viewers are told, and nothing of them is left but
//! that they were. Source: settled.md 27, spec/runs.md 1.9.
//!
//! Runs of an agent that was installed again since are not among them. Every step is an append of its own and nothing
//! the second time, so it goes on wherever it was left.

use cinatra_domain::extension::{ExtensionEvent, PackageName, extension_tag};
use cinatra_domain::kernel::{ContentRef, Decider as _, Position, RunId, StreamId, TenantId};
use cinatra_domain::permission::Resource;
use cinatra_domain::run::{AgentRun, RunCommand, RunEvent, Stop, template_runs_tag};
use cinatra_eventstore::{Recorded, RunStep};

use super::job::Held;
use super::segment::{Ended, commit, load};
use crate::Error;
use crate::draft::Draft;
use crate::permission::delete_extension_permissions;
use crate::run::frames::Telling;
use crate::run::{Runs, decide, log};

/// Events of a run that are read at once.
const PAGE: i64 = 1_000;

pub(super) async fn purge(runs: &Runs, held: &Held, package: &PackageName) -> Result<(), Ended> {
    let tenant = held.tenant();
    let Some(destroyed) = destroyed(runs, tenant, package).await? else {
        return Ok(());
    };
    let tag = template_runs_tag(package).map_err(Error::from)?;
    let (found, _) = runs.store.events_by_tag(tenant, &[tag]).await?;
    for recorded in found.iter().filter(|it| it.position < destroyed) {
        if recorded.wire_name != CREATED {
            continue;
        }
        let Ok(run_id) = recorded.stream.id().parse() else {
            continue;
        };
        destroy(runs, tenant, run_id).await?;
    }
    Ok(())
}

/// Stops a run and forgets everything of it but that it was; nothing happens to one that is gone.
pub(in crate::run) async fn destroy(
    runs: &Runs,
    tenant: TenantId,
    run_id: RunId,
) -> Result<(), Ended> {
    stop(runs, tenant, run_id).await?;
    forget(runs, tenant, run_id).await
}

/// Storage name of a run's first event.
const CREATED: &str = "run.created.v1";

/// When the agent was destroyed last.
async fn destroyed(
    runs: &Runs,
    tenant: TenantId,
    package: &PackageName,
) -> Result<Option<Position>, Ended> {
    let tag = extension_tag(package).map_err(Error::from)?;
    let (events, _) = runs.store.events_by_tag(tenant, &[tag]).await?;
    let is_own = |it: &&Recorded| it.stream.id() == package.as_str();
    let mut destroyed = None;
    for recorded in events.iter().filter(is_own) {
        if let Ok(Some(ExtensionEvent::ForceDeleted(_))) = recorded.decode() {
            destroyed = Some(recorded.position);
        }
    }
    Ok(destroyed)
}

async fn stop(runs: &Runs, tenant: TenantId, run_id: RunId) -> Result<(), Ended> {
    let before = load(runs, tenant, run_id).await?;
    let mut draft = Draft::default();
    let stop = RunCommand::Stop(Stop {
        reason: None,
        cascade: None,
        now_us: runs.authorities.now_us(),
    });
    if before.state.run().is_none() {
        return Ok(());
    }
    let (events, _) = decide(&mut draft, run_id, &before, stop)?;
    if events.is_empty() {
        return Ok(());
    }
    runs.end(&mut draft, tenant, &before, run_id, Telling::stopped)
        .await?;
    commit(runs, tenant, run_id, draft).await.map(|_| ())
}

async fn forget(runs: &Runs, tenant: TenantId, run_id: RunId) -> Result<(), Ended> {
    let loaded = load(runs, tenant, run_id).await?;
    if loaded.state.run().is_none() {
        return Ok(());
    }
    let mut draft = Draft::default();
    decide(&mut draft, run_id, &loaded, RunCommand::Purge)?;
    let access = [Resource::agent_run(run_id)];
    delete_extension_permissions(&runs.store, &mut draft, tenant, &access).await?;
    draft.erase(contents(runs, tenant, run_id).await?);
    log(&mut draft, run_id, vec![RunStep::Delete]);
    commit(runs, tenant, run_id, draft).await.map(|_| ())
}

/// Everything that was typed into a run.
async fn contents(runs: &Runs, tenant: TenantId, run_id: RunId) -> Result<Vec<ContentRef>, Ended> {
    let stream = StreamId::new(AgentRun::CATEGORY, &run_id.to_string());
    let (mut contents, mut after) = (Vec::new(), None);
    loop {
        let page = runs.store.read_stream(tenant, &stream, after, PAGE).await?;
        let Some(last) = page.last() else {
            return Ok(contents);
        };
        after = Some(last.revision);
        for recorded in &page {
            if let Ok(Some(event)) = recorded.decode::<RunEvent>() {
                contents.extend(event.contents().into_iter().cloned());
            }
        }
    }
}
