//! Runs and their viewers, while the server and PostgreSQL are killed again and again.
//!
//! Each run says things and calls a service of ours (`counter.rs`), which counts. Viewers drop and come back at random
//! (`watch.rs`). At the end `check.rs` holds what was seen and called against the logs of the runs.

mod check;
mod counter;
mod watch;

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use futures_util::{StreamExt as _, TryStreamExt as _, stream};
use serde_json::json;
use tokio::sync::watch as latest;
use tokio::task::JoinSet;

use super::kill::{DATABASE_LIFE, Dice, close, strike_database};
use super::stage::{Stage, VERSION, install};
use super::{Options, Plant};
use crate::console::say;
use crate::registry::publish_into;
use crate::{Call, Client, Flow, Node, Outcome, Packed, fault, web};

use counter::Counter;
use watch::{Comings, Watched};

const AGENT: &str = "@crash/runner-agent";
/// Runs in flight.
pub(super) const RUNS: usize = 200;
/// Calls of each run.
pub(super) const CALLS: usize = 3;
const VIEWERS: usize = 500;
/// Calls that have to be interrupted, so that the proof is one.
const INTERRUPTED_MIN: usize = 100;
/// Calls that are answered at least between two kills: otherwise nothing would ever end.
const ANSWERED_BETWEEN: usize = 10;
/// A further kill comes within so long.
const ALIVE_MS: u64 = 1_000;
/// Every so many kills it is the database's turn.
const DATABASE_TURN: usize = 6;
/// Longest time in which nothing is answered.
const STILL: Duration = Duration::from_mins(1);
/// Callers at once when the runs are started.
const STARTERS: usize = 8;

/// Kills of either kind.
#[derive(Debug, Default)]
struct Kills {
    server: usize,
    database: usize,
    slowest: Duration,
}

/// Lets the runs come to their ends, then checks.
pub(super) async fn run(options: &Options) -> Outcome<bool> {
    let began = Instant::now();
    let counter = Counter::start().await?;
    let stage = Stage::build(0).await?;
    publish_into(&stage.registry(), &agent(&counter)?)?;
    let mut node = serve(&stage, &counter).await?;
    install(&node.client()?, &[AGENT.to_owned()]).await?;
    let runs = start(&node.client()?).await?;
    let (announce, current) = latest::channel(node.client()?);
    let comings = Arc::new(Comings::default());
    let mut watching = watch::begin(VIEWERS, &runs, options.seed, &current, &comings)?;
    counter.open();
    let (mut watched, mut kills) = (Vec::new(), Kills::default());
    let mut dice = Dice(options.seed);
    let mut database_since = Instant::now();
    while progress(&counter, &mut watching, &mut watched).await? {
        tokio::time::sleep(Duration::from_millis(dice.below(ALIVE_MS))).await;
        if options.plant.is_some() && kills.server > 0 {
            // One is enough to know whether the check can fail.
            continue;
        }
        let turn = kills.server / DATABASE_TURN > kills.database;
        if turn && database_since.elapsed() > DATABASE_LIFE {
            strike_database(&stage)?;
            database_since = Instant::now();
            kills.database += 1;
            ready(&node.client()?).await?;
            continue;
        }
        let struck = Instant::now();
        node.process().kill()?;
        kills.server += 1;
        node = serve(&stage, &counter).await?;
        kills.slowest = kills.slowest.max(struck.elapsed());
        announce.send_replace(node.client()?);
        if kills.server.is_multiple_of(5) {
            let (book, seconds) = (counter.book(), began.elapsed().as_secs());
            say(format!(
                "{} kills after {seconds} s: {} calls answered, {} interrupted",
                kills.server, book.answered, book.interrupted
            ));
        }
    }
    let seconds = began.elapsed().as_secs();
    say(format!(
        "runs: {RUNS} to their ends in {seconds} s; serve killed {} times, PostgreSQL {} times, slowest start {} ms",
        kills.server,
        kills.database,
        kills.slowest.as_millis()
    ));
    let held = judge(options, &stage, &counter, &mut watched, &comings, &kills).await?;
    close(node, stage).await?;
    Ok(held)
}

/// Says something before and after each call; answers what it was told.
fn agent(counter: &Counter) -> Outcome<Packed> {
    let mut flow = Flow::of("runner", &["word"]);
    for number in 0..CALLS {
        let (says, calls) = (format!("say{number}"), format!("call{number}"));
        flow = flow
            .says(&says, "{{ word }} \u{1F3AC}\nagain", &["word"])
            .feeds("start", "word", &says, "word")
            .calls(&calls, &counter.url(), &json!({ "say": "{{ word }}" }))
            .feeds("start", "word", &calls, "word");
    }
    let last = format!("call{}", CALLS - 1);
    flow.says("done", "done", &[])
        .answers("heard", &last, "answer")
        .agent(AGENT, VERSION)
}

