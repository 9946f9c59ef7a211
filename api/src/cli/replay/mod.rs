//! `cinatra replay`: what history proves, and read models built anew. Thin: the library does the work.

mod database;
mod progress;
mod report;
mod run_report;

use std::process::ExitCode;
use std::sync::Arc;

use cinatra_domain::kernel::{Class, Coded as _, TenantId};
use cinatra_eventstore::{EventStore, SystemClock};
use cinatra_projections::Projections;
use cinatra_replay::Scope;
use secrecy::SecretString;
use serde::Serialize;
use tokio_postgres::Config as Connection;

use super::arguments::Replay;
use super::serve::Stop;
use super::{CliError, Terminal, find};
use crate::config::{Env, ProjectionsConfig};
use crate::server::StartError;

use database::Found;
use progress::Progress;
pub(super) use report::particulars;

/// Read access to a database, and what rebuilds need.
pub(super) struct Archive {
    pub(super) store: EventStore,
    pub(super) projections: Projections,
}

impl Archive {
    /// Connects; nothing is migrated and no read model is kept up.
    pub(super) async fn open(
        url: &SecretString,
        config: ProjectionsConfig,
    ) -> Result<Self, CliError> {
        let connection: Connection = find::reveal(url)
            .parse()
            .map_err(|_| StartError::DatabaseUrl)?;
        let (clock, options) = (
            Arc::new(SystemClock),
            cinatra_eventstore::Options::default(),
        );
        let store = EventStore::open(connection.clone(), clock, options).await;
        let store = store.map_err(StartError::Store)?;
        let options = cinatra_projections::Options {
            tolerate_drift: config.tolerate_drift,
            ..cinatra_projections::Options::default()
        };
        let projections = Projections::open(connection, store.clone(), options).await;
        let projections = projections.map_err(StartError::Projections)?;
        Ok(Self { store, projections })
    }

    pub(super) async fn close(&self) {
        self.store.close().await;
    }
}

/// What a shell says of a command that was interrupted.
const INTERRUPTED: u8 = 130;

/// Opens, does one thing, prints it; and stops the database if it was started for this.
pub(super) async fn run(
    replay: Replay,
    terminal: &mut Terminal,
    env: Env<'_>,
) -> Result<ExitCode, CliError> {
    let config = ProjectionsConfig::from_env(env)?;
    // Order: signals are caught before anything runs that would have to be stopped.
    let mut stop = Stop::listen()?;
    let found = tokio::select! {
        found = Found::find(terminal, env) => found?,
        () = stop.asked() => return Ok(ExitCode::from(INTERRUPTED)),
    };
    let outcome = tokio::select! {
        outcome = open_and_act(replay, &found, config, terminal) => outcome,
        () = stop.asked() => Ok(ExitCode::from(INTERRUPTED)),
    };
    let stopped = found.stop().await;
    outcome.and_then(|code| stopped.map(|()| code))
}

async fn open_and_act(
    replay: Replay,
    found: &Found,
    config: ProjectionsConfig,
    terminal: &mut Terminal,
) -> Result<ExitCode, CliError> {
    let archive = Archive::open(&found.url, config).await?;
    let outcome = act(replay, &archive, terminal).await;
    archive.close().await;
    outcome
}

