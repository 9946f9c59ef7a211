//! Digests of fetched bytes, and npm's notation for them.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use sha2::{Digest as _, Sha256, Sha512};

/// Lower-case hex of the sha256.
pub(crate) fn sha256_hex(bytes: &[u8]) -> String {
    hex(&Sha256::digest(bytes))
}

fn hex(digest: &[u8]) -> String {
    use std::fmt::Write as _;
    digest.iter().fold(String::new(), |mut text, byte| {
        // Writing to a String cannot fail.
        let _ = write!(text, "{byte:02x}");
        text
    })
}

/// The sha512 of a tarball in npm's notation, and the hex of its sha256.
pub(super) fn digests(bytes: &[u8]) -> (Sha512Sri, String) {
    let sha512 = STANDARD.encode(Sha512::digest(bytes));
    (Sha512Sri(format!("sha512-{sha512}")), sha256_hex(bytes))
}

/// One `sha512-<base64>` in canonical form. Source: W3C Subresource Integrity.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Sha512Sri(String);

impl Sha512Sri {
    /// The sha512 digests among those announced; weaker ones prove nothing and are passed over.
    ///
    /// Several may be announced, and bytes that match any of them are good.
    pub(super) fn announced(integrity: &str) -> Vec<Self> {
        integrity
            .split_ascii_whitespace()
            .filter_map(|hash| {
                // Options after a question mark are reserved and have no meaning yet.
                let hash = hash.split('?').next().unwrap_or_default();
                let digest = STANDARD.decode(hash.strip_prefix("sha512-")?).ok()?;
                (digest.len() == 64).then(|| Self(format!("sha512-{}", STANDARD.encode(digest))))
            })
            .collect()
    }

    pub(super) fn into_string(self) -> String {
        self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SHA512: &str = "sha512-3a81oZNherrMQXNJriBBMRLm+k6JqX6iCp7u5ktV05ohkpkqJ0/BqDa6PCOj/uu9RU1EI2Q86A4qmslPpUyknw==";
    const SHA1: &str = "sha1-qZk+NkcGgWq6PiVxeFDCbJzQ2J0=";

    #[test]
    fn digests_are_written_as_npm_writes_them() {
        let (sri, sha256) = digests(b"abc");
        assert_eq!(sri.into_string(), SHA512);
        assert_eq!(
            sha256,
            "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
        );
    }

    #[test]
    fn only_a_sha512_counts_wherever_it_stands() {
        let (abc, _) = digests(b"abc");
        let (other, _) = digests(b"other");
        let both = format!("{SHA1} {SHA512}?opt  {}", other.clone().into_string());
        assert_eq!(Sha512Sri::announced(&both), [abc, other]);
        for nothing in [
            "",
            SHA1,
            "sha512-",
            "sha512-AAAA",
            "sha512-!",
            "sha384-AAAA",
        ] {
            assert_eq!(Sha512Sri::announced(nothing), [], "{nothing}");
        }
    }
}
