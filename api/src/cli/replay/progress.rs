//! A bar on standard error while something long runs; nothing where standard error is not a terminal.

use std::sync::Mutex;
use std::sync::PoisonError;

use indicatif::{ProgressBar, ProgressStyle};

/// One bar at a time, named after what is being worked on.
pub(super) struct Progress {
    unit: &'static str,
    bar: Mutex<Option<(String, ProgressBar)>>,
}

impl Progress {
    /// Counts things of this kind.
    pub(super) fn new(unit: &'static str) -> Self {
        Self {
            unit,
            bar: Mutex::new(None),
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
        self.draw(name, done, Some(total));
    }

    pub(super) fn step<T>(&self, name: &str, _step: T) {
        self.at(name, 0);
    }

    /// Clears the line.
    pub(super) fn end(&self) {
        let mut bar = self.bar.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((_, bar)) = bar.take() {
            bar.finish_and_clear();
        }
    }

    fn draw(&self, name: &str, done: u64, total: Option<u64>) {
        let mut shown = self.bar.lock().unwrap_or_else(PoisonError::into_inner);
        if shown.as_ref().is_none_or(|(of, _)| of != name) {
            if let Some((_, old)) = shown.take() {
                old.finish_and_clear();
            }
            *shown = Some((name.to_owned(), self.bar(name, total)));
        }
        if let Some((_, bar)) = shown.as_ref() {
            if let Some(total) = total {
                bar.set_length(total);
            }
            bar.set_position(done);
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
}
