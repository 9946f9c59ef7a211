//! By what right a call is made, and what keeps that true until its append.

use std::sync::Arc;

use cinatra_domain::authority::{Actor, Allowed, Rule, Target};
use cinatra_domain::kernel::{Coded as _, Position, TenantId};
use cinatra_eventstore::{Authority, Condition};

use super::Authorities;
use crate::dispatch::Resource;
use crate::{Error, Invocation};

/// Where an envelope names what granted a right, that nothing did.
const DENIED: &str = "denied";

/// The right to make a call. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Grant {
    permission: &'static str,
    via: Arc<str>,
    condition: Option<(TenantId, Condition)>,
    again: Option<Arc<Again>>,
}

/// What it takes to judge once more.
#[derive(Debug)]
pub(super) struct Again {
    pub(super) authorities: Authorities,
    pub(super) actor: Arc<Actor>,
    pub(super) rule: Rule,
    pub(super) target: Target,
}

impl Grant {
    /// The right of a part of Cinatra that acts on its own: a process manager, the first start, a test.
    pub fn of_system(via: &str) -> Self {
        Self {
            permission: "system",
            via: via.into(),
            condition: None,
            again: None,
        }
    }

    /// No right: what somebody lacked who was denied.
    pub fn lacking(permission: &'static str) -> Self {
        Self {
            permission,
            via: DENIED.into(),
            condition: None,
            again: None,
        }
    }

    /// What it permits, or what was lacking.
    pub(crate) const fn permission(&self) -> &'static str {
        self.permission
    }

    /// A right that no event of an organization's ledger takes away.
    pub(super) fn unconditional(allowed: Allowed) -> Self {
        Self {
            permission: allowed.permission,
            via: allowed.via.into(),
            condition: None,
            again: None,
        }
    }

    pub(super) fn conditional(
        allowed: Allowed,
        organization: TenantId,
        condition: Condition,
        again: Again,
    ) -> Self {
        Self {
            permission: allowed.permission,
            via: allowed.via.into(),
            condition: Some((organization, condition)),
            again: Some(Arc::new(again)),
        }
    }

    /// What it was judged about; nothing for a right that rests on nothing.
    pub(crate) fn target(&self) -> Option<Target> {
        Some(self.again.as_ref()?.target)
    }

    /// What granted it, for example `org_admin`.
    pub fn via(&self) -> &str {
        &self.via
    }

    /// As the envelope tells it.
    pub(crate) fn authority(&self, primitive: &str) -> Authority {
        let judged = self.condition.as_ref();
        let judged = judged.map(|(tenant, condition)| (*tenant, condition.after));
        Authority {
            permission: self.permission.to_owned(),
            via: self.via.to_string(),
            judged_at: judged.into_iter().collect::<Vec<(TenantId, Position)>>(),
            primitive: primitive.to_owned(),
        }
    }

    /// What keeps it true in an append to a ledger. Facts of another ledger may be a second old.
    pub(crate) fn condition(&self, ledger: TenantId) -> Option<&Condition> {
        let (organization, condition) = self.condition.as_ref()?;
        (*organization == ledger).then_some(condition)
    }

    /// Judges once more, after a conflict: the same right by what the ledger says now, or a denial, which is put on
    /// record.
    pub(crate) async fn judged_again(
        &self,
        invocation: &Invocation,
        resource: &Resource,
    ) -> Result<Self, Error> {
        let Some(again) = &self.again else {
            return Ok(self.clone());
        };
        if let Some((organization, _)) = &self.condition {
            again.authorities.touch(*organization);
        }
        let judged = again
            .authorities
            .authorize(&again.actor, again.rule, again.target);
        let judged = judged.await;
        if let Err(Error::Denied { denied }) = &judged {
            let about = resource.id.clone();
            let refused = Invocation {
                grant: Self::lacking(denied.lacked(again.rule, Some(&again.target))),
                ..invocation.clone()
            };
            let authorities = &again.authorities;
            authorities
                .denied(&refused, resource.kind, about, denied.code())
                .await?;
        }
        judged
    }

    /// This process appended something that changes authority.
    pub(crate) fn touch(&self, ledger: TenantId) {
        if let Some(again) = &self.again {
            again.authorities.touch(ledger);
        }
    }
}
