//! What callers ask of lists. Every text is bounded; commands bring input types of their own.

use cinatra_commands::Error;
use cinatra_domain::extension::{Kind, PackageName, Status};
use cinatra_domain::kernel::{TeamId, UserId};
use cinatra_domain::organization::OrganizationRole;
use cinatra_domain::project::Level;
use cinatra_projections::organization_directory::InvitationStatus;
use cinatra_projections::{Keyset, audit_events};
use jiff::Timestamp;
use schemars::JsonSchema;
use serde::Deserialize;

/// Rows of a page that does not say.
const LIMIT: u16 = 50;

/// Which page of which list.
pub(super) fn keyset(list: &'static str, limit: Option<u16>, cursor: Option<String>) -> Keyset {
    Keyset {
        list,
        limit: limit.unwrap_or(LIMIT),
        cursor,
    }
}

/// Nothing more to say.
#[derive(Clone, Copy, Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Nothing {}

/// Which installed extensions.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct ListExtensions {
    /// Only of this kind.
    pub(super) kind: Option<Kind>,
    /// Only in this state.
    pub(super) status: Option<Status>,
    /// Only with this text in name, display name or description, whatever its case.
    #[schemars(length(max = 200))]
    pub(super) query: Option<String>,
    /// Most rows to answer with; 50 when absent.
    #[schemars(range(min = 1, max = 200))]
    pub(super) limit: Option<u16>,
    /// The page before's `nextCursor`.
    #[schemars(length(max = 512))]
    pub(super) cursor: Option<String>,
}

/// Which skills of installed packages.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct ListSkills {
    /// Only of this package.
    #[schemars(length(max = 214), regex(pattern = PackageName::PATTERN))]
    pub(super) package_name: Option<String>,
    /// Only in this state: an archived package's skills may not be used.
    pub(super) status: Option<Status>,
    /// Only with this text in name, description or package name, whatever its case.
    #[schemars(length(max = 200))]
    pub(super) query: Option<String>,
    /// Most rows to answer with; 50 when absent.
    #[schemars(range(min = 1, max = 200))]
    pub(super) limit: Option<u16>,
    /// The page before's `nextCursor`.
    #[schemars(length(max = 512))]
    pub(super) cursor: Option<String>,
}

/// One skill.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct GetSkill {
    /// The `skillId` of a list, a UUID.
    #[schemars(length(max = 36))]
    pub(super) skill_id: String,
}

/// One extension's history.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct Timeline {
    /// Scoped package name, for example `@acme/mail-agent`.
    #[schemars(length(max = 214), regex(pattern = PackageName::PATTERN))]
    pub(super) package_name: String,
    /// Most rows to answer with; 50 when absent.
    #[schemars(range(min = 1, max = 200))]
    pub(super) limit: Option<u16>,
    /// The page before's `nextCursor`.
    #[schemars(length(max = 512))]
    pub(super) cursor: Option<String>,
}

/// Which destructive operations.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct LifecycleAudit {
    /// Only of this package.
    #[schemars(length(max = 214), regex(pattern = PackageName::PATTERN))]
    pub(super) package_name: Option<String>,
    /// Most rows to answer with; 50 when absent.
    #[schemars(range(min = 1, max = 200))]
    pub(super) limit: Option<u16>,
    /// The page before's `nextCursor`.
    #[schemars(length(max = 512))]
    pub(super) cursor: Option<String>,
}

/// Which privileged decisions.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct AuditEvents {
    /// Only about this kind of resource, for example `extension`.
    #[schemars(length(max = 100))]
    pub(super) resource_type: Option<String>,
    /// Only about this resource, for example a package name.
    #[schemars(length(max = 256))]
    pub(super) resource_id: Option<String>,
    /// Only this operation, for example `archive`.
    #[schemars(length(max = 100))]
    pub(super) operation: Option<String>,
    /// Only by this one, for example `user:<id>`.
    #[schemars(length(max = 255))]
    pub(super) actor: Option<String>,
    /// Only `allowed` or `denied` ones.
    pub(super) decision: Option<Verdict>,
    /// Only those taken then or later, like 2027-01-31T12:00:00Z.
    #[schemars(length(max = 40))]
    pub(super) from: Option<String>,
    /// Only those taken before.
    #[schemars(length(max = 40))]
    pub(super) to: Option<String>,
    /// Most rows to answer with; 50 when absent.
    #[schemars(range(min = 1, max = 200))]
    pub(super) limit: Option<u16>,
    /// The page before's `nextCursor`.
    #[schemars(length(max = 512))]
    pub(super) cursor: Option<String>,
}

/// What became of a privileged act.
#[derive(Clone, Copy, Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub(super) enum Verdict {
    /// It was allowed.
    Allowed,
    /// It was not.
    Denied,
}

/// Which members.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct ListMembers {
    /// Only with this text in name or address, whatever its case.
    #[schemars(length(max = 200))]
    pub(super) query: Option<String>,
    /// Only in this role.
    pub(super) role: Option<OrganizationRole>,
    /// Most rows to answer with; 50 when absent.
    #[schemars(range(min = 1, max = 200))]
    pub(super) limit: Option<u16>,
    /// The page before's `nextCursor`.
    #[schemars(length(max = 512))]
    pub(super) cursor: Option<String>,
}

/// Which invitations.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct ListInvitations {
    /// Only of this kind.
    pub(super) status: Option<InvitationStatus>,
    /// Most rows to answer with; 50 when absent.
    #[schemars(range(min = 1, max = 200))]
    pub(super) limit: Option<u16>,
    /// The page before's `nextCursor`.
    #[schemars(length(max = 512))]
    pub(super) cursor: Option<String>,
}

