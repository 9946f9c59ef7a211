//! What callers send about an organization, and how it becomes values of the domain.

use cinatra_domain::instance::Slug;
use cinatra_domain::kernel::{InvitationId, Label, ServiceAccountId, TeamId, UserId};
use cinatra_domain::organization::{
    OrganizationRole, RoleScope, RoleScopeLevel, ScopedRole, TeamRole,
};
use jiff::Timestamp;
use schemars::JsonSchema;
use serde::Deserialize;

use crate::Error;
use crate::hidden::hidden;

/// Call the organization otherwise.
#[derive(Clone, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct UpdateOrganization {
    /// What it is called.
    #[schemars(length(min = 1, max = 255))]
    pub name: String,
}

/// Invite somebody by e-mail.
#[derive(Clone, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct InviteMember {
    /// Where the invitation goes.
    #[schemars(length(min = 3, max = 254))]
    pub email: String,
    /// The role that comes with it.
    pub role: OrganizationRole,
    /// The team that comes with it.
    #[schemars(length(max = 36))]
    pub team_id: Option<String>,
}

/// Give a member another role.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct UpdateMemberRole {
    /// Who.
    #[schemars(length(max = 36))]
    pub user_id: String,
    /// From now on.
    pub role: OrganizationRole,
}

/// A member.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct NamedMember {
    /// Who.
    #[schemars(length(max = 36))]
    pub user_id: String,
}

/// An invitation.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct NamedInvitation {
    /// Which.
    #[schemars(length(max = 36))]
    pub invitation_id: String,
}

/// Follow an invitation.
#[derive(Clone, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct AcceptInvitation {
    /// The secret, as it stands in the mail.
    #[schemars(length(min = 1, max = 100))]
    pub token: String,
}

/// Let members work together as a team.
#[derive(Clone, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct CreateTeam {
    /// What it is called.
    #[schemars(length(min = 1, max = 255))]
    pub name: String,
    /// Its short name, unique in the organization.
    #[schemars(length(max = 60), regex(pattern = Slug::PATTERN))]
    pub slug: String,
}

/// Call a team otherwise.
#[derive(Clone, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct UpdateTeam {
    /// Which.
    #[schemars(length(max = 36))]
    pub team_id: String,
    /// What it is called.
    #[schemars(length(min = 1, max = 255))]
    pub name: String,
    /// Its short name, unique in the organization.
    #[schemars(length(max = 60), regex(pattern = Slug::PATTERN))]
    pub slug: String,
}

/// A team.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct NamedTeam {
    /// Which.
    #[schemars(length(max = 36))]
    pub team_id: String,
}

/// A member of a team, and in what role.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct TeamMember {
    /// Which team.
    #[schemars(length(max = 36))]
    pub team_id: String,
    /// Who.
    #[schemars(length(max = 36))]
    pub user_id: String,
    /// In what role.
    pub role: TeamRole,
}

/// A member of a team.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct NamedTeamMember {
    /// Which team.
    #[schemars(length(max = 36))]
    pub team_id: String,
    /// Who.
    #[schemars(length(max = 36))]
    pub user_id: String,
}

/// Where a further role counts.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct NamedScope {
    /// On which level.
    pub level: RoleScopeLevel,
    /// Whose: the organization, team, project or user.
    #[schemars(length(max = 36))]
    pub record_id: String,
}

/// Give a member a further role.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct GrantRole {
    /// Who.
    #[schemars(length(max = 36))]
    pub subject_user_id: String,
    /// Which.
    pub role: ScopedRole,
    /// Where it counts.
    pub scope: NamedScope,
    /// When it ends; absent for never.
    #[schemars(length(max = 40))]
    pub expires_at: Option<String>,
}

/// Take a further role back.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct RevokeRole {
    /// Who.
    #[schemars(length(max = 36))]
    pub subject_user_id: String,
    /// Which.
    pub role: ScopedRole,
    /// Where it counted.
    pub scope: NamedScope,
}

/// Let a program act in the organization.
#[derive(Clone, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct CreateServiceAccount {
    /// What it is called.
    #[schemars(length(min = 1, max = 255))]
    pub name: String,
    /// Permissions that it is narrowed to, of those that a service account can have: `agent.execute`, `run.read`.
    #[schemars(length(max = 200), inner(length(max = 100)))]
    pub scopes: Vec<String>,
}

/// A service account.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct NamedServiceAccount {
    /// Which.
    #[schemars(length(max = 36))]
    pub service_account_id: String,
}

/// Reads a field's text.
fn read<T: std::str::FromStr>(field: &'static str, text: &str) -> Result<T, Error> {
    text.parse()
        .map_err(|_| Error::invalid(field, "is not a UUID"))
}

pub(super) fn label(field: &'static str, text: &str) -> Result<Label, Error> {
    Label::parse(text).map_err(|invalid| Error::invalid(field, invalid.reason))
}

pub(super) fn slug(text: &str) -> Result<Slug, Error> {
    Slug::parse(text).map_err(|invalid| Error::invalid("slug", invalid.reason))
}

pub(super) fn subject_user_id(text: &str) -> Result<UserId, Error> {
    read("subjectUserId", text)
}

pub(super) fn scope(named: &NamedScope) -> Result<RoleScope, Error> {
    let parsed = named.record_id.parse();
    let record_id = parsed.map_err(|_| Error::invalid("scope.recordId", "is not a UUID"))?;
    Ok(RoleScope {
        level: named.level,
        record_id,
    })
}

pub(super) fn team_id(text: &str) -> Result<TeamId, Error> {
    read("teamId", text)
}

pub(super) fn invitation_id(text: &str) -> Result<InvitationId, Error> {
    read("invitationId", text)
}

pub(super) fn service_account_id(text: &str) -> Result<ServiceAccountId, Error> {
    read("serviceAccountId", text)
}

/// A moment, in microseconds since 1970.
pub(super) fn moment(field: &'static str, text: &str) -> Result<i64, Error> {
    let parsed: Result<Timestamp, _> = text.parse();
    let parsed =
        parsed.map_err(|_| Error::invalid(field, "is not a time like 2027-01-31T12:00:00Z"));
    Ok(parsed?.as_microsecond())
}

hidden!(
    UpdateOrganization,
    InviteMember,
    AcceptInvitation,
    CreateTeam,
    UpdateTeam,
    CreateServiceAccount
);
