//! `make bench`: prints the rows of the goals, ours against the floor, on a durable PostgreSQL of its own.
//! `ARGS="P1 P5"` picks rows. Exits 0 whatever they say, 2 when it could not run.

use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

use cinatra_eventstore::{EventStore, Options, SystemClock};
use cinatra_migrations::Durability;
use cinatra_tests::Outcome;
use cinatra_tests::bench::append::{Shape, variant};
use cinatra_tests::bench::measure::{Bound, Goal, Variant, row};
use cinatra_tests::bench::{http, load, pair, rebuild};
use cinatra_tests::console::say;
use cinatra_tests::database::Shared;

const LENGTH: Duration = Duration::from_millis(2_500);

#[tokio::main]
async fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let done = match arguments
        .split_first()
        .map(|(first, rest)| (first.as_str(), rest))
    {
        Some(("worker", rest)) => pair::worker(rest).await.map(say),
        Some(("bare", rest)) => http::bare_server(rest).await,
        _ => bench(&arguments).await,
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(why) => {
            say(format!("bench: {why}"));
            ExitCode::from(2)
        }
    }
}

async fn bench(only: &[String]) -> Outcome<()> {
    let shared = Shared::start(Durability::Durable).await?;
    let outcome = rows(&shared, only).await;
    shared.stop().await?;
    outcome
}

async fn rows(shared: &Shared, only: &[String]) -> Outcome<()> {
    let wanted = |name: &str| only.is_empty() || only.iter().any(|row| row == name);
    let print = |name: &str, variants: &[Variant]| say(row(name, variants).trim_end());
    say("ROW\tours\tfloor\tratio\tgoal\tverdict");
    for name in ["P1", "P2", "P3", "P4", "P5"]
        .into_iter()
        .filter(|name| wanted(name))
    {
        let database = shared
            .copy(&format!("bench_{}", name.to_lowercase()))
            .await?;
        // Order: the floor makes tables of its own, which the serving login may not.
        let config: tokio_postgres::Config = database.admin_url.parse()?;
        let (clock, options) = (Arc::new(SystemClock), Options::default());
        let store = EventStore::open(database.url.parse()?, clock, options).await?;
        print(name, &variants(name, &store, &database.url, &config).await?);
        store.close().await;
    }
    if wanted("P13") || wanted("P14") {
        let database = shared.copy("bench_http").await?;
        let (clock, options) = (Arc::new(SystemClock), Options::default());
        let store = EventStore::open(database.url.parse()?, clock, options).await?;
        let stage = http::Stage::start(&database, &store).await?;
        if wanted("P13") {
            print("P13", &stage.writes().await?);
        }
        if wanted("P14") {
            print("P14", &stage.reads().await?);
        }
        store.close().await;
    }
    Ok(())
}

async fn variants(
    name: &str,
    store: &EventStore,
    url: &str,
    config: &tokio_postgres::Config,
) -> Outcome<Vec<Variant>> {
    let plain = Goal {
        bound: Bound::AtLeast(0.8),
        p99_max: None,
    };
    let append =
        async |title, shape, goal| variant(title, store, config, shape, goal, LENGTH).await;
    Ok(match name {
        "P1" => {
            let goal = Goal {
                p99_max: Some(2.0),
                ..plain
            };
            let shape = Shape {
                clients: 256,
                events: 1,
                ledgers: 1,
            };
            let spread = Shape {
                ledgers: 1_000,
                ..shape
            };
            vec![
                append("256 clients, one ledger", shape, goal).await?,
                append("256 clients, 1,000 ledgers", spread, goal).await?,
            ]
        }
        "P2" => {
            let shape = Shape {
                clients: 1,
                events: 1,
                ledgers: 1,
            };
            vec![append("1 client", shape, plain).await?]
        }
        "P3" => {
            let shape = Shape {
                clients: 32,
                events: 10,
                ledgers: 1,
            };
            vec![
                append("32 clients x 10 events", shape, plain).await?,
                pair::variant(store, url).await?,
            ]
        }
        "P4" => load::variants(store, config).await?,
        _ => rebuild::variants(store, url, config).await?,
    })
}
