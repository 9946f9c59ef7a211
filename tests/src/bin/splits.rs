//! `make splits`: a stream of 2,000 frames is cut after each of them and gone on with, in both dialects; what comes is
//! equal to an uninterrupted stream, byte for byte. Exits 1 when it is not.

use std::process::ExitCode;
use std::time::Instant;

use cinatra_tests::console::say;
use cinatra_tests::places::Scratch;
use cinatra_tests::splits::{Whole, publish, recite};
use cinatra_tests::{Node, Outcome, Start};

#[tokio::main]
async fn main() -> ExitCode {
    match run().await {
        Ok(()) => ExitCode::SUCCESS,
        Err(fault) => {
            say(format!("splits: {fault}"));
            ExitCode::from(1)
        }
    }
}

async fn run() -> Outcome<()> {
    let scratch = Scratch::new("splits")?;
    let home = scratch.path().join("home");
    publish(&home)?;
    let server = Node::start(Start::up(&home)).await?;
    let client = server.client()?;
    let run = recite(&client).await?;
    for (dialect, query) in [("native", ""), ("strict", "?dialect=ag-ui")] {
        let began = Instant::now();
        let whole = Whole::see(&client, &run, query).await?;
        let cuts = whole.cut_every(&client, &run, 1).await?;
        let seconds = began.elapsed().as_secs();
        say(format!(
            "{dialect}: cut after each of {cuts} frames, equal each time, {seconds} s"
        ));
    }
    server.stop()
}
