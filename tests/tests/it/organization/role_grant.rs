//! Further roles: for a place, perhaps for a time, and only in one's own organization.

use std::sync::Arc;

use cinatra_domain::authority::named::resolve_effective_role_names_for_user;
use cinatra_domain::authority::{Rule, Target};
use cinatra_domain::kernel::UserId;
use cinatra_domain::permission::Permission;
use cinatra_eventstore::{Clock as _, SystemClock};
use jiff::ToSpan as _;
use serde_json::{Value, json};

use super::stack::{At, Stack};
use super::{Town, column, refuses};
use crate::extension::{call, done};

const GRANT: &str = "role_grant_grant";
const REVOKE: &str = "role_grant_revoke";

fn role(user: &str, role: &str, organization: &str) -> Value {
    json!({ "subjectUserId": user, "role": role,
        "scope": { "level": "organization", "recordId": organization } })
}

#[tokio::test(flavor = "multi_thread")]
async fn a_further_role_of_another_organization_is_not_there_and_nothing_is_written() {
    let town = Town::with(&[]).await;
    let adam = town.bring("Adam", "admin").await;
    let (other, organization) = town.elsewhere("Otto").await;
    let elsewhere = organization.parse().unwrap();
    let before = (
        town.ledger().await.len(),
        town.ledger_of(elsewhere).await.len(),
    );
    // An administrator here, for somebody there, in either place; and for nobody at all.
    let here = town.tenant.to_string();
    let cases = [
        (
            role(&other.user_id, "developer", &organization),
            "NOT_FOUND",
        ),
        (role(&adam.user_id, "developer", &organization), "NOT_FOUND"),
        (role(&other.user_id, "developer", &here), "MEMBER_NOT_FOUND"),
    ];
    for (input, code) in &cases {
        refuses(&adam.client, GRANT, input, (404, code)).await;
    }
    refuses(&adam.client, REVOKE, &cases[0].0, (404, "NOT_FOUND")).await;
    assert_eq!(town.count("organization.role_granted.v1").await, 0);
    assert_eq!(town.ledger_of(elsewhere).await.len(), before.1);
    let listed = town
        .items(&adam.client, "role_grant_list", &json!({}))
        .await;
    assert!(listed.is_empty());
    let theirs = town
        .read_in(elsewhere, &other.client, "role_grant_list", &json!({}))
        .await;
    assert_eq!(theirs.body["items"], json!([]));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_further_role_counts_in_a_project_and_for_a_person_of_the_organization_only() {
    let town = Town::with(&[]).await;
    let ada = &town.ada;
    let project = async |person: &cinatra_tests::people::Person| {
        let input = json!({ "name": "P", "ownerLevel": "user", "ownerId": person.user_id });
        done(&person.client, "projects_create", &input).await["projectId"].clone()
    };
    let (ours, (otto, _)) = (project(ada).await, town.elsewhere("Otto").await);
    let theirs = project(&otto).await;
    let nobody = json!("01a20170-61d3-7004-9d22-46000e86bb16");
    let grant = |level: &str, id: &Value| {
        let mut input = role(&ada.user_id, "developer", "");
        input["scope"] = json!({ "level": level, "recordId": id });
        input
    };
    let absent = (404, "ROLE_SCOPE_NOT_FOUND");
    for (level, foreign) in [("project", theirs), ("user", json!(otto.user_id))] {
        for id in [foreign, nobody.clone()] {
            refuses(&ada.client, GRANT, &grant(level, &id), absent).await;
        }
    }
    for (level, own) in [("project", ours), ("user", json!(ada.user_id))] {
        let granted = done(&ada.client, GRANT, &grant(level, &own)).await;
        assert_eq!(granted["changed"], true, "{level}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_administrator_grants_and_revokes_a_further_role() {
    let town = Town::with(&[]).await;
    let (adam, mia) = (
        town.bring("Adam", "admin").await,
        town.bring("Mia", "member").await,
    );
    let here = town.tenant.to_string();
    let developer = role(&mia.user_id, "developer", &here);
    let refused = (403, "ADMIN_REQUIRED");
    refuses(&mia.client, GRANT, &developer, refused).await;
    refuses(&mia.client, REVOKE, &developer, refused).await;
    refuses(&mia.client, "role_grant_list", &json!({}), refused).await;
    assert_eq!(done(&adam.client, GRANT, &developer).await["changed"], true);
    assert_eq!(
        done(&adam.client, GRANT, &developer).await["changed"],
        false
    );
    let mut until = developer.clone();
    until["expiresAt"] = json!("2999-01-31T12:00:00Z");
    assert_eq!(done(&adam.client, GRANT, &until).await["changed"], true);
    done(&adam.client, GRANT, &role(&adam.user_id, "customer", &here)).await;
    let crew = town.team("crew").await;
    let mut of_team = developer.clone();
    of_team["scope"] = json!({ "level": "team", "recordId": crew });
    done(&adam.client, GRANT, &of_team).await;
    let mut nowhere = of_team.clone();
    nowhere["scope"]["recordId"] = json!("01a20170-61d3-7004-9d22-46000e86bb16");
    refuses(&adam.client, GRANT, &nowhere, (404, "TEAM_NOT_FOUND")).await;

    let listed = town
        .items(&adam.client, "role_grant_list", &json!({}))
        .await;
    let mut roles = column(&listed, "role");
    roles.sort_unstable();
    assert_eq!(roles, ["customer", "developer", "developer"]);
    let filter = json!({ "filterSubjectUserId": mia.user_id });
    let filtered = town.items(&adam.client, "role_grant_list", &filter).await;
    assert_eq!(filtered.len(), 2);
    let timed = filtered
        .iter()
        .find(|row| row["scope"]["level"] == "organization");
    assert_eq!(timed.unwrap()["expiresAt"], "2999-01-31T12:00:00Z");
    assert_eq!(
        timed.unwrap()["grantedBy"],
        format!("user:{}", adam.user_id)
    );
    assert_eq!(
        done(&adam.client, REVOKE, &developer).await["changed"],
        true
    );
    assert_eq!(
        done(&adam.client, REVOKE, &developer).await["changed"],
        false
    );

    let mut ended = developer.clone();
    ended["expiresAt"] = json!("2001-01-31T12:00:00Z");
    refuses(&adam.client, GRANT, &ended, (422, "ROLE_GRANT_EXPIRED")).await;
    ended["expiresAt"] = json!("soon");
    let reply = call(&adam.client, GRANT, &ended).await;
    super::refusal(&reply, 400, "INVALID_INPUT");
    assert_eq!(reply.body["error"]["details"]["field"], "expiresAt");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_further_role_that_ended_gives_no_right() {
    let town = Town::with(&[]).await;
    let mia = town.bring("Mia", "member").await;
    let now = SystemClock.now();
    let mut developer = role(&mia.user_id, "developer", &town.tenant.to_string());
    developer["expiresAt"] = json!((now + 1.hour()).to_string());
    done(&town.ada.client, GRANT, &developer).await;
    let clock = Arc::new(At::new(now));
    let stack = Stack::beside(&town.served, clock.clone()).await;
    let mia: UserId = mia.user_id.parse().unwrap();
    let skills = Rule::Organization(Permission::SkillCreate);
    let judged = async || {
        let judged = stack.judged((town.tenant, mia), skills, Target::None, "skills_create");
        judged
            .await
            .map(|invocation| invocation.grant.via().to_owned())
    };
    assert_eq!(judged().await.unwrap(), "developer");
    let snapshot = stack.authorities.fresh(town.tenant).await.unwrap();
    let names = |now| resolve_effective_role_names_for_user(snapshot.state(), mia, now);
    assert_eq!(names(now.as_microsecond()).len(), 1);
    clock.set(now + 1.hour());
    assert!(judged().await.is_err(), "it ended an hour later");
    assert!(names((now + 1.hour()).as_microsecond()).is_empty());
}