async fn serve(stage: &Stage, counter: &Counter) -> Outcome<Node> {
    Node::start(stage.start("runs").egress(counter.peer())).await
}

/// Starts the runs; answers their ids.
async fn start(client: &Client) -> Outcome<Vec<String>> {
    let started = stream::iter(0..RUNS).map(|number| async move {
        let input = json!({ "packageName": AGENT,
            "inputParams": json!({ "word": format!("word {number}") }).to_string() });
        let reply = client.call("agent_run", &input, Call::default()).await?;
        let run = reply.body["runId"].as_str().map(str::to_owned);
        run.ok_or_else(|| fault(format!("no run: {} {}", reply.status, reply.body)))
    });
    started.buffered(STARTERS).try_collect().await
}

/// Waits until the server has its database again: it does not start without one.
async fn ready(client: &Client) -> Outcome<()> {
    let began = Instant::now();
    // It answers for a moment as it was before.
    tokio::time::sleep(Duration::from_secs(1)).await;
    while !client.get("/readyz").await.is_ok_and(|reply| reply.is_ok()) {
        if began.elapsed() > STILL {
            return Err(fault("the server has no database"));
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    Ok(())
}

/// Waits until runs have gone on since the last kill; false when all viewers have seen the end of theirs.
async fn progress(
    counter: &Counter,
    watching: &mut JoinSet<Outcome<Watched>>,
    watched: &mut Vec<Watched>,
) -> Outcome<bool> {
    let before = counter.book().answered;
    let began = Instant::now();
    while !watching.is_empty() {
        while let Some(done) = watching.try_join_next() {
            watched.push(done??);
        }
        let answered = counter.book().answered;
        if answered >= before + ANSWERED_BETWEEN {
            return Ok(true);
        }
        if answered == RUNS * CALLS || began.elapsed() > STILL {
            // What is left is to be seen, not done.
            while let Some(done) = watching.join_next().await {
                watched.push(done??);
            }
        }
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    Ok(false)
}

async fn judge(
    options: &Options,
    stage: &Stage,
    counter: &Counter,
    watched: &mut [Watched],
    comings: &Comings,
    kills: &Kills,
) -> Outcome<bool> {
    let logs = check::logs(&stage.database).await?;
    if options.plant == Some(Plant::SkippedFrame)
        && let Some(first) = watched.first_mut()
    {
        first.seen.remove(first.seen.len() / 2);
    }
    if options.plant == Some(Plant::LateCall) {
        let key = counter.book().calls.keys().next().cloned();
        let http = web::client(STILL)?.post(counter.url());
        let http = http.header("idempotency-key", key.unwrap_or_default());
        http.json(&json!({ "say": "again" })).send().await?;
    }
    let book = counter.book();
    let keys = book.calls.len();
    let came: usize = book.calls.values().map(Vec::len).sum();
    let most = book.calls.values().map(Vec::len).max().unwrap_or(0);
    let seen: usize = watched.iter().map(|watched| watched.seen.len()).sum();
    let count = |number: &std::sync::atomic::AtomicUsize| number.load(Ordering::Relaxed);
    let resets = count(&comings.resets);
    say(format!(
        "{} calls interrupted; {came} calls for {keys} keys, at most {most} for one",
        book.interrupted
    ));
    say(format!(
        "{} viewers saw {seen} frames over {} streams: {} left, {} broken off; {resets} resets",
        watched.len(),
        count(&comings.opened),
        count(&comings.left),
        count(&comings.broken),
    ));
    let few = |is_few: bool, what: &str| Vec::from_iter(is_few.then(|| what.to_owned()));
    let all = kills.server + kills.database;
    let checks = [
        ("every run ends well", check::lives(&logs)),
        (
            "per key at most 1 + kills calls, none after its completion",
            check::calls(&book, &logs, all),
        ),
        (
            "every viewer saw every frame of its run, once and in order",
            check::views(watched, &logs),
        ),
        ("no reset", few(resets > 0, "a viewer was reset")),
        (
            "enough calls were interrupted",
            few(
                options.plant.is_none() && book.interrupted < INTERRUPTED_MIN,
                "fewer than 100 were: it proves little",
            ),
        ),
    ];
    let mut held = true;
    for (name, findings) in checks {
        held &= findings.is_empty();
        let verdict = if findings.is_empty() {
            "ok    "
        } else {
            "FAILED"
        };
        say(format!("{verdict}  {name}"));
        for finding in findings.iter().take(5) {
            say(format!("        {finding}"));
        }
    }
    Ok(held)
}
