//! Running ours and the floor in turn, and printing what came out.

use std::fmt::{self, Write as _};
use std::future::Future;
use std::time::{Duration, Instant};

use crate::Outcome;

/// How often ours and the floor alternate.
const ROUNDS: usize = 3;

/// What one run reached.
#[derive(Clone, Copy, Debug)]
pub struct Sample {
    /// What the row is about: units of work a second, or what it costs where the goal is a greatest.
    pub figure: f64,
    /// 99th percentile of the latency, in milliseconds; NaN where nothing is said of it.
    pub p99_ms: f64,
}

/// How our figure may stand to the floor's.
#[derive(Clone, Copy, Debug)]
pub enum Bound {
    /// A rate: the smallest ratio.
    AtLeast(f64),
    /// A cost: the greatest ratio.
    AtMost(f64),
}

impl Bound {
    /// How far a ratio is above the goal; below 1 it falls short.
    fn margin(self, ratio: f64) -> f64 {
        match self {
            Self::AtLeast(least) => ratio / least,
            Self::AtMost(most) => most / ratio,
        }
    }
}

impl fmt::Display for Bound {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::AtLeast(least) => write!(f, ">={least:.2}"),
            Self::AtMost(most) => write!(f, "<={most:.2}"),
        }
    }
}

/// What a variant has to reach.
#[derive(Clone, Copy, Debug)]
pub struct Goal {
    /// Of our figure to the floor's.
    pub bound: Bound,
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
    /// A figure of our side as a part of the floor's.
    pub fn share_of_floor(&self, figure: f64) -> f64 {
        figure / self.floor.figure
    }

    /// Adds a requirement and says in the variant's name what was seen.
    pub fn require(&mut self, holds: bool, seen: &str) {
        self.missed |= !holds;
        self.name = format!("{}, {seen}", self.name);
    }

    fn ratio(&self) -> f64 {
        self.ours.figure / self.floor.figure
    }

    fn p99_ratio(&self) -> f64 {
        self.ours.p99_ms / self.floor.p99_ms
    }

    fn is_ok(&self) -> bool {
        !self.missed && self.margin() >= 1.0
    }

    /// Ours, the floor's, their ratio and the goal. Costs are small numbers.
    fn figures(&self) -> String {
        let (ours, floor) = (self.ours.figure, self.floor.figure);
        let (ratio, bound) = (self.ratio(), self.goal.bound);
        match bound {
            Bound::AtLeast(_) => format!("{ours:.0}\t{floor:.0}\t{ratio:.2}\t{bound}"),
            Bound::AtMost(_) => format!("{ours:.1}\t{floor:.1}\t{ratio:.2}\t{bound}"),
        }
    }

    /// How far above its goal; below 1 it falls short.
    fn margin(&self) -> f64 {
        let margin = self.goal.bound.margin(self.ratio());
        self.goal
            .p99_max
            .map_or(margin, |max| margin.min(max / self.p99_ratio()))
    }
}

fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values.get(values.len() / 2).copied().unwrap_or(f64::NAN)
}

fn middle(samples: &[Sample]) -> Sample {
    Sample {
        figure: median(samples.iter().map(|sample| sample.figure).collect()),
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
    let verdict = if variants.iter().all(Variant::is_ok) {
        "ok"
    } else {
        "short"
    };
    let _ = writeln!(text, "{name}\t{}\t{verdict}", worst.figures());
    for variant in variants {
        let verdict = if variant.is_ok() { "ok" } else { "short" };
        let (name, figures) = (&variant.name, variant.figures());
        let _ = write!(text, "#\t{name}\t{figures}\t{verdict}");
        let (ours, floor) = (variant.ours.p99_ms, variant.floor.p99_ms);
        if ours.is_finite() {
            let ratio = variant.p99_ratio();
            let _ = write!(
                text,
                "\tp99 {ours:.2} ms against {floor:.2} ms = {ratio:.2}x"
            );
        }
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
        figure: f64::from(turns) / seconds,
        p99_ms: f64::from(p99) / 1_000.0,
    })
}
