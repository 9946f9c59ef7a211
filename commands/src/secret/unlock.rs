//! Opens the vault at start, or refuses to.

use cinatra_domain::kernel::TenantId;
use cinatra_eventstore::{EventStore, KeyPurpose, ReadError};

use super::Secrets;
use crate::gateway::vault::{MasterKey, Vault, VaultError};
use crate::turns::Turns;

/// Why the vault stays closed.
#[derive(Debug, thiserror::Error)]
pub enum UnlockError {
    /// Some data key is under a master key that this instance was not given.
    #[error(
        "the secrets of this database are under another master key: give this instance the same \
         CINATRA_ENCRYPTION_KEY or master-key file as the one that wrote them (after a change of the key, \
         the former one in CINATRA_ENCRYPTION_KEY_PREVIOUS)"
    )]
    UnknownMaster,
    /// The keys could not be read or written.
    #[error("cannot read the wrapped keys of this database")]
    Store(#[source] ReadError),
    /// A wrapped key was altered, or there was no randomness.
    #[error("a wrapped key of this database cannot be used: {0}")]
    Vault(VaultError),
}

impl From<ReadError> for UnlockError {
    fn from(source: ReadError) -> Self {
        Self::Store(source)
    }
}

impl From<VaultError> for UnlockError {
    fn from(source: VaultError) -> Self {
        Self::Vault(source)
    }
}

impl Secrets {
    /// Makes sure that every data key is under this master key, wraps those anew that are under the
    /// previous one, and makes the system's key if there is none. The caller holds the migration lock.
    pub async fn unlock(
        store: EventStore,
        master: MasterKey,
        previous: Option<MasterKey>,
    ) -> Result<Self, UnlockError> {
        let own = master.id();
        let vault = Vault::new(master);
        let foreign: Vec<_> = store
            .secret_keys()
            .await?
            .into_iter()
            .filter(|(_, key)| key.master_id != own)
            .collect();
        if !foreign.is_empty() {
            let previous = previous.ok_or(UnlockError::UnknownMaster)?;
            let former = previous.id();
            if foreign.iter().any(|(_, key)| key.master_id != former) {
                return Err(UnlockError::UnknownMaster);
            }
            let former = Vault::new(previous);
            let mut anew = Vec::with_capacity(foreign.len());
            for (tenant, wrapped) in foreign {
                let key = former.unwrap(tenant, &wrapped)?;
                anew.push((tenant, vault.wrap(&key)?));
            }
            store.rewrap_secret_keys(&anew).await?;
            tracing::info!(keys = anew.len(), "data keys are under the new master key");
        }
        let requests = store.secret_key(TenantId::SYSTEM, KeyPurpose::Requests);
        let requests = if let Some(wrapped) = requests.await? {
            vault.unwrap(TenantId::SYSTEM, &wrapped)?
        } else {
            let (key, wrapped) = vault.create_key(TenantId::SYSTEM)?;
            store
                .put_secret_key(TenantId::SYSTEM, KeyPurpose::Requests, &wrapped)
                .await?;
            key
        };
        Ok(Self {
            store,
            vault,
            turns: Turns::default(),
            requests: requests.into_bytes().into(),
        })
    }
}
