//! `replay rebuild --all` over a long history while clients read and write: what an operator does, and what
//! nobody may notice.
//!
//! Readers hold every answer against what they know: the status, how many rows there must be at least, and
//! that the position never goes back. The rebuild itself proves that the digests are equal at the flip.

mod watch;

use std::process::Stdio;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use cinatra_domain::kernel::TenantId;
use cinatra_eventstore::{EventStore, Options, SystemClock};
use cinatra_migrations::Durability;
use serde_json::Value;

use crate::bench::load::append_life;
use crate::console::say;
use crate::database::Shared;
use crate::places::Scratch;
use crate::{Node, Outcome, Start, fault};

use watch::{Ground, Seen, append, read};

/// Extensions in the history, and events of each: 200,000 together.
const EXTENSIONS: usize = 2_000;
const EVENTS: usize = 100;
/// Extensions that the clients archive and restore.
const WORKED_ON: usize = 20;
/// Reads and appends that have to happen while rebuilds are under way.
const LOAD_MIN: usize = 1_000;
/// Rebuilds are repeated until the load was reached, so often at most.
const REBUILDS_MAX: usize = 8;

/// Runs the program; answers whether everything held.
pub async fn run() -> Outcome<bool> {
    let shared = Shared::start(Durability::Durable).await?;
    let outcome = on(&shared).await;
    shared.stop().await?;
    outcome
}

async fn on(shared: &Shared) -> Outcome<bool> {
    let database = shared.copy("rebuild").await?;
    let home = Scratch::new("rebuild")?;
    let node = Node::start(Start::serve(home.path(), &database.url)).await?;
    let store = EventStore::open(
        database.url.parse()?,
        Arc::new(SystemClock),
        Options::default(),
    )
    .await?;
    let ground = Ground::of(&node, &store, history(&store).await?).await?;
    say(format!(
        "{} events, every read model has caught up",
        ground.head
    ));
    let stop = Arc::new(AtomicBool::new(false));
    let mut tasks = Vec::new();
    for number in 0..4 {
        tasks.push(tokio::spawn(read(
            node.client()?,
            ground.clone(),
            number,
            Arc::clone(&stop),
        )));
    }
    for number in 0..2 {
        tasks.push(tokio::spawn(append(
            node.client()?,
            number,
            Arc::clone(&stop),
        )));
    }
    let (mut held, began) = (true, Instant::now());
    let mut reports = 0;
    while reports < REBUILDS_MAX && (reports == 0 || !enough(Ground::seen())) {
        held &= rebuild(&node).await?;
        reports += 1;
    }
    let during = Ground::seen();
    stop.store(true, Ordering::SeqCst);
    let mut findings = Vec::new();
    for task in tasks {
        findings.append(&mut task.await??);
    }
    say(format!(
        "{} reads and {} appends during {reports} x replay rebuild --all ({:.1} s)",
        during.reads,
        during.appends,
        began.elapsed().as_secs_f64()
    ));
    held &= enough(during);
    findings
        .iter()
        .take(10)
        .for_each(|finding| say(format!("FAILED  {finding}")));
    held &= findings.is_empty();
    held &= proved(&node, &["replay", "verify"]).await?.is_some();
    store.close().await;
    node.stop()?;
    Ok(held)
}

fn enough(seen: Seen) -> bool {
    seen.reads >= LOAD_MIN && seen.appends >= LOAD_MIN
}

/// Fills the default organization's ledger.
async fn history(store: &EventStore) -> Outcome<TenantId> {
    let heads = store.heads().await?;
    let own = heads
        .into_iter()
        .map(|(tenant, _)| tenant)
        .find(|t| *t != TenantId::SYSTEM);
    let tenant = own.ok_or_else(|| fault("the server made no ledger"))?;
    let mut tasks = tokio::task::JoinSet::new();
    for worker in 0..8 {
        let store = store.clone();
        tasks.spawn(async move {
            for number in (worker..EXTENSIONS).step_by(8) {
                append_life(&store, tenant, &watch::known(number), EVENTS).await?;
            }
            Ok::<_, crate::Fault>(())
        });
    }
    while let Some(done) = tasks.join_next().await {
        done??;
    }
    for number in 0..WORKED_ON {
        append_life(store, tenant, &watch::worked_on(number), 1).await?;
    }
    Ok(tenant)
}

/// One `replay rebuild --all` in a process of its own; says what it came to.
async fn rebuild(node: &Node) -> Outcome<bool> {
    let began = Instant::now();
    let Some(report) = proved(node, &["replay", "rebuild", "--all", "--json"]).await? else {
        return Ok(false);
    };
    let mut held = true;
    for model in report["rebuilt"]
        .as_array()
        .map(Vec::as_slice)
        .unwrap_or_default()
    {
        let (equal, at_flip) = (&model["compared"]["equal"], &model["compared"]["atFlip"]);
        held &= equal == true;
        say(format!(
            "{}: {} events in {:.1} s, digests equal: {equal}, at the flip: {at_flip}",
            model["name"].as_str().unwrap_or_default(),
            model["events"],
            model["seconds"].as_f64().unwrap_or_default(),
        ));
    }
    say(format!("rebuilt in {:.1} s", began.elapsed().as_secs_f64()));
    Ok(held)
}

/// Runs a sub-command that must succeed; its output as JSON, if it is.
async fn proved(node: &Node, arguments: &[&str]) -> Outcome<Option<Value>> {
    let mut command = tokio::process::Command::from(node.start_again().command(arguments)?);
    let ended = command.stdin(Stdio::null()).kill_on_drop(true).output();
    let out = tokio::time::timeout(Duration::from_mins(10), ended).await??;
    if out.status.success() {
        say(format!("ok      {}", arguments.join(" ")));
        return Ok(Some(
            serde_json::from_slice(&out.stdout).unwrap_or(Value::Null),
        ));
    }
    let said = [out.stdout, out.stderr].concat();
    say(format!(
        "FAILED  {}: {}",
        arguments.join(" "),
        String::from_utf8_lossy(&said)
    ));
    Ok(None)
}
