//! The binary `cinatra`.

use std::process::ExitCode;

#[tokio::main]
async fn main() -> ExitCode {
    cinatra_api::cli::run().await
}
