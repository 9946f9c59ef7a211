//! The functions that the original names, under their names. Source: spec/workspace.md 2.4.
//!
//! Each answers from [`AuthorityState`](super::AuthorityState) at the position to which it was folded; none reads a
//! clock or writes anything. [`judge`](super::judge) is made of them, and later nouns call them for their own
//! records. Those that write (`grantRole`, `setExtensionInstallAccess`, `withPlatformAdminBypass`, `logAuditEvent`)
//! are commands.

mod context;
mod extension;
mod place;
mod project;
mod resource;
mod role;
mod run;
#[cfg(test)]
mod tests;

pub use context::{Credential, build_actor_context, parse_token_scopes};
pub use extension::{
    ExtensionDenial, ExtensionOperation, can_extension_access, enforce_extension_access,
    evaluate_extension_access,
};
pub use place::assert_can_install_at_target;
pub(super) use place::hold_at;
pub(super) use project::bring_into;
pub use project::{
    NotWritable, assert_project_grant_role, assert_project_read_access, assert_project_writable,
    assert_project_write_access,
};
pub(super) use resource::demanded;
pub use resource::{
    SkillAccess, enforce_resource_access, enforce_run_access, enforce_run_operation,
    require_resource_access,
};
pub use role::{
    can, can_do, can_require_access, require_access, resolve_effective_role_names_for_user,
};
pub(super) use role::{hold, hold_on_instance};
pub use run::enforce_run_move;
