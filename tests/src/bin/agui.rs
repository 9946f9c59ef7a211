//! `make agui`: the official AG-UI clients, 1.0.0 and 0.0.59, against a running server; and with an event in the stream
//! that the standard does not have, which they have to find. Exits 1 when one finds something wrong or finds nothing
//! where it should, 2 when nothing could run.

use std::process::ExitCode;

use cinatra_tests::ag_ui::{AGENT, CLIENTS, Clients, UNKNOWN, agent};
use cinatra_tests::console::say;
use cinatra_tests::people::done;
use cinatra_tests::places::Scratch;
use cinatra_tests::registry::publish_into;
use cinatra_tests::relay::Relay;
use cinatra_tests::{Node, Outcome, Service, Start};
use serde_json::json;

#[tokio::main]
async fn main() -> ExitCode {
    match run().await {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::from(1),
        Err(fault) => {
            say(format!("agui: {fault}"));
            ExitCode::from(2)
        }
    }
}

async fn run() -> Outcome<bool> {
    let clients = Clients::find()?;
    let service = Service::start().await?;
    let scratch = Scratch::new("agui")?;
    let home = scratch.path().join("home");
    let mut start = Start::up(&home);
    start.egress = Some(service.peer().to_owned());
    publish_into(&home.join("registry"), &agent(&service.url())?)?;
    let server = Node::start(start).await?;
    let caller = server.client()?;
    let input = json!({ "packageName": AGENT, "packageVersion": "1.0.0" });
    done(&caller, "extensions_install", &input).await?;
    let planted = Relay::planting(server.url(), UNKNOWN).await?;
    let mut passed = true;
    for name in CLIENTS {
        let verdict = clients.run(name, server.url(), &caller).await?;
        say(&verdict.text);
        let found = clients.run(name, planted.url(), &caller).await?;
        let is_found = found.finds_the_unknown();
        say(if is_found {
            "  an unknown event in the stream: found"
        } else {
            "  an unknown event in the stream: NOT FOUND"
        });
        passed &= verdict.passed && is_found;
    }
    server.stop()?;
    Ok(passed)
}
