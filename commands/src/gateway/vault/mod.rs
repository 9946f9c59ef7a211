//! Encrypts what organizations keep secret, and decrypts it where it is used.
//!
//! AES-256-GCM in two steps: values under a data key of the organization ([`DataKey`]), data keys under
//! the master key ([`MasterKey`]), which is never in the database. What a field is, whose, and under which
//! key, is sealed with it: a row that was put into another one's place does not open (ADR-0009).

mod master;
#[cfg(test)]
mod tests;

use std::fmt;
use std::sync::Arc;

use aes_gcm::aead::{Aead as _, KeyInit as _, Payload};
use aes_gcm::{Aes256Gcm, Key, Nonce};
use cinatra_domain::kernel::{Class, Coded, TenantId};
use cinatra_domain::secret::SecretName;
use cinatra_eventstore::{Sealed, WrappedKey};
use secrecy::{ExposeSecret as _, SecretBox, SecretString};
use uuid::Uuid;
use zeroize::Zeroizing;

pub use master::{InvalidKey, MasterKey};

/// A key in the clear, wiped when it is dropped.
type KeyBytes = SecretBox<[u8; 32]>;

/// Why the vault did not do its part. Neither says more: particulars would help whoever tampers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum VaultError {
    /// A row was altered, moved, or is under another key.
    #[error("a secret cannot be decrypted")]
    Decrypt,
    /// The operating system gave no random bytes, or the value is beyond what the cipher takes.
    #[error("a secret cannot be encrypted")]
    Encrypt,
}

impl Coded for VaultError {
    fn class(&self) -> Class {
        match self {
            Self::Decrypt => Class::Corrupt,
            Self::Encrypt => Class::Unavailable,
        }
    }

    fn code(&self) -> &'static str {
        match self {
            Self::Decrypt => "SECRET_DECRYPT_FAILED",
            Self::Encrypt => "VAULT_UNAVAILABLE",
        }
    }
}

/// Wraps and unwraps data keys. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Vault {
    master: Arc<MasterKey>,
}

/// A key of one organization, unwrapped.
pub struct DataKey {
    tenant: TenantId,
    id: Uuid,
    bytes: KeyBytes,
}

impl Vault {
    /// Under a master key.
    pub fn new(master: MasterKey) -> Self {
        let master = Arc::new(master);
        Self { master }
    }

    /// Draws a data key for an organization, and wraps it.
    pub fn create_key(&self, tenant: TenantId) -> Result<(DataKey, WrappedKey), VaultError> {
        let key = DataKey {
            tenant,
            id: uuid::Builder::from_random_bytes(random()?).into_uuid(),
            bytes: key_bytes(&Zeroizing::new(random()?)),
        };
        let wrapped = self.wrap(&key)?;
        Ok((key, wrapped))
    }

    /// Encrypts a data key under the master key.
    pub fn wrap(&self, key: &DataKey) -> Result<WrappedKey, VaultError> {
        let field = key_field(key.tenant, key.id);
        Ok(WrappedKey {
            key_id: key.id,
            master_id: self.master.id(),
            sealed: seal(self.master.bytes(), &field, key.bytes.expose_secret())?,
        })
    }

    /// Decrypts a data key of an organization.
    pub fn unwrap(&self, tenant: TenantId, wrapped: &WrappedKey) -> Result<DataKey, VaultError> {
        let field = key_field(tenant, wrapped.key_id);
        let plain = open(self.master.bytes(), &field, &wrapped.sealed)?;
        let bytes = <&[u8; 32]>::try_from(plain.as_slice()).map_err(|_| VaultError::Decrypt)?;
        Ok(DataKey {
            tenant,
            id: wrapped.key_id,
            bytes: key_bytes(bytes),
        })
    }
}

impl DataKey {
    /// Names it, in events too.
    pub const fn id(&self) -> Uuid {
        self.id
    }

    /// Encrypts a value for its place.
    pub fn seal(&self, name: &SecretName, value: &SecretString) -> Result<Sealed, VaultError> {
        let plain = value.expose_secret().as_bytes();
        seal(&self.bytes, &self.field(name), plain)
    }

    /// Decrypts what lies in a place.
    pub fn open(&self, name: &SecretName, sealed: &Sealed) -> Result<SecretString, VaultError> {
        let mut plain = open(&self.bytes, &self.field(name), sealed)?;
        let text = String::from_utf8(std::mem::take(&mut *plain));
        text.map(SecretString::from)
            .map_err(|_| VaultError::Decrypt)
    }

    /// The key itself, for what is not encrypted with it.
    pub(crate) fn into_bytes(self) -> KeyBytes {
        self.bytes
    }

    fn field(&self, name: &SecretName) -> String {
        format!("org.{}.secret.{name}.{}", self.tenant, self.id)
    }
}

impl fmt::Debug for DataKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "DataKey({})", self.id)
    }
}

fn key_bytes(source: &[u8; 32]) -> KeyBytes {
    SecretBox::init_with_mut(|bytes: &mut [u8; 32]| bytes.copy_from_slice(source))
}

fn key_field(tenant: TenantId, id: Uuid) -> String {
    format!("org.{tenant}.key.{id}")
}

/// A nonce is random: a key seals far fewer than the 2^32 values for which that is safe.
fn seal(key: &KeyBytes, field: &str, plain: &[u8]) -> Result<Sealed, VaultError> {
    let nonce: [u8; 12] = random()?;
    let aad = field.as_bytes();
    let ciphertext = cipher(key)
        .encrypt(&Nonce::from(nonce), Payload { msg: plain, aad })
        .map_err(|_| VaultError::Encrypt)?;
    Ok(Sealed { nonce, ciphertext })
}

fn open(key: &KeyBytes, field: &str, sealed: &Sealed) -> Result<Zeroizing<Vec<u8>>, VaultError> {
    let (msg, aad) = (sealed.ciphertext.as_slice(), field.as_bytes());
    cipher(key)
        .decrypt(&Nonce::from(sealed.nonce), Payload { msg, aad })
        .map(Zeroizing::new)
        .map_err(|_| VaultError::Decrypt)
}

fn cipher(key: &KeyBytes) -> Aes256Gcm {
    let key: &Key<Aes256Gcm> = key.expose_secret().into();
    Aes256Gcm::new(key)
}

fn random<const N: usize>() -> Result<[u8; N], VaultError> {
    let mut bytes = [0; N];
    getrandom::fill(&mut bytes).map_err(|_| VaultError::Encrypt)?;
    Ok(bytes)
}
