//! Jobs, written in the transaction of the events that are their reason or their outcome.

use tokio_postgres::types::ToSql;
use tokio_postgres::{Client, Error, Statement};

use super::beside::Beside;
use crate::job::end_params;
use crate::{JobRow, sql};

/// Prepared statements of jobs.
#[derive(Debug)]
pub(super) struct JobStatements {
    enqueue: Statement,
    end: Statement,
}

impl JobStatements {
    pub(super) async fn prepare(client: &Client) -> Result<Self, Error> {
        let (enqueue, end) = tokio::try_join!(
            client.prepare(sql::ENQUEUE_JOB),
            client.prepare(sql::END_JOB),
        )?;
        Ok(Self { enqueue, end })
    }
}

pub(super) async fn write(
    client: &Client,
    statements: &JobStatements,
    beside: &Beside<'_>,
    row: &JobRow,
) -> Result<u64, Error> {
    let (tenant, when) = (beside.tenant.uuid(), beside.recorded_at);
    match row {
        JobRow::Enqueue(job) => {
            let [
                id,
                queue,
                kind,
                key,
                payload,
                priority,
                run_at,
                attempts_max,
            ] = job.params();
            let params: [&(dyn ToSql + Sync); 10] = [
                &tenant,
                id,
                queue,
                kind,
                key,
                payload,
                priority,
                run_at,
                attempts_max,
                &when,
            ];
            client.execute(&statements.enqueue, &params).await
        }
        JobRow::End { lease, end } => {
            let (how, error_code, again) = end_params(end);
            let params: [&(dyn ToSql + Sync); 8] = [
                &tenant,
                &lease.job_id,
                &lease.owner,
                &lease.epoch,
                &when,
                &how,
                &error_code,
                &again,
            ];
            client.execute(&statements.end, &params).await
        }
    }
}
