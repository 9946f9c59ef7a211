//! Requests about projects.

use serde_json::{Value, json};

use super::{Request, Who};
use crate::authority::stage::Stage;

pub(super) async fn make(
    stage: &Stage,
    (primitive, variant): (&str, &str),
    who: Who,
) -> Option<Request> {
    Some(match primitive {
        "projects_list" if variant.is_empty() => Request::plain(),
        "projects_list" => Request::whole().seeking(named(stage, variant)),
        "projects_create" => create(stage, variant, who),
        "projects_promote" => {
            let mut input = place(stage, variant, who);
            let project = stage.project().await;
            if variant == "administered" {
                let otto = stage.cast.user_id(Who::Otto);
                stage.share(&project, "user", otto, "admin").await;
            }
            input["projectId"] = json!(project);
            Request::of(input).about("/projectId")
        }
        "projects_get" | "project_access_check" | "project_access_list" => {
            about(named(stage, variant), json!({}))
        }
        "projects_update" => about(named(stage, variant), json!({ "name": "Renamed" })),
        "projects_archive" | "projects_unarchive" => about(&stage.shelf, json!({})),
        "project_access_grant" => {
            let (project, role) = match variant {
                "admin" => (&stage.private, "admin"),
                other => (named(stage, other), "read"),
            };
            let mut request = about(project, with_vic(stage));
            request.input["role"] = json!(role);
            request
        }
        "project_access_revoke" => about(named(stage, variant), with_vic(stage)),
        _ => return None,
    })
}

fn named<'s>(stage: &'s Stage, variant: &str) -> &'s String {
    match variant {
        "" | "private" => &stage.private,
        "discoverable" => &stage.discoverable,
        "shared" => &stage.shared,
        "team" => &stage.teams,
        other => panic!("no project is {other}"),
    }
}

fn about(project: &str, mut input: Value) -> Request {
    input["projectId"] = json!(project);
    Request::of(input).about("/projectId")
}

fn with_vic(stage: &Stage) -> Value {
    json!({ "principalLevel": "user", "principalId": stage.cast.vic })
}

fn create(stage: &Stage, variant: &str, who: Who) -> Request {
    let mut input = place(stage, variant, who);
    input["name"] = json!("Project");
    let request = Request::of(input);
    match variant {
        "own" => request.about("/ownerId").each(),
        "workspace" => request,
        _ => request.about("/ownerId"),
    }
}

/// Where a project is to be.
fn place(stage: &Stage, variant: &str, who: Who) -> Value {
    let (level, owner) = match variant {
        "own" => ("user", stage.cast.user_id(who)),
        "others" => ("user", stage.cast.user_id(Who::Ada)),
        "team" => ("team", stage.team.as_str()),
        "organization" | "administered" => ("organization", stage.cast.organization.as_str()),
        "workspace" => ("workspace", "__workspace__"),
        other => panic!("no place is {other}"),
    };
    json!({ "ownerLevel": level, "ownerId": owner })
}
