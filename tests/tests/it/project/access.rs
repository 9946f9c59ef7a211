//! Who else has access to a project, how much, and who may say so.

use serde_json::json;

use super::{UNKNOWN, create, grant, named, own, place};
use crate::extension::{call, done};
use crate::organization::{Town, column, refusal, refuses};

const GRANT: &str = "project_access_grant";
const REVOKE: &str = "project_access_revoke";
const CHECK: &str = "project_access_check";

#[tokio::test(flavor = "multi_thread")]
async fn access_is_given_by_administrators_and_the_right_to_give_it_by_the_owner_alone() {
    let town = Town::with(&[]).await;
    let (mia, cora) = (
        town.bring("Mia", "member").await,
        town.bring("Cora", "member").await,
    );
    let dan = town.bring("Dan", "member").await;
    let project = own(&mia).await;
    let to = |person: &str, role: &str| grant(&project, "user", person, role);
    let hidden = (404, "NOT_FOUND");
    let forbidden = (403, "ADMIN_REQUIRED");
    // Nobody but the owner finds it yet, the organization's owner included.
    for person in [&cora, &town.ada] {
        refuses(&person.client, GRANT, &to(&dan.user_id, "read"), hidden).await;
    }
    done(&mia.client, GRANT, &to(&cora.user_id, "read")).await;
    refuses(&cora.client, GRANT, &to(&dan.user_id, "read"), forbidden).await;
    done(&mia.client, GRANT, &to(&cora.user_id, "write")).await;
    refuses(&cora.client, GRANT, &to(&dan.user_id, "read"), forbidden).await;
    done(&mia.client, GRANT, &to(&cora.user_id, "admin")).await;
    done(&cora.client, GRANT, &to(&dan.user_id, "write")).await;
    refuses(&cora.client, GRANT, &to(&dan.user_id, "admin"), forbidden).await;
    refuses(&cora.client, GRANT, &to(&cora.user_id, "admin"), forbidden).await;
    done(&mia.client, GRANT, &to(&dan.user_id, "admin")).await;
    let dans =
        json!({ "projectId": project, "principalLevel": "user", "principalId": dan.user_id });
    // Whoever has it may give it up.
    assert_eq!(done(&dan.client, REVOKE, &dans).await["changed"], true);
    refuses(&dan.client, CHECK, &named(&project), hidden).await;
    done(&mia.client, GRANT, &to(&dan.user_id, "write")).await;
    assert_eq!(done(&cora.client, REVOKE, &dans).await["changed"], true);
    assert_eq!(done(&cora.client, REVOKE, &dans).await["changed"], false);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_owner_needs_no_row_and_the_workspace_and_strangers_get_none() {
    let town = Town::with(&[]).await;
    let (mia, lea) = (
        town.bring("Mia", "member").await,
        town.bring("Lea", "member").await,
    );
    let crew = town.team("crew").await;
    town.join(&crew, &lea, "admin").await;
    let here = town.tenant.to_string();
    let implicit = (400, "OWNER_IMPLICIT");
    let owned = [
        (&mia, "user", mia.user_id.as_str()),
        (&lea, "team", crew.as_str()),
        (&town.ada, "organization", here.as_str()),
    ];
    for (person, level, id) in owned {
        let project = create(&person.client, &place(level, id)).await;
        let input = grant(&project, level, id, "write");
        refuses(&person.client, GRANT, &input, implicit).await;
        assert_eq!(
            done(&person.client, REVOKE, &without_role(&input)).await["changed"],
            false
        );
    }
    let project = own(&mia).await;
    let (otto, other) = town.elsewhere("Otto").await;
    let stranger = town.stranger("Sam").await;
    for (level, id, expected) in [
        ("user", UNKNOWN, "PRINCIPAL_NOT_FOUND"),
        ("user", &otto.user_id, "PRINCIPAL_NOT_FOUND"),
        ("user", &stranger.user_id, "PRINCIPAL_NOT_FOUND"),
        ("team", UNKNOWN, "PRINCIPAL_NOT_FOUND"),
        ("organization", UNKNOWN, "NOT_FOUND"),
        ("organization", &other, "NOT_FOUND"),
    ] {
        let input = grant(&project, level, id, "read");
        refuses(&mia.client, GRANT, &input, (404, expected)).await;
    }
    let workspace = grant(&project, "workspace", "__workspace__", "read");
    let reply = call(&mia.client, GRANT, &workspace).await;
    refusal(&reply, 400, "INVALID_INPUT");
    assert_eq!(reply.body["error"]["details"]["field"], "principalLevel");
    assert_eq!(town.count("project.access_granted.v1").await, 0);
}

fn without_role(grant: &serde_json::Value) -> serde_json::Value {
    let mut input = grant.clone();
    input.as_object_mut().unwrap().remove("role");
    input
}

#[tokio::test(flavor = "multi_thread")]
async fn everybody_with_access_is_listed_with_the_owner_first() {
    let town = Town::with(&[]).await;
    let (mia, cora) = (
        town.bring("Mia", "member").await,
        town.bring("Cora", "member").await,
    );
    let (crew, here) = (town.team("crew").await, town.tenant.to_string());
    let project = own(&mia).await;
    for input in [
        grant(&project, "user", &cora.user_id, "read"),
        grant(&project, "user", &cora.user_id, "write"),
        grant(&project, "team", &crew, "write"),
        grant(&project, "organization", &here, "read"),
    ] {
        assert_eq!(done(&mia.client, GRANT, &input).await["changed"], true);
        assert_eq!(done(&mia.client, GRANT, &input).await["changed"], false);
    }
    let rows = town
        .items(&cora.client, "project_access_list", &named(&project))
        .await;
    let levels = column(&rows, "principalLevel");
    assert_eq!(levels, ["user", "organization", "team", "user"]);
    assert_eq!(column(&rows, "role"), ["owner", "read", "write", "write"]);
    let ids = column(&rows, "principalId");
    assert_eq!(ids, [&mia.user_id, &here, &crew, &cora.user_id]);
    assert_eq!(rows[0]["grantedBy"], json!(null));
    assert_eq!(rows[3]["grantedBy"], format!("user:{}", mia.user_id));
}

#[tokio::test(flavor = "multi_thread")]
async fn the_most_that_any_reason_gives_counts() {
    let town = Town::with(&[]).await;
    let (mia, cora) = (
        town.bring("Mia", "member").await,
        town.bring("Cora", "member").await,
    );
    let (crew, here) = (town.team("crew").await, town.tenant.to_string());
    town.join(&crew, &cora, "member").await;
    let project = own(&mia).await;
    let found = async |client: &cinatra_tests::Client| {
        let reply = call(client, CHECK, &named(&project)).await;
        match reply.status {
            200 => {
                let word = |field: &str| reply.body[field].as_str().unwrap().to_owned();
                Some((word("role"), word("source"), reply.body["writable"] == true))
            }
            404 => None,
            other => panic!("{other}: {}", reply.body),
        }
    };
    let expect =
        |role: &str, source: &str, writable| Some((role.to_owned(), source.to_owned(), writable));
    assert_eq!(found(&mia.client).await, expect("owner", "owner", true));
    assert_eq!(found(&cora.client).await, None);
    let give = async |level: &str, id: &str, role: &str| {
        done(&mia.client, GRANT, &grant(&project, level, id, role)).await;
    };
    give("organization", &here, "read").await;
    let by_all = expect("read", "organization_grant", false);
    assert_eq!(found(&cora.client).await, by_all);
    assert_eq!(found(&town.ada.client).await, by_all);
    give("team", &crew, "admin").await;
    assert_eq!(
        found(&cora.client).await,
        expect("admin", "team_grant", true)
    );
    give("user", &cora.user_id, "write").await;
    assert_eq!(
        found(&cora.client).await,
        expect("admin", "team_grant", true)
    );
    // Out of the team, and with the next call the lesser reason counts.
    let leave = json!({ "teamId": crew, "userId": cora.user_id });
    done(&town.ada.client, "team_members_remove", &leave).await;
    assert_eq!(found(&cora.client).await, expect("write", "grant", true));
    let coras = without_role(&grant(&project, "user", &cora.user_id, "read"));
    done(&mia.client, REVOKE, &coras).await;
    assert_eq!(found(&cora.client).await, by_all);
    let alls = without_role(&grant(&project, "organization", &here, "read"));
    done(&mia.client, REVOKE, &alls).await;
    assert_eq!(found(&cora.client).await, None);
    done(&mia.client, "projects_archive", &named(&project)).await;
    assert_eq!(found(&mia.client).await, expect("owner", "owner", false));
}
