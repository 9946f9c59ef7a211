//! SIGKILL, again and again, while clients wait for answers.

use std::process::Command;
use std::sync::Arc;
use std::time::{Duration, Instant};

use tokio::sync::watch;

use super::history::History;
use super::load::Load;
use super::stage::Stage;
use super::{Options, Plant, check};
use crate::console::say;
use crate::process::{self, Signal};
use crate::{Client, Node, Outcome, fault, places};

const CLIENTS: usize = 8;
const PACKAGES: usize = 64;

/// Longest time from a kill to the next acknowledged append.
const RECOVERY: Duration = Duration::from_mins(1);

/// The supervisor gives up on a database that keeps dying younger than ten seconds.
pub(super) const DATABASE_LIFE: Duration = Duration::from_secs(11);

/// A cycle in which nothing was in flight does not count; this many such cycles end the run.
const IDLE_CYCLES_MAX: usize = 100;

/// What the kills have shown.
#[derive(Debug, Default)]
struct Report {
    server: usize,
    database: usize,
    idle: usize,
    slowest: Duration,
}

/// Kills as often as asked for, then checks.
pub(super) async fn run(options: &Options) -> Outcome<bool> {
    let stage = Stage::build(PACKAGES).await?;
    let path = places::project().join(format!(".cache/crash/history-{}.jsonl", std::process::id()));
    let history = Arc::new(History::create(&path)?);
    let before = check::head(&stage.database).await?;
    let mut node = stage.node("killed").await?;
    let (announce, current) = watch::channel(node.client()?);
    let mut load = Load::new();
    load.add(CLIENTS, &stage.packages, "kill", &history, &current);

    let mut report = Report::default();
    let mut dice = Dice(options.seed);
    let began = Instant::now();
    while report.server < options.server_kills {
        let strike = || kill_server(&mut node, &history);
        let (flying, struck) = cycle(&history, &mut dice, strike).await?;
        report.count(flying, |report| &mut report.server)?;
        node = stage.node("killed").await?;
        announce.send_replace(node.client()?);
        report.recovered(&history, struck).await?;
        progress(&report, options, &history, began);
    }
    while report.database < options.database_kills {
        tokio::time::sleep(DATABASE_LIFE).await;
        let (flying, struck) =
            cycle(&history, &mut dice, || kill_database(&stage, &history)).await?;
        report.count(flying, |report| &mut report.database)?;
        report.recovered(&history, struck).await?;
        progress(&report, options, &history, began);
    }
    await_append(&history, history.acknowledged()).await?;
    load.finish().await?;
    say(format!(
        "serve killed {} times, PostgreSQL {} times, {} cycles had nothing in flight and do not count",
        report.server, report.database, report.idle
    ));
    say(format!(
        "slowest recovery {} ms, seed {}",
        report.slowest.as_millis(),
        options.seed
    ));
    if options.plant == Some(Plant::DoubleWrite) {
        check::plant_double_write(&stage.database, &history).await?;
    }
    let enough = options.server_kills < 200 || history.unknown() >= 200;
    if !enough {
        say(format!(
            "only {} unknown outcomes, at least 200 are wanted",
            history.unknown()
        ));
    }
    let held = check::check(&stage, &node, &history, before).await? && enough;
    close(node, stage).await?;
    Ok(held)
}

pub(super) async fn close(node: Node, stage: Stage) -> Outcome<()> {
    node.stop()?;
    stage.shared.stop().await
}

/// Waits for an acknowledged append, strikes at some moment of the next 20 ms, and says whether something
/// was in flight: sent before the strike and unanswered after it.
async fn cycle(
    history: &History,
    dice: &mut Dice,
    strike: impl FnOnce() -> Outcome<Duration>,
) -> Outcome<(bool, Instant)> {
    await_append(history, history.acknowledged()).await?;
    tokio::time::sleep(Duration::from_micros(dice.below(20_000))).await;
    let struck = strike()?;
    Ok((history.in_flight_since(struck) > 0, Instant::now()))
}

async fn await_append(history: &History, acknowledged: usize) -> Outcome<()> {
    let began = Instant::now();
    while history.acknowledged() == acknowledged {
        if began.elapsed() > RECOVERY {
            return Err(fault(format!(
                "no append was acknowledged for {RECOVERY:?}"
            )));
        }
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
    Ok(())
}

/// SIGKILL to the server; answers the moment before.
fn kill_server(node: &mut Node, history: &History) -> Outcome<Duration> {
    let before = history.now();
    node.process().kill()?;
    Ok(before)
}

/// SIGKILL to the postmaster and to every backend of it; its supervisor, in this process, starts it again.
fn kill_database(stage: &Stage, history: &History) -> Outcome<Duration> {
    let cluster = processes(stage)?;
    let before = history.now();
    kill(&cluster)?;
    Ok(before)
}

/// The same, whoever is there.
pub(super) fn strike_database(stage: &Stage) -> Outcome<()> {
    kill(&processes(stage)?)
}

/// The postmaster, then its backends. Finding them takes longer than what is in flight does.
fn processes(stage: &Stage) -> Outcome<Vec<u32>> {
    let postmaster = stage.shared.cluster().pid();
    if postmaster == 0 {
        return Err(fault("PostgreSQL is not running"));
    }
    let children = Command::new("ps")
        .args(["-o", "pid=", "--ppid", &postmaster.to_string()])
        .output()?;
    let children = String::from_utf8_lossy(&children.stdout).into_owned();
    let children = children
        .split_whitespace()
        .filter_map(|pid| pid.parse().ok());
    Ok([postmaster].into_iter().chain(children).collect())
}

fn kill(cluster: &[u32]) -> Outcome<()> {
    for (place, pid) in cluster.iter().enumerate() {
        let killed = process::send(Signal::KILL, *pid);
        // A backend may have ended with the postmaster already.
        if place == 0 {
            killed?;
        }
    }
    Ok(())
}

impl Report {
    /// Waits until somebody is served again, and keeps the longest time that took.
    async fn recovered(&mut self, history: &History, struck: Instant) -> Outcome<()> {
        await_append(history, history.acknowledged()).await?;
        self.slowest = self.slowest.max(struck.elapsed());
        Ok(())
    }

    fn count(&mut self, flying: bool, which: impl Fn(&mut Self) -> &mut usize) -> Outcome<()> {
        if flying {
            *which(self) += 1;
            return Ok(());
        }
        self.idle += 1;
        if self.idle > IDLE_CYCLES_MAX {
            return Err(fault("too many cycles had nothing in flight"));
        }
        Ok(())
    }
}

fn progress(report: &Report, options: &Options, history: &History, began: Instant) {
    let done = report.server + report.database;
    if done.is_multiple_of(20) && done > 0 {
        say(format!(
            "{done} of {} kills after {} s: {} acknowledged, {} of them asked for again",
            options.server_kills + options.database_kills,
            began.elapsed().as_secs(),
            history.acknowledged(),
            history.unknown()
        ));
    }
}

/// Repeatable chance.
#[derive(Debug)]
pub(super) struct Dice(pub(super) u64);

impl Dice {
    pub(super) fn below(&mut self, bound: u64) -> u64 {
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % bound
    }
}

/// A node that is already there, as the clients see it.
pub(super) fn fixed(node: &Node) -> Outcome<watch::Receiver<Client>> {
    Ok(watch::channel(node.client()?).1)
}
