//! Viewers of the runs: they drop and come back at random, and write down every frame.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use tokio::sync::watch;
use tokio::task::JoinSet;
use tokio::time::timeout;

use super::super::kill::Dice;
use crate::{Client, Outcome, Seen, Viewer, fault, web};

/// How long a viewer waits at most before it drops by itself.
const STAY_MS: u64 = 15_000;
/// Frames after which a viewer drops by itself, at most.
const FRAMES: u64 = 12;
/// Pause before coming back: after leaving, and at least and at most after the stream broke off, as browsers do.
const PAUSE_MS: u64 = 400;
const BROKEN_MS: u64 = 1_000;
/// How long a run may be watched.
const WATCH_MAX: Duration = Duration::from_mins(6);
/// All that a run shows: then the places have no holes.
const EVERYTHING: &str = "?channels=ag-ui,a2ui";

/// What the viewers did, all together.
#[derive(Debug, Default)]
pub(super) struct Comings {
    /// Streams that were opened.
    pub(super) opened: AtomicUsize,
    /// Streams that their viewer left.
    pub(super) left: AtomicUsize,
    /// Streams that broke off or could not be opened.
    pub(super) broken: AtomicUsize,
    /// Viewers that were told that they cannot go on from where they stand.
    pub(super) resets: AtomicUsize,
}

/// What one viewer saw, over all its streams.
#[derive(Debug)]
pub(super) struct Watched {
    pub(super) run: String,
    pub(super) seen: Vec<Seen>,
}

/// Begins to watch: so many viewers, the runs shared out among them.
pub(super) fn begin(
    viewers: usize,
    runs: &[String],
    seed: u64,
    node: &watch::Receiver<Client>,
    comings: &Arc<Comings>,
) -> Outcome<JoinSet<Outcome<Watched>>> {
    let http = web::client(WATCH_MAX)?;
    let mut watching = JoinSet::new();
    for (number, run) in runs.iter().cycle().take(viewers).enumerate() {
        let number = u64::try_from(number).unwrap_or(u64::MAX);
        let viewer = Watcher {
            http: http.clone(),
            node: node.clone(),
            comings: Arc::clone(comings),
            dice: Dice(seed.wrapping_add(number.wrapping_mul(0x9e37_79b9))),
            watched: Watched {
                run: run.clone(),
                seen: Vec::new(),
            },
        };
        watching.spawn(viewer.watch());
    }
    Ok(watching)
}

struct Watcher {
    http: reqwest::Client,
    node: watch::Receiver<Client>,
    comings: Arc<Comings>,
    dice: Dice,
    watched: Watched,
}

/// How a stream was over.
enum Over {
    Left,
    Broken,
    /// The run has ended, and all of it was seen.
    Done,
}

impl Watcher {
    async fn watch(mut self) -> Outcome<Watched> {
        let run = self.watched.run.clone();
        let all = async {
            loop {
                let pause = match self.stream().await {
                    Over::Left => {
                        self.comings.left.fetch_add(1, Ordering::Relaxed);
                        self.dice.below(PAUSE_MS)
                    }
                    Over::Broken => {
                        self.comings.broken.fetch_add(1, Ordering::Relaxed);
                        BROKEN_MS + self.dice.below(BROKEN_MS)
                    }
                    Over::Done => return,
                };
                tokio::time::sleep(Duration::from_millis(pause)).await;
            }
        };
        let over = timeout(WATCH_MAX, all).await;
        over.map_err(|_| fault(format!("run {run} did not end within {WATCH_MAX:?}")))?;
        Ok(self.watched)
    }

    async fn stream(&mut self) -> Over {
        let client = self.node.borrow().clone();
        let at = self.watched.seen.last().and_then(|last| last.id.clone());
        let run = &self.watched.run;
        let open = Viewer::over(&self.http, &client, run, EVERYTHING, at.as_deref()).await;
        let Ok(mut viewer) = open else {
            return Over::Broken;
        };
        match viewer.status {
            200 => {}
            204 => return Over::Done,
            _ => return Over::Broken,
        }
        self.comings.opened.fetch_add(1, Ordering::Relaxed);
        if viewer.reset.is_some() {
            self.comings.resets.fetch_add(1, Ordering::Relaxed);
        }
        let frames = 1 + self.dice.below(FRAMES);
        let stay = Duration::from_millis(1 + self.dice.below(STAY_MS));
        let seen = &mut self.watched.seen;
        let reading = async {
            for _ in 0..frames {
                match viewer.next().await {
                    Ok(Some(event)) => seen.push(event),
                    // It is asked again: only the answer that there is nothing more ends it.
                    Ok(None) | Err(_) => return Over::Broken,
                }
            }
            Over::Left
        };
        timeout(stay, reading).await.unwrap_or(Over::Left)
    }
}
