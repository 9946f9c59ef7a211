//! The log of a run: frames are contiguous, commit with the transitions that they announce, and reach every viewer.

mod follow;
mod lease;
mod write;

use cinatra_domain::kernel::TenantId;
use cinatra_eventstore::{
    Append, Cursor, EventStore, Expected, Frame, NewFrame, RunGuard, RunHead, RunPage, RunRow,
    RunStep, SideRow,
};
use uuid::Uuid;

use super::{ACME, append};

const RUN: Uuid = Uuid::from_u128(0x0a11);
const OTHER_RUN: Uuid = Uuid::from_u128(0x0a12);

fn frame(text: impl Into<String>) -> NewFrame {
    NewFrame {
        channel: 1,
        data: text.into().into_bytes(),
    }
}

fn frames(texts: &[&str]) -> RunStep {
    RunStep::Frames(texts.iter().map(|text| frame(*text)).collect())
}

fn row(run_id: Uuid, guard: RunGuard, steps: Vec<RunStep>) -> SideRow {
    let row = RunRow {
        run_id,
        guard,
        steps,
    };
    SideRow::Run(row)
}

/// A command's row, which knows nothing of the log.
fn said(run_id: Uuid, texts: &[&str]) -> SideRow {
    row(run_id, RunGuard::Any, vec![frames(texts)])
}

fn at(last_seq: i64, lease_epoch: i64) -> RunGuard {
    RunGuard::At {
        last_seq,
        lease_epoch,
    }
}

/// One event with what is done to logs of runs.
fn transition(tenant: TenantId, key: &str, side: Vec<SideRow>) -> Append {
    let mut append = append(key, key, Expected::NoStream, &["t:run"], Vec::new());
    append.tenant = tenant;
    append.side = side;
    append
}

async fn open(store: &EventStore, tenant: TenantId, run_id: Uuid) {
    let opening = row(run_id, RunGuard::Any, vec![RunStep::Open]);
    let key = format!("open-{run_id}");
    store
        .append(transition(tenant, &key, vec![opening]))
        .await
        .unwrap();
}

async fn head(store: &EventStore, run_id: Uuid) -> RunHead {
    store.run_head(ACME, run_id).await.unwrap().unwrap()
}

/// Everything of a run, page by page.
async fn all(store: &EventStore, run_id: Uuid) -> Vec<Frame> {
    let (mut cursor, mut read) = (Cursor::START, Vec::new());
    loop {
        match store.read_frames(ACME, run_id, cursor, 100).await.unwrap() {
            RunPage::Frames { frames, head } if frames.is_empty() => {
                assert!(cursor == head.cursor() || cursor == Cursor::START);
                return read;
            }
            RunPage::Frames { frames, .. } => {
                cursor = frames.last().unwrap().cursor;
                read.extend(frames);
            }
            RunPage::Reset { reason, .. } => panic!("{reason:?}"),
        }
    }
}

fn text(frame: &Frame) -> String {
    String::from_utf8(frame.data.to_vec()).unwrap()
}

async fn texts(store: &EventStore, run_id: Uuid) -> Vec<String> {
    all(store, run_id).await.iter().map(text).collect()
}
