//! Which permission an action on a kind of resource demands, for primitives that are classified by kind and action.
//!
//! Source: spec/workspace.md 2.5. What an action does to what it is done to follows from the action, with two
//! exceptions: changing how the organization is administered is itself administration, and making a run lets an agent
//! work. What is not here is denied.

use crate::permission::{Permission, Role};

/// What is done.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Action {
    /// Look at one.
    Read,
    /// Look at many.
    List,
    /// Say something in its place.
    Write,
    /// Administer it.
    Admin,
    /// Let it work.
    Execute,
    /// Make one.
    Create,
    /// Change it.
    Update,
    /// Take it away.
    Delete,
    /// Stop it.
    Cancel,
    /// Let it pass.
    Approve,
    /// Make it available.
    Install,
    /// Make it unavailable.
    Uninstall,
    /// Make it available to others.
    Publish,
    /// Set it off.
    Fire,
    /// Hand it on.
    Share,
}

/// What that does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Effect {
    /// Nothing.
    Read,
    /// It changes something.
    Write,
    /// It changes who has or may do something.
    Admin,
    /// It lets something work.
    Execute,
}

impl Action {
    /// The word of the registry's keys.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Read => "read",
            Self::List => "list",
            Self::Write => "write",
            Self::Admin => "admin",
            Self::Execute => "execute",
            Self::Create => "create",
            Self::Update => "update",
            Self::Delete => "delete",
            Self::Cancel => "cancel",
            Self::Approve => "approve",
            Self::Install => "install",
            Self::Uninstall => "uninstall",
            Self::Publish => "publish",
            Self::Fire => "fire",
            Self::Share => "share",
        }
    }

    /// What it does, where nothing else is said.
    const fn effect(self) -> Effect {
        match self {
            Self::Read | Self::List => Effect::Read,
            Self::Write | Self::Create | Self::Update | Self::Cancel => Effect::Write,
            Self::Admin
            | Self::Delete
            | Self::Approve
            | Self::Install
            | Self::Uninstall
            | Self::Publish
            | Self::Share => Effect::Admin,
            Self::Execute | Self::Fire => Effect::Execute,
        }
    }
}

/// One row of the registry.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Classification {
    /// Kind of resource, for example `agent_run`.
    pub resource_type: &'static str,
    /// What is done to it.
    pub action: Action,
    /// What that does.
    pub effect: Effect,
    /// What it demands.
    pub permission: Permission,
    /// A role that it demands beside the permission.
    pub required_role: Option<Role>,
}

/// The row for an action on a kind of resource; nothing for what is not classified.
pub fn classify(resource_type: &str, action: Action) -> Option<&'static Classification> {
    REGISTRY
        .iter()
        .find(|row| row.resource_type == resource_type && row.action == action)
}

const fn row(
    resource_type: &'static str,
    action: Action,
    permission: Permission,
) -> Classification {
    let administers = matches!(permission, Permission::SettingsUpdate);
    let starts_a_run = matches!(permission, Permission::AgentExecute);
    let publishes = matches!(action, Action::Publish);
    Classification {
        resource_type,
        action,
        effect: if administers {
            Effect::Admin
        } else if starts_a_run {
            Effect::Execute
        } else {
            action.effect()
        },
        permission,
        required_role: if publishes {
            Some(Role::ReleaseManager)
        } else {
            None
        },
    }
}

macro_rules! registry {
    ($($resource_type:literal => $($action:ident: $permission:ident)+;)+) => {
        &[$($(row($resource_type, Action::$action, Permission::$permission),)+)+]
    };
}

