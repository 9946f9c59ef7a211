//! A run as it was, at each frame and each position.

use cinatra_domain::kernel::{Decider as _, Position, RunId, StreamId, TenantId};
use cinatra_domain::run::{AgentRun, Phase, Run, RunEvent, RunState};
use cinatra_eventstore::Recorded;
use cinatra_replay::{At, RunReport};
use cinatra_tests::places::Scratch;
use cinatra_tests::{Database, Flow, Node, Packed, Service, Start};
use serde_json::{Value, json};

use super::{AGENT, answer, asker, reaches, serving, start};
use crate::cli::out;
use crate::extension::{done, package};

fn caller(service: &Service) -> Packed {
    Flow::of("caller", &["word"])
        .says("begin", "calling", &[])
        .calls("call", &service.url(), &json!({ "say": "{{ word }}" }))
        .feeds("start", "word", "call", "word")
        .asks("gate")
        .answers("said", "gate", "answer")
        .agent("@acme/caller-agent", "1.0.0")
        .unwrap()
}

fn fold(events: &[Recorded], up_to: Position) -> RunState {
    let known = events.iter().filter(|event| event.position <= up_to);
    known.fold(RunState::default(), |state, event| {
        let fact = event.decode::<RunEvent>().unwrap().unwrap();
        AgentRun::evolve(state, &fact).unwrap()
    })
}

fn is_that_of(report: &RunReport, state: &RunState) -> bool {
    let run = state.run();
    let told = report.run.as_ref();
    told.map(|run| run.phase) == run.map(Run::phase)
        && told.map(|run| run.status) == run.map(Run::status)
        && told.map(|run| (run.attempt, run.segment, run.checkpoints))
            == run.map(|run| (run.attempt, run.segment, run.checkpoints))
        && told.and_then(|run| run.open_gate.as_ref().map(|gate| gate.gate_id))
            == run.and_then(|run| run.open_gate().map(|gate| gate.gate_id))
        && told.map(|run| run.closed_gates.len()) == run.map(|run| run.closed_gates.len())
}

