//! Which database is replayed: the named one, or the one behind the server of this folder, or, where none runs, the
//! cluster of this folder, started for the one command. Only PostgreSQL is: no server, nothing appended.

use std::fs::File;
use std::path::Path;

use cinatra_migrations::{Cluster, ClusterConfig};
use secrecy::SecretString;

use crate::cli::turn::Turn;
use crate::cli::{CliError, Terminal};
use crate::config::{Env, PlaceConfig, database_url};
use crate::server::{Database, Running};

/// A database, and what has to be stopped after its use.
pub(super) struct Found {
    pub(super) url: SecretString,
    borrowed: Option<Borrowed>,
}

/// A cluster for one command, and the turn in its folder, so that no server is started on it meanwhile.
struct Borrowed {
    cluster: Cluster,
    _turn: File,
}

impl Found {
    pub(super) async fn find(terminal: &mut Terminal, env: Env<'_>) -> Result<Self, CliError> {
        if let Some(url) = database_url(env)? {
            let borrowed = None;
            return Ok(Self { url, borrowed });
        }
        let home = PlaceConfig::from_env(env).home;
        if let Some(running) = Running::find(&home).await {
            return Self::behind(&running, &home).await;
        }
        if !Cluster::exists(&home)? {
            return Err(nothing_in(&home));
        }
        match Turn::take(&home, terminal).await? {
            Turn::Theirs(running) => Self::behind(&running, &home).await,
            Turn::Ours(turn) => {
                terminal.remark(format_args!(
                    "no server is running in {}: its PostgreSQL is started for this command only",
                    home.display()
                ))?;
                let cluster = Cluster::start(ClusterConfig::new(&home)).await?;
                Ok(Self {
                    url: SecretString::from(cluster.url().to_owned()),
                    borrowed: Some(Borrowed {
                        cluster,
                        _turn: turn,
                    }),
                })
            }
        }
    }

    async fn behind(running: &Running, home: &Path) -> Result<Self, CliError> {
        match running.database {
            Database::External => Err(CliError::DatabaseUnnamed {
                home: home.display().to_string(),
            }),
            Database::Embedded => {
                let cluster = Cluster::find(home).await?;
                let cluster = cluster.ok_or_else(|| nothing_in(home))?;
                Ok(Self {
                    url: SecretString::from(cluster.url().to_owned()),
                    borrowed: None,
                })
            }
        }
    }

    /// Stops what was started.
    pub(super) async fn stop(self) -> Result<(), CliError> {
        if let Some(borrowed) = self.borrowed {
            borrowed.cluster.stop().await?;
        }
        Ok(())
    }
}

fn nothing_in(home: &Path) -> CliError {
    CliError::NothingToTalkTo {
        home: home.display().to_string(),
    }
}
