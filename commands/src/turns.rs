//! Lets commands that met a conflict decide again one after the other, per stream that they met it on.
//!
//! Without it every waiting command of a process decides on the same revision, one wins, and most give up
//! after a few rounds. A first attempt never waits: it may be fetching for a long time. Other processes
//! are not held off; the append remains the judge.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError, Weak};

use cinatra_domain::kernel::TenantId;
use tokio::sync::{Mutex as Turn, OwnedMutexGuard};

/// Entries at which those that nobody waits for are dropped.
const ENTRIES_SWEPT: usize = 1_024;

type Key = (TenantId, String);

/// Who is deciding again about what. Cheap to clone.
#[derive(Clone, Debug, Default)]
pub(crate) struct Turns(Arc<Mutex<HashMap<Key, Weak<Turn<()>>>>>);

impl Turns {
    /// Waits for the turn; it ends when the answer is dropped.
    pub(crate) async fn take(&self, tenant: TenantId, contended: &str) -> OwnedMutexGuard<()> {
        self.turn((tenant, contended.to_owned())).lock_owned().await
    }

    fn turn(&self, key: Key) -> Arc<Turn<()>> {
        let mut turns = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(turn) = turns.get(&key).and_then(Weak::upgrade) {
            return turn;
        }
        if turns.len() >= ENTRIES_SWEPT {
            turns.retain(|_, turn| turn.strong_count() > 0);
        }
        let turn = Arc::new(Turn::new(()));
        turns.insert(key, Arc::downgrade(&turn));
        turn
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn one_at_a_time_about_the_same() {
        let turns = Turns::default();
        let first = turns.take(TenantId::SYSTEM, "a").await;
        let other = turns.take(TenantId::SYSTEM, "b").await;
        let second = tokio::spawn({
            let turns = turns.clone();
            async move { drop(turns.take(TenantId::SYSTEM, "a").await) }
        });
        tokio::task::yield_now().await;
        assert!(!second.is_finished());
        drop((first, other));
        second.await.unwrap();
    }

    #[tokio::test]
    async fn what_nobody_waits_for_is_forgotten() {
        let turns = Turns::default();
        for number in 0..=ENTRIES_SWEPT {
            drop(turns.take(TenantId::SYSTEM, &number.to_string()).await);
        }
        assert_eq!(turns.0.lock().unwrap().len(), 1);
    }
}
