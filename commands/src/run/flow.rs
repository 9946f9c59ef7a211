//! What an agent's flow says to those who would run it.

use cinatra_domain::extension::PackageName;
use cinatra_domain::kernel::TenantId;
use cinatra_domain::template::Template;
use cinatra_domain::template::oas::{ContextSlot, Finding, GatedStep, Step};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::Runs;
use crate::Error;

/// An agent. Exactly one of `templateId` and `packageName` says which.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct NamedAgent {
    /// Which agent, by its id.
    #[schemars(length(max = 36))]
    pub template_id: Option<String>,
    /// Which agent, by its package.
    #[schemars(length(max = 214))]
    pub package_name: Option<String>,
}

/// What follows from an agent's flow.
#[derive(Clone, Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Flow {
    /// `orchestrator`, `leaf`, `node` or `flow`.
    pub agent_type: String,
    /// JSON Schema of what a run is given.
    pub input_schema: Value,
    /// JSON Schema of what a run answers.
    pub output_schema: Value,
    /// The approval policy: where it goes on only with somebody's leave.
    pub approval_policy: Vec<Step>,
    /// What waits for a release when a trigger started the run.
    pub gated_steps: Vec<GatedStep>,
    /// What may be chosen for a run.
    pub context_slots: Vec<ContextSlot>,
    /// What should be known.
    pub findings: Vec<Finding>,
}

impl Runs {
    /// What the flow of an installed version says, as it was taken down; nothing where that did not happen.
    pub async fn flow(
        &self,
        tenant: TenantId,
        package: &PackageName,
        version: &str,
    ) -> Result<Option<Flow>, Error> {
        let id = package.as_str();
        let loaded = self.store.load::<Template>(tenant, id).await?;
        let lineage = loaded.state.lineage();
        let Some(taken) = lineage.and_then(|lineage| lineage.snapshots.get(version)) else {
            return Ok(None);
        };
        let (oas, plan) = (&taken.oas_sha256, &taken.plan_digest);
        let compiled = self.plans.pinned(tenant, oas, plan).await?;
        Ok(Some(Flow {
            agent_type: compiled.agent_type.clone(),
            input_schema: compiled.input_schema.clone(),
            output_schema: compiled.output_schema.clone(),
            approval_policy: compiled.steps.clone(),
            gated_steps: compiled.gated_steps.clone(),
            context_slots: compiled.slots.clone(),
            findings: compiled.findings.clone(),
        }))
    }
}
