//! Primitives about runs at the routes that they have beside their own.

use cinatra_tests::{Client, Flow, Reply, Viewer};
use reqwest::Method;
use serde_json::{Value, json};

use super::{AGENT, asker, asks, reaches, serving};
use crate::authority::UNKNOWN;
use crate::extension::{call, done};

const RUNS: &str = "/api/agents/runs";

async fn send(client: &Client, method: Method, path: &str, body: Option<&Value>) -> Reply {
    let request = client.bare(method, path).bearer_auth(client.token());
    let request = match body {
        Some(body) => request
            .header("content-type", "application/json")
            .body(body.to_string()),
        None => request,
    };
    Reply::read(request.send().await.unwrap()).await.unwrap()
}

async fn get(client: &Client, path: &str) -> Reply {
    send(client, Method::GET, path, None).await
}

async fn post(client: &Client, path: &str, body: &Value) -> Reply {
    send(client, Method::POST, path, Some(body)).await
}

/// The field that a refusal is about.
fn field(reply: &Reply) -> &str {
    assert_eq!(
        (reply.status, reply.code()),
        (400, Some("INVALID_INPUT")),
        "{}",
        reply.body
    );
    reply.body["error"]["details"]["field"].as_str().unwrap()
}

/// The agents of the runs that are listed, each once.
fn agents_of(page: &Reply) -> Vec<&str> {
    let items = page.body["items"].as_array().unwrap().iter();
    let mut agents: Vec<_> = items
        .map(|run| run["packageName"].as_str().unwrap())
        .collect();
    agents.sort_unstable();
    agents
}

/// A run that is started at its route and waits.
async fn waiting(client: &Client, body: &Value) -> String {
    let started = post(client, RUNS, body).await;
    assert_eq!(started.status, 201, "{}", started.body);
    assert!(started.at.is_some());
    let run = started.body["runId"].as_str().unwrap().to_owned();
    reaches(client, &run, "pending_approval").await;
    run
}

#[tokio::test(flavor = "multi_thread")]
async fn a_run_lives_at_its_routes_from_draft_to_answer() {
    let (_served, ada) = serving(&[], &[asker()]).await;
    let ada = &ada.client;
    let draft = json!({ "packageName": AGENT, "inputParams": { "guest": "Bob" }, "start": false });
    let prepared = post(ada, RUNS, &draft).await;
    assert_eq!(prepared.status, 201, "{}", prepared.body);
    let run = prepared.body["runId"].as_str().unwrap();
    let at = |rest: &str| format!("{RUNS}/{run}{rest}");
    let inputs = json!({ "inputParams": { "guest": "Eve" } });
    let changed = send(ada, Method::PATCH, &at("/inputs"), Some(&inputs)).await;
    assert_eq!(changed.status, 200, "{}", changed.body);
    assert_eq!(
        post(ada, &at("/submit"), &json!({})).await.body["status"],
        "queued"
    );
    let gate = reaches(ada, run, "pending_approval").await["openGate"].clone();
    assert_eq!(gate["values"]["output"], "Hello, Eve!");
    let gate = gate["gateId"].as_str().unwrap();
    assert_eq!(
        post(ada, &at("/stop"), &json!({ "reason": "later" }))
            .await
            .body["status"],
        "stopped"
    );
    assert_eq!(
        post(ada, &at("/resume"), &json!({})).await.body["status"],
        "running"
    );
    let again = gate.replace(":1", ":2");
    asks(ada, run, &again).await;
    let late = post(
        ada,
        &at(&format!("/gates/{gate}/answer")),
        &json!({ "userResponse": "x" }),
    )
    .await;
    assert_eq!((late.status, late.code()), (409, Some("GATE_SUPERSEDED")));
    let answers = at(&format!("/gates/{again}/answer"));
    let attached = json!({ "userResponse": "x", "attachments": [{ "artifactId": UNKNOWN }] });
    assert_eq!(field(&post(ada, &answers, &attached).await), "attachments");
    let answer = json!({ "values": { "agreed": true }, "approvalNote": "fine", "attachments": [] });
    let answered = post(ada, &answers, &answer).await;
    assert_eq!(answered.status, 200, "{}", answered.body);
    let over = reaches(ada, run, "completed").await;
    assert_eq!(over["outputs"], json!({ "said": "{\"agreed\":true}" }));
    let shown = get(ada, &at("")).await;
    assert_eq!((shown.status, shown.stale), (200, Some(false)));
    assert_eq!(shown.body, over);
}

