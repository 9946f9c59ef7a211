//! Sealed secrets and wrapped keys: rows beside the ledger, which this crate keeps and cannot read.

use std::fmt;

use cinatra_domain::kernel::TenantId;
use jiff::Timestamp;
use tokio_postgres::Row;
use tokio_postgres::types::ToSql;
use uuid::Uuid;

use crate::{EventStore, ReadError, question, sql};

/// What a key is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum KeyPurpose {
    /// The data key of an organization.
    Secrets,
    /// Of the system: keys the hash of requests that carry secrets.
    Requests,
}

impl KeyPurpose {
    /// As stored.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Secrets => "secrets",
            Self::Requests => "requests",
        }
    }
}

/// Bytes that were encrypted under a key, with what they were encrypted with.
#[derive(Clone)]
pub struct Sealed {
    /// Used once under its key.
    pub nonce: [u8; 12],
    /// The bytes and their seal.
    pub ciphertext: Vec<u8>,
}

impl fmt::Debug for Sealed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Sealed(hidden)")
    }
}

/// A key that is encrypted under the master key.
#[derive(Clone, Debug)]
pub struct WrappedKey {
    /// Names it, in events too.
    pub key_id: Uuid,
    /// Which master key wraps it.
    pub master_id: [u8; 8],
    /// The key itself.
    pub sealed: Sealed,
}

/// A secret as it is kept.
#[derive(Clone, Debug)]
pub struct StoredSecret {
    /// Its name.
    pub name: String,
    /// The data key that it is under.
    pub key_id: Uuid,
    /// The value.
    pub sealed: Sealed,
    /// Who stored it first.
    pub created_by: String,
    /// When it was stored first.
    pub created_at: Timestamp,
    /// When its value was last set.
    pub updated_at: Timestamp,
    /// That data key; absent when its row is gone.
    pub key: Option<WrappedKey>,
}

impl EventStore {
    /// One secret of an organization.
    pub async fn secret(
        &self,
        tenant: TenantId,
        name: &str,
    ) -> Result<Option<StoredSecret>, ReadError> {
        let params: [&(dyn ToSql + Sync); 2] = [&tenant.uuid(), &name];
        let rows = question::ask(self.unscoped(), sql::READ_SECRET, &params).await?;
        Ok(rows.first().map(secret_of))
    }

    /// Every secret of an organization, by name.
    pub async fn secrets(&self, tenant: TenantId) -> Result<Vec<StoredSecret>, ReadError> {
        let tenant = tenant.uuid();
        let rows = question::ask(self.unscoped(), sql::LIST_SECRETS, &[&tenant]).await?;
        Ok(rows.iter().map(secret_of).collect())
    }

    /// How many secrets an organization has.
    pub async fn count_secrets(&self, tenant: TenantId) -> Result<u64, ReadError> {
        let tenant = tenant.uuid();
        self.ask_count(sql::COUNT_SECRETS, &[&tenant]).await
    }

    /// The tenant's key of a purpose, if it was ever needed.
    pub async fn secret_key(
        &self,
        tenant: TenantId,
        purpose: KeyPurpose,
    ) -> Result<Option<WrappedKey>, ReadError> {
        let params: [&(dyn ToSql + Sync); 2] = [&tenant.uuid(), &purpose.as_str()];
        let rows = question::ask(self.unscoped(), sql::READ_SECRET_KEY, &params).await?;
        Ok(rows.first().map(|row| wrapped_of(row, 1)))
    }

    /// Every key of the database, with its tenant.
    pub async fn secret_keys(&self) -> Result<Vec<(TenantId, WrappedKey)>, ReadError> {
        let rows = question::ask(self.unscoped(), sql::READ_SECRET_KEYS, &[]).await?;
        let keys = rows
            .iter()
            .map(|row| (TenantId::new(row.get(0)), wrapped_of(row, 1)));
        Ok(keys.collect())
    }

    /// Keeps a key that no event speaks of: one of the system's. The caller holds the migration lock.
    pub async fn put_secret_key(
        &self,
        tenant: TenantId,
        purpose: KeyPurpose,
        key: &WrappedKey,
    ) -> Result<(), ReadError> {
        let client = self.unscoped().get().await?;
        let statement = client.prepare_cached(sql::PUT_SECRET_KEY).await?;
        let (master, nonce): (&[u8], &[u8]) = (&key.master_id, &key.sealed.nonce);
        client
            .execute(
                &statement,
                &[
                    &tenant.uuid(),
                    &key.key_id,
                    &purpose.as_str(),
                    &master,
                    &nonce,
                    &key.sealed.ciphertext,
                ],
            )
            .await?;
        Ok(())
    }

    /// Keeps the same keys under another master key: all of them or none. The caller holds the migration
    /// lock.
    pub async fn rewrap_secret_keys(
        &self,
        keys: &[(TenantId, WrappedKey)],
    ) -> Result<(), ReadError> {
        let mut client = self.unscoped().get().await?;
        let statement = client.prepare_cached(sql::REWRAP_SECRET_KEY).await?;
        let transaction = client.transaction().await?;
        for (tenant, key) in keys {
            let (master, nonce): (&[u8], &[u8]) = (&key.master_id, &key.sealed.nonce);
            transaction
                .execute(
                    &statement,
                    &[
                        &tenant.uuid(),
                        &key.key_id,
                        &master,
                        &nonce,
                        &key.sealed.ciphertext,
                    ],
                )
                .await?;
        }
        transaction.commit().await?;
        Ok(())
    }
}

fn secret_of(row: &Row) -> StoredSecret {
    let key_id: Option<Uuid> = row.get(7);
    StoredSecret {
        name: row.get(0),
        key_id: row.get(1),
        sealed: sealed_of(row, 2),
        created_by: row.get(4),
        created_at: row.get(5),
        updated_at: row.get(6),
        key: key_id.map(|_| wrapped_of(row, 7)),
    }
}

/// Key id, purpose, master id, nonce, wrapped key, from this column on.
fn wrapped_of(row: &Row, first: usize) -> WrappedKey {
    WrappedKey {
        key_id: row.get(first),
        master_id: fixed(row.get(first + 2)),
        sealed: sealed_of(row, first + 3),
    }
}

fn sealed_of(row: &Row, first: usize) -> Sealed {
    Sealed {
        nonce: fixed(row.get(first)),
        ciphertext: row.get(first + 1),
    }
}

/// A column of fixed length; the table's check guarantees it.
fn fixed<const N: usize>(bytes: &[u8]) -> [u8; N] {
    bytes.try_into().unwrap_or([0xff; N])
}
