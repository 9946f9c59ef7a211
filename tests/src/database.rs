//! One embedded cluster per run of the tests, and a fresh migrated database for each test.

use std::sync::LazyLock;
use std::sync::atomic::{AtomicU32, Ordering};

use cinatra_migrations::{
    Cluster, ClusterConfig, Durability, create_database, migrate, with_database,
};
use tokio::runtime::Runtime;
use tokio::sync::OnceCell;
use tokio_postgres::{Client, Config, NoTls};

use crate::Outcome;
use crate::places::{self, Scratch};

const TEMPLATE: &str = "cinatra_template";

/// A runtime that outlives every test: what it started runs until the process ends.
static KEEPER: LazyLock<std::io::Result<Runtime>> = LazyLock::new(|| {
    tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
});

/// A migrated database that nobody else uses.
#[derive(Clone, Debug)]
pub struct Database {
    /// For the login that serves, who is no superuser.
    pub url: String,
    /// For the cluster's superuser, who may do everything: tampering, for example.
    pub admin_url: String,
}

impl Database {
    /// A new one on the cluster that this process shares. It survives no crash and is not meant to.
    pub async fn fresh() -> Outcome<Self> {
        static NEXT: AtomicU32 = AtomicU32::new(0);
        let name = format!("test_{}", NEXT.fetch_add(1, Ordering::Relaxed));
        shared().await?.copy(&name).await
    }

    /// A connection of the superuser.
    pub async fn superuser(&self) -> Outcome<Client> {
        connect(&self.admin_url.parse()?).await
    }

    /// A connection of the serving login, acting as one of its roles.
    pub async fn role(&self, name: &str) -> Outcome<Client> {
        connect(&cinatra_migrations::role::connect_as(
            self.url.parse()?,
            name,
        ))
        .await
    }
}

/// A running cluster with a migrated template.
#[derive(Debug)]
pub struct Shared {
    cluster: Cluster,
    _home: Scratch,
}

impl Shared {
    /// Starts one in a folder of its own; `durability` decides what a crash may cost.
    pub async fn start(durability: Durability) -> Outcome<Self> {
        let home = Scratch::new("pg")?;
        let mut config = ClusterConfig::new(home.path().join("home"));
        config.durability = durability;
        config
            .settings
            .push(("max_connections".into(), "300".into()));
        let cluster = Cluster::start(config).await?;
        create_database(cluster.admin_url(), TEMPLATE, None).await?;
        migrate(&with_database(cluster.url(), TEMPLATE)).await?;
        Ok(Self {
            cluster,
            _home: home,
        })
    }

    /// The cluster itself.
    pub fn cluster(&self) -> &Cluster {
        &self.cluster
    }

    /// A copy of the template.
    pub async fn copy(&self, name: &str) -> Outcome<Database> {
        create_database(self.cluster.admin_url(), name, Some(TEMPLATE)).await?;
        Ok(Database {
            url: with_database(self.cluster.url(), name),
            admin_url: with_database(self.cluster.admin_url(), name),
        })
    }

    /// Stops it and removes its folder.
    pub async fn stop(self) -> Outcome<()> {
        self.cluster.stop().await.map_err(Into::into)
    }
}

async fn shared() -> Outcome<&'static Shared> {
    static SHARED: OnceCell<Shared> = OnceCell::const_new();
    SHARED
        .get_or_try_init(|| async {
            places::sweep("pg");
            let keeper = KEEPER.as_ref().map_err(ToString::to_string)?;
            keeper
                .spawn(Shared::start(Durability::TestOnlyUnsafe))
                .await?
        })
        .await
}

/// Connects as these settings say.
pub async fn connect(config: &Config) -> Outcome<Client> {
    let (client, connection) = config.connect(NoTls).await?;
    tokio::spawn(connection);
    Ok(client)
}
