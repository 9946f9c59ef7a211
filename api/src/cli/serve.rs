//! `cinatra serve`: on a database that somebody else runs. Also the part of `up` after its database.

use std::io;
use std::path::Path;

use serde_json::json;
use tokio::signal::unix::{SignalKind, signal};

use super::{CliError, Terminal};
use crate::config::{Config, Env, Source, database_url};
use crate::server::{Database, Running, Server};

/// Serves until a signal.
pub(super) async fn run(terminal: &mut Terminal, env: Env<'_>) -> Result<(), CliError> {
    let url = database_url(env)?.ok_or(CliError::DatabaseRequired)?;
    let config = Config::from_env(env, url)?;
    let never = std::future::pending();
    until_stopped(config, Database::External, terminal, never).await
}

/// Starts, says so, serves until a signal or until `lost` ends, and stops.
pub(super) async fn until_stopped(
    config: Config,
    database: Database,
    terminal: &mut Terminal,
    lost: impl Future<Output = CliError>,
) -> Result<(), CliError> {
    let home = config.place.home.clone();
    // Order: signals are caught before anything runs that would have to be stopped.
    let mut stop = Stop::listen()?;
    let mut server = tokio::select! {
        started = Server::start(config.clone()) => started?,
        () = stop.asked() => return Ok(()),
    };
    let running = Running {
        pid: std::process::id(),
        url: server.url().to_owned(),
        instance: server.instance(),
        database,
    };
    running
        .write(&home)
        .map_err(|source| home_error(&home, source))?;
    announce(&server, &config, terminal)?;
    let outcome = tokio::select! {
        () = stop.asked() => Ok(()),
        error = server.failed() => Err(CliError::Stopped(error)),
        error = lost => Err(error),
    };
    terminal.remark("stopping")?;
    running.clear(&home);
    server.shutdown().await;
    outcome
}

/// The first SIGINT or SIGTERM.
pub(super) struct Stop {
    interrupt: tokio::signal::unix::Signal,
    terminate: tokio::signal::unix::Signal,
}

impl Stop {
    pub(super) fn listen() -> io::Result<Self> {
        Ok(Self {
            interrupt: signal(SignalKind::interrupt())?,
            terminate: signal(SignalKind::terminate())?,
        })
    }

    pub(super) async fn asked(&mut self) {
        tokio::select! {
            _ = self.interrupt.recv() => {}
            _ = self.terminate.recv() => {}
        }
    }
}

pub(super) fn home_error(home: &Path, source: io::Error) -> CliError {
    CliError::Home(home.display().to_string(), source)
}

/// Only `up` puts them there, and only into the default registry.
fn has_samples(config: &Config) -> bool {
    let folder = config.place.registry();
    config.registry.source == Source::Directory(folder.clone()) && folder.is_dir()
}

fn announce(server: &Server, config: &Config, terminal: &mut Terminal) -> Result<(), CliError> {
    let url = server.url();
    let token_file = server.token_file().map(|path| {
        let whole = std::fs::canonicalize(path);
        whole
            .unwrap_or_else(|_| path.to_owned())
            .display()
            .to_string()
    });
    if terminal.is_json() {
        let ready = json!({ "ready": true, "url": url, "adminTokenFile": token_file });
        return Ok(terminal.line(ready)?);
    }
    terminal.line(format_args!("Cinatra is ready at {url}\n"))?;
    if let Some(public) = &config.http.public_url {
        terminal.line(format_args!("  Public URL   {public}"))?;
    }
    terminal.line(format_args!("  MCP          {url}/api/mcp"))?;
    terminal.line(format_args!("  OpenAPI      {url}/api/openapi.json"))?;
    terminal.line(format_args!("  Registry     {}", config.registry.source))?;
    terminal.line("  Stop         Ctrl-C")?;
    let Some(path) = token_file else {
        return Ok(terminal.line("  Sign in      cinatra sign-in --email YOUR-ADDRESS")?);
    };
    terminal.line(format_args!(
        "  Admin token  {path} (works until somebody signs up)"
    ))?;
    if has_samples(config) {
        terminal.line("\nBefore anybody signs up, the admin token installs a sample:\n")?;
        terminal.line(super::up::sample_curl(url, &path))?;
    }
    terminal.line(
        "\nThe first person to sign up administers the instance, and ends the admin token:\n",
    )?;
    Ok(terminal.line("cinatra sign-up --name YOUR-NAME --email YOUR-ADDRESS")?)
}
