use std::{fs, os::unix::fs::PermissionsExt};

use tempfile::TempDir;

use crate::{Cluster, ClusterConfig, Durability, migrate};

fn home() -> TempDir {
    let home = tempfile::tempdir().unwrap();
    fs::set_permissions(home.path(), fs::Permissions::from_mode(0o755)).unwrap();
    home
}

fn config(home: &TempDir) -> ClusterConfig {
    let mut config = ClusterConfig::new(home.path());
    config.durability = Durability::TestOnlyUnsafe;
    config
}

#[tokio::test]
async fn a_fresh_cluster_serves() {
    let home = home();
    let cluster = Cluster::start(config(&home)).await.unwrap();
    migrate(cluster.url()).await.unwrap();
    cluster.stop().await.unwrap();
}
