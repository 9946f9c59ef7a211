//! How events become the directory.

use cinatra_domain::Fact;
use cinatra_domain::organization::OrganizationEvent;
use cinatra_eventstore::Recorded;

use super::rows::{
    InvitationKey, InvitationRow, OrganizationKey, OrganizationRow, RoleGrantKey, RoleGrantRow,
    ServiceAccountKey, ServiceAccountRow, TeamKey, TeamMemberKey, TeamMemberRow, TeamRow, UserKey,
};
use super::view::InvitationStatus;
use crate::net::{Puts, Rows};
use crate::{Delivered, OnPoison, Poison, Projection, WriteError, Writer};

const DELETE_ROLE_GRANTS: &str = include_str!("sql/delete_role_grants.sql");
const DELETE_ROLE_GRANTS_OF_USERS: &str = include_str!("sql/delete_role_grants_of_users.sql");
const DELETE_TEAMS: &str = include_str!("sql/delete_teams.sql");
const DELETE_TEAM_MEMBERS: &str = include_str!("sql/delete_team_members.sql");
const DELETE_TEAM_MEMBERS_OF_TEAMS: &str = include_str!("sql/delete_team_members_of_teams.sql");
const DELETE_TEAM_MEMBERS_OF_USERS: &str = include_str!("sql/delete_team_members_of_users.sql");
const INSERT_ACCOUNTS: &str = include_str!("sql/insert_accounts.sql");
const INSERT_INVITATIONS: &str = include_str!("sql/insert_invitations.sql");
const INSERT_ORGANIZATIONS: &str = include_str!("sql/insert_organizations.sql");
const INSERT_TEAMS: &str = include_str!("sql/insert_teams.sql");
const INSERT_TEAM_MEMBERS: &str = include_str!("sql/insert_team_members.sql");
const UPDATE_ACCOUNTS: &str = include_str!("sql/update_accounts.sql");
const UPDATE_INVITATIONS: &str = include_str!("sql/update_invitations.sql");
const UPDATE_ORGANIZATIONS: &str = include_str!("sql/update_organizations.sql");
const UPDATE_TEAMS: &str = include_str!("sql/update_teams.sql");
const UPDATE_TEAM_MEMBERS: &str = include_str!("sql/update_team_members.sql");
const UPSERT_ROLE_GRANTS: &str = include_str!("sql/upsert_role_grants.sql");

/// Writer of the directory.
#[derive(Debug)]
pub struct OrganizationDirectory;

/// Net effect of a run of events. What goes with a member or a team is removed before anything is written:
/// what the batch says of it afterwards begins anew.
#[derive(Debug, Default)]
pub struct Batch {
    departed: Vec<UserKey>,
    dissolved: Vec<TeamKey>,
    organizations: Rows<OrganizationKey, OrganizationRow>,
    teams: Rows<TeamKey, TeamRow>,
    team_members: Rows<TeamMemberKey, TeamMemberRow>,
    invitations: Rows<InvitationKey, InvitationRow>,
    role_grants: Puts<RoleGrantKey, RoleGrantRow>,
    service_accounts: Rows<ServiceAccountKey, ServiceAccountRow>,
}

impl Projection for OrganizationDirectory {
    const NAME: &'static str = "organization_directory";
    const VERSION: i32 = 1;
    const SCHEMA: &'static str = include_str!("schema.sql");
    const ON_POISON: OnPoison = OnPoison::ParkStream;
    type Batch = Batch;

    fn fold(batch: &mut Batch, event: &Delivered) -> Result<(), Poison> {
        let Some(Fact::Organization(fact)) = event.fact()? else {
            return Ok(());
        };
        batch.add(fact, &event.recorded)
    }

    fn rows(batch: &Batch) -> usize {
        batch.departed.len()
            + batch.dissolved.len()
            + batch.organizations.len()
            + batch.teams.len()
            + batch.team_members.len()
            + batch.invitations.len()
            + batch.role_grants.len()
            + batch.service_accounts.len()
    }

    async fn write(batch: Batch, writer: &Writer<'_>) -> Result<(), WriteError> {
        batch.write(writer).await
    }
}

