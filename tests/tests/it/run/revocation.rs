//! Whoever may look no more is cut off, whatever it was that let them look, and at whatever node they do.

use std::time::{Duration, Instant};

use cinatra_tests::console::say;
use cinatra_tests::people::{Person, sign_in};
use cinatra_tests::served::Served;
use cinatra_tests::{Client, Viewer};
use serde_json::{Value, json};

use super::{AGENT, asker, reaches, serving, start};
use crate::extension::done;

/// A second is what is promised; whoever waits twice as long has waited in vain.
const BOUND: Duration = Duration::from_secs(2);

/// Two nodes, and a run of Ada's that waits for an answer.
struct Scene {
    served: Served,
    other: Served,
    ada: Person,
    run: String,
}

impl Scene {
    /// With somebody more, who is what they are said to be.
    async fn with(name: &str, role: &str) -> (Self, Person) {
        let (served, ada) = serving(&[], &[asker()]).await;
        // Order: the other node would deliver the mail to a folder of its own.
        let guest = ada.bring(served.home(), name, role).await.unwrap();
        let other = served.beside().await.unwrap();
        let run = start(&ada.client, AGENT, &json!({ "guest": "Bob" })).await;
        reaches(&ada.client, &run, "pending_approval").await;
        let scene = Self {
            served,
            other,
            ada,
            run,
        };
        (scene, guest)
    }

    /// The run as a resource, with more said about it.
    fn resource(&self, more: &Value) -> Value {
        let mut input = json!({ "resourceKind": "agent_run", "resourceId": self.run });
        let more = more.as_object().unwrap().clone();
        input.as_object_mut().unwrap().extend(more);
        input
    }

    async fn ada(&self, primitive: &str, input: &Value) -> Value {
        done(&self.ada.client, primitive, input).await
    }

    /// Somebody looks at both nodes, something is taken away, and both streams end; they do not come back.
    async fn cuts_off(&self, viewer: &Client, revoke: (&Client, &str, &Value), refused: u16) {
        let far = Client::new(self.other.url(), viewer.token()).unwrap();
        let mut views = Vec::new();
        for client in [viewer, &far] {
            let mut view = Viewer::open(client, &self.run, "", None).await.unwrap();
            view.until("INTERRUPT").await.unwrap();
            views.push(view);
        }
        let (by, primitive, input) = revoke;
        done(by, primitive, input).await;
        let revoked = Instant::now();
        for view in &mut views {
            let ended = tokio::time::timeout(BOUND, view.next()).await;
            let ended = ended.unwrap_or_else(|_| panic!("{primitive} {input} ends no stream"));
            assert_eq!(ended.unwrap(), None, "{primitive} {input}");
        }
        let elapsed = revoked.elapsed().as_millis();
        say(format!(
            "{primitive}: both streams ended after {elapsed} ms"
        ));
        for client in [viewer, &far] {
            let view = Viewer::open(client, &self.run, "", None).await.unwrap();
            assert_eq!(view.status, refused, "{primitive} {input}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_role_that_is_taken_away_ends_what_it_showed() {
    let (scene, otto) = Scene::with("Otto", "admin").await;
    let input = json!({ "userId": otto.user_id, "role": "member" });
    let revoke = (&scene.ada.client, "permissions_members_update_role", &input);
    scene.cuts_off(&otto.client, revoke, 404).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_membership_that_ends_ends_what_it_showed() {
    let (scene, otto) = Scene::with("Otto", "admin").await;
    let input = json!({ "userId": otto.user_id });
    let revoke = (&scene.ada.client, "permissions_members_remove", &input);
    scene.cuts_off(&otto.client, revoke, 403).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_co_ownership_that_is_taken_away_ends_what_it_showed() {
    let (scene, cora) = Scene::with("Cora", "member").await;
    let input = scene.resource(&json!({ "userId": cora.user_id }));
    scene.ada("permissions_co_owners_grant", &input).await;
    let revoke = (&scene.ada.client, "permissions_co_owners_revoke", &input);
    scene.cuts_off(&cora.client, revoke, 404).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_policy_that_is_closed_ends_what_it_showed() {
    let (scene, mia) = Scene::with("Mia", "member").await;
    let (open, closed) = (json!({ "read": "org" }), json!({ "read": "owner" }));
    let (open, closed) = (scene.resource(&open), scene.resource(&closed));
    let set = "permissions_policies_set";
    scene.ada(set, &open).await;
    scene
        .cuts_off(&mia.client, (&scene.ada.client, set, &closed), 404)
        .await;
    scene.ada(set, &open).await;
    let (clear, none) = ("permissions_policies_clear", scene.resource(&json!({})));
    scene
        .cuts_off(&mia.client, (&scene.ada.client, clear, &none), 404)
        .await;
    // Whom the policy lets look is the team, until they are of it no more.
    let team = json!({ "name": "Team", "slug": "team" });
    let team = scene.ada("teams_create", &team).await["teamId"].clone();
    let mut hers = json!({ "teamId": team, "userId": mia.user_id, "role": "member" });
    scene.ada("team_members_add", &hers).await;
    let read = format!("team:{}", team.as_str().unwrap());
    scene
        .ada(set, &scene.resource(&json!({ "read": read })))
        .await;
    hers.as_object_mut().unwrap().remove("role");
    let leave = (&scene.ada.client, "team_members_remove", &hers);
    scene.cuts_off(&mia.client, leave, 404).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_project_that_one_is_put_out_of_ends_what_it_showed() {
    let (scene, mia) = Scene::with("Mia", "member").await;
    let room = json!({ "name": "Room", "ownerLevel": "user", "ownerId": scene.ada.user_id });
    let room = scene.ada("projects_create", &room).await["projectId"].clone();
    let mut hers = json!({ "projectId": room, "principalLevel": "user",
        "principalId": mia.user_id, "role": "read" });
    scene.ada("project_access_grant", &hers).await;
    let read = format!("project:{}", room.as_str().unwrap());
    let open = scene.resource(&json!({ "read": read }));
    scene.ada("permissions_policies_set", &open).await;
    hers.as_object_mut().unwrap().remove("role");
    let revoke = (&scene.ada.client, "project_access_revoke", &hers);
    scene.cuts_off(&mia.client, revoke, 404).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_session_or_token_that_is_revoked_ends_what_it_showed() {
    let (scene, _) = Scene::with("Mia", "member").await;
    let url = scene.served.url();
    let spare = sign_in(&url, &scene.ada.email).await.unwrap();
    let listed = done(&spare.client, "sessions_list", &json!({})).await;
    let own = listed["items"].as_array().unwrap().iter();
    let own = own.clone().find(|session| session["isCurrent"] == true);
    let own = json!({ "sessionId": own.unwrap()["sessionId"] });
    let revoke = (&scene.ada.client, "sessions_revoke", &own);
    scene.cuts_off(&spare.client, revoke, 401).await;
    let input = json!({ "label": "viewer", "scopes": ["run.read"] });
    let token = scene.ada("tokens_create", &input).await;
    let viewer = Client::new(&url, token["token"].as_str().unwrap()).unwrap();
    let input = json!({ "tokenId": token["tokenId"] });
    let revoke = (&scene.ada.client, "tokens_revoke", &input);
    scene.cuts_off(&viewer, revoke, 401).await;
    // Signing out is no different.
    let spare = sign_in(&url, &scene.ada.email).await.unwrap();
    let nothing = json!({});
    let leave = (&spare.client, "sessions_sign_out", &nothing);
    scene.cuts_off(&spare.client, leave, 401).await;
}