/// Where a run stands that has just been told this.
fn phase_after(data: &Value) -> Option<&'static [Phase]> {
    match data["type"].as_str()? {
        "RUN_STARTED" => Some(&[
            Phase::DraftInput,
            Phase::Enqueued,
            Phase::Executing,
            Phase::Resuming,
        ]),
        "INTERRUPT" => Some(&[Phase::ReviewGate]),
        "RESUME" => Some(&[Phase::Resuming, Phase::Executing]),
        // A reset is two events, and its frame tells of both.
        "RUN_ERROR" => Some(&[Phase::Failed, Phase::DraftInput]),
        "RUN_FINISHED" => Some(&[Phase::Completed, Phase::Stopped]),
        _ => None,
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn at_each_position_and_frame_it_is_the_fold_of_what_came_before() {
    let service = Service::start().await.unwrap();
    let allowed = [("CINATRA_EGRESS_ALLOW", service.peer())];
    let (served, ada) = serving(&allowed, &[caller(&service)]).await;
    service.status(422);
    let draft = json!({ "packageName": "@acme/caller-agent" });
    let draft = done(&ada.client, "agent_run_prepare", &draft).await;
    let id = draft["runId"].as_str().unwrap().to_owned();
    let named = json!({ "runId": id });
    let inputs = json!({ "runId": id, "inputParams": "{\"word\": \"hi\"}" });
    done(&ada.client, "agent_run_inputs_update", &inputs).await;
    done(&ada.client, "agent_run_submit", &named).await;
    reaches(&ada.client, &id, "failed").await;
    service.status(200);
    done(&ada.client, "agent_run_retry", &named).await;
    reaches(&ada.client, &id, "pending_approval").await;
    done(&ada.client, "agent_run_stop", &named).await;
    reaches(&ada.client, &id, "stopped").await;
    done(&ada.client, "agent_run_resume_stopped", &named).await;
    reaches(&ada.client, &id, "pending_approval").await;
    answer(&ada.client, &id, "yes").await;
    reaches(&ada.client, &id, "completed").await;

    let store = served.server().app().backend().store.clone();
    let run: RunId = id.parse().unwrap();
    let now = cinatra_replay::run(&store, run, None).await.unwrap();
    let tenant: TenantId = now.ledger;
    let stream = StreamId::new(AgentRun::CATEGORY, &id);
    let events = store
        .read_stream(tenant, &stream, None, 1_000)
        .await
        .unwrap();
    assert_eq!(
        now.run.as_ref().unwrap().outputs,
        Some(json!({ "said": "yes" }))
    );
    let mut shown = 0;
    for position in (1..=now.head.0).map(Position) {
        let report = cinatra_replay::run(&store, run, Some(At::Position(position)));
        let report = report.await.unwrap();
        let expected = fold(&events, position);
        assert!(is_that_of(&report, &expected), "{position}: {report:?}");
        let before = events.iter().filter(|event| event.position <= position);
        assert_eq!(report.events.len(), before.count());
        assert!(report.frames.len() >= shown, "{position}");
        shown = report.frames.len();
        // What was told last cannot contradict where it stood.
        let mut told = report.frames.iter().rev();
        let told = told.find_map(|frame| phase_after(&frame.data));
        match (&report.run, told) {
            (None, told) => assert!(told.is_none(), "{position}"),
            (Some(run), Some(phases)) => {
                assert!(phases.contains(&run.phase), "{position}: {report:?}");
            }
            (Some(_), None) => panic!("{position}: nothing was told"),
        }
    }
    assert_eq!(shown, now.frames_in_all);
    for (number, frame) in now.frames.iter().enumerate() {
        let by_id: At = frame.id.parse().unwrap();
        let report = cinatra_replay::run(&store, run, Some(by_id)).await.unwrap();
        assert_eq!(report.frames.len(), number + 1);
        assert_eq!(report.frames[number].id, frame.id);
        let last = report.events.last().unwrap().position;
        assert!(is_that_of(&report, &fold(&events, last)), "{}", frame.id);
        if let Some(phases) = phase_after(&frame.data) {
            let phase = report.run.unwrap().phase;
            assert!(phases.contains(&phase), "{}: {phase:?}", frame.id);
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_command_says_where_a_run_stood_or_why_not() {
    let home = Scratch::new("as-of").unwrap();
    let database = Database::fresh().await.unwrap();
    let registry = home.path().join("packages");
    cinatra_tests::registry::publish_into(&registry, &asker()).unwrap();
    let serve = Start::serve(home.path(), &database.url)
        .registry(format!("directory:{}", registry.display()));
    let node = Node::start(serve).await.unwrap();
    let client = node.client().unwrap();
    done(&client, "extensions_install", &package(AGENT, "1.0.0")).await;
    let id = start(&client, AGENT, &json!({ "guest": "Bob" })).await;
    reaches(&client, &id, "pending_approval").await;
    answer(&client, &id, "yes").await;
    reaches(&client, &id, "completed").await;
    let as_of = |run: &str, rest: &[&str]| {
        let arguments = [&["replay", "run", run], rest].concat();
        let output = node.start_again().run(&arguments).unwrap();
        (output.status.code(), out(&output), output.stdout)
    };
    let (code, said, stdout) = as_of(&id, &["--at", "frame:1", "--json"]);
    assert_eq!(code, Some(0), "{said}");
    let first: Value = serde_json::from_slice(&stdout).unwrap();
    assert_eq!(first["run"]["status"], "queued", "{said}");
    assert_eq!(first["frames"].as_array().map(Vec::len), Some(1));
    assert_eq!(first["run"]["inputs"], json!({ "guest": "Bob" }));
    let created = first["events"][0]["position"].as_i64().unwrap();
    let before = format!("position:{}", created - 1);
    let (code, said, _) = as_of(&id, &["--at", &before]);
    assert!(code == Some(0) && said.contains("absent"), "{said}");
    let (code, said, _) = as_of(&id, &[]);
    assert_eq!(code, Some(0), "{said}");
    for part in [
        "completed",
        "RUN_FINISHED",
        "run.gate_answered.v1",
        "answered",
    ] {
        assert!(said.contains(part), "{part}: {said}");
    }
    for (at, code) in [
        ("frame:0", "AT_OUT_OF_RANGE"),
        ("frame:100000", "AT_OUT_OF_RANGE"),
        ("2-1", "AT_OUT_OF_RANGE"),
        ("position:0", "AT_OUT_OF_RANGE"),
        ("position:100000", "AT_OUT_OF_RANGE"),
        ("12", "frame:12"),
    ] {
        let (exit, said, _) = as_of(&id, &["--at", at]);
        assert!(exit == Some(2) && said.contains(code), "{at}: {said}");
    }
    for unknown in [uuid::Uuid::nil().to_string(), "nonsense".to_owned()] {
        let (exit, said, _) = as_of(&unknown, &[]);
        assert!(exit == Some(5) && said.contains("NOT_FOUND"), "{said}");
    }
}
