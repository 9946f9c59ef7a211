//! Requests about the organization, its teams, its programs, its secrets, and the instance.

use cinatra_tests::people;
use serde_json::{Value, json};

use super::{Request, Who};
use crate::authority::stage::{SECRET, Stage, id};

pub(super) async fn make(stage: &Stage, name: (&str, &str)) -> Option<Request> {
    let vic = stage.cast.vic.as_str();
    Some(match name {
        (
            "instance_audit_events_list"
            | "instance_get"
            | "organizations_get"
            | "permissions_members_list"
            | "permissions_invitations_list"
            | "role_grant_list"
            | "teams_list"
            | "service_accounts_list"
            | "secrets_list"
            | "secrets_rotate_keys",
            "",
        ) => Request::plain(),
        ("permissions_members_list", "ours") => Request::of(json!({ "query": "vic" })).seeking(vic),
        ("permissions_invitations_list", "ours") => Request::whole().seeking(&stage.invitation),
        ("role_grant_list", "ours") => Request::whole().seeking(vic),
        ("service_accounts_list", "ours") => Request::whole().seeking(&stage.robot),
        ("teams_list", "ours") => Request::whole().seeking(&stage.team),
        ("secrets_list", "ours") => Request::plain().seeking(SECRET),
        ("instance_namespace_choose", "") => Request::of(json!({ "namespace": "acme-works" })),
        ("instance_namespace_rename", "") => {
            Request::of(json!({ "namespace": "acme-works", "confirmRename": true }))
        }
        ("organizations_create", "") => Request::of(called(stage, "org")),
        ("organizations_create", "nowhere") => {
            let token = stage.administrator().await;
            Request::of(called(stage, "org")).instead(Who::Pia, token)
        }
        ("organizations_update", "") => Request::of(json!({ "name": "Renamed" })),
        ("permissions_members_invite", "") => Request::of(invitation(stage)),
        ("permissions_invitations_cancel", "") => {
            let invited = invitation(stage);
            let invited = stage.ada("permissions_members_invite", &invited).await;
            let id = id(&invited, "invitationId");
            Request::of(json!({ "invitationId": id })).about("/invitationId")
        }
        ("permissions_members_remove", "") => {
            Request::of(json!({ "userId": stage.member().await })).about("/userId")
        }
        ("permissions_members_update_role", "") => {
            Request::of(json!({ "userId": vic, "role": "admin" })).about("/userId")
        }
        ("role_grant_grant" | "role_grant_revoke", "") => {
            let scope = json!({ "level": "organization", "recordId": stage.cast.organization });
            let input = json!({ "subjectUserId": vic, "role": "developer", "scope": scope });
            Request::of(input).about("/subjectUserId")
        }
        ("secrets_set", "") => Request::of(json!({ "name": "matrix", "value": "kept" })),
        ("secrets_delete", "") => Request::of(json!({ "name": "matrix" })),
        ("service_accounts_create", "") => {
            Request::of(json!({ "name": "Robot", "scopes": ["run.read"] }))
        }
        ("service_accounts_rotate", "") => account(&stage.robot),
        ("service_accounts_revoke", "") => {
            let robot = json!({ "name": "Robot", "scopes": [] });
            let created = stage.ada("service_accounts_create", &robot).await;
            account(&id(&created, "serviceAccountId"))
        }
        ("teams_create", "") => {
            stage.disband_what_was_formed().await;
            Request::of(called(stage, "team"))
        }
        ("teams_delete", "") => {
            let created = stage.ada("teams_create", &called(stage, "team")).await;
            team(&id(&created, "teamId"), json!({}))
        }
        ("teams_update", "") => team(&stage.team, json!({ "name": "Named", "slug": "team" })),
        ("team_members_list", "") => team(&stage.team, json!({})),
        ("team_members_add", "") => team(&stage.team, json!({ "userId": vic, "role": "member" })),
        ("team_members_update_role", "") => {
            join(stage).await;
            team(&stage.team, json!({ "userId": vic, "role": "admin" }))
        }
        ("team_members_remove", "") => {
            join(stage).await;
            team(&stage.team, json!({ "userId": vic }))
        }
        _ => return None,
    })
}

fn account(id: &str) -> Request {
    Request::of(json!({ "serviceAccountId": id })).about("/serviceAccountId")
}

fn team(id: &str, mut input: Value) -> Request {
    input["teamId"] = json!(id);
    Request::of(input).about("/teamId")
}

/// Lets Vic be a plain member of the team.
async fn join(stage: &Stage) {
    let input = team(
        &stage.team,
        json!({ "userId": stage.cast.vic, "role": "member" }),
    );
    stage.ada("team_members_add", &input.input).await;
}

fn called(stage: &Stage, what: &str) -> Value {
    let slug = format!("{what}-{}", stage.next());
    json!({ "name": slug, "slug": slug })
}

fn invitation(stage: &Stage) -> Value {
    let email = people::address(&format!("invited {}", stage.next()));
    json!({ "email": email, "role": "member" })
}
