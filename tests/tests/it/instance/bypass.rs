//! An administrator of the instance acts in an organization that is not theirs: with a reason, and on record there
//! before anything else.

use cinatra_domain::kernel::TenantId;
use cinatra_tests::Call;
use cinatra_tests::people::Person;
use serde_json::{Value, json};

use crate::extension::{call, done};
use crate::organization::{Town, column, refusal, refuses, right};

const SELECT: &str = "sessions_select_organization";
const UNKNOWN: &str = "01a20170-61d3-7004-9d22-46000e86bb16";

fn into(organization: &str, reason: &str) -> Value {
    json!({ "organizationId": organization, "bypassReason": reason })
}

/// An organization that Otto owns and nobody who administers the instance belongs to.
async fn foreign(town: &Town) -> (Person, String, TenantId) {
    let (otto, organization) = town.elsewhere("Otto").await;
    let gone = json!({ "userId": town.ada.user_id });
    done(&otto.client, "permissions_members_remove", &gone).await;
    let tenant = organization.parse().unwrap();
    (otto, organization, tenant)
}

/// The same person, acting there.
async fn entered(town: &Town, person: &Person, input: &Value) -> Person {
    let mut person = town.again(person).await;
    let selected = done(&person.client, SELECT, input).await;
    let token = selected["sessionToken"].as_str().unwrap();
    person.client = cinatra_tests::Client::new(town.served.url(), token).unwrap();
    person
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_does_not_belong_there_and_gives_no_reason_finds_nothing() {
    let town = Town::with(&[]).await;
    let (otto, organization, tenant) = foreign(&town).await;
    let mia = town.bring("Mia", "owner").await;
    let before = town.ledger_of(tenant).await.len();
    let bare = json!({ "organizationId": organization });
    let unknown = call(
        &town.ada.client,
        SELECT,
        &json!({ "organizationId": UNKNOWN }),
    )
    .await;
    refusal(&unknown, 404, "NOT_FOUND");
    let unknown_with = call(&town.ada.client, SELECT, &into(UNKNOWN, "moderation")).await;
    for (person, input) in [
        (&town.ada, &bare),
        (&mia, &bare),
        (&mia, &into(&organization, "moderation")),
        (&otto, &into(&town.tenant.to_string(), "moderation")),
    ] {
        let reply = call(&person.client, SELECT, input).await;
        assert_eq!((reply.status, &reply.body), (404, &unknown.body), "{input}");
    }
    assert_eq!(unknown_with.body, unknown.body);
    let reason = into(&organization, "because");
    let reply = call(&town.ada.client, SELECT, &reason).await;
    refusal(&reply, 400, "INVALID_INPUT");
    assert_eq!(reply.body["error"]["details"]["field"], "bypassReason");
    assert_eq!(town.ledger_of(tenant).await.len(), before);
    // Nobody's session moved.
    let me = done(&town.ada.client, "users_me", &json!({})).await;
    assert_eq!(me["activeOrganizationId"], town.tenant.to_string());
}

#[tokio::test(flavor = "multi_thread")]
async fn entering_with_a_reason_is_on_record_before_anything_else_and_everything_after_it_too() {
    let town = Town::with(&[]).await;
    let (otto, organization, tenant) = foreign(&town).await;
    let before = town.ledger_of(tenant).await.len();
    let reason = into(&organization, "incident_response");
    let ada = entered(&town, &town.ada, &reason).await;
    let entry = &town.ledger_of(tenant).await[before..];
    assert_eq!(entry.len(), 1);
    assert_eq!(entry[0].wire_name, "authority.decided.v1");
    assert_eq!(right(&entry[0]).primitive, SELECT);

    // She may do what an owner may, and each act says why.
    let team = json!({ "name": "Help", "slug": "help" });
    let team = done(&ada.client, "teams_create", &team).await;
    let project = json!({ "name": "Help", "ownerLevel": "organization", "ownerId": organization });
    let project = done(&ada.client, "projects_create", &project).await;
    let role = json!({ "userId": otto.user_id, "role": "admin" });
    let update = "permissions_members_update_role";
    refuses(&ada.client, update, &role, (409, "LAST_OWNER")).await;
    done(
        &ada.client,
        "projects_archive",
        &json!({ "projectId": project["projectId"] }),
    )
    .await;
    done(
        &ada.client,
        "teams_delete",
        &json!({ "teamId": team["teamId"] }),
    )
    .await;
    let theirs = format!("user:{}", ada.user_id);
    let ledger = town.ledger_of(tenant).await;
    let by_ada = ledger[before..]
        .iter()
        .filter(|e| e.actor.as_str() == theirs);
    let by_ada: Vec<_> = by_ada.collect();
    assert_eq!(by_ada.len(), 6, "{by_ada:#?}");
    for event in &by_ada {
        assert_eq!(right(event).via, "bypass:incident_response", "{event:?}");
    }
    let trail = json!({ "actor": theirs, "from": entry[0].recorded_at.to_string() });
    let rows = town
        .read_in(tenant, &otto.client, "audit_events_list", &trail)
        .await;
    let rows = rows.body["items"].as_array().unwrap().clone();
    assert_eq!(rows.len(), 6);
    for row in &rows {
        assert_eq!(
            row["metadata"]["bypassReason"], "incident_response",
            "{row}"
        );
        assert_eq!(row["authSource"], "bypass:incident_response");
    }
    let first = rows.last().unwrap();
    assert_eq!(first["metadata"]["primitive"], SELECT);
    assert_eq!(first["resourceId"], organization);

    // The bypass makes no membership, and outlives neither the session nor the role.
    let members = town
        .read_in(tenant, &otto.client, "permissions_members_list", &json!({}))
        .await;
    let members = members.body["items"].as_array().unwrap();
    assert_eq!(column(members, "userId"), [otto.user_id.as_str()]);
    let fresh = town.again(&town.ada).await;
    let me = done(&fresh.client, "users_me", &json!({})).await;
    assert_eq!(me["activeOrganizationId"], town.tenant.to_string());
    let token = ada.token().await.unwrap();
    let program = cinatra_tests::Client::new(town.served.url(), token).unwrap();
    refuses(&program, "teams_list", &json!({}), (403, "NO_ORGANIZATION")).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn each_entry_is_on_record_whatever_key_it_comes_with() {
    let town = Town::with(&[]).await;
    let (_, organization, tenant) = foreign(&town).await;
    let before = town.ledger_of(tenant).await.len();
    for _ in 0..2 {
        let ada = town.again(&town.ada).await;
        let terms = Call {
            key: Some("entry"),
            ..Call::default()
        };
        let reason = into(&organization, "moderation");
        let reply = ada.client.call(SELECT, &reason, terms).await.unwrap();
        assert_eq!(reply.status, 200, "{}", reply.body);
    }
    assert_eq!(town.ledger_of(tenant).await.len(), before + 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_administers_the_instance_no_more_is_out_at_once() {
    let town = Town::with(&[]).await;
    let (_, organization, _) = foreign(&town).await;
    let pam = town.bring("Pam", "member").await;
    let update = "permissions_users_update_platform_role";
    let role = |role: &str| json!({ "userId": pam.user_id, "role": role });
    done(&town.ada.client, update, &role("admin")).await;
    let there = entered(&town, &pam, &into(&organization, "gdpr_request")).await;
    done(&there.client, "teams_list", &json!({})).await;
    done(&town.ada.client, update, &role("user")).await;
    let mut last = call(&there.client, "teams_list", &json!({})).await.status;
    for _ in 0..60 {
        if last != 200 {
            break;
        }
        tokio::time::sleep(std::time::Duration::from_millis(50)).await;
        last = call(&there.client, "teams_list", &json!({})).await.status;
    }
    assert!(matches!(last, 401 | 403), "{last}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_member_needs_no_reason_and_has_no_bypass() {
    let town = Town::with(&[]).await;
    let (otto, organization) = town.elsewhere("Otto").await;
    let tenant = organization.parse().unwrap();
    let demote = json!({ "userId": town.ada.user_id, "role": "member" });
    done(&otto.client, "permissions_members_update_role", &demote).await;
    let before = town.ledger_of(tenant).await.len();
    let ada = entered(&town, &town.ada, &into(&organization, "moderation")).await;
    assert_eq!(town.ledger_of(tenant).await.len(), before);
    let refused = (403, "ADMIN_REQUIRED");
    let team = json!({ "name": "Mine", "slug": "mine" });
    refuses(&ada.client, "teams_create", &team, refused).await;
}
