//! What goes with whom, and who is gone already: for commands, and for the process manager that follows memberships.

use std::collections::BTreeSet;

use cinatra_domain::authority::authority_tag;
use cinatra_domain::kernel::{TenantId, UserId};
use cinatra_domain::permission::{self, PermissionCommand, ResourcePermission};
use cinatra_domain::project::{self, Principal, Project, ProjectCommand};
use cinatra_domain::user::UserState;
use cinatra_eventstore::{EventStore, ReadError};

use crate::Authorities;
use crate::draft::{self, Draft, FRESH};
use crate::stop::Stop;
use crate::user;

/// Of somebody and the owners, those who were erased. Nobody comes back from that, so it stays true.
pub(crate) async fn gone(
    store: &EventStore,
    user_id: UserId,
    owners: impl Iterator<Item = UserId>,
) -> Result<BTreeSet<UserId>, ReadError> {
    let asked: BTreeSet<UserId> = owners.chain([user_id]).collect();
    let mut gone = BTreeSet::new();
    for who in asked {
        if *user::load(store, who, FRESH).await?.state == UserState::Erased {
            gone.insert(who);
        }
    }
    Ok(gone)
}

/// Grants do not wait for somebody to come back. Source: spec/workspace.md B-50.
pub(crate) async fn revoke_grants(
    (store, authorities): (&EventStore, &Authorities),
    draft: &mut Draft,
    tenant: TenantId,
    user_id: UserId,
) -> Result<(), Stop> {
    let snapshot = authorities.fresh(tenant).await?;
    let (projects, resources) = snapshot.state().granted_to(user_id);
    // Order: nothing may be granted to them between what was looked at and the append.
    draft.relies_on(vec![authority_tag(user_id)?], snapshot.at());
    for project_id in projects {
        let id = project_id.to_string();
        let loaded = draft::load::<Project>(store, tenant, &id, FRESH).await?;
        let principal = Principal::User(user_id);
        let revoke = ProjectCommand::RevokeAccess { principal };
        draft.decide::<Project>(&id, &loaded, revoke, |event| {
            project::tags_of(project_id, event)
        })?;
    }
    for resource in resources {
        let id = resource.stream();
        let loaded = draft::load::<ResourcePermission>(store, tenant, &id, FRESH).await?;
        let revoke = PermissionCommand::RevokeCoOwner { resource, user_id };
        draft.decide::<ResourcePermission>(&id, &loaded, revoke, permission::tags_of)?;
    }
    Ok(())
}
