//! What this instance may be called.

use std::path::PathBuf;

use super::Env;

/// Names that are reserved for everybody else.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct InstanceConfig {
    /// `CINATRA_APPROVED_INSTANCE_NAMESPACES_FILE`: reserved namespaces that this instance may choose, one a line.
    pub approved_namespaces: Option<PathBuf>,
}

impl InstanceConfig {
    /// The settings in `env`.
    pub fn from_env(env: Env<'_>) -> Self {
        let approved_namespaces = env("CINATRA_APPROVED_INSTANCE_NAMESPACES_FILE");
        Self {
            approved_namespaces: approved_namespaces.map(PathBuf::from),
        }
    }
}
