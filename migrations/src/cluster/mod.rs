//! An embedded PostgreSQL: found or fetched, created, started, watched, stopped.
//!
//! - One cluster per home folder. Who comes second adopts the running one and never stops it.
//! - What was committed survives a kill of anything: `fsync`, `synchronous_commit` and data checksums are on.
//! - The login that serves is no superuser. Its password and the superuser's sit in `<home>/pg/passwords`, 0600.
//!
//! Read `start.rs` for the order of events, `install.rs` for where the programs come from.

mod address;
mod child;
mod config;
mod identity;
mod init;
mod install;
mod obtain;
mod passwords;
mod place;
mod postmaster;
mod prepare;
mod start;
mod supervisor;

#[cfg(test)]
mod tests;

use std::{
    fmt, future,
    path::{Path, PathBuf},
    time::Instant,
};

pub use config::{ClusterConfig, Durability, Listen};

use address::Address;
use passwords::{LOGIN, Passwords, SUPERUSER};
use supervisor::{Stage, Supervisor};

use crate::error::ClusterError;

/// The database that serves.
const DATABASE: &str = "cinatra";

/// A running embedded cluster, its roles and its database ready.
///
/// Stop it with [`Cluster::stop`]. Dropping it stops it too, but blocks the thread for the time that takes.
pub struct Cluster {
    url: String,
    admin_url: String,
    log: PathBuf,
    run: Run,
}

#[derive(Debug)]
enum Run {
    Ours(Supervisor),
    Adopted { pid: u32 },
}

/// Without the URLs: they hold passwords.
impl fmt::Debug for Cluster {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Cluster")
            .field("log", &self.log)
            .field("run", &self.run)
            .finish_non_exhaustive()
    }
}

impl Cluster {
    /// Starts the cluster of this folder, creating it first if need be, or adopts the running one.
    ///
    /// Returns when it answers. A cluster that was killed recovers by itself meanwhile.
    pub async fn start(config: ClusterConfig) -> Result<Self, ClusterError> {
        start::start(config, Path::new(place::SYSTEM_HOME)).await
    }

    /// The running cluster of this folder, if there is one; nothing is started or created.
    pub async fn find(root: &Path) -> Result<Option<Self>, ClusterError> {
        start::find(root).await
    }

    /// Whether a cluster was ever created in this folder; nothing is started or created.
    pub fn exists(root: &Path) -> Result<bool, ClusterError> {
        let place = place::Place::existing(root)?;
        Ok(place.is_some_and(|place| place.data().join("PG_VERSION").exists()))
    }

    /// URL of the serving database for the login `cinatra`, with its password.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// The same database for the cluster's superuser. For administration and tests; never serve with it.
    pub fn admin_url(&self) -> &str {
        &self.admin_url
    }

    /// Whether the cluster was already running and somebody else stops it.
    pub fn adopted(&self) -> bool {
        matches!(self.run, Run::Adopted { .. })
    }

    /// Process number of the server, 0 while it is being started again after it died.
    pub fn pid(&self) -> u32 {
        match &self.run {
            Run::Adopted { pid } => *pid,
            Run::Ours(supervisor) => match supervisor.stage() {
                Stage::Running { pid } => pid,
                Stage::Absent | Stage::Ended(_) => 0,
            },
        }
    }

    /// What the server says, appended over all its runs.
    pub fn log(&self) -> &Path {
        &self.log
    }

    /// Waits until the cluster is lost: it died again and again, and is not started once more.
    ///
    /// Never returns for an adopted cluster. For the select of a serving process.
    pub async fn lost(&self) -> ClusterError {
        match &self.run {
            Run::Adopted { .. } => future::pending().await,
            Run::Ours(supervisor) => {
                let ending = supervisor.ended().await;
                let last =
                    ending.map_or("without a reason".to_owned(), |ending| ending.to_string());
                ClusterError::GaveUp {
                    last,
                    log: self.log.clone(),
                }
            }
        }
    }

    /// Stops what this start started, with a checkpoint, and waits for its end. An adopted cluster runs on.
    pub async fn stop(self) -> Result<(), ClusterError> {
        let Run::Ours(supervisor) = &self.run else {
            return Ok(());
        };
        let (pid, since) = (self.pid(), Instant::now());
        if supervisor.stop().await {
            return Ok(());
        }
        Err(ClusterError::Silent {
            pid,
            waited: since.elapsed(),
            log: self.log.clone(),
        })
    }

    fn new(address: &Address, passwords: &Passwords, log: PathBuf, run: Run) -> Self {
        Self {
            url: address.url(LOGIN, &passwords.login, DATABASE),
            admin_url: address.url(SUPERUSER, &passwords.superuser, DATABASE),
            log,
            run,
        }
    }
}