#[tokio::test(flavor = "multi_thread")]
async fn fields_of_a_setup_gate_are_an_object_and_a_rejected_run_is_reset() {
    let (_served, ada) = serving(&[], &[asker()]).await;
    let ada = &ada.client;
    let run = waiting(ada, &json!({ "packageName": AGENT })).await;
    let setup = format!("{RUNS}/{run}/gates/setup-{run}:1/answer");
    let odd = post(ada, &setup, &json!({ "values": { "gust": "Bob" } })).await;
    assert_eq!((odd.status, odd.code()), (422, Some("GATE_FIELDS_INVALID")));
    let given = post(ada, &setup, &json!({ "values": { "guest": "Bob" } })).await;
    assert_eq!(given.status, 200, "{}", given.body);
    let review = format!("wayflow-{run}:2");
    asks(ada, &run, &review).await;
    let reject = format!("{RUNS}/{run}/gates/{review}/reject");
    let rejected = post(ada, &reject, &json!({ "reason": "no" })).await;
    assert_eq!(rejected.body["status"], "failed", "{}", rejected.body);
    let reset = post(ada, &format!("{RUNS}/{run}/reset"), &json!({})).await;
    assert_eq!(reset.body["status"], "queued", "{}", reset.body);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_events_of_a_run_are_listed_by_pages_as_its_stream_tells_them() {
    let (served, ada) = serving(&[], &[asker()]).await;
    let mia = ada.bring(served.home(), "Mia", "member").await.unwrap();
    let ada = &ada.client;
    let input = json!({ "packageName": AGENT, "inputParams": { "guest": "Bob" } });
    let run = waiting(ada, &input).await;
    done(ada, "agent_run_stop", &json!({ "runId": run })).await;
    let query = "?channels=ag-ui,a2ui";
    let mut viewer = Viewer::open(ada, &run, query, None).await.unwrap();
    let seen = viewer.take(usize::MAX).await.unwrap();
    let path = format!("{RUNS}/{run}/events");
    let (mut listed, mut after) = (Vec::new(), String::new());
    loop {
        let page = get(ada, &format!("{path}?limit=3{after}")).await;
        assert_eq!(page.status, 200, "{}", page.body);
        let items = page.body["items"].as_array().unwrap();
        assert!(items.len() <= 3 && !items.is_empty());
        listed.extend(items.clone());
        match page.body["nextAfter"].as_str() {
            Some(next) => after = format!("&after={next}"),
            None => break,
        }
    }
    let told: Vec<_> = seen
        .iter()
        .map(|event| (json!(event.id), event.value()))
        .collect();
    let pages: Vec<_> = listed
        .iter()
        .map(|item| (item["id"].clone(), item["event"].clone()))
        .collect();
    assert_eq!(pages, told);
    let surfaces = listed.iter().filter(|item| item["channel"] == "a2ui");
    assert!(surfaces.count() > 0);
    let last = seen.last().unwrap().id.clone().unwrap();
    let nothing = get(ada, &format!("{path}?after={last}")).await;
    assert_eq!(nothing.body, json!({ "items": [], "nextAfter": null }));
    for after in ["nonsense", "1-999", "9-1"] {
        assert_eq!(
            field(&get(ada, &format!("{path}?after={after}")).await),
            "after"
        );
    }
    assert_eq!(get(&mia.client, &path).await.status, 404);
    let absent = get(ada, &format!("{RUNS}/{UNKNOWN}/events")).await;
    assert_eq!(absent.status, 404);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_address_is_read_like_an_input_and_a_key_names_a_call() {
    let (_served, ada) = serving(&[], &[asker()]).await;
    let ada = &ada.client;
    let input = json!({ "packageName": AGENT, "inputParams": { "guest": "Bob" } });
    let mut runs = vec![waiting(ada, &input).await, waiting(ada, &input).await];
    runs.sort();
    let page = get(ada, &format!("{RUNS}?status=pending_approval&limit=1")).await;
    assert_eq!(page.status, 200, "{}", page.body);
    let next = page.body["nextCursor"].as_str().unwrap();
    let rest = get(
        ada,
        &format!("{RUNS}?status=pending_approval&limit=1&cursor={next}"),
    )
    .await;
    let mut listed: Vec<_> = [&page, &rest]
        .map(|page| page.body["items"][0]["runId"].as_str().unwrap().to_owned())
        .into();
    listed.sort();
    assert_eq!(listed, runs);
    let agent = done(ada, "agent_get", &json!({ "packageName": AGENT })).await;
    let template = agent["templateId"].as_str().unwrap();
    let named = get(ada, &format!("{RUNS}?templateId={template}")).await;
    assert_eq!(named.body["items"].as_array().unwrap().len(), 2);
    let none = get(
        ada,
        &format!("{RUNS}?templateId={template}&status=completed"),
    )
    .await;
    assert_eq!(none.body["items"], json!([]));
    for (query, of) in [
        ("limit=many", "limit"),
        ("limit=0", "limit"),
        ("limit=1&limit=2", "limit"),
        ("status=odd", "status"),
        ("templateId=odd", "templateId"),
        ("nothing=1", "nothing"),
    ] {
        assert_eq!(
            field(&get(ada, &format!("{RUNS}?{query}")).await),
            of,
            "{query}"
        );
    }
    let twice = post(
        ada,
        &format!("{RUNS}/{}/stop", runs[0]),
        &json!({ "runId": runs[1] }),
    )
    .await;
    assert_eq!(field(&twice), "runId");
    assert_eq!(field(&post(ada, RUNS, &json!([])).await), "input");
    let other = send(ada, Method::PUT, RUNS, Some(&json!({}))).await;
    assert_eq!(
        (other.status, other.code()),
        (405, Some("METHOD_NOT_ALLOWED"))
    );
    // The same key with the same body is the same call, and with another body none.
    let keyed = async |body: &Value| {
        let request = ada.bare(Method::POST, RUNS).bearer_auth(ada.token());
        let request = request
            .header("idempotency-key", "k")
            .body(body.to_string());
        Reply::read(request.send().await.unwrap()).await.unwrap()
    };
    let (first, again) = (keyed(&input).await, keyed(&input).await);
    assert_eq!((first.status, again.status), (201, 201));
    assert_eq!(first.body, again.body);
    assert_eq!(keyed(&json!({ "packageName": AGENT })).await.status, 422);
}

/// Every alias: the primitive, the method and the path.
async fn aliases(client: &Client) -> Vec<(String, Method, String)> {
    let document = client.get("/api/openapi.json").await.unwrap().body;
    let mut aliases = Vec::new();
    for (path, operations) in document["paths"].as_object().unwrap() {
        for (method, operation) in operations.as_object().unwrap() {
            if let Some(primitive) = operation["x-cinatra-primitive"].as_str() {
                let method = method.to_uppercase().parse().unwrap();
                aliases.push((primitive.to_owned(), method, path.clone()));
            }
        }
    }
    aliases
}

#[tokio::test(flavor = "multi_thread")]
async fn an_alias_lets_in_whom_its_primitive_lets_in_and_hides_what_it_hides() {
    let (served, ada) = serving(&[], &[asker()]).await;
    let mia = ada.bring(served.home(), "Mia", "member").await.unwrap();
    let nobody = cinatra_tests::people::nobody(&served.url()).unwrap();
    let input = json!({ "packageName": AGENT, "inputParams": { "guest": "Bob" } });
    let run = waiting(&ada.client, &input).await;
    let listed = ada.client.get("/api/primitives").await.unwrap().body;
    let mut about_runs = 0;
    for (primitive, method, path) in aliases(&ada.client).await {
        let request = nobody.bare(method.clone(), &path.replace(['{', '}'], ""));
        let refused = Reply::read(request.send().await.unwrap()).await.unwrap();
        assert_eq!(
            (refused.status, refused.code()),
            (401, Some("UNAUTHENTICATED")),
            "{path}"
        );
        if !path.starts_with("/api/agents/runs/{runId}") {
            continue;
        }
        about_runs += 1;
        let declared = listed["primitives"].as_array().unwrap().iter();
        let declared = declared
            .clone()
            .find(|one| one["name"] == json!(primitive))
            .unwrap();
        for id in [run.as_str(), UNKNOWN] {
            let gate = format!("wayflow-{id}:1");
            let mut input = json!({ "runId": id });
            let mut body = json!({});
            if path.contains("{gateId}") {
                input["gateId"] = json!(gate);
            }
            for field in declared["inputSchema"]["required"]
                .as_array()
                .into_iter()
                .flatten()
            {
                let field = field.as_str().unwrap();
                if input[field].is_null() {
                    let none = field == "projectId";
                    let given = if none { Value::Null } else { json!("{}") };
                    input[field] = given.clone();
                    body[field] = given;
                }
            }
            let at = path.replace("{runId}", id).replace("{gateId}", &gate);
            let sent = Some(&body).filter(|_| method != Method::GET);
            let there = send(&mia.client, method.clone(), &at, sent).await;
            let here = call(&mia.client, &primitive, &input).await;
            assert_eq!(there.status, 404, "{path}: {}", there.body);
            assert_eq!(
                (there.status, there.body),
                (here.status, here.body),
                "{path}"
            );
        }
    }
    assert!(about_runs >= 9, "{about_runs}");
}

#[tokio::test(flavor = "multi_thread")]
async fn runs_of_several_agents_are_listed_by_their_ids() {
    const OTHER: &str = "@acme/other-agent";
    let other = Flow::of("other", &[]).asks("gate").agent(OTHER, "1.0.0");
    let (_served, ada) = serving(&[], &[asker(), other.unwrap()]).await;
    let ada = &ada.client;
    let mut ids = Vec::new();
    for (agent, inputs) in [(AGENT, json!({ "guest": "Bob" })), (OTHER, json!({}))] {
        let input = json!({ "packageName": agent, "inputParams": inputs });
        waiting(ada, &input).await;
        let agent = done(ada, "agent_get", &json!({ "packageName": agent })).await;
        ids.push(agent["templateId"].as_str().unwrap().to_owned());
    }
    let listed = async |query: &str| get(ada, &format!("{RUNS}?{query}")).await;
    let both = listed(&format!("templateIds={}", json!(ids))).await;
    assert_eq!(agents_of(&both), [AGENT, OTHER]);
    let wins = listed(&format!(
        "templateIds={}&templateId={}",
        json!([ids[1]]),
        ids[0]
    ))
    .await;
    assert_eq!(agents_of(&wins), [OTHER]);
    let unknown = listed(&format!("templateIds={}", json!([ids[0], UNKNOWN]))).await;
    assert_eq!(unknown.status, 404, "{}", unknown.body);
    let many = json!(vec![UNKNOWN; 101]);
    for odd in ["[]", "[1]", "odd", "[\"odd\"]", &many.to_string()] {
        let refused = listed(&format!("templateIds={odd}")).await;
        assert!(
            field(&refused).starts_with("templateIds"),
            "{odd}: {}",
            refused.body
        );
    }
    let input = json!({ "templateIds": ids });
    let called = done(ada, "agent_run_list", &input).await;
    assert_eq!(called["items"].as_array().unwrap().len(), 2);
}
