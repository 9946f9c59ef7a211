//! Requests about extensions, skills and the trail.

use serde_json::json;

use super::Request;
use crate::authority::stage::{DESK, NOTE, NOTE_TYPE, Stage, passing};

pub(super) async fn make(stage: &Stage, name: (&str, &str)) -> Option<Request> {
    Some(match name {
        (
            "audit_events_list"
            | "instance_audit_events_list"
            | "extension_lifecycle_audit_list"
            | "extensions_list"
            | "extensions_search"
            | "objects_types_list"
            | "skills_installed_list",
            "",
        ) => Request::plain(),
        ("context_resolve", "") => {
            let slot = json!({ "slotId": "notes", "acceptedArtifactExtensions": [NOTE],
                "selectionMode": "interactive", "resolutionMode": "accumulate" });
            let flow = json!({ "metadata": { "cinatra": { "contextSlots": [slot] } } });
            Request::of(json!({ "parentAgentOas": flow, "slotId": "notes" }))
        }
        ("objects_types_get", "") => Request::of(json!({ "objectType": NOTE_TYPE })),
        ("objects_types_list", "ours") => Request::whole().seeking(NOTE_TYPE),
        ("audit_events_list", "ours") => {
            // Whoever asked for it in vain finds that in their own trail.
            let input = json!({ "resourceType": "project", "resourceId": stage.private,
                "decision": "allowed" });
            Request::of(input).seeking(&stage.private)
        }
        ("extension_lifecycle_audit_list", "ours") => {
            let name = passing("delete");
            Request::of(json!({ "packageName": name })).seeking(&name)
        }
        ("extensions_list", "ours") => Request::whole().seeking(NOTE),
        ("extensions_list", "closed") => Request::whole().seeking(DESK),
        ("extensions_get" | "extensions_timeline", "") => package(NOTE),
        ("extensions_get" | "extensions_timeline", "closed") => package(DESK),
        ("extensions_install", "") => at(&passing("install"), "1.0.0"),
        ("extensions_update", "") => {
            updatable(stage).await;
            at(&passing("update"), "1.1.0")
        }
        ("extensions_uninstall", "") => {
            stage.install(&passing("uninstall"), "1.0.0").await;
            at(&passing("uninstall"), "1.0.0")
        }
        ("extensions_archive", "") => {
            stage.install(&passing("archive"), "1.0.0").await;
            at(&passing("archive"), "1.0.0")
        }
        ("extensions_restore", "") => {
            stage.install(&passing("restore"), "1.0.0").await;
            let archived = at(&passing("restore"), "1.0.0");
            stage.ada("extensions_archive", &archived.input).await;
            package(&passing("restore"))
        }
        ("extensions_force_delete", "") => {
            stage.install(&passing("delete"), "1.0.0").await;
            let mut request = at(&passing("delete"), "1.0.0");
            request.input["confirmDestructive"] = json!(true);
            request
        }
        ("skills_installed_get", variant) => {
            let id = skill(stage, variant);
            Request::of(json!({ "skillId": id })).about("/skillId")
        }
        ("skills_installed_list", variant) => Request::whole().seeking(&skill(stage, variant)),
        _ => return None,
    })
}

fn skill(stage: &Stage, variant: &str) -> String {
    let skill = match variant {
        "" => stage.skill("open"),
        "wider" => stage.wider(),
        other => stage.skill(other),
    };
    skill.id.to_string()
}

fn package(name: &str) -> Request {
    Request::of(json!({ "packageName": name })).about("/packageName")
}

fn at(name: &str, version: &str) -> Request {
    let input = json!({ "packageName": name, "packageVersion": version });
    Request::of(input).about("/packageName")
}

/// Puts the older version there, whatever is there.
async fn updatable(stage: &Stage) {
    let name = passing("update");
    let client = stage.client(stage.cast.token(super::Who::Ada, None));
    let newer = at(&name, "1.1.0").input;
    // Order: refused unless the newer version is there, and then the older one can come.
    crate::extension::call(&client, "extensions_uninstall", &newer).await;
    stage.install(&name, "1.0.0").await;
}
