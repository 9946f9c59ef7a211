//! `make mcp`: the official TypeScript and Python MCP clients against a running server, in both protocol
//! revisions. Exits 1 when a client finds something wrong, 2 when nothing could run.

use std::path::Path;
use std::process::{Command, ExitCode, Stdio};

use cinatra_tests::console::say;
use cinatra_tests::places::{self, Scratch};
use cinatra_tests::{Node, Outcome, Start};

/// What the server has to speak.
const REVISIONS: [&str; 2] = ["2025-11-25", "2026-07-28"];

#[tokio::main]
async fn main() -> ExitCode {
    match run().await {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::from(1),
        Err(fault) => {
            say(format!("mcp: {fault}"));
            ExitCode::from(2)
        }
    }
}

async fn run() -> Outcome<bool> {
    let (node_js, packages, python) = (
        places::tool("node")?,
        places::tool("mcp-typescript")?,
        places::tool("mcp-python")?,
    );
    let scripts = places::project().join("scripts/mcp");
    let home = Scratch::new("mcp")?;
    let server = Node::start(Start::up(&home.path().join("home"))).await?;
    let url = format!("{}/api/mcp", server.url());
    let mut passed = true;
    for revision in REVISIONS {
        for (program, script, folder) in [
            (&node_js, "client.mjs", packages.as_path()),
            (&python, "client.py", Path::new(".")),
        ] {
            let mut client = Command::new(program);
            client
                .arg(scripts.join(script))
                .args([&url, server.token(), revision]);
            passed &= client
                .current_dir(folder)
                .stdin(Stdio::null())
                .status()?
                .success();
        }
    }
    server.stop()?;
    say(if passed {
        "both clients, both revisions: passed"
    } else {
        "a client found something wrong"
    });
    Ok(passed)
}
