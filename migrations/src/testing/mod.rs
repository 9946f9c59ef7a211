//! What the tests of this crate share: a home for a cluster, ways to ask it something, and sample migrations.

use std::{
    fs,
    os::unix::fs::PermissionsExt,
    path::Path,
    sync::{Arc, Weak},
};

use tempfile::TempDir;
use tokio::sync::Mutex;
use tokio_postgres::Client;

use crate::{Cluster, ClusterConfig, Durability, connect::connect};

pub(crate) const CREATE_KEPT: &str = include_str!("sql/create_kept.sql");
pub(crate) const DESCRIBE_LOGIN: &str = include_str!("sql/describe_login.sql");
pub(crate) const LIST_TABLE_OWNERS: &str = include_str!("sql/list_table_owners.sql");
pub(crate) const DROP_ROLES: &str = include_str!("sql/drop_roles.sql");
pub(crate) const CREATE_GUEST: &str = include_str!("sql/create_guest.sql");
pub(crate) const TAMPER_HISTORY: &str = include_str!("sql/tamper_history.sql");
pub(crate) const CREATE_BUILD_SCHEMA: &str = include_str!("sql/create_build_schema.sql");
pub(crate) const CREATE_BUILD_TABLE: &str = include_str!("sql/create_build_table.sql");
pub(crate) const CREATE_INTRUDER: &str = include_str!("sql/create_intruder.sql");

pub(crate) const FIRST: &str = include_str!("samples/V0001__first.sql");
pub(crate) const FIRST_EDITED: &str = include_str!("samples/V0001__first.edited.sql");
pub(crate) const SECOND: &str = include_str!("samples/V0002__second.sql");
pub(crate) const SECOND_BROKEN: &str = include_str!("samples/V0002__second.broken.sql");
pub(crate) const THIRD: &str = include_str!("samples/V0003__third.sql");

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

/// A cluster for tests that only need a database: shared by those that run at the same time, gone with the last.
pub(crate) struct Shared {
    pub(crate) cluster: Cluster,
    _home: TempDir,
}

pub(crate) async fn shared() -> Arc<Shared> {
    static CURRENT: Mutex<Weak<Shared>> = Mutex::const_new(Weak::new());
    let mut current = CURRENT.lock().await;
    if let Some(shared) = current.upgrade() {
        return shared;
    }
    let home = home();
    let shared = Arc::new(Shared {
        cluster: start(&home).await,
        _home: home,
    });
    *current = Arc::downgrade(&shared);
    shared
}

pub(crate) async fn open(url: &str) -> Client {
    connect(&url.parse().unwrap()).await.unwrap()
}

/// The first column of the first row, as text.
pub(crate) async fn ask(client: &Client, query: &str) -> String {
    client.query_one(query, &[]).await.unwrap().get(0)
}
