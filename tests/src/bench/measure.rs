//! Running ours and the floor in turn, and printing what came out.

use std::fmt::Write as _;
use std::future::Future;
use std::time::{Duration, Instant};

use crate::Outcome;

/// How often ours and the floor alternate.
const ROUNDS: usize = 3;

/// What one run reached.
#[derive(Clone, Copy, Debug)]
pub struct Sample {
    /// Units of work a second.
    pub rate: f64,
    /// 99th percentile of the latency, in milliseconds.
    pub p99_ms: f64,
}

/// What a variant has to reach.
#[derive(Clone, Copy, Debug)]
pub struct Goal {
    /// Smallest ratio of our rate to the floor's.
    pub rate_min: f64,
    /// Largest ratio of our p99 to the floor's, where the goal names one.
    pub p99_max: Option<f64>,
}

/// One variant, measured.
#[derive(Clone, Debug)]
pub struct Variant {
    /// Which one.
    pub name: String,
    ours: Sample,
    floor: Sample,
    goal: Goal,
    /// A further requirement was missed.
    missed: bool,
}

impl Variant {
    /// A rate of our side as a part of the floor's.
    pub fn share_of_floor(&self, rate: f64) -> f64 {
        rate / self.floor.rate
    }

    /// Adds a requirement and says in the variant's name what was seen.
    pub fn require(&mut self, holds: bool, seen: &str) {
        self.missed |= !holds;
        self.name = format!("{}, {seen}", self.name);
    }

    fn ratio(&self) -> f64 {
        self.ours.rate / self.floor.rate
    }

    fn p99_ratio(&self) -> f64 {
        self.ours.p99_ms / self.floor.p99_ms
    }

    fn is_ok(&self) -> bool {
        !self.missed
            && self.ratio() >= self.goal.rate_min
            && self.goal.p99_max.is_none_or(|max| self.p99_ratio() <= max)
    }

    /// How far above its goal; below 1 it falls short.
    fn margin(&self) -> f64 {
        let rate = self.ratio() / self.goal.rate_min;
        self.goal
            .p99_max
            .map_or(rate, |max| rate.min(max / self.p99_ratio()))
    }
}

fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values.get(values.len() / 2).copied().unwrap_or(f64::NAN)
}

fn middle(samples: &[Sample]) -> Sample {
    Sample {
        rate: median(samples.iter().map(|sample| sample.rate).collect()),
        p99_ms: median(samples.iter().map(|sample| sample.p99_ms).collect()),
    }
}

/// Measures one variant: ours and the floor, alternating.
pub async fn contest<O, F>(
    name: &str,
    goal: Goal,
    mut ours: impl FnMut() -> O,
    mut floor: impl FnMut() -> F,
) -> Outcome<Variant>
where
    O: Future<Output = Outcome<Sample>>,
    F: Future<Output = Outcome<Sample>>,
{
    let (mut our_samples, mut floor_samples) = (Vec::new(), Vec::new());
    for _ in 0..ROUNDS {
        floor_samples.push(floor().await?);
        our_samples.push(ours().await?);
    }
    let (ours, floor) = (middle(&our_samples), middle(&floor_samples));
    Ok(Variant {
        name: name.to_owned(),
        ours,
        floor,
        goal,
        missed: false,
    })
}

/// The row's line with its worst variant, then a line for each variant.
pub fn row(name: &str, variants: &[Variant]) -> String {
    let mut text = String::new();
    let Some(worst) = variants
        .iter()
        .min_by(|a, b| a.margin().total_cmp(&b.margin()))
    else {
        return text;
    };
    let verdict = |ok: bool| if ok { "ok" } else { "short" };
    let all_ok = variants.iter().all(Variant::is_ok);
    let _ = writeln!(
        text,
        "{name}\t{:.0}\t{:.0}\t{:.2}\t>={:.2}\t{}",
        worst.ours.rate,
        worst.floor.rate,
        worst.ratio(),
        worst.goal.rate_min,
        verdict(all_ok),
    );
    for variant in variants {
        let _ = write!(
            text,
            "#\t{}\t{:.0}\t{:.0}\t{:.2}\t>={:.2}\t{}\tp99 {:.2} ms against {:.2} ms = {:.2}x",
            variant.name,
            variant.ours.rate,
            variant.floor.rate,
            variant.ratio(),
            variant.goal.rate_min,
            verdict(variant.is_ok()),
            variant.ours.p99_ms,
            variant.floor.p99_ms,
            variant.p99_ratio(),
        );
        let _ = match variant.goal.p99_max {
            Some(max) => writeln!(text, " (goal <={max:.1}x)"),
            None => writeln!(text),
        };
    }
    text
}

/// Runs `clients` loops for `length`; each turn of a loop is `units` units of work.
pub async fn load<C, T>(
    clients: usize,
    length: Duration,
    units: usize,
    mut client: impl FnMut(usize) -> C,
) -> Outcome<Sample>
where
    C: FnMut(u64) -> T + Send + 'static,
    T: Future<Output = Outcome<()>> + Send,
{
    let begin = Instant::now();
    let mut tasks = Vec::with_capacity(clients);
    for number in 0..clients {
        let mut turn = client(number);
        tasks.push(tokio::spawn(async move {
            let mut latencies_us = Vec::new();
            let mut count = 0;
            while begin.elapsed() < length {
                let sent = Instant::now();
                turn(count).await?;
                latencies_us.push(u32::try_from(sent.elapsed().as_micros()).unwrap_or(u32::MAX));
                count += 1;
            }
            Ok::<_, crate::Fault>(latencies_us)
        }));
    }
    let mut all = Vec::new();
    for task in tasks {
        all.append(&mut task.await??);
    }
    let seconds = begin.elapsed().as_secs_f64();
    all.sort_unstable();
    let p99 = all
        .get(all.len().saturating_mul(99) / 100)
        .copied()
        .unwrap_or(u32::MAX);
    let turns = u32::try_from(all.len().saturating_mul(units)).unwrap_or(u32::MAX);
    Ok(Sample {
        rate: f64::from(turns) / seconds,
        p99_ms: f64::from(p99) / 1_000.0,
    })
}
