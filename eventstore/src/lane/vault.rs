//! Rows of the vault, written in the transaction of their events.

use tokio_postgres::types::ToSql;
use tokio_postgres::{Client, Error, Statement};

use super::beside::Beside;
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
    pub(super) async fn prepare(client: &Client) -> Result<Self, Error> {
        let (put_key, put, reseal, delete) = tokio::try_join!(
            client.prepare(sql::PUT_SECRET_KEY),
            client.prepare(sql::PUT_SECRET),
            client.prepare(sql::RESEAL_SECRET),
            client.prepare(sql::DELETE_SECRET),
        )?;
        Ok(Self {
            put_key,
            put,
            reseal,
            delete,
        })
    }
}

pub(super) async fn write(
    client: &Client,
    statements: &VaultStatements,
    beside: &Beside<'_>,
    row: &VaultRow,
) -> Result<u64, Error> {
    let tenant = beside.tenant.uuid();
    match row {
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
                &beside.actor,
                &beside.recorded_at,
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
