//! `make bench-stream`: prints the rows of what viewers are given, ours against a bare server, in the same form as
//! `make bench`. `ARGS="P6 P8"` picks rows; `--small` does little, to see that it works. Exits 0 whatever they say, 2 when
//! it could not run.

use std::process::ExitCode;

use cinatra_migrations::Durability;
use cinatra_tests::Outcome;
use cinatra_tests::bench::measure::row;
use cinatra_tests::bench::stream::{Scale, bare, ours, rows, stored};
use cinatra_tests::console::say;
use cinatra_tests::database::Shared;
use mimalloc::MiMalloc;

/// That of the product, for both sides.
#[global_allocator]
static ALLOCATOR: MiMalloc = MiMalloc;

#[tokio::main]
async fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let done = match arguments.first().map(String::as_str) {
        Some("ours") => ours::serve(&arguments[1..]).await,
        Some("bare") => bare::serve().await,
        Some("stored") => stored::serve(&arguments[1..]).await,
        _ => bench(&arguments).await,
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(why) => {
            say(format!("stream: {why}"));
            ExitCode::from(2)
        }
    }
}

async fn bench(arguments: &[String]) -> Outcome<()> {
    let (flags, only): (Vec<&str>, Vec<&str>) = arguments
        .iter()
        .map(String::as_str)
        .partition(|argument| argument.starts_with("--"));
    let scale = if flags.contains(&"--small") {
        Scale::SMALL
    } else {
        Scale::FULL
    };
    let shared = Shared::start(Durability::Durable).await?;
    let outcome = print(&shared, &only, scale).await;
    shared.stop().await?;
    outcome
}

async fn print(shared: &Shared, only: &[&str], scale: Scale) -> Outcome<()> {
    say("ROW\tours\tfloor\tratio\tgoal\tverdict");
    for name in ["P6", "P7", "P8", "P9"] {
        if only.is_empty() || only.contains(&name) {
            let database = format!("bench_{}", name.to_lowercase());
            let database = shared.copy(&database).await?;
            say(row(name, &rows::variants(name, database, scale).await?).trim_end());
        }
    }
    Ok(())
}
