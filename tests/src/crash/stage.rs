//! A durable cluster, a registry folder with many small packages, and nodes that serve them.

use std::path::PathBuf;

use cinatra_migrations::Durability;
use serde_json::json;

use crate::database::Shared;
use crate::places::Scratch;
use crate::registry::publish_into;
use crate::{Call, Client, Database, Node, Outcome, Package, Start, fault};

/// Version of every sample.
pub(super) const VERSION: &str = "1.0.0";

/// The nodes have homes of their own and one database.
const MASTER_KEY: &str = "5eed5eed5eed5eed5eed5eed5eed5eed5eed5eed5eed5eed5eed5eed5eed5eed";

/// Everything that survives a kill.
#[derive(Debug)]
pub(super) struct Stage {
    pub(super) shared: Shared,
    pub(super) database: Database,
    pub(super) packages: Vec<String>,
    scratch: Scratch,
    token: Option<String>,
}

impl Stage {
    /// Builds it with this many packages, all installed.
    pub(super) async fn build(packages: usize) -> Outcome<Self> {
        let shared = Shared::start(Durability::Durable).await?;
        let database = shared.copy("crash").await?;
        let mut stage = Self {
            shared,
            database,
            packages: Vec::new(),
            scratch: Scratch::new("crash")?,
            token: None,
        };
        for number in 0..packages {
            let name = format!("@crash/sample-{number}-skill");
            publish_into(&stage.registry(), &Package::skill(&name, VERSION).pack()?)?;
            stage.packages.push(name);
        }
        let node = stage.node("first").await?;
        stage.token = Some(node.token().to_owned());
        install(&node.client()?, &stage.packages).await?;
        node.stop()?;
        Ok(stage)
    }

    /// Where packages are published.
    pub(super) fn registry(&self) -> PathBuf {
        self.scratch.path().join("registry")
    }

    /// How a node of this name is started; the same name means the same home.
    pub(super) fn start(&self, name: &str) -> Start {
        let home = self.scratch.path().join(name);
        let start = Start::serve(&home, &self.database.url)
            .encryption_key(MASTER_KEY)
            .registry(format!("directory:{}", self.registry().display()));
        match &self.token {
            Some(token) => start.token(token),
            None => start,
        }
    }

    /// A running node.
    pub(super) async fn node(&self, name: &str) -> Outcome<Node> {
        Node::start(self.start(name)).await
    }
}

/// Installs them one after the other.
pub(super) async fn install(client: &Client, packages: &[String]) -> Outcome<()> {
    for name in packages {
        let input = json!({ "packageName": name, "packageVersion": VERSION });
        let reply = client
            .call(
                "extensions_install",
                &input,
                Call {
                    key: Some(name),
                    ..Call::default()
                },
            )
            .await?;
        if !reply.is_ok() {
            return Err(fault(format!(
                "{name} could not be installed: {} {}",
                reply.status, reply.body
            )));
        }
    }
    Ok(())
}