impl Batch {
    fn add(&mut self, fact: &OrganizationEvent, of: &Recorded) -> Result<(), Poison> {
        match fact {
            OrganizationEvent::Created(body) => {
                let row = OrganizationRow::created(body, of);
                self.organizations.place(of, OrganizationKey::of(of), row)
            }
            OrganizationEvent::Updated(body) => {
                let change = OrganizationRow::updated(body);
                self.organizations
                    .change(of, OrganizationKey::of(of), change)
            }
            OrganizationEvent::MemberAdded(_) | OrganizationEvent::MemberRoleChanged(_) => Ok(()),
            OrganizationEvent::MemberRemoved(body) => {
                self.depart(UserKey::of(of, body.user_id));
                Ok(())
            }
            OrganizationEvent::InvitationSent(body) => {
                let key = InvitationKey::of(of, body.invitation_id);
                self.invitations
                    .place(of, key, InvitationRow::sent(body, of))
            }
            OrganizationEvent::InvitationAccepted(body) => {
                let change = InvitationRow::now(InvitationStatus::Accepted);
                let key = InvitationKey::of(of, body.invitation_id);
                self.invitations.change(of, key, change)
            }
            OrganizationEvent::InvitationCanceled(body) => {
                let change = InvitationRow::now(InvitationStatus::Canceled);
                let key = InvitationKey::of(of, body.invitation_id);
                self.invitations.change(of, key, change)
            }
            OrganizationEvent::InvitationErased(body) => {
                let key = InvitationKey::of(of, body.invitation_id);
                self.invitations.change(of, key, InvitationRow::erased())
            }
            OrganizationEvent::TeamCreated(body) => {
                let row = TeamRow::created(body, of);
                self.teams.place(of, TeamKey::of(of, body.team_id), row)
            }
            OrganizationEvent::TeamRenamed(body) => {
                let change = TeamRow::renamed(body);
                self.teams.change(of, TeamKey::of(of, body.team_id), change)
            }
            OrganizationEvent::TeamDeleted(body) => {
                self.dissolve(of, TeamKey::of(of, body.team_id))
            }
            OrganizationEvent::TeamMemberAdded(body) => {
                let key = TeamMemberKey::of(of, body.team_id, body.user_id);
                let row = TeamMemberRow::added(body.role, of);
                self.team_members.place(of, key, row)
            }
            OrganizationEvent::TeamMemberRoleChanged(body) => {
                let key = TeamMemberKey::of(of, body.team_id, body.user_id);
                let change = TeamMemberRow::changed(body.role);
                self.team_members.change(of, key, change)
            }
            OrganizationEvent::TeamMemberRemoved(body) => {
                let key = TeamMemberKey::of(of, body.team_id, body.user_id);
                self.team_members.remove(of, key)
            }
            OrganizationEvent::RoleGranted(body) => {
                let key = RoleGrantKey::of(of, body.user_id, body.role, body.scope);
                self.role_grants.put(key, RoleGrantRow::granted(body, of));
                Ok(())
            }
            OrganizationEvent::RoleRevoked(body) => {
                let key = RoleGrantKey::of(of, body.user_id, body.role, body.scope);
                self.role_grants.take(key);
                Ok(())
            }
            OrganizationEvent::ServiceAccountCreated(body) => {
                let key = ServiceAccountKey::of(of, body.service_account_id);
                let row = ServiceAccountRow::created(body, of);
                self.service_accounts.place(of, key, row)
            }
            OrganizationEvent::ServiceAccountRotated(body) => {
                let key = ServiceAccountKey::of(of, body.service_account_id);
                let change = ServiceAccountRow::rotated(of);
                self.service_accounts.change(of, key, change)
            }
            OrganizationEvent::ServiceAccountRevoked(body) => {
                let key = ServiceAccountKey::of(of, body.service_account_id);
                let change = ServiceAccountRow::revoked();
                self.service_accounts.change(of, key, change)
            }
        }
    }

    /// Whoever leaves the organization leaves its teams and has no further role in it.
    fn depart(&mut self, user: UserKey) {
        let UserKey { tenant_id, user_id } = user;
        self.team_members
            .forget(|key| key.tenant_id == tenant_id && key.user_id == user_id);
        self.role_grants
            .forget(|key| key.tenant_id == tenant_id && key.user_id == user_id);
        self.departed.push(user);
    }

    /// Nobody belongs to a team that is no more.
    fn dissolve(&mut self, of: &Recorded, team: TeamKey) -> Result<(), Poison> {
        self.teams.remove(of, team)?;
        let TeamKey { tenant_id, team_id } = team;
        self.team_members
            .forget(|key| key.tenant_id == tenant_id && key.team_id == team_id);
        self.dissolved.push(team);
        Ok(())
    }

    /// What goes first makes room for what comes.
    async fn write(self, writer: &Writer<'_>) -> Result<(), WriteError> {
        writer
            .execute_all(DELETE_TEAM_MEMBERS_OF_USERS, &self.departed)
            .await?;
        writer
            .execute_all(DELETE_ROLE_GRANTS_OF_USERS, &self.departed)
            .await?;
        writer
            .execute_all(DELETE_TEAM_MEMBERS_OF_TEAMS, &self.dissolved)
            .await?;
        let organizations = self.organizations.split();
        writer
            .execute_each(INSERT_ORGANIZATIONS, &organizations.placed)
            .await?;
        writer
            .execute_each(UPDATE_ORGANIZATIONS, &organizations.changed)
            .await?;
        let teams = self.teams.split();
        writer.execute_each(DELETE_TEAMS, &teams.gone).await?;
        writer.execute_each(INSERT_TEAMS, &teams.placed).await?;
        writer.execute_each(UPDATE_TEAMS, &teams.changed).await?;
        let members = self.team_members.split();
        writer
            .execute_each(DELETE_TEAM_MEMBERS, &members.gone)
            .await?;
        writer
            .execute_each(INSERT_TEAM_MEMBERS, &members.placed)
            .await?;
        writer
            .execute_each(UPDATE_TEAM_MEMBERS, &members.changed)
            .await?;
        let invitations = self.invitations.split();
        writer
            .execute_each(INSERT_INVITATIONS, &invitations.placed)
            .await?;
        writer
            .execute_each(UPDATE_INVITATIONS, &invitations.changed)
            .await?;
        let (gone, put) = self.role_grants.split();
        writer.execute_all(DELETE_ROLE_GRANTS, &gone).await?;
        writer.execute_each(UPSERT_ROLE_GRANTS, &put).await?;
        let accounts = self.service_accounts.split();
        writer
            .execute_each(INSERT_ACCOUNTS, &accounts.placed)
            .await?;
        writer
            .execute_each(UPDATE_ACCOUNTS, &accounts.changed)
            .await
    }
}
