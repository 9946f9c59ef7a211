//! What is logged, and how.

use super::{ConfigError, Env, invalid};

/// Filter and format of the log on standard error.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LogConfig {
    /// `CINATRA_LOG`, default `warn,access=info` for servers and `warn` for other commands: what is
    /// logged, in the syntax of tracing's `EnvFilter`. `access=debug` gives every request a line, `info`
    /// only those that were refused.
    pub filter: Option<String>,
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
        Ok(Self {
            filter: env("CINATRA_LOG"),
            json,
        })
    }
}
