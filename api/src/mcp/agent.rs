//! Installed agents as tools: a call starts a run and waits a while for it.
//!
//! Each goes through the primitives that it stands for, so it does what its caller may do and nothing else. What takes
//! longer, or waits for a person, goes on as a run. Source: spec/runs.md 11.5.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use cinatra_commands::run::run_id;
use cinatra_domain::kernel::{Class, RunId};
use cinatra_domain::run::Status;
use rmcp::model::{JsonObject, Tool, ToolAnnotations};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};
use tokio::time::{Instant, timeout_at};

use crate::primitive::{Place, Terms, problem};
use crate::problem::{Problem, unreadable};
use crate::security::Principal;
use crate::server::App;

/// How long a call waits for its run.
const WAIT_MAX: Duration = Duration::from_mins(1);
/// Longest name of a tool, in characters.
const NAME_CHARS_MAX: usize = 128;
/// Characters of the digest in a name.
const DIGEST_CHARS: usize = 8;
/// Agents that are asked for at once.
const ITEMS: u32 = 200;

/// An agent that is installed.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Agent {
    package_name: String,
    display_name: Option<String>,
    description: Option<String>,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Page {
    items: Vec<Agent>,
    next_cursor: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Started {
    run_id: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Run {
    status: Status,
    outputs: Option<Value>,
    open_gate: Option<Value>,
    error_code: Option<String>,
    error_message: Option<String>,
}

/// What a call came to.
pub(super) struct Outcome {
    /// What a client reads.
    pub(super) content: Value,
    /// Whether the run failed or was stopped.
    pub(super) is_error: bool,
    /// Up to where the run was seen.
    pub(super) at: Option<Place>,
}

/// The agents that somebody sees.
pub(super) struct Agents<'a> {
    pub(super) app: &'a App,
    pub(super) principal: &'a Arc<Principal>,
}

impl Agents<'_> {
    /// A tool for each, at most so many, by package.
    pub(super) async fn tools(&self, most: usize) -> Result<Vec<Tool>, Problem> {
        let mut tools = Vec::new();
        let mut cursor = None;
        loop {
            let page = self.page(cursor).await?;
            tools.extend(page.items.iter().map(tool));
            cursor = page.next_cursor;
            if cursor.is_none() || tools.len() >= most {
                tools.truncate(most);
                return Ok(tools);
            }
        }
    }

    /// The package of the agent that a tool stands for; none when there is no such agent.
    pub(super) async fn package(&self, tool: &str) -> Result<Option<String>, Problem> {
        let mut cursor = None;
        loop {
            let page = self.page(cursor).await?;
            let mut packages = page.items.into_iter().map(|agent| agent.package_name);
            let found = packages.find(|package| tool_name(package) == tool);
            cursor = page.next_cursor;
            if found.is_some() || cursor.is_none() {
                return Ok(found);
            }
        }
    }

    /// Runs an agent with these inputs.
    pub(super) async fn run(
        &self,
        package: &str,
        inputs: &JsonObject,
        terms: Terms,
    ) -> Result<Outcome, Problem> {
        let inputs = serde_json::to_string(inputs).unwrap_or_default();
        let input = json!({ "packageName": package, "inputParams": inputs });
        let started = self
            .app
            .call("agent_run", self.principal.clone(), terms, input);
        let started = started.await?;
        let Started { run_id: id } = read(&started.output)?;
        let run = run_id(&id).map_err(|error| problem(&error))?;
        self.wait(run, started.at).await
    }

    /// Looks at the run each time that something came of it.
    async fn wait(&self, run: RunId, began: Option<Place>) -> Result<Outcome, Problem> {
        let until = Instant::now() + WAIT_MAX;
        let store = &self.app.backend().store;
        let mut watch = store.watch_run(self.principal.tenant(), run.0);
        loop {
            let terms = Terms {
                min_pos: began,
                ..Terms::default()
            };
            let input = json!({ "runId": run.to_string() });
            let seen = self
                .app
                .call("agent_run_get", self.principal.clone(), terms, input);
            let seen = seen.await?;
            if let Some((content, is_error)) = told(run, read(&seen.output)?) {
                let at = seen.at;
                return Ok(Outcome {
                    content,
                    is_error,
                    at,
                });
            }
            if timeout_at(until, watch.changed()).await.is_err() {
                let message = "The run goes on. Ask agent_run_get what became of it.";
                return Ok(Outcome {
                    content: json!({ "status": "launched", "runId": run, "message": message }),
                    is_error: false,
                    at: seen.at,
                });
            }
        }
    }

    /// Whoever may not look at extensions sees none.
    async fn page(&self, cursor: Option<String>) -> Result<Page, Problem> {
        let mut input = json!({ "kind": "agent", "status": "active", "limit": ITEMS });
        if let Some(cursor) = cursor {
            input["cursor"] = json!(cursor);
        }
        let terms = Terms::default();
        let page = self
            .app
            .call("extensions_list", self.principal.clone(), terms, input);
        match page.await {
            Ok(page) => read(&page.output),
            Err(problem) if is_denial(&problem) => Ok(Page::default()),
            Err(problem) => Err(problem),
        }
    }
}

