//! Which server runs in this folder: `server.json`, and the proof that it is true.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::Instance;
use crate::security::create_private;
use crate::web;

const FILE: &str = "server.json";

/// How long a server may take to say that it is there.
const PATIENCE: Duration = Duration::from_secs(3);

/// Where a server's data is; never a password.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Database {
    /// In the cluster of this folder.
    Embedded,
    /// Where `DATABASE_URL` said.
    External,
}

/// A server, as it described itself.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Running {
    /// Its process.
    pub pid: u32,
    /// Where it answers.
    pub url: String,
    /// Which run it is.
    pub instance: Instance,
    /// Where its data is.
    pub database: Database,
}

impl Running {
    /// Leaves word in `home`; the file is its owner's only.
    pub fn write(&self, home: &Path) -> io::Result<()> {
        create_private(&path(home), &serde_json::to_string_pretty(self)?)
    }

    /// Takes the word back, unless another server has left its own.
    pub fn clear(&self, home: &Path) {
        if Self::read(home).as_ref() == Some(self)
            && let Err(error) = fs::remove_file(path(home))
        {
            tracing::warn!(%error, "server.json stays behind");
        }
    }

    fn read(home: &Path) -> Option<Self> {
        let text = fs::read(path(home)).ok()?;
        serde_json::from_slice(&text).ok()
    }

    /// The server of this folder, if it answers and is the one that wrote the file.
    pub async fn find(home: &Path) -> Option<Self> {
        let running = Self::read(home)?;
        let client = web::client(&running.url, PATIENCE).ok()?;
        let answer = client
            .get(format!("{}/healthz", running.url))
            .send()
            .await
            .ok()?;
        let health: Value = answer.json().await.ok()?;
        let instance = running.instance.to_string();
        (health.get("instance").and_then(Value::as_str) == Some(&instance)).then_some(running)
    }
}

fn path(home: &Path) -> PathBuf {
    home.join(FILE)
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt as _;

    use uuid::Uuid;

    use super::*;

    fn running(pid: u32) -> Running {
        Running {
            pid,
            url: "http://localhost:1".into(),
            instance: Instance(Uuid::nil()),
            database: Database::Embedded,
        }
    }

    #[test]
    fn only_the_server_that_wrote_the_file_removes_it() {
        let home = std::env::temp_dir().join(format!("cinatra-running-{}", std::process::id()));
        fs::create_dir_all(&home).unwrap();
        running(1).write(&home).unwrap();
        assert_eq!(
            fs::metadata(path(&home)).unwrap().permissions().mode() & 0o777,
            0o600
        );
        running(2).clear(&home);
        assert_eq!(Running::read(&home), Some(running(1)));
        running(1).clear(&home);
        assert_eq!(Running::read(&home), None);
        fs::remove_dir_all(&home).unwrap();
    }

    #[tokio::test]
    async fn a_file_without_a_server_is_not_believed() {
        let home = std::env::temp_dir().join(format!("cinatra-stale-{}", std::process::id()));
        fs::create_dir_all(&home).unwrap();
        running(1).write(&home).unwrap();
        assert_eq!(Running::find(&home).await, None);
        fs::remove_dir_all(&home).unwrap();
    }
}
