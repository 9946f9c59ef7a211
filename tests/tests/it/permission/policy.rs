//! Policies: what those may do who neither own nor co-own, and that a skill's goes before its package's.

use serde_json::{Value, json};

use super::{
    ALL, ALL_BUT_MANAGE, LOOK, UNKNOWN, USE, and, equipped, may, the_agent, the_package, the_skill,
};
use crate::extension::{call, done};
use crate::organization::{refusal, refuses};

const SET: &str = "permissions_policies_set";
const CLEAR: &str = "permissions_policies_clear";
const GET: &str = "permissions_policies_get";

fn policy(resource: &Value, read: &str, execute: &str) -> Value {
    and(resource, &json!({ "read": read, "execute": execute }))
}

#[tokio::test(flavor = "multi_thread")]
async fn a_skill_may_be_wider_or_tighter_than_its_package() {
    let town = equipped().await;
    let mia = town.bring("Mia", "member").await;
    let ada = &town.ada.client;
    let package = the_package(town.tenant);
    let (sort, write) = (
        the_skill(town.tenant, "sort-mail"),
        the_skill(town.tenant, "write-mail"),
    );
    // Wider: the package is closed to members, one of its skills is not.
    done(ada, SET, &policy(&package, "org", "admin")).await;
    done(ada, SET, &and(&sort, &json!({ "execute": "workspace" }))).await;
    assert_eq!(may(&mia.client, &package).await, LOOK);
    assert_eq!(may(&mia.client, &sort).await, USE);
    assert_eq!(may(&mia.client, &write).await, LOOK);
    // What the skill does not say, the package says.
    done(ada, SET, &policy(&package, "owner", "owner")).await;
    assert_eq!(
        may(&mia.client, &sort).await,
        None,
        "what may not be read is not there"
    );
    done(ada, SET, &policy(&sort, "workspace", "workspace")).await;
    assert_eq!(may(&mia.client, &sort).await, USE);
    assert_eq!(may(&mia.client, &write).await, None);
    assert_eq!(may(&mia.client, &package).await, None);

    // Tighter: the package is open, and one of its skills is not.
    done(ada, CLEAR, &package).await;
    done(
        ada,
        SET,
        &and(&sort, &json!({ "execute": "owner", "read": "org" })),
    )
    .await;
    assert_eq!(may(&mia.client, &sort).await, LOOK);
    assert_eq!(may(&mia.client, &write).await, USE);
    done(ada, SET, &policy(&sort, "admin", "admin")).await;
    assert_eq!(may(&mia.client, &sort).await, None);
    done(ada, CLEAR, &sort).await;
    assert_eq!(may(&mia.client, &sort).await, USE);
    assert_eq!(may(ada, &sort).await, ALL);
}

#[tokio::test(flavor = "multi_thread")]
async fn owners_and_administrators_are_not_shut_out() {
    let town = equipped().await;
    let adam = town.bring("Adam", "admin").await;
    let mia = town.bring("Mia", "member").await;
    let agent = the_agent(town.tenant);
    let shut = json!({ "read": "owner", "execute": "owner", "share": "owner" });
    done(&town.ada.client, SET, &and(&agent, &shut)).await;
    assert_eq!(may(&town.ada.client, &agent).await, ALL);
    assert_eq!(may(&adam.client, &agent).await, ALL_BUT_MANAGE);
    assert_eq!(may(&mia.client, &agent).await, None);
    // Who may not manage it is told so; who may not read it is told nothing.
    let open = policy(&agent, "org", "org");
    refuses(&adam.client, SET, &open, (403, "ADMIN_REQUIRED")).await;
    refuses(&mia.client, SET, &open, (404, "NOT_FOUND")).await;
    refuses(&mia.client, GET, &agent, (404, "NOT_FOUND")).await;
    let shown = town.read(&adam.client, GET, &agent).await;
    assert_eq!(shown.body["read"], "owner");
    assert_eq!(shown.body["setBy"], format!("user:{}", town.ada.user_id));
    // A policy is said anew: what is absent falls back.
    done(
        &town.ada.client,
        SET,
        &and(&agent, &json!({ "share": "org" })),
    )
    .await;
    let shown = town.read(&mia.client, GET, &agent).await;
    assert_eq!(shown.body["read"], json!(null));
    assert_eq!(may(&mia.client, &agent).await, ALL_BUT_MANAGE);
    done(&town.ada.client, CLEAR, &agent).await;
    let none = town.read(&mia.client, GET, &agent).await;
    refusal(&none, 404, "NOT_FOUND");
    assert_eq!(may(&mia.client, &agent).await, USE);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_policy_names_an_audience_or_says_nothing() {
    let town = equipped().await;
    let skill = the_skill(town.tenant, "sort-mail");
    let malformed = [
        "",
        "everybody",
        "Owner",
        " org",
        "org:",
        "org:acme",
        "team",
        "team:",
        "team:crew",
        "project:",
        "user:1",
        "workspace:1",
        "owner,admin",
        "team:*",
    ];
    for field in ["read", "execute", "share"] {
        for text in malformed {
            let input = and(&skill, &json!({ field: text }));
            let reply = call(&town.ada.client, SET, &input).await;
            refusal(&reply, 400, "INVALID_INPUT");
            let details = &reply.body["error"]["details"];
            assert_eq!(details["field"], field, "{text}");
            assert!(details["reason"].is_string(), "{text}");
        }
    }
    assert_eq!(town.count("permission.policy_set.v1").await, 0);
    // Audiences that are not there let nobody in.
    let mia = town.bring("Mia", "member").await;
    for text in [
        format!("org:{UNKNOWN}"),
        format!("team:{UNKNOWN}"),
        format!("project:{UNKNOWN}"),
    ] {
        done(&town.ada.client, SET, &policy(&skill, &text, &text)).await;
        assert_eq!(may(&mia.client, &skill).await, None, "{text}");
    }
    let here = format!("org:{}", town.tenant);
    done(&town.ada.client, SET, &policy(&skill, &here, &here)).await;
    assert_eq!(may(&mia.client, &skill).await, USE);
}

#[tokio::test(flavor = "multi_thread")]
async fn there_are_four_kinds_of_resource_and_no_other() {
    let town = equipped().await;
    let id = the_agent(town.tenant)["resourceId"].clone();
    let calls = [
        (
            "permissions_co_owners_grant",
            json!({ "userId": town.ada.user_id }),
        ),
        (
            "permissions_co_owners_revoke",
            json!({ "userId": town.ada.user_id }),
        ),
        ("permissions_co_owners_list", json!({})),
        (SET, json!({ "read": "org" })),
        (CLEAR, json!({})),
        (GET, json!({})),
        ("permissions_check", json!({ "operation": "read" })),
    ];
    for (primitive, more) in &calls {
        for kind in ["connector", "artifact", "workflow", "project", "", "Skill"] {
            let input = and(&json!({ "resourceKind": kind, "resourceId": id }), more);
            let reply = call(&town.ada.client, primitive, &input).await;
            refusal(&reply, 400, "INVALID_INPUT");
            assert_eq!(
                reply.body["error"]["details"]["field"], "resourceKind",
                "{primitive}"
            );
        }
        // The right id under another kind is nothing; of runs there are none yet.
        for kind in ["agent_run", "skill_package", "skill"] {
            let input = and(&json!({ "resourceKind": kind, "resourceId": id }), more);
            refuses(&town.ada.client, primitive, &input, (404, "NOT_FOUND")).await;
        }
    }
}
