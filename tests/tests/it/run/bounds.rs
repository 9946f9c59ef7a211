//! Flows that ask for too much end soon, by a code, and disturb nobody.

use std::time::{Duration, Instant};

use cinatra_tests::{Flow, Packed, Service};
use serde_json::{Value, json};

use super::{reaches, serving, start};
use crate::extension::{call, done, package, refused};

/// Says the same long text so many times.
fn talker(times: usize) -> Packed {
    let mut flow = Flow::of("talker", &["word"]);
    for number in 0..times {
        let id = format!("say-{number}");
        flow = flow
            .says(&id, &"{{ word }}".repeat(8), &["word"])
            .feeds("start", "word", &id, "word");
    }
    flow.agent("@acme/talker-agent", "1.0.0").unwrap()
}

/// Thinks for long and calls nobody.
fn brooder() -> Packed {
    let mut flow = Flow::of("brooder", &["word"]);
    for number in 0..400 {
        let id = format!("think-{number}");
        let template =
            "{% for letter in word[:20] %}{% if word|tojson|length < 0 %}x{% endif %}{% endfor %}";
        flow = flow
            .makes(&id, template, &["word"])
            .feeds("start", "word", &id, "word");
    }
    flow.agent("@acme/brooder-agent", "1.0.0").unwrap()
}

fn word(bytes: usize) -> Value {
    json!({ "word": "x".repeat(bytes) })
}

