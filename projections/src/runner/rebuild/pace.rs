//! How fast a rebuild goes and when it will be done.

use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use tokio::time::Instant;

use super::{Phase, Progress};

/// Weight of the last second in the rate.
const WEIGHT: f64 = 0.3;
/// How often progress is told.
pub(super) const EVERY: Duration = Duration::from_millis(200);

/// Counted by the pipelines, read by whoever tells the progress.
#[derive(Debug, Default)]
pub(super) struct Pace {
    done: AtomicI64,
}

impl Pace {
    pub(super) fn advance(&self, events: i64) {
        self.done.fetch_add(events, Ordering::Relaxed);
    }

    pub(super) fn done(&self) -> i64 {
        self.done.load(Ordering::Relaxed)
    }
}

/// An exponentially weighted rate.
#[derive(Debug)]
pub(super) struct Rate {
    last: (Instant, i64),
    rate: Option<f64>,
}

impl Rate {
    pub(super) fn begin() -> Self {
        Self {
            last: (Instant::now(), 0),
            rate: None,
        }
    }

    /// Takes note of how much is done now.
    pub(super) fn progress(&mut self, phase: Phase, done: i64, target: i64) -> Progress {
        let (then, before) = self.last;
        let seconds = then.elapsed().as_secs_f64();
        if seconds > 0.0 {
            let current = float(done - before) / seconds;
            let weight = (WEIGHT * seconds).clamp(0.05, 1.0);
            self.rate = Some(match self.rate {
                Some(rate) => rate + weight * (current - rate),
                None => current,
            });
            self.last = (Instant::now(), done);
        }
        let rate = self.rate.unwrap_or(0.0);
        let eta_seconds = (rate > 0.0).then(|| float((target - done).max(0)) / rate);
        Progress {
            phase,
            done,
            target,
            rate,
            eta_seconds,
        }
    }
}

/// Exact up to 2^32, far more than anybody watches.
fn float(count: i64) -> f64 {
    f64::from(u32::try_from(count.max(0)).unwrap_or(u32::MAX))
}
