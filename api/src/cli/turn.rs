//! One `up`, or one replay on a cluster of its own, per folder: neither takes the database away under the other.

use std::fs::{File, TryLockError};
use std::path::Path;
use std::time::{Duration, Instant};

use super::serve::home_error;
use super::{CliError, Terminal};
use crate::server::Running;

/// How long whoever comes second waits for the first to be ready, or done.
const WAIT_MAX: Duration = Duration::from_mins(2);
const PAUSE: Duration = Duration::from_millis(250);

/// Whose turn it is in a folder.
pub(super) enum Turn {
    /// Ours, until this is dropped or the process ends, however it ends.
    Ours(File),
    /// A server runs here.
    Theirs(Running),
}

impl Turn {
    /// Waits for one or the other.
    pub(super) async fn take(home: &Path, terminal: &mut Terminal) -> Result<Self, CliError> {
        let begun = Instant::now();
        let mut is_told = false;
        loop {
            if let Some(running) = Running::find(home).await {
                return Ok(Self::Theirs(running));
            }
            if let Some(file) = lock(home)? {
                return Ok(Self::Ours(file));
            }
            if begun.elapsed() >= WAIT_MAX {
                let home = home.display().to_string();
                return Err(CliError::Busy { home });
            }
            if !is_told {
                terminal
                    .remark("another `cinatra` starts or replays in this folder; waiting for it")?;
                is_told = true;
            }
            tokio::time::sleep(PAUSE).await;
        }
    }
}

fn lock(home: &Path) -> Result<Option<File>, CliError> {
    let path = home.join("up.lock");
    let mut options = File::options();
    options.write(true).create(true).truncate(false);
    // Whoever may open the file may hold its lock.
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let file = options
        .open(&path)
        .map_err(|source| home_error(home, source))?;
    match file.try_lock() {
        Ok(()) => Ok(Some(file)),
        Err(TryLockError::WouldBlock) => Ok(None),
        Err(TryLockError::Error(source)) => Err(home_error(home, source)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn who_comes_second_waits_for_the_first() {
        let home = tempfile::tempdir().unwrap();
        let mut terminal = Terminal::standard(false);
        let first = Turn::take(home.path(), &mut terminal).await.unwrap();
        let Turn::Ours(lock) = first else {
            panic!("no server runs here")
        };
        let since = Instant::now();
        let held = async {
            tokio::time::sleep(PAUSE).await;
            drop(lock);
        };
        let (second, ()) = tokio::join!(Turn::take(home.path(), &mut terminal), held);
        assert!(matches!(second.unwrap(), Turn::Ours(_)));
        assert!(since.elapsed() >= PAUSE);
    }
}
