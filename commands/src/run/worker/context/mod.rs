//! `/api/context-resolve` and `/api/context-finalize`: a run asks what may go into a slot, and binds what was chosen.
//!
//! Whose slot it is, the executing node says: the agent in whose flow it stands, or the run's own. What the body says of
//! that has to be the same. Source: spec/runs.md 7.4 to 7.6.

#[cfg(test)]
mod tests;

use cinatra_domain::extension::PackageName;
use cinatra_domain::kernel::RunId;
use cinatra_domain::run::{
    ArtifactPin, AuthoredName, Choice, ContextSelected, Digest, InvalidWord, Refusal, Resolution,
    Run, SelectedBy, Triple, choose,
};
use cinatra_domain::template::oas::{ContextSlot, SelectionMode};
use serde_json::{Value, json};

use super::call::{Answered, NoAnswer};
use super::internal::{Asking, error, ok};
use crate::gateway::digest::sha256_hex;
use crate::run::context::{Pinned, Slots, project_of};
use crate::run::plans::Plans;

/// Fills slots of runs. Cheap to clone.
#[derive(Clone, Debug)]
pub(super) struct Context {
    plans: Plans,
    slots: Slots,
}

/// What a body says of the slot that is meant.
struct Posted<'b> {
    package: &'b str,
    slot_id: &'b str,
}

/// A slot, and whose it is.
struct Meant {
    agent: PackageName,
    slot: ContextSlot,
}

impl Context {
    pub(super) const fn new(plans: Plans, slots: Slots) -> Self {
        Self { plans, slots }
    }

    pub(super) async fn resolve(
        &self,
        asking: &Asking<'_>,
        body: &Value,
    ) -> Result<Answered, NoAnswer> {
        let meant = match self.meant(asking, body).await? {
            Ok(meant) => meant,
            Err(answered) => return Ok(answered),
        };
        let there = self.there(asking, &meant.slot, body).await?;
        Ok(resolved(asking.run, &meant.slot, &there))
    }

    pub(super) async fn finalize(
        &self,
        asking: &Asking<'_>,
        body: &Value,
    ) -> Result<Answered, NoAnswer> {
        let texts = (
            body["selectionMode"].as_str(),
            body["userResponse"].as_str(),
        );
        let (Some(selection_mode), Some(text)) = texts else {
            return Ok(invalid("selectionMode and userResponse are texts"));
        };
        let meant = match self.meant(asking, body).await? {
            Ok(meant) => meant,
            Err(answered) => return Ok(answered),
        };
        let choice = match Choice::read(&meant.slot, selection_mode, text) {
            Ok(choice) => choice,
            Err(refusal) => return Ok(refused(refusal)),
        };
        let key = key_of(asking.run.run_id, &meant, choice.triples());
        let key = key.map_err(|invalid| illegal(&invalid))?;
        if let Some(bound) = asking.run.selection(&key) {
            // It was bound before: the run reads what it read then, whatever has become of it.
            return Ok(ok(&bindings(&meant.slot, &bound.refs, 0)));
        }
        let there = self.there(asking, &meant.slot, body).await?;
        bind(&meant, &there, &choice, key)
    }

    /// The slot that a body means, if the executing agent declares it.
    async fn meant(
        &self,
        asking: &Asking<'_>,
        body: &Value,
    ) -> Result<Result<Meant, Answered>, NoAnswer> {
        let posted = match Posted::read(asking.run.run_id, body) {
            Ok(posted) => posted,
            Err(answered) => return Ok(Err(answered)),
        };
        let (tenant, pin) = (asking.tenant, &asking.run.pin);
        let (oas, plan) = (pin.oas_sha256.as_str(), pin.plan_digest.as_str());
        let compiled = self.plans.pinned(tenant, oas, plan).await;
        let compiled =
            compiled.map_err(|error| NoAnswer::ends("plan_unavailable", error.to_string()))?;
        let slot = if posted.package == pin.package_name.as_str() {
            let mut slots = compiled.slots.iter();
            slots.find(|slot| slot.slot_id == posted.slot_id).cloned()
        } else if compiled.agent_at(&asking.node.0) == Some(posted.package) {
            let declared = self.slots.declared(tenant, posted.package, posted.slot_id);
            declared.await.map_err(NoAnswer::Later)?
        } else {
            None
        };
        let agent = PackageName::parse(posted.package).ok();
        Ok(match agent.zip(slot) {
            Some((agent, slot)) => Ok(Meant { agent, slot }),
            None => Err(refused(Refusal::Slot)),
        })
    }

