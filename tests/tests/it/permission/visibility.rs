//! Audiences that come and go: a team's and a project's are whoever is in it now.

use serde_json::json;

use super::{ALL_BUT_MANAGE, USE, and, equipped, may, the_agent, the_skill};
use crate::extension::done;

const SET: &str = "permissions_policies_set";

#[tokio::test(flavor = "multi_thread")]
async fn what_is_for_a_team_is_for_whoever_is_in_it_now() {
    let town = equipped().await;
    let mia = town.bring("Mia", "member").await;
    let (crew, ada) = (town.team("crew").await, &town.ada.client);
    let skill = the_skill(town.tenant, "sort-mail");
    let audience = format!("team:{crew}");
    done(
        ada,
        SET,
        &and(&skill, &json!({ "read": audience, "execute": audience })),
    )
    .await;
    assert_eq!(may(&mia.client, &skill).await, None);
    town.join(&crew, &mia, "member").await;
    assert_eq!(may(&mia.client, &skill).await, USE);
    let shown = json!({ "skillId": skill["resourceId"] });
    let got = town.read(&mia.client, "skills_installed_get", &shown).await;
    assert_eq!(got.status, 200, "{}", got.body);
    let leave = json!({ "teamId": crew, "userId": mia.user_id });
    done(ada, "team_members_remove", &leave).await;
    assert_eq!(may(&mia.client, &skill).await, None);
    let got = town.read(&mia.client, "skills_installed_get", &shown).await;
    assert_eq!(got.status, 404, "{}", got.body);
    town.join(&crew, &mia, "member").await;
    assert_eq!(may(&mia.client, &skill).await, USE);
    // With the team goes its audience, and another team of that name is another.
    done(ada, "teams_delete", &json!({ "teamId": crew })).await;
    assert_eq!(may(&mia.client, &skill).await, None);
    let again = town.team("crew").await;
    town.join(&again, &mia, "member").await;
    assert_eq!(may(&mia.client, &skill).await, None);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_for_a_project_is_for_whoever_has_access_to_it_now() {
    let town = equipped().await;
    let (mia, cora) = (
        town.bring("Mia", "member").await,
        town.bring("Cora", "member").await,
    );
    let crew = town.team("crew").await;
    let place = json!({ "name": "Room", "ownerLevel": "user", "ownerId": mia.user_id });
    let project = done(&mia.client, "projects_create", &place).await;
    let project = project["projectId"].as_str().unwrap();
    let agent = the_agent(town.tenant);
    let audience = format!("project:{project}");
    let policy = json!({ "read": audience, "execute": audience, "share": audience });
    done(&town.ada.client, SET, &and(&agent, &policy)).await;
    assert_eq!(may(&mia.client, &agent).await, ALL_BUT_MANAGE);
    assert_eq!(may(&cora.client, &agent).await, None);
    // That a project may be found gives nothing of it.
    let visible = json!({ "projectId": project, "visibility": "discoverable" });
    done(&mia.client, "projects_update", &visible).await;
    assert_eq!(may(&cora.client, &agent).await, None);
    let access = json!({ "projectId": project, "principalLevel": "team", "principalId": crew });
    let grant = and(&access, &json!({ "role": "read" }));
    done(&mia.client, "project_access_grant", &grant).await;
    town.join(&crew, &cora, "member").await;
    assert_eq!(may(&cora.client, &agent).await, ALL_BUT_MANAGE);
    done(&mia.client, "project_access_revoke", &access).await;
    assert_eq!(may(&cora.client, &agent).await, None);
}
