//! Passwords: argon2id, a few at a time. Source: OWASP Password Storage Cheat Sheet, ASVS 5.0 V6.

use std::fmt;
use std::sync::Arc;

use argon2::password_hash::{PasswordHasher as _, PasswordVerifier as _, phc::PasswordHash};
use argon2::{Algorithm, Argon2, Params, Version};
use secrecy::{ExposeSecret as _, SecretString};
use serde::{Deserialize, Deserializer};
use tokio::sync::Semaphore;

use crate::Error;

/// Shortest password, in characters. Source: spec/workspace.md 1.2.
const CHARS_MIN: usize = 12;
/// Longest password, in bytes: hashing must not become a way to keep the server busy.
const BYTES_MAX: usize = 1_024;
/// Memory of one hash, in KiB, its passes and lanes.
const COST: (u32, u32, u32) = (19 * 1_024, 2, 1);
/// Hashes at the same time: each takes a core for tens of milliseconds.
const ABREAST: usize = 2;

/// What somebody signs in with: wiped when it is dropped, never shown, never compared.
///
/// ```compile_fail,E0369
/// let password = cinatra_commands::credential::Password::from("s3cret".to_owned());
/// assert!(password == password.clone());
/// ```
#[derive(Clone)]
pub struct Password(SecretString);

impl From<String> for Password {
    fn from(text: String) -> Self {
        Self(SecretString::from(text))
    }
}

impl<'de> Deserialize<'de> for Password {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer).map(Self::from)
    }
}

impl fmt::Debug for Password {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Password(hidden)")
    }
}

impl Password {
    /// Refuses what is too short to be kept.
    pub(crate) fn check_new(&self, field: &'static str) -> Result<(), Error> {
        let text = self.0.expose_secret();
        if text.chars().count() < CHARS_MIN {
            return Err(Error::invalid(field, "has fewer than 12 characters"));
        }
        if text.len() > BYTES_MAX {
            return Err(Error::invalid(field, "has more than 1024 bytes"));
        }
        Ok(())
    }
}

/// Hashes and verifies. Cheap to clone.
#[derive(Clone, Debug)]
pub struct PasswordHasher {
    turns: Arc<Semaphore>,
    /// Verified where there is no account, so that the answer takes as long.
    decoy: Arc<str>,
}

impl PasswordHasher {
    /// With a decoy of its own.
    pub fn new() -> Result<Self, Error> {
        let decoy = hash("no account has this password")?;
        Ok(Self {
            turns: Arc::new(Semaphore::new(ABREAST)),
            decoy: decoy.into(),
        })
    }

    /// What the database keeps of a password.
    pub(crate) async fn hash(&self, password: &Password) -> Result<String, Error> {
        let password = password.clone();
        self.work(move || hash(password.0.expose_secret())).await?
    }

    /// Whether a password is the one that was kept; without one it is not, after as long.
    pub(crate) async fn verify(
        &self,
        password: &Password,
        kept: Option<String>,
    ) -> Result<bool, Error> {
        let password = password.clone();
        let (is_kept, decoy) = (kept.is_some(), self.decoy.clone());
        let is_right = self
            .work(move || {
                let text = password.0.expose_secret();
                // Whoever sends more than anybody may have kept does not get it hashed.
                let text = if text.len() > BYTES_MAX { "" } else { text };
                verify(text, kept.as_deref().unwrap_or(&decoy))
            })
            .await??;
        Ok(is_right && is_kept)
    }

    async fn work<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> T + Send + 'static,
    ) -> Result<T, Error> {
        let turn = self.turns.clone().acquire_owned().await;
        let turn = turn.map_err(|_| Error::PasswordUnreadable)?;
        let done = tokio::task::spawn_blocking(move || {
            let _turn = turn;
            work()
        });
        done.await.map_err(|_| Error::PasswordUnreadable)
    }
}

fn argon2() -> Result<Argon2<'static>, Error> {
    let (memory, passes, lanes) = COST;
    let params = Params::new(memory, passes, lanes, None);
    let params = params.map_err(|_| Error::PasswordUnreadable)?;
    Ok(Argon2::new(Algorithm::Argon2id, Version::V0x13, params))
}

fn hash(text: &str) -> Result<String, Error> {
    let hashed = argon2()?.hash_password(text.as_bytes());
    let hashed: PasswordHash = hashed.map_err(|_| Error::PasswordUnreadable)?;
    Ok(hashed.to_string())
}

fn verify(text: &str, kept: &str) -> Result<bool, Error> {
    let kept = PasswordHash::new(kept).map_err(|_| Error::PasswordUnreadable)?;
    Ok(argon2()?.verify_password(text.as_bytes(), &kept).is_ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_password_is_verified_against_what_was_kept_of_it() {
        let hasher = PasswordHasher::new().unwrap();
        let password = Password::from("correct horse battery".to_owned());
        let kept = hasher.hash(&password).await.unwrap();
        assert!(kept.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"));
        assert_ne!(kept, hasher.hash(&password).await.unwrap());
        assert!(hasher.verify(&password, Some(kept.clone())).await.unwrap());
        let wrong = Password::from("correct horse batterx".to_owned());
        assert!(!hasher.verify(&wrong, Some(kept)).await.unwrap());
        let decoy = Password::from("no account has this password".to_owned());
        assert!(!hasher.verify(&decoy, None).await.unwrap());
    }

    #[test]
    fn a_password_is_long_enough_and_not_shown() {
        let short = Password::from("elevenchars".to_owned());
        assert!(short.check_new("password").is_err());
        assert!(Password::from("x".repeat(12)).check_new("password").is_ok());
        assert!(
            Password::from("x".repeat(1_025))
                .check_new("password")
                .is_err()
        );
        assert!(!format!("{short:?}").contains("eleven"));
    }
}
