//! Runs that nobody has started yet, and those that failed and are drafts again.

use cinatra_tests::{Client, Flow, Packed, Service, Viewer};
use futures_util::future::join_all;
use serde_json::{Value, json};

use super::{AGENT, answer, asker, kinds, reaches, serving, told};
use crate::extension::{call, done, package, refused};

const CALLER: &str = "@acme/caller-agent";

/// Calls with a word, and answers what it heard.
fn caller(service: &Service) -> Packed {
    Flow::of("caller", &["word"])
        .calls("call", &service.url(), &json!({ "say": "{{ word }}" }))
        .feeds("start", "word", "call", "word")
        .answers("heard", "call", "answer")
        .agent(CALLER, "1.0.0")
        .unwrap()
}

async fn prepare(client: &Client, agent: &str) -> String {
    let input = json!({ "packageName": agent });
    let prepared = done(client, "agent_run_prepare", &input).await;
    assert_eq!(prepared["status"], "queued");
    prepared["runId"].as_str().unwrap().to_owned()
}

async fn change(client: &Client, run: &str, inputs: &Value) -> Value {
    let input = json!({ "runId": run, "inputParams": inputs.to_string() });
    done(client, "agent_run_inputs_update", &input).await
}

async fn submit(client: &Client, run: &str) -> Value {
    done(client, "agent_run_submit", &json!({ "runId": run })).await
}

