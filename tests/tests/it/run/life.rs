//! From inputs to outputs.

use cinatra_tests::{Flow, Service, Viewer};
use serde_json::json;

use super::{AGENT, answer, asker, reaches, serving, start};
use crate::extension::{done, package, refused};

#[tokio::test(flavor = "multi_thread")]
async fn a_run_stops_for_a_person_and_goes_on_with_the_answer_word_for_word() {
    let (_served, ada) = serving(&[], &[asker()]).await;
    let run = start(&ada.client, AGENT, &json!({ "guest": "Bob" })).await;
    let waiting = reaches(&ada.client, &run, "pending_approval").await;
    assert_eq!(waiting["openGate"]["node"], "gate");
    assert_eq!(waiting["openGate"]["values"]["output"], "Hello, Bob!");
    assert_eq!(waiting["runBy"], json!(ada.user_id));
    let odd = "  {\"a\": 'b'}\nüñ🎬 {{ guest }} ";
    answer(&ada.client, &run, odd).await;
    let over = reaches(&ada.client, &run, "completed").await;
    assert_eq!(over["outputs"], json!({ "said": odd }));
    let gates = done(
        &ada.client,
        "agent_run_gates_list",
        &json!({ "runId": run }),
    )
    .await;
    assert_eq!(gates["items"][0]["answer"], odd);
    assert_eq!(gates["items"][0]["status"], "answered");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_missing_is_asked_for_before_the_run_begins() {
    let (_served, ada) = serving(&[], &[asker()]).await;
    let run = start(&ada.client, AGENT, &json!({ "other": 1 })).await;
    let waiting = reaches(&ada.client, &run, "pending_approval").await;
    let gate = &waiting["openGate"];
    assert_eq!(
        (&gate["field"], &gate["node"]),
        (&json!("guest"), &json!(null))
    );
    let resume = |text: &str| json!({ "runId": run, "userResponse": text });
    for (text, code) in [
        ("", "INVALID_INPUT"),
        ("hello", "INVALID_INPUT"),
        ("[1]", "INVALID_INPUT"),
        ("{}", "INVALID_INPUT"),
        ("{\"gust\": \"Bob\"}", "GATE_FIELDS_INVALID"),
        ("{\"guest\": 7}", "GATE_FIELDS_INVALID"),
    ] {
        let refusal = refused(&ada.client, "agent_run_resume", &resume(text)).await;
        assert_eq!(refusal.1, code, "{text}");
    }
    answer(&ada.client, &run, "{\"guest\": \"Bob\"}").await;
    let waiting = loop {
        let waiting = reaches(&ada.client, &run, "pending_approval").await;
        if waiting["openGate"]["node"] == "gate" {
            break waiting;
        }
    };
    assert_eq!(waiting["inputs"]["guest"], "Bob");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_call_goes_out_once_with_its_key_and_a_refusal_ends_the_run() {
    let service = Service::start().await.unwrap();
    let caller = Flow::of("caller", &["word"])
        .calls("call", &service.url(), &json!({ "say": "{{ word }}" }))
        .feeds("start", "word", "call", "word")
        .answers("heard", "call", "answer")
        .agent("@acme/caller-agent", "1.0.0")
        .unwrap();
    let allowed = [("CINATRA_EGRESS_ALLOW", service.peer())];
    let (_served, ada) = serving(&allowed, &[caller]).await;
    let run = start(
        &ada.client,
        "@acme/caller-agent",
        &json!({ "word": "ping" }),
    )
    .await;
    let over = reaches(&ada.client, &run, "completed").await;
    assert_eq!(over["outputs"], json!({ "heard": "ping" }));
    assert_eq!(service.calls(), [(format!("{run}:1:call:1"), 1)].into());
    service.status(422);
    let run = start(
        &ada.client,
        "@acme/caller-agent",
        &json!({ "word": "pong" }),
    )
    .await;
    let failed = reaches(&ada.client, &run, "failed").await;
    assert_eq!(
        (&failed["errorCode"], &failed["failedNode"]),
        (&json!("call_failed"), &json!("call"))
    );
    assert_eq!(
        service.calls().get(&format!("{run}:1:call:1")),
        Some(&1),
        "422 is not tried again"
    );
    service.status(200);
    done(&ada.client, "agent_run_retry", &json!({ "runId": run })).await;
    let over = reaches(&ada.client, &run, "completed").await;
    assert_eq!(
        (&over["attempt"], &over["errorCode"]),
        (&json!(2), &json!(null))
    );
    assert_eq!(service.calls().get(&format!("{run}:2:call:1")), Some(&1));
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_private_is_called_without_an_exception() {
    let service = Service::start().await.unwrap();
    let caller = Flow::of("caller", &["word"])
        .calls("call", &service.url(), &json!({ "say": "{{ word }}" }))
        .feeds("start", "word", "call", "word")
        .answers("heard", "call", "answer")
        .agent("@acme/caller-agent", "1.0.0")
        .unwrap();
    let (_served, ada) = serving(&[], &[caller]).await;
    let run = start(
        &ada.client,
        "@acme/caller-agent",
        &json!({ "word": "ping" }),
    )
    .await;
    let failed = reaches(&ada.client, &run, "failed").await;
    assert_eq!(failed["errorCode"], "address_not_allowed");
    assert!(service.calls().is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_used_agent_is_archived_and_its_runs_go_on_with_what_they_pinned() {
    let newer = Flow::of("asker", &["guest"])
        .says("greet", "Goodbye, {{ guest }}!", &["guest"])
        .feeds("start", "guest", "greet", "guest")
        .asks("gate")
        .answers("said", "gate", "answer")
        .agent(AGENT, "2.0.0")
        .unwrap();
    let (served, ada) = serving(&[], &[asker()]).await;
    let run = start(&ada.client, AGENT, &json!({ "guest": "Bob" })).await;
    reaches(&ada.client, &run, "pending_approval").await;
    cinatra_tests::registry::publish_into(&served.registry(), &newer).unwrap();
    done(&ada.client, "extensions_update", &package(AGENT, "2.0.0")).await;
    let removed = done(
        &ada.client,
        "extensions_uninstall",
        &package(AGENT, "2.0.0"),
    )
    .await;
    assert_eq!(removed["outcome"], "archived");
    let input = json!({ "packageName": AGENT, "inputParams": "{\"guest\": \"Eve\"}" });
    let refusal = refused(&ada.client, "agent_run", &input).await;
    assert_eq!(refusal, (409, "TEMPLATE_ARCHIVED".to_owned()));
    answer(&ada.client, &run, "yes").await;
    let over = reaches(&ada.client, &run, "completed").await;
    assert_eq!(
        (&over["version"], &over["outputs"]["said"]),
        (&json!("1.0.0"), &json!("yes"))
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_run_that_is_stopped_stays_so() {
    let (_served, ada) = serving(&[], &[asker()]).await;
    let run = start(&ada.client, AGENT, &json!({ "guest": "Bob" })).await;
    reaches(&ada.client, &run, "pending_approval").await;
    let stop = json!({ "runId": run, "reason": "enough" });
    let stopped = done(&ada.client, "agent_run_stop", &stop).await;
    assert_eq!(stopped["status"], "stopped");
    let again = done(&ada.client, "agent_run_stop", &stop).await;
    assert_eq!(again["message"], "Run already in terminal state: stopped");
    let resume = json!({ "runId": run, "userResponse": "late" });
    assert_eq!(
        refused(&ada.client, "agent_run_resume", &resume).await.1,
        "RUN_NOT_PENDING"
    );
    let named =
        json!({ "runId": run, "gateId": format!("wayflow-{run}:1"), "userResponse": "late" });
    assert_eq!(
        refused(&ada.client, "agent_run_resume", &named).await.1,
        "GATE_SUPERSEDED"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn bad_requests_start_nothing() {
    let (_served, ada) = serving(&[], &[asker()]).await;
    let start = async |input: &serde_json::Value| refused(&ada.client, "agent_run", input).await;
    let one = start(&json!({})).await;
    assert_eq!(one, (400, "INVALID_INPUT".to_owned()));
    let both = json!({ "packageName": AGENT, "templateId": uuid::Uuid::nil() });
    assert_eq!(start(&both).await.1, "INVALID_INPUT");
    for text in ["[]", "7", "{", "null"] {
        let input = json!({ "packageName": AGENT, "inputParams": text });
        assert_eq!(start(&input).await.1, "INVALID_INPUT", "{text}");
    }
    for seconds in [json!(0), json!(1.5), json!(86_401), json!("1")] {
        let input = json!({ "packageName": AGENT, "timeoutSeconds": seconds });
        assert_eq!(start(&input).await.1, "INVALID_INPUT", "{seconds}");
    }
    assert_eq!(
        start(&json!({ "packageName": "@acme/none-agent" })).await.0,
        404
    );
    let listed = done(&ada.client, "agent_run_list", &json!({})).await;
    assert_eq!(listed["items"], json!([]));
}

#[tokio::test(flavor = "multi_thread")]
async fn with_a_destroyed_agent_its_runs_go_and_do_not_come_back() {
    let (served, ada) = serving(&[], &[asker()]).await;
    let mut runs = Vec::new();
    for _ in 0..2 {
        let run = start(&ada.client, AGENT, &json!({ "guest": "Bob" })).await;
        reaches(&ada.client, &run, "pending_approval").await;
        runs.push(run);
    }
    answer(&ada.client, &runs[0], "canary-of-a-destroyed-run").await;
    reaches(&ada.client, &runs[0], "completed").await;
    let mut viewer = Viewer::open(&ada.client, &runs[1], "", None).await.unwrap();
    viewer.until("INTERRUPT").await.unwrap();
    let input =
        json!({ "packageName": AGENT, "packageVersion": "1.0.0", "confirmDestructive": true });
    done(&ada.client, "extensions_force_delete", &input).await;
    done(&ada.client, "extensions_install", &package(AGENT, "1.0.0")).await;
    let newer = start(&ada.client, AGENT, &json!({ "guest": "Eve" })).await;
    let told = viewer.take(usize::MAX).await.unwrap();
    let last = told.last().unwrap().kind();
    assert!(
        ["RUN_FINISHED", "reset"].contains(&last.as_str()),
        "{told:?}"
    );
    let listed = async || {
        let listed = done(&ada.client, "agent_run_list", &json!({})).await;
        let items = listed["items"].as_array().unwrap().clone();
        items
            .iter()
            .map(|run| run["runId"].as_str().unwrap().to_owned())
            .collect::<Vec<_>>()
    };
    reaches(&ada.client, &newer, "pending_approval").await;
    for _ in 0..500 {
        if listed().await == std::slice::from_ref(&newer) {
            break;
        }
        tokio::time::sleep(std::time::Duration::from_millis(20)).await;
    }
    assert_eq!(listed().await, std::slice::from_ref(&newer));
    for run in &runs {
        let named = json!({ "runId": run });
        assert_eq!(refused(&ada.client, "agent_run_get", &named).await.0, 404);
        let viewer = Viewer::open(&ada.client, run, "", None).await.unwrap();
        assert_eq!(viewer.status, 404);
    }
    let projections = &served.server().app().backend().projections;
    projections.rebuild("run_list", &|_| ()).await.unwrap();
    assert_eq!(listed().await, [newer]);
}
