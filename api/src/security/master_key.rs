//! The master key of an instance: given in a variable, or in a file that the first start makes.
//!
//! Order: the file comes before anything is wrapped with it. If the process dies in between, the next start
//! finds the file; the other order would lose the key, and with it every secret.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use cinatra_commands::Secrets;
use cinatra_commands::gateway::vault::{InvalidKey, MasterKey, VaultError};
use cinatra_commands::secret::UnlockError;
use cinatra_eventstore::{EventStore, ReadError};
use secrecy::{ExposeSecret as _, SecretString};

use super::create_private;
use crate::config::VaultConfig;

/// Name of the file in the home folder.
pub const MASTER_KEY_FILE: &str = "master-key";

/// Why there is no master key to work with.
#[derive(Debug, thiserror::Error)]
pub enum MasterKeyError {
    /// The file cannot be read or written.
    #[error("cannot read or write {path}")]
    File {
        /// Which.
        path: PathBuf,
        /// What the operating system said.
        source: io::Error,
    },
    /// What the file holds is no key.
    #[error("{path} {source}")]
    Invalid {
        /// Which.
        path: PathBuf,
        /// What is wrong with it.
        source: InvalidKey,
    },
    /// The operating system gave no random bytes.
    #[error("no randomness for the master key")]
    Randomness(#[source] VaultError),
    /// The database did not answer.
    #[error("cannot read the wrapped keys of this database")]
    Store(#[source] ReadError),
    /// The key does not fit the database.
    #[error(transparent)]
    Unlock(#[from] UnlockError),
}

/// Opens what this instance keeps secret; the caller holds the migration lock.
///
/// A database that has keys is never given a new master key: they would be lost.
pub async fn unlock(
    store: &EventStore,
    home: &Path,
    config: &VaultConfig,
) -> Result<Secrets, MasterKeyError> {
    let master = match &config.master {
        Some(given) => given.clone(),
        None => kept_or_new(store, &home.join(MASTER_KEY_FILE)).await?,
    };
    Ok(Secrets::unlock(store.clone(), master, config.previous.clone()).await?)
}

async fn kept_or_new(store: &EventStore, path: &Path) -> Result<MasterKey, MasterKeyError> {
    if let Some(kept) = read(path)? {
        return Ok(kept);
    }
    let keys = store.secret_keys().await.map_err(MasterKeyError::Store)?;
    if keys.is_empty() {
        return create(path);
    }
    Err(UnlockError::UnknownMaster.into())
}

fn read(path: &Path) -> Result<Option<MasterKey>, MasterKeyError> {
    let path = path.to_owned();
    match fs::read_to_string(&path).map(SecretString::from) {
        Ok(text) => match MasterKey::parse(text.expose_secret().trim()) {
            Ok(key) => Ok(Some(key)),
            Err(source) => Err(MasterKeyError::Invalid { path, source }),
        },
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(source) => Err(MasterKeyError::File { path, source }),
    }
}

fn create(path: &Path) -> Result<MasterKey, MasterKeyError> {
    let key = MasterKey::generate().map_err(MasterKeyError::Randomness)?;
    create_private(path, key.reveal().expose_secret()).map_err(|source| MasterKeyError::File {
        path: path.to_owned(),
        source,
    })?;
    Ok(key)
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt as _;

    use super::*;

    #[test]
    fn the_file_holds_the_key_and_is_its_owners_only() {
        let home = std::env::temp_dir().join(format!("cinatra-master-{}", std::process::id()));
        fs::create_dir_all(&home).unwrap();
        let path = home.join(MASTER_KEY_FILE);
        assert!(read(&path).unwrap().is_none());
        let key = create(&path).unwrap();
        assert_eq!(read(&path).unwrap().unwrap().id(), key.id());
        let mode = fs::metadata(&path).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
        fs::write(&path, "ab".repeat(31)).unwrap();
        let error = read(&path).unwrap_err().to_string();
        assert!(error.contains("has 62 hexadecimal digits"), "{error}");
        fs::remove_dir_all(&home).unwrap();
    }
}
