//! `cinatra demo`: an extension's whole life on the sample packages, over real HTTP, with a server and a
//! database of its own; what an auditor would want to see.

mod walk;

use std::fs;
use std::path::{Path, PathBuf};

use cinatra_migrations::{Cluster, ClusterConfig};
use secrecy::SecretString;

use super::arguments::Demo;
use super::client::Client;
use super::replay::Archive;
use super::serve::{Stop, home_error};
use super::{CliError, Terminal, find};
use crate::config::{
    Config, EgressConfig, HttpConfig, InstanceConfig, ModelConfig, PlaceConfig, ProjectionsConfig,
    RegistryConfig, Source, VaultConfig,
};
use crate::samples;
use crate::server::Server;

use walk::Walk;

/// Starts everything, walks, stops everything.
pub(super) async fn run(demo: &Demo, terminal: &mut Terminal) -> Result<(), CliError> {
    let home = Home::of(demo)?;
    let mut stop = Stop::listen()?;
    let cluster = tokio::select! {
        started = Cluster::start(ClusterConfig::new(home.path())) => started?,
        () = stop.asked() => return Ok(()),
    };
    let outcome = tokio::select! {
        walked = on(&cluster, home.path(), terminal) => walked,
        () = stop.asked() => Ok(()),
    };
    cluster.stop().await?;
    home.clear();
    outcome
}

async fn on(cluster: &Cluster, home: &Path, terminal: &mut Terminal) -> Result<(), CliError> {
    let url = SecretString::from(cluster.url().to_owned());
    let place = PlaceConfig {
        home: home.to_owned(),
    };
    samples::seed(&place.registry()).map_err(CliError::Samples)?;
    let config = Config {
        registry: RegistryConfig {
            source: Source::Directory(place.registry()),
            token: None,
        },
        http: HttpConfig {
            port: 0,
            ..HttpConfig::default()
        },
        instance: InstanceConfig::default(),
        projections: ProjectionsConfig::default(),
        egress: EgressConfig::default(),
        model: ModelConfig::from_env(&|_| None)?,
        vault: VaultConfig::default(),
        place: place.clone(),
        database_url: url.clone(),
    };
    let server = Server::start(config).await?;
    let none = |_: &str| None;
    let client = Client::new(server.url().to_owned(), Some(find::token(&none, &place)?))?;
    let archive = Archive::open(&url, ProjectionsConfig::default()).await?;
    let walked = Walk::new(&client, terminal).whole(&archive).await;
    archive.close().await;
    server.shutdown().await;
    walked
}

/// Where the demonstration happens.
enum Home {
    Kept(PathBuf),
    Temporary(PathBuf),
}

impl Home {
    fn of(demo: &Demo) -> Result<Self, CliError> {
        let home = if let Some(home) = &demo.home {
            Self::Kept(home.clone())
        } else {
            let name = format!("cinatra-demo-{}", std::process::id());
            Self::Temporary(std::env::temp_dir().join(name))
        };
        let path = home.path();
        fs::create_dir_all(path).map_err(|source| home_error(path, source))?;
        Ok(home)
    }

    fn path(&self) -> &Path {
        match self {
            Self::Kept(path) | Self::Temporary(path) => path,
        }
    }

    fn clear(self) {
        if let Self::Temporary(path) = self
            && let Err(error) = fs::remove_dir_all(&path)
        {
            tracing::warn!(%error, path = %path.display(), "the demonstration's folder stays behind");
        }
    }
}
