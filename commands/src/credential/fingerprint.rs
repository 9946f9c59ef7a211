//! Keyed hashes of what must not be kept: the same address is recognized, and nobody can try guesses.

use std::net::IpAddr;
use std::sync::Arc;

use secrecy::{ExposeSecret as _, SecretBox};

/// Hashes with a key of the system, which is wrapped under the master key and never changes. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Fingerprints(Arc<SecretBox<[u8; 32]>>);

impl Fingerprints {
    /// Under a key.
    pub fn new(key: Arc<SecretBox<[u8; 32]>>) -> Self {
        Self(key)
    }

    /// Of an e-mail address in lower case: the value of the tag that claims it, in hex.
    pub fn email(&self, address: &str) -> String {
        let hash = self.of("cinatra 2026 e-mail address", address.as_bytes());
        blake3::Hash::from_bytes(hash).to_hex().to_string()
    }

    /// Of the account that somebody tries to sign in to; `digest` is its address's fingerprint.
    pub fn account_of(&self, digest: &str) -> [u8; 32] {
        self.of("cinatra 2026 account", digest.as_bytes())
    }

    /// Of where somebody is.
    pub fn place(&self, address: Option<IpAddr>) -> [u8; 32] {
        let text = address.map_or_else(String::new, |address| address.to_string());
        self.of("cinatra 2026 network address", text.as_bytes())
    }

    fn of(&self, purpose: &str, bytes: &[u8]) -> [u8; 32] {
        let key = blake3::derive_key(purpose, self.0.expose_secret());
        *blake3::keyed_hash(&key, bytes).as_bytes()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_address_has_one_fingerprint_under_one_key_and_purpose() {
        let of = |byte| Fingerprints::new(Arc::new(SecretBox::new(Box::new([byte; 32]))));
        let (one, other) = (of(1), of(2));
        assert_eq!(one.email("a@b.test"), one.email("a@b.test"));
        assert_ne!(one.email("a@b.test"), one.email("a@c.test"));
        assert_ne!(one.email("a@b.test"), other.email("a@b.test"));
        assert_ne!(
            one.account_of("127.0.0.1"),
            one.place("127.0.0.1".parse().ok())
        );
    }
}
