//! What somebody is told who may not.

use std::fmt;

use serde_json::{Value, json};

use super::Denied;
use crate::kernel::{Class, Coded};
use crate::permission::{Permission, Role, effective_grants};
use crate::project;

impl fmt::Display for Denied {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unauthenticated => f.write_str("A valid credential is required."),
            Self::NoOrganization => f.write_str(
                "No organization of the caller is selected, or they belong to it no more. \
                sessions_select_organization chooses one; users_me lists the caller's.",
            ),
            Self::Hidden => f.write_str("There is no such thing."),
            Self::Forbidden(permission) if needs_admin(permission) => {
                f.write_str("Admin access required; nothing was attempted.")
            }
            Self::Forbidden(permission) => write!(f, "The permission {permission} is required."),
            Self::NoProjectAccess => {
                f.write_str("Missing project_access grant for project context.")
            }
            Self::ProjectArchived => write!(f, "{}", project::Rejection::ProjectArchived),
        }
    }
}

impl Coded for Denied {
    fn class(&self) -> Class {
        match self {
            Self::Unauthenticated => Class::Unauthenticated,
            Self::NoOrganization
            | Self::Forbidden(_)
            | Self::NoProjectAccess
            | Self::ProjectArchived => Class::Forbidden,
            Self::Hidden => Class::NotFound,
        }
    }

    fn code(&self) -> &'static str {
        match self {
            Self::Unauthenticated => "UNAUTHENTICATED",
            Self::NoOrganization => "NO_ORGANIZATION",
            Self::Hidden => "NOT_FOUND",
            Self::Forbidden(permission) if needs_admin(permission) => "ADMIN_REQUIRED",
            Self::Forbidden(_) => "FORBIDDEN",
            Self::NoProjectAccess => "PROJECT_ACCESS_MISSING",
            Self::ProjectArchived => project::Rejection::ProjectArchived.code(),
        }
    }

    fn details(&self) -> Value {
        match self {
            Self::Forbidden(permission) => json!({ "permission": permission }),
            Self::Unauthenticated
            | Self::NoOrganization
            | Self::Hidden
            | Self::NoProjectAccess
            | Self::ProjectArchived => json!({}),
        }
    }
}

/// Whether no plain member has it.
fn needs_admin(permission: &str) -> bool {
    let permission = Permission::parse(permission);
    permission.is_some_and(|permission| !effective_grants(Role::Member).contains(&permission))
}
