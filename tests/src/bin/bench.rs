//! `make bench`: prints the rows of the goals, ours against the floor. Exits 0 whatever they say.

use std::io::Write as _;
use std::sync::Arc;
use std::time::Duration;

use cinatra_eventstore::{EventStore, Options, SystemClock};
use cinatra_tests::Outcome;
use cinatra_tests::bench::append::{Shape, variant};
use cinatra_tests::bench::measure::{Goal, row};
use cinatra_tests::bench::{load, pair};

#[tokio::main]
async fn main() -> Outcome<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    if let Some(("worker", rest)) = arguments.split_first().map(|(a, b)| (a.as_str(), b)) {
        write!(std::io::stdout(), "{}", pair::worker(rest).await?)?;
        return Ok(());
    }
    let url = std::env::var("BENCH_URL")?;
    let only: Vec<String> = std::env::args().skip(1).collect();
    let wanted = |name: &str| only.is_empty() || only.iter().any(|row| row == name);
    let config: tokio_postgres::Config = url.parse()?;
    let store = EventStore::open(config.clone(), Arc::new(SystemClock), Options::default()).await?;
    let length = Duration::from_millis(2_000);
    let mut out = std::io::stdout();
    if wanted("P1") {
        let goal = Goal {
            rate_min: 0.8,
            p99_max: Some(2.0),
        };
        let one = Shape {
            clients: 256,
            events: 1,
            ledgers: 1,
        };
        let spread = Shape {
            clients: 256,
            events: 1,
            ledgers: 1_000,
        };
        let variants = [
            variant(
                "256 clients, one ledger",
                &store,
                &config,
                one,
                goal,
                length,
            )
            .await?,
            variant(
                "256 clients, 1,000 ledgers",
                &store,
                &config,
                spread,
                goal,
                length,
            )
            .await?,
        ];
        write!(out, "{}", row("P1", &variants))?;
    }
    let goal = Goal {
        rate_min: 0.8,
        p99_max: None,
    };
    if wanted("P2") {
        let single = Shape {
            clients: 1,
            events: 1,
            ledgers: 1,
        };
        let variants = [variant("1 client", &store, &config, single, goal, length).await?];
        write!(out, "{}", row("P2", &variants))?;
    }
    if wanted("P3") {
        let ten = Shape {
            clients: 32,
            events: 10,
            ledgers: 1,
        };
        let variants = [
            variant("32 clients x 10 events", &store, &config, ten, goal, length).await?,
            pair::variant(&store, &url).await?,
        ];
        write!(out, "{}", row("P3", &variants))?;
    }
    if wanted("P4") {
        write!(
            out,
            "{}",
            row("P4", &load::variants(&store, &config).await?)
        )?;
    }
    Ok(())
}
