//! What runs are given beside their inputs: which slots an agent has, and which artifacts may go into one.
//!
//! The rules are the domain's (`domain/src/run/context/`); here is gathered what they look at. Where artifacts are kept
//! is a port ([`Artifacts`]).

use std::fmt;
use std::sync::Arc;

use cinatra_domain::extension::{Extension, Kind, PackageName, Status, satisfaction_tag};
use cinatra_domain::kernel::{Decider as _, ProjectId, RunId, TenantId, UserId};
use cinatra_domain::run::{
    Accepted, AgentRun, ArtifactPin, Candidate, Resolution, SelectedBy, SourceScope, Triple,
    resolve,
};
use cinatra_domain::template::Template;
use cinatra_domain::template::oas::{ContextSlot, ResolutionMode, SelectionMode, declared_slots};
use cinatra_eventstore::EventStore;
use futures_util::future::BoxFuture;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::plans::Plans;
use super::{NamedAgent, Runs};
use crate::Error;

/// Who asks for what may go into a slot.
#[derive(Clone, Copy, Debug)]
pub struct Asked<'a> {
    /// In which organization.
    pub tenant: TenantId,
    /// Of these types.
    pub accepted: &'a Accepted,
    /// Readable by this person; by nobody when absent.
    pub reader: Option<UserId>,
    /// With those of this project.
    pub project: Option<ProjectId>,
}

/// Where artifacts are kept.
pub trait Artifacts: fmt::Debug + Send + Sync {
    /// All that are of an accepted type and not archived, each in its latest revision.
    fn candidates<'a>(&'a self, asked: Asked<'a>) -> BoxFuture<'a, Result<Vec<Candidate>, Error>>;
}

/// No artifact can be made yet, so none is there.
#[derive(Clone, Copy, Debug)]
pub struct NoArtifacts;

impl Artifacts for NoArtifacts {
    fn candidates<'a>(&'a self, _asked: Asked<'a>) -> BoxFuture<'a, Result<Vec<Candidate>, Error>> {
        Box::pin(async { Ok(Vec::new()) })
    }
}

/// Slots of installed agents, and what may go into them. Cheap to clone.
#[derive(Clone, Debug)]
pub(super) struct Slots {
    store: EventStore,
    plans: Plans,
    artifacts: Arc<dyn Artifacts>,
}

impl Slots {
    pub(super) fn new(store: EventStore, plans: Plans, artifacts: Arc<dyn Artifacts>) -> Self {
        Self {
            store,
            plans,
            artifacts,
        }
    }

    /// A slot of an agent as it is installed now.
    pub(super) async fn declared(
        &self,
        tenant: TenantId,
        agent: &str,
        slot_id: &str,
    ) -> Result<Option<ContextSlot>, Error> {
        let extension = self.store.load_cold::<Extension>(tenant, agent).await?;
        let template = self.store.load_cold::<Template>(tenant, agent).await?;
        let taken = extension.state.release().and_then(|release| {
            let lineage = template.state.lineage()?;
            lineage.snapshots.get(&release.version)
        });
        let Some(taken) = taken else {
            return Ok(None);
        };
        let compiled = self
            .plans
            .pinned(tenant, &taken.oas_sha256, &taken.plan_digest)
            .await?;
        let mut slots = compiled.slots.iter();
        Ok(slots.find(|slot| slot.slot_id == slot_id).cloned())
    }

    /// What may go into a slot.
    pub(super) async fn resolve(
        &self,
        tenant: TenantId,
        slot: &ContextSlot,
        reader: Option<UserId>,
        project: Option<ProjectId>,
    ) -> Result<Resolution, Error> {
        let accepted = self.accepted(tenant, slot).await?;
        let asked = Asked {
            tenant,
            accepted: &accepted,
            reader,
            project,
        };
        let there = self.artifacts.candidates(asked).await?;
        Ok(resolve(slot, &accepted, there))
    }

    /// The packages whose artifacts fit: those that the slot names, and the active ones that satisfy one of those.
    async fn accepted(&self, tenant: TenantId, slot: &ContextSlot) -> Result<Accepted, Error> {
        let named = &slot.accepted_artifact_extensions;
        let tags: Result<Vec<_>, _> = named.iter().map(|name| satisfaction_tag(name)).collect();
        let (said, _) = self.store.events_by_tag(tenant, &tags?).await?;
        let mut satisfying: Vec<(PackageName, Vec<String>)> = Vec::new();
        for event in said {
            let name = event.stream.id();
            let is_new = satisfying.iter().all(|(known, _)| known.as_str() != name);
            let is_extension = event.stream.category() == Extension::CATEGORY;
            let Some(package) = PackageName::parse(name)
                .ok()
                .filter(|_| is_new && is_extension)
            else {
                continue;
            };
            let loaded = self.store.load_cold::<Extension>(tenant, name).await?;
            let is_active = loaded.state.status() == Some(Status::Active);
            if let Some(installed) = loaded.state.installation().filter(|_| is_active)
                && installed.release.kind == Kind::Artifact
            {
                satisfying.push((package, installed.satisfies.clone()));
            }
        }
        let satisfying = satisfying.iter().map(|(name, stated)| (name, &stated[..]));
        Ok(Accepted::of(slot, satisfying))
    }
}

