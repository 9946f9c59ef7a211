//! What the routes share.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use bytes::Bytes;
use cinatra_domain::kernel::TenantId;
use serde_json::Value;
use tokio::sync::{Mutex, watch};

use super::Instance;
use crate::http::Readiness;
use crate::mint;
use crate::primitive::{Backend, Catalogue, Reply, Terms};
use crate::problem::Problem;
use crate::security::{AllowedHosts, Cookies, Gate, Principal};

/// Anybody may ask for readiness, so the database is asked at most this often on their behalf.
const READINESS_KEPT: Duration = Duration::from_millis(500);

/// How long the database may take to answer; probers give up soon.
const READINESS_MAX: Duration = Duration::from_secs(2);

/// The catalogue, what its handlers act on, and who may come in.
#[derive(Debug)]
pub struct App {
    catalogue: Catalogue,
    backend: Arc<Backend>,
    gate: Gate,
    cookies: Cookies,
    hosts: AllowedHosts,
    instance: Instance,
    readiness: Mutex<Option<(Instant, Readiness)>>,
    caught_up: AtomicBool,
    stopped: watch::Receiver<bool>,
}

impl App {
    /// Over an opened backend.
    pub(super) fn new(
        catalogue: Catalogue,
        backend: Backend,
        hosts: AllowedHosts,
        cookies: Cookies,
        stopped: watch::Receiver<bool>,
    ) -> Self {
        let (sessions, instances) = (backend.sessions.clone(), backend.instances.clone());
        Self {
            catalogue,
            gate: Gate::new(backend.store.clone(), sessions, instances),
            cookies,
            backend: Arc::new(backend),
            hosts,
            instance: Instance(mint::id()),
            readiness: Mutex::new(None),
            caught_up: AtomicBool::new(false),
            stopped,
        }
    }

    /// Every capability.
    pub const fn catalogue(&self) -> &Catalogue {
        &self.catalogue
    }

    /// What the handlers act on.
    pub const fn backend(&self) -> &Arc<Backend> {
        &self.backend
    }

    /// Who holds a token.
    pub const fn gate(&self) -> &Gate {
        &self.gate
    }

    /// Changes when the server is asked to stop.
    pub(crate) fn stopped(&self) -> watch::Receiver<bool> {
        self.stopped.clone()
    }

    /// How browsers keep sessions.
    pub(crate) const fn cookies(&self) -> Cookies {
        self.cookies
    }

    /// The names that this server answers to.
    pub const fn hosts(&self) -> &AllowedHosts {
        &self.hosts
    }

    /// Which run this is.
    pub const fn instance(&self) -> Instance {
        self.instance
    }

    /// Calls a primitive; the answer is JSON.
    pub async fn call(
        &self,
        name: &str,
        principal: Arc<Principal>,
        terms: Terms,
        input: Value,
    ) -> Result<Reply<Bytes>, Problem> {
        let held = principal.held.clone();
        let reply = self
            .catalogue
            .call(&self.backend, name, principal, terms, input)
            .await?;
        // Order: before the answer goes out, so that whoever has it finds the former credential dead, or the session
        // where it acts now.
        if let (Some(held), Some(_)) = (held, &reply.session) {
            self.gate.forget(&held);
        }
        Ok(reply)
    }

    /// Judges a caller by a primitive's rule, for a surface that shows the same in another way.
    pub(crate) async fn admit(
        &self,
        name: &str,
        principal: &Arc<Principal>,
        terms: &Terms,
        input: &Value,
    ) -> Result<(), Problem> {
        let admitted = self
            .catalogue
            .admit(&self.backend, name, principal, terms, input);
        admitted.await.map(|_| ())
    }

    /// Whether a caller is let in still.
    pub(crate) async fn would_admit(
        &self,
        name: &str,
        principal: &Arc<Principal>,
        input: &Value,
    ) -> bool {
        let catalogue = &self.catalogue;
        catalogue
            .would_admit(&self.backend, name, principal, input)
            .await
    }

    /// What serving depends on, as of less than a second ago.
    pub async fn readiness(&self) -> Readiness {
        let mut kept = self.readiness.lock().await;
        if let Some((since, readiness)) = *kept
            && since.elapsed() < READINESS_KEPT
        {
            return readiness;
        }
        let readiness = self.look().await;
        *kept = Some((Instant::now(), readiness));
        readiness
    }

    /// Without an answer in time nothing is ready.
    async fn look(&self) -> Readiness {
        let looked = tokio::time::timeout(READINESS_MAX, self.ask_the_database()).await;
        looked.unwrap_or(Readiness {
            database: false,
            migrations: true,
            projections: false,
        })
    }

    async fn ask_the_database(&self) -> Readiness {
        let database = self.backend.store.head(TenantId::SYSTEM).await.is_ok();
        Readiness {
            database,
            migrations: true,
            projections: database && self.have_caught_up().await,
        }
    }

    /// Once is enough: a burst of writes must not take a node out of service. A read model that is
    /// building says so to its readers, and a halted one to `cinatra replay status`.
    async fn have_caught_up(&self) -> bool {
        if self.caught_up.load(Ordering::Relaxed) {
            return true;
        }
        let Ok(statuses) = self.backend.projections.status().await else {
            return false;
        };
        let caught_up = statuses
            .iter()
            .all(|status| status.build.is_none() || status.lag == 0 || !status.parked.is_empty());
        self.caught_up.store(caught_up, Ordering::Relaxed);
        caught_up
    }
}
