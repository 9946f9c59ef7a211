//! What may be asked of an organization: who belongs to it, in which teams, in what further roles, and which programs.

use cinatra_commands::organization::{
    AcceptInvitation, CreateServiceAccount, CreateTeam, GrantRole, InviteMember, NamedInvitation,
    NamedMember, NamedServiceAccount, NamedTeam, NamedTeamMember, RevokeRole, TeamMember,
    UpdateMemberRole, UpdateOrganization, UpdateTeam,
};
use cinatra_domain::authority::Rule;
use cinatra_domain::kernel::TeamId;
use cinatra_domain::permission::Permission;
use cinatra_projections::{organization_directory as directory, people};

use super::call::{Backend, Call, SessionCookie, done, problem};
use super::catalogue::{CatalogueError, Declaration, Primitive};
use super::input;
use crate::problem::Problem;

/// How the audit names what is asked about.
const ORGANIZATION: &str = "organization";
const MEMBER: &str = "member";
const INVITATION: &str = "invitation";
const TEAM: &str = "team";
const ROLE_GRANT: &str = "role_grant";
const SERVICE_ACCOUNT: &str = "service_account";

const LOOK: Rule = Rule::Organization(Permission::OrganizationRead);
const MEMBERS: Rule = Rule::Organization(Permission::OrganizationManageMembers);
const SETTINGS: Rule = Rule::Organization(Permission::SettingsUpdate);
const TEAM_MEMBERS: Rule = Rule::Team(Permission::TeamManageMembers);

/// The noun's entries in the catalogue.
pub(super) fn primitives() -> Result<Vec<Primitive>, CatalogueError> {
    Ok(vec![
        get()?,
        update()?,
        leave()?,
        list_members()?,
        invite()?,
        update_member_role()?,
        remove_member()?,
        list_invitations()?,
        cancel_invitation()?,
        accept_invitation()?,
        create_team()?,
        update_team()?,
        delete_team()?,
        list_teams()?,
        add_team_member()?,
        update_team_member_role()?,
        remove_team_member()?,
        list_team_members()?,
        grant_role()?,
        revoke_role()?,
        list_role_grants()?,
        create_service_account()?,
        rotate_service_account()?,
        revoke_service_account()?,
        list_service_accounts()?,
    ])
}

fn get() -> Result<Primitive, CatalogueError> {
    Declaration::query("organizations_get", ORGANIZATION, LOOK)
        .told(
            "Get the organization",
            "Answers the organization that the credential is for.",
        )
        .handled_by(async |backend, call, _input: input::Nothing| {
            let (viewer, freshness) = (call.viewer(&backend).await?, call.freshness()?);
            call.shown(directory::organization(&backend.projections, &viewer, freshness).await)
        })
}

fn update() -> Result<Primitive, CatalogueError> {
    let rule = Rule::Organization(Permission::OrganizationUpdate);
    Declaration::command("organizations_update", ORGANIZATION, rule)
        .told(
            "Rename the organization",
            "Calls the organization otherwise from now on.",
        )
        .handled_by(async |backend, call, input: UpdateOrganization| {
            done(
                backend
                    .organizations
                    .update(&call.invocation()?, &input)
                    .await,
            )
        })
}

fn leave() -> Result<Primitive, CatalogueError> {
    Declaration::command("organizations_leave", MEMBER, LOOK)
        .told(
            "Leave the organization",
            "Ends the caller's membership, with teams, roles and grants. The last owner stays.",
        )
        .destructive(false)
        .handled_by(async |backend, call, _input: input::Nothing| {
            let (user, invocation) = (call.user()?, call.invocation()?);
            done(backend.organizations.leave(&invocation, user).await)
        })
}

fn list_members() -> Result<Primitive, CatalogueError> {
    Declaration::query("permissions_members_list", MEMBER, LOOK)
        .told(
            "List members",
            "Lists who belongs to the organization: names, addresses, roles.",
        )
        .handled_by(async |backend, call, input: input::ListMembers| {
            let (keyset, freshness) = (input.keyset(), call.freshness()?);
            let filter = people::Filter {
                text: input.query,
                role: input.role,
                user_ids: None,
            };
            let viewer = call.viewer(&backend).await?;
            let projections = &backend.projections;
            call.shown(people::members(projections, &viewer, &filter, &keyset, freshness).await)
        })
}

