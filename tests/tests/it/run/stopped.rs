//! Runs that were stopped go on from where they could last.

use cinatra_domain::kernel::TenantId;
use cinatra_eventstore::{EventStore, NewJob};
use cinatra_tests::{Flow, Packed, Service};
use futures_util::future::join_all;
use serde_json::json;
use uuid::Uuid;

use super::{AGENT, answer, asker, kinds, reaches, serving, start, told};
use crate::extension::{call, done, refused};

const PAIR: &str = "@acme/pair-agent";
const COUNT_OPEN_WORK: &str = include_str!("sql/count_open_work.sql");

/// Calls one, says so, calls the other, and answers what both said.
fn pair(first: &Service, second: &Service) -> Packed {
    Flow::of("pair", &["word"])
        .calls("first", &first.url(), &json!({ "say": "{{ word }}" }))
        .feeds("start", "word", "first", "word")
        .says("between", "One of two.", &[])
        .calls("second", &second.url(), &json!({ "say": "two" }))
        .answers("one", "first", "answer")
        .answers("two", "second", "answer")
        .agent(PAIR, "1.0.0")
        .unwrap()
}

/// Both services, and what lets agents call them.
async fn services() -> (Service, Service, String) {
    let (first, second) = (
        Service::start().await.unwrap(),
        Service::start().await.unwrap(),
    );
    let peers = format!("{},{}", first.peer(), second.peer());
    (first, second, peers)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_run_that_was_stopped_at_a_gate_asks_again_and_goes_on() {
    let (_served, ada) = serving(&[], &[asker()]).await;
    let ada = &ada.client;
    let run = start(ada, AGENT, &json!({ "guest": "Bob" })).await;
    let named = json!({ "runId": run });
    for round in 1..=2 {
        let waiting = reaches(ada, &run, "pending_approval").await;
        assert_eq!(
            waiting["openGate"]["gateId"],
            format!("wayflow-{run}:{round}")
        );
        assert_eq!(waiting["openGate"]["values"]["output"], "Hello, Bob!");
        done(ada, "agent_run_stop", &named).await;
        reaches(ada, &run, "stopped").await;
        let resumed = done(ada, "agent_run_resume_stopped", &named).await;
        assert_eq!(resumed["status"], "running");
    }
    let waiting = reaches(ada, &run, "pending_approval").await;
    assert_eq!(
        (&waiting["segment"], &waiting["attempt"]),
        (&json!(3), &json!(1))
    );
    let former =
        json!({ "runId": run, "gateId": format!("wayflow-{run}:1"), "userResponse": "old" });
    let refusal = refused(ada, "agent_run_resume", &former).await;
    assert_eq!(refusal, (409, "GATE_SUPERSEDED".to_owned()));
    answer(ada, &run, "new").await;
    let over = reaches(ada, &run, "completed").await;
    assert_eq!(over["outputs"], json!({ "said": "new" }));
    let told = told(ada, &run).await;
    let said = told.iter().filter(|event| event["delta"] == "Hello, Bob!");
    assert_eq!(said.count(), 1, "what was said is not said again");
    let count = |kind: &str| kinds(&told).into_iter().filter(|it| *it == kind).count();
    assert_eq!(
        (count("RUN_STARTED"), count("INTERRUPT"), count("RESUME")),
        (3, 3, 1)
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_run_that_was_stopped_in_a_call_makes_that_call_again_and_none_before_it() {
    let (first, second, peers) = services().await;
    let allowed = [("CINATRA_EGRESS_ALLOW", peers.as_str())];
    let (_served, ada) = serving(&allowed, &[pair(&first, &second)]).await;
    let ada = &ada.client;
    second.open(false);
    let run = start(ada, PAIR, &json!({ "word": "one" })).await;
    let named = json!({ "runId": run });
    second.called(1).await.unwrap();
    done(ada, "agent_run_stop", &named).await;
    let resumes = (0..6).map(|_| call(ada, "agent_run_resume_stopped", &named));
    let replies = join_all(resumes).await;
    let won = replies.iter().filter(|reply| reply.status == 200);
    assert_eq!(won.count(), 1, "{replies:?}");
    let lost = replies
        .iter()
        .filter(|reply| reply.code() == Some("ILLEGAL_TRANSITION"));
    assert_eq!(lost.count(), 5, "{replies:?}");
    second.called(2).await.unwrap();
    second.open(true);
    let over = reaches(ada, &run, "completed").await;
    assert_eq!(over["outputs"], json!({ "one": "one", "two": "two" }));
    assert_eq!(first.calls(), [(format!("{run}:1:first:1"), 1)].into());
    assert_eq!(second.calls(), [(format!("{run}:1:second:1"), 2)].into());
    let told = told(ada, &run).await;
    assert_eq!(
        kinds(&told),
        [
            "RUN_STARTED",
            "TOOL_CALL_START",
            "TOOL_CALL_END",
            "TEXT_MESSAGE_START",
            "TEXT_MESSAGE_CONTENT",
            "TEXT_MESSAGE_END",
            "TOOL_CALL_START",
            "TOOL_CALL_END",
            "RUN_FINISHED",
            "RUN_STARTED",
            "TOOL_CALL_START",
            "TOOL_CALL_END",
            "RUN_FINISHED",
        ]
    );
    let ids: Vec<_> = told
        .iter()
        .filter_map(|event| event["toolCallId"].as_str())
        .collect();
    assert_eq!(
        ids,
        [
            "1.first:1",
            "1.first:1",
            "1.second:1",
            "1.second:1",
            "2.second:1",
            "2.second:1"
        ]
    );
}

/// What was to be done in a run's first segment, as if no worker had taken it until now.
async fn late_work(store: &EventStore, tenant: TenantId, run: &str) {
    let job = NewJob {
        job_id: Uuid::from_u128(0x1a7e),
        queue: "cinatra-background-jobs".to_owned(),
        kind: "agent-builder-execution".to_owned(),
        key: None,
        payload: json!({ "runId": run, "segment": 1 }),
        priority: 0,
        run_at: None,
        attempts_max: 8,
    };
    store.enqueue_job(tenant, &job).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn work_of_a_segment_that_has_ended_does_not_disturb_the_next_one() {
    let (first, second, peers) = services().await;
    let allowed = [("CINATRA_EGRESS_ALLOW", peers.as_str())];
    let (served, ada) = serving(&allowed, &[pair(&first, &second)]).await;
    let me = done(&ada.client, "users_me", &json!({})).await;
    let tenant = me["activeOrganizationId"]
        .as_str()
        .unwrap()
        .parse()
        .unwrap();
    let ada = &ada.client;
    second.open(false);
    let run = start(ada, PAIR, &json!({ "word": "one" })).await;
    let named = json!({ "runId": run });
    second.called(1).await.unwrap();
    done(ada, "agent_run_stop", &named).await;
    done(ada, "agent_run_resume_stopped", &named).await;
    second.called(2).await.unwrap();
    late_work(served.server().store(), tenant, &run).await;
    let superuser = served.database().superuser().await.unwrap();
    for _ in 0..1_000 {
        let row = superuser.query_one(COUNT_OPEN_WORK, &[]).await.unwrap();
        if row.get::<_, i64>(0) == 1 {
            break;
        }
        tokio::time::sleep(std::time::Duration::from_millis(10)).await;
    }
    let row = superuser.query_one(COUNT_OPEN_WORK, &[]).await.unwrap();
    assert_eq!(
        row.get::<_, i64>(0),
        1,
        "the worker that waits for its call"
    );
    second.open(true);
    reaches(ada, &run, "completed").await;
    assert_eq!(second.calls(), [(format!("{run}:1:second:1"), 2)].into());
}

#[tokio::test(flavor = "multi_thread")]
async fn what_did_not_come_that_far_or_has_not_been_stopped_does_not_go_on() {
    let (served, ada) = serving(&[], &[asker()]).await;
    let mia = ada.bring(served.home(), "Mia", "member").await.unwrap();
    let ada = &ada.client;
    let resume = async |run: &str| {
        let named = json!({ "runId": run });
        refused(ada, "agent_run_resume_stopped", &named).await
    };
    // Before its flow began there is nothing to go on from.
    let unasked = start(ada, AGENT, &json!({})).await;
    reaches(ada, &unasked, "pending_approval").await;
    done(ada, "agent_run_stop", &json!({ "runId": unasked })).await;
    assert_eq!(resume(&unasked).await, (422, "NO_CHECKPOINT".to_owned()));
    let illegal = || (409, "ILLEGAL_TRANSITION".to_owned());
    let run = start(ada, AGENT, &json!({ "guest": "Bob" })).await;
    reaches(ada, &run, "pending_approval").await;
    assert_eq!(resume(&run).await, illegal());
    answer(ada, &run, "yes").await;
    reaches(ada, &run, "completed").await;
    assert_eq!(resume(&run).await, illegal());
    let nothing = uuid::Uuid::nil().to_string();
    assert_eq!(resume(&nothing).await.0, 404);
    let named = json!({ "runId": unasked });
    let hidden = refused(&mia.client, "agent_run_resume_stopped", &named).await;
    assert_eq!(hidden.0, 404);
}
