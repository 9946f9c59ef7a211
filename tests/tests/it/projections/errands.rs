//! Runs that an organization's agents could have made: each command as the rules decide it.

use std::collections::BTreeMap;

use cinatra_domain::extension::{PackageName, Version};
use cinatra_domain::kernel::{ActorId, Decider as _, RunId, SnapshotId};
use cinatra_domain::run::{
    AgentRun, Answer, AuthoredName, Code, Created, Digest, EnqueueReason, GateKind, Phase, Pin,
    Place, Question, Run, RunCommand, RunState, Start, Stop, Work,
};
use uuid::Uuid;

use super::history::Random;
use super::society::{Moment, project, user};

/// Runs that are under way at once.
const AT_ONCE: u64 = 6;
/// When everything happens, in microseconds since 1970.
const NOW: i64 = 1_800_000_000_000_000;

/// The runs of one organization.
#[derive(Default)]
pub(super) struct Errands {
    states: BTreeMap<u64, (RunId, RunState)>,
    made: u64,
}

impl Errands {
    /// One thing happens to one run, or one more begins.
    pub(super) fn step(&mut self, moment: &mut Moment, random: &mut Random) {
        let place = random.draw(AT_ONCE);
        let (run_id, state) = self
            .states
            .remove(&place)
            .unwrap_or((RunId(Uuid::nil()), RunState::default()));
        let goes_on = state.run().and_then(|run| next(run, moment, random));
        let (run_id, state, command) = if let Some(command) = goes_on {
            (run_id, state, command)
        } else {
            self.made += 1;
            let run_id = RunId(Uuid::from_u64_pair(4, self.made));
            let create = RunCommand::Create(Box::new(created(run_id, moment, random)));
            (run_id, RunState::default(), create)
        };
        let events = AgentRun::decide(&state, command).unwrap();
        let [event] = events.as_slice() else {
            panic!("one thing happens at a time: {events:?}");
        };
        let state = AgentRun::evolve(state, event).unwrap();
        moment.run(run_id, event.clone());
        self.states.insert(place, (run_id, state));
    }
}

fn created(run_id: RunId, moment: &mut Moment, random: &mut Random) -> Created {
    let digest = |letter: &str| Digest::parse(letter.repeat(64)).unwrap();
    let package = format!("@acme/errand{}-agent", random.draw(3));
    Created {
        run_id,
        pin: Pin {
            package_name: PackageName::parse(&package).unwrap(),
            version: Version::parse("1.0.0").unwrap(),
            snapshot_id: SnapshotId(Uuid::from_u64_pair(5, 1)),
            oas_sha256: digest("a"),
            plan_digest: digest("b"),
        },
        run_by: Some(user(random.draw(4))),
        project_id: None,
        parent_run_id: None,
        timeout_seconds: None,
        source: Code::parse("agent_builder").unwrap(),
        inputs: moment.typed("{\"guest\": \"Bob\"}"),
        title: None,
        policy: None,
        start: Start::Enqueued,
    }
}

/// What happens next to a run; nothing any more to most that have ended.
fn next(run: &Run, moment: &mut Moment, random: &mut Random) -> Option<RunCommand> {
    if run.phase().is_terminal() {
        return ended(run, random);
    }
    if random.draw(9) == 0 {
        return Some(RunCommand::Stop(Stop {
            reason: Some(moment.typed("Enough.")),
            cascade: None,
            now_us: NOW,
        }));
    }
    let work = |work| {
        let segment = run.segment;
        Some(RunCommand::Work { segment, work })
    };
    match (run.phase(), random.draw(4)) {
        (Phase::Executing, 0) => work(Work::Complete {
            outputs: moment.typed("{}"),
            now_us: NOW,
        }),
        (Phase::Executing, 1) => work(Work::Fail {
            code: Code::parse("call_failed").unwrap(),
            node: Some(AuthoredName::parse("call").unwrap()),
            message: Some(moment.typed("It is away.")),
            now_us: NOW,
        }),
        (Phase::Executing, _) => work(Work::OpenGate(asks(run, moment))),
        (Phase::ReviewGate, _) => Some(RunCommand::Answer(answers(run, moment))),
        (Phase::DraftInput, _) => Some(RunCommand::Submit(EnqueueReason::Submitted)),
        _ => work(Work::Start { now_us: NOW }),
    }
}

fn ended(run: &Run, random: &mut Random) -> Option<RunCommand> {
    match random.draw(4) {
        0 => Some(RunCommand::Purge),
        1 => Some(RunCommand::Move {
            to: run.project_id.is_none().then(|| project(1)),
            reason: None,
        }),
        2 if run.phase() == Phase::Failed => Some(RunCommand::Reset),
        _ => None,
    }
}

fn asks(run: &Run, moment: &mut Moment) -> Question {
    Question {
        kind: GateKind::Review,
        place: Some(Place {
            node: AuthoredName::parse("gate").unwrap(),
            visit: u32::try_from(run.closed_gates.len()).unwrap() + 1,
        }),
        field: None,
        renderer: None,
        surface: None,
        requires_approval: true,
        schema: None,
        values: Some(moment.typed("{}")),
        expires_at_us: None,
        now_us: NOW,
    }
}

fn answers(run: &Run, moment: &mut Moment) -> Answer {
    Answer {
        gate_id: run.open_gate().unwrap().gate_id,
        answer: moment.typed("yes"),
        prompt: Some(moment.typed("Be brief.")),
        inputs: None,
        by: ActorId::user(user(1)),
        answer_equals_first: false,
        now_us: NOW,
    }
}
