//! The ratchet: a project moves up and never down, whoever asks.

use serde_json::{Value, json};

use super::{UNKNOWN, and, appoint, create, own, place};
use crate::extension::{call, done};
use crate::organization::{Town, refusal, refuses};

const PROMOTE: &str = "projects_promote";

fn to(project: &str, place: &Value) -> Value {
    and(json!({ "projectId": project }), place)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_project_climbs_one_level_after_another_and_never_comes_down() {
    let town = Town::with(&[]).await;
    let lea = town.bring("Lea", "owner").await;
    let lea = appoint(&town, &lea).await;
    let crew = town.team("crew").await;
    let deck = town.team("deck").await;
    for team in [&crew, &deck] {
        town.join(team, &lea, "admin").await;
    }
    let here = town.tenant.to_string();
    let levels = [
        place("user", &lea.user_id),
        place("team", &crew),
        place("organization", &here),
        place("workspace", "__workspace__"),
    ];
    let project = own(&lea).await;
    for (height, level) in levels.iter().enumerate() {
        if height > 0 {
            let moved = done(&lea.client, PROMOTE, &to(&project, level)).await;
            assert_eq!(moved["changed"], true, "{level}");
        }
        let again = done(&lea.client, PROMOTE, &to(&project, level)).await;
        assert_eq!(again["changed"], false, "{level}");
        for lower in &levels[..height] {
            // She owns the organization, administers the instance and whatever it is moved to.
            let reply = call(&lea.client, PROMOTE, &to(&project, lower)).await;
            refusal(&reply, 422, "RATCHET_VIOLATION");
            let details = &reply.body["error"]["details"];
            assert_eq!(details["level"], level["ownerLevel"]);
            assert_eq!(details["targetLevel"], lower["ownerLevel"]);
        }
        if level["ownerLevel"] == "team" {
            let sideways = to(&project, &place("team", &deck));
            refuses(
                &lea.client,
                PROMOTE,
                &sideways,
                (422, "SIDEWAYS_MOVE_DENIED"),
            )
            .await;
        }
    }
    // Neither a rest in the archive nor another description leads down.
    done(
        &lea.client,
        "projects_archive",
        &json!({ "projectId": project }),
    )
    .await;
    let archived = (403, "PROJECT_ARCHIVED");
    refuses(&lea.client, PROMOTE, &to(&project, &levels[0]), archived).await;
    done(
        &lea.client,
        "projects_unarchive",
        &json!({ "projectId": project }),
    )
    .await;
    let down = (422, "RATCHET_VIOLATION");
    refuses(&lea.client, PROMOTE, &to(&project, &levels[0]), down).await;
    assert_eq!(town.count("project.promoted.v1").await, 3);

    // Sideways between persons, too.
    let other = own(&lea).await;
    let adas = to(&other, &place("user", &town.ada.user_id));
    refuses(&lea.client, PROMOTE, &adas, (422, "SIDEWAYS_MOVE_DENIED")).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_promotes_a_project_administers_it_and_may_have_one_there() {
    let town = Town::with(&[]).await;
    let (mia, lea) = (
        town.bring("Mia", "member").await,
        town.bring("Lea", "member").await,
    );
    let (crew, here) = (town.team("crew").await, town.tenant.to_string());
    town.join(&crew, &lea, "admin").await;
    town.join(&crew, &mia, "member").await;
    let room = own(&mia).await;
    // Mia owns it, and may have none at any of these places.
    for level in [
        place("team", &crew),
        place("organization", &here),
        place("workspace", "__workspace__"),
    ] {
        refuses(
            &mia.client,
            PROMOTE,
            &to(&room, &level),
            (403, "ADMIN_REQUIRED"),
        )
        .await;
    }
    // Otroom do not even find it; once they work in it, they still do not administer it.
    let up = to(&room, &place("organization", &here));
    refuses(&town.ada.client, PROMOTE, &up, (404, "NOT_FOUND")).await;
    let share = super::grant(&room, "user", &town.ada.user_id, "write");
    done(&mia.client, "project_access_grant", &share).await;
    refuses(&town.ada.client, PROMOTE, &up, (403, "ADMIN_REQUIRED")).await;
    let share = super::grant(&room, "user", &town.ada.user_id, "admin");
    done(&mia.client, "project_access_grant", &share).await;
    done(&town.ada.client, PROMOTE, &up).await;

    let leas = own(&lea).await;
    done(&lea.client, PROMOTE, &to(&leas, &place("team", &crew))).await;
    let up = to(&leas, &place("organization", &here));
    refuses(&lea.client, PROMOTE, &up, (403, "ADMIN_REQUIRED")).await;
    let nowhere = to(&leas, &place("team", UNKNOWN));
    let absent = (404, "NOT_FOUND");
    refuses(
        &lea.client,
        PROMOTE,
        &to(UNKNOWN, &place("team", &crew)),
        absent,
    )
    .await;
    // On the same level nothing is asked of the place: the ratchet is in the way, whatever there is.
    refuses(
        &lea.client,
        PROMOTE,
        &nowhere,
        (422, "SIDEWAYS_MOVE_DENIED"),
    )
    .await;
    let fresh = own(&lea).await;
    let nowhere = to(&fresh, &place("team", UNKNOWN));
    refuses(&lea.client, PROMOTE, &nowhere, absent).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_new_owner_is_no_row_of_access_any_more() {
    let town = Town::with(&[]).await;
    let lea = town.bring("Lea", "member").await;
    let crew = town.team("crew").await;
    town.join(&crew, &lea, "admin").await;
    let project = create(&lea.client, &place("user", &lea.user_id)).await;
    let share = super::grant(&project, "team", &crew, "read");
    done(&lea.client, "project_access_grant", &share).await;
    done(&lea.client, PROMOTE, &to(&project, &place("team", &crew))).await;
    let rows = town
        .items(&lea.client, "project_access_list", &super::named(&project))
        .await;
    assert_eq!(rows.len(), 1, "{rows:?}");
    assert_eq!(rows[0]["principalId"], crew);
    assert_eq!(rows[0]["role"], "owner");
}
