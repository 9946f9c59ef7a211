//! Who may have a project on which of the four levels.

use serde_json::json;

use super::{UNKNOWN, and, appoint, create, own, place};
use crate::extension::{call, done};
use crate::organization::{Town, refusal, refuses, right};

#[tokio::test(flavor = "multi_thread")]
async fn each_of_the_four_levels_has_its_own_authority() {
    let town = Town::with(&[]).await;
    let (mia, lea) = (
        town.bring("Mia", "member").await,
        town.bring("Lea", "member").await,
    );
    let adam = town.bring("Adam", "admin").await;
    let olive = town.bring("Olive", "owner").await;
    let crew = town.team("crew").await;
    town.join(&crew, &lea, "admin").await;
    town.join(&crew, &mia, "member").await;
    let here = town.tenant.to_string();
    let places = [
        place("user", &mia.user_id),
        place("team", &crew),
        place("organization", &here),
        place("workspace", "__workspace__"),
    ];
    // By whom a project may be created for Mia, the crew, the organization, the workspace.
    let cases = [
        (&mia, [true, false, false, false]),
        (&lea, [false, true, false, false]),
        (&adam, [false, false, true, false]),
        (&olive, [false, false, true, false]),
        (&town.ada, [false, false, true, true]),
    ];
    let vias = ["self", "team_admin", "org_", "platform_admin"];
    for (person, allowed) in cases {
        for ((place, is_allowed), via) in places.iter().zip(allowed).zip(vias) {
            let input = and(json!({ "name": "Room" }), place);
            let reply = call(&person.client, "projects_create", &input).await;
            if !is_allowed {
                refusal(&reply, 403, "FORBIDDEN");
                continue;
            }
            assert_eq!(reply.status, 200, "{place}: {}", reply.body);
            let ledger = town.ledger().await;
            let event = ledger.last().unwrap();
            assert_eq!(event.wire_name, "project.created.v1");
            let granted = right(event).via;
            assert!(granted.starts_with(via), "{granted} for {place}");
        }
    }
    // What is not there, and what is another organization's, look the same.
    let (_, other) = town.elsewhere("Otto").await;
    let unknown = json!({ "name": "Room", "ownerLevel": "organization", "ownerId": UNKNOWN });
    let absent = call(&adam.client, "projects_create", &unknown).await;
    refusal(&absent, 404, "NOT_FOUND");
    let foreign = and(json!({ "name": "Room" }), &place("organization", &other));
    let foreign = call(&adam.client, "projects_create", &foreign).await;
    assert_eq!((foreign.status, foreign.body), (absent.status, absent.body));
    let nowhere = and(json!({ "name": "Room" }), &place("team", UNKNOWN));
    refuses(&lea.client, "projects_create", &nowhere, (404, "NOT_FOUND")).await;
    let other = and(json!({ "name": "Room" }), &place("user", &lea.user_id));
    refuses(&mia.client, "projects_create", &other, (403, "FORBIDDEN")).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_stops_administering_the_instance_creates_nothing_for_the_workspace() {
    let town = Town::with(&[]).await;
    let mia = town.bring("Mia", "member").await;
    let mia = appoint(&town, &mia).await;
    let workspace = place("workspace", "__workspace__");
    create(&mia.client, &workspace).await;
    let input = json!({ "userId": mia.user_id, "role": "user" });
    let update = "permissions_users_update_platform_role";
    done(&town.ada.client, update, &input).await;
    let mia = town.again(&mia).await;
    let input = and(json!({ "name": "Room" }), &workspace);
    refuses(&mia.client, "projects_create", &input, (403, "FORBIDDEN")).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_project_is_described_by_whoever_administers_it() {
    let town = Town::with(&[]).await;
    let mia = town.bring("Mia", "member").await;
    let project = own(&mia).await;
    let described = json!({ "projectId": project, "name": "Study", "description": "To think." });
    done(&mia.client, "projects_update", &described).await;
    // What is absent stays.
    let visible = json!({ "projectId": project, "visibility": "discoverable" });
    done(&mia.client, "projects_update", &visible).await;
    let shown = town
        .read(&town.ada.client, "projects_get", &super::named(&project))
        .await
        .body;
    assert_eq!(shown["name"], "Study");
    assert_eq!(shown["description"], "To think.");
    assert_eq!(shown["visibility"], "discoverable");
    assert_eq!(shown["createdBy"], format!("user:{}", mia.user_id));
    // Whoever finds it may not change it, and learns that; whoever does not find it learns nothing.
    refuses(
        &town.ada.client,
        "projects_update",
        &visible,
        (403, "ADMIN_REQUIRED"),
    )
    .await;
    let private = json!({ "projectId": project, "visibility": "private" });
    done(&mia.client, "projects_update", &private).await;
    refuses(
        &town.ada.client,
        "projects_update",
        &visible,
        (404, "NOT_FOUND"),
    )
    .await;
}
