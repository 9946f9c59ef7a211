//! P3, second half: two processes on one ledger against one process.

use std::process::Stdio;
use std::sync::Arc;
use std::time::Duration;

use cinatra_domain::kernel::{StreamId, TenantId};
use cinatra_eventstore::{EventStore, Options, SystemClock};
use tokio::process::Command;

use super::append::{append, ledgers};
use super::floor::rand_id;
use super::measure::{Bound, Goal, Sample, Variant, contest, load};
use crate::{Outcome, fault};

/// Clients in all, divided between the processes.
const CLIENTS: usize = 256;
const LENGTH: Duration = Duration::from_secs(3);
/// What each of the two has to get of what one alone gets.
const SHARE_MIN: f64 = 0.3;

/// Appends to `tenant` for a while with so many clients: the work of one process.
pub async fn work(store: &EventStore, tenant: TenantId, clients: usize) -> Outcome<Sample> {
    load(clients, LENGTH, 1, |number| {
        let store = store.clone();
        let stream = StreamId::new("bench", &format!("{number}-{}", rand_id()));
        move |turn: u64| {
            let (store, stream) = (store.clone(), stream.clone());
            async move {
                let next = i64::try_from(turn).unwrap_or(i64::MAX);
                store.append(append(tenant, &stream, next, 1)).await?;
                Ok(())
            }
        }
    })
    .await
}

/// What the second program of a pair does: `worker URL LEDGER CLIENTS` prints its rate and p99.
pub async fn worker(arguments: &[String]) -> Outcome<String> {
    let [url, tenant, clients] = arguments else {
        return Err(fault("worker URL LEDGER CLIENTS"));
    };
    let (clock, options) = (Arc::new(SystemClock), Options::default());
    let store = EventStore::open(url.parse()?, clock, options).await?;
    let sample = work(&store, tenant.parse()?, clients.parse()?).await?;
    store.close().await;
    Ok(format!("{} {}", sample.figure, sample.p99_ms))
}

async fn spawn(url: &str, tenant: TenantId, clients: usize) -> Outcome<Sample> {
    let child = Command::new(std::env::current_exe()?)
        .args(["worker", url, &tenant.to_string(), &clients.to_string()])
        .stdin(Stdio::null())
        .stderr(Stdio::inherit())
        .kill_on_drop(true)
        .output()
        .await?;
    let text = String::from_utf8(child.stdout)?;
    let mut numbers = text.split_whitespace().map(str::parse::<f64>);
    match (numbers.next(), numbers.next()) {
        (Some(Ok(figure)), Some(Ok(p99_ms))) => Ok(Sample { figure, p99_ms }),
        _ => Err(fault(format!("a worker said {text:?}"))),
    }
}

/// Measures the pair; its name says the smaller share.
pub async fn variant(store: &EventStore, url: &str) -> Outcome<Variant> {
    let goal = Goal {
        bound: Bound::AtLeast(0.65),
        p99_max: None,
    };
    let shares = std::sync::Mutex::new(Vec::new());
    let pair = || async {
        let tenant = ledgers(store, 1)
            .await?
            .pop()
            .ok_or_else(|| fault("no ledger"))?;
        let (a, b) = tokio::try_join!(
            spawn(url, tenant, CLIENTS / 2),
            spawn(url, tenant, CLIENTS / 2)
        )?;
        if let Ok(mut shares) = shares.lock() {
            shares.push(a.figure.min(b.figure));
        }
        Ok(Sample {
            figure: a.figure + b.figure,
            p99_ms: a.p99_ms.max(b.p99_ms),
        })
    };
    let alone = || async {
        let tenant = ledgers(store, 1)
            .await?
            .pop()
            .ok_or_else(|| fault("no ledger"))?;
        spawn(url, tenant, CLIENTS).await
    };
    let mut variant = contest("two processes against one", goal, pair, alone).await?;
    let least = shares
        .into_inner()?
        .into_iter()
        .fold(f64::INFINITY, f64::min);
    let share = variant.share_of_floor(least);
    variant.require(
        share >= SHARE_MIN,
        &format!("smaller share {share:.2} of one process"),
    );
    Ok(variant)
}
