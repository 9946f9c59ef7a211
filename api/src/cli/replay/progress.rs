//! How far something long is: a bar on a terminal, now and then a line elsewhere. On standard error.

use std::io::{self, IsTerminal as _, Write as _};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use cinatra_projections::Phase;
use indicatif::{ProgressBar, ProgressStyle};

/// Lines on something that is not a terminal are at least this far apart.
const LINES_APART: Duration = Duration::from_secs(2);

/// One bar at a time, named after what is being worked on.
pub(super) struct Progress {
    unit: &'static str,
    is_terminal: bool,
    shown: Mutex<Shown>,
}

struct Shown {
    name: String,
    bar: ProgressBar,
    written: Instant,
}

impl Progress {
    /// Counts things of this kind.
    pub(super) fn new(unit: &'static str) -> Self {
        let shown = Shown {
            name: String::new(),
            bar: ProgressBar::hidden(),
            written: Instant::now(),
        };
        Self {
            unit,
            is_terminal: io::stderr().is_terminal(),
            shown: Mutex::new(shown),
        }
    }

    /// So many done, of nobody knows how many.
    pub(super) fn at(&self, name: &str, done: u64) {
        self.draw(name, done, None);
    }

    /// So many done of so many.
    pub(super) fn of(&self, name: &str, done: i64, total: i64) {
        let (done, total) = (
            u64::try_from(done).unwrap_or(0),
            u64::try_from(total).unwrap_or(0),
        );
        self.draw(name, done, (total > 0).then_some(total));
    }

    /// A rebuild's step.
    pub(super) fn step(&self, name: &str, step: cinatra_projections::Progress) {
        let phase = match step.phase {
            Phase::Backfilling => "backfilling",
            Phase::Comparing => "comparing",
            Phase::Flipping => "flipping",
        };
        self.of(&format!("{name} {phase}"), step.done, step.target);
    }

    /// Clears the line.
    pub(super) fn end(&self) {
        self.shown().bar.finish_and_clear();
    }

    fn draw(&self, name: &str, done: u64, total: Option<u64>) {
        let mut shown = self.shown();
        if shown.name != name {
            shown.bar.finish_and_clear();
            shown.bar = self.bar(name, total);
            name.clone_into(&mut shown.name);
        }
        if let Some(total) = total {
            shown.bar.set_length(total);
        }
        shown.bar.set_position(done);
        if !self.is_terminal && shown.written.elapsed() >= LINES_APART {
            shown.written = Instant::now();
            let _ = writeln!(io::stderr(), "{}", self.line(&shown, total));
        }
    }

    fn line(&self, shown: &Shown, total: Option<u64>) -> String {
        let (bar, unit) = (&shown.bar, self.unit);
        let (name, done, rate) = (&shown.name, bar.position(), bar.per_sec());
        match total {
            Some(total) => {
                let eta = bar.eta().as_secs();
                format!("{name} {done}/{total} {unit}, {rate:.0}/s, ETA {eta} s")
            }
            None => format!("{name} {done} {unit}, {rate:.0}/s"),
        }
    }

    fn bar(&self, name: &str, total: Option<u64>) -> ProgressBar {
        let unit = self.unit;
        let (bar, template) = match total {
            Some(total) => (
                ProgressBar::new(total),
                format!("{{msg}} {{wide_bar}} {{pos}}/{{len}} {unit}  {{per_sec}}  ETA {{eta}}"),
            ),
            None => (
                ProgressBar::new_spinner(),
                format!("{{msg}} {{spinner}} {{pos}} {unit}  {{per_sec}}"),
            ),
        };
        if let Ok(style) = ProgressStyle::with_template(&template) {
            bar.set_style(style);
        }
        bar.set_message(name.to_owned());
        bar
    }

    fn shown(&self) -> MutexGuard<'_, Shown> {
        self.shown.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
