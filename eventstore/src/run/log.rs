//! Frames are written alone, and read.

use bytes::BytesMut;
use cinatra_domain::kernel::TenantId;
use tokio_postgres::Row;
use tokio_postgres::types::ToSql;
use uuid::Uuid;

use super::{Cursor, Frame, NewFrame, ResetReason, RunGuard, RunHead, RunRefusal, head_of};
use crate::question::{ask, unwritten};
use crate::{AppendError, EventStore, ReadError, sql};

/// After so many bytes a page of frames ends.
const PAGE_BYTES: i64 = 256 * 1024;

/// Frames after a cursor, or why there are none to go on with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RunPage {
    /// They continue right after the cursor. None: the cursor is at the head.
    Frames {
        /// The log's head when they were read.
        head: RunHead,
        /// In order.
        frames: Vec<Frame>,
    },
    /// The cursor cannot be gone on from.
    Reset {
        /// Why.
        reason: ResetReason,
        /// The log's head; absent when there is none.
        head: Option<RunHead>,
    },
}

impl EventStore {
    /// Writes frames of a run that go with no transition, in one statement; answers the place of the last one. A writer
    /// whose lease or place is not the log's is refused ([`AppendError::RunRefused`]), and nothing is written.
    ///
    /// After [`AppendError::OutcomeUnknown`] the head tells what happened, or the same call may be made again: only one
    /// of the two writes.
    pub async fn append_frames(
        &self,
        tenant: TenantId,
        run_id: Uuid,
        lease_epoch: i64,
        expected_last_seq: i64,
        frames: &[NewFrame],
    ) -> Result<i64, AppendError> {
        if frames
            .iter()
            .any(|frame| frame.data.len() > NewFrame::BYTES_MAX)
        {
            return Err(AppendError::Malformed("a frame over its limit"));
        }
        let channels: Vec<i16> = frames.iter().map(|frame| frame.channel).collect();
        let data: Vec<&[u8]> = frames.iter().map(|frame| frame.data.as_slice()).collect();
        let now = self.clock().now();
        let params: [&(dyn ToSql + Sync); 7] = [
            &tenant.uuid(),
            &run_id,
            &lease_epoch,
            &expected_last_seq,
            &channels,
            &data,
            &now,
        ];
        let written = ask(self.unscoped(), sql::APPEND_FRAMES, &params).await;
        let written = written.map_err(unwritten)?;
        if let Some(row) = written.first() {
            self.bells().ring((tenant, run_id));
            return Ok(row.get(0));
        }
        let guard = RunGuard::At {
            last_seq: expected_last_seq,
            lease_epoch,
        };
        let refusal = self.refusal(tenant, run_id, guard).await?;
        Err(AppendError::RunRefused { run_id, refusal })
    }

    /// Why a head did not move; it only grows, so what is read now contradicts the writer too.
    async fn refusal(
        &self,
        tenant: TenantId,
        run_id: Uuid,
        guard: RunGuard,
    ) -> Result<RunRefusal, AppendError> {
        let head = self.run_head(tenant, run_id).await.map_err(|source| {
            let source = Some(source.into());
            AppendError::Unavailable { source }
        })?;
        let refused = guard.check(head.as_ref()).err();
        Ok(refused.unwrap_or(RunRefusal::Unknown))
    }

    /// How far the log of a run is; `None` when it has none.
    pub async fn run_head(
        &self,
        tenant: TenantId,
        run_id: Uuid,
    ) -> Result<Option<RunHead>, ReadError> {
        let (tenants, runs) = (vec![tenant.uuid()], vec![run_id]);
        let rows = self.ask(sql::READ_RUN_HEADS, &[&tenants, &runs]).await?;
        Ok(rows.first().map(|row| head_of(row, 2)))
    }

    /// Where a run can go on from; `None` when that is its beginning.
    pub async fn run_checkpoint(
        &self,
        tenant: TenantId,
        run_id: Uuid,
    ) -> Result<Option<Vec<u8>>, ReadError> {
        let params: [&(dyn ToSql + Sync); 2] = [&tenant.uuid(), &run_id];
        let rows = self.ask(sql::READ_RUN_CHECKPOINT, &params).await?;
        Ok(rows.first().map(|row| row.get(0)))
    }

