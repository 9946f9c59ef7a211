//! `make rebuild`: every read model is built anew over 200,000 events while clients read and write. Exits 1
//! when something does not hold, 2 when it could not run.

use std::process::ExitCode;

use cinatra_tests::console::say;
use cinatra_tests::rebuild;

#[tokio::main]
async fn main() -> ExitCode {
    match rebuild::run().await {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::from(1),
        Err(why) => {
            say(format!("rebuild: {why}"));
            ExitCode::from(2)
        }
    }
}
