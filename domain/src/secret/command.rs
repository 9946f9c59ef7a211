//! What may be asked of secrets. The values are not part of it: the rules never see one.

use uuid::Uuid;

use super::SecretName;

/// A command to one secret, or to the key that all of them are under.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SecretCommand {
    /// See [`Set`].
    Set(Set),
    /// See [`Delete`].
    Delete(Delete),
    /// See [`RotateKeys`].
    RotateKeys(RotateKeys),
}

/// Keep a value under a name, in the place of the former one if there is one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Set {
    /// Which secret.
    pub name: SecretName,
    /// The data key that the value was encrypted with.
    pub key_id: Uuid,
    /// How many secrets the organization has.
    pub secrets: u64,
}

/// Forget a value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Delete {
    /// Which secret.
    pub name: SecretName,
}

/// Put every secret under another data key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RotateKeys {
    /// The key they are under; absent when the organization never had one.
    pub from_key_id: Option<Uuid>,
    /// The new key.
    pub to_key_id: Uuid,
    /// How many there are.
    pub secrets: u64,
}
