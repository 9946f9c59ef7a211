//! What the instance's history leads to.

use std::collections::BTreeMap;

use uuid::Uuid;

use super::{Initialized, InstanceEvent, NamespaceRenamed, OrganizationRegistered};
use crate::kernel::{ContentRef, Event as _, ImpossibleTransition, TenantId, UserId};

/// The instance as a whole.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum InstanceState {
    /// Before the first start.
    #[default]
    Absent,
    /// Since the first start.
    Running(Running),
}

/// An instance that was started.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Running {
    /// Never shown.
    pub instance_id: Uuid,
    /// The organization that the first administrator gets.
    pub default_organization_id: TenantId,
    /// The first administrator; whoever else is one, their own histories say.
    pub administrator: Option<UserId>,
    /// What it publishes under.
    pub namespace: Option<String>,
    /// Whether something was published under it.
    pub is_namespace_frozen: bool,
    /// What it published under before, oldest first.
    pub former_namespaces: Vec<String>,
    /// Its organizations by slug.
    pub organizations: BTreeMap<String, TenantId>,
    /// How each was registered.
    pub registrations: BTreeMap<TenantId, Registration>,
}

/// How an organization was registered; its own ledger says what became of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Registration {
    /// Unique on the instance.
    pub slug: String,
    /// What it was called.
    pub name: ContentRef,
    /// Its first owner.
    pub owner: Option<UserId>,
}

impl InstanceState {
    /// The instance, once it was started.
    pub fn running(&self) -> Option<&Running> {
        match self {
            Self::Absent => None,
            Self::Running(running) => Some(running),
        }
    }

    fn stage(&self) -> &'static str {
        match self {
            Self::Absent => "absent",
            Self::Running(_) => "running",
        }
    }
}

/// Applies one fact.
pub(super) fn evolve(
    state: InstanceState,
    event: &InstanceEvent,
) -> Result<InstanceState, ImpossibleTransition> {
    let impossible = ImpossibleTransition {
        state: state.stage(),
        event: event.wire_name(),
    };
    let next = match state {
        InstanceState::Absent => match event {
            InstanceEvent::Initialized(event) => Some(initialized(event)),
            InstanceEvent::AdministratorAppointed(_)
            | InstanceEvent::NamespaceChosen(_)
            | InstanceEvent::NamespaceFrozen(_)
            | InstanceEvent::NamespaceRenamed(_)
            | InstanceEvent::OrganizationRegistered(_) => None,
        },
        InstanceState::Running(mut running) => happened(&mut running, event).then_some(running),
    };
    next.map(InstanceState::Running).ok_or(impossible)
}

fn initialized(event: &Initialized) -> Running {
    Running {
        instance_id: event.instance_id,
        default_organization_id: event.default_organization_id,
        administrator: None,
        namespace: None,
        is_namespace_frozen: false,
        former_namespaces: Vec::new(),
        organizations: BTreeMap::new(),
        registrations: BTreeMap::new(),
    }
}

/// Whether that can have happened.
fn happened(running: &mut Running, event: &InstanceEvent) -> bool {
    match event {
        InstanceEvent::Initialized(_) => false,
        InstanceEvent::AdministratorAppointed(appointed) => {
            running.administrator.replace(appointed.user_id).is_none()
        }
        InstanceEvent::NamespaceChosen(chosen) => {
            let former = running.namespace.replace(chosen.namespace.clone());
            former.is_none()
        }
        InstanceEvent::NamespaceFrozen(_) => {
            let was_frozen = std::mem::replace(&mut running.is_namespace_frozen, true);
            running.namespace.is_some() && !was_frozen
        }
        InstanceEvent::NamespaceRenamed(event) => renamed(running, event),
        InstanceEvent::OrganizationRegistered(event) => registered(running, event),
    }
}

/// The new name is frozen by the first publication under it, not by those under the former.
fn renamed(running: &mut Running, event: &NamespaceRenamed) -> bool {
    running.is_namespace_frozen = false;
    running.former_namespaces.push(event.from.clone());
    let former = running.namespace.replace(event.to.clone());
    former.as_ref() == Some(&event.from) && event.from != event.to
}

fn registered(running: &mut Running, event: &OrganizationRegistered) -> bool {
    let registration = Registration {
        slug: event.slug.clone(),
        name: event.name.clone(),
        owner: event.owner,
    };
    let id = event.organization_id;
    let is_new = running.registrations.insert(id, registration).is_none();
    let is_free = running
        .organizations
        .insert(event.slug.clone(), id)
        .is_none();
    is_new && is_free
}
