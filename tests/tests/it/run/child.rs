//! Runs that other runs start.

use cinatra_domain::kernel::{ActorId, CommandId, ProjectId, StreamId, TenantId};
use cinatra_domain::run::{Moved, RunEvent};
use cinatra_eventstore::{
    Append, Authority, CommandRecord, Context, EventStore, Expected, NewEvent, StreamAppend,
};
use cinatra_tests::people::Person;
use cinatra_tests::{Client, Viewer};
use serde_json::{Value, json};
use uuid::Uuid;

use super::{AGENT, answer, asker, reaches, serving, start};
use crate::extension::{call, done, refused};

fn of(parent: &str) -> Value {
    json!({ "packageName": AGENT, "inputParams": "{\"guest\": \"Bob\"}", "parentRunId": parent })
}

async fn waiting(client: &Client) -> String {
    let run = start(client, AGENT, &json!({ "guest": "Bob" })).await;
    reaches(client, &run, "pending_approval").await;
    run
}

/// Starts a run in the name of another one, and lets it wait.
async fn child(client: &Client, parent: &str) -> String {
    let started = done(client, "agent_run", &of(parent)).await;
    let child = started["runId"].as_str().unwrap().to_owned();
    reaches(client, &child, "pending_approval").await;
    child
}

async fn share(owner: &Client, run: &str, with: &Person) {
    let grant = json!({ "resourceKind": "agent_run", "resourceId": run, "userId": with.user_id });
    done(owner, "permissions_co_owners_grant", &grant).await;
}

