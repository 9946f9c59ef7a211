//! Names of secrets: one type for every place where a name enters.

use std::fmt;

use super::KEYS;

/// A text that is not the name of a secret.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{reason}")]
pub struct InvalidName {
    /// What is wrong with it, without repeating it.
    pub reason: &'static str,
}

/// Lower-case letters, digits, `.`, `_` and `-`, for example `registry.default.read-token`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SecretName(String);

impl SecretName {
    /// Longest name, in bytes.
    pub const BYTES_MAX: usize = 128;
    /// The grammar as a regular expression, for schemas.
    pub const PATTERN: &'static str = "^[a-z0-9][a-z0-9._-]{0,127}$";

    /// Reads a name.
    pub fn parse(text: impl Into<String>) -> Result<Self, InvalidName> {
        let text = text.into();
        let invalid = |reason| Err(InvalidName { reason });
        let is_plain = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit();
        if text.len() > Self::BYTES_MAX {
            return invalid("longer than 128 bytes");
        }
        let mut bytes = text.bytes();
        let is_one = bytes.next().is_some_and(is_plain)
            && bytes.all(|byte| is_plain(byte) || b"._-".contains(&byte));
        if !is_one {
            return invalid("starts with a-z or 0-9 and contains only a-z, 0-9, '.', '_' and '-'");
        }
        if text == KEYS {
            return invalid("the name of the history of the data key");
        }
        Ok(Self(text))
    }

    /// The whole name.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for SecretName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl From<SecretName> for String {
    fn from(name: SecretName) -> Self {
        name.0
    }
}
