//! What is logged, and how.

use super::{ConfigError, Env, invalid};

/// Filter and format of the log on standard error.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LogConfig {
    /// `CINATRA_LOG`, default `warn,cinatra=info,access=info`: what is logged, in the syntax of
    /// tracing's `EnvFilter`. With `access=debug` every request gets a line, otherwise refused ones.
    pub filter: String,
    /// `CINATRA_LOG_FORMAT`, default `text`: `text`, or `json` with one object per line.
    pub json: bool,
}

impl LogConfig {
    /// The settings in `env`.
    pub fn from_env(env: Env<'_>) -> Result<Self, ConfigError> {
        let json = match env("CINATRA_LOG_FORMAT").as_deref() {
            None | Some("text") => false,
            Some("json") => true,
            Some(_) => return Err(invalid("CINATRA_LOG_FORMAT", "neither text nor json")),
        };
        let filter = env("CINATRA_LOG").unwrap_or_else(|| "warn,access=info".into());
        Ok(Self { filter, json })
    }
}