async fn act(
    replay: Replay,
    archive: &Archive,
    terminal: &mut Terminal,
) -> Result<ExitCode, CliError> {
    match replay {
        Replay::Status => status(archive, terminal).await?,
        Replay::Verify { ledger } => return verify(archive, ledger, terminal).await,
        Replay::Timeline { package, ledger } => {
            let ledger = only_ledger(archive, ledger).await?;
            let told = |_events| {};
            let timeline =
                cinatra_replay::timeline(&archive.store, ledger, &package, &told).await?;
            print(terminal, &timeline, report::timeline)?;
        }
        Replay::Run { run, at } => {
            let run = run.parse().map_err(|_| cinatra_replay::Error::NoRun)?;
            let report = cinatra_replay::run(&archive.store, run, at).await?;
            print(terminal, &report, run_report::show)?;
        }
        Replay::Rebuild(which) => {
            let scope = which.name.map_or(Scope::All, Scope::Named);
            rebuild(archive, &scope, terminal).await?;
        }
        Replay::Rollback { name } => {
            let progress = Progress::new("events");
            let told = |name: &str, step| progress.step(name, step);
            let rolled_back = cinatra_replay::roll_back(&archive.projections, &name, &told).await;
            progress.end();
            print(terminal, &rolled_back?, report::roll_back)?;
        }
        Replay::Digest { name } => {
            let progress = Progress::new("rows");
            let told = |rows| progress.at(&name, rows);
            let digest = cinatra_replay::digest(&archive.projections, &name, &told).await?;
            progress.end();
            print(terminal, &digest, report::digest)?;
        }
    }
    Ok(ExitCode::SUCCESS)
}

async fn status(archive: &Archive, terminal: &mut Terminal) -> Result<(), CliError> {
    let progress = Progress::new("rows");
    let told = |name: &'static str, rows| progress.at(name, rows);
    let status = cinatra_replay::status(&archive.projections, &told).await?;
    progress.end();
    print(terminal, &status, report::status)
}

/// Exit 1 when something does not hold; the report names the first bad position.
pub(super) async fn verify(
    archive: &Archive,
    ledger: Option<TenantId>,
    terminal: &mut Terminal,
) -> Result<ExitCode, CliError> {
    let progress = Progress::new("events");
    let told = |ledger: TenantId, done, total| progress.of(&ledger.to_string(), done, total);
    let verified = cinatra_replay::verify(&archive.store, ledger, &told).await?;
    progress.end();
    print(terminal, &verified, report::verify)?;
    Ok(if verified.intact {
        ExitCode::SUCCESS
    } else {
        ExitCode::from(1)
    })
}

/// Prints each read model's proof.
pub(super) async fn rebuild(
    archive: &Archive,
    scope: &Scope,
    terminal: &mut Terminal,
) -> Result<(), CliError> {
    let progress = Progress::new("events");
    let told = |name: &str, step| progress.step(name, step);
    let rebuilt = cinatra_replay::rebuild(&archive.projections, scope, &told).await;
    progress.end();
    print(terminal, &rebuilt?, report::rebuild)
}

/// Of an instance with one organization nobody has to name it.
async fn only_ledger(archive: &Archive, named: Option<TenantId>) -> Result<TenantId, CliError> {
    if let Some(ledger) = named {
        return Ok(ledger);
    }
    let heads = archive
        .store
        .heads()
        .await
        .map_err(cinatra_replay::Error::from)?;
    let organizations = heads.into_iter().map(|(tenant, _)| tenant);
    let organizations: Vec<TenantId> = organizations
        .filter(|tenant| *tenant != TenantId::SYSTEM)
        .collect();
    match organizations[..] {
        [only] => Ok(only),
        _ => Err(CliError::WhichLedger {
            ledgers: organizations.iter().map(ToString::to_string).collect(),
        }),
    }
}

fn print<T: Serialize>(
    terminal: &mut Terminal,
    report: &T,
    readable: fn(&T, &mut Terminal) -> std::io::Result<()>,
) -> Result<(), CliError> {
    let printed = if terminal.is_json() {
        terminal.value(report)
    } else {
        readable(report, terminal)
    };
    Ok(printed?)
}

impl From<cinatra_replay::Error> for CliError {
    fn from(source: cinatra_replay::Error) -> Self {
        let (class, code) = (source.class(), source.code().to_owned());
        // A retry helps only where the database did not answer; the rest is in the message.
        let advice = if class == Class::Unavailable {
            "; is the database running?"
        } else {
            ""
        };
        Self::Replay {
            class,
            message: format!("{source} ({code}){advice}"),
            source,
        }
    }
}
