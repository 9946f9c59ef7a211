//! What a model says while it says it: told in pieces that are worth a frame.

use std::time::Duration;

use tokio::time::{Instant, sleep_until};

/// A piece is told once it has waited so long, or has so many bytes. Source: design.md D8.
const WAIT_MAX: Duration = Duration::from_millis(50);
const PIECE_BYTES: usize = 2 * 1024;

/// A message in the making.
#[derive(Debug)]
pub(super) struct Speech {
    id: String,
    text: String,
    since: Option<Instant>,
    has_begun: bool,
}

impl Speech {
    pub(super) const fn of(id: String) -> Self {
        Self {
            id,
            text: String::new(),
            since: None,
            has_begun: false,
        }
    }

    pub(super) fn id(&self) -> &str {
        &self.id
    }

    pub(super) fn hears(&mut self, delta: &str) {
        if !delta.is_empty() {
            self.text.push_str(delta);
            self.since.get_or_insert_with(Instant::now);
        }
    }

    /// Whether what was heard is worth a frame.
    pub(super) fn is_full(&self) -> bool {
        let waited = self.since.is_some_and(|since| since.elapsed() >= WAIT_MAX);
        waited || self.text.len() >= PIECE_BYTES
    }

    /// Returns when what was heard has waited long enough; never, when nothing was.
    pub(super) async fn is_due(&self) {
        match self.since {
            Some(since) => sleep_until(since + WAIT_MAX).await,
            None => std::future::pending().await,
        }
    }

    /// What was heard and not told.
    pub(super) fn take(&mut self) -> Option<String> {
        self.since.take()?;
        Some(std::mem::take(&mut self.text))
    }

    /// Whether nothing of it was told before; from then on something was.
    pub(super) const fn begins(&mut self) -> bool {
        !std::mem::replace(&mut self.has_begun, true)
    }
}
