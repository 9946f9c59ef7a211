//! Two server processes on one ledger, under load at the same time.

use std::sync::Arc;
use std::time::{Duration, Instant};

use super::check;
use super::history::{Ended, History};
use super::kill::{close, fixed};
use super::load::Load;
use super::stage::Stage;
use crate::console::say;
use crate::{Client, Outcome, places};

const CLIENTS_EACH: usize = 8;
const PACKAGES: usize = 64;
const LENGTH: Duration = Duration::from_secs(20);

/// Smallest share of either process, in percent.
const SHARE_MIN: usize = 30;

/// Runs the load and checks ledger, shares and stale replies.
pub(super) async fn run() -> Outcome<bool> {
    let stage = Stage::build(PACKAGES).await?;
    let path = places::project().join(format!(".cache/crash/two-{}.jsonl", std::process::id()));
    let history = Arc::new(History::create(&path)?);
    let before = check::head(&stage.database).await?;
    let (left, right) = (stage.node("left").await?, stage.node("right").await?);
    let began = Instant::now();
    let mut load = Load::new();
    let half = PACKAGES / 2;
    load.add(
        CLIENTS_EACH,
        &stage.packages[..half],
        "left",
        &history,
        &fixed(&left)?,
    );
    load.add(
        CLIENTS_EACH,
        &stage.packages[half..],
        "right",
        &history,
        &fixed(&right)?,
    );
    tokio::time::sleep(LENGTH).await;
    load.finish().await?;
    let seconds = began.elapsed().as_secs_f64();

    let won = |first: usize| {
        let operations = history.operations();
        let own = move |client: usize| (first..first + CLIENTS_EACH).contains(&client);
        operations
            .iter()
            .filter(|o| own(o.client) && matches!(o.ended, Some((_, Ended::Ok { .. }))))
            .count()
    };
    let (left_won, right_won) = (won(0), won(CLIENTS_EACH));
    let met = [
        stale_replies(&left.client()?).await?,
        stale_replies(&right.client()?).await?,
    ];
    let all = left_won + right_won;
    let share = left_won.min(right_won) * 100 / all.max(1);
    let rate = |count: usize| u32::try_from(count).map_or(0.0, f64::from) / seconds;
    say(format!(
        "two processes on one ledger for {seconds:.0} s: {:.0} + {:.0} appends/s, the smaller share is {share} %, \
         stale replies {} + {}",
        rate(left_won),
        rate(right_won),
        met[0],
        met[1]
    ));
    let mut held = true;
    if share < SHARE_MIN {
        say(format!(
            "FAILED  each process must win at least {SHARE_MIN} % of the appends"
        ));
        held = false;
    }
    if met.iter().sum::<u64>() == 0 {
        say("FAILED  no stale reply: the two never met");
        held = false;
    }
    held &= check::check(&stage, &left, &history, before).await?;
    right.stop()?;
    close(left, stage).await?;
    Ok(held)
}

/// The server's own count of appends that met a foreign event.
async fn stale_replies(client: &Client) -> Outcome<u64> {
    let reply = client.get("/metrics").await?;
    let text = reply.body.as_str().unwrap_or_default().to_owned();
    let lines = text
        .lines()
        .filter(|line| line.starts_with("cinatra_ledger_stale_total"));
    Ok(lines
        .filter_map(|line| line.rsplit(' ').next()?.parse::<u64>().ok())
        .sum())
}
