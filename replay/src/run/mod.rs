//! A run as it was: as of a frame that its viewers were shown, or of a position of its ledger.

mod at;
mod standing;
mod told;

use cinatra_domain::kernel::{
    CommandId, Decider as _, DecodeError, Position, Revision, RunId, StreamId, TenantId,
};
use cinatra_domain::run::{AgentRun, RunEvent, RunState};
use cinatra_eventstore::{Cursor, EventStore, Frame, ReadError, Recorded, RunPage};
use jiff::Timestamp;
use serde::Serialize;
use serde_json::Value;

use crate::Error;

pub use at::At;
pub use standing::{Gate, Standing};

/// Events or frames that are read at once.
const PAGE: i64 = 500;

/// A run as of a moment: the fold of what had happened by then, and what its viewers had been shown.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct RunReport {
    /// Which.
    pub run_id: RunId,
    /// In whose ledger.
    pub ledger: TenantId,
    /// Where the ledger is now.
    pub head: Position,
    /// Whether it was there: `absent`, `present` or `purged`.
    pub state: &'static str,
    /// Where it stood, while it was there.
    pub run: Option<Standing>,
    /// What had happened, oldest first.
    pub events: Vec<Happened>,
    /// What had been shown, oldest first.
    pub frames: Vec<Shown>,
    /// How many frames there are by now.
    pub frames_in_all: usize,
}

/// An event of the run.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Happened {
    /// Where it stands.
    pub position: Position,
    /// What it is.
    pub wire_name: String,
    /// When the ledger took it.
    pub recorded_at: Timestamp,
}

/// A frame of the run.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Shown {
    /// Its place, as viewers are told it.
    pub id: String,
    /// In which segment.
    pub segment: i32,
    /// What it said.
    pub data: Value,
}

/// An event of the run, understood.
struct Fact {
    position: Position,
    command: CommandId,
    recorded_at: Timestamp,
    wire_name: String,
    event: RunEvent,
}

/// The run as of a moment; as it is now without one.
pub async fn run(store: &EventStore, run_id: RunId, at: Option<At>) -> Result<RunReport, Error> {
    let (ledger, head, facts) = find(store, run_id).await?;
    let frames = frames(store, ledger, run_id).await?;
    let counts = told::happened(&facts, &frames);
    let (happened, shown) = match at {
        None => (facts.len(), frames.len()),
        Some(At::Position(position)) => {
            if position <= Position::START || position > head {
                return Err(out_of_range("position", position.0, head.0));
            }
            let happened = facts.partition_point(|fact| fact.position <= position);
            (happened, counts.partition_point(|count| *count <= happened))
        }
        Some(At::Frame { epoch, seq }) => {
            let index = place(&frames, epoch, seq)?;
            (counts.get(index).copied().unwrap_or(0), index + 1)
        }
    };
    let state = fold(ledger, &facts[..happened])?;
    let contents = standing::Contents {
        store,
        tenant: ledger,
    };
    Ok(RunReport {
        run_id,
        ledger,
        head,
        state: match &state {
            RunState::Absent => "absent",
            RunState::Present(_) => "present",
            RunState::Purged => "purged",
        },
        run: standing::of(&state, &contents).await?,
        events: facts[..happened].iter().map(Happened::of).collect(),
        frames: frames[..shown].iter().map(Shown::of).collect(),
        frames_in_all: frames.len(),
    })
}

/// Where a frame stands among those that are left.
fn place(frames: &[Frame], epoch: Option<i64>, seq: i64) -> Result<usize, Error> {
    let is_it = |frame: &Frame| {
        frame.cursor.seq == seq && epoch.is_none_or(|epoch| epoch == frame.cursor.epoch)
    };
    let last = frames.last().map_or(0, |frame| frame.cursor.seq);
    let found = frames.iter().position(is_it);
    found.ok_or_else(|| out_of_range("frame", seq, last))
}

const fn out_of_range(what: &'static str, asked: i64, last: i64) -> Error {
    Error::OutOfRange { what, asked, last }
}

/// Which ledger a run is in, how far that is, and everything that happened to the run.
async fn find(store: &EventStore, run_id: RunId) -> Result<(TenantId, Position, Vec<Fact>), Error> {
    let stream = StreamId::new(AgentRun::CATEGORY, &run_id.to_string());
    for (ledger, head) in store.heads().await? {
        let (mut facts, mut after): (Vec<Fact>, Option<Revision>) = (Vec::new(), None);
        loop {
            let page = store.read_stream(ledger, &stream, after, PAGE).await?;
            let Some(last) = page.last() else {
                break;
            };
            after = Some(last.revision);
            for event in page {
                facts.push(Fact::of(event)?);
            }
        }
        if let Some(last) = facts.last() {
            // What was appended since the heads were read stands behind them.
            let head = head.max(last.position);
            return Ok((ledger, head, facts));
        }
    }
    Err(Error::NoRun)
}

/// All frames that are left; none of a run whose log is gone.
async fn frames(store: &EventStore, ledger: TenantId, run_id: RunId) -> Result<Vec<Frame>, Error> {
    let Some(head) = store.run_head(ledger, run_id.0).await? else {
        return Ok(Vec::new());
    };
    let (mut found, mut at): (Vec<Frame>, Cursor) = (Vec::new(), head.start());
    while let RunPage::Frames { frames, .. } = store.read_frames(ledger, run_id.0, at, PAGE).await?
    {
        let Some(last) = frames.last() else {
            break;
        };
        at = last.cursor;
        found.extend(frames);
    }
    Ok(found)
}

fn fold(ledger: TenantId, facts: &[Fact]) -> Result<RunState, Error> {
    let mut state = RunState::default();
    for fact in facts {
        state = AgentRun::evolve(state, &fact.event).map_err(|source| {
            Error::Ledger(ReadError::Impossible {
                tenant: ledger,
                position: fact.position,
                source,
            })
        })?;
    }
    Ok(state)
}

impl Fact {
    fn of(event: Recorded) -> Result<Self, Error> {
        let unreadable = |source| Error::Unreadable {
            position: event.position,
            source,
        };
        let decoded = event.decode::<RunEvent>().map_err(unreadable)?;
        let unknown = || unreadable(DecodeError::UnknownName(event.wire_name.clone()));
        Ok(Self {
            event: decoded.ok_or_else(unknown)?,
            position: event.position,
            command: event.command_id,
            recorded_at: event.recorded_at,
            wire_name: event.wire_name,
        })
    }
}

impl Happened {
    fn of(fact: &Fact) -> Self {
        Self {
            position: fact.position,
            wire_name: fact.wire_name.clone(),
            recorded_at: fact.recorded_at,
        }
    }
}

impl Shown {
    fn of(frame: &Frame) -> Self {
        Self {
            id: frame.cursor.to_string(),
            segment: frame.segment,
            data: serde_json::from_slice(&frame.data).unwrap_or(Value::Null),
        }
    }
}
