//! Who waits for frames of which run, and is woken.
//!
//! A run's bell rings after this process has committed something for it. What other nodes commit is found by one
//! statement a node that reads the heads of all watched runs every 250 ms. Waiting ends by itself after a while,
//! so that a lost ring costs time and never a frame.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use cinatra_domain::kernel::TenantId;
use deadpool_postgres::Pool;
use tokio::sync::watch;
use tokio::time::{sleep, timeout};
use uuid::Uuid;

use super::{RunHead, head_of};
use crate::question::{Unanswered, ask};
use crate::{EventStore, sql};

/// How often heads of watched runs are looked at.
pub(super) const POLL: Duration = Duration::from_millis(250);
/// Whoever waits looks after this long, whatever the bell does.
const LOOK_MAX: Duration = Duration::from_secs(1);
/// Runs with a bell; whoever watches a further one polls.
const BELLS_MAX: usize = 16_384;

pub(crate) type RunKey = (TenantId, Uuid);

#[derive(Debug)]
struct Bell {
    rings: watch::Sender<()>,
    /// The head that its watchers have been told of.
    told: Option<RunHead>,
}

/// The bells of watched runs. One that nobody listens to is taken down.
#[derive(Debug, Default)]
pub(crate) struct Bells(Mutex<HashMap<RunKey, Bell>>);

impl Bells {
    fn bells(&self) -> MutexGuard<'_, HashMap<RunKey, Bell>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn watch(self: &Arc<Self>, key: RunKey) -> RunWatch {
        let mut bells = self.bells();
        let rings = match bells.get(&key) {
            Some(bell) => Some(bell.rings.subscribe()),
            None if bells.len() >= BELLS_MAX => None,
            None => {
                let rings = watch::Sender::new(());
                let listening = rings.subscribe();
                bells.insert(key, Bell { rings, told: None });
                Some(listening)
            }
        };
        drop(bells);
        RunWatch {
            key,
            rings,
            bells: Arc::clone(self),
        }
    }

    /// Something was committed for a run.
    pub(crate) fn ring(&self, key: RunKey) {
        if let Some(bell) = self.bells().get(&key) {
            bell.ring();
        }
    }

    /// Watchers have seen the run up to there.
    pub(crate) fn told(&self, key: RunKey, head: Option<RunHead>) {
        if let Some(bell) = self.bells().get_mut(&key) {
            bell.told = head;
        }
    }

    fn leave(&self, key: RunKey) {
        let mut bells = self.bells();
        if bells
            .get(&key)
            .is_some_and(|bell| bell.rings.receiver_count() == 0)
        {
            bells.remove(&key);
        }
    }

    fn watched(&self) -> (Vec<Uuid>, Vec<Uuid>) {
        let bells = self.bells();
        bells
            .keys()
            .map(|(tenant, run)| (tenant.uuid(), *run))
            .unzip()
    }

    /// Rings wherever a head is not the one that watchers were told of.
    fn compare(&self, heads: &HashMap<RunKey, RunHead>, asked: &(Vec<Uuid>, Vec<Uuid>)) {
        let mut bells = self.bells();
        for (tenant, run) in asked.0.iter().zip(&asked.1) {
            let key = (TenantId::new(*tenant), *run);
            let head = heads.get(&key).copied();
            if let Some(bell) = bells.get_mut(&key).filter(|bell| bell.told != head) {
                bell.told = head;
                bell.ring();
            }
        }
    }

    #[cfg(test)]
    fn len(&self) -> usize {
        self.bells().len()
    }
}

impl Bell {
    fn ring(&self) {
        self.rings.send_replace(());
    }
}

/// Tells when to look at a run again. Taken before the first look, so that no ring is lost between looking and waiting.
#[derive(Debug)]
pub struct RunWatch {
    key: RunKey,
    /// Absent where too many runs are watched.
    rings: Option<watch::Receiver<()>>,
    bells: Arc<Bells>,
}

impl RunWatch {
    /// Waits until something was committed for the run since the last look, or it is time to look anyway.
    pub async fn changed(&mut self) {
        match &mut self.rings {
            Some(rings) => drop(timeout(LOOK_MAX, rings.changed()).await),
            None => sleep(POLL).await,
        }
    }
}

impl Drop for RunWatch {
    fn drop(&mut self) {
        // Order: no longer a listener before the listeners are counted.
        drop(self.rings.take());
        self.bells.leave(self.key);
    }
}

impl EventStore {
    /// Tells when frames of a run may have come, from this node or another. It is no guard: whoever watches has been
    /// authorized to see the run.
    pub fn watch_run(&self, tenant: TenantId, run_id: Uuid) -> RunWatch {
        self.bells().watch((tenant, run_id))
    }
}

/// Looks at the heads of watched runs for as long as it is let.
pub(crate) async fn keep_watch(bells: Arc<Bells>, pool: Pool) {
    loop {
        sleep(POLL).await;
        let asked = bells.watched();
        if asked.0.is_empty() {
            continue;
        }
        match heads(&pool, &asked).await {
            Ok(heads) => bells.compare(&heads, &asked),
            Err(error) => tracing::debug!(%error, "heads of watched runs cannot be read"),
        }
    }
}

async fn heads(
    pool: &Pool,
    asked: &(Vec<Uuid>, Vec<Uuid>),
) -> Result<HashMap<RunKey, RunHead>, Unanswered> {
    let rows = ask(pool, sql::READ_RUN_HEADS, &[&asked.0, &asked.1]).await?;
    Ok(rows
        .iter()
        .map(|row| ((TenantId::new(row.get(0)), row.get(1)), head_of(row, 2)))
        .collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    const KEY: RunKey = (TenantId::new(Uuid::from_u128(1)), Uuid::from_u128(2));

    fn is_rung(watch: &mut RunWatch) -> bool {
        let rings = watch.rings.as_mut().unwrap();
        let is_rung = rings.has_changed().unwrap();
        rings.mark_unchanged();
        is_rung
    }

    #[test]
    fn a_bell_is_taken_down_with_its_last_listener() {
        let bells = Arc::new(Bells::default());
        let first = bells.watch(KEY);
        let second = bells.watch(KEY);
        drop(first);
        assert_eq!(bells.len(), 1);
        drop(second);
        assert_eq!(bells.len(), 0);
        bells.ring(KEY);
        assert_eq!(bells.len(), 0, "ringing puts none up");
    }

    #[test]
    fn watchers_are_woken_once_for_a_head() {
        let bells = Arc::new(Bells::default());
        let mut watch = bells.watch(KEY);
        let asked = (vec![KEY.0.uuid()], vec![KEY.1]);
        let heads = HashMap::from([(KEY, RunHead::OPENED)]);
        bells.compare(&heads, &asked);
        assert!(is_rung(&mut watch));
        bells.compare(&heads, &asked);
        assert!(!is_rung(&mut watch), "they were told");
        bells.compare(&HashMap::new(), &asked);
        assert!(is_rung(&mut watch), "the run is gone");
        bells.told(KEY, Some(RunHead::OPENED));
        bells.compare(&heads, &asked);
        assert!(!is_rung(&mut watch), "they saw it themselves");
    }
}
