//! The credential of the first start: it opens the default organization until somebody signs up, and works for that
//! one start only. Whoever comes later signs in.
//!
//! Whoever registers first ends it (`Users::register`), and the server that made it removes its file; a start that finds
//! the instance begun makes sure of both.
//!
//! Order: the file comes before the row. If the process dies in between, nobody has a credential, and the first
//! person to sign up administers the instance.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use cinatra_domain::kernel::{ActorId, TenantId};
use cinatra_eventstore::{EventStore, ReadError};

use super::{Token, TokenKind, create_private};

/// Name of the file in the home folder.
pub const TOKEN_FILE: &str = "admin-token";

/// Why the first credential could not be made.
#[derive(Debug, thiserror::Error)]
pub enum BootstrapError {
    /// The operating system gave no random bytes.
    #[error("no randomness for the admin token")]
    Randomness(#[source] cinatra_commands::Error),
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

/// Makes a credential for the first start; the caller holds the migration lock. Answers the file's path when the
/// token in it opens this database.
pub async fn bootstrap(
    store: &EventStore,
    home: &Path,
    organization: TenantId,
) -> Result<Option<PathBuf>, BootstrapError> {
    let path = home.join(TOKEN_FILE);
    let token = match read(&path)? {
        Some(token) => token,
        None => create(&path)?,
    };
    let actor = ActorId::service("bootstrap-admin");
    let row = cinatra_eventstore::Token::bootstrap(organization, actor, ROLE.to_owned());
    let created = store.create_first_token(&token.hash(), &row).await;
    Ok(created.map_err(BootstrapError::Store)?.then_some(path))
}

/// The credential of the first start works no more, wherever it was copied; its file goes.
pub async fn retire(store: &EventStore, home: &Path) -> Result<(), BootstrapError> {
    let revoked = store.revoke_bootstrap_token().await;
    if revoked.map_err(BootstrapError::Store)? > 0 {
        tracing::info!("the credential of the first start works no more: sign in");
    }
    let path = home.join(TOKEN_FILE);
    match fs::remove_file(&path) {
        Ok(()) => Ok(()),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        Err(source) => Err(BootstrapError::File { path, source }),
    }
}

/// What its row says it may do.
const ROLE: &str = "platform_admin";

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
    let token = Token::generate(TokenKind::Personal).map_err(BootstrapError::Randomness)?;
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
