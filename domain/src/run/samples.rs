//! Events and commands for tests, each taking only what the test is about.

use uuid::Uuid;

use super::*;
use crate::extension::{PackageName, Version};
use crate::kernel::testing::{Given, given};
use crate::kernel::{ActorId, ContentRef, ProjectId, RunId, SnapshotId, UserId};

/// The present, in microseconds since 1970.
pub(super) const NOW: i64 = 1_000_000_000;
/// One second.
pub(super) const SECOND: i64 = 1_000_000;
/// For how long [`timed`] may execute, in seconds.
pub(super) const TIMEOUT: i64 = 60;

pub(super) fn content(number: u128) -> ContentRef {
    ContentRef {
        id: Uuid::from_u128(number),
        digest: "22".repeat(32),
        size: 9,
    }
}

pub(super) fn run_id(number: u128) -> RunId {
    RunId(Uuid::from_u128(number))
}

pub(super) fn user(number: u128) -> UserId {
    UserId(Uuid::from_u128(number))
}

pub(super) fn actor(number: u128) -> ActorId {
    ActorId::user(user(number))
}

pub(super) fn project(number: u128) -> ProjectId {
    ProjectId(Uuid::from_u128(number))
}

pub(super) fn package() -> PackageName {
    PackageName::parse("@acme/mail-agent").unwrap()
}

pub(super) fn digest(number: u8) -> Digest {
    Digest::parse(format!("{number:02x}").repeat(32)).unwrap()
}

pub(super) fn code(text: &str) -> Code {
    Code::parse(text).unwrap()
}

pub(super) fn name(text: &str) -> AuthoredName {
    AuthoredName::parse(text).unwrap()
}

pub(super) fn place(node: &str, visit: u32) -> Place {
    let node = name(node);
    Place { node, visit }
}

pub(super) fn setup(index: u32) -> GateId {
    gate(GateKind::Setup, index)
}

pub(super) fn review(index: u32) -> GateId {
    gate(GateKind::Review, index)
}

fn gate(kind: GateKind, index: u32) -> GateId {
    let run_id = run_id(1);
    GateId {
        run_id,
        index,
        kind,
    }
}

/// Run 1 of user 1, started by run 9, without project and timeout.
pub(super) fn creation(start: Start) -> Created {
    Created {
        run_id: run_id(1),
        pin: Pin {
            package_name: package(),
            version: Version::parse("1.0.0").unwrap(),
            snapshot_id: SnapshotId(Uuid::from_u128(3)),
            oas_sha256: digest(1),
            plan_digest: digest(2),
        },
        run_by: Some(user(1)),
        project_id: None,
        parent_run_id: Some(run_id(9)),
        timeout_seconds: None,
        source: code("agent_builder"),
        inputs: content(1),
        title: None,
        policy: None,
        start,
    }
}

/// The same, which executes for [`TIMEOUT`] seconds at most.
pub(super) fn timed() -> RunEvent {
    let timeout = u32::try_from(TIMEOUT).unwrap();
    Created {
        timeout_seconds: Some(TimeoutSeconds::parse(timeout).unwrap()),
        ..creation(Start::Enqueued)
    }
    .into()
}

pub(super) fn drafted() -> RunEvent {
    creation(Start::DraftInput).into()
}

pub(super) fn enqueued() -> RunEvent {
    creation(Start::Enqueued).into()
}

pub(super) fn started(at_us: i64) -> RunEvent {
    Started {
        segment: 1,
        attempt: 1,
        at_us,
    }
    .into()
}

pub(super) fn checkpoint(number: u8) -> Checkpointed {
    Checkpointed {
        place: place("write", 1),
        digest: digest(number),
        size: 7,
    }
}

pub(super) fn selection(number: u8) -> ContextSelected {
    ContextSelected {
        slot: name("voice"),
        selection_key: digest(number),
        selected_by: SelectedBy::Autonomous,
        refs: Vec::new(),
    }
}

/// A question of the node `ask`, without an end.
pub(super) fn question(visit: u32) -> Question {
    Question {
        kind: GateKind::Review,
        place: Some(place("ask", visit)),
        field: None,
        renderer: None,
        surface: None,
        requires_approval: true,
        schema: Some(content(20)),
        values: None,
        expires_at_us: None,
        now_us: NOW,
    }
}

pub(super) fn setup_question() -> Question {
    Question {
        kind: GateKind::Setup,
        place: None,
        field: Some(name("subject")),
        ..question(0)
    }
}

pub(super) fn open(question: Question) -> RunCommand {
    work(1, Work::OpenGate(question))
}

