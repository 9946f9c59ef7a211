//! Puts privileged decisions on record that have no event of their own: readings of the trail, denials.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use cinatra_domain::authority::Outcome;
use cinatra_domain::kernel::{ActorId, CommandId, Position, TenantId};

use crate::dispatch::{Resource, decision, record_decision};
use crate::session::nobody;
use crate::{Authorities, Error, Invocation, mint};

/// Denials of one actor, primitive and permission within this time are one event with a count.
const DENIALS_MERGED: Duration = Duration::from_mins(1);

/// Who was denied what. Many are nobody: there it counts about whom.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
struct Denied {
    tenant: TenantId,
    actor: ActorId,
    primitive: &'static str,
    permission: &'static str,
    resource_type: &'static str,
    about: Option<String>,
}

/// Denials that followed the first of their kind. What differs among them is told of none.
#[derive(Debug)]
struct Further {
    /// The first of them.
    invocation: Invocation,
    resource_id: Option<String>,
    code: Option<String>,
    count: u32,
}

/// Denials since the last event of the same kind; an entry lives as long as its minute.
#[derive(Clone, Debug, Default)]
pub(super) struct Merged(Arc<Mutex<HashMap<Denied, Option<Further>>>>);

impl Authorities {
    /// Records that the audit trail was read; answers where that stands.
    pub async fn read(
        &self,
        invocation: &Invocation,
        resource_type: &'static str,
        resource_id: Option<String>,
    ) -> Result<(TenantId, Position), Error> {
        let resource = Resource {
            kind: resource_type,
            id: resource_id,
        };
        let stream = decision(invocation, &resource, Outcome::Read, None, 1)?;
        let appended = record_decision(&self.store, invocation, stream, "ok").await?;
        Ok((invocation.caller.tenant, appended.last))
    }

    /// Records a denial; the invocation's grant says what was lacking. The first of a kind is on record when this returns,
    /// and its place is answered; those that follow within the minute are counted and recorded together at its end.
    ///
    /// The call's command id is not used up: once allowed, the same command may be sent again.
    pub async fn denied(
        &self,
        invocation: &Invocation,
        resource_type: &'static str,
        resource_id: Option<String>,
        code: &str,
    ) -> Result<Option<(TenantId, Position)>, Error> {
        let caller = &invocation.caller;
        let denied = Denied {
            tenant: caller.tenant,
            actor: caller.actor.clone(),
            primitive: invocation.primitive,
            permission: invocation.grant.permission(),
            resource_type,
            about: resource_id.clone().filter(|_| caller.actor == nobody().id),
        };
        let one = Further {
            invocation: invocation.clone(),
            resource_id,
            code: Some(code.to_owned()),
            count: 1,
        };
        let Some(first) = self.merged.open(&denied, one) else {
            return Ok(None);
        };
        let this = self.clone();
        tokio::spawn(async move {
            tokio::time::sleep(DENIALS_MERGED).await;
            if let Some(further) = this.merged.close(&denied) {
                this.record_further(resource_type, further).await;
            }
        });
        Ok(Some(self.record_denial(resource_type, first).await?))
    }

    /// Records what was counted and is not on record yet: before this process ends.
    pub async fn flush(&self) {
        for (denied, further) in self.merged.close_all() {
            self.record_further(denied.resource_type, further).await;
        }
    }

    async fn record_further(&self, resource_type: &'static str, further: Further) {
        let count = further.count;
        if let Err(error) = self.record_denial(resource_type, further).await {
            tracing::warn!(%error, count, "denials are not on record");
        }
    }

    async fn record_denial(
        &self,
        resource_type: &'static str,
        told: Further,
    ) -> Result<(TenantId, Position), Error> {
        let Further {
            invocation,
            resource_id,
            code,
            count,
        } = told;
        let of_its_own = Invocation {
            command_id: CommandId(mint::id()),
            ..invocation
        };
        let resource = Resource {
            kind: resource_type,
            id: resource_id,
        };
        let outcome = code.clone();
        let stream = decision(&of_its_own, &resource, Outcome::Denied, code, count)?;
        let outcome = outcome.as_deref().unwrap_or(SEVERAL);
        let appended = record_decision(&self.store, &of_its_own, stream, outcome).await?;
        Ok((of_its_own.caller.tenant, appended.last))
    }
}

/// In the command log, in the place of codes that differ.
const SEVERAL: &str = "DENIED";

impl Merged {
    /// Opens the minute and gives the denial back, which is the first; or counts it within.
    fn open(&self, denied: &Denied, one: Further) -> Option<Further> {
        let mut merged = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        match merged.get_mut(denied) {
            None => {
                merged.insert(denied.clone(), None);
                return Some(one);
            }
            Some(None) => {
                merged.insert(denied.clone(), Some(one));
            }
            Some(Some(further)) => further.add(&one),
        }
        None
    }

    /// Closes the minute.
    fn close(&self, denied: &Denied) -> Option<Further> {
        let mut merged = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        merged.remove(denied).flatten()
    }

    /// Closes every minute.
    fn close_all(&self) -> Vec<(Denied, Further)> {
        let mut merged = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let counted = merged.drain();
        counted
            .filter_map(|(denied, further)| Some((denied, further?)))
            .collect()
    }
}

impl Further {
    fn add(&mut self, one: &Self) {
        self.count = self.count.saturating_add(one.count);
        if self.resource_id != one.resource_id {
            self.resource_id = None;
        }
        if self.code != one.code {
            self.code = None;
        }
    }
}