/// Every row.
pub const REGISTRY: &[Classification] = registry! {
    "agent" =>
        Read: AgentRead List: AgentList Create: AgentUpdate Update: AgentUpdate
        Delete: AgentDelete Share: AgentShare Execute: AgentExecute;
    "agent_run" =>
        Read: RunRead List: RunList Create: AgentExecute Execute: AgentExecute
        Update: RunEditOutput Cancel: RunCancel Share: RunShare Approve: RunApproveHitl;
    "object" =>
        Read: ObjectRead List: ObjectList Create: ObjectCreate Update: ObjectUpdate
        Delete: ObjectDelete;
    "project" =>
        Read: ProjectRead List: ProjectList Create: ProjectCreate Update: ProjectUpdate
        Delete: ProjectDelete;
    "team" =>
        Read: TeamRead List: TeamList Create: TeamCreate Update: TeamUpdate Delete: TeamDelete;
    "organization" =>
        Read: OrganizationRead List: OrganizationList Create: OrganizationCreate
        Update: OrganizationUpdate Delete: OrganizationDelete;
    "skill" =>
        Read: SkillRead List: SkillList Create: SkillCreate Update: SkillUpdate
        Delete: SkillDelete Execute: SkillAssign Install: SkillInstall Uninstall: SkillInstall;
    "connector_instance" =>
        Read: ConnectorRead List: ConnectorRead Execute: ConnectorUse Admin: ConnectorUpdate
        Create: ConnectorCreate Update: ConnectorUpdate Delete: ConnectorDelete;
    "artifact" =>
        Read: ArtifactRead List: ArtifactList Create: ArtifactCreate Update: ArtifactUpdate
        Delete: ArtifactDelete;
    "workflow_template" =>
        Read: WorkflowTemplateRead List: WorkflowTemplateList Create: WorkflowTemplateCreate
        Update: WorkflowTemplateUpdate Delete: WorkflowTemplateDelete;
    "workflow" =>
        Read: WorkflowRead List: WorkflowList Create: WorkflowCreate Update: WorkflowUpdate
        Cancel: WorkflowCancel Approve: WorkflowApprove Execute: WorkflowExecute;
    "workflow_draft" =>
        Read: WorkflowDraftRead Write: WorkflowDraftWrite Update: WorkflowDraftUpdate;
    "workflow_run" =>
        Read: WorkflowRunRead List: WorkflowRunList Cancel: WorkflowRunCancel;
    "workflow_extension" =>
        Read: WorkflowExtensionRead Publish: WorkflowExtensionPublish;
    "dashboard" =>
        Read: DashboardRead List: DashboardList Create: DashboardCreate Update: DashboardUpdate
        Delete: DashboardDelete;
    "list" =>
        Read: ListRead List: ListList Create: ListCreate Update: ListUpdate Delete: ListDelete;
    "entity" =>
        Read: EntityRead List: EntityList Create: EntityCreate Update: EntityUpdate
        Delete: EntityDelete;
    "entity_account" =>
        Read: EntityRead List: EntityList Create: EntityCreate Update: EntityUpdate
        Delete: EntityDelete;
    "entity_contact" =>
        Read: EntityRead List: EntityList Create: EntityCreate Update: EntityUpdate
        Delete: EntityDelete;
    "trigger" =>
        Read: TriggerRead List: TriggerList Create: TriggerCreate Update: TriggerUpdate
        Delete: TriggerDelete Fire: TriggerFire;
    "notification" =>
        Read: NotificationRead List: NotificationList Update: NotificationUpdate;
    "metric_cost" =>
        Read: MetricRead List: MetricList;
    "metric_usage" =>
        Read: MetricRead List: MetricList;
    "marketplace_template" =>
        Read: MarketplaceTemplateRead List: MarketplaceTemplateList
        Publish: MarketplaceTemplatePublish;
    "extension_registry" =>
        Read: ExtensionRegistryRead List: ExtensionRegistryList Install: ExtensionRegistryInstall
        Uninstall: ExtensionRegistryUninstall;
    "registry" =>
        Read: RegistryRead Install: RegistryInstall Update: RegistryUpdate
        Uninstall: RegistryUninstall;
    "administration" =>
        Read: SettingsRead Update: SettingsUpdate;
    "audit" =>
        Read: AuditRead List: AuditRead;
    "audit_log" =>
        Read: AuditRead List: AuditRead;
    "platform" =>
        Read: SettingsRead;
};
