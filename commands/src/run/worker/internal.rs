//! The endpoints of Cinatra that catalogue agents call, answered in process with the run's own identity.
//! Source: spec/runs.md 4.8, 7.5, settled.md 39.
//!
//! Who asks is the executing run; what a body says of that has to be the same. What is not built ends the run with a
//! code of its own.

use cinatra_domain::kernel::TenantId;
use cinatra_domain::run::Run;
use cinatra_domain::run::machine::NodePath;
use serde_json::{Value, json};
use tokio::sync::mpsc;

use super::bridge::Bridge;
use super::call::{Answered, NoAnswer};
use super::context::Context;
use super::lint;
use super::passthrough::Passthrough;
use crate::Secrets;
use crate::gateway::model::Model;
use crate::run::Runs;

/// Characters of a tool's name that are repeated to people.
const TOOL_CHARS_MAX: usize = 100;

/// Answers. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Internal {
    bridge: Bridge,
    context: Context,
    passthrough: Passthrough,
}

/// The run that asks, and the node of it that does.
#[derive(Clone, Copy, Debug)]
pub(super) struct Asking<'a> {
    pub(super) tenant: TenantId,
    pub(super) run: &'a Run,
    pub(super) node: &'a NodePath,
}

impl Internal {
    pub(in crate::run) fn new(runs: &Runs, model: Model, secrets: Secrets) -> Self {
        Self {
            bridge: Bridge::new(model, secrets),
            context: Context::new(runs.plans.clone(), runs.slots()),
            passthrough: Passthrough::new(runs.store.clone(), runs.authorities.clone()),
        }
    }

    pub(super) async fn answer(
        &self,
        asking: &Asking<'_>,
        path: &str,
        body: &Value,
        said: mpsc::Sender<String>,
    ) -> Result<Answered, NoAnswer> {
        let path = path.split('?').next().unwrap_or_default();
        match path {
            "/api/agents/passthrough" => self.passthrough.answer(asking, body).await,
            "/api/context-resolve" => self.context.resolve(asking, body).await,
            "/api/context-finalize" => self.context.finalize(asking, body).await,
            "/api/llm-bridge" => self.bridge.answer(asking.tenant, body, said).await,
            "/api/oas-lint/scan-all" => Ok(lint::scan(body).await),
            _ => Err(not_implemented(path, body)),
        }
    }
}

/// Names the tool where a path stands for many.
pub(super) fn not_implemented(path: &str, body: &Value) -> NoAnswer {
    let tool = body["tool"].as_str().unwrap_or_default();
    let tool: String = tool.chars().take(TOOL_CHARS_MAX).collect();
    let for_tool = if tool.is_empty() {
        String::new()
    } else {
        format!(" for the tool {tool}")
    };
    NoAnswer::ends(
        "not_implemented",
        format!("Nothing answers at {path}{for_tool} yet."),
    )
}

pub(super) fn ok(body: &Value) -> Answered {
    Answered {
        status: 200,
        body: body.to_string(),
        selected: None,
    }
}

pub(super) fn error(status: u16, code: &str, message: &str) -> Answered {
    let body = json!({ "error": { "code": code, "message": message, "details": {} } });
    Answered {
        status,
        body: body.to_string(),
        selected: None,
    }
}
