//! Rows beside the ledger that an append is judged by: heads of run logs, and who holds a job. They are read under their
//! locks, after the ledger's, before anything is decided, so that a refusal concerns one append and is final.

use std::collections::{BTreeSet, HashMap};

use cinatra_domain::kernel::TenantId;
use futures_util::future::try_join;
use tokio_postgres::{Client, Error, Row, Statement};
use uuid::Uuid;

use super::pending::Pending;
use crate::job::JobState;
use crate::run::{RunWrite, head_of};
use crate::{AppendError, JobLease, JobRow, RunHead, RunRow, SideRow, sql};

type Key = (TenantId, Uuid);
type Columns = (Vec<Uuid>, Vec<Uuid>);

/// Which rows a batch is judged by, as columns.
#[derive(Debug, Default)]
pub(super) struct GuardKeys {
    runs: Columns,
    jobs: Columns,
}

impl GuardKeys {
    pub(super) fn of(waiting: &[Pending]) -> Self {
        let (mut runs, mut jobs) = (BTreeSet::new(), BTreeSet::new());
        for pending in waiting {
            let tenant = pending.append.tenant.uuid();
            for side in &pending.append.side {
                match guarded(side) {
                    Some(Guarded::Run(row)) => runs.insert((tenant, row.run_id)),
                    Some(Guarded::Job(lease)) => jobs.insert((tenant, lease.job_id)),
                    None => false,
                };
            }
        }
        Self {
            runs: runs.into_iter().unzip(),
            jobs: jobs.into_iter().unzip(),
        }
    }
}

/// By what a side row is judged.
pub(super) enum Guarded<'p> {
    Run(&'p RunRow),
    Job(&'p JobLease),
}

pub(super) fn guarded(side: &SideRow) -> Option<Guarded<'_>> {
    match side {
        SideRow::Run(row) => Some(Guarded::Run(row)),
        SideRow::Job(JobRow::End { lease, .. }) => Some(Guarded::Job(lease)),
        SideRow::Job(JobRow::Enqueue(_))
        | SideRow::Content { .. }
        | SideRow::Vault(_)
        | SideRow::Identity(_)
        | SideRow::EraseContents { .. } => None,
    }
}

/// Prepared statements that read such rows.
#[derive(Debug)]
pub(super) struct GuardStatements {
    runs: Statement,
    jobs: Statement,
}

impl GuardStatements {
    pub(super) async fn prepare(client: &Client) -> Result<Self, Error> {
        let (runs, jobs) = try_join(
            client.prepare(sql::LOCK_RUN_HEADS),
            client.prepare(sql::LOCK_JOBS),
        )
        .await?;
        Ok(Self { runs, jobs })
    }

    /// Locks and reads. Sent at once, without waiting for what was sent before.
    pub(super) async fn lock(&self, client: &Client, keys: &GuardKeys) -> Result<Guards, Error> {
        let (runs, jobs) = try_join(
            rows(client, &self.runs, &keys.runs),
            rows(client, &self.jobs, &keys.jobs),
        )
        .await?;
        let key = |row: &Row| (TenantId::new(row.get(0)), row.get(1));
        let held = jobs
            .iter()
            .filter(|row| JobState::of(row.get(2)) == JobState::Active)
            .filter_map(|row| Some((key(row), (row.get::<_, Option<Uuid>>(3)?, row.get(4)))));
        Ok(Guards {
            runs: runs.iter().map(|row| (key(row), head_of(row, 2))).collect(),
            jobs: held.collect(),
        })
    }
}

async fn rows(
    client: &Client,
    statement: &Statement,
    (tenants, ids): &Columns,
) -> Result<Vec<Row>, Error> {
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    client.query(statement, &[tenants, ids]).await
}

/// The rows as the batch leaves them, append by append.
#[derive(Debug, Default)]
pub(crate) struct Guards {
    runs: HashMap<Key, RunHead>,
    /// Owner and epoch of jobs that somebody works on.
    jobs: HashMap<Key, (Uuid, i64)>,
}

impl Guards {
    /// Why an append may not be made, if it may not.
    pub(super) fn refusal(&self, pending: &Pending) -> Option<AppendError> {
        let tenant = pending.append.tenant;
        let mut judged = pending.append.side.iter().filter_map(guarded);
        judged.find_map(|guarded| match guarded {
            Guarded::Run(row) => {
                let before = self.runs.get(&(tenant, row.run_id)).copied();
                let refusal = row.decide(before).err()?;
                let run_id = row.run_id;
                Some(AppendError::RunRefused { run_id, refusal })
            }
            Guarded::Job(lease) => {
                let job_id = lease.job_id;
                let holds = self.jobs.get(&(tenant, job_id)) == Some(&(lease.owner, lease.epoch));
                (!holds).then_some(AppendError::JobFenced { job_id })
            }
        })
    }

    /// Does what a row of an append says that was not refused; answers what is written.
    pub(super) fn advance<'p>(&mut self, tenant: TenantId, row: &'p RunRow) -> Vec<RunWrite<'p>> {
        let key = (tenant, row.run_id);
        let Ok((after, writes)) = row.decide(self.runs.get(&key).copied()) else {
            return Vec::new();
        };
        match after {
            Some(head) => self.runs.insert(key, head),
            None => self.runs.remove(&key),
        };
        writes
    }

    /// A job of an append that was not refused has ended: it is nobody's in the rest of the batch.
    pub(super) fn end(&mut self, tenant: TenantId, lease: &JobLease) {
        self.jobs.remove(&(tenant, lease.job_id));
    }
}
