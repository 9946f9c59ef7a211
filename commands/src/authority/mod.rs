//! Who may do what: keeps the folds that judgements look at, judges, and puts decisions on record.
//!
//! `fold.rs` keeps one fold of authority per organization in memory; `grant.rs` is what a judgement gives: the
//! right in the envelope, and the condition that keeps it true until the append; `trail.rs` records decisions
//! that have no event of their own.
//!
//! - An allowed call may rely on a fold that is half a second old. If the call appends to the organization's
//!   ledger, its condition "no event that changes this authority since" makes it true at its own position; a
//!   conflict makes it be judged again (settled.md 41).
//! - A denial is never old: before somebody is refused, the fold is brought up to date.

mod fold;
mod grant;
mod trail;

use std::sync::Arc;

use cinatra_domain::authority::{Actor, Allowed, AuthorityState, Denied, Rule, Target, judge};
use cinatra_domain::kernel::TenantId;
use cinatra_eventstore::{Clock, Condition, EventStore};

use crate::Error;

use fold::Folds;
pub use fold::Snapshot;
pub use grant::Grant;
use trail::Merged;

/// Judge and keeper of the trail. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Authorities {
    store: EventStore,
    folds: Folds,
    merged: Merged,
    clock: Arc<dyn Clock>,
}

impl Authorities {
    /// Over a store.
    pub fn new(store: EventStore, clock: Arc<dyn Clock>) -> Self {
        Self {
            folds: Folds::new(store.clone()),
            store,
            merged: Merged::default(),
            clock,
        }
    }

    /// Judges a call: what it is granted by, or [`Error::Denied`]. Nothing is on record yet.
    pub async fn authorize(
        &self,
        actor: &Arc<Actor>,
        rule: Rule,
        target: Target,
    ) -> Result<Grant, Error> {
        let Some(organization) = actor.organization else {
            let nobody = AuthorityState::default();
            let allowed = judge(&nobody, actor, rule, &target, self.now_us());
            return Ok(Grant::unconditional(allowed.map_err(denied)?));
        };
        let known = self.folds.recent(organization).await?;
        let judged = judge(known.state(), actor, rule, &target, self.now_us());
        let (snapshot, allowed) = if let Ok(allowed) = judged {
            (known, allowed)
        } else {
            let fresh = self.folds.fresh(organization).await?;
            let allowed = judge(fresh.state(), actor, rule, &target, self.now_us());
            (fresh, allowed.map_err(denied)?)
        };
        Ok(self.grant(organization, &snapshot, allowed, (actor, rule, target)))
    }

    fn grant(
        &self,
        organization: TenantId,
        snapshot: &Snapshot,
        allowed: Allowed,
        (actor, rule, target): (&Arc<Actor>, Rule, Target),
    ) -> Grant {
        if allowed.relied_on.is_empty() {
            return Grant::unconditional(allowed);
        }
        let proof = self.folds.proof(organization, snapshot, &allowed.relied_on);
        let condition = Condition {
            tags: allowed.relied_on.clone(),
            after: proof.position(),
            proof: Some(proof),
        };
        let again = grant::Again {
            authorities: self.clone(),
            actor: actor.clone(),
            rule,
            target,
        };
        Grant::conditional(allowed, organization, condition, again)
    }

    /// Who may do what in an organization, as of less than a second ago: for what a caller may see.
    pub async fn recent(&self, organization: TenantId) -> Result<Snapshot, Error> {
        Ok(self.folds.recent(organization).await?)
    }

    /// The same, up to date: for commands that decide on it.
    pub async fn fresh(&self, organization: TenantId) -> Result<Snapshot, Error> {
        Ok(self.folds.fresh(organization).await?)
    }

    /// Something that this process appended changed somebody's authority.
    pub(crate) fn touch(&self, organization: TenantId) {
        self.folds.touch(organization);
    }

    /// The present, in microseconds since 1970.
    pub fn now_us(&self) -> i64 {
        self.clock.now().as_microsecond()
    }
}

fn denied(denied: Denied) -> Error {
    Error::Denied { denied }
}
