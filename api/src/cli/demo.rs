//! x
use super::{CliError, Terminal, arguments::Demo};
pub(super) async fn run(_r: &Demo, _t: &mut Terminal) -> Result<(), CliError> {
    Ok(())
}
