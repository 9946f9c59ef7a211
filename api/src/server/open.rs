//! From settings to an opened backend.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use cinatra_commands::credential::PasswordHasher;
use cinatra_commands::gateway::blobs::Blobs;
use cinatra_commands::gateway::egress::{Egress, EgressOptions};
use cinatra_commands::gateway::mail::Mailbox;
use cinatra_commands::gateway::model::Model;
use cinatra_commands::gateway::registry::{self, Registry};
use cinatra_commands::run::worker::Workers;
use cinatra_commands::{
    Authorities, Extensions, Instances, Invocation, Organizations, Permissions, Processes,
    Projects, Runs, Secrets, Sessions, Users,
};
use cinatra_eventstore::{EventStore, Options, SystemClock};
use cinatra_migrations::{MigrationLock, role};
use cinatra_projections::{Projections, Runner};
use secrecy::ExposeSecret as _;
use tokio::task::JoinHandle;
use tokio_postgres::Config as Connection;

use super::StartError;
use crate::config::Config;
use crate::mint;
use crate::primitive::Backend;
use crate::security::{bootstrap, retire, unlock};

/// How often what has ended is forgotten.
const SWEEP: Duration = Duration::from_mins(5);
/// How often it is looked whether somebody is there, at the first start.
const LOOK: Duration = Duration::from_secs(1);
/// Failures to sign in that are older count for nothing.
const ATTEMPTS_KEPT_SECONDS: i64 = 15 * 60;

/// What a server stands on.
pub(super) struct Opened {
    pub(super) backend: Backend,
    pub(super) runner: Runner,
    pub(super) token_file: Option<PathBuf>,
    /// Steps of process managers, mail, and what has ended by itself.
    pub(super) background: JoinHandle<()>,
    /// Executes runs.
    pub(super) workers: Workers,
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
    // Order: still under the migration lock, so that of two first nodes only one makes keys.
    let secrets = unlock(&store, home, &config.vault).await?;
    let options = cinatra_projections::Options {
        tolerate_drift: config.projections.tolerate_drift,
        ..cinatra_projections::Options::default()
    };
    let projections = Projections::open(connection, store.clone(), options).await;
    let projections = projections.map_err(StartError::Projections)?;
    let runner = projections.start().await.map_err(StartError::Projections)?;
    // Order: the first builds of the read models are made while nothing has happened yet, so that they serve at once;
    // then the instance begins. Still under the lock: of two first nodes only one makes a credential.
    let identity = Identity::open(config, &store, &secrets)?;
    let token_file = identity.begin(&store, home).await?;
    drop(lock);
    let waits = token_file.is_some().then(|| home.clone());
    let background = tokio::spawn(identity.clone().keep_up(store.clone(), waits));
    let authorities = identity.authorities;
    let blobs = Blobs::open(&config.place.blobs()).map_err(StartError::Blobs)?;
    let runs = Runs::new(store.clone(), authorities.clone(), blobs.clone());
    let model = Model::open(config.model.options()).map_err(StartError::Model)?;
    let workers = Workers::new(runs.clone(), egress(config)?, model, secrets.clone());
    let registry = registry(config)?;
    let instances = identity.instances.clone();
    let backend = Backend {
        extensions: Extensions::new(
            store.clone(),
            registry,
            blobs,
            secrets.clone(),
            instances,
            authorities.clone(),
        ),
        instances: identity.instances,
        organizations: Organizations::new(identity.users.clone()),
        permissions: Permissions::new(store.clone(), authorities.clone()),
        projects: Projects::new(store.clone(), authorities.clone()),
        runs,
        sessions: Sessions::new(identity.users.clone()),
        users: identity.users,
        authorities,
        secrets,
        projections,
        store,
    };
    Ok(Opened {
        backend,
        runner,
        token_file,
        background,
        workers,
    })
}

/// What keeps persons and organizations.
#[derive(Clone)]
struct Identity {
    authorities: Authorities,
    processes: Processes,
    instances: Instances,
    users: Users,
}

impl Identity {
    fn open(config: &Config, store: &EventStore, secrets: &Secrets) -> Result<Self, StartError> {
        let authorities = Authorities::new(store.clone(), Arc::new(SystemClock));
        let processes = Processes::new(store.clone(), authorities.clone());
        let approved = config.instance.approved_namespaces.clone();
        let mailbox = Mailbox::open(&config.place.mail()).map_err(StartError::Mail)?;
        let passwords = PasswordHasher::new().map_err(StartError::Identity)?;
        Ok(Self {
            instances: Instances::new(store.clone(), processes.clone(), approved),
            users: Users::new(
                store.clone(),
                authorities.clone(),
                secrets.fingerprints(),
                passwords,
                processes.clone(),
                mailbox,
            ),
            authorities,
            processes,
        })
    }

    /// The instance begins, with one organization and a credential for this first start; at any later start that
    /// credential works no more.
    async fn begin(&self, store: &EventStore, home: &Path) -> Result<Option<PathBuf>, StartError> {
        let failed = StartError::Identity;
        let state = self.instances.state().await.map_err(failed)?;
        if state.running().is_some() {
            retire(store, home).await?;
            return Ok(None);
        }
        // A database from before there was identity has an organization already.
        let known = store.bootstrap_tenant().await.map_err(StartError::Store)?;
        let organization = known.unwrap_or_else(mint::organization);
        let invocation = Invocation::of_system("instance_begin", mint::id());
        let organization = self.instances.begin(&invocation, organization).await;
        let organization = organization.map_err(failed)?;
        if known.is_some() {
            retire(store, home).await?;
            return Ok(None);
        }
        Ok(bootstrap(store, home, organization).await?)
    }

    /// Follows what one ledger says in another, hands mail over, and forgets what has ended; also the file with the
    /// first credential in `waits`, once that has.
    async fn keep_up(self, store: EventStore, waits: Option<PathBuf>) {
        let instances = self.instances.clone();
        let retired = async {
            if let Some(home) = waits {
                retire_with_first_person(&instances, &store, &home).await;
            }
        };
        tokio::join!(
            self.processes.run(),
            self.users.deliver(),
            sweep(&store),
            retired
        );
    }
}

/// Somebody may sign up at any node: the file is where the first start was.
async fn retire_with_first_person(instances: &Instances, store: &EventStore, home: &Path) {
    loop {
        tokio::time::sleep(LOOK).await;
        let is_there = instances.state().await.is_ok_and(|state| {
            let running = state.running();
            running.is_some_and(|instance| instance.administrator.is_some())
        });
        if is_there {
            if let Err(error) = retire(store, home).await {
                tracing::warn!(%error, "the file of the first credential stays behind");
            }
            return;
        }
    }
}

/// Forgets what has ended by itself: sessions, mailed secrets, failures to sign in.
async fn sweep(store: &EventStore) {
    loop {
        let swept = async {
            store.end_expired_sessions().await?;
            store.delete_expired_challenges().await?;
            store.sweep_attempts(ATTEMPTS_KEPT_SECONDS).await
        };
        if let Err(error) = swept.await {
            tracing::debug!(%error, "nothing was swept");
        }
        tokio::time::sleep(SWEEP).await;
    }
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

fn registry(config: &Config) -> Result<Arc<dyn Registry>, StartError> {
    let source = config.registry.source.to_string();
    Ok(registry::open(&source, config.registry.token.as_ref())?)
}

/// How runs call the outside.
fn egress(config: &Config) -> Result<Egress, StartError> {
    let options = EgressOptions {
        allowed_private: config.egress.allowed_private.clone(),
        ..EgressOptions::default()
    };
    Egress::open(options).map_err(StartError::Egress)
}
