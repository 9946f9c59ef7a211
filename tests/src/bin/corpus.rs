//! `make corpus`: publishes every folder of a corpus to a local registry and takes each package through
//! its life. Exits 1 when something does not hold, 2 when it could not run.

use std::path::PathBuf;
use std::process::ExitCode;

use cinatra_tests::console::say;
use cinatra_tests::{corpus, places};

#[tokio::main]
async fn main() -> ExitCode {
    let folder = std::env::args_os()
        .nth(1)
        .map_or_else(|| places::project().join("../shared/corpus"), PathBuf::from);
    match corpus::run(&folder).await {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::from(1),
        Err(fault) => {
            say(format!("corpus: {fault}"));
            ExitCode::from(2)
        }
    }
}
