//! From settings to an opened backend.

use std::fs;
use std::path::PathBuf;
use std::sync::Arc;

use cinatra_commands::gateway::blobs::Blobs;
use cinatra_commands::gateway::registry;
use cinatra_commands::{Authorities, Extensions, Secrets};
use cinatra_eventstore::{EventStore, Options, SystemClock};
use cinatra_migrations::{MigrationLock, role};
use cinatra_projections::{Projections, Runner};
use secrecy::ExposeSecret as _;
use tokio_postgres::Config as Connection;

use super::StartError;
use crate::config::Config;
use crate::primitive::Backend;
use crate::security::{bootstrap, unlock};

/// What a server stands on.
pub(super) struct Opened {
    pub(super) backend: Backend,
    pub(super) runner: Runner,
    pub(super) token_file: Option<PathBuf>,
}

/// Schema, ledgers, secrets, first credential, read models, registry: in the order of their dependence.
pub(super) async fn open(config: &Config) -> Result<Opened, StartError> {
    let home = &config.place.home;
    let failed = |source| StartError::Home(home.display().to_string(), source);
    fs::create_dir_all(home).map_err(failed)?;
    let url = config.database_url.expose_secret();
    let connection: Connection = url.parse().map_err(|_| StartError::DatabaseUrl)?;
    let mut lock = MigrationLock::acquire(url).await?;
    let migrated = lock.migrate().await?;
    tracing::info!(version = migrated.version, applied = ?migrated.applied, "schema is ready");
    let store = open_store(&connection).await?;
    // Order: still under the migration lock, so that of two first nodes only one makes keys and a credential.
    let secrets = unlock(&store, home, &config.vault).await?;
    let token_file = bootstrap(&store, home).await?;
    drop(lock);
    let options = cinatra_projections::Options {
        tolerate_drift: config.projections.tolerate_drift,
        ..cinatra_projections::Options::default()
    };
    let projections = Projections::open(connection, store.clone(), options).await;
    let projections = projections.map_err(StartError::Projections)?;
    let runner = projections.start().await.map_err(StartError::Projections)?;
    let backend = Backend {
        extensions: extensions(config, &store, &secrets)?,
        authorities: Authorities::new(store.clone()),
        secrets,
        projections,
        store,
    };
    Ok(Opened {
        backend,
        runner,
        token_file,
    })
}

/// Opens the ledgers, and refuses to serve with rights that could change them.
async fn open_store(connection: &Connection) -> Result<EventStore, StartError> {
    let clock = Arc::new(SystemClock);
    let store = EventStore::open(connection.clone(), clock, Options::default()).await;
    let store = store.map_err(StartError::Store)?;
    let client = store.unscoped().get().await;
    let client = client.map_err(|error| StartError::Store(error.into()))?;
    role::refuse_privileged(&client).await?;
    drop(client);
    Ok(store)
}

/// The registry and the place for what is fetched from it.
fn extensions(
    config: &Config,
    store: &EventStore,
    secrets: &Secrets,
) -> Result<Extensions, StartError> {
    let source = config.registry.source.to_string();
    let registry = registry::open(&source, config.registry.token.as_ref())?;
    let blobs = Blobs::open(&config.place.blobs()).map_err(StartError::Blobs)?;
    Ok(Extensions::new(
        store.clone(),
        registry,
        blobs,
        secrets.clone(),
    ))
}
