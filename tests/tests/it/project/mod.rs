//! Projects over the public interface: on whose level one is, who works in it, who finds it.

mod access;
mod archive;
mod create;
mod list;
mod race;
mod ratchet;

use cinatra_tests::Client;
use cinatra_tests::people::Person;
use serde_json::{Value, json};

use crate::extension::done;
use crate::organization::Town;

/// An id that nothing has.
const UNKNOWN: &str = "01a20170-61d3-7004-9d22-46000e86bb16";

fn place(level: &str, id: &str) -> Value {
    json!({ "ownerLevel": level, "ownerId": id })
}

/// One value with the fields of another.
fn and(mut value: Value, more: &Value) -> Value {
    let fields = more.as_object().unwrap().clone();
    value.as_object_mut().unwrap().extend(fields);
    value
}

/// A project at a place; its id.
async fn create(client: &Client, place: &Value) -> String {
    let input = and(json!({ "name": "Room" }), place);
    let created = done(client, "projects_create", &input).await;
    created["projectId"].as_str().unwrap().to_owned()
}

/// A project of one's own.
async fn own(person: &Person) -> String {
    create(&person.client, &place("user", &person.user_id)).await
}

/// Input of a grant of access.
fn grant(project: &str, level: &str, principal: &str, role: &str) -> Value {
    json!({ "projectId": project, "principalLevel": level, "principalId": principal, "role": role })
}

fn named(project: &str) -> Value {
    json!({ "projectId": project })
}

/// Makes somebody administer the instance; whatever they were signed in with ends.
async fn appoint(town: &Town, person: &Person) -> Person {
    let input = json!({ "userId": person.user_id, "role": "admin" });
    let appoint = "permissions_users_update_platform_role";
    done(&town.ada.client, appoint, &input).await;
    town.again(person).await
}
