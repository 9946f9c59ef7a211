//! The rows themselves.

use std::sync::Mutex;
use std::time::Duration;

use tokio::task::JoinSet;
use tokio::time::{Instant, sleep, sleep_until, timeout};

use super::Scale;
use super::side::{Log, Side, said};
use super::stage::{Stage, Waiting};
use super::watcher::Watcher;
use crate::bench::measure::{Bound, Goal, Sample, Variant, contest};
use crate::{Database, Outcome, fault};

/// Viewers are let come to rest.
const REST: Duration = Duration::from_secs(1);
/// One measurement takes no longer.
const LONGEST: Duration = Duration::from_mins(3);
/// 200 frames a second.
const PACE: Duration = Duration::from_millis(5);
/// How long viewers have been idle when memory is looked at.
const IDLE: Duration = Duration::from_secs(3);

const fn goal(bound: Bound) -> Goal {
    Goal {
        bound,
        p99_max: None,
    }
}

fn number(count: usize) -> f64 {
    u32::try_from(count).map_or(f64::INFINITY, f64::from)
}

fn place(count: usize) -> i64 {
    i64::try_from(count).unwrap_or(i64::MAX)
}

/// Measures one row.
pub async fn variants(name: &str, database: Database, scale: Scale) -> Outcome<Vec<Variant>> {
    let stage = Stage::build(database).await?;
    let (ours, bare) = (stage.ours().await?, stage.bare().await?);
    let waiting = stage.waiting(&ours).await?;
    let logs = (waiting.ours(&ours), waiting.bare(&bare).await?);
    match name {
        "P6" => bulk(&logs, scale).await,
        "P7" => resume(&stage, &logs.0, scale).await,
        "P8" => {
            drop(logs);
            // Order: each measurement has a fresh server, and two do not share a home.
            ours.stop().await?;
            memory(&stage, &waiting, scale).await
        }
        _ => paced(&logs, scale).await,
    }
}

/// P6: frames that are appended as fast as they are taken, to viewers that have seen what was before.
async fn bulk((ours, bare): &(Log<'_>, Log<'_>), scale: Scale) -> Outcome<Vec<Variant>> {
    let (frames, times) = scale.burst;
    let mut variants = Vec::new();
    for (what, frames, times) in [
        ("from memory", frames, times),
        ("more than is kept in memory", scale.beyond, 1),
    ] {
        let title = format!("{times} x {frames} frames at once, {what}");
        let goal = goal(Bound::AtLeast(0.7));
        let shape = (scale.viewers, frames, times);
        let (ours, bare) = (|| burst(ours, shape), || burst(bare, shape));
        variants.push(contest(&title, goal, ours, bare).await?);
    }
    Ok(variants)
}

/// Deliveries a second, over bursts each of which begins once everybody has seen all of the former.
async fn burst(log: &Log<'_>, (viewers, frames, times): (usize, usize, usize)) -> Outcome<Sample> {
    let mut watchers = log.watchers(viewers).await?;
    sleep(REST).await;
    let began = Instant::now();
    for _ in 0..times {
        let last = log.last() + place(frames);
        let (seen, appended) = tokio::join!(all_until(watchers, last), log.append(frames));
        appended?;
        watchers = seen?;
    }
    Ok(Sample {
        figure: number(viewers * frames * times) / began.elapsed().as_secs_f64(),
        p99_ms: f64::NAN,
    })
}

async fn all_until(watchers: Vec<Watcher>, last: i64) -> Outcome<Vec<Watcher>> {
    let mut reading = JoinSet::new();
    for mut watcher in watchers {
        reading.spawn(async move {
            let read = timeout(LONGEST, watcher.until(last, |_| ())).await;
            match read.map_err(|_| fault("frames did not come"))?? {
                0 => Ok::<_, crate::Fault>(watcher),
                missing => Err(fault(format!("{missing} frames were lost"))),
            }
        });
    }
    let mut watchers = Vec::new();
    while let Some(read) = reading.join_next().await {
        watchers.push(read??);
    }
    Ok(watchers)
}

/// P7: one viewer that comes back and has seen nothing, again and again; the median time until it has everything.
async fn resume(stage: &Stage, ours: &Log<'_>, scale: Scale) -> Outcome<Vec<Variant>> {
    let (frames, times) = scale.stored;
    let missing = frames.saturating_sub(usize::try_from(ours.last())?);
    ours.append(missing).await?;
    let side = stage.stored().await?;
    let bare = &Log::at(&side, ours.run(), ours.last());
    let title = format!("from frame 0 of {frames}, milliseconds");
    let goal = goal(Bound::AtMost(1.5));
    let (ours, bare) = (|| from_start(ours, times), || from_start(bare, times));
    Ok(vec![contest(&title, goal, ours, bare).await?])
}

