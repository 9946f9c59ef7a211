//! Who works together. Whoever belongs to a team belongs to the organization.

use super::Decision;
use crate::instance::Slug;
use crate::kernel::{ContentRef, TeamId, UserId};
use crate::organization::{
    Rejection, Running, TEAMS_MAX, Team, TeamCreated, TeamDeleted, TeamMemberAdded,
    TeamMemberRemoved, TeamMemberRoleChanged, TeamRenamed, TeamRole,
};

/// An id is minted once: seen again, it is the same request again.
pub(super) fn create(running: &Running, team_id: TeamId, slug: Slug, name: ContentRef) -> Decision {
    if running.teams.contains_key(&team_id) {
        return Ok(Vec::new());
    }
    let slug = free(running, team_id, slug)?;
    if running.teams.len() >= TEAMS_MAX {
        return Err(Rejection::TeamLimit);
    }
    let created = TeamCreated {
        team_id,
        slug,
        name,
    };
    Ok(vec![created.into()])
}

pub(super) fn rename(running: &Running, team_id: TeamId, slug: Slug, name: ContentRef) -> Decision {
    let team = found(running, team_id)?;
    let slug = free(running, team_id, slug)?;
    if team.slug == slug && team.name == name {
        return Ok(Vec::new());
    }
    let renamed = TeamRenamed {
        team_id,
        slug,
        name,
    };
    Ok(vec![renamed.into()])
}

/// A project that lost its team would have nobody who decides about it.
pub(super) fn delete(running: &Running, team_id: TeamId, owns_projects: u64) -> Decision {
    found(running, team_id)?;
    if owns_projects > 0 {
        let projects = owns_projects;
        return Err(Rejection::TeamOwnsProjects { projects });
    }
    Ok(vec![TeamDeleted { team_id }.into()])
}

pub(super) fn add_member(
    running: &Running,
    team_id: TeamId,
    user_id: UserId,
    role: TeamRole,
) -> Decision {
    let team = found(running, team_id)?;
    if running.role_of(user_id).is_none() {
        return Err(Rejection::MemberNotFound);
    }
    if team.members.contains_key(&user_id) {
        return change_member_role(running, team_id, user_id, role);
    }
    let added = TeamMemberAdded {
        team_id,
        user_id,
        role,
    };
    Ok(vec![added.into()])
}

pub(super) fn change_member_role(
    running: &Running,
    team_id: TeamId,
    user_id: UserId,
    role: TeamRole,
) -> Decision {
    let former = found(running, team_id)?.members.get(&user_id);
    if *former.ok_or(Rejection::MemberNotFound)? == role {
        return Ok(Vec::new());
    }
    let changed = TeamMemberRoleChanged {
        team_id,
        user_id,
        role,
    };
    Ok(vec![changed.into()])
}

pub(super) fn remove_member(running: &Running, team_id: TeamId, user_id: UserId) -> Decision {
    if !found(running, team_id)?.members.contains_key(&user_id) {
        return Ok(Vec::new());
    }
    Ok(vec![TeamMemberRemoved { team_id, user_id }.into()])
}

fn found(running: &Running, id: TeamId) -> Result<&Team, Rejection> {
    running.teams.get(&id).ok_or(Rejection::TeamNotFound)
}

/// The slug as it is recorded, unless another team has it.
fn free(running: &Running, team_id: TeamId, slug: Slug) -> Result<String, Rejection> {
    let slug = String::from(slug);
    let holder = running.team_by_slug(&slug);
    if holder.is_some_and(|holder| holder != team_id) {
        return Err(Rejection::SlugTaken { slug });
    }
    Ok(slug)
}
