//! Process managers: what one ledger says and another one has to follow (ADR-0005).
//!
//! - The system ledger registers an organization: the organization's own ledger begins, with its first owner.
//! - An organization's ledger gains or loses a member: the person's history says where they belong. Whoever was erased
//!   meanwhile belongs nowhere, so the membership ends again.
//!
//! Each step is an append of its own under a command id that is derived from the event that causes it, so that it may
//! be taken any number of times. A checkpoint per ledger says how far they have got; it saves work and nothing else.
//! Steps are taken right after the command that causes them, and by every node within ten seconds for those that a dying
//! node left.

mod membership;
mod organizations;

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use cinatra_domain::authority::every_authority_tag;
use cinatra_domain::instance::organizations_tag;
use cinatra_domain::kernel::{ActorId, CommandId, Position, TenantId};
use cinatra_eventstore::{EventStore, Recorded};

use crate::authority::{Authorities, Grant};
use crate::turns::Turns;
use crate::{Caller, Error, Invocation};

/// Name of the checkpoints.
const NAME: &str = "identity";
/// How often left-over steps are looked for, at most.
const POLL: Duration = Duration::from_secs(1);
/// How long nobody looks at most, where nothing rings.
const IDLE_POLL: Duration = Duration::from_secs(9);
/// Events without a step after which a checkpoint is moved all the same.
const IDLE_EVENTS: i64 = 10_000;

/// Takes the steps. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Processes {
    pub(crate) store: EventStore,
    pub(crate) authorities: Authorities,
    pub(crate) turns: Turns,
    /// Ledgers that were looked at up to here by this process.
    looked: Arc<Mutex<HashMap<TenantId, Position>>>,
}

impl Processes {
    /// Over a store.
    pub fn new(store: EventStore, authorities: Authorities) -> Self {
        Self {
            store,
            authorities,
            turns: Turns::default(),
            looked: Arc::default(),
        }
    }

    /// Takes the steps that a ledger's events ask for, after the command that caused them. A failure is left to
    /// whoever looks next.
    pub async fn catch_up_soon(&self, tenant: TenantId) {
        if let Err(error) = self.catch_up(tenant).await {
            tracing::warn!(%error, %tenant, "a process manager will try again");
        }
    }

    /// Takes the steps that a ledger's events ask for.
    pub async fn catch_up(&self, tenant: TenantId) -> Result<(), Error> {
        let _turn = self.turns.take(tenant, NAME).await;
        let from = self.store.checkpoint(NAME, tenant).await?;
        let tag = if tenant == TenantId::SYSTEM {
            organizations_tag()?
        } else {
            every_authority_tag()?
        };
        let (events, at) = self.store.events_by_tag_after(tenant, &[tag], from).await?;
        for recorded in &events {
            self.step(recorded).await?;
        }
        if !events.is_empty() || at.0 - from.0 > IDLE_EVENTS {
            // Order: after the steps; whoever lost the race took the same ones.
            self.store.move_checkpoint(NAME, tenant, from, at).await?;
        }
        self.looked
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .insert(tenant, at);
        Ok(())
    }

    async fn step(&self, recorded: &Recorded) -> Result<(), Error> {
        if recorded.tenant == TenantId::SYSTEM {
            self.follow_instance(recorded).await
        } else {
            self.follow_membership(recorded).await
        }
    }

    /// Looks for left-over steps in every ledger that grew, for ever: soon after this process appended something, and
    /// now and then for what others left.
    pub async fn run(self) {
        let mut doorbell = self.store.doorbell();
        loop {
            doorbell.mark_unchanged();
            match self.store.heads().await {
                Ok(heads) => self.follow(heads).await,
                Err(error) => tracing::debug!(%error, "process managers wait for the database"),
            }
            tokio::time::sleep(POLL).await;
            // Order: the bell was silenced before the heads were read, so a ring since then ends the wait.
            let _ = tokio::time::timeout(IDLE_POLL, doorbell.changed()).await;
        }
    }

    async fn follow(&self, heads: Vec<(TenantId, Position)>) {
        for (tenant, head) in heads {
            let looked = {
                let looked = self.looked.lock().unwrap_or_else(PoisonError::into_inner);
                looked.get(&tenant).copied().unwrap_or(Position::START)
            };
            if head > looked {
                self.catch_up_soon(tenant).await;
            }
        }
    }
}

/// What became of a step.
#[derive(Debug, PartialEq, Eq)]
enum Taken {
    /// It was taken, now or before.
    Done,
    /// The rules refuse it for ever, with this code.
    Refused(String),
}

/// A step as a command: the same event asks for the same command, however often.
fn invocation(
    ledger: TenantId,
    cause: &Recorded,
    primitive: &'static str,
) -> Result<Invocation, Error> {
    let actor = ActorId::system(NAME);
    let key = format!("{primitive}:{ledger}:{}", cause.event_id.0);
    Ok(Invocation {
        caller: Caller {
            tenant: ledger,
            actor: actor.clone(),
        },
        grant: Grant::of_system("process"),
        primitive,
        command_id: CommandId::derive(&actor, &key)?,
        may_repeat: true,
        request_hash: [0; 32],
        correlation_id: cause.correlation_id,
        causation_id: Some(cause.event_id.0),
    })
}
