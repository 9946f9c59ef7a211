//! What this process knows of one read model: its live build, and how far each ledger is.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use cinatra_domain::kernel::{Position, TenantId};
use tokio::sync::watch;

use crate::Error;
use crate::registry::Registered;

/// A build that serves.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Live {
    pub(crate) build: i32,
    /// Where its tables are.
    pub(crate) schema: Arc<str>,
}

/// Shared by readers, who wait here, and the runner, which announces what it committed.
#[derive(Debug)]
pub(crate) struct Board {
    pub(crate) registered: &'static Registered,
    live: Mutex<Option<Live>>,
    known: Mutex<HashMap<TenantId, Position>>,
    rung: watch::Sender<u64>,
}

impl Board {
    pub(crate) fn new(registered: &'static Registered) -> Self {
        Self {
            registered,
            live: Mutex::new(None),
            known: Mutex::new(HashMap::new()),
            rung: watch::Sender::new(0),
        }
    }

    /// The build that served when anybody last looked.
    pub(crate) fn live(&self) -> Option<Live> {
        lock(&self.live).clone()
    }

    /// Takes note of the pointer.
    pub(crate) fn point(&self, live: Option<Live>) {
        *lock(&self.live) = live;
    }

    /// How far a ledger was when anybody looked; a flip never takes it back.
    pub(crate) fn known(&self, tenant: TenantId) -> Option<Position> {
        lock(&self.known).get(&tenant).copied()
    }

    /// Takes back what a crash of the server undid: batches are not flushed one by one.
    pub(crate) fn retract(&self, tenant: TenantId, to: Position) {
        lock(&self.known).insert(tenant, to);
    }

    /// Tells everybody who waits how far ledgers are.
    pub(crate) fn announce(&self, reached: impl IntoIterator<Item = (TenantId, Position)>) {
        let mut known = lock(&self.known);
        for (tenant, position) in reached {
            let at = known.entry(tenant).or_default();
            *at = position.max(*at);
        }
        drop(known);
        self.rung
            .send_modify(|rings| *rings = rings.wrapping_add(1));
    }

    /// Rings when something was announced.
    pub(crate) fn listen(&self) -> watch::Receiver<u64> {
        self.rung.subscribe()
    }

    /// There is no build of the version that this binary reads.
    pub(crate) fn building(&self) -> Error {
        Error::Building {
            name: self.registered.name,
            version: self.registered.version,
        }
    }
}

/// A panic elsewhere leaves these maps whole: every change is one assignment.
fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
