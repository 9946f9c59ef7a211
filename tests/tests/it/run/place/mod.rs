//! In which project a run is: where it starts, where it is moved, and who is told of it there.

mod begins;
mod command_line;
mod look;
mod moves;

use cinatra_tests::people::Person;
use cinatra_tests::places::Scratch;
use cinatra_tests::registry::publish_into;
use cinatra_tests::{Call, Client, Database, Node, Reply, Start};
use reqwest::Method;
use serde_json::{Value, json};

use super::{AGENT, answer, asker, reaches, start};
use crate::extension::{call, done, package};
use crate::organization::Town;

/// An id that nothing has.
const UNKNOWN: &str = "01a20170-61d3-7004-9d22-46000e86bb16";
const MISSING: (u16, &str) = (403, "PROJECT_ACCESS_MISSING");
const ARCHIVED: (u16, &str) = (403, "PROJECT_ARCHIVED");
const HIDDEN: (u16, &str) = (404, "NOT_FOUND");

/// A town in which the agent is installed.
async fn town() -> Town {
    let town = Town::with(&[asker()]).await;
    let install = package(AGENT, "1.0.0");
    done(&town.ada.client, "extensions_install", &install).await;
    town
}

/// A project of somebody's own.
async fn room(person: &Person, visibility: &str) -> String {
    let input = json!({ "name": "Room", "ownerLevel": "user", "ownerId": person.user_id,
        "visibility": visibility });
    let created = done(&person.client, "projects_create", &input).await;
    created["projectId"].as_str().unwrap().to_owned()
}

/// Lets somebody into a project.
async fn share(owner: &Client, project: &str, with: &Person, role: &str) {
    let input = json!({ "projectId": project, "principalLevel": "user", "principalId": with.user_id,
        "role": role });
    done(owner, "project_access_grant", &input).await;
}

async fn archive(owner: &Client, project: &str) {
    done(owner, "projects_archive", &json!({ "projectId": project })).await;
}

fn begin() -> Value {
    json!({ "packageName": AGENT, "inputParams": "{\"guest\": \"Bob\"}" })
}

/// Starts a run within a project.
async fn started(client: &Client, project: &str) -> Reply {
    let terms = Call {
        project: Some(project),
        ..Call::default()
    };
    client.call("agent_run", &begin(), terms).await.unwrap()
}

/// The run that was started.
fn id(reply: &Reply) -> String {
    assert_eq!(reply.status, 200, "{}", reply.body);
    reply.body["runId"].as_str().unwrap().to_owned()
}

fn told(reply: &Reply) -> (u16, &str) {
    (reply.status, reply.code().unwrap_or_default())
}

async fn moved(client: &Client, run: &str, to: Option<&str>) -> Reply {
    let input = json!({ "runId": run, "projectId": to });
    call(client, "agent_run_update", &input).await
}

/// Calls a route as any client of REST does.
async fn at(client: &Client, method: Method, path: &str, body: Option<&Value>) -> Reply {
    let request = client.bare(method, path).bearer_auth(client.token());
    let request = match body {
        Some(body) => request.json(body),
        None => request,
    };
    Reply::read(request.send().await.unwrap()).await.unwrap()
}

/// A run that has ended, within a project or in none.
async fn over(client: &Client, project: Option<&str>) -> String {
    let run = match project {
        Some(project) => id(&started(client, project).await),
        None => start(client, AGENT, &json!({ "guest": "Bob" })).await,
    };
    reaches(client, &run, "pending_approval").await;
    answer(client, &run, "yes").await;
    reaches(client, &run, "completed").await;
    run
}

/// The ids of the runs that somebody finds.
async fn found(town: &Town, client: &Client, input: &Value) -> Vec<String> {
    let items = town.items(client, "agent_run_list", input).await;
    let ids = items.iter().map(|item| item["runId"].as_str().unwrap());
    ids.map(str::to_owned).collect()
}

/// A node of its own, with the agent installed.
async fn node(home: &Scratch, database: &Database) -> Node {
    let registry = home.path().join("packages");
    publish_into(&registry, &asker()).unwrap();
    let start = Start::serve(home.path(), &database.url);
    let start = start.registry(format!("directory:{}", registry.display()));
    Node::start(start).await.unwrap()
}
