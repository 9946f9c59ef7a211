//! The key above all others: in a variable or a file, never in the database.

use std::fmt;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use secrecy::{ExposeSecret as _, SecretString};
use zeroize::Zeroizing;

use super::{KeyBytes, VaultError, key_bytes, random};

/// What the short name of a key is derived for, and nothing else is.
const ID_CONTEXT: &str = "cinatra 2026-11-22 name of a master key";

/// 32 bytes that wrap the data keys of every organization.
pub struct MasterKey {
    id: [u8; 8],
    bytes: KeyBytes,
}

/// A text that is no master key; it is not repeated.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum InvalidKey {
    /// Hexadecimal, and of another length.
    #[error("has {digits} hexadecimal digits and must have 64")]
    Digits {
        /// How many there are.
        digits: usize,
    },
    /// Base64, and of another length.
    #[error("is base64 of {bytes} bytes and must be of 32")]
    Length {
        /// How many there are.
        bytes: usize,
    },
    /// Not readable.
    #[error("is neither 64 hexadecimal digits nor base64 of 32 bytes; it has {chars} characters")]
    Encoding {
        /// How long the text is.
        chars: usize,
    },
}

impl MasterKey {
    /// Draws a new one from the operating system.
    pub fn generate() -> Result<Self, VaultError> {
        Ok(Self::of(&Zeroizing::new(random()?)))
    }

    /// Reads 64 hexadecimal digits, or base64 of 32 bytes.
    pub fn parse(text: &str) -> Result<Self, InvalidKey> {
        // A text of 43 digits is base64: that is how long 32 bytes are in it.
        if text.len() != 43 && text.bytes().all(|byte| byte.is_ascii_hexdigit()) {
            let digits = text.len();
            let hash = blake3::Hash::from_hex(text).map_err(|_| InvalidKey::Digits { digits })?;
            return Ok(Self::of(hash.as_bytes()));
        }
        let chars = text.chars().count();
        let padded = Zeroizing::new(format!("{}{}", text.trim_end_matches('='), pad(text)));
        let decoded = STANDARD.decode(padded.as_bytes()).map(Zeroizing::new);
        let decoded = decoded.map_err(|_| InvalidKey::Encoding { chars })?;
        let bytes = <&[u8; 32]>::try_from(decoded.as_slice());
        let bytes = bytes.map_err(|_| InvalidKey::Length {
            bytes: decoded.len(),
        })?;
        Ok(Self::of(bytes))
    }

    fn of(bytes: &[u8; 32]) -> Self {
        let mut id = [0; 8];
        id.copy_from_slice(&blake3::derive_key(ID_CONTEXT, bytes)[..8]);
        let bytes = key_bytes(bytes);
        Self { id, bytes }
    }

    /// Tells one key from another without telling either.
    pub const fn id(&self) -> [u8; 8] {
        self.id
    }

    /// As a file keeps it: 64 hexadecimal digits.
    pub fn reveal(&self) -> SecretString {
        let hash = blake3::Hash::from_bytes(*self.bytes.expose_secret());
        SecretString::from(hash.to_hex().to_string())
    }

    pub(super) const fn bytes(&self) -> &KeyBytes {
        &self.bytes
    }
}

impl Clone for MasterKey {
    fn clone(&self) -> Self {
        Self::of(self.bytes.expose_secret())
    }
}

impl fmt::Debug for MasterKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("MasterKey(hidden)")
    }
}

/// What base64 has at its end; people leave it out.
fn pad(text: &str) -> &'static str {
    match text.trim_end_matches('=').len() % 4 {
        2 => "==",
        3 => "=",
        _ => "",
    }
}
