//! Names under which the events of a project are found by decisions about authority.

use super::{Owner, Principal, ProjectEvent};
use crate::authority::{authority_tag, every_authority_tag, team_tag};
use crate::kernel::{InvalidId, ProjectId, Tag};

/// Carried by every event of a project: whoever relied on access to it relied on these.
pub fn project_tag(project: ProjectId) -> Result<Tag, InvalidId> {
    Tag::new("acl:project", &project.to_string())
}

/// Tags of an event.
pub fn tags_of(project: ProjectId, event: &ProjectEvent) -> Result<Vec<Tag>, InvalidId> {
    let mut tags = vec![every_authority_tag()?, project_tag(project)?];
    let owner = match event {
        ProjectEvent::Created(created) => Some(created.owner),
        ProjectEvent::Promoted(promoted) => Some(promoted.to),
        ProjectEvent::Updated(_)
        | ProjectEvent::Archived(_)
        | ProjectEvent::Unarchived(_)
        | ProjectEvent::AccessGranted(_)
        | ProjectEvent::AccessRevoked(_) => None,
    };
    if let Some(Owner::Team(team)) = owner {
        // A team that owns projects is not deleted; whoever deletes one relies on that.
        tags.push(team_tag(team)?);
    }
    let principal = match event {
        ProjectEvent::AccessGranted(granted) => Some(granted.principal),
        ProjectEvent::AccessRevoked(revoked) => Some(revoked.principal),
        ProjectEvent::Created(_)
        | ProjectEvent::Updated(_)
        | ProjectEvent::Promoted(_)
        | ProjectEvent::Archived(_)
        | ProjectEvent::Unarchived(_) => None,
    };
    if let Some(Principal::User(user)) = principal {
        tags.push(authority_tag(user)?);
    }
    Ok(tags)
}
