//! Rows of the vault, written in the transaction of their events.

use futures_util::future::try_join_all;
use tokio_postgres::types::ToSql;
use tokio_postgres::{Client, Error, Statement};

use super::connection::{StatementError, bounded};
use super::rows::Vault;
use crate::secret::KeyPurpose;
use crate::{VaultRow, sql};

/// Prepared statements of the vault.
#[derive(Debug)]
pub(super) struct VaultStatements {
    put_key: Statement,
    put: Statement,
    reseal: Statement,
    delete: Statement,
}

impl VaultStatements {
    pub(super) async fn prepare(client: &Client) -> Result<Self, StatementError> {
        Ok(Self {
            put_key: bounded(client.prepare(sql::PUT_SECRET_KEY)).await?,
            put: bounded(client.prepare(sql::PUT_SECRET)).await?,
            reseal: bounded(client.prepare(sql::RESEAL_SECRET)).await?,
            delete: bounded(client.prepare(sql::DELETE_SECRET)).await?,
        })
    }
}

/// Statements on their way at once; so few are polled, and so sent, in the order of their list.
const ABREAST: usize = 30;

/// One statement per row, in order.
pub(super) async fn write<'r>(
    client: &Client,
    statements: &VaultStatements,
    rows: impl Iterator<Item = &'r Vault<'r>>,
) -> Result<(), Error> {
    let rows: Vec<_> = rows.collect();
    for some in rows.chunks(ABREAST) {
        try_join_all(some.iter().map(|row| write_one(client, statements, row))).await?;
    }
    Ok(())
}

async fn write_one(
    client: &Client,
    statements: &VaultStatements,
    vault: &Vault<'_>,
) -> Result<u64, Error> {
    let tenant = vault.tenant.uuid();
    match vault.row {
        VaultRow::PutKey(key) => {
            let purpose = KeyPurpose::Secrets.as_str();
            let (master, nonce): (&[u8], &[u8]) = (&key.master_id, &key.sealed.nonce);
            let wrapped = &key.sealed.ciphertext;
            let params: [&(dyn ToSql + Sync); 6] =
                [&tenant, &key.key_id, &purpose, &master, &nonce, wrapped];
            client.execute(&statements.put_key, &params).await
        }
        VaultRow::Put {
            name,
            key_id,
            sealed,
        } => {
            let nonce: &[u8] = &sealed.nonce;
            let params: [&(dyn ToSql + Sync); 7] = [
                &tenant,
                name,
                key_id,
                &nonce,
                &sealed.ciphertext,
                &vault.actor,
                &vault.recorded_at,
            ];
            client.execute(&statements.put, &params).await
        }
        VaultRow::Reseal {
            name,
            key_id,
            sealed,
        } => {
            let nonce: &[u8] = &sealed.nonce;
            let params: [&(dyn ToSql + Sync); 5] =
                [&tenant, name, key_id, &nonce, &sealed.ciphertext];
            client.execute(&statements.reseal, &params).await
        }
        VaultRow::Delete { name } => client.execute(&statements.delete, &[&tenant, name]).await,
    }
}
