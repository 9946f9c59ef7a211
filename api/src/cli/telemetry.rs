//! The log, on standard error.

use tracing::{Level, Metadata};
use tracing_subscriber::filter::{FilterExt as _, filter_fn};
use tracing_subscriber::fmt::{self, time::uptime};
use tracing_subscriber::util::SubscriberInitExt as _;
use tracing_subscriber::{EnvFilter, Layer as _, layer::SubscriberExt as _};

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
    let filter = filter.and(filter_fn(tells_no_input));
    let layer = fmt::layer().with_writer(std::io::stderr);
    let layer = if config.json {
        layer.json().flatten_event(true).boxed()
    } else {
        layer.with_timer(uptime()).with_target(true).boxed()
    };
    let installed = tracing_subscriber::registry().with(layer.with_filter(filter));
    installed
        .try_init()
        .map_err(|error| CliError::Log(error.to_string()))
}

/// Below this level rmcp writes every message whole, and a message may be the setting of a secret.
fn tells_no_input(metadata: &Metadata<'_>) -> bool {
    let is_rmcp = metadata.target() == "rmcp" || metadata.target().starts_with("rmcp::");
    !is_rmcp || *metadata.level() <= Level::INFO
}
