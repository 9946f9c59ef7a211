//! Logs of runs, written in the transaction of the events that they tell of.

use tokio_postgres::types::ToSql;
use tokio_postgres::{Client, Error, Statement};
use uuid::Uuid;

use super::beside::Beside;
use crate::run::RunWrite;
use crate::sql;

/// Prepared statements of run logs.
#[derive(Debug)]
pub(super) struct RunStatements {
    insert_frames: Statement,
    put_head: Statement,
    put_checkpoint: Statement,
    delete_checkpoint: Statement,
    delete: Statement,
}

impl RunStatements {
    pub(super) async fn prepare(client: &Client) -> Result<Self, Error> {
        let (insert_frames, put_head, put_checkpoint, delete_checkpoint, delete) = tokio::try_join!(
            client.prepare(sql::INSERT_FRAMES),
            client.prepare(sql::PUT_RUN_HEAD),
            client.prepare(sql::PUT_RUN_CHECKPOINT),
            client.prepare(sql::DELETE_RUN_CHECKPOINT),
            client.prepare(sql::DELETE_RUN),
        )?;
        Ok(Self {
            insert_frames,
            put_head,
            put_checkpoint,
            delete_checkpoint,
            delete,
        })
    }
}

pub(super) async fn write(
    client: &Client,
    statements: &RunStatements,
    beside: &Beside<'_>,
    run_id: Uuid,
    write: RunWrite<'_>,
) -> Result<u64, Error> {
    let tenant = beside.tenant.uuid();
    match write {
        RunWrite::Frames(head, frames) => {
            let channels: Vec<i16> = frames.iter().map(|frame| frame.channel).collect();
            let data: Vec<&[u8]> = frames.iter().map(|frame| frame.data.as_slice()).collect();
            let params: [&(dyn ToSql + Sync); 8] = [
                &tenant,
                &run_id,
                &head.epoch,
                &head.last_seq,
                &head.segment,
                &channels,
                &data,
                &beside.recorded_at,
            ];
            client.execute(&statements.insert_frames, &params).await
        }
        RunWrite::Head(head) => {
            let params: [&(dyn ToSql + Sync); 7] = [
                &tenant,
                &run_id,
                &head.epoch,
                &head.last_seq,
                &head.segment,
                &head.lease_epoch,
                &head.sealed_seq,
            ];
            client.execute(&statements.put_head, &params).await
        }
        RunWrite::Checkpoint(Some(data)) => {
            let params: [&(dyn ToSql + Sync); 3] = [&tenant, &run_id, &data];
            client.execute(&statements.put_checkpoint, &params).await
        }
        RunWrite::Checkpoint(None) => {
            let params: [&(dyn ToSql + Sync); 2] = [&tenant, &run_id];
            client.execute(&statements.delete_checkpoint, &params).await
        }
        RunWrite::Delete => {
            client
                .execute(&statements.delete, &[&tenant, &run_id])
                .await
        }
    }
}