async fn runs(client: &Client) -> usize {
    let listed = done(client, "agent_run_list", &json!({})).await;
    listed["items"].as_array().unwrap().len()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_child_names_its_parent_and_is_found_by_it() {
    let (_served, ada) = serving(&[], &[asker()]).await;
    let ada = &ada.client;
    let parent = waiting(ada).await;
    let other = waiting(ada).await;
    let child = child(ada, &parent).await;
    let shown = done(ada, "agent_run_get", &json!({ "runId": child })).await;
    assert_eq!(shown["parentRunId"], json!(parent));
    let prepared = done(ada, "agent_run_prepare", &of(&parent)).await;
    let listed = async |parent: &str| {
        let input = json!({ "parentRunId": parent });
        let listed = done(ada, "agent_run_list", &input).await;
        let items = listed["items"].as_array().unwrap().clone();
        items
            .iter()
            .map(|run| run["runId"].clone())
            .collect::<Vec<_>>()
    };
    let newest_first = [prepared["runId"].clone(), json!(child)];
    for _ in 0..500 {
        if listed(&parent).await == newest_first {
            break;
        }
        tokio::time::sleep(std::time::Duration::from_millis(20)).await;
    }
    assert_eq!(listed(&parent).await, newest_first);
    assert_eq!(listed(&other).await, [Value::Null; 0]);
    for query in ["", "?dialect=ag-ui"] {
        let mut viewer = Viewer::open(ada, &child, query, None).await.unwrap();
        let begin = viewer.take(1).await.unwrap()[0].value();
        assert_eq!(begin["parentRunId"], json!(parent), "{query}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stop_goes_on_to_the_children_of_the_same_person_and_to_theirs() {
    let (served, ada) = serving(&[], &[asker()]).await;
    let mia = ada.bring(served.home(), "Mia", "member").await.unwrap();
    let parent = waiting(&ada.client).await;
    share(&ada.client, &parent, &mia).await;
    let own = child(&ada.client, &parent).await;
    let grandchild = child(&ada.client, &own).await;
    let hers = child(&mia.client, &parent).await;
    let within_hers = child(&ada.client, &hers).await;
    let shown = done(&mia.client, "agent_run_get", &json!({ "runId": hers })).await;
    assert_eq!(shown["runBy"], json!(mia.user_id));
    let over = child(&ada.client, &parent).await;
    answer(&ada.client, &over, "yes").await;
    reaches(&ada.client, &over, "completed").await;
    done(&ada.client, "agent_run_stop", &json!({ "runId": parent })).await;
    let stopped = reaches(&ada.client, &own, "stopped").await;
    assert_eq!(stopped["openGate"], Value::Null);
    reaches(&ada.client, &grandchild, "stopped").await;
    reaches(&ada.client, &over, "completed").await;
    // Somebody else's outlives its parent, and with it what was started in its name.
    for run in [&hers, &within_hers] {
        answer(&ada.client, run, "yes").await;
        reaches(&ada.client, run, "completed").await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_is_started_in_the_name_of_what_is_hidden_ended_or_not_ones_own() {
    let (served, ada) = serving(&[], &[asker()]).await;
    let mia = ada.bring(served.home(), "Mia", "member").await.unwrap();
    let parent = waiting(&ada.client).await;
    let before = runs(&ada.client).await;
    let nothing = uuid::Uuid::nil().to_string();
    let hidden = call(&mia.client, "agent_run", &of(&parent)).await;
    let absent = call(&mia.client, "agent_run", &of(&nothing)).await;
    assert_eq!((hidden.status, &hidden.body), (404, &absent.body));
    let mut abroad = cinatra_tests::people::sign_in(&served.url(), &ada.email)
        .await
        .unwrap();
    abroad.found("elsewhere").await.unwrap();
    let foreign = call(&abroad.client, "agent_run_prepare", &of(&parent)).await;
    assert_eq!(foreign.status, 404);
    // Whoever may look at it may not act in its name.
    let policy = json!({ "resourceKind": "agent_run", "resourceId": parent, "read": "org" });
    done(&ada.client, "permissions_policies_set", &policy).await;
    for primitive in ["agent_run", "agent_run_prepare"] {
        let refusal = refused(&mia.client, primitive, &of(&parent)).await;
        assert_eq!(refusal.0, 403, "{primitive}");
    }
    let malformed = refused(&ada.client, "agent_run", &of("nonsense")).await;
    assert_eq!(malformed, (400, "INVALID_INPUT".to_owned()));
    answer(&ada.client, &parent, "yes").await;
    reaches(&ada.client, &parent, "completed").await;
    let ended = refused(&ada.client, "agent_run", &of(&parent)).await;
    assert_eq!(ended, (409, "PARENT_RUN_ENDED".to_owned()));
    assert_eq!(runs(&ada.client).await, before);
}

#[tokio::test(flavor = "multi_thread")]
async fn stopping_a_parent_and_starting_its_children_leave_none_behind() {
    let (_served, ada) = serving(&[], &[asker()]).await;
    let ada = &ada.client;
    for _ in 0..5 {
        let parent = waiting(ada).await;
        let (input, stop) = (of(&parent), json!({ "runId": parent }));
        let starts = futures_util::future::join_all((0..6).map(|_| call(ada, "agent_run", &input)));
        let stopping = done(ada, "agent_run_stop", &stop);
        let (started, _) = tokio::join!(starts, stopping);
        for reply in started {
            if reply.status == 200 {
                reaches(ada, reply.body["runId"].as_str().unwrap(), "stopped").await;
            } else {
                assert_eq!(reply.status, 409, "{}", reply.body);
            }
        }
    }
}

/// As if somebody had moved a run into a project.
async fn move_to(store: &EventStore, tenant: TenantId, run: &str, project: ProjectId) {
    let moved = RunEvent::Moved(Moved {
        from: None,
        to: Some(project),
        reason: None,
    });
    let append = Append {
        tenant,
        streams: vec![StreamAppend {
            stream: StreamId::new("run", run),
            expected: Expected::Any,
            events: vec![NewEvent::encode(&moved, Vec::new()).unwrap()],
            state: None,
        }],
        conditions: Vec::new(),
        command: CommandRecord {
            command_id: CommandId(Uuid::from_u128(0x90)),
            request_hash: [0; 32],
            outcome: "ok".to_owned(),
            result: Vec::new(),
        },
        context: Context {
            actor: ActorId::service("test"),
            authority: Authority {
                permission: "system".to_owned(),
                via: "test".to_owned(),
                judged_at: Vec::new(),
                primitive: String::new(),
            },
            causation_id: None,
            correlation_id: Uuid::nil(),
        },
        side: Vec::new(),
    };
    store.append(append).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_child_is_in_its_parents_project() {
    let (served, ada) = serving(&[], &[asker()]).await;
    let me = done(&ada.client, "users_me", &json!({})).await;
    let tenant = me["activeOrganizationId"]
        .as_str()
        .unwrap()
        .parse()
        .unwrap();
    let named = json!({ "packageName": AGENT });
    let parent = done(&ada.client, "agent_run_prepare", &named).await["runId"].clone();
    let parent = parent.as_str().unwrap();
    let project = ProjectId(Uuid::from_u128(7));
    move_to(served.server().store(), tenant, parent, project).await;
    let child = child(&ada.client, parent).await;
    let shown = done(&ada.client, "agent_run_get", &json!({ "runId": child })).await;
    assert_eq!(shown["projectId"], json!(project));
}
