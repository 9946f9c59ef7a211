//! The standard's endpoint of an agent: runs start, are interrupted, answered and finish, whatever is cut in between.

use cinatra_tests::{Client, Reply, Seen, Viewer};
use serde_json::{Value, json};

use super::{asker, reaches, serving};
use crate::extension::done;

const PATH: &str = "acme/asker-agent";

fn input(thread: &str, run: &str) -> Value {
    json!({
        "threadId": thread, "runId": run, "state": {}, "tools": [], "context": [], "forwardedProps": {},
        "messages": [{ "id": "m", "role": "user", "content": "{\"guest\": \"Bob\"}" }],
    })
}

fn resumed(thread: &str, run: &str, entries: &Value) -> Value {
    let mut input = input(thread, run);
    input["resume"] = entries.clone();
    input
}

fn resolved(gate: &str, payload: &Value) -> Value {
    json!([{ "interruptId": gate, "status": "resolved", "payload": payload }])
}

async fn posted(client: &Client, input: &Value) -> Vec<Value> {
    let mut viewer = Viewer::post(client, PATH, input, None).await.unwrap();
    assert_eq!(viewer.status, 200);
    let seen = viewer.take(usize::MAX).await.unwrap();
    seen.iter().map(Seen::value).collect()
}

async fn refused(client: &Client, agent: &str, body: String) -> (u16, String, String) {
    let request = client.bare(reqwest::Method::POST, &format!("/api/ag-ui/agents/{agent}"));
    let request = request.bearer_auth(client.token()).body(body);
    let reply = Reply::read(request.send().await.unwrap()).await.unwrap();
    let field = reply.body["error"]["details"]["field"].as_str();
    let field = field.unwrap_or_default().to_owned();
    (reply.status, reply.code().unwrap().to_owned(), field)
}

/// The code of the failure that is all of an answer.
async fn failed(client: &Client, input: &Value) -> String {
    let events = posted(client, input).await;
    assert_eq!(events.len(), 1, "{events:?}");
    assert_eq!(events[0]["type"], "RUN_ERROR");
    events[0]["code"].as_str().unwrap().to_owned()
}

/// The gate by which a run was interrupted.
fn gate(events: &[Value]) -> String {
    let last = events.last().unwrap();
    assert_eq!(last["type"], "RUN_FINISHED");
    assert_eq!(last["outcome"]["type"], "interrupt", "{last}");
    let gate = last["outcome"]["interrupts"][0]["id"].as_str();
    gate.unwrap().to_owned()
}