fn invite() -> Result<Primitive, CatalogueError> {
    Declaration::command("permissions_members_invite", MEMBER, MEMBERS)
        .told(
            "Invite somebody",
            "Mails an invitation, which may be followed for a week by whoever has the mail and the address, \
            with a role and perhaps a team.",
        )
        .repeated_is_another()
        .sensitive()
        .handled_by(async |backend, call, input: InviteMember| {
            done(backend.organizations.invite(&call.invocation()?, &input).await)
        })
}

fn update_member_role() -> Result<Primitive, CatalogueError> {
    Declaration::command("permissions_members_update_role", MEMBER, MEMBERS)
        .told(
            "Change a member's role",
            "Gives a member another role. The last owner stays one.",
        )
        .handled_by(async |backend, call, input: UpdateMemberRole| {
            let invocation = call.invocation()?;
            done(
                backend
                    .organizations
                    .update_member_role(&invocation, &input)
                    .await,
            )
        })
}

fn remove_member() -> Result<Primitive, CatalogueError> {
    Declaration::command("permissions_members_remove", MEMBER, MEMBERS)
        .told(
            "Remove a member",
            "Ends a membership, with teams, further roles, access to projects and co-ownerships, at once. \
            The last owner stays.",
        )
        .destructive(false)
        .handled_by(async |backend, call, input: NamedMember| {
            done(backend.organizations.remove_member(&call.invocation()?, &input).await)
        })
}

fn list_invitations() -> Result<Primitive, CatalogueError> {
    Declaration::query("permissions_invitations_list", INVITATION, MEMBERS)
        .told(
            "List invitations",
            "Lists invitations: to whom, in what role, until when, what became of them.",
        )
        .handled_by(async |backend, call, input: input::ListInvitations| {
            let (keyset, freshness) = (input.keyset(), call.freshness()?);
            let viewer = call.viewer(&backend).await?;
            let projections = &backend.projections;
            let page =
                directory::invitations(projections, &viewer, input.status, &keyset, freshness);
            call.shown(page.await)
        })
}

fn cancel_invitation() -> Result<Primitive, CatalogueError> {
    Declaration::command("permissions_invitations_cancel", INVITATION, MEMBERS)
        .told(
            "Take an invitation back",
            "Lets an invitation not be followed any more.",
        )
        .handled_by(async |backend, call, input: NamedInvitation| {
            let invocation = call.invocation()?;
            done(
                backend
                    .organizations
                    .cancel_invitation(&invocation, &input)
                    .await,
            )
        })
}

fn accept_invitation() -> Result<Primitive, CatalogueError> {
    Declaration::command("invitations_accept", INVITATION, Rule::SignedIn)
        .told(
            "Follow an invitation",
            "Makes the caller a member of the organization that invited their address, with the secret of \
            the mail. That proves the address, too. A session that acts in no organization acts there from then \
            on. Twice is once.",
        )
        .sensitive()
        .handled_by(async |backend, call, input: AcceptInvitation| {
            let (user, invocation) = (call.user()?, call.invocation()?);
            let held = call.principal.held.as_ref();
            let session = held.map(|held| held.session_id);
            let organizations = &backend.organizations;
            let accepted = organizations.accept_invitation(&invocation, user, session, &input);
            let mut reply = done(accepted.await)?;
            reply.session = held.map(|_| SessionCookie::Kept);
            Ok(reply)
        })
}

fn create_team() -> Result<Primitive, CatalogueError> {
    let rule = Rule::Organization(Permission::TeamCreate);
    Declaration::command("teams_create", TEAM, rule)
        .told(
            "Create a team",
            "Creates a team; its short name is unique in the organization.",
        )
        .repeated_is_another()
        .handled_by(async |backend, call, input: CreateTeam| {
            done(
                backend
                    .organizations
                    .create_team(&call.invocation()?, &input)
                    .await,
            )
        })
}

