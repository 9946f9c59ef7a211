//! The first credential of a database.
//!
//! Order: the file comes before the row. If the process dies in between, the next start finds the file,
//! and since no token is in the database yet, stores its hash; the other order would lose the token.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use cinatra_domain::kernel::{ActorId, TenantId};
use cinatra_eventstore::{EventStore, ReadError};
use uuid::Uuid;

use super::{Role, Token, create_private};

/// Name of the file in the home folder.
pub const TOKEN_FILE: &str = "admin-token";

/// Why the first credential could not be made.
#[derive(Debug, thiserror::Error)]
pub enum BootstrapError {
    /// The operating system gave no random bytes.
    #[error("no randomness for the admin token")]
    Randomness(#[source] getrandom::Error),
    /// The file cannot be read or written.
    #[error("cannot read or write {path}")]
    File {
        /// Which.
        path: PathBuf,
        /// What the operating system said.
        source: io::Error,
    },
    /// The database did not answer.
    #[error("cannot store the admin token")]
    Store(#[source] ReadError),
}

/// Makes sure that the database has a credential; the caller holds the migration lock.
///
/// The first node to come writes `<home>/admin-token`; the others leave no file, unless it is their
/// own. Answers the file's path when the token in it opens this database.
pub async fn bootstrap(store: &EventStore, home: &Path) -> Result<Option<PathBuf>, BootstrapError> {
    let path = home.join(TOKEN_FILE);
    let (token, is_new) = match read(&path)? {
        Some(token) => (token, false),
        None => (create(&path)?, true),
    };
    let hash = token.hash();
    if !is_new
        && store
            .find_token(&hash)
            .await
            .map_err(BootstrapError::Store)?
            .is_some()
    {
        return Ok(Some(path));
    }
    let row = cinatra_eventstore::Token::bootstrap(
        mint_tenant()?,
        ActorId::service("bootstrap-admin"),
        Role::PlatformAdmin.as_str().to_owned(),
    );
    let created = store.create_first_token(&hash, &row).await;
    if created.map_err(BootstrapError::Store)? {
        return Ok(Some(path));
    }
    if is_new {
        let failed = |source| BootstrapError::File {
            path: path.clone(),
            source,
        };
        fs::remove_file(&path).map_err(failed)?;
    }
    Ok(None)
}

/// The default organization: whose ledger the first credential acts in.
fn mint_tenant() -> Result<TenantId, BootstrapError> {
    let mut bytes = [0; 16];
    getrandom::fill(&mut bytes).map_err(BootstrapError::Randomness)?;
    let id: Uuid = uuid::Builder::from_random_bytes(bytes).into_uuid();
    Ok(TenantId::new(id))
}

fn read(path: &Path) -> Result<Option<Token>, BootstrapError> {
    let failed = |source| BootstrapError::File {
        path: path.to_owned(),
        source,
    };
    match fs::read_to_string(path) {
        Ok(text) => match Token::parse(text.trim()) {
            Ok(token) => Ok(Some(token)),
            Err(error) => Err(failed(io::Error::new(io::ErrorKind::InvalidData, error))),
        },
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(failed(error)),
    }
}

fn create(path: &Path) -> Result<Token, BootstrapError> {
    let token = Token::generate().map_err(BootstrapError::Randomness)?;
    create_private(path, &token.reveal()).map_err(|source| BootstrapError::File {
        path: path.to_owned(),
        source,
    })?;
    Ok(token)
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt as _;

    use super::*;

    #[test]
    fn the_file_holds_the_token_and_is_its_owners_only() {
        let home = std::env::temp_dir().join(format!("cinatra-token-{}", std::process::id()));
        fs::create_dir_all(&home).unwrap();
        let path = home.join(TOKEN_FILE);
        let token = create(&path).unwrap();
        assert_eq!(read(&path).unwrap().unwrap().hash(), token.hash());
        assert_eq!(
            fs::metadata(&path).unwrap().permissions().mode() & 0o777,
            0o600
        );
        fs::write(&path, "gibberish").unwrap();
        assert!(read(&path).is_err());
        fs::remove_dir_all(&home).unwrap();
        assert!(read(&path).unwrap().is_none());
    }
}