/// There are so many runs, once they are listed.
async fn are_runs(client: &Client, count: usize) {
    let mut known = 0;
    for _ in 0..500 {
        let listed = done(client, "agent_run_list", &json!({})).await;
        known = listed["items"].as_array().unwrap().len();
        if known >= count {
            break;
        }
        tokio::time::sleep(std::time::Duration::from_millis(20)).await;
    }
    assert_eq!(known, count);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_run_is_started_interrupted_and_answered_under_the_clients_own_names() {
    let (_served, ada) = serving(&[], &[asker()]).await;
    let mut viewer = Viewer::post(&ada.client, PATH, &input("t", "r1"), None)
        .await
        .unwrap();
    let run = viewer.run.clone().unwrap();
    let events = viewer.take(usize::MAX).await.unwrap();
    let events: Vec<Value> = events.iter().map(Seen::value).collect();
    let named = |event: &Value, name: &str| {
        assert_eq!(
            (&event["threadId"], &event["runId"]),
            (&json!("t"), &json!(name))
        );
    };
    assert_eq!(events[0]["type"], "RUN_STARTED");
    named(&events[0], "r1");
    let said = events
        .iter()
        .find(|event| event["type"] == "TEXT_MESSAGE_CONTENT");
    assert_eq!(said.unwrap()["delta"], "Hello, Bob!");
    let gate = gate(&events);
    assert!(gate.contains(&run));
    named(events.last().unwrap(), "r1");

    let answer = resumed("t", "r2", &resolved(&gate, &json!("well\nthen")));
    let events = posted(&ada.client, &answer).await;
    assert_eq!(events[0]["type"], "RUN_STARTED");
    named(&events[0], "r2");
    let last = events.last().unwrap();
    named(last, "r2");
    assert_eq!(last["outcome"], json!({ "type": "success" }));
    assert_eq!(last["result"], json!({ "said": "well\nthen" }));
    let over = reaches(&ada.client, &run, "completed").await;
    assert_eq!(over["outputs"], last["result"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_same_post_is_the_same_run_from_its_beginning_or_from_the_last_event() {
    let (_served, ada) = serving(&[], &[asker()]).await;
    let first = input("t", "r1");
    let see = async |input: &Value, after: Option<&str>| {
        let mut viewer = Viewer::post(&ada.client, PATH, input, after).await.unwrap();
        (viewer.status, viewer.take(usize::MAX).await.unwrap())
    };
    // Both at once: one run.
    let ((_, whole), (_, again)) = tokio::join!(see(&first, None), see(&first, None));
    assert_eq!(again, whole);
    let values: Vec<Value> = whole.iter().map(Seen::value).collect();
    let answer = resumed("t", "r2", &resolved(&gate(&values), &json!("yes")));
    let (_, rest) = see(&answer, None).await;
    for (input, whole) in [(&first, &whole), (&answer, &rest)] {
        for (split, event) in whole.iter().enumerate() {
            let Some(at) = event.id.as_deref() else {
                continue;
            };
            let (status, rest) = see(input, Some(at)).await;
            let is_last = split + 1 == whole.len();
            assert_eq!(status, if is_last { 204 } else { 200 }, "{at}");
            // Whoever comes back hears first what goes on, and that is no frame.
            let prelude = rest.len() - (whole.len() - split - 1);
            assert!(rest[..prelude].iter().all(|event| event.id.is_none()));
            assert_eq!(rest[prelude..], whole[split + 1..]);
        }
        assert_eq!(see(input, None).await.1, *whole);
    }
    are_runs(&ada.client, 1).await;
    // The same answer in another run of the standard's is nothing new; another answer is.
    let gate = gate(&values);
    let repeated = resumed("t", "r3", &resolved(&gate, &json!("yes")));
    assert_eq!(see(&repeated, None).await.1.len(), rest.len());
    let other = resumed("t", "r4", &resolved(&gate, &json!("no")));
    let refusal = refused(&ada.client, PATH, other.to_string()).await;
    assert_eq!(
        (refusal.0, refusal.1.as_str()),
        (409, "GATE_ALREADY_ANSWERED")
    );
    // Other inputs under the same names are no retry.
    let mut changed = input("t", "r1");
    changed["messages"][0]["content"] = json!("{\"guest\": \"Eve\"}");
    assert_eq!(refused(&ada.client, PATH, changed.to_string()).await.0, 422);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_missing_is_asked_and_given_and_a_cancelled_interrupt_fails_the_run() {
    let (_served, ada) = serving(&[], &[asker()]).await;
    let mut nothing = input("t", "r1");
    nothing["messages"] = json!([]);
    let setup = gate(&posted(&ada.client, &nothing).await);
    let asked = resumed("t", "r2", &resolved(&setup, &json!({ "gust": "Bob" })));
    assert_eq!(
        failed(&ada.client, &asked).await,
        "interrupt_payload_invalid"
    );
    let asked = resumed("t", "r3", &resolved(&setup, &json!({ "guest": "Bob" })));
    let review = gate(&posted(&ada.client, &asked).await);
    let cancelled = json!([{ "interruptId": review, "status": "cancelled" }]);
    for run in ["r4", "r5"] {
        let input = resumed("t", run, &cancelled);
        assert_eq!(failed(&ada.client, &input).await, "rejected_by_operator");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_answer_that_is_for_nothing_here_says_so_and_changes_nothing() {
    let (served, ada) = serving(&[], &[asker()]).await;
    let mut viewer = Viewer::post(&ada.client, PATH, &input("t", "r1"), None)
        .await
        .unwrap();
    let run = viewer.run.clone().unwrap();
    let events = viewer.take(usize::MAX).await.unwrap();
    let gate = gate(&events.iter().map(Seen::value).collect::<Vec<_>>());
    let yes = |gate: &str| resolved(gate, &json!("yes"));
    let unknown = ["nonsense", &gate.replace(":1", ":7")].map(yes);
    for entries in unknown {
        let input = resumed("t", "r2", &entries);
        assert_eq!(failed(&ada.client, &input).await, "interrupt_unknown");
    }
    let elsewhere = resumed("other", "r3", &yes(&gate));
    assert_eq!(failed(&ada.client, &elsewhere).await, "interrupt_unknown");
    let none = resumed("t", "r4", &json!([]));
    assert_eq!(failed(&ada.client, &none).await, "interrupt_missing");
    let otto = ada.bring(served.home(), "Otto", "member").await.unwrap();
    let input = resumed("t", "r5", &yes(&gate));
    assert_eq!(failed(&otto.client, &input).await, "interrupt_unknown");
    reaches(&ada.client, &run, "pending_approval").await;
    // Whoever watches it as a run of ours answers under its own name.
    let input = resumed(&run, "r6", &yes(&gate));
    let events = posted(&ada.client, &input).await;
    assert_eq!(events.last().unwrap()["outcome"]["type"], "success");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_conversation_that_waits_for_an_answer_begins_nothing_else() {
    let (served, ada) = serving(&[], &[asker()]).await;
    let otto = ada.bring(served.home(), "Otto", "member").await.unwrap();
    let mut viewer = Viewer::post(&ada.client, PATH, &input("t", "r1"), None)
        .await
        .unwrap();
    let run = viewer.run.clone().unwrap();
    let first = viewer.take(usize::MAX).await.unwrap();
    let first: Vec<Value> = first.iter().map(Seen::value).collect();
    let gate = gate(&first);
    for thread in ["t", &run] {
        let again = input(thread, "r2");
        assert_eq!(failed(&ada.client, &again).await, "interrupt_missing");
    }
    // The same post again is the run that it began; another conversation, or another person's of that name, is another.
    assert_eq!(posted(&ada.client, &input("t", "r1")).await, first);
    let other = posted(&ada.client, &input("u", "r1")).await;
    assert_eq!(other.last().unwrap()["outcome"]["type"], "interrupt");
    let his = posted(&otto.client, &input("t", "r2")).await;
    assert_eq!(his.last().unwrap()["outcome"]["type"], "interrupt");
    let answer = resumed("t", "r3", &resolved(&gate, &json!("yes")));
    posted(&ada.client, &answer).await;
    let mut next = Viewer::post(&ada.client, PATH, &input("t", "r4"), None)
        .await
        .unwrap();
    assert_eq!(next.take(1).await.unwrap()[0].kind(), "RUN_STARTED");
    // Once the last one is listed, so is every one before it.
    reaches(&ada.client, &next.run.unwrap(), "pending_approval").await;
    are_runs(&ada.client, 4).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_is_started_for_a_program_that_would_not_see_it() {
    let (served, ada) = serving(&[], &[asker()]).await;
    let account = json!({ "name": "Robot", "scopes": ["agent.execute", "run.read"] });
    let account = done(&ada.client, "service_accounts_create", &account).await;
    let robot = Client::new(served.url(), account["secret"].as_str().unwrap()).unwrap();
    let token = json!({ "label": "starter", "scopes": ["agent.execute"] });
    let token = done(&ada.client, "tokens_create", &token).await;
    let narrow = Client::new(served.url(), token["token"].as_str().unwrap()).unwrap();
    for client in [&robot, &narrow] {
        let refusal = refused(client, PATH, input("t", "r").to_string()).await;
        assert_eq!((refusal.0, refusal.1.as_str()), (403, "RUN_NOT_SHOWN"));
    }
    are_runs(&ada.client, 0).await;
    // Where nothing is shown, it may start one.
    let started = json!({ "packageName": "@acme/asker-agent" });
    done(&robot, "agent_run", &started).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_cannot_begin_is_refused_before_the_stream_begins() {
    let (served, ada) = serving(&[], &[asker()]).await;
    let good = input("t", "r").to_string();
    let nobody = cinatra_tests::people::nobody(&served.url()).unwrap();
    let request = nobody.bare(reqwest::Method::POST, "/api/ag-ui/agents/acme/asker-agent");
    let answer = request.body(good.clone()).send().await.unwrap();
    assert_eq!(answer.status(), 401);
    for (agent, body, refusal) in [
        ("acme/no-agent", good.clone(), (404, "NOT_FOUND", "")),
        (PATH, "{".to_owned(), (400, "INVALID_INPUT", "input")),
        (PATH, "{}".to_owned(), (400, "INVALID_INPUT", "threadId")),
        (
            "acme/asker-agent?channels=smoke",
            good,
            (400, "INVALID_INPUT", "channels"),
        ),
    ] {
        let (status, code, field) = refused(&ada.client, agent, body).await;
        assert_eq!((status, code.as_str(), field.as_str()), refusal, "{agent}");
    }
    let input = input("t", "r");
    let bad = Viewer::post(&ada.client, PATH, &input, Some("nonsense")).await;
    assert_eq!(bad.unwrap().status, 400);
    are_runs(&ada.client, 0).await;
}
