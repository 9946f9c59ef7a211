//! A server inside the test's own process.

use std::path::{Path, PathBuf};
use std::time::Duration;

use cinatra_api::Config;
use cinatra_api::server::Server;
use secrecy::SecretString;

use crate::people::{self, Person};
use crate::places::Scratch;
use crate::registry::publish_into;
use crate::{Client, Database, Outcome, Packed, fault};

/// A running server on a database of its own, installing from a folder of its own.
#[derive(Debug)]
pub struct Served {
    server: Server,
    database: Database,
    home: Scratch,
    token: String,
}

impl Served {
    /// With a directory registry that holds these packages.
    pub async fn with(packages: &[Packed]) -> Outcome<Self> {
        Self::start(&[], packages).await
    }

    /// With an npm registry.
    pub async fn installing_from(url: &str) -> Outcome<Self> {
        Self::start(&[("CINATRA_REGISTRY", url)], &[]).await
    }

    /// Under these variables of the environment.
    pub async fn told(variables: &[(&str, &str)]) -> Outcome<Self> {
        Self::start(variables, &[]).await
    }

    /// A second node of the same instance: the same database and master key, a home of its own. What the first
    /// start's token opened, it opens no more.
    pub async fn beside(&self) -> Outcome<Self> {
        let key = std::fs::read_to_string(self.home().join("master-key"))?;
        let variables = [("CINATRA_ENCRYPTION_KEY", key.trim())];
        let home = Scratch::new("beside")?;
        // Nodes of one instance share their blobs, or a run that one took could not find its flow.
        std::os::unix::fs::symlink(self.home().join("blobs"), home.path().join("blobs"))?;
        Self::open(self.database.clone(), home, &variables).await
    }

    /// Both.
    pub async fn told_with(variables: &[(&str, &str)], packages: &[Packed]) -> Outcome<Self> {
        Self::start(variables, packages).await
    }

    async fn start(variables: &[(&str, &str)], packages: &[Packed]) -> Outcome<Self> {
        let database = Database::fresh().await?;
        let home = Scratch::new("served")?;
        for packed in packages {
            publish_into(&home.path().join("registry"), packed)?;
        }
        let served = Self::open(database, home, variables).await?;
        if served.token.is_empty() {
            return Err(fault("no admin token"));
        }
        Ok(served)
    }

    async fn open(database: Database, home: Scratch, variables: &[(&str, &str)]) -> Outcome<Self> {
        std::fs::create_dir_all(home.path().join("registry"))?;
        // As a process of its own would be told.
        let environment = |name: &str| match name {
            "CINATRA_HOME" => Some(home.path().display().to_string()),
            "CINATRA_PORT" => Some("0".to_owned()),
            _ => {
                let told = variables.iter().find(|(variable, _)| *variable == name);
                told.map(|(_, value)| (*value).to_owned())
            }
        };
        let url = SecretString::from(database.url.clone());
        let server = Server::start(Config::from_env(&environment, url)?).await?;
        let token = match server.token_file() {
            Some(file) => std::fs::read_to_string(file)?.trim().to_owned(),
            None => String::new(),
        };
        let ready = Self {
            server,
            database,
            home,
            token,
        };
        // The instance has begun; the read models follow at once.
        let client = people::nobody(&ready.url())?;
        while !client.get("/readyz").await?.is_ok() {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        Ok(ready)
    }

    /// A caller with the token of the first start.
    pub fn client(&self) -> Outcome<Client> {
        Client::new(self.url(), &self.token)
    }

    /// Its database, for a look past the interface.
    pub fn database(&self) -> &Database {
        &self.database
    }

    /// The server itself.
    pub fn server(&self) -> &Server {
        &self.server
    }

    /// The folder that the server keeps its files in.
    pub fn home(&self) -> &Path {
        self.home.path()
    }

    /// Where it answers.
    pub fn url(&self) -> String {
        format!("http://{}", self.server.address())
    }

    /// The first person: administers the instance and owns its default organization.
    pub async fn first(&self) -> Outcome<Person> {
        people::sign_up(&self.url(), "Ada").await
    }

    /// The folder that the directory registry serves.
    pub fn registry(&self) -> PathBuf {
        self.home.path().join("registry")
    }
}
