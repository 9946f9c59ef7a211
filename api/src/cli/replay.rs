//! x
use super::{CliError, Terminal, arguments::Replay};
use crate::config::Env;
use std::process::ExitCode;
pub(super) async fn run(_r: Replay, _t: &mut Terminal, _e: Env<'_>) -> Result<ExitCode, CliError> {
    Ok(ExitCode::SUCCESS)
}
