//! How an organization comes to be, and who decides in it.

use cinatra_domain::kernel::TenantId;
use cinatra_tests::Call;
use serde_json::{Value, json};

use super::{Town, column, refuses, right};
use crate::extension::{call, done};

fn named(slug: &str) -> Value {
    json!({ "name": "Elsewhere", "slug": slug })
}

#[tokio::test(flavor = "multi_thread")]
async fn only_an_administrator_of_the_instance_creates_an_organization() {
    let town = Town::with(&[]).await;
    let adam = town.bring("Adam", "admin").await;
    let owner = town.bring("Olive", "owner").await;
    let stranger = town.stranger("Sam").await;
    for person in [&adam, &owner, &stranger] {
        let refused = (403, "ADMIN_REQUIRED");
        refuses(&person.client, "organizations_create", &named("x"), refused).await;
    }
    let created = done(&town.ada.client, "organizations_create", &named("x")).await;
    assert_eq!(created["slug"], "x");
    let taken = (409, "SLUG_TAKEN");
    refuses(&town.ada.client, "organizations_create", &named("x"), taken).await;

    let tenant: TenantId = created["organizationId"].as_str().unwrap().parse().unwrap();
    let ledger = town.ledger_of(tenant).await;
    let wire_names: Vec<_> = ledger.iter().map(|e| e.wire_name.as_str()).collect();
    assert_eq!(
        wire_names,
        ["organization.created.v1", "organization.member_added.v1"]
    );
    assert!(ledger.iter().all(|event| right(event).via == "process"));
    let me = done(&town.ada.client, "users_me", &json!({})).await;
    let belongs = me["organizationIds"].as_array().unwrap();
    assert!(belongs.contains(&created["organizationId"]), "{me}");

    let mut ada = town.again(&town.ada).await;
    ada.select(&tenant.to_string()).await.unwrap();
    let shown = town
        .read_in(tenant, &ada.client, "organizations_get", &json!({}))
        .await
        .body;
    assert_eq!(shown["slug"], "x");
    assert_eq!(shown["name"], "Elsewhere");
    let members = town
        .read_in(tenant, &ada.client, "permissions_members_list", &json!({}))
        .await
        .body;
    let members = members["items"].as_array().unwrap();
    assert_eq!(column(members, "role"), ["owner"]);
    assert_eq!(column(members, "userId"), [town.ada.user_id.as_str()]);
}

#[tokio::test(flavor = "multi_thread")]
async fn of_creations_at_the_same_time_under_one_slug_one_succeeds() {
    let town = Town::with(&[]).await;
    let create = || {
        let client = town.ada.client.clone();
        async move { call(&client, "organizations_create", &named("same")).await }
    };
    let all = futures_util::future::join_all((0..8).map(|_| create())).await;
    let won = all.iter().filter(|reply| reply.status == 200).count();
    assert_eq!(won, 1);
    for lost in all.iter().filter(|reply| reply.status != 200) {
        assert_eq!((lost.status, lost.code()), (409, Some("SLUG_TAKEN")));
    }
    let me = done(&town.ada.client, "users_me", &json!({})).await;
    assert_eq!(me["organizationIds"].as_array().unwrap().len(), 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_organization_that_is_created_again_with_the_same_key_is_one() {
    let town = Town::with(&[]).await;
    let create = async || {
        let terms = Call {
            key: Some("once"),
            ..Call::default()
        };
        let client = &town.ada.client;
        client
            .call("organizations_create", &named("one"), terms)
            .await
            .unwrap()
    };
    let first = create().await;
    assert_eq!(first.status, 200, "{}", first.body);
    assert_eq!(create().await.body, first.body);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_administrator_renames_the_organization_and_a_member_does_not() {
    let town = Town::with(&[]).await;
    let adam = town.bring("Adam", "admin").await;
    let mia = town.bring("Mia", "member").await;
    let input = json!({ "name": "Acme" });
    let refused = (403, "ADMIN_REQUIRED");
    refuses(&mia.client, "organizations_update", &input, refused).await;
    done(&adam.client, "organizations_update", &input).await;
    let shown = town
        .read(&mia.client, "organizations_get", &json!({}))
        .await;
    assert_eq!(shown.body["name"], "Acme");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_organization_keeps_its_last_owner() {
    let town = Town::with(&[]).await;
    let mia = town.bring("Mia", "member").await;
    let last = (409, "LAST_OWNER");
    let ada = &town.ada;
    let role = |person: &str, role: &str| json!({ "userId": person, "role": role });
    let demote = role(&ada.user_id, "admin");
    let named = json!({ "userId": ada.user_id });
    let update = "permissions_members_update_role";
    refuses(&ada.client, update, &demote, last).await;
    refuses(&ada.client, "permissions_members_remove", &named, last).await;
    refuses(&ada.client, "organizations_leave", &json!({}), last).await;

    done(&ada.client, update, &role(&mia.user_id, "owner")).await;
    done(&mia.client, update, &demote).await;
    // Whoever is no owner any more decides about nobody.
    let refused = (403, "ADMIN_REQUIRED");
    let depose = role(&mia.user_id, "member");
    refuses(&ada.client, update, &depose, refused).await;
    refuses(&mia.client, "organizations_leave", &json!({}), last).await;
    let again = done(&mia.client, update, &demote).await;
    assert_eq!(again["changed"], false);
    let nobody = role("01a20170-61d3-7004-9d22-46000e86bb16", "admin");
    refuses(&mia.client, update, &nobody, (404, "MEMBER_NOT_FOUND")).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn owners_alone_decide_who_belongs_to_the_organization() {
    let town = Town::with(&[]).await;
    let adam = town.bring("Adam", "admin").await;
    let mia = town.bring("Mia", "member").await;
    let invited = json!({ "email": "new@example.test", "role": "member" });
    let promoted = json!({ "userId": mia.user_id, "role": "admin" });
    let removed = json!({ "userId": mia.user_id });
    let unknown = json!({ "invitationId": "01a20170-61d3-7004-9d22-46000e86bb16" });
    let before = town.ledger().await.len();
    for (primitive, input) in [
        ("permissions_members_invite", &invited),
        ("permissions_members_update_role", &promoted),
        ("permissions_members_remove", &removed),
        ("permissions_invitations_cancel", &unknown),
        ("permissions_invitations_list", &json!({})),
    ] {
        for person in [&adam, &mia] {
            refuses(&person.client, primitive, input, (403, "ADMIN_REQUIRED")).await;
        }
    }
    let ledger = town.ledger().await;
    let since = &ledger[before..];
    assert!(
        since.iter().all(|e| e.wire_name == "authority.decided.v1"),
        "{since:?}"
    );
}
