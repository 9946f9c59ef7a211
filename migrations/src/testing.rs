//! What the tests of this crate share: a home for a cluster, and a way to ask it something.

use std::{fs, os::unix::fs::PermissionsExt, path::Path};

use tempfile::TempDir;
use tokio_postgres::Client;

use crate::{Cluster, ClusterConfig, Durability, connect::connect};

/// An empty home that also the user can enter whom root becomes.
pub(crate) fn home() -> TempDir {
    home_with_mode(0o755)
}

/// An empty home of ours alone, as below `/root`.
pub(crate) fn closed_home() -> TempDir {
    home_with_mode(0o700)
}

fn home_with_mode(mode: u32) -> TempDir {
    let home = tempfile::tempdir().unwrap();
    fs::set_permissions(home.path(), fs::Permissions::from_mode(mode)).unwrap();
    home
}

/// Fast, and with whatever installation the machine has.
pub(crate) fn config(root: impl AsRef<Path>) -> ClusterConfig {
    let mut config = ClusterConfig::new(root.as_ref());
    config.durability = Durability::TestOnlyUnsafe;
    config
        .settings
        .push(("shared_buffers".to_owned(), "16MB".to_owned()));
    config
}

pub(crate) async fn start(root: impl AsRef<Path>) -> Cluster {
    Cluster::start(config(root)).await.unwrap()
}

pub(crate) async fn open(url: &str) -> Client {
    connect(&url.parse().unwrap()).await.unwrap()
}

/// The first column of the first row, as text.
pub(crate) async fn ask(client: &Client, query: &str) -> String {
    client.query_one(query, &[]).await.unwrap().get(0)
}
