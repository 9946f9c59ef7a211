//! `cinatra up`: everything on this machine.

use std::fs;

use cinatra_migrations::{Cluster, ClusterConfig};
use secrecy::SecretString;

use super::serve::{Stop, home_error, until_stopped};
use super::turn::Turn;
use super::{CliError, Terminal};
use crate::config::{Config, Env, Source, database_url};
use crate::samples;
use crate::server::{Database, Running, Server};

/// Starts what is missing and serves, or points at who does.
pub(super) async fn run(terminal: &mut Terminal, env: Env<'_>) -> Result<(), CliError> {
    // Order: what cannot be used is told before anything is created.
    let external = database_url(env)?;
    let url = external.clone().unwrap_or_default();
    let config = Config::from_env(env, url)?;
    let home = config.place.home.clone();
    fs::create_dir_all(&home).map_err(|source| home_error(&home, source))?;
    let _lock = match Turn::take(&home, terminal).await? {
        Turn::Ours(lock) => lock,
        Turn::Theirs(running) => return report(&running, terminal),
    };
    Server::can_listen(&config).await?;
    if external.is_some() {
        prepare(&config)?;
        return until_stopped(config, Database::External, terminal, std::future::pending()).await;
    }
    let mut stop = Stop::listen()?;
    let cluster = tokio::select! {
        started = Cluster::start(ClusterConfig::new(&home)) => started?,
        () = stop.asked() => return Ok(()),
    };
    let outcome = serve_on(&cluster, terminal, config).await;
    // Order: requests, read models and lanes are done; now nobody needs the database.
    cluster.stop().await?;
    outcome
}

async fn serve_on(
    cluster: &Cluster,
    terminal: &mut Terminal,
    mut config: Config,
) -> Result<(), CliError> {
    config.database_url = SecretString::from(cluster.url().to_owned());
    prepare(&config)?;
    let lost = async { CliError::from(cluster.lost().await) };
    until_stopped(config, Database::Embedded, terminal, lost).await
}

/// Puts the samples into the default registry, the first time.
fn prepare(config: &Config) -> Result<(), CliError> {
    if config.registry.source == Source::Directory(config.place.registry()) {
        samples::seed(&config.place.registry()).map_err(CliError::Samples)?;
    }
    Ok(())
}

fn report(running: &Running, terminal: &mut Terminal) -> Result<(), CliError> {
    if terminal.is_json() {
        return Ok(terminal.value(running)?);
    }
    let Running { url, pid, .. } = running;
    Ok(terminal.line(format_args!(
        "Cinatra is already running here: ready at {url} (process {pid})"
    ))?)
}

/// A command to copy that installs a sample.
pub(super) fn sample_curl(url: &str, token_file: &str) -> String {
    let (name, version) = samples::SHOWCASE;
    [
        format!("curl -sS {url}/api/primitives/extensions_install"),
        format!("-H \"Authorization: Bearer $(cat '{token_file}')\""),
        "-H 'Content-Type: application/json'".to_owned(),
        format!("-d '{{\"packageName\":\"{name}\",\"packageVersion\":\"{version}\"}}'"),
    ]
    .join(" \\\n  ")
}
