//! `/api/oas-lint/scan-all`: an agent has a flow looked at. Source: spec/runs.md 4.4, settled.md 39.

use cinatra_domain::extension::manifest;
use cinatra_domain::template::oas::{Finding, Package, compile};
use serde_json::{Value, json};

use super::call::Answered;
use super::internal::{error, ok};

/// Everything that is found in the body's `oasJson`, as the text of a JSON array.
pub(super) async fn scan(body: &Value) -> Answered {
    let Some(oas) = body["oasJson"].as_str().map(str::to_owned) else {
        return error(400, "INVALID_INPUT", "oasJson is not a text");
    };
    let package = body["packageJson"].as_str().unwrap_or_default().to_owned();
    // Off the threads that serve others: a large flow takes a while.
    let scanning = tokio::task::spawn_blocking(move || findings(&oas, &package));
    match scanning.await {
        Ok(findings) => ok(&json!({ "findings": json!(findings).to_string() })),
        Err(_) => error(500, "INTERNAL_ERROR", "the flow could not be looked at"),
    }
}

/// A manifest that cannot be read says nothing of the flow.
fn findings(oas: &str, package: &str) -> Vec<Finding> {
    let manifest = manifest::parse_bytes(package.as_bytes()).ok();
    let nameless = Package {
        name: "",
        version: "",
        dependencies: &[],
    };
    let package = manifest
        .as_ref()
        .map(|(manifest, _)| Package::from(manifest));
    match compile(oas.as_bytes(), &package.unwrap_or(nameless)) {
        Ok(compiled) => compiled.findings,
        Err(refused) => refused.findings,
    }
}
