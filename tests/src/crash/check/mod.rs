//! Holds what clients were told against what the ledger holds, then the chain and the read models.

mod image;
mod judge;
mod plant;

use super::history::History;
use super::stage::Stage;
use crate::console::say;
use crate::{Call, Node, Outcome};

pub(super) use image::head;
pub(super) use plant::plant_double_write;

use image::Image;

/// Prints each check and says whether all of them held. `before` is the head when the load began.
pub(super) async fn check(
    stage: &Stage,
    node: &Node,
    history: &History,
    before: i64,
) -> Outcome<bool> {
    let operations = history.operations();
    let image = Image::read(&stage.database).await?;
    let unknown = operations
        .iter()
        .filter(|operation| operation.unknown)
        .count();
    say(format!(
        "{} operations, {} acknowledged, {unknown} had an unknown outcome and were asked for again; {} events",
        operations.len(),
        history.acknowledged(),
        image.events.len()
    ));
    let mut held = true;
    for (name, findings) in judge::judge(&operations, &image, before) {
        held &= findings.is_empty();
        say(format!(
            "{}  {name}",
            if findings.is_empty() {
                "ok    "
            } else {
                "FAILED"
            }
        ));
        findings
            .iter()
            .take(5)
            .for_each(|finding| say(format!("        {finding}")));
    }
    held &= proof(node, "chain intact", &["replay", "verify"]);
    held &= proof(
        node,
        "read models equal to a replay",
        &["replay", "rebuild", "--all"],
    );
    held &= catalogue(node, &judge::expected(&operations)).await?;
    if !held {
        say(format!("the history is in {}", history.path().display()));
    }
    Ok(held)
}

/// A sub-command whose exit code is the proof.
fn proof(node: &Node, name: &str, arguments: &[&str]) -> bool {
    match node.start_again().run(arguments) {
        Ok(out) if out.status.success() => {
            say(format!("ok      {name}"));
            true
        }
        Ok(out) => {
            let said = [out.stdout, out.stderr].concat();
            say(format!(
                "FAILED  {name}: {}: {}",
                arguments.join(" "),
                String::from_utf8_lossy(&said)
            ));
            false
        }
        Err(error) => {
            say(format!("FAILED  {name}: {error}"));
            false
        }
    }
}

/// The catalogue shows every package as its client left it.
async fn catalogue(node: &Node, expected: &[(String, &'static str)]) -> Outcome<bool> {
    let client = node.client()?;
    let mut wrong = Vec::new();
    for (package, status) in expected {
        let input = serde_json::json!({ "packageName": package });
        let reply = client
            .call("extensions_get", &input, Call::default())
            .await?;
        let seen = reply.body["status"]
            .as_str()
            .or(reply.body["extension"]["status"].as_str());
        if seen != Some(status) {
            wrong.push(format!("{package} is {seen:?} and not {status}"));
        }
    }
    say(format!(
        "{}  the catalogue shows what the clients did",
        if wrong.is_empty() { "ok    " } else { "FAILED" }
    ));
    wrong
        .iter()
        .take(5)
        .for_each(|finding| say(format!("        {finding}")));
    Ok(wrong.is_empty())
}
