//! A worker is killed between any two of its steps; another one finishes, and what was done is done once.

use cinatra_domain::kernel::Position;
use cinatra_eventstore::{
    Append, AppendError, ClaimedJob, EventStore, JOB_LEASE, JobEnd, JobRow, JobState, RunGuard,
    RunRow, RunStep, SideRow,
};
use cinatra_tests::Database;
use uuid::Uuid;

use super::super::ACME;
use super::{ANN, BOB, end, fact, job, keyed, nodes, one, state};

const RUN: Uuid = Uuid::from_u128(0x0a11);

/// A run is created, with the work to advance it.
fn created() -> Append {
    let mut append = fact(ACME, "created", vec![JobRow::Enqueue(keyed(1, "run"))]);
    append.side.push(SideRow::Run(RunRow {
        run_id: RUN,
        guard: RunGuard::Any,
        steps: vec![RunStep::Open],
    }));
    append
}

/// The work's outcome: an event, the frame that announces it, the job's end.
fn finished(job: &ClaimedJob, lease_epoch: i64, last_seq: i64) -> Append {
    let mut append = fact(ACME, "finished", vec![end(job, JobEnd::Completed)]);
    let frame = cinatra_eventstore::NewFrame {
        channel: 0,
        data: b"finished".to_vec(),
    };
    append.side.push(SideRow::Run(RunRow {
        run_id: RUN,
        guard: RunGuard::At {
            last_seq,
            lease_epoch,
        },
        steps: vec![RunStep::Frames(vec![frame]), RunStep::Seal],
    }));
    append
}

/// Works on what there is to do until it has done so many steps; true when it is done.
async fn work(store: &EventStore, owner: Uuid, steps: u32) -> Result<bool, AppendError> {
    let mut left = steps;
    let mut alive = || {
        left = left.saturating_sub(1);
        left > 0
    };
    if !alive() {
        return Ok(false);
    }
    let jobs = super::claimed(store, owner, 1).await;
    let (Some(job), true) = (jobs.first(), alive()) else {
        return Ok(jobs.is_empty());
    };
    store.renew_job(&job.lease).await?;
    if !alive() {
        return Ok(false);
    }
    let before = store.run_head(ACME, RUN).await.unwrap().unwrap();
    let take = RunRow {
        run_id: RUN,
        guard: RunGuard::At {
            last_seq: before.last_seq,
            lease_epoch: before.lease_epoch,
        },
        steps: vec![RunStep::Fence],
    };
    let lease_epoch = before.lease_epoch + 1;
    let mut taking = fact(ACME, &format!("taken-{lease_epoch}"), Vec::new());
    taking.side.push(SideRow::Run(take));
    store.append(taking).await?;
    if !alive() {
        return Ok(false);
    }
    let frame = cinatra_eventstore::NewFrame {
        channel: 1,
        data: b"working".to_vec(),
    };
    let frames = [frame];
    let last = store.append_frames(ACME, RUN, lease_epoch, before.last_seq, &frames);
    let last = last.await?;
    if !alive() {
        return Ok(false);
    }
    store.append(finished(job, lease_epoch, last)).await?;
    Ok(true)
}

#[tokio::test]
async fn work_is_finished_once_wherever_its_worker_was_killed() {
    for steps in 0..8 {
        let database = Database::fresh().await.unwrap();
        let (node, other, hands) = nodes(&database).await;
        node.append(created()).await.unwrap();
        let is_done = work(&node, ANN, steps).await.unwrap();
        // Its process is gone: nothing is released, the lease runs out.
        drop(node);
        hands.pass(JOB_LEASE.as_secs());
        other.expire_jobs().await.unwrap();
        assert_eq!(
            state(&other, 1).await == JobState::Completed,
            is_done,
            "{steps}"
        );
        assert!(work(&other, BOB, u32::MAX).await.unwrap());
        assert_eq!(
            state(&other, 1).await,
            JobState::Completed,
            "killed after {steps}"
        );
        let events = other.read_ledger(ACME, Position(0), 100).await.unwrap();
        let ended = events
            .iter()
            .filter(|event| event.stream.id() == "finished");
        assert_eq!(ended.count(), 1, "killed after {steps}");
        let head = other.run_head(ACME, RUN).await.unwrap().unwrap();
        assert_eq!(head.sealed_seq, head.last_seq, "killed after {steps}");
        let created = other.append(created()).await.unwrap();
        assert!(created.repeated.is_some());
        assert!(
            super::claimed(&other, BOB, 10).await.is_empty(),
            "and nothing is left to do"
        );
    }
}

/// The one that was thought dead goes on: it is fenced off from the job and from the run.
#[tokio::test]
async fn a_worker_that_was_only_slow_changes_nothing_any_more() {
    let database = Database::fresh().await.unwrap();
    let (node, other, hands) = nodes(&database).await;
    node.append(created()).await.unwrap();
    let slow = one(&node, ANN).await;
    hands.pass(JOB_LEASE.as_secs());
    other.expire_jobs().await.unwrap();
    assert!(work(&other, BOB, u32::MAX).await.unwrap());
    let head = node.run_head(ACME, RUN).await.unwrap().unwrap();
    let late = node
        .append(finished(&slow, head.lease_epoch, head.last_seq))
        .await;
    assert!(
        late.unwrap().repeated.is_some(),
        "the same command: told what was done"
    );
    let mut late = finished(&slow, head.lease_epoch, head.last_seq);
    late.command = fact(ACME, "late", Vec::new()).command;
    late.streams = fact(ACME, "late", Vec::new()).streams;
    let late = node.append(late).await;
    assert!(
        matches!(late, Err(AppendError::JobFenced { .. })),
        "{late:?}"
    );
    assert_eq!(node.run_head(ACME, RUN).await.unwrap(), Some(head));
    let enqueued = vec![JobRow::Enqueue(job(2))];
    node.append(fact(ACME, "next", enqueued)).await.unwrap();
    assert_eq!(one(&node, ANN).await.lease.epoch, 1);
}
