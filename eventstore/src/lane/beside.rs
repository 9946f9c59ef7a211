//! Rows beside the ledger, written in the transaction of their events.

use cinatra_domain::kernel::TenantId;
use futures_util::future::try_join_all;
use jiff::Timestamp;
use tokio_postgres::{Client, Error, Statement};
use uuid::Uuid;

use super::connection::{StatementError, bounded};
use super::identity::{self, IdentityStatements};
use super::job::{self, JobStatements};
use super::run::{self, RunStatements};
use super::vault::{self, VaultStatements};
use crate::run::RunWrite;
use crate::{IdentityRow, JobRow, VaultRow, sql};

/// A row beside the ledger with what its append says of it.
#[derive(Debug)]
pub(crate) struct Beside<'p> {
    pub(crate) tenant: TenantId,
    pub(crate) actor: &'p str,
    pub(crate) recorded_at: Timestamp,
    pub(crate) row: BesideRow<'p>,
}

/// What is written.
#[derive(Debug)]
pub(crate) enum BesideRow<'p> {
    Vault(&'p VaultRow),
    Identity(&'p IdentityRow),
    EraseContents(&'p [Uuid]),
    Job(&'p JobRow),
    Run(Uuid, RunWrite<'p>),
}

/// Prepared statements of such rows.
#[derive(Debug)]
pub(super) struct BesideStatements {
    vault: VaultStatements,
    identity: IdentityStatements,
    erase: Statement,
    run: RunStatements,
    job: JobStatements,
}

impl BesideStatements {
    /// All of them are sent before the first is answered.
    pub(super) async fn prepare(client: &Client) -> Result<Self, StatementError> {
        // On the heap, because it is large and needed once a connection.
        let prepared = Box::pin(async {
            tokio::try_join!(
                VaultStatements::prepare(client),
                IdentityStatements::prepare(client),
                client.prepare(sql::ERASE_CONTENTS),
                RunStatements::prepare(client),
                JobStatements::prepare(client),
            )
        });
        let (vault, identity, erase, run, job) = bounded(prepared).await?;
        Ok(Self {
            vault,
            identity,
            erase,
            run,
            job,
        })
    }
}

/// Statements on their way at once; so few are polled, and so sent, in the order of their list.
const ABREAST: usize = 30;

/// One statement per row, in order.
pub(super) async fn write<'r>(
    client: &Client,
    statements: &BesideStatements,
    rows: impl Iterator<Item = &'r Beside<'r>>,
) -> Result<(), Error> {
    let rows: Vec<_> = rows.collect();
    for some in rows.chunks(ABREAST) {
        try_join_all(some.iter().map(|row| write_one(client, statements, row))).await?;
    }
    Ok(())
}

async fn write_one(
    client: &Client,
    statements: &BesideStatements,
    beside: &Beside<'_>,
) -> Result<u64, Error> {
    match beside.row {
        BesideRow::Vault(row) => vault::write(client, &statements.vault, beside, row).await,
        BesideRow::Identity(row) => {
            identity::write(client, &statements.identity, beside, row).await
        }
        BesideRow::EraseContents(ids) => {
            let tenant = beside.tenant.uuid();
            client.execute(&statements.erase, &[&tenant, &ids]).await
        }
        BesideRow::Job(row) => job::write(client, &statements.job, beside, row).await,
        BesideRow::Run(run_id, write) => {
            run::write(client, &statements.run, beside, run_id, write).await
        }
    }
}
