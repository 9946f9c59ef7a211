//! How read models are run.

use super::{ConfigError, Env, invalid};

/// Strictness towards read models.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ProjectionsConfig {
    /// `CINATRA_DEV_PROJECTIONS`, default `0`: `1` serves although a read model's code or tables
    /// changed and its version did not, with a warning instead of a refusal. For development.
    pub tolerate_drift: bool,
}

impl ProjectionsConfig {
    /// The settings in `env`.
    pub fn from_env(env: Env<'_>) -> Result<Self, ConfigError> {
        let tolerate_drift = match env("CINATRA_DEV_PROJECTIONS").as_deref() {
            None | Some("0") => false,
            Some("1") => true,
            Some(_) => return Err(invalid("CINATRA_DEV_PROJECTIONS", "neither 0 nor 1")),
        };
        Ok(Self { tolerate_drift })
    }
}
