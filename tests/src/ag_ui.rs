//! The official AG-UI clients use a running server: they run an agent, are interrupted, answer, and see the end.

use std::path::PathBuf;

use serde_json::json;
use tokio::process::Command;

use crate::{Client, Flow, Outcome, Packed, places};

/// The aliases under which the clients are installed, 1.0.0 and 0.0.59.
pub const CLIENTS: [&str; 2] = ["ag-ui-client-1", "ag-ui-client-0"];

/// What they run.
pub const AGENT: &str = "@acme/guide-agent";

/// An event that the standard does not have.
pub const UNKNOWN: &str = r#"{"type":"NO_SUCH_EVENT"}"#;

/// An agent that needs a guest, greets, calls an address, asks, and answers what it heard.
pub fn agent(url: &str) -> Outcome<Packed> {
    Flow::of("guide", &["guest"])
        .says("greet", "Hello, {{ guest }}!", &["guest"])
        .feeds("start", "guest", "greet", "guest")
        .calls("call", url, &json!({ "say": "ping" }))
        .asks("gate")
        .answers("heard", "call", "answer")
        .answers("said", "gate", "answer")
        .agent(AGENT, "1.0.0")
}

/// The clients, ready to be started.
#[derive(Debug)]
pub struct Clients {
    node: PathBuf,
    packages: PathBuf,
}

/// What one of them found.
#[derive(Clone, Debug)]
pub struct Verdict {
    /// Whether everything was as it should be.
    pub passed: bool,
    /// What it printed.
    pub text: String,
}

impl Verdict {
    /// Whether it found [`UNKNOWN`]: the newer client names it, the older one names all that it might have been.
    pub fn finds_the_unknown(&self) -> bool {
        let words = ["NO_SUCH_EVENT", "Invalid discriminator value"];
        !self.passed && words.iter().any(|words| self.text.contains(words))
    }
}

impl Clients {
    /// Obtains them.
    pub fn find() -> Outcome<Self> {
        Ok(Self {
            node: places::tool("node")?,
            packages: places::tool("ag-ui")?,
        })
    }

    /// Lets one of them use the server at an address, which may be another one than the caller's.
    pub async fn run(&self, name: &str, url: &str, caller: &Client) -> Outcome<Verdict> {
        let script = places::project().join("scripts/ag-ui/client.mjs");
        let path = AGENT.trim_start_matches('@');
        let endpoint = format!("{url}/api/ag-ui/agents/{path}");
        let mut command = Command::new(&self.node);
        command
            .arg(script)
            .args([name, &endpoint, caller.token()])
            .current_dir(&self.packages)
            .stdin(std::process::Stdio::null())
            .kill_on_drop(true);
        let out = command.output().await?;
        let text = [out.stdout, out.stderr].concat();
        Ok(Verdict {
            passed: out.status.success(),
            text: String::from_utf8_lossy(&text).trim().to_owned(),
        })
    }
}
