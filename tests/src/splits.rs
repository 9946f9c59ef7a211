//! A long run, and every place at which its stream can be cut.

use std::path::Path;

use futures_util::{StreamExt as _, TryStreamExt as _};
use serde_json::json;

use crate::people::done;
use crate::registry::publish_into;
use crate::{Client, Flow, Outcome, Packed, Seen, Viewer, fault};

/// What the run is one of.
pub const AGENT: &str = "@acme/reciter-agent";
/// Things said before and after the gate; each is three frames.
const SAID: usize = 333;
/// Frames of the run that viewers see by default: its beginning and end, the gate, and what is said.
pub const FRAMES: usize = 2 + 2 + 2 * 3 * SAID;
/// Streams that are open at once.
const TOGETHER: usize = 8;

/// An agent that says much, asks, says as much again, and is done.
pub fn reciter() -> Outcome<Packed> {
    let mut flow = Flow::of("reciter", &["guest"]);
    for number in 0..2 * SAID {
        if number == SAID {
            flow = flow.asks("gate");
        }
        let id = format!("s{number}");
        flow = flow
            .says(&id, "\u{2028}{{ guest }} \u{1F3AC}\nend", &["guest"])
            .feeds("start", "guest", &id, "guest");
    }
    flow.answers("said", "gate", "answer").agent(AGENT, "1.0.0")
}

/// Publishes the agent into the registry of a home that no server has used yet.
pub fn publish(home: &Path) -> Outcome<()> {
    publish_into(&home.join("registry"), &reciter()?)
}

/// Installs the agent, and runs it to its end; answers the run's id.
pub async fn recite(client: &Client) -> Outcome<String> {
    let input = json!({ "packageName": AGENT, "packageVersion": "1.0.0" });
    done(client, "extensions_install", &input).await?;
    let inputs = json!({ "guest": "Bob" }).to_string();
    let input = json!({ "packageName": AGENT, "inputParams": inputs });
    let started = done(client, "agent_run", &input).await?;
    let run = started["runId"].as_str().unwrap_or_default().to_owned();
    let mut viewer = Viewer::open(client, &run, "", None).await?;
    viewer.until("INTERRUPT").await?;
    let input = json!({ "runId": run, "userResponse": "yes" });
    done(client, "agent_run_resume", &input).await?;
    viewer.until("RUN_FINISHED").await?;
    Ok(run)
}

/// A whole stream as it came over the wire, and where in it a viewer can be cut off.
#[derive(Debug)]
pub struct Whole {
    query: &'static str,
    bytes: Vec<u8>,
    /// Everything that it tells.
    pub events: Vec<Seen>,
    splits: Vec<Split>,
}

/// After one frame: its id, and how many events and bytes there are up to there.
#[derive(Debug)]
struct Split {
    id: String,
    events: usize,
    bytes: usize,
}

impl Whole {
    /// Sees a run that has ended, uninterrupted; `query` begins with `?` or is empty.
    pub async fn see(client: &Client, run: &str, query: &'static str) -> Outcome<Self> {
        let bytes = Viewer::open(client, run, query, None)
            .await?
            .bytes()
            .await?;
        let text = std::str::from_utf8(&bytes)?;
        let (mut events, mut splits, mut at) = (Vec::new(), Vec::new(), 0);
        for block in text.split_inclusive("\n\n") {
            at += block.len();
            let line = |name: &str| block.lines().find_map(|line| line.strip_prefix(name));
            let id = line("id: ").map(str::to_owned);
            if let Some(data) = line("data: ") {
                let (id, data) = (id.clone(), data.to_owned());
                events.push(Seen { id, data });
            }
            splits.extend(id.map(|id| Split {
                id,
                events: events.len(),
                bytes: at,
            }));
        }
        if splits.len() != FRAMES {
            return Err(fault(format!("{} frames, not {FRAMES}", splits.len())));
        }
        Ok(Self {
            query,
            bytes,
            events,
            splits,
        })
    }

    /// Cuts it after the first frame, and after every so many more, the last one included; answers how often.
    pub async fn cut_every(&self, client: &Client, run: &str, step: usize) -> Outcome<usize> {
        let last = self.splits.len() - 1;
        let places = (0..last).step_by(step).chain([last]);
        let cuts = places.map(|split| self.cut(client, run, &self.splits[split]));
        let cuts = futures_util::stream::iter(cuts).buffer_unordered(TOGETHER);
        cuts.try_fold(0, async |count, ()| Ok(count + 1)).await
    }

    /// Receives what there is up to a frame, drops the connection, and goes on after it.
    async fn cut(&self, client: &Client, run: &str, split: &Split) -> Outcome<()> {
        let wrong = |what: &str| fault(format!("{} after {}: {what}", self.query, split.id));
        let mut viewer = Viewer::open(client, run, self.query, None).await?;
        if viewer.take(split.events).await? != self.events[..split.events] {
            return Err(wrong("another beginning"));
        }
        drop(viewer);
        let viewer = Viewer::open(client, run, self.query, Some(&split.id)).await?;
        let expected = &self.bytes[split.bytes..];
        let status = if expected.is_empty() { 204 } else { 200 };
        if viewer.status != status || viewer.reset.is_some() {
            return Err(wrong(&format!("{viewer:?}")));
        }
        let rest = viewer.bytes().await?;
        let before = rest
            .strip_suffix(expected)
            .ok_or_else(|| wrong("another rest"))?;
        // What comes before is no frame: how long to wait, and strictly what goes on where the viewer comes in.
        let before = std::str::from_utf8(before)?;
        let is_prelude = !before.contains("id: ");
        if is_prelude && (!self.query.is_empty() || !before.contains("data: ")) {
            return Ok(());
        }
        Err(wrong("something before the rest"))
    }
}
