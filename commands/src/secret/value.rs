//! A secret in the clear, on its way from a caller to the vault.

use secrecy::{ExposeSecret as _, SecretString};
use serde::{Deserialize, Deserializer};

use crate::Error;

/// Longest value, in bytes.
const BYTES_MAX: usize = 8_192;

/// What is to be kept: wiped when it is dropped, never shown, never written.
///
/// Two of them cannot be compared, because that would tell by its time how much of a guess was right.
///
/// ```compile_fail,E0369
/// let value = cinatra_commands::secret::SecretValue::from("s3cret".to_owned());
/// assert!(value == value.clone());
/// ```
#[derive(Clone, Debug)]
pub struct SecretValue(SecretString);

impl SecretValue {
    /// The value, if it is of a length that is kept.
    pub(super) fn parse(&self) -> Result<&SecretString, Error> {
        let bytes = self.0.expose_secret().len();
        if bytes == 0 || bytes > BYTES_MAX {
            return Err(Error::invalid("value", "has no or more than 8192 bytes"));
        }
        Ok(&self.0)
    }
}

impl From<String> for SecretValue {
    fn from(text: String) -> Self {
        Self(SecretString::from(text))
    }
}

impl<'de> Deserialize<'de> for SecretValue {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer).map(Self::from)
    }
}