const fn is_denial(problem: &Problem) -> bool {
    matches!(
        problem.class(),
        Class::Unauthenticated | Class::Forbidden | Class::NotFound
    )
}

/// What a client is told of a run, once there is something to tell, and whether it is bad news.
fn told(run: RunId, seen: Run) -> Option<(Value, bool)> {
    match seen.status {
        Status::Queued | Status::Running => None,
        Status::Completed => Some((seen.outputs.unwrap_or_else(|| json!({})), false)),
        Status::PendingApproval => {
            let message = "The run waits for an answer: agent_run_resume gives one.";
            let gate = seen.open_gate;
            let content = json!({ "status": seen.status, "runId": run, "openGate": gate, "message": message });
            Some((content, false))
        }
        Status::Failed => {
            let error = json!({ "code": seen.error_code, "message": seen.error_message });
            Some((json!({ "error": error, "runId": run }), true))
        }
        Status::Stopped => {
            let content =
                json!({ "status": seen.status, "runId": run, "message": "The run was stopped." });
            Some((content, true))
        }
    }
}

fn read<T: DeserializeOwned>(output: &Bytes) -> Result<T, Problem> {
    serde_json::from_slice(output).map_err(|error| unreadable(&error))
}

fn tool(agent: &Agent) -> Tool {
    let name = tool_name(&agent.package_name);
    let title = agent.display_name.as_ref().unwrap_or(&agent.package_name);
    let description = agent.description.as_deref().unwrap_or("An agent.");
    let description = format!(
        "{description} Starts a run of {} and waits up to {} s for its outputs; one that waits for a person, or takes \
        longer, goes on.",
        agent.package_name,
        WAIT_MAX.as_secs(),
    );
    let mut schema = JsonObject::new();
    schema.insert("type".to_owned(), json!("object"));
    let annotations = ToolAnnotations::with_title(title.clone())
        .read_only(false)
        .destructive(true)
        .idempotent(false)
        .open_world(true);
    Tool::new(name, description, schema)
        .with_title(title.clone())
        .with_annotations(annotations)
}

/// What a package's tool is called (spec/runs.md 6.5). Where another package would be called the same, a digest of its
/// name stands behind.
fn tool_name(package: &str) -> String {
    let bare = package.strip_prefix('@').unwrap_or(package);
    let is_legal = |letter: char| letter.is_ascii_alphanumeric() || matches!(letter, '-' | '_');
    let legal = |letter: char| match letter {
        '/' => '_',
        letter if is_legal(letter) => letter,
        _ => '-',
    };
    let (scope, name) = bare.split_once('/').unwrap_or(("", bare));
    let is_plain = !scope.contains('_') && scope.chars().chain(name.chars()).all(is_legal);
    if is_plain && bare.len() <= NAME_CHARS_MAX {
        return bare.chars().map(legal).collect();
    }
    let digest = blake3::hash(package.as_bytes()).to_hex();
    let cut = NAME_CHARS_MAX - 1 - DIGEST_CHARS;
    let name: String = bare.chars().map(legal).take(cut).collect();
    format!("{name}-{}", &digest[..DIGEST_CHARS])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tool_is_called_after_its_package() {
        assert_eq!(tool_name("@cinatra-ai/x-agent"), "cinatra-ai_x-agent");
        assert_eq!(tool_name("@a-b/c_d"), "a-b_c_d");
        assert_eq!(tool_name(&"x".repeat(200)).len(), NAME_CHARS_MAX);
    }

    #[test]
    fn no_two_packages_are_called_the_same() {
        let packages = [
            "@c.x/agent",
            "@c-x/agent",
            "@c/x.y",
            "@c/x-y",
            "@a_b/c",
            "@a/b_c",
        ];
        let long = ["y", "z"].map(|end| format!("@a/{}{end}", "x".repeat(200)));
        let packages = packages.into_iter().chain(long.iter().map(String::as_str));
        let names: std::collections::BTreeSet<_> = packages.map(tool_name).collect();
        assert_eq!(names.len(), 8, "{names:?}");
        assert!(names.contains("c-x_agent") && names.iter().all(|name| name.len() <= 128));
    }
}
