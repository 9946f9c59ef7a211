//! The two users of an embedded cluster and their passwords, in a file that `PGPASSFILE` understands.

use std::{
    fs::{self, OpenOptions},
    io::Write,
    path::Path,
};

use super::place::{private_file, refused, sync_folder};
use crate::error::ClusterError;

/// The login that serves: neither superuser nor allowed to create roles or databases.
pub(crate) const LOGIN: &str = "cinatra";
/// The cluster's superuser. Only administration and tests use it.
pub(crate) const SUPERUSER: &str = "cinatra_superuser";

/// Both passwords: random letters and digits, so that they need no quoting anywhere.
#[derive(Clone)]
pub(crate) struct Passwords {
    pub(crate) login: String,
    pub(crate) superuser: String,
}

impl Passwords {
    /// Makes the passwords of a cluster that is about to be created, or finds those of an earlier attempt.
    pub(crate) fn load_or_create(path: &Path) -> Result<Self, ClusterError> {
        if path.exists() {
            return Self::load(path);
        }
        let made = Self {
            login: random()?,
            superuser: random()?,
        };
        made.store(path)?;
        Ok(made)
    }

    /// Reads the passwords of an existing cluster.
    pub(crate) fn load(path: &Path) -> Result<Self, ClusterError> {
        let unusable = |what: String| ClusterError::Passwords {
            path: path.to_owned(),
            what,
        };
        let text = fs::read_to_string(path).map_err(|error| unusable(error.to_string()))?;
        let of = |user: &str| {
            text.lines().find_map(|line| {
                let password = line
                    .strip_prefix("*:*:*:")?
                    .strip_prefix(user)?
                    .strip_prefix(':')?;
                Some(password.to_owned())
            })
        };
        match (of(LOGIN), of(SUPERUSER)) {
            (Some(login), Some(superuser)) => Ok(Self { login, superuser }),
            _ => Err(unusable(format!(
                "it has no line for {LOGIN} or for {SUPERUSER}"
            ))),
        }
    }

    /// Order: written aside, flushed, then renamed, so that a cluster is never made with passwords half stored.
    fn store(&self, path: &Path) -> Result<(), ClusterError> {
        let aside = path.with_extension("new");
        let mut file = private_file(&aside, OpenOptions::new().write(true).truncate(true))?;
        let text = format!(
            "*:*:*:{LOGIN}:{}\n*:*:*:{SUPERUSER}:{}\n",
            self.login, self.superuser
        );
        file.write_all(text.as_bytes())
            .and_then(|()| file.sync_all())
            .map_err(refused(&aside))?;
        fs::rename(&aside, path).map_err(refused(path))?;
        path.parent().map_or(Ok(()), sync_folder)
    }
}

fn random() -> Result<String, ClusterError> {
    let mut bytes = [0_u8; 32];
    getrandom::fill(&mut bytes).map_err(|error| ClusterError::NoRandomness {
        what: error.to_string(),
    })?;
    // 32 letters divide 256 evenly: every one is equally likely.
    let alphabet = b"abcdefghijklmnopqrstuvwxyz234567";
    Ok(bytes
        .iter()
        .map(|byte| char::from(alphabet[usize::from(byte % 32)]))
        .collect())
}
