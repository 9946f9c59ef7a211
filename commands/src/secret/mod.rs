//! Commands about secrets: set, delete, rotate the keys; and the one way to a value, [`Secrets::reveal`].
//!
//! `tasks.rs` holds the commands, `unlock.rs` opens the vault at start. Values are sealed before the
//! append and commit with its events; a later attempt seals again, because the key may be another one.
//! No answer, refusal or event has a value in it (ADR-0009).

mod input;
mod output;
mod tasks;
mod unlock;
mod value;

use std::sync::Arc;

use cinatra_domain::kernel::TenantId;
use cinatra_domain::secret::{KEYS, SecretName};
use cinatra_eventstore::{EventStore, StoredSecret};
use secrecy::{ExposeSecret as _, SecretBox, SecretString};

use crate::credential::Fingerprints;
use crate::dispatch::{self, Resource, Task};
use crate::gateway::vault::{Vault, VaultError};
use crate::turns::Turns;
use crate::{Done, Error, Invocation};

use tasks::{Deletion, Rotation, Setting};

pub use input::{AllSecrets, NamedSecret, SetSecret};
pub use output::{ListedSecret, ListedSecrets, SecretDeleted, SecretKeysRotated, SecretSet};
pub use unlock::UnlockError;
pub use value::SecretValue;

/// In whose turn commands about secrets decide: no secret has this name.
const ALL: &str = "*";

/// Commands about secrets. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Secrets {
    store: EventStore,
    vault: Vault,
    turns: Turns,
    requests: Arc<SecretBox<[u8; 32]>>,
}

impl Secrets {
    /// Keeps a value under a name, in the place of the former one.
    pub async fn set(
        &self,
        invocation: &Invocation,
        input: &SetSecret,
    ) -> Result<Done<SecretSet>, Error> {
        let (name, value) = input.parse()?;
        let about = name.to_string();
        let setting = Setting {
            secrets: self,
            tenant: invocation.caller.tenant,
            name,
            value,
        };
        self.run(invocation, about, setting).await
    }

    /// Forgets a value; nothing happens when there is none.
    pub async fn delete(
        &self,
        invocation: &Invocation,
        input: &NamedSecret,
    ) -> Result<Done<SecretDeleted>, Error> {
        let name = input.parse()?;
        let about = name.to_string();
        let deletion = Deletion {
            secrets: self,
            tenant: invocation.caller.tenant,
            name,
        };
        self.run(invocation, about, deletion).await
    }

    /// Encrypts every value of the organization anew under a new data key, and forgets the former one.
    pub async fn rotate_keys(
        &self,
        invocation: &Invocation,
    ) -> Result<Done<SecretKeysRotated>, Error> {
        let tenant = invocation.caller.tenant;
        let rotation = Rotation {
            secrets: self,
            tenant,
        };
        self.run(invocation, KEYS.to_owned(), rotation).await
    }

    /// Names, who and when.
    pub async fn list(&self, tenant: TenantId) -> Result<ListedSecrets, Error> {
        let stored = self.store.secrets(tenant).await?;
        let items = stored.into_iter().map(|one| ListedSecret {
            name: one.name,
            created_by: one.created_by,
            created_at: one.created_at,
            updated_at: one.updated_at,
        });
        Ok(ListedSecrets {
            items: items.collect(),
        })
    }

    /// The value under a name, for whatever uses it; `None` when there is none.
    pub async fn reveal(
        &self,
        tenant: TenantId,
        name: &SecretName,
    ) -> Result<Option<SecretString>, Error> {
        let Some(stored) = self.store.secret(tenant, name.as_str()).await? else {
            return Ok(None);
        };
        Ok(Some(open(&self.vault, tenant, name, &stored)?))
    }

    /// Hashes a request that carries a secret. It is keyed, so that whoever reads the command log cannot
    /// try guesses against it.
    pub fn request_hasher(&self) -> blake3::Hasher {
        blake3::Hasher::new_keyed(self.requests.expose_secret())
    }

    /// Keyed hashes of what must not be kept, under the same key of the system.
    pub fn fingerprints(&self) -> Fingerprints {
        Fingerprints::new(self.requests.clone())
    }

    /// Commands of one organization's secrets rely on all of them, so they decide one after the other.
    async fn run<T: Task>(
        &self,
        invocation: &Invocation,
        about: String,
        task: T,
    ) -> Result<Done<T::Output>, Error> {
        let resource = Resource {
            kind: "secret",
            id: Some(about),
        };
        let _turn = self.turns.take(invocation.caller.tenant, ALL).await;
        dispatch::run(&self.store, &self.turns, invocation, &resource, task).await
    }
}

fn open(
    vault: &Vault,
    tenant: TenantId,
    name: &SecretName,
    stored: &StoredSecret,
) -> Result<SecretString, VaultError> {
    let wrapped = stored.key.as_ref().ok_or(VaultError::Decrypt)?;
    vault.unwrap(tenant, wrapped)?.open(name, &stored.sealed)
}

/// A row under a name that no secret can have was not written by us.
fn stored_name(stored: &StoredSecret) -> Result<SecretName, VaultError> {
    SecretName::parse(stored.name.as_str()).map_err(|_| VaultError::Decrypt)
}
