//! Teams: who makes them, who administers them, and when one may go.

use serde_json::json;

use super::{Town, column, refuses};
use crate::extension::done;

const UNKNOWN: &str = "01a20170-61d3-7004-9d22-46000e86bb16";

#[tokio::test(flavor = "multi_thread")]
async fn a_team_has_a_name_a_slug_of_its_own_and_members_of_the_organization() {
    let town = Town::with(&[]).await;
    let (ada, mia) = (&town.ada.client, town.bring("Mia", "member").await);
    let stranger = town.stranger("Sam").await;
    let (crew, deck) = (town.team("crew").await, town.team("deck").await);
    let taken = (409, "SLUG_TAKEN");
    let again = json!({ "name": "Crew", "slug": "crew" });
    refuses(ada, "teams_create", &again, taken).await;
    let rename = json!({ "teamId": deck, "name": "Deck", "slug": "crew" });
    refuses(ada, "teams_update", &rename, taken).await;
    let rename = json!({ "teamId": deck, "name": "Deck hands", "slug": "deck" });
    assert_eq!(done(ada, "teams_update", &rename).await["changed"], true);

    let member = |user: &str| json!({ "teamId": crew, "userId": user, "role": "member" });
    let nobody = (404, "MEMBER_NOT_FOUND");
    refuses(ada, "team_members_add", &member(&stranger.user_id), nobody).await;
    let hers = member(&mia.user_id);
    refuses(ada, "team_members_update_role", &hers, nobody).await;
    assert_eq!(done(ada, "team_members_add", &hers).await["changed"], true);
    assert_eq!(done(ada, "team_members_add", &hers).await["changed"], false);
    let mut admin = hers.clone();
    admin["role"] = json!("admin");
    assert_eq!(
        done(ada, "team_members_update_role", &admin).await["changed"],
        true
    );
    let teams = town.items(&mia.client, "teams_list", &json!({})).await;
    assert_eq!(column(&teams, "slug"), ["crew", "deck"]);
    assert_eq!(column(&teams, "name"), ["crew", "Deck hands"]);
    let rows = town
        .items(&mia.client, "team_members_list", &json!({ "teamId": crew }))
        .await;
    assert_eq!(column(&rows, "role"), ["admin"]);

    let gone = json!({ "teamId": crew, "userId": mia.user_id });
    assert_eq!(
        done(ada, "team_members_remove", &gone).await["changed"],
        true
    );
    assert_eq!(
        done(ada, "team_members_remove", &gone).await["changed"],
        false
    );
    done(ada, "teams_delete", &json!({ "teamId": crew })).await;
    let absent = (404, "TEAM_NOT_FOUND");
    refuses(ada, "teams_delete", &json!({ "teamId": crew }), absent).await;
    done(ada, "teams_create", &again).await;
    let teams = town.items(&mia.client, "teams_list", &json!({})).await;
    assert_eq!(column(&teams, "slug"), ["crew", "deck"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_organization_has_at_most_fifty_teams_and_none_is_listed_twice() {
    let town = Town::with(&[]).await;
    for number in 0..50 {
        town.team(&format!("team-{number:02}")).await;
    }
    let ada = &town.ada.client;
    let more = json!({ "name": "More", "slug": "more" });
    refuses(ada, "teams_create", &more, (422, "TEAM_LIMIT")).await;
    let (mut listed, mut input) = (Vec::new(), json!({ "limit": 7 }));
    loop {
        let page = town.read(ada, "teams_list", &input).await.body;
        let rows = page["items"].as_array().unwrap();
        listed.extend(column(rows, "slug").into_iter().map(str::to_owned));
        let Some(cursor) = page["nextCursor"].as_str() else {
            break;
        };
        assert_eq!(rows.len(), 7);
        input["cursor"] = json!(cursor);
    }
    let expected: Vec<_> = (0..50).map(|number| format!("team-{number:02}")).collect();
    assert_eq!(listed, expected);
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_administers_a_team_decides_about_that_team_only() {
    let town = Town::with(&[]).await;
    let (lead, mia) = (
        town.bring("Lea", "member").await,
        town.bring("Mia", "member").await,
    );
    let (crew, deck) = (town.team("crew").await, town.team("deck").await);
    town.join(&crew, &lead, "admin").await;
    town.join(&deck, &lead, "member").await;
    let of =
        |team: &str, role: &str| json!({ "teamId": team, "userId": mia.user_id, "role": role });
    let lea = &lead.client;
    done(lea, "team_members_add", &of(&crew, "member")).await;
    done(lea, "team_members_update_role", &of(&crew, "admin")).await;
    let rename = |team: &str| json!({ "teamId": team, "name": "Ours", "slug": "ours" });
    done(lea, "teams_update", &rename(&crew)).await;
    let refused = (403, "ADMIN_REQUIRED");
    refuses(lea, "team_members_add", &of(&deck, "member"), refused).await;
    refuses(lea, "teams_update", &rename(&deck), refused).await;
    refuses(
        lea,
        "teams_create",
        &json!({ "name": "New", "slug": "new" }),
        refused,
    )
    .await;
    refuses(lea, "teams_delete", &json!({ "teamId": crew }), refused).await;
    // A team that is not there, or another organization's, looks the same.
    let unknown = (404, "NOT_FOUND");
    refuses(lea, "teams_update", &rename(UNKNOWN), unknown).await;
    let (other, _) = town.elsewhere("Otto").await;
    refuses(&other.client, "teams_update", &rename(&crew), unknown).await;
    let foreign = json!({ "teamId": crew });
    refuses(
        &other.client,
        "teams_delete",
        &foreign,
        (404, "TEAM_NOT_FOUND"),
    )
    .await;

    // Without the role the power is gone with the next call.
    let demote = json!({ "teamId": crew, "userId": lead.user_id, "role": "member" });
    done(&mia.client, "team_members_update_role", &demote).await;
    refuses(lea, "team_members_add", &of(&crew, "member"), refused).await;
    let gone = json!({ "teamId": crew, "userId": mia.user_id });
    refuses(lea, "team_members_remove", &gone, refused).await;
    let own = json!({ "teamId": crew, "userId": mia.user_id });
    done(&mia.client, "team_members_remove", &own).await;
    refuses(&mia.client, "teams_update", &rename(&crew), refused).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_team_that_owns_projects_stays() {
    let town = Town::with(&[]).await;
    let lead = town.bring("Lea", "member").await;
    let crew = town.team("crew").await;
    town.join(&crew, &lead, "admin").await;
    let input = json!({ "name": "Ours", "ownerLevel": "team", "ownerId": crew });
    let project = done(&lead.client, "projects_create", &input).await;
    let named = json!({ "teamId": crew });
    let ada = &town.ada.client;
    let reply = crate::extension::call(ada, "teams_delete", &named).await;
    super::refusal(&reply, 409, "TEAM_OWNS_PROJECTS");
    assert_eq!(reply.body["error"]["details"]["projects"], 1);
    // An administrator of the organization has no part in the team's project; whoever has it gives it up.
    let promote = json!({ "projectId": project["projectId"], "ownerLevel": "organization",
        "ownerId": town.tenant.to_string() });
    let refused = crate::extension::call(&lead.client, "projects_promote", &promote).await;
    assert_eq!(refused.status, 403, "{}", refused.body);
    let role = json!({ "userId": lead.user_id, "role": "admin" });
    done(ada, "permissions_members_update_role", &role).await;
    done(&lead.client, "projects_promote", &promote).await;
    done(ada, "teams_delete", &named).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn many_who_change_an_organization_at_the_same_time_are_all_heard() {
    let town = Town::with(&[]).await;
    let create = |number: usize| {
        let client = town.ada.client.clone();
        let input = json!({ "name": "Team", "slug": format!("team-{number}") });
        async move { crate::extension::call(&client, "teams_create", &input).await }
    };
    let replies = futures_util::future::join_all((0..32).map(create)).await;
    for reply in replies {
        assert_eq!(reply.status, 200, "{}", reply.body);
    }
}