/// What [`open`] leads to.
pub(super) fn opened(gate_id: GateId, question: Question) -> RunEvent {
    GateOpened {
        gate_id,
        place: question.place,
        field: question.field,
        renderer: question.renderer,
        surface: question.surface,
        requires_approval: question.requires_approval,
        schema: question.schema,
        values: question.values,
        expires_at_us: question.expires_at_us,
        at_us: question.now_us,
    }
    .into()
}

/// An answer by user 1, with a note.
pub(super) fn answer(gate_id: GateId) -> Answer {
    Answer {
        gate_id,
        answer: content(30),
        prompt: Some(content(31)),
        inputs: None,
        by: actor(1),
        answer_equals_first: false,
        now_us: NOW,
    }
}

pub(super) fn answered(gate_id: GateId) -> RunEvent {
    GateAnswered {
        gate_id,
        answer: content(30),
        prompt: Some(content(31)),
        inputs: None,
        by: actor(1),
        at_us: NOW,
    }
    .into()
}

pub(super) fn work(segment: u32, work: Work) -> RunCommand {
    RunCommand::Work { segment, work }
}

pub(super) fn start(segment: u32) -> RunCommand {
    work(segment, Work::Start { now_us: NOW })
}

pub(super) fn complete(segment: u32) -> RunCommand {
    let complete = Work::Complete {
        outputs: content(40),
        now_us: NOW,
    };
    work(segment, complete)
}

pub(super) fn completed() -> RunEvent {
    Completed {
        outputs: content(40),
        at_us: NOW,
    }
    .into()
}

pub(super) fn fail(segment: u32) -> RunCommand {
    let fail = Work::Fail {
        code: code("http_502"),
        node: Some(name("send")),
        message: None,
        now_us: NOW,
    };
    work(segment, fail)
}

pub(super) fn failed(gate_id: Option<GateId>) -> RunEvent {
    Failed {
        code: code("http_502"),
        node: Some(name("send")),
        message: None,
        gate_id,
        at_us: NOW,
    }
    .into()
}

pub(super) fn stop() -> RunCommand {
    RunCommand::Stop(Stop {
        reason: None,
        cascade: None,
        now_us: NOW,
    })
}

pub(super) fn stopped(gate_id: Option<GateId>) -> RunEvent {
    Stopped {
        reason: None,
        cascade_from: None,
        gate_id,
        at_us: NOW,
    }
    .into()
}

pub(super) fn armed() -> RunEvent {
    let at_us = NOW + SECOND;
    let schedule = Schedule::Once { at_us };
    Armed { schedule }.into()
}

pub(super) fn seal(segment: u32, first_seq: u64, last_seq: u64) -> Sealed {
    Sealed {
        segment,
        first_seq,
        last_seq,
        root: digest(9),
    }
}

/// A run that a worker executes from [`NOW`] on, with this further history.
pub(super) fn executing<const N: usize>(history: [RunEvent; N]) -> Given<AgentRun> {
    given([enqueued(), started(NOW)].into_iter().chain(history))
}

pub(super) fn illegal(from: Phase, asked: Step) -> Rejection {
    Rejection::IllegalTransition { from, asked }
}

/// Folds what can have happened.
pub(super) fn folded(events: &[RunEvent]) -> RunState {
    let state = events.iter().try_fold(RunState::Absent, evolve::evolve);
    state.unwrap()
}

/// A history that leads to each phase.
pub(super) fn history_to(phase: Phase) -> Vec<RunEvent> {
    let draft = || vec![drafted()];
    let at_work = || vec![enqueued(), started(NOW), checkpoint(1).into()];
    let with = |mut events: Vec<RunEvent>, more: Vec<RunEvent>| {
        events.extend(more);
        events
    };
    let asked = || opened(review(1), question(1));
    let awaited = ReleaseAwaited {
        place: place("send", 1),
        at_us: NOW,
    };
    match phase {
        Phase::DraftInput => draft(),
        Phase::AwaitingTriggerChoice => with(draft(), vec![TriggerAsked {}.into()]),
        Phase::Armed => with(draft(), vec![armed()]),
        Phase::Enqueued => vec![enqueued()],
        Phase::SetupGate => vec![enqueued(), opened(setup(1), setup_question())],
        Phase::Executing => at_work(),
        Phase::WaitingRelease => with(at_work(), vec![awaited.into()]),
        Phase::ReviewGate => with(at_work(), vec![asked()]),
        Phase::Resuming => with(at_work(), vec![asked(), answered(review(1))]),
        Phase::Completed => with(at_work(), vec![completed()]),
        Phase::Failed => with(at_work(), vec![failed(None)]),
        Phase::Stopped => with(at_work(), vec![stopped(None)]),
    }
}