    /// What may go into a slot of the run: what its owner may read.
    async fn there(
        &self,
        asking: &Asking<'_>,
        slot: &ContextSlot,
        body: &Value,
    ) -> Result<Resolution, NoAnswer> {
        let run = asking.run;
        let project = project_of(&body["projectId"]).or(run.project_id);
        let there = self.slots.resolve(asking.tenant, slot, run.run_by, project);
        there.await.map_err(NoAnswer::Later)
    }
}

impl<'b> Posted<'b> {
    /// An empty id means the run itself, which the body need not know.
    fn read(run_id: RunId, body: &'b Value) -> Result<Self, Answered> {
        let text = |key: &str| body[key].as_str();
        let texts = (
            text("parentRunId"),
            text("parentPackageName"),
            text("slotId"),
        );
        let (Some(run), Some(package), Some(slot_id)) = texts else {
            return Err(invalid(
                "parentRunId, parentPackageName and slotId are texts",
            ));
        };
        if !run.is_empty() && run != run_id.to_string() {
            return Err(error(404, "run_not_found", "there is no such run"));
        }
        Ok(Self { package, slot_id })
    }
}

/// What an executing run is told of a slot. What it bound before, by itself and in the same attempt, it binds again.
fn resolved(run: &Run, slot: &ContextSlot, there: &Resolution) -> Answered {
    let by = selected_by(slot.selection_mode);
    let mut bound = run.selections.iter().rev();
    let bound = bound.find(|it| it.slot.as_str() == slot.slot_id && it.selected_by == by);
    let selected = match (slot.selection_mode, bound) {
        (SelectionMode::Autonomous, Some(bound)) => json!(pinned(&bound.refs)),
        (SelectionMode::Autonomous | SelectionMode::Interactive, _) => json!(there.selected),
    };
    ok(&json!({
        "candidates": there.candidates,
        "slotMeta": slot,
        "selectedRefs": selected,
        "selectionMode": slot.selection_mode,
        "resolutionMode": slot.resolution_mode,
    }))
}

/// Takes a choice that was not bound before.
fn bind(
    meant: &Meant,
    there: &Resolution,
    choice: &Choice,
    selection_key: Digest,
) -> Result<Answered, NoAnswer> {
    let slot = &meant.slot;
    let chosen = match choose(slot, there, choice) {
        Ok(chosen) => chosen,
        Err(refusal) => return Ok(refused(refusal)),
    };
    let refs: Vec<ArtifactPin> = chosen.iter().map(ArtifactPin::from).collect();
    let answered = ok(&bindings(slot, &refs, refs.len()));
    Ok(Answered {
        selected: Some(ContextSelected {
            slot: AuthoredName::parse(slot.slot_id.clone()).map_err(|invalid| illegal(&invalid))?,
            selection_key,
            selected_by: selected_by(slot.selection_mode),
            refs,
        }),
        ..answered
    })
}

fn bindings(slot: &ContextSlot, refs: &[ArtifactPin], wrote: usize) -> Value {
    json!({
        "contextSlotBindings": [{ "slotId": slot.slot_id, "refs": pinned(refs) }],
        "wrote": wrote,
    })
}

fn pinned(refs: &[ArtifactPin]) -> Vec<Pinned> {
    refs.iter().map(Pinned::from).collect()
}

const fn selected_by(mode: SelectionMode) -> SelectedBy {
    match mode {
        SelectionMode::Interactive => SelectedBy::User,
        SelectionMode::Autonomous => SelectedBy::Autonomous,
    }
}

/// The same artifacts for the same slot have the same key, in whatever order they were chosen. Source: spec/runs.md 7.6.
fn key_of(run_id: RunId, meant: &Meant, triples: &[Triple]) -> Result<Digest, InvalidWord> {
    let mut triples = triples.to_vec();
    triples.sort();
    let refs = triples.iter().map(|it| {
        [
            it.artifact_id,
            it.representation_revision_id,
            it.semantic_assertion_id,
        ]
    });
    let key = json!({
        "parentRunId": run_id, "parentPackageName": meant.agent.as_str(),
        "slotId": meant.slot.slot_id, "selectionMode": meant.slot.selection_mode,
        "refs": refs.collect::<Vec<_>>() });
    Digest::parse(sha256_hex(key.to_string().as_bytes()))
}

fn refused(refusal: Refusal) -> Answered {
    error(422, refusal.code(), &refusal.to_string())
}

fn invalid(message: &str) -> Answered {
    error(400, "invalid_body", message)
}

fn illegal(invalid: &InvalidWord) -> NoAnswer {
    NoAnswer::ends("name_illegal", invalid.reason)
}
