//! Reading the directory.

use cinatra_domain::kernel::{TeamId, UserId};

use super::OrganizationDirectory;
use super::view::{
    Invitation, InvitationStatus, Organization, RoleGrant, ServiceAccount, Team, TeamMember,
};
use crate::read::{Listing, only, page, spelled};
use crate::{Answer, Error, Freshness, Keyset, Page, Projections, ViewerScope};

const GET_ORGANIZATION: &str = include_str!("sql/get_organization.sql");
const LIST_INVITATIONS: &str = include_str!("sql/list_invitations.sql");
const LIST_ROLE_GRANTS: &str = include_str!("sql/list_role_grants.sql");
const LIST_ACCOUNTS: &str = include_str!("sql/list_accounts.sql");
const LIST_TEAMS: &str = include_str!("sql/list_teams.sql");
const LIST_TEAM_MEMBERS: &str = include_str!("sql/list_team_members.sql");

/// The viewer's organization itself.
pub async fn organization(
    projections: &Projections,
    viewer: &ViewerScope,
    freshness: Freshness,
) -> Result<Answer<Organization>, Error> {
    only::<OrganizationDirectory, _>(projections, viewer, GET_ORGANIZATION, &[], freshness).await
}

/// A page of the organization's teams, by slug.
pub async fn teams(
    projections: &Projections,
    viewer: &ViewerScope,
    keyset: &Keyset,
    freshness: Freshness,
) -> Result<Answer<Page<Team>>, Error> {
    let listing = Listing {
        sql: LIST_TEAMS,
        params: &[&keyset.name()?, &keyset.probe()],
        keyset,
        freshness,
    };
    let place = |last: &Team| last.slug.clone();
    page::<OrganizationDirectory, _>(projections, viewer, listing, place).await
}

/// A page of those who belong to a team, by id; a team that does not exist has nobody.
pub async fn team_members(
    projections: &Projections,
    viewer: &ViewerScope,
    team_id: TeamId,
    keyset: &Keyset,
    freshness: Freshness,
) -> Result<Answer<Page<TeamMember>>, Error> {
    let listing = Listing {
        sql: LIST_TEAM_MEMBERS,
        params: &[&team_id.0, &keyset.id()?, &keyset.probe()],
        keyset,
        freshness,
    };
    let place = |last: &TeamMember| last.user_id.to_string();
    page::<OrganizationDirectory, _>(projections, viewer, listing, place).await
}

/// A page of invitations, by id; all of them, or those of which the same became.
pub async fn invitations(
    projections: &Projections,
    viewer: &ViewerScope,
    status: Option<InvitationStatus>,
    keyset: &Keyset,
    freshness: Freshness,
) -> Result<Answer<Page<Invitation>>, Error> {
    let status = status.as_ref().map(spelled);
    let listing = Listing {
        sql: LIST_INVITATIONS,
        params: &[&status, &keyset.id()?, &keyset.probe()],
        keyset,
        freshness,
    };
    let place = |last: &Invitation| last.invitation_id.to_string();
    page::<OrganizationDirectory, _>(projections, viewer, listing, place).await
}

/// A page of the further roles, in the order in which they were granted; of all members or of one.
pub async fn role_grants(
    projections: &Projections,
    viewer: &ViewerScope,
    user_id: Option<UserId>,
    keyset: &Keyset,
    freshness: Freshness,
) -> Result<Answer<Page<RoleGrant>>, Error> {
    let user_id = user_id.map(|id| id.0);
    let listing = Listing {
        sql: LIST_ROLE_GRANTS,
        params: &[&user_id, &keyset.position()?, &keyset.probe()],
        keyset,
        freshness,
    };
    let place = |last: &RoleGrant| last.position.to_string();
    page::<OrganizationDirectory, _>(projections, viewer, listing, place).await
}

/// A page of the organization's service accounts, by id; revoked ones too.
pub async fn service_accounts(
    projections: &Projections,
    viewer: &ViewerScope,
    keyset: &Keyset,
    freshness: Freshness,
) -> Result<Answer<Page<ServiceAccount>>, Error> {
    let listing = Listing {
        sql: LIST_ACCOUNTS,
        params: &[&keyset.id()?, &keyset.probe()],
        keyset,
        freshness,
    };
    let place = |last: &ServiceAccount| last.service_account_id.to_string();
    page::<OrganizationDirectory, _>(projections, viewer, listing, place).await
}
