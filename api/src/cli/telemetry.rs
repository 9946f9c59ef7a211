//! The log, on standard error.

use tracing_subscriber::EnvFilter;
use tracing_subscriber::fmt::time::uptime;

use super::CliError;
use crate::config::LogConfig;

/// Installs the log once per process.
pub(super) fn install(config: &LogConfig, is_server: bool) -> Result<(), CliError> {
    let default = if is_server {
        "warn,access=info"
    } else {
        "warn"
    };
    let filter = EnvFilter::try_new(config.filter.as_deref().unwrap_or(default));
    let filter = filter.map_err(|error| CliError::Log(error.to_string()))?;
    let builder = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(std::io::stderr);
    let installed = if config.json {
        builder.json().flatten_event(true).try_init()
    } else {
        builder.with_timer(uptime()).with_target(true).try_init()
    };
    installed.map_err(|error| CliError::Log(error.to_string()))
}