/// A field of a run, once the read model has it.
async fn shows(client: &Client, run: &str, field: &str, wanted: &Value) -> Value {
    let mut shown = Value::Null;
    for _ in 0..500 {
        let input = json!({ "runId": run });
        shown = call(client, "agent_run_get", &input).await.body;
        if shown[field] == *wanted {
            return shown;
        }
        tokio::time::sleep(std::time::Duration::from_millis(20)).await;
    }
    panic!("{field} is never {wanted}: {shown}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_draft_is_watched_gets_its_inputs_and_starts_when_it_is_submitted() {
    let (_served, ada) = serving(&[], &[asker()]).await;
    let ada = &ada.client;
    let run = prepare(ada, AGENT).await;
    let mut viewer = Viewer::open(ada, &run, "", None).await.unwrap();
    let mut strict = Viewer::open(ada, &run, "?dialect=ag-ui", None)
        .await
        .unwrap();
    for viewer in [&mut viewer, &mut strict] {
        assert_eq!(viewer.take(1).await.unwrap()[0].kind(), "RUN_STARTED");
    }
    // Whoever has seen all of a draft is not told that nothing comes any more.
    let again = Viewer::open(ada, &run, "", Some("1-1")).await.unwrap();
    assert_eq!(again.status, 200);

    change(ada, &run, &json!({ "guest": "Bob", "other": 1 })).await;
    let both = json!({ "guest": "Bob", "other": 1 });
    shows(ada, &run, "inputs", &both).await;
    change(ada, &run, &json!({ "guest": "Eve", "other": null })).await;
    let eve = json!({ "guest": "Eve" });
    let shown = shows(ada, &run, "inputs", &eve).await;
    assert_eq!(shown["phase"], "draft_input");
    let told_so = change(ada, &run, &eve).await;
    assert_eq!(told_so["message"], "The inputs are what they were.");
    // Each is small enough to be sent, and both are more than a run may begin with.
    let half = "x".repeat(140_000);
    change(ada, &run, &json!({ "half": half })).await;
    let more = json!({ "more": half }).to_string();
    for text in ["[]", "7", "{", "null", &more] {
        let input = json!({ "runId": run, "inputParams": text });
        let refusal = refused(ada, "agent_run_inputs_update", &input).await;
        assert_eq!(refusal, (400, "INVALID_INPUT".to_owned()));
    }
    change(ada, &run, &json!({ "half": null })).await;
    shows(ada, &run, "inputs", &eve).await;

    assert_eq!(submit(ada, &run).await["status"], "queued");
    let waiting = reaches(ada, &run, "pending_approval").await;
    assert_eq!(waiting["openGate"]["values"]["output"], "Hello, Eve!");
    for viewer in [&mut viewer, &mut strict] {
        let seen = viewer.take(3).await.unwrap();
        assert_eq!(seen[0].kind(), "TEXT_MESSAGE_START");
        assert_eq!(seen[1].value()["delta"], "Hello, Eve!");
    }
    for (primitive, input) in [
        ("agent_run_submit", json!({ "runId": run })),
        (
            "agent_run_inputs_update",
            json!({ "runId": run, "inputParams": "{\"guest\": \"Mia\"}" }),
        ),
        ("agent_run_reset", json!({ "runId": run })),
    ] {
        let refusal = refused(ada, primitive, &input).await;
        assert_eq!(
            refusal,
            (409, "ILLEGAL_TRANSITION".to_owned()),
            "{primitive}"
        );
    }
    answer(ada, &run, "yes").await;
    reaches(ada, &run, "completed").await;
    let told = told(ada, &run).await;
    let begun = kinds(&told)
        .into_iter()
        .filter(|kind| *kind == "RUN_STARTED");
    assert_eq!(begun.count(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_submitted_draft_lacks_is_asked_for_and_a_stopped_draft_has_ended() {
    let (_served, ada) = serving(&[], &[asker()]).await;
    let ada = &ada.client;
    let run = prepare(ada, AGENT).await;
    submit(ada, &run).await;
    let waiting = reaches(ada, &run, "pending_approval").await;
    assert_eq!(waiting["openGate"]["field"], "guest");

    let run = prepare(ada, AGENT).await;
    let named = json!({ "runId": run });
    let mut viewer = Viewer::open(ada, &run, "", None).await.unwrap();
    done(ada, "agent_run_stop", &named).await;
    let seen = viewer.take(usize::MAX).await.unwrap();
    assert_eq!(seen.last().unwrap().kind(), "RUN_FINISHED");
    assert_eq!(
        kinds(&told(ada, &run).await),
        ["RUN_STARTED", "RUN_FINISHED"]
    );
    let refusal = refused(ada, "agent_run_submit", &named).await;
    assert_eq!(refusal, (409, "ILLEGAL_TRANSITION".to_owned()));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_failed_run_is_a_draft_again_with_its_history_and_goes_on_with_other_inputs() {
    let service = Service::start().await.unwrap();
    let allowed = [("CINATRA_EGRESS_ALLOW", service.peer())];
    let (_served, ada) = serving(&allowed, &[caller(&service)]).await;
    let ada = &ada.client;
    service.status(422);
    let run = prepare(ada, CALLER).await;
    change(ada, &run, &json!({ "word": "ping" })).await;
    submit(ada, &run).await;
    reaches(ada, &run, "failed").await;
    service.status(200);
    let mut viewer = Viewer::open(ada, &run, "", None).await.unwrap();
    let named = json!({ "runId": run });
    let reset = done(ada, "agent_run_reset", &named).await;
    assert_eq!(reset["status"], "queued");
    let draft = shows(ada, &run, "phase", &json!("draft_input")).await;
    assert_eq!(
        (&draft["attempt"], &draft["segment"]),
        (&json!(2), &json!(2))
    );
    assert_eq!(
        (&draft["errorCode"], &draft["completedAt"]),
        (&Value::Null, &Value::Null)
    );
    assert_eq!(draft["inputs"], json!({ "word": "ping" }));
    // Who looks now sees how it failed, that it begins again, and waits for more.
    let seen = viewer.until("RUN_ERROR").await.unwrap();
    let mut late = Viewer::open(ada, &run, "", None).await.unwrap();
    let whole = late.take(seen.len() + 1).await.unwrap();
    assert_eq!(whole[..seen.len()], seen[..]);
    assert_eq!(whole[seen.len()].kind(), "RUN_STARTED");
    change(ada, &run, &json!({ "word": "pong" })).await;
    submit(ada, &run).await;
    let over = reaches(ada, &run, "completed").await;
    assert_eq!(over["outputs"], json!({ "heard": "pong" }));
    assert_eq!(
        late.take(usize::MAX).await.unwrap().last().unwrap().kind(),
        "RUN_FINISHED"
    );
    let told = told(ada, &run).await;
    let ends = ["RUN_ERROR", "RUN_FINISHED"];
    let ends = kinds(&told).into_iter().filter(|kind| ends.contains(kind));
    assert_eq!(ends.collect::<Vec<_>>(), ["RUN_ERROR", "RUN_FINISHED"]);
    let calls = service.calls();
    let once = [format!("{run}:1:call:1"), format!("{run}:2:call:1")].map(|key| (key, 1));
    assert_eq!(calls, once.into());
    let refusal = refused(ada, "agent_run_reset", &named).await;
    assert_eq!(refusal, (409, "ILLEGAL_TRANSITION".to_owned()));
}

#[tokio::test(flavor = "multi_thread")]
async fn no_attempt_at_a_run_of_an_archived_agent_begins() {
    let (_served, ada) = serving(&[], &[asker()]).await;
    let ada = &ada.client;
    let draft = prepare(ada, AGENT).await;
    let started = prepare(ada, AGENT).await;
    submit(ada, &started).await;
    reaches(ada, &started, "pending_approval").await;
    let named = json!({ "runId": started });
    done(ada, "agent_run_reject", &named).await;
    done(ada, "agent_run_reset", &named).await;
    done(ada, "extensions_archive", &package(AGENT, "1.0.0")).await;
    for run in [&draft, &started] {
        let refusal = refused(ada, "agent_run_submit", &json!({ "runId": run })).await;
        assert_eq!(refusal.1, "TEMPLATE_ARCHIVED");
    }
    done(ada, "extensions_restore", &json!({ "packageName": AGENT })).await;
    for run in [&draft, &started] {
        submit(ada, run).await;
        reaches(ada, run, "pending_approval").await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_draft_that_many_submit_starts_once() {
    let service = Service::start().await.unwrap();
    let allowed = [("CINATRA_EGRESS_ALLOW", service.peer())];
    let (_served, ada) = serving(&allowed, &[caller(&service)]).await;
    let ada = &ada.client;
    let run = prepare(ada, CALLER).await;
    change(ada, &run, &json!({ "word": "ping" })).await;
    service.open(false);
    let named = json!({ "runId": run });
    let submits = (0..12).map(|_| call(ada, "agent_run_submit", &named));
    for reply in join_all(submits).await {
        let is_told = reply.status == 200 || reply.code() == Some("ILLEGAL_TRANSITION");
        assert!(is_told, "{}", reply.body);
    }
    service.called(1).await.unwrap();
    service.open(true);
    reaches(ada, &run, "completed").await;
    assert_eq!(service.calls(), [(format!("{run}:1:call:1"), 1)].into());
}