/// A slot of an agent. Exactly one of `templateId`, `packageName` and `parentAgentOas` says of which.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct PreviewContext {
    /// Of this agent, by its id.
    #[schemars(length(max = 36))]
    pub template_id: Option<String>,
    /// Of this agent, by its package.
    #[schemars(length(max = 214))]
    pub package_name: Option<String>,
    /// Of an agent that is not installed: its `cinatra/oas.json`.
    pub parent_agent_oas: Option<Map<String, Value>>,
    /// Which slot.
    #[schemars(length(min = 1, max = 200))]
    pub slot_id: String,
    /// With what is there for this project; without it, what is there for no project.
    #[schemars(length(max = 36))]
    pub project_id: Option<String>,
}

/// What may go into a slot.
#[derive(Clone, Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Preview {
    /// The slot as the agent declares it.
    pub slot_meta: ContextSlot,
    /// Who chooses.
    pub selection_mode: SelectionMode,
    /// What of several tiers counts.
    pub resolution_mode: ResolutionMode,
    /// What may be chosen, in order.
    pub candidates: Vec<Candidate>,
    /// What the slot chooses by itself.
    pub selected_refs: Vec<Candidate>,
}

/// What was chosen for a run.
#[derive(Clone, Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct ChosenContext {
    /// Which run.
    #[schemars(with = "String")]
    pub run_id: RunId,
    /// Every choice of the present attempt, in order.
    pub items: Vec<Selection>,
}

/// What was chosen for a slot of a run.
#[derive(Clone, Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Selection {
    /// The same choice for the same slot has the same key.
    pub selection_key: String,
    /// For which slot.
    pub slot_id: String,
    /// Who chose: `user`, `agent` or `autonomous`.
    #[schemars(with = "String")]
    pub selected_by: SelectedBy,
    /// What, in order. The run reads these revisions, whatever becomes of the artifacts.
    pub refs: Vec<Pinned>,
}

/// An artifact as it was when it was chosen.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Pinned {
    /// By what it is the same.
    #[serde(flatten)]
    pub triple: Triple,
    /// The type by which it was accepted.
    pub extension: Option<String>,
    /// For whom it was there.
    pub source_scope: Option<SourceScope>,
    /// Whose it was.
    #[schemars(with = "Option<String>")]
    pub owner_id: Option<uuid::Uuid>,
}

impl From<&ArtifactPin> for Pinned {
    fn from(pin: &ArtifactPin) -> Self {
        Self {
            triple: pin.triple(),
            extension: pin.extension.clone().map(String::from),
            source_scope: pin.source_scope,
            owner_id: pin.owner_id,
        }
    }
}

impl Runs {
    pub(super) fn slots(&self) -> Slots {
        let (store, plans) = (self.store.clone(), self.plans.clone());
        Slots::new(store, plans, Arc::new(NoArtifacts))
    }

    /// What may go into a slot of an installed agent, for whoever asks. [`Error::Absent`] for a slot that it does not
    /// declare.
    pub async fn preview_context(
        &self,
        tenant: TenantId,
        reader: Option<UserId>,
        input: &PreviewContext,
    ) -> Result<Preview, Error> {
        let project = input.project_id.as_deref();
        let project = project.map(crate::project::project_id).transpose()?;
        let slots = self.slots();
        let slot = if let Some(document) = &input.parent_agent_oas {
            slot_of(document, &input.slot_id)?
        } else {
            let named = NamedAgent {
                template_id: input.template_id.clone(),
                package_name: input.package_name.clone(),
            };
            let package = self.package(tenant, &named).await?;
            let declared = slots.declared(tenant, package.as_str(), &input.slot_id);
            declared.await?
        };
        let slot = slot.ok_or(Error::Absent)?;
        let resolution = slots.resolve(tenant, &slot, reader, project).await?;
        Ok(Preview {
            selection_mode: slot.selection_mode,
            resolution_mode: slot.resolution_mode,
            slot_meta: slot,
            candidates: resolution.candidates,
            selected_refs: resolution.selected,
        })
    }

    /// What was chosen for a run in its present attempt.
    pub async fn chosen_context(
        &self,
        tenant: TenantId,
        run_id: RunId,
    ) -> Result<ChosenContext, Error> {
        let id = run_id.to_string();
        let loaded = self.store.load_cold::<AgentRun>(tenant, &id).await?;
        let run = loaded.state.run().ok_or(Error::Absent)?;
        let items = run.selections.iter().map(|chosen| Selection {
            selection_key: chosen.selection_key.to_string(),
            slot_id: chosen.slot.to_string(),
            selected_by: chosen.selected_by,
            refs: chosen.refs.iter().map(Pinned::from).collect(),
        });
        Ok(ChosenContext {
            run_id,
            items: items.collect(),
        })
    }
}

/// The slot of a document that somebody sent.
fn slot_of(document: &Map<String, Value>, slot_id: &str) -> Result<Option<ContextSlot>, Error> {
    let (slots, findings) = declared_slots(document);
    if let Some(first) = findings.first() {
        let reason = format!("{}: {} ({})", first.code, first.message, first.path);
        return Err(Error::invalid("parentAgentOas", reason));
    }
    let mut slots = slots.into_iter();
    Ok(slots.find(|slot| slot.slot_id == slot_id))
}

/// An id that names no project is none: whoever asks has no access to it, and the tier of projects is left out.
pub(super) fn project_of(value: &Value) -> Option<ProjectId> {
    value.as_str()?.parse().ok()
}
