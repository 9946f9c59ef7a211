//! Puts privileged decisions on record that have no event of their own: readings of the trail, denials.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use cinatra_domain::authority::Outcome;
use cinatra_domain::kernel::{ActorId, CommandId, Position, TenantId};

use crate::dispatch::{Resource, decision, record_decision};
use crate::session::nobody;
use crate::{Authorities, Error, Invocation, mint};

/// Denials of one actor and primitive within this time are one event with a count.
const DENIALS_MERGED: Duration = Duration::from_mins(1);

/// Who was denied what. Many are nobody: there it counts about whom.
type Denied = (TenantId, ActorId, &'static str, Option<String>);

/// Denials since the last event of the same kind; an entry lives as long as its minute.
#[derive(Clone, Debug, Default)]
pub(super) struct Merged(Arc<Mutex<HashMap<Denied, u32>>>);

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

    /// Records a denial. The first of a kind is on record when this returns, and its place is answered;
    /// those that follow within the minute are counted and recorded together at its end.
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
        let about = resource_id.clone().filter(|_| caller.actor == nobody().id);
        let denied = (
            caller.tenant,
            caller.actor.clone(),
            invocation.primitive,
            about,
        );
        let resource = Resource {
            kind: resource_type,
            id: resource_id,
        };
        if !self.is_first(&denied) {
            return Ok(None);
        }
        let (this, late) = (self.clone(), invocation.clone());
        let (again, late_code) = (resource.clone(), code.to_owned());
        tokio::spawn(async move {
            tokio::time::sleep(DENIALS_MERGED).await;
            let count = this.take(&denied);
            if count == 0 {
                return;
            }
            if let Err(error) = this.record_denial(&late, &again, &late_code, count).await {
                tracing::warn!(%error, count, "denials are not on record");
            }
        });
        let at = self.record_denial(invocation, &resource, code, 1).await?;
        Ok(Some(at))
    }

    async fn record_denial(
        &self,
        invocation: &Invocation,
        resource: &Resource,
        code: &str,
        count: u32,
    ) -> Result<(TenantId, Position), Error> {
        let of_its_own = Invocation {
            command_id: CommandId(mint::id()),
            ..invocation.clone()
        };
        let code_kept = Some(code.to_owned());
        let stream = decision(&of_its_own, resource, Outcome::Denied, code_kept, count)?;
        let appended = record_decision(&self.store, &of_its_own, stream, code).await?;
        Ok((invocation.caller.tenant, appended.last))
    }

    /// Opens the minute, or counts within it.
    fn is_first(&self, denied: &Denied) -> bool {
        let mut merged = self.merged.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(count) = merged.get_mut(denied) {
            *count = count.saturating_add(1);
            return false;
        }
        merged.insert(denied.clone(), 0);
        true
    }

    /// Closes the minute.
    fn take(&self, denied: &Denied) -> u32 {
        let mut merged = self.merged.0.lock().unwrap_or_else(PoisonError::into_inner);
        merged.remove(denied).unwrap_or(0)
    }
}
