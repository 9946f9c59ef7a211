//! Workers die; runs go on.

use std::os::unix::fs::symlink;
use std::time::Duration;

use cinatra_tests::places::Scratch;
use cinatra_tests::process::{self, Signal};
use cinatra_tests::{Client, Database, Flow, Node, Seen, Service, Start, Viewer};
use serde_json::json;

use super::{reaches, serving, start};
use crate::extension::{done, package};

const READ_JOBS: &str = include_str!("sql/read_jobs.sql");
const SPEND_ATTEMPTS: &str = include_str!("sql/spend_attempts.sql");
const REFUSE_FAILURES: &str = include_str!("sql/refuse_failures.sql");
const HOLD_SEALS: &str = include_str!("sql/hold_seals.sql");
const RELEASE_SEALS: &str = include_str!("sql/release_seals.sql");
const COUNT_SEALS: &str = include_str!("sql/count_seals.sql");

fn caller(service: &Service) -> cinatra_tests::Packed {
    Flow::of("caller", &["word"])
        .says("begin", "calling", &[])
        .calls("call", &service.url(), &json!({ "say": "{{ word }}" }))
        .feeds("start", "word", "call", "word")
        .says("end_of_it", "called", &[])
        .answers("heard", "call", "answer")
        .agent("@acme/caller-agent", "1.0.0")
        .unwrap()
}

/// Two nodes of one instance, and a run that one of them executes, in a call.
struct Pair {
    service: Service,
    database: Database,
    scratch: Scratch,
    left: Node,
    run: String,
}

impl Pair {
    async fn calling() -> Self {
        let (service, database) = (
            Service::start().await.unwrap(),
            Database::fresh().await.unwrap(),
        );
        let scratch = Scratch::new("worker").unwrap();
        let registry = scratch.path().join("registry");
        cinatra_tests::registry::publish_into(&registry, &caller(&service)).unwrap();
        // Nodes of one instance share what packages are made of.
        std::fs::create_dir_all(scratch.path().join("right")).unwrap();
        let (from, to) = ("left/blobs", "right/blobs");
        symlink(scratch.path().join(from), scratch.path().join(to)).unwrap();
        let left = Node::start(start_of(&service, &database, &scratch, "left"))
            .await
            .unwrap();
        let client = left.client().unwrap();
        let name = "@acme/caller-agent";
        done(&client, "extensions_install", &package(name, "1.0.0")).await;
        service.open(false);
        let run = start(&client, name, &json!({ "word": "ping" })).await;
        service.called(1).await.unwrap();
        Self {
            service,
            database,
            scratch,
            left,
            run,
        }
    }

    /// The other node, or the first one again.
    async fn node(&self, side: &str) -> Node {
        let start = start_of(&self.service, &self.database, &self.scratch, side);
        Node::start(start.token(self.left.token())).await.unwrap()
    }

    fn calls(&self) -> u32 {
        let calls = self.service.calls();
        calls[&format!("{}:1:call:1", self.run)]
    }

    /// State, attempts, lease epoch and error code of the run's job.
    async fn job(&self) -> (String, i32, i64, Option<String>) {
        let client = self.database.superuser().await.unwrap();
        let row = client.query_one(READ_JOBS, &[]).await.unwrap();
        (row.get(0), row.get(1), row.get(2), row.get(3))
    }

    async fn frames(&self, client: &Client) -> Vec<Seen> {
        let mut viewer = Viewer::open(client, &self.run, "", None).await.unwrap();
        viewer.take(usize::MAX).await.unwrap()
    }
}