fn update_team() -> Result<Primitive, CatalogueError> {
    Declaration::command("teams_update", TEAM, Rule::Team(Permission::TeamUpdate))
        .told("Rename a team", "Calls a team otherwise.")
        .handled_by(async |backend, call, input: UpdateTeam| {
            done(
                backend
                    .organizations
                    .update_team(&call.invocation()?, &input)
                    .await,
            )
        })
}

fn delete_team() -> Result<Primitive, CatalogueError> {
    let rule = Rule::Organization(Permission::TeamDelete);
    Declaration::command("teams_delete", TEAM, rule)
        .told(
            "Delete a team",
            "Lets a team be no more; refused while it owns projects.",
        )
        .destructive(false)
        .handled_by(async |backend, call, input: NamedTeam| {
            done(
                backend
                    .organizations
                    .delete_team(&call.invocation()?, &input)
                    .await,
            )
        })
}

fn list_teams() -> Result<Primitive, CatalogueError> {
    let rule = Rule::Organization(Permission::TeamList);
    Declaration::query("teams_list", TEAM, rule)
        .told(
            "List teams",
            "Lists the organization's teams by short name.",
        )
        .handled_by(async |backend, call, input: input::ListTeams| {
            let (keyset, freshness) = (input.keyset(), call.freshness()?);
            let viewer = call.viewer(&backend).await?;
            call.shown(directory::teams(&backend.projections, &viewer, &keyset, freshness).await)
        })
}

fn add_team_member() -> Result<Primitive, CatalogueError> {
    Declaration::command("team_members_add", TEAM, TEAM_MEMBERS)
        .told(
            "Add somebody to a team",
            "Lets a member of the organization belong to a team.",
        )
        .handled_by(async |backend, call, input: TeamMember| {
            let invocation = call.invocation()?;
            done(
                backend
                    .organizations
                    .add_team_member(&invocation, &input)
                    .await,
            )
        })
}

fn update_team_member_role() -> Result<Primitive, CatalogueError> {
    Declaration::command("team_members_update_role", TEAM, TEAM_MEMBERS)
        .told(
            "Change a role in a team",
            "Gives a member of a team another role in it.",
        )
        .handled_by(async |backend, call, input: TeamMember| {
            let invocation = call.invocation()?;
            done(
                backend
                    .organizations
                    .update_team_member_role(&invocation, &input)
                    .await,
            )
        })
}

fn remove_team_member() -> Result<Primitive, CatalogueError> {
    Declaration::command("team_members_remove", TEAM, TEAM_MEMBERS)
        .told(
            "Remove somebody from a team",
            "Lets a member not belong to a team any more.",
        )
        .handled_by(async |backend, call, input: NamedTeamMember| {
            let invocation = call.invocation()?;
            done(
                backend
                    .organizations
                    .remove_team_member(&invocation, &input)
                    .await,
            )
        })
}

fn list_team_members() -> Result<Primitive, CatalogueError> {
    let rule = Rule::Organization(Permission::TeamRead);
    Declaration::query("team_members_list", TEAM, rule)
        .told(
            "List members of a team",
            "Lists who belongs to a team, and in what role.",
        )
        .handled_by(async |backend, call, input: input::ListTeamMembers| {
            let (keyset, freshness) = (input.keyset(), call.freshness()?);
            let team = input.team_id().map_err(|error| problem(&error))?;
            must_exist(&backend, &call, team).await?;
            let viewer = call.viewer(&backend).await?;
            let projections = &backend.projections;
            let page = directory::team_members(projections, &viewer, team, &keyset, freshness);
            call.shown(page.await)
        })
}

/// Another organization's team looks like none. That there is none is never said from an old look.
async fn must_exist(backend: &Backend, call: &Call, team: TeamId) -> Result<(), Problem> {
    let (authorities, tenant) = (&backend.authorities, call.principal.tenant());
    let looked = async {
        let recent = authorities.recent(tenant).await?;
        let is_there = recent.state().team_exists(team);
        Ok(is_there || authorities.fresh(tenant).await?.state().team_exists(team))
    };
    if looked.await.map_err(|error| problem(&error))? {
        Ok(())
    } else {
        Err(Problem::not_found("There is no such thing."))
    }
}

