//! The credential of the first start: everything in the default organization until there is somebody, nothing of one's own.

use std::time::{Duration, Instant};

use cinatra_tests::served::Served;
use cinatra_tests::{Client, Package};
use serde_json::{Value, json};

use super::NAME;
use super::stage::id;
use crate::extension::{call, done, package, refused};

/// What it does there, in the order in which it does it.
async fn deeds(client: &Client) -> Vec<(&'static str, Value)> {
    let organization = done(client, "organizations_get", &json!({})).await;
    let organization = id(&organization, "organizationId");
    let team = json!({ "name": "Team", "slug": "team" });
    let team = id(&done(client, "teams_create", &team).await, "teamId");
    let place = json!({
        "name": "Project", "ownerLevel": "organization", "ownerId": organization,
    });
    let project = id(&done(client, "projects_create", &place).await, "projectId");
    let robot = json!({ "name": "Robot", "scopes": [] });
    let robot = done(client, "service_accounts_create", &robot).await;
    let robot = id(&robot, "serviceAccountId");
    done(client, "extensions_install", &package(NAME, "1.0.0")).await;
    let skill =
        cinatra_domain::permission::Resource::skill_package(organization.parse().unwrap(), NAME);
    let resource = super::stage::named(skill);
    let mut open = resource.clone();
    open["read"] = json!("workspace");
    let mut may = resource.clone();
    may["operation"] = json!("manage");
    let access = json!({
        "projectId": project, "principalLevel": "team", "principalId": team, "role": "admin",
    });
    vec![
        ("audit_events_list", json!({})),
        ("instance_get", json!({})),
        ("instance_namespace_choose", json!({ "namespace": "acme" })),
        ("organizations_update", json!({ "name": "Ours" })),
        ("permissions_members_list", json!({})),
        ("permissions_invitations_list", json!({})),
        ("role_grant_list", json!({})),
        (
            "teams_update",
            json!({ "teamId": team, "name": "The team", "slug": "team" }),
        ),
        ("team_members_list", json!({ "teamId": team })),
        (
            "projects_update",
            json!({ "projectId": project, "name": "The project" }),
        ),
        ("project_access_check", json!({ "projectId": project })),
        ("project_access_grant", access),
        ("permissions_policies_set", open),
        ("permissions_check", may),
        ("permissions_co_owners_list", resource),
        ("secrets_set", json!({ "name": "kept", "value": "kept" })),
        ("secrets_rotate_keys", json!({})),
        (
            "service_accounts_rotate",
            json!({ "serviceAccountId": robot }),
        ),
        ("extensions_archive", package(NAME, "1.0.0")),
    ]
}

#[tokio::test]
async fn whoever_starts_the_instance_does_everything_there_until_somebody_signs_up() {
    let served = Served::with(&[Package::skill(NAME, "1.0.0").pack().unwrap()])
        .await
        .unwrap();
    let client = served.client().unwrap();
    let deeds = deeds(&client).await;
    for (primitive, input) in &deeds {
        done(&client, primitive, input).await;
    }
    assert_eq!(client.get("/metrics").await.unwrap().status, 200);
    for primitive in [
        "users_me",
        "sessions_list",
        "sessions_sign_out",
        "tokens_list",
    ] {
        let (status, _) = refused(&client, primitive, &json!({})).await;
        assert_eq!(status, 403, "{primitive} is about a person");
    }
    served.first().await.unwrap();
    let began = Instant::now();
    while client.get("/api/primitives").await.unwrap().status != 401 {
        assert!(began.elapsed() < Duration::from_secs(10), "it still works");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    for (primitive, input) in &deeds {
        assert_eq!(
            call(&client, primitive, input).await.status,
            401,
            "{primitive}"
        );
    }
    assert_eq!(client.get("/metrics").await.unwrap().status, 401);
}
