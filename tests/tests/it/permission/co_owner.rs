//! Co-owners: who may make them, what they may, and that each change is one row of the trail.

use serde_json::{Value, json};

use super::{
    ALL, ALL_BUT_MANAGE, UNKNOWN, USE, and, equipped, may, the_agent, the_package, the_skill,
};
use crate::extension::{call, done};
use crate::organization::{Town, column, refusal, refuses};

const GRANT: &str = "permissions_co_owners_grant";
const REVOKE: &str = "permissions_co_owners_revoke";

fn of(resource: &Value, user: &str) -> Value {
    and(resource, &json!({ "userId": user }))
}

#[tokio::test(flavor = "multi_thread")]
async fn a_co_owner_is_a_member_who_is_not_the_owner() {
    let town = equipped().await;
    let (mia, adam) = (
        town.bring("Mia", "member").await,
        town.bring("Adam", "admin").await,
    );
    let (otto, _) = town.elsewhere("Otto").await;
    let stranger = town.stranger("Sam").await;
    let ada = &town.ada;
    for resource in [
        the_agent(town.tenant),
        the_package(town.tenant),
        the_skill(town.tenant, "sort-mail"),
    ] {
        let implicit = (400, "OWNER_IMPLICIT");
        refuses(&ada.client, GRANT, &of(&resource, &ada.user_id), implicit).await;
        for nobody in [&otto.user_id, &stranger.user_id, UNKNOWN] {
            let absent = (404, "MEMBER_NOT_FOUND");
            refuses(&ada.client, GRANT, &of(&resource, nobody), absent).await;
        }
        let hers = of(&resource, &mia.user_id);
        for person in [&mia, &adam] {
            refuses(&person.client, GRANT, &hers, (403, "ADMIN_REQUIRED")).await;
        }
        assert_eq!(may(&mia.client, &resource).await, USE);
        assert_eq!(done(&ada.client, GRANT, &hers).await["changed"], true);
        assert_eq!(done(&ada.client, GRANT, &hers).await["changed"], false);
        assert_eq!(may(&mia.client, &resource).await, ALL_BUT_MANAGE);
        // Whoever is one makes none.
        let more = of(&resource, &adam.user_id);
        refuses(&mia.client, GRANT, &more, (403, "ADMIN_REQUIRED")).await;
        let rows = town
            .items(&mia.client, "permissions_co_owners_list", &resource)
            .await;
        assert_eq!(column(&rows, "userId"), [mia.user_id.as_str()]);
        assert_eq!(
            column(&rows, "grantedBy"),
            [format!("user:{}", ada.user_id)]
        );
        assert_eq!(done(&ada.client, REVOKE, &hers).await["changed"], true);
        assert_eq!(done(&ada.client, REVOKE, &hers).await["changed"], false);
        assert_eq!(may(&mia.client, &resource).await, USE);
        assert_eq!(may(&ada.client, &resource).await, ALL);
    }
    // A co-owner of the package is none of its skills.
    let package = of(&the_package(town.tenant), &mia.user_id);
    done(&ada.client, GRANT, &package).await;
    let skill = the_skill(town.tenant, "sort-mail");
    assert_eq!(may(&mia.client, &skill).await, USE);
    // Another organization's looks like one that does not exist.
    let unknown = json!({ "resourceKind": "skill", "resourceId": UNKNOWN });
    for primitive in [GRANT, REVOKE] {
        let theirs = call(&otto.client, primitive, &of(&skill, &otto.user_id)).await;
        let nobodys = call(&otto.client, primitive, &of(&unknown, &otto.user_id)).await;
        refusal(&theirs, 404, "NOT_FOUND");
        assert_eq!(theirs.body, nobodys.body);
    }
}

/// Rows of the trail since a position, without those of reading it.
async fn rows(town: &Town, since: i64) -> Vec<Value> {
    let rows = town
        .items(&town.ada.client, "audit_events_list", &json!({}))
        .await;
    let new = rows
        .into_iter()
        .filter(|row| row["position"].as_i64() > Some(since));
    new.filter(|row| row["resourceType"] != "audit_events")
        .collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn each_change_of_access_is_one_row_of_the_trail() {
    let town = equipped().await;
    let mia = town.bring("Mia", "member").await;
    let ada = &town.ada.client;
    let skill = the_skill(town.tenant, "sort-mail");
    let hers = of(&skill, &mia.user_id);
    let policy = and(&skill, &json!({ "read": "owner" }));
    let steps = [
        (GRANT, &hers, "permission.co_owner_granted.v1"),
        (GRANT, &hers, "authority.decided.v1"),
        (REVOKE, &hers, "permission.co_owner_revoked.v1"),
        (REVOKE, &hers, "authority.decided.v1"),
        (
            "permissions_policies_set",
            &policy,
            "permission.policy_set.v1",
        ),
        ("permissions_policies_set", &policy, "authority.decided.v1"),
        (
            "permissions_policies_clear",
            &skill,
            "permission.policy_cleared.v1",
        ),
        ("permissions_policies_clear", &skill, "authority.decided.v1"),
    ];
    for (primitive, input, wire_name) in steps {
        let before = town.ledger().await.last().unwrap().position.0;
        done(ada, primitive, input).await;
        let rows = rows(&town, before).await;
        assert_eq!(rows.len(), 1, "{primitive}: {rows:#?}");
        let row = &rows[0];
        assert_eq!(row["metadata"]["wireName"], wire_name, "{primitive}");
        assert_eq!(row["metadata"]["primitive"], primitive);
        assert_eq!(row["decision"], "allowed");
        assert_eq!(row["authSource"], "owner", "{row}");
        assert_eq!(
            row["actorPrincipalId"],
            format!("user:{}", town.ada.user_id)
        );
        assert_eq!(row["resourceType"], "skill", "{row}");
        assert_eq!(row["resourceId"], skill["resourceId"], "{row}");
    }
}