fn grant_role() -> Result<Primitive, CatalogueError> {
    Declaration::command("role_grant_grant", ROLE_GRANT, SETTINGS)
        .told(
            "Grant a further role",
            "Gives a member a further role (developer, release_manager, customer) somewhere in the \
            organization, perhaps for a time; granting anew replaces the end.",
        )
        .handled_by(async |backend, call, input: GrantRole| {
            done(
                backend
                    .organizations
                    .grant_role(&call.invocation()?, &input)
                    .await,
            )
        })
}

fn revoke_role() -> Result<Primitive, CatalogueError> {
    Declaration::command("role_grant_revoke", ROLE_GRANT, SETTINGS)
        .told(
            "Revoke a further role",
            "Takes a further role back; nothing happens when there is none.",
        )
        .handled_by(async |backend, call, input: RevokeRole| {
            done(
                backend
                    .organizations
                    .revoke_role(&call.invocation()?, &input)
                    .await,
            )
        })
}

fn list_role_grants() -> Result<Primitive, CatalogueError> {
    Declaration::query("role_grant_list", ROLE_GRANT, SETTINGS)
        .told(
            "List further roles",
            "Lists who has which further role, where, and until when.",
        )
        .handled_by(async |backend, call, input: input::ListRoleGrants| {
            let (keyset, freshness) = (input.keyset(), call.freshness()?);
            let subject = input.subject().map_err(|error| problem(&error))?;
            let viewer = call.viewer(&backend).await?;
            let projections = &backend.projections;
            let page = directory::role_grants(projections, &viewer, subject, &keyset, freshness);
            call.shown(page.await)
        })
}

fn create_service_account() -> Result<Primitive, CatalogueError> {
    Declaration::command("service_accounts_create", SERVICE_ACCOUNT, SETTINGS)
        .told(
            "Create a service account",
            "Lets a program act in the organization with a secret of its own, narrowed to some permissions. \
            The secret is shown this once.",
        )
        .repeated_is_another()
        .handled_by(async |backend, call, input: CreateServiceAccount| {
            let invocation = call.invocation()?;
            done(backend.organizations.create_service_account(&invocation, &input).await)
        })
}

fn rotate_service_account() -> Result<Primitive, CatalogueError> {
    Declaration::command("service_accounts_rotate", SERVICE_ACCOUNT, SETTINGS)
        .told(
            "Rotate a service account's secret",
            "Gives a service account another secret, shown this once; the former one works 15 minutes longer.",
        )
        .repeated_is_another()
        .handled_by(async |backend, call, input: NamedServiceAccount| {
            let invocation = call.invocation()?;
            done(backend.organizations.rotate_service_account(&invocation, &input).await)
        })
}

fn revoke_service_account() -> Result<Primitive, CatalogueError> {
    Declaration::command("service_accounts_revoke", SERVICE_ACCOUNT, SETTINGS)
        .told(
            "Revoke a service account",
            "Lets a service account stop working, whatever its secret.",
        )
        .destructive(true)
        .handled_by(async |backend, call, input: NamedServiceAccount| {
            let invocation = call.invocation()?;
            done(
                backend
                    .organizations
                    .revoke_service_account(&invocation, &input)
                    .await,
            )
        })
}

fn list_service_accounts() -> Result<Primitive, CatalogueError> {
    Declaration::query("service_accounts_list", SERVICE_ACCOUNT, SETTINGS)
        .told(
            "List service accounts",
            "Lists the organization's service accounts; never a secret.",
        )
        .handled_by(async |backend, call, input: input::ListServiceAccounts| {
            let (keyset, freshness) = (input.keyset(), call.freshness()?);
            let viewer = call.viewer(&backend).await?;
            let projections = &backend.projections;
            let page = directory::service_accounts(projections, &viewer, &keyset, freshness);
            call.shown(page.await)
        })
}
