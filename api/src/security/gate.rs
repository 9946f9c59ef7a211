//! Who holds this token: the database's answer, remembered for less than a second.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use cinatra_domain::kernel::Class;
use cinatra_eventstore::EventStore;

use super::{Principal, Role, Token};
use crate::problem::Problem;

/// From this age on, one caller asks again while the others still get the remembered answer.
const FRESH: Duration = Duration::from_millis(500);
/// From this age on, nobody gets it: a revocation takes effect within this time.
const KEPT: Duration = Duration::from_secs(1);
/// Remembered holders; beyond, everything is forgotten and asked again.
const REMEMBERED_MAX: usize = 4096;

/// Turns a token into its holder.
#[derive(Debug)]
pub struct Gate {
    store: EventStore,
    memory: Mutex<Memory>,
}

#[derive(Debug, Default)]
struct Memory(HashMap<[u8; 32], Remembered>);

#[derive(Debug)]
struct Remembered {
    holder: Arc<Principal>,
    since: Instant,
    is_being_renewed: bool,
}

impl Gate {
    /// Over the tokens of this database.
    pub fn new(store: EventStore) -> Self {
        Self {
            store,
            memory: Mutex::default(),
        }
    }

    /// The holder; `None` when the token is unknown or revoked.
    pub async fn authenticate(&self, token: &Token) -> Result<Option<Arc<Principal>>, Problem> {
        let hash = token.hash();
        if let Some(holder) = self.memory().recall(&hash, Instant::now()) {
            return Ok(Some(holder));
        }
        let asked = Instant::now();
        let found = self.store.find_token(&hash).await;
        let Some(row) = found.map_err(|error| Problem::of(&error))? else {
            self.memory().0.remove(&hash);
            return Ok(None);
        };
        let role = Role::parse(&row.role).ok_or_else(|| {
            tracing::error!(actor = row.actor.as_str(), role = row.role, "unknown role");
            Problem::new(
                Class::Corrupt,
                "TOKEN_ROLE_UNKNOWN",
                "The credential has a role that this build does not know.",
            )
        })?;
        let holder = Arc::new(Principal {
            tenant: row.tenant,
            actor: row.actor,
            role,
        });
        self.memory().keep(hash, holder.clone(), asked);
        Ok(Some(holder))
    }

    fn memory(&self) -> std::sync::MutexGuard<'_, Memory> {
        self.memory.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Memory {
    /// Age counts from when the database was asked, so that a slow answer does not live longer.
    fn recall(&mut self, hash: &[u8; 32], now: Instant) -> Option<Arc<Principal>> {
        let known = self.0.get_mut(hash)?;
        let age = now.saturating_duration_since(known.since);
        if age >= KEPT {
            return None;
        }
        if age >= FRESH && !known.is_being_renewed {
            known.is_being_renewed = true;
            return None;
        }
        Some(known.holder.clone())
    }

    fn keep(&mut self, hash: [u8; 32], holder: Arc<Principal>, since: Instant) {
        if self.0.len() >= REMEMBERED_MAX {
            self.0.clear();
        }
        let is_being_renewed = false;
        self.0.insert(
            hash,
            Remembered {
                holder,
                since,
                is_being_renewed,
            },
        );
    }
}

#[cfg(test)]
mod tests {
    use cinatra_domain::kernel::{ActorId, TenantId};

    use super::*;

    fn holder() -> Arc<Principal> {
        Arc::new(Principal {
            tenant: TenantId::SYSTEM,
            actor: ActorId::service("x"),
            role: Role::Member,
        })
    }

    #[test]
    fn one_caller_renews_and_nobody_gets_an_old_answer() {
        let (mut memory, start, hash) = (Memory::default(), Instant::now(), [1; 32]);
        memory.keep(hash, holder(), start);
        assert!(memory.recall(&hash, start).is_some());
        assert!(memory.recall(&hash, start + FRESH).is_none());
        assert!(memory.recall(&hash, start + FRESH).is_some());
        assert!(memory.recall(&hash, start + KEPT).is_none());
        assert!(memory.recall(&[2; 32], start).is_none());
    }

    #[test]
    fn memory_is_bounded() {
        let (mut memory, now) = (Memory::default(), Instant::now());
        for one in 0..REMEMBERED_MAX + 10 {
            let mut hash = [0; 32];
            hash[..8].copy_from_slice(&one.to_be_bytes());
            memory.keep(hash, holder(), now);
        }
        assert!(memory.0.len() <= REMEMBERED_MAX);
    }
}
