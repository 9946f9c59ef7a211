//! What an event is about, in the words of the primitives: an organization's one stream tells of many things.

use cinatra_domain::Fact;
use cinatra_domain::instance::InstanceEvent;
use cinatra_domain::kernel::ServiceAccountId;
use cinatra_domain::organization::OrganizationEvent;
use cinatra_domain::permission::{PermissionEvent, Resource, ResourceKind};
use cinatra_eventstore::Recorded;

/// Kind of a resource, and which one.
pub(super) type About = (&'static str, String);

/// What it is about, unless its stream says it.
pub(super) fn about(fact: Option<&Fact>, recorded: &Recorded) -> Option<About> {
    match fact? {
        Fact::Organization(event) => Some(of_organization(event, recorded)),
        Fact::Permission(event) => Some(of_permission(event)),
        Fact::Run(_) => {
            let kind = ResourceKind::AgentRun.as_str();
            Some((kind, recorded.stream.id().to_owned()))
        }
        Fact::Instance(InstanceEvent::OrganizationRegistered(registered)) => {
            Some(("organization", registered.organization_id.to_string()))
        }
        Fact::Instance(
            InstanceEvent::Initialized(_)
            | InstanceEvent::AdministratorAppointed(_)
            | InstanceEvent::NamespaceChosen(_)
            | InstanceEvent::NamespaceFrozen(_)
            | InstanceEvent::NamespaceRenamed(_),
        )
        | Fact::Authority(_)
        | Fact::Extension(_)
        | Fact::Project(_)
        | Fact::Secret(_)
        | Fact::Template(_)
        | Fact::User(_) => None,
    }
}

fn of_organization(event: &OrganizationEvent, recorded: &Recorded) -> About {
    match event {
        OrganizationEvent::Created(_) | OrganizationEvent::Updated(_) => {
            ("organization", recorded.tenant.to_string())
        }
        OrganizationEvent::MemberAdded(e) => ("member", e.user_id.to_string()),
        OrganizationEvent::MemberRoleChanged(e) => ("member", e.user_id.to_string()),
        OrganizationEvent::MemberRemoved(e) => ("member", e.user_id.to_string()),
        OrganizationEvent::InvitationSent(e) => ("invitation", e.invitation_id.to_string()),
        OrganizationEvent::InvitationAccepted(e) => ("invitation", e.invitation_id.to_string()),
        OrganizationEvent::InvitationCanceled(e) => ("invitation", e.invitation_id.to_string()),
        OrganizationEvent::InvitationErased(e) => ("invitation", e.invitation_id.to_string()),
        OrganizationEvent::TeamCreated(e) => ("team", e.team_id.to_string()),
        OrganizationEvent::TeamRenamed(e) => ("team", e.team_id.to_string()),
        OrganizationEvent::TeamDeleted(e) => ("team", e.team_id.to_string()),
        OrganizationEvent::TeamMemberAdded(e) => ("team", e.team_id.to_string()),
        OrganizationEvent::TeamMemberRoleChanged(e) => ("team", e.team_id.to_string()),
        OrganizationEvent::TeamMemberRemoved(e) => ("team", e.team_id.to_string()),
        OrganizationEvent::RoleGranted(e) => ("role_grant", e.user_id.to_string()),
        OrganizationEvent::RoleRevoked(e) => ("role_grant", e.user_id.to_string()),
        OrganizationEvent::ServiceAccountCreated(e) => program(e.service_account_id),
        OrganizationEvent::ServiceAccountRotated(e) => program(e.service_account_id),
        OrganizationEvent::ServiceAccountRevoked(e) => program(e.service_account_id),
    }
}

fn program(id: ServiceAccountId) -> About {
    ("service_account", id.to_string())
}

fn of_permission(event: &PermissionEvent) -> About {
    let resource: Resource = match event {
        PermissionEvent::CoOwnerGranted(e) => e.resource,
        PermissionEvent::CoOwnerRevoked(e) => e.resource,
        PermissionEvent::PolicySet(e) => e.resource,
        PermissionEvent::PolicyCleared(e) => e.resource,
        PermissionEvent::Deleted(e) => e.resource,
    };
    (resource.kind.as_str(), resource.id.to_string())
}