async fn from_start(log: &Log<'_>, times: usize) -> Outcome<Sample> {
    let mut took = Vec::with_capacity(times);
    for _ in 0..times {
        let began = Instant::now();
        let mut watcher = log.watcher(0).await?;
        let lost = timeout(LONGEST, watcher.until(log.last(), |_| ())).await??;
        took.push(began.elapsed().as_secs_f64() * 1_000.0);
        if lost > 0 {
            return Err(fault(format!("{lost} frames were lost")));
        }
    }
    took.sort_by(f64::total_cmp);
    Ok(Sample {
        figure: took[times / 2],
        p99_ms: f64::NAN,
    })
}

/// P8: what the server's resident memory grows by with each viewer that waits. Each measurement has a fresh server, and
/// as many viewers again as are counted are there before: what is made once is made by then, and what the start left
/// over has been given back.
async fn memory(stage: &Stage, waiting: &Waiting, scale: Scale) -> Outcome<Vec<Variant>> {
    let title = format!("{} more idle viewers, kB each", scale.viewers);
    let goal = goal(Bound::AtMost(1.3));
    let ours = || async {
        let side = stage.ours().await?;
        let sample = grown(&side, &waiting.ours(&side), scale.viewers).await?;
        side.stop().await.map(|()| sample)
    };
    let bare = || async {
        let side = stage.bare().await?;
        let sample = grown(&side, &waiting.bare(&side).await?, scale.viewers).await?;
        side.stop().await.map(|()| sample)
    };
    Ok(vec![contest(&title, goal, ours, bare).await?])
}

async fn grown(side: &Side, log: &Log<'_>, viewers: usize) -> Outcome<Sample> {
    let first = log.watchers(viewers).await?;
    sleep(IDLE).await;
    let before = side.resident()?;
    let second = log.watchers(viewers).await?;
    sleep(IDLE).await;
    let grown = side.resident()?.saturating_sub(before);
    drop((first, second));
    Ok(Sample {
        figure: number(usize::try_from(grown)?) / 1_000.0 / number(viewers),
        p99_ms: f64::NAN,
    })
}

/// P9: frames at a pace. A frame's time begins when it is due, so that one which is late for another counts as late.
async fn paced((ours, bare): &(Log<'_>, Log<'_>), scale: Scale) -> Outcome<Vec<Variant>> {
    let lost = Mutex::new(0);
    let title = format!("{} viewers, 200 frames/s, p99 ms", scale.viewers);
    let goal = goal(Bound::AtMost(1.5));
    let counted = || async {
        let (sample, missing) = follow(ours, scale).await?;
        if let Ok(mut lost) = lost.lock() {
            *lost += missing;
        }
        Ok(sample)
    };
    let floor = || async { Ok(follow(bare, scale).await?.0) };
    let mut variant = contest(&title, goal, counted, floor).await?;
    let lost = lost.into_inner()?;
    variant.require(lost == 0, &format!("{lost} lost"));
    Ok(vec![variant])
}

async fn follow(log: &Log<'_>, scale: Scale) -> Outcome<(Sample, i64)> {
    let watchers = log.watchers(scale.viewers).await?;
    sleep(REST).await;
    let (first, last) = (log.last() + 1, log.last() + place(scale.paced));
    let began = Instant::now() + PACE;
    let mut reading = JoinSet::new();
    for mut watcher in watchers {
        reading.spawn(async move {
            let mut late_us = Vec::new();
            let came = |seq: i64| {
                let due = began + PACE * u32::try_from(seq - first).unwrap_or(0);
                let late = Instant::now().saturating_duration_since(due);
                late_us.push(u32::try_from(late.as_micros()).unwrap_or(u32::MAX));
            };
            let missing = timeout(LONGEST, watcher.until(last, came)).await??;
            Ok::<_, crate::Fault>((late_us, missing))
        });
    }
    append_at_pace(log, began, last).await?;
    let (mut all, mut lacking) = (Vec::new(), 0);
    while let Some(read) = reading.join_next().await {
        let (mut late_us, missing) = read??;
        all.append(&mut late_us);
        lacking += missing;
    }
    all.sort_unstable();
    let p99 = all.get(all.len().saturating_mul(99) / 100);
    let figure = f64::from(*p99.ok_or_else(|| fault("no frame came"))?) / 1_000.0;
    let p99_ms = f64::NAN;
    Ok((Sample { figure, p99_ms }, lacking))
}

/// Appends each frame when it is due; those that are due already go together.
async fn append_at_pace(log: &Log<'_>, began: Instant, last: i64) -> Outcome<()> {
    let first = log.last() + 1;
    while log.last() < last {
        let next = log.last() + 1;
        sleep_until(began + PACE * u32::try_from(next - first)?).await;
        let due = began.elapsed().as_nanos() / PACE.as_nanos();
        let through = (first + i64::try_from(due)?).clamp(next, last);
        let count = usize::try_from(through - next + 1)?;
        log.take_in(said(next, count)).await?;
    }
    Ok(())
}
