//! What each role adds to those that it inherits.
//!
//! The table of spec/workspace.md 2.3, with two deliberate additions:
//! - `org_admin` holds `skill.assign`, which the original forgot (B-51);
//! - `org_admin`, and with it `org_owner`, holds `audit.read` for its own organization: a trail that the
//!   organization cannot read serves nobody.
//!
//! `platform_admin` holds nothing that writes what belongs to somebody: such writes go through a bypass, which is
//! on record. That it creates projects and organizations is the table's.

use super::{Permission, Role};

macro_rules! grants {
    ($($permission:ident)*) => { &[$(Permission::$permission),*] };
}

/// What the role itself is granted.
pub(super) const fn direct_grants(role: Role) -> &'static [Permission] {
    match role {
        Role::OrgOwner => ORG_OWNER,
        Role::OrgAdmin => ORG_ADMIN,
        Role::TeamAdmin => TEAM_ADMIN,
        Role::Member => MEMBER,
        Role::Developer => DEVELOPER,
        Role::ReleaseManager => RELEASE_MANAGER,
        Role::Customer => CUSTOMER,
        Role::ServiceAccount | Role::ExternalAgent => PROGRAM,
        Role::PlatformAdmin => PLATFORM_ADMIN,
    }
}

const MEMBER: &[Permission] = grants! {
    AgentRead AgentList AgentExecute
    RunRead RunList RunReadData RunCancel RunRespondToHitl RunApproveHitl RunResume
    ObjectRead ObjectList ObjectSearch ObjectCreate
    ProjectCreate ProjectRead ProjectList
    TeamRead TeamList
    OrganizationRead OrganizationList
    SkillRead SkillList
    ConnectorRead ConnectorUse
    RegistryRead
    SettingsRead
    ArtifactRead ArtifactList ArtifactCreate
    WorkflowTemplateRead WorkflowTemplateList WorkflowTemplateCreate
    WorkflowRead WorkflowList WorkflowCreate
    WorkflowDraftRead WorkflowDraftWrite WorkflowDraftUpdate
    WorkflowRunRead WorkflowRunList
    WorkflowExtensionRead
    DashboardRead DashboardList DashboardCreate
    ListRead ListList ListCreate
    EntityRead EntityList EntityCreate
    TriggerRead TriggerList TriggerCreate TriggerFire
    NotificationRead NotificationList NotificationUpdate
    MarketplaceTemplateRead MarketplaceTemplateList
    ExtensionRegistryRead ExtensionRegistryList
};

const ORG_ADMIN: &[Permission] = grants! {
    AgentUpdate AgentDelete AgentShare
    ObjectUpdate ObjectDelete
    ProjectCreate ProjectUpdate ProjectDelete
    TeamCreate TeamUpdate TeamDelete
    OrganizationUpdate
    SkillCreate SkillUpdate SkillDelete SkillInstall SkillAssign
    ConnectorCreate ConnectorUpdate ConnectorDelete
    RunShare RunEditOutput
    SettingsUpdate
    RegistryInstall RegistryUpdate RegistryUninstall
    ArtifactUpdate ArtifactDelete
    WorkflowTemplateUpdate WorkflowTemplateDelete
    WorkflowUpdate WorkflowExecute WorkflowCancel WorkflowApprove
    WorkflowRunCancel
    DashboardUpdate DashboardDelete
    ListUpdate ListDelete
    EntityUpdate EntityDelete
    TriggerUpdate TriggerDelete
    ExtensionRegistryInstall ExtensionRegistryUninstall
    MetricRead MetricList
    AuditRead
};

const ORG_OWNER: &[Permission] = grants! {
    ProjectManageMembers TeamManageMembers
    OrganizationManageMembers OrganizationDelete
    SkillManageVisibility AgentManagePermissions
    ObjectPromoteScope
};

const TEAM_ADMIN: &[Permission] = grants! {
    TeamUpdate TeamManageMembers AgentShare SkillAssign RegistryInstall
};

const PLATFORM_ADMIN: &[Permission] = grants! {
    SettingsRead SettingsUpdate
    AuditRead
    OrganizationCreate
    RegistryRead RegistryInstall RegistryUpdate RegistryUninstall
    AgentRead AgentList
    RunRead RunList
    ObjectRead ObjectList ObjectSearch
    ProjectRead ProjectList ProjectCreate
    TeamRead TeamList
    OrganizationRead OrganizationList
    SkillRead SkillList
    ConnectorRead
};

const PROGRAM: &[Permission] = grants! { AgentExecute RunRead };

const DEVELOPER: &[Permission] = grants! {
    AgentRead AgentList AgentUpdate AgentExecute
    SkillRead SkillList SkillCreate SkillUpdate SkillInstall SkillAssign
    RunRead RunList
    SettingsRead
};

const RELEASE_MANAGER: &[Permission] = grants! {
    MarketplaceTemplateRead MarketplaceTemplateList MarketplaceTemplatePublish
    WorkflowExtensionPublish
    RegistryRead
};

const CUSTOMER: &[Permission] = grants! {
    AgentRead SkillRead
    RunRead RunRespondToHitl
    NotificationRead NotificationList NotificationUpdate
};
