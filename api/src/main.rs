//! The binary `cinatra`.

use std::process::ExitCode;

use mimalloc::MiMalloc;

/// Requests and batches allocate on one thread and free on another, which glibc's allocator pays for
/// with a sixth of the process's time (docs/PERFORMANCE.md).
#[global_allocator]
static ALLOCATOR: MiMalloc = MiMalloc;

#[tokio::main]
async fn main() -> ExitCode {
    cinatra_api::cli::run().await
}
