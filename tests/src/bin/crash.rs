//! `make crash`: 200 SIGKILLs of the server and 20 of the database under load, then two servers on one
//! ledger. Exits 1 when something does not hold, 2 when it could not run.

use std::process::ExitCode;

use cinatra_tests::console::say;
use cinatra_tests::crash::{self, Options};

#[tokio::main]
async fn main() -> ExitCode {
    let options = match Options::parse(std::env::args().skip(1)) {
        Ok(options) => options,
        Err(why) => {
            say(format!("crash: {why}"));
            return ExitCode::from(2);
        }
    };
    match crash::run(&options).await {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::from(1),
        Err(fault) => {
            say(format!("crash: {fault}"));
            ExitCode::from(2)
        }
    }
}