    /// Frames of a run after a cursor, contiguous; at most `limit`, and fewer where they are large. For a caller who
    /// has been authorized to see the run: no policy stands behind the statement's own filter.
    pub async fn read_frames(
        &self,
        tenant: TenantId,
        run_id: Uuid,
        after: Cursor,
        limit: i64,
    ) -> Result<RunPage, ReadError> {
        // Order: only the head knows of which epoch the start is. It is 1 unless a loss was declared.
        let asked = if after == Cursor::START {
            RunHead::OPENED.cursor()
        } else {
            after
        };
        let limit = limit.max(1);
        let page = self.page(tenant, run_id, asked, limit).await?;
        match page {
            RunPage::Reset {
                reason: ResetReason::ForeignEpoch,
                head: Some(head),
            } if after == Cursor::START => {
                let (epoch, seq) = (head.epoch, 0);
                self.page(tenant, run_id, Cursor { epoch, seq }, limit)
                    .await
            }
            page @ (RunPage::Frames { .. } | RunPage::Reset { .. }) => Ok(page),
        }
    }

    async fn page(
        &self,
        tenant: TenantId,
        run_id: Uuid,
        after: Cursor,
        limit: i64,
    ) -> Result<RunPage, ReadError> {
        let params: [&(dyn ToSql + Sync); 6] = [
            &tenant.uuid(),
            &run_id,
            &after.epoch,
            &after.seq,
            &limit,
            &PAGE_BYTES,
        ];
        let rows = self.ask(sql::READ_FRAMES, &params).await?;
        let (head, frames) = page_of(&rows, after.epoch);
        let Some(known) = head else {
            let reason = ResetReason::Gone;
            return Ok(RunPage::Reset { reason, head });
        };
        match known.resume(after) {
            Err(reason) => Ok(RunPage::Reset { reason, head }),
            Ok(after) => {
                contiguous(tenant, run_id, after, &known, &frames)?;
                let head = known;
                Ok(RunPage::Frames { head, frames })
            }
        }
    }
}

/// A head and frames as they were read, one of them in each row. The frames share one piece of memory.
fn page_of(rows: &[Row], epoch: i64) -> (Option<RunHead>, Vec<Frame>) {
    let bytes = rows.iter().map(|row| data_of(row).len()).sum();
    let mut memory = BytesMut::with_capacity(bytes);
    let (mut head, mut frames) = (None, Vec::with_capacity(rows.len()));
    for row in rows {
        if let Some(numbers) = row.get::<_, Option<Vec<i64>>>(0) {
            head = RunHead::of(&numbers);
            continue;
        }
        memory.extend_from_slice(data_of(row));
        let seq = row.get(1);
        frames.push(Frame {
            cursor: Cursor { epoch, seq },
            segment: row.get(2),
            channel: row.get(3),
            recorded_at: row.get(4),
            data: memory.split().freeze(),
        });
    }
    (head, frames)
}

/// As a frame is sent; nothing beside a head.
fn data_of(row: &Row) -> &[u8] {
    row.get::<_, Option<&[u8]>>(5).unwrap_or_default()
}

/// Asserts that frames continue where the reader stands.
fn contiguous(
    tenant: TenantId,
    run_id: Uuid,
    after: Cursor,
    head: &RunHead,
    frames: &[Frame],
) -> Result<(), ReadError> {
    let hole = |expected, found| ReadError::RunHole {
        tenant,
        run_id,
        expected,
        found,
    };
    let mut expected = after.seq + 1;
    for frame in frames {
        if frame.cursor.seq != expected {
            return Err(hole(expected, frame.cursor.seq));
        }
        expected += 1;
    }
    if frames.is_empty() && head.last_seq > after.seq {
        return Err(hole(expected, head.last_seq));
    }
    Ok(())
}
