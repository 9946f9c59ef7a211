//! Vouches in the ledger for what viewers of an ended segment were shown.

use cinatra_domain::kernel::{RunId, TenantId};
use cinatra_domain::run::{Digest, RunCommand, Sealed};
use cinatra_eventstore::{Cursor, RunPage, RunStep};

use super::job::Held;
use super::segment::{Ended, commit, load};
use crate::draft::Draft;
use crate::run::{Runs, decide, log};

/// Frames that are read at once.
const PAGE: i64 = 1_000;

/// Seals every segment that has ended and is not sealed. Nothing happens the second time.
pub(super) async fn seal(runs: &Runs, held: &Held, run_id: RunId) -> Result<(), Ended> {
    let tenant = held.tenant();
    loop {
        let loaded = load(runs, tenant, run_id).await?;
        let Some(run) = loaded.state.run() else {
            return Ok(());
        };
        let last = run
            .sealed
            .as_ref()
            .map_or((0, 0), |it| (it.segment, it.last_seq));
        let segment = last.0.saturating_add(1);
        if segment > run.ended_segment() {
            return Ok(());
        }
        let Some(sealed) = digest(runs, tenant, run_id, segment, last.1).await? else {
            return Ok(());
        };
        let mut draft = Draft::default();
        decide(&mut draft, run_id, &loaded, RunCommand::Seal(sealed))?;
        log(&mut draft, run_id, vec![RunStep::Seal]);
        commit(runs, tenant, run_id, draft).await?;
    }
}

/// Count and root of a segment's frames: blake3 over each frame's place, channel, length and bytes, in order.
async fn digest(
    runs: &Runs,
    tenant: TenantId,
    run_id: RunId,
    segment: u32,
    after: u64,
) -> Result<Option<Sealed>, Ended> {
    let mut hasher = blake3::Hasher::new_derive_key("cinatra 2026 root of a segment of a run");
    let Some(head) = runs.store.run_head(tenant, run_id.0).await? else {
        return Ok(None);
    };
    let mut at = Cursor {
        epoch: head.epoch,
        seq: i64::try_from(after).unwrap_or(i64::MAX),
    };
    let (first_seq, mut is_over) = (after.saturating_add(1), false);
    while !is_over {
        let page = runs.store.read_frames(tenant, run_id.0, at, PAGE).await?;
        let RunPage::Frames { frames, .. } = page else {
            return Ok(None);
        };
        is_over = frames.is_empty();
        for frame in frames {
            if u32::try_from(frame.segment) != Ok(segment) {
                is_over = true;
                break;
            }
            at = frame.cursor;
            hasher.update(&frame.cursor.seq.to_be_bytes());
            hasher.update(&frame.channel.to_be_bytes());
            hasher.update(
                &u64::try_from(frame.data.len())
                    .unwrap_or(u64::MAX)
                    .to_be_bytes(),
            );
            hasher.update(&frame.data);
        }
    }
    let last_seq = u64::try_from(at.seq).unwrap_or_default();
    if last_seq < first_seq {
        return Ok(None);
    }
    let root = hasher.finalize().to_hex().to_string();
    let root = Digest::parse(root).map_err(|_| Ended::Overtaken)?;
    Ok(Some(Sealed {
        segment,
        first_seq,
        last_seq,
        root,
    }))
}