/// Which teams.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct ListTeams {
    /// Most rows to answer with; 50 when absent.
    #[schemars(range(min = 1, max = 200))]
    pub(super) limit: Option<u16>,
    /// The page before's `nextCursor`.
    #[schemars(length(max = 512))]
    pub(super) cursor: Option<String>,
}

/// Whose members.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct ListTeamMembers {
    /// Of which team.
    #[schemars(length(max = 36))]
    pub(super) team_id: String,
    /// Most rows to answer with; 50 when absent.
    #[schemars(range(min = 1, max = 200))]
    pub(super) limit: Option<u16>,
    /// The page before's `nextCursor`.
    #[schemars(length(max = 512))]
    pub(super) cursor: Option<String>,
}

/// Which further roles.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct ListRoleGrants {
    /// Only of this member.
    #[schemars(length(max = 36))]
    pub(super) filter_subject_user_id: Option<String>,
    /// Most rows to answer with; 50 when absent.
    #[schemars(range(min = 1, max = 200))]
    pub(super) limit: Option<u16>,
    /// The page before's `nextCursor`.
    #[schemars(length(max = 512))]
    pub(super) cursor: Option<String>,
}

/// Which service accounts.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct ListServiceAccounts {
    /// Most rows to answer with; 50 when absent.
    #[schemars(range(min = 1, max = 200))]
    pub(super) limit: Option<u16>,
    /// The page before's `nextCursor`.
    #[schemars(length(max = 512))]
    pub(super) cursor: Option<String>,
}

/// Which projects.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct ListProjects {
    /// Only on this level.
    pub(super) owner_level: Option<Level>,
    /// Only of this owner.
    #[schemars(length(max = 36))]
    pub(super) owner_id: Option<String>,
    /// Archived ones too.
    pub(super) include_archived: Option<bool>,
    /// Most rows to answer with; 50 when absent.
    #[schemars(range(min = 1, max = 200))]
    pub(super) limit: Option<u16>,
    /// The page before's `nextCursor`.
    #[schemars(length(max = 512))]
    pub(super) cursor: Option<String>,
}

fn moment(field: &'static str, text: Option<&str>) -> Result<Option<Timestamp>, Error> {
    let parsed = text.map(str::parse::<Timestamp>).transpose();
    parsed.map_err(|_| Error::invalid(field, "is not a time like 2027-01-31T12:00:00Z"))
}

impl ListExtensions {
    pub(super) fn keyset(&self) -> Keyset {
        keyset("extensions", self.limit, self.cursor.clone())
    }
}

impl ListSkills {
    pub(super) fn keyset(&self) -> Keyset {
        keyset("skills", self.limit, self.cursor.clone())
    }
}

impl Timeline {
    pub(super) fn keyset(&self) -> Keyset {
        keyset("extension_timeline", self.limit, self.cursor.clone())
    }
}

impl LifecycleAudit {
    pub(super) fn keyset(&self) -> Keyset {
        keyset("extension_lifecycle_audit", self.limit, self.cursor.clone())
    }
}

impl AuditEvents {
    /// Two trails have these filters; neither takes the other's cursor.
    pub(super) fn keyset(&self, trail: &'static str) -> Keyset {
        keyset(trail, self.limit, self.cursor.clone())
    }

    pub(super) fn filter(&self) -> Result<audit_events::Filter, Error> {
        let decision = self.decision.map(|verdict| match verdict {
            Verdict::Allowed => "allowed".to_owned(),
            Verdict::Denied => "denied".to_owned(),
        });
        Ok(audit_events::Filter {
            resource_type: self.resource_type.clone(),
            resource_id: self.resource_id.clone(),
            operation: self.operation.clone(),
            actor: self.actor.clone(),
            decision,
            from: moment("from", self.from.as_deref())?,
            to: moment("to", self.to.as_deref())?,
        })
    }
}

impl ListMembers {
    pub(super) fn keyset(&self) -> Keyset {
        keyset("members", self.limit, self.cursor.clone())
    }
}

impl ListInvitations {
    pub(super) fn keyset(&self) -> Keyset {
        keyset("invitations", self.limit, self.cursor.clone())
    }
}

impl ListTeams {
    pub(super) fn keyset(&self) -> Keyset {
        keyset("teams", self.limit, self.cursor.clone())
    }
}

impl ListRoleGrants {
    pub(super) fn keyset(&self) -> Keyset {
        keyset("role_grants", self.limit, self.cursor.clone())
    }

    pub(super) fn subject(&self) -> Result<Option<UserId>, Error> {
        let parsed = self.filter_subject_user_id.as_deref().map(str::parse);
        let parsed = parsed.transpose();
        parsed.map_err(|_| Error::invalid("filterSubjectUserId", "is not a UUID"))
    }
}

impl ListServiceAccounts {
    pub(super) fn keyset(&self) -> Keyset {
        keyset("service_accounts", self.limit, self.cursor.clone())
    }
}

impl ListProjects {
    pub(super) fn keyset(&self) -> Keyset {
        keyset("projects", self.limit, self.cursor.clone())
    }
}

impl ListTeamMembers {
    pub(super) fn keyset(&self) -> Keyset {
        keyset("team_members", self.limit, self.cursor.clone())
    }

    pub(super) fn team_id(&self) -> Result<TeamId, Error> {
        let parsed = self.team_id.parse();
        parsed.map_err(|_| Error::invalid("teamId", "is not a UUID"))
    }
}
