//! The rules: who belongs to an organization (`members.rs`), how one comes to it (`invitations.rs`), who works
//! together (`teams.rs`), who has further roles and which programs act (`grants.rs`).
//! Source: spec/workspace.md 1.1, 1.5, 1.7.

mod grants;
mod invitations;
mod members;
mod teams;

use super::{
    Created, OrganizationCommand, OrganizationEvent, OrganizationState, Rejection, Running, Updated,
};
use crate::kernel::{ContentRef, TenantId};

type Decision = Result<Vec<OrganizationEvent>, Rejection>;

pub(super) fn decide(state: &OrganizationState, command: OrganizationCommand) -> Decision {
    use OrganizationCommand as Command;
    let running = || state.running().ok_or(Rejection::OrganizationNotFound);
    match command {
        Command::Create {
            organization_id,
            slug,
            name,
        } => create(state, organization_id, slug, name),
        Command::Rename(name) => Ok(rename(running()?, name)),
        Command::AddFirstOwner(user_id) => Ok(members::add_first_owner(running()?, user_id)),
        Command::ChangeMemberRole(command) => members::change_role(running()?, command),
        Command::RemoveMember(command) => members::remove(running()?, command),
        Command::Invite(command) => invitations::invite(running()?, command),
        Command::AcceptInvitation(command) => invitations::accept(running()?, command),
        Command::CancelInvitation(id) => invitations::cancel(running()?, id),
        Command::EraseInvitation(id) => invitations::erase(running()?, id),
        Command::CreateTeam {
            team_id,
            slug,
            name,
        } => teams::create(running()?, team_id, slug, name),
        Command::RenameTeam {
            team_id,
            slug,
            name,
        } => teams::rename(running()?, team_id, slug, name),
        Command::DeleteTeam {
            team_id,
            owns_projects,
        } => teams::delete(running()?, team_id, owns_projects),
        Command::AddTeamMember {
            team_id,
            user_id,
            role,
        } => teams::add_member(running()?, team_id, user_id, role),
        Command::ChangeTeamMemberRole {
            team_id,
            user_id,
            role,
        } => teams::change_member_role(running()?, team_id, user_id, role),
        Command::RemoveTeamMember { team_id, user_id } => {
            teams::remove_member(running()?, team_id, user_id)
        }
        Command::GrantRole {
            user_id,
            role,
            scope,
            is_project_there,
            expires_at_us,
            now_us,
        } => {
            let (grant, times) = ((user_id, role, scope), (expires_at_us, now_us));
            grants::grant_role(running()?, grant, is_project_there, times)
        }
        Command::RevokeRole {
            user_id,
            role,
            scope,
        } => Ok(grants::revoke_role(running()?, (user_id, role, scope))),
        Command::CreateServiceAccount {
            service_account_id,
            name,
            scopes,
        } => grants::create_service_account(running()?, service_account_id, name, scopes),
        Command::RotateServiceAccount {
            service_account_id,
            grace_seconds,
        } => grants::rotate_service_account(running()?, service_account_id, grace_seconds),
        Command::RevokeServiceAccount(id) => grants::revoke_service_account(running()?, id),
    }
}

fn create(
    state: &OrganizationState,
    organization_id: TenantId,
    slug: String,
    name: ContentRef,
) -> Decision {
    if let OrganizationState::Running(running) = state {
        if running.organization_id == organization_id {
            return Ok(Vec::new());
        }
        return Err(Rejection::OrganizationExists);
    }
    let created = Created {
        organization_id,
        slug,
        name,
    };
    Ok(vec![created.into()])
}

/// Contents are salted, so the same name typed again is another content: only a repetition is nothing.
fn rename(running: &Running, name: ContentRef) -> Vec<OrganizationEvent> {
    if running.name == name {
        return Vec::new();
    }
    vec![Updated { name }.into()]
}