fn start_of(service: &Service, database: &Database, scratch: &Scratch, side: &str) -> Start {
    let registry = scratch.path().join("registry");
    Start::serve(&scratch.path().join(side), &database.url)
        .encryption_key(&"5e".repeat(32))
        .registry(format!("directory:{}", registry.display()))
        .egress(service.peer())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_run_whose_server_is_killed_in_a_call_is_gone_on_with_by_another() {
    let mut pair = Pair::calling().await;
    let right = pair.node("right").await;
    pair.left.process().kill().unwrap();
    pair.service.open(true);
    let there = right.client().unwrap();
    let over = reaches(&there, &pair.run, "completed").await;
    assert_eq!(over["outputs"], json!({ "heard": "ping" }));
    assert_eq!(pair.calls(), 2, "once, and once again after the kill");
    let seen = pair.frames(&there).await;
    let kinds: Vec<String> = seen.iter().map(Seen::kind).collect();
    let count = |kind: &str| kinds.iter().filter(|known| *known == kind).count();
    assert_eq!(count("RUN_STARTED"), 1, "{kinds:?}");
    assert_eq!(count("TOOL_CALL_START"), 1, "{kinds:?}");
    assert_eq!(count("TEXT_MESSAGE_CONTENT"), 2, "{kinds:?}");
    assert_eq!(kinds.last().map(String::as_str), Some("RUN_FINISHED"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_node_that_is_told_to_stop_hands_its_run_over_and_lets_its_viewers_go() {
    let mut pair = Pair::calling().await;
    let right = pair.node("right").await;
    let here = pair.left.client().unwrap();
    let mut viewer = Viewer::open(&here, &pair.run, "", None).await.unwrap();
    let mut seen = viewer.until("TOOL_CALL_START").await.unwrap();
    let patience = Duration::from_secs(10);
    // It would wait for its viewers for longer than that.
    let ended = pair.left.process().signal(Signal::TERM, patience).unwrap();
    assert!(ended.success(), "{ended}");
    assert_eq!(viewer.next().await.unwrap(), None);
    pair.service.called(2).await.unwrap();
    let (state, attempts, epoch, _) = pair.job().await;
    let taken = (state.as_str(), attempts, epoch);
    assert_eq!(
        taken,
        ("active", 0, 2),
        "taken by another, and not because the lease ran out"
    );
    pair.service.open(true);
    let there = right.client().unwrap();
    reaches(&there, &pair.run, "completed").await;
    let at = seen.last().and_then(|seen| seen.id.clone());
    let mut viewer = Viewer::open(&there, &pair.run, "", at.as_deref())
        .await
        .unwrap();
    seen.extend(viewer.take(usize::MAX).await.unwrap());
    assert_eq!(seen, pair.frames(&there).await);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_node_that_was_frozen_and_overtaken_adds_nothing() {
    let pair = Pair::calling().await;
    let right = pair.node("right").await;
    let frozen = pair.left.process_id();
    process::send(Signal::STOP, frozen).unwrap();
    let there = right.client().unwrap();
    pair.service.open(true);
    reaches(&there, &pair.run, "completed").await;
    let (seen, job) = (pair.frames(&there).await, pair.job().await);
    assert_eq!((job.0.as_str(), job.1), ("completed", 1));
    process::send(Signal::CONT, frozen).unwrap();
    // Its answer has been there for long. Once it has done another run, it has acted on that too.
    let here = pair.left.client().unwrap();
    right.stop().unwrap();
    let word = json!({ "word": "pong" });
    let next = start(&here, "@acme/caller-agent", &word).await;
    reaches(&here, &next, "completed").await;
    assert_eq!(pair.frames(&here).await, seen);
    assert_eq!(pair.calls(), 2);
    let over = reaches(&here, &pair.run, "completed").await;
    assert_eq!(over["outputs"], json!({ "heard": "ping" }));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_node_that_starts_again_goes_on_at_once_and_what_never_goes_well_is_a_dead_letter() {
    let mut pair = Pair::calling().await;
    pair.left.process().kill().unwrap();
    let client = pair.database.superuser().await.unwrap();
    let blobs = pair.scratch.path().join("left/blobs");
    let away = pair.scratch.path().join("away");
    std::fs::rename(&blobs, &away).unwrap();
    client.execute(SPEND_ATTEMPTS, &[&5_i32]).await.unwrap();
    let again = pair.node("left").await;
    let here = again.client().unwrap();
    // The former process's lease is worth an attempt. Each of the two that are left finds no package.
    let failed = reaches(&here, &pair.run, "failed").await;
    assert_eq!(failed["errorCode"], "worker_lost");
    assert_eq!(pair.calls(), 1);
    let (state, attempts, epoch, code) = pair.job().await;
    assert_eq!((state.as_str(), attempts, epoch), ("failed", 8, 3));
    assert_eq!(code.as_deref(), Some("worker_failed"));
    let seen = pair.frames(&here).await;
    assert_eq!(seen.last().map(Seen::kind).as_deref(), Some("RUN_ERROR"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_lost_run_is_told_so_even_if_that_fails_at_first() {
    let mut pair = Pair::calling().await;
    pair.left.process().kill().unwrap();
    let client = pair.database.superuser().await.unwrap();
    client.execute(SPEND_ATTEMPTS, &[&7_i32]).await.unwrap();
    client.batch_execute(REFUSE_FAILURES).await.unwrap();
    let again = pair.node("left").await;
    let here = again.client().unwrap();
    let failed = reaches(&here, &pair.run, "failed").await;
    assert_eq!(failed["errorCode"], "worker_lost");
    assert_eq!(pair.calls(), 1, "nobody tried it again");
    let (state, attempts, _, code) = pair.job().await;
    assert_eq!((state.as_str(), attempts), ("failed", 8));
    assert_eq!(code.as_deref(), Some("WORKER_LOST"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_run_whose_former_segment_is_sealed_while_it_executes_goes_on() {
    let service = Service::start().await.unwrap();
    let allowed = [("CINATRA_EGRESS_ALLOW", service.peer())];
    let (served, ada) = serving(&allowed, &[caller(&service)]).await;
    let client = served.database().superuser().await.unwrap();
    client.batch_execute(HOLD_SEALS).await.unwrap();
    service.status(400);
    let name = "@acme/caller-agent";
    let run = start(&ada.client, name, &json!({ "word": "ping" })).await;
    reaches(&ada.client, &run, "failed").await;
    let failed = service.calls().values().sum::<u32>();
    service.status(200);
    service.open(false);
    done(&ada.client, "agent_run_retry", &json!({ "runId": run })).await;
    service.called(failed + 1).await.unwrap();
    client.batch_execute(RELEASE_SEALS).await.unwrap();
    let mut sealed = 0_i64;
    for _ in 0..1_000 {
        sealed = client.query_one(COUNT_SEALS, &[]).await.unwrap().get(0);
        if sealed > 0 {
            break;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    assert_eq!(sealed, 1, "the seal of the former segment");
    service.open(true);
    let over = reaches(&ada.client, &run, "completed").await;
    assert_eq!(over["outputs"], json!({ "heard": "ping" }));
    let calls = service.calls().values().sum::<u32>();
    assert_eq!(calls, failed + 1, "decided again, and not called again");
}

#[tokio::test(flavor = "multi_thread")]
async fn stopping_a_run_drops_what_its_call_would_have_said() {
    let service = Service::start().await.unwrap();
    let allowed = [("CINATRA_EGRESS_ALLOW", service.peer())];
    let (_served, ada) = serving(&allowed, &[caller(&service)]).await;
    service.open(false);
    let run = start(
        &ada.client,
        "@acme/caller-agent",
        &json!({ "word": "ping" }),
    )
    .await;
    service.called(1).await.unwrap();
    done(&ada.client, "agent_run_stop", &json!({ "runId": run })).await;
    service.open(true);
    let mut viewer = Viewer::open(&ada.client, &run, "", None).await.unwrap();
    let seen = viewer.take(usize::MAX).await.unwrap();
    let kinds: Vec<String> = seen.iter().map(cinatra_tests::Seen::kind).collect();
    assert_eq!(
        kinds[kinds.len() - 3..],
        ["TOOL_CALL_START", "TOOL_CALL_END", "RUN_FINISHED"],
        "{kinds:?}"
    );
    let stopped = reaches(&ada.client, &run, "stopped").await;
    assert_eq!(stopped["outputs"], json!(null));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_run_that_executes_for_too_long_fails_and_waiting_for_people_does_not_count() {
    let service = Service::start().await.unwrap();
    let allowed = [("CINATRA_EGRESS_ALLOW", service.peer())];
    let (_served, ada) = serving(&allowed, &[caller(&service)]).await;
    service.open(false);
    let input = json!({ "packageName": "@acme/caller-agent", "timeoutSeconds": 1,
        "inputParams": "{\"word\": \"ping\"}" });
    let started = done(&ada.client, "agent_run", &input).await;
    let run = started["runId"].as_str().unwrap();
    let failed = reaches(&ada.client, run, "failed").await;
    assert_eq!(failed["errorCode"], "timed_out");
    service.open(true);
}
