//! Every permission there is.

use std::fmt;
use std::str::FromStr;

/// A word that is no permission, without repeating it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not a permission of the catalogue")]
pub struct UnknownPermission;

/// One list, from which the enum, its words and their reading follow.
macro_rules! permissions {
    ($($permission:ident = $word:literal)+) => {
        /// A permission. Source: spec/workspace.md 2.3.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Permission {
            $(#[doc = concat!("`", $word, "`")] $permission,)+
        }

        impl Permission {
            /// All of them.
            pub const ALL: &'static [Self] = &[$(Self::$permission),+];

            /// The word that credentials carry and that envelopes keep.
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$permission => $word,)+ }
            }

            /// Reads a word; nothing for one that is no permission.
            pub fn parse(word: &str) -> Option<Self> {
                match word { $($word => Some(Self::$permission),)+ _ => None }
            }
        }
    };
}

permissions! {
    AgentRead = "agent.read"
    AgentList = "agent.list"
    AgentExecute = "agent.execute"
    AgentUpdate = "agent.update"
    AgentDelete = "agent.delete"
    AgentShare = "agent.share"
    AgentManagePermissions = "agent.managePermissions"

    RunRead = "run.read"
    RunList = "run.list"
    RunReadData = "run.readData"
    RunCancel = "run.cancel"
    RunShare = "run.share"
    RunApproveHitl = "run.approveHitl"
    RunRespondToHitl = "run.respondToHitl"
    RunResume = "run.resume"
    RunEditOutput = "run.editOutput"

    ObjectRead = "object.read"
    ObjectList = "object.list"
    ObjectSearch = "object.search"
    ObjectCreate = "object.create"
    ObjectUpdate = "object.update"
    ObjectDelete = "object.delete"
    ObjectPromoteScope = "object.promoteScope"

    ProjectRead = "project.read"
    ProjectList = "project.list"
    ProjectCreate = "project.create"
    ProjectUpdate = "project.update"
    ProjectDelete = "project.delete"
    ProjectManageMembers = "project.manageMembers"

    TeamRead = "team.read"
    TeamList = "team.list"
    TeamCreate = "team.create"
    TeamUpdate = "team.update"
    TeamDelete = "team.delete"
    TeamManageMembers = "team.manageMembers"

    OrganizationRead = "organization.read"
    OrganizationList = "organization.list"
    OrganizationCreate = "organization.create"
    OrganizationUpdate = "organization.update"
    OrganizationDelete = "organization.delete"
    OrganizationManageMembers = "organization.manageMembers"

    SkillRead = "skill.read"
    SkillList = "skill.list"
    SkillAssign = "skill.assign"
    SkillCreate = "skill.create"
    SkillUpdate = "skill.update"
    SkillDelete = "skill.delete"
    SkillInstall = "skill.install"
    SkillManageVisibility = "skill.manageVisibility"

    ConnectorRead = "connector.read"
    ConnectorUse = "connector.use"
    ConnectorCreate = "connector.create"
    ConnectorUpdate = "connector.update"
    ConnectorDelete = "connector.delete"

    ArtifactRead = "artifact.read"
    ArtifactList = "artifact.list"
    ArtifactCreate = "artifact.create"
    ArtifactUpdate = "artifact.update"
    ArtifactDelete = "artifact.delete"

    WorkflowTemplateRead = "workflow_template.read"
    WorkflowTemplateList = "workflow_template.list"
    WorkflowTemplateCreate = "workflow_template.create"
    WorkflowTemplateUpdate = "workflow_template.update"
    WorkflowTemplateDelete = "workflow_template.delete"

    WorkflowRead = "workflow.read"
    WorkflowList = "workflow.list"
    WorkflowCreate = "workflow.create"
    WorkflowUpdate = "workflow.update"
    WorkflowCancel = "workflow.cancel"
    WorkflowApprove = "workflow.approve"
    WorkflowExecute = "workflow.execute"

    WorkflowDraftRead = "workflow_draft.read"
    WorkflowDraftWrite = "workflow_draft.write"
    WorkflowDraftUpdate = "workflow_draft.update"

    WorkflowRunRead = "workflow_run.read"
    WorkflowRunList = "workflow_run.list"
    WorkflowRunCancel = "workflow_run.cancel"

    WorkflowExtensionRead = "workflow_extension.read"
    WorkflowExtensionPublish = "workflow_extension.publish"

    DashboardRead = "dashboard.read"
    DashboardList = "dashboard.list"
    DashboardCreate = "dashboard.create"
    DashboardUpdate = "dashboard.update"
    DashboardDelete = "dashboard.delete"

    ListRead = "list.read"
    ListList = "list.list"
    ListCreate = "list.create"
    ListUpdate = "list.update"
    ListDelete = "list.delete"

    EntityRead = "entity.read"
    EntityList = "entity.list"
    EntityCreate = "entity.create"
    EntityUpdate = "entity.update"
    EntityDelete = "entity.delete"

    TriggerRead = "trigger.read"
    TriggerList = "trigger.list"
    TriggerCreate = "trigger.create"
    TriggerUpdate = "trigger.update"
    TriggerDelete = "trigger.delete"
    TriggerFire = "trigger.fire"

    NotificationRead = "notification.read"
    NotificationList = "notification.list"
    NotificationUpdate = "notification.update"

    MetricRead = "metric.read"
    MetricList = "metric.list"

    MarketplaceTemplateRead = "marketplace_template.read"
    MarketplaceTemplateList = "marketplace_template.list"
    MarketplaceTemplatePublish = "marketplace_template.publish"

    ExtensionRegistryRead = "extension_registry.read"
    ExtensionRegistryList = "extension_registry.list"
    ExtensionRegistryInstall = "extension_registry.install"
    ExtensionRegistryUninstall = "extension_registry.uninstall"

    RegistryRead = "registry.read"
    RegistryInstall = "registry.install"
    RegistryUpdate = "registry.update"
    RegistryUninstall = "registry.uninstall"

    SettingsRead = "settings.read"
    SettingsUpdate = "settings.update"

    AuditRead = "audit.read"
}

impl fmt::Display for Permission {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromStr for Permission {
    type Err = UnknownPermission;
    fn from_str(word: &str) -> Result<Self, UnknownPermission> {
        Self::parse(word).ok_or(UnknownPermission)
    }
}