#[tokio::test(flavor = "multi_thread")]
async fn a_flow_that_calls_nobody_is_timed_out_and_stopped_between_its_nodes() {
    let (served, ada) = serving(&[], &[brooder()]).await;
    let ada = &ada.client;
    let input = json!({ "packageName": "@acme/brooder-agent", "timeoutSeconds": 1,
        "inputParams": word(60_000).to_string() });
    let started = done(ada, "agent_run", &input).await;
    let timed = reaches(ada, started["runId"].as_str().unwrap(), "failed").await;
    assert_eq!(timed["errorCode"], "timed_out");

    // Of two that take for ever, both stop; and one who asks meanwhile is answered.
    let mut runs = Vec::new();
    for _ in 0..2 {
        runs.push(start(ada, "@acme/brooder-agent", &word(60_000)).await);
    }
    for run in &runs {
        reaches(ada, run, "running").await;
    }
    let asked = Instant::now();
    assert_eq!(call(ada, "extensions_list", &json!({})).await.status, 200);
    assert!(
        asked.elapsed() < Duration::from_secs(10),
        "{:?}",
        asked.elapsed()
    );
    let database = served.database().superuser().await.unwrap();
    for run in &runs {
        done(ada, "agent_run_stop", &json!({ "runId": run })).await;
        reaches(ada, run, "stopped").await;
    }
    // Its worker lets go, long before it would have been done.
    let count = include_str!("sql/count_open_work.sql");
    let mut open = -1_i64;
    for _ in 0..300 {
        open = database.query_one(count, &[]).await.unwrap().get(0);
        if open == 0 {
            break;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    assert_eq!(open, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn messages_come_in_pages_of_so_many_bytes() {
    let (_served, ada) = serving(&[], &[talker(6)]).await;
    let ada = &ada.client;
    let run = start(ada, "@acme/talker-agent", &word(200_000)).await;
    reaches(ada, &run, "completed").await;
    let mut input = json!({ "runId": run, "limit": 200 });
    let mut sizes = Vec::new();
    loop {
        let page = done(ada, "agent_run_messages_list", &input).await;
        sizes.push(page["items"].as_array().unwrap().len());
        let Some(next) = page["nextCursor"].as_str() else {
            break;
        };
        input["cursor"] = next.into();
    }
    // Three of 1.6 MB make a page; the last thing that is said is what the run came to.
    assert_eq!(sizes, [3, 3, 1]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_run_that_says_more_and_more_ends() {
    let (_served, ada) = serving(&[], &[talker(45)]).await;
    let run = start(&ada.client, "@acme/talker-agent", &word(200_000)).await;
    let failed = reaches(&ada.client, &run, "failed").await;
    assert_eq!(failed["errorCode"], "said_too_much");
}

#[tokio::test(flavor = "multi_thread")]
async fn large_outputs_are_kept_and_what_cannot_be_shown_fails_at_once() {
    let service = Service::start().await.unwrap();
    let allowed = [("CINATRA_EGRESS_ALLOW", service.peer())];
    let long = "{{ word }}".repeat(8);
    let wordy = Flow::of("wordy", &["word"])
        .makes("make", &long, &["word"])
        .feeds("start", "word", "make", "word")
        .answers("made", "make", "text")
        .agent("@acme/wordy-agent", "1.0.0")
        .unwrap();
    let asking = Flow::of("asking", &["word"])
        .calls("call", &service.url(), &json!({ "say": "once" }))
        .says("say", &long, &["word"])
        .feeds("start", "word", "say", "word")
        .asks("gate")
        .answers("said", "gate", "answer")
        .agent("@acme/asking-agent", "1.0.0")
        .unwrap();
    let (_served, ada) = serving(&allowed, &[wordy, asking]).await;
    let ada = &ada.client;
    let run = start(ada, "@acme/wordy-agent", &word(200_000)).await;
    let whole = reaches(ada, &run, "completed").await;
    assert_eq!(whole["outputs"]["made"].as_str().unwrap().len(), 1_600_000);
    let run = start(ada, "@acme/asking-agent", &word(200_000)).await;
    let failed = reaches(ada, &run, "failed").await;
    assert_eq!(failed["errorCode"], "too_large");
    assert_eq!(
        service.calls().values().sum::<u32>(),
        1,
        "it is not tried again"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_no_schema_keeps_an_agent_from_running_and_a_flow_may_be_too_large() {
    let odd = json!({ "title": "made", "type": "string", "pattern": "(" });
    let odd = Flow::of("odd", &["word"])
        .makes("make", "{{ word }}", &["word"])
        .feeds("start", "word", "make", "word")
        .answers_as(odd, "make", "text")
        .agent("@acme/odd-agent", "1.0.0")
        .unwrap();
    let huge = Flow::of("huge", &[]).says("say", &"x".repeat(1_200_000), &[]);
    let huge = huge.agent("@acme/huge-agent", "1.0.0").unwrap();
    let packages = [odd, huge];
    let (_served, ada) = serving(&[], &packages).await;
    for (packed, code) in packages.iter().zip(["PROPERTY_SCHEMA", "OAS_TOO_LARGE"]) {
        let name = packed.name.as_str();
        let input = json!({ "packageName": name, "inputParams": "{}" });
        let no = call(&ada.client, "agent_run", &input).await.body;
        assert_eq!(no["error"]["code"], "AGENT_NOT_RUNNABLE", "{name}: {no}");
        assert_eq!(no["error"]["details"]["findings"][0]["code"], code, "{no}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_run_of_an_archived_agent_does_not_begin_again() {
    let service = Service::start().await.unwrap();
    let allowed = [("CINATRA_EGRESS_ALLOW", service.peer())];
    let caller = Flow::of("caller", &[])
        .calls("call", &service.url(), &json!({ "say": "once" }))
        .agent("@acme/caller-agent", "1.0.0")
        .unwrap();
    let named = package(&caller.name, &caller.version);
    let (_served, ada) = serving(&allowed, &[caller]).await;
    service.status(400);
    let run = start(&ada.client, "@acme/caller-agent", &json!({})).await;
    reaches(&ada.client, &run, "failed").await;
    done(&ada.client, "extensions_archive", &named).await;
    let no = refused(&ada.client, "agent_run_retry", &json!({ "runId": run })).await;
    assert_eq!(no.1, "TEMPLATE_ARCHIVED");
    done(
        &ada.client,
        "extensions_restore",
        &json!({ "packageName": named["packageName"] }),
    )
    .await;
    done(&ada.client, "agent_run_retry", &json!({ "runId": run })).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_answer_that_is_too_large_is_said_to_be() {
    let (_served, ada) = serving(&[], &[super::asker()]).await;
    let run = start(&ada.client, super::AGENT, &json!({ "guest": "Bob" })).await;
    reaches(&ada.client, &run, "pending_approval").await;
    let input = json!({ "runId": run, "userResponse": "x".repeat(65_537) });
    let reply = call(&ada.client, "agent_run_resume", &input).await;
    assert_eq!(reply.status, 413);
    assert_eq!(reply.body["error"]["code"], "ANSWER_TOO_LARGE");
}
