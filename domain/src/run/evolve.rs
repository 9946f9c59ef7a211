//! How facts change a run. What the table does not allow, or what contradicts what was before, cannot have happened.

use std::collections::BTreeMap;

use super::{
    Checkpointed, ClosedGate, Code, Completed, ContextSelected, Created, Failed, Fate,
    GateAnswered, GateId, GateKind, GateOpened, GateSkipped, Moved, OpenGate, Phase, Prompt,
    ReleaseAwaited, Released, Reset, ResumeCause, Resumed, Run, RunEvent, RunState, Sealed, Stage,
    Start, Started, Step, Stopped,
};
use crate::kernel::{Event as _, ImpossibleTransition};

/// Applies one fact.
pub(super) fn evolve(state: RunState, event: &RunEvent) -> Result<RunState, ImpossibleTransition> {
    let impossible = ImpossibleTransition {
        state: state.stage(),
        event: event.wire_name(),
    };
    let next = match state {
        RunState::Absent => created(event).map(|run| RunState::Present(Box::new(run))),
        RunState::Present(run) => {
            if let RunEvent::Purged(purged) = event {
                let is_its = purged.package_name == run.pin.package_name;
                let is_legal = is_its && run.after(Step::Purge).is_some();
                is_legal.then_some(RunState::Purged)
            } else {
                went_on(run, event).map(RunState::Present)
            }
        }
        RunState::Purged => None,
    };
    next.ok_or(impossible)
}

fn created(event: &RunEvent) -> Option<Run> {
    let RunEvent::Created(created) = event else {
        return None;
    };
    let Created {
        run_id,
        pin,
        run_by,
        project_id,
        parent_run_id,
        timeout_seconds,
        source,
        inputs,
        title,
        policy,
        start,
    } = created.clone();
    Some(Run {
        run_id,
        pin,
        run_by,
        project_id,
        parent_run_id,
        timeout_seconds,
        source,
        title,
        policy,
        inputs,
        stage: match start {
            Start::DraftInput => Stage::DraftInput,
            Start::Enqueued => Stage::Enqueued,
        },
        attempt: 1,
        segment: 1,
        started_at_us: None,
        spent_us: 0,
        checkpoint: None,
        checkpoints: 0,
        selections: Vec::new(),
        closed_gates: BTreeMap::new(),
        sealed: None,
    })
}

fn went_on(mut run: Box<Run>, event: &RunEvent) -> Option<Box<Run>> {
    happened(&mut run, event).then_some(run)
}

/// Whether that can have happened.
fn happened(run: &mut Run, event: &RunEvent) -> bool {
    match event {
        RunEvent::Created(_) | RunEvent::Purged(_) => false,
        RunEvent::InputsChanged(e) => {
            run.inputs = e.inputs.clone();
            run.after(Step::ChangeInputs).is_some()
        }
        RunEvent::TriggerAsked(_) => moves(run, Step::AskTrigger, Stage::AwaitingTriggerChoice),
        RunEvent::Armed(e) => moves(run, Step::Arm, Stage::Armed(e.schedule.clone())),
        RunEvent::Disarmed(_) => moves(run, Step::Disarm, Stage::DraftInput),
        RunEvent::Enqueued(_) => moves(run, Step::Submit, Stage::Enqueued),
        RunEvent::Withdrawn(_) => moves(run, Step::Withdraw, Stage::DraftInput),
        RunEvent::Released(e) => released(run, e),
        RunEvent::Started(e) => started(run, e),
        RunEvent::Checkpointed(e) => checkpointed(run, e),
        RunEvent::ContextSelected(e) => context_selected(run, e),
        RunEvent::GateOpened(e) => gate_opened(run, e),
        RunEvent::GateSkipped(e) => gate_skipped(run, e),
        RunEvent::GateAnswered(e) => gate_answered(run, e),
        RunEvent::PromptExcluded(e) => prompt_excluded(run, e.gate_id),
        RunEvent::ReleaseAwaited(e) => release_awaited(run, e),
        RunEvent::Resumed(e) => resumed(run, e),
        RunEvent::Completed(e) => completed(run, e),
        RunEvent::Failed(e) => failed(run, e),
        RunEvent::Stopped(e) => stopped(run, e),
        RunEvent::Reset(e) => reset(run, e),
        RunEvent::Moved(e) => moved(run, e),
        RunEvent::Sealed(e) => sealed(run, e),
    }
}

/// Goes to the stage if that is where the step leads.
fn moves(run: &mut Run, step: Step, to: Stage) -> bool {
    let leads_to = run.after(step);
    let is_legal = leads_to == Some(to.phase());
    run.stage = to;
    is_legal
}

/// Counts what was executed until now, before the run goes elsewhere.
fn count_time(run: &mut Run, at_us: i64) {
    run.spent_us = run.executed_us(at_us);
}

fn released(run: &mut Run, e: &Released) -> bool {
    let to = if run.phase() == Phase::Armed {
        Stage::Enqueued
    } else {
        Stage::Executing { since_us: e.at_us }
    };
    moves(run, Step::Release, to)
}

fn started(run: &mut Run, e: &Started) -> bool {
    count_time(run, e.at_us);
    run.started_at_us.get_or_insert(e.at_us);
    let is_its = (e.segment, e.attempt) == (run.segment, run.attempt);
    let executing = Stage::Executing { since_us: e.at_us };
    is_its && moves(run, Step::Start, executing)
}

fn checkpointed(run: &mut Run, e: &Checkpointed) -> bool {
    run.checkpoint = Some(e.clone());
    run.checkpoints = run.checkpoints.saturating_add(1);
    run.after(Step::Checkpoint).is_some()
}

fn context_selected(run: &mut Run, e: &ContextSelected) -> bool {
    let is_new = run.selection(&e.selection_key).is_none();
    run.selections.push(e.clone());
    is_new && run.after(Step::SelectContext).is_some()
}

fn gate_opened(run: &mut Run, e: &GateOpened) -> bool {
    let is_next = e.gate_id == run.next_gate(e.gate_id.kind);
    let gate = OpenGate {
        gate_id: e.gate_id,
        place: e.place.clone(),
        field: e.field.clone(),
        expires_at_us: e.expires_at_us,
    };
    count_time(run, e.at_us);
    let opened = match e.gate_id.kind {
        GateKind::Setup => moves(run, Step::OpenSetup, Stage::SetupGate(gate)),
        GateKind::Review => moves(run, Step::OpenReview, Stage::ReviewGate(gate)),
    };
    is_next && opened
}

fn gate_skipped(run: &mut Run, e: &GateSkipped) -> bool {
    let is_next = e.gate_id == run.next_gate(GateKind::Review);
    let gate = ClosedGate {
        place: Some(e.place.clone()),
        attempt: run.attempt,
        fate: Fate::Skipped,
    };
    run.closed_gates.insert(e.gate_id, gate);
    is_next && run.after(Step::SkipGate).is_some()
}

fn gate_answered(run: &mut Run, e: &GateAnswered) -> bool {
    let prompt = match e.prompt {
        Some(_) => Prompt::Captured,
        None => Prompt::Absent,
    };
    let fate = Fate::Answered {
        by: e.by.clone(),
        answer: e.answer.clone(),
        prompt,
    };
    let was_open = close_gate(run, Some(e.gate_id), fate) && run.open_gate().is_some();
    let to = match e.gate_id.kind {
        GateKind::Setup => Stage::Enqueued,
        GateKind::Review => Stage::Resuming { since_us: e.at_us },
    };
    let may_change_inputs = e.inputs.is_none() || e.gate_id.kind == GateKind::Setup;
    if let Some(inputs) = &e.inputs {
        run.inputs = inputs.clone();
    }
    was_open && may_change_inputs && moves(run, Step::Answer, to)
}

/// Whether `gate_id` is the open gate, or there is none. The caller leaves the stage that held it open.
fn close_gate(run: &mut Run, gate_id: Option<GateId>, fate: Fate) -> bool {
    let open = run.open_gate().cloned();
    let was_open = open.as_ref().map(|gate| gate.gate_id);
    if let Some(gate) = open {
        let closed = ClosedGate {
            place: gate.place,
            attempt: run.attempt,
            fate,
        };
        run.closed_gates.insert(gate.gate_id, closed);
    }
    was_open == gate_id
}

fn prompt_excluded(run: &mut Run, gate_id: GateId) -> bool {
    let gate = run.closed_gates.get_mut(&gate_id);
    let Some(Fate::Answered { prompt, .. }) = gate.map(|gate| &mut gate.fate) else {
        return false;
    };
    std::mem::replace(prompt, Prompt::Excluded) == Prompt::Captured
}

fn release_awaited(run: &mut Run, e: &ReleaseAwaited) -> bool {
    count_time(run, e.at_us);
    moves(
        run,
        Step::AwaitRelease,
        Stage::WaitingRelease(e.place.clone()),
    )
}

fn resumed(run: &mut Run, e: &Resumed) -> bool {
    count_time(run, e.at_us);
    let to = Stage::Resuming { since_us: e.at_us };
    let former = run.segment;
    run.segment = e.segment;
    match e.cause {
        ResumeCause::CrashRecovery => e.segment == former && moves(run, Step::Recover, to),
        ResumeCause::Stopped => {
            let is_next = former.checked_add(1) == Some(e.segment);
            is_next && run.checkpoint.is_some() && moves(run, Step::Resume, to)
        }
    }
}

fn completed(run: &mut Run, e: &Completed) -> bool {
    count_time(run, e.at_us);
    moves(run, Step::Complete, Stage::Completed(e.clone()))
}

fn failed(run: &mut Run, e: &Failed) -> bool {
    count_time(run, e.at_us);
    let fate = if e.code == Code::REJECTED_BY_OPERATOR {
        Fate::Rejected
    } else if e.code == Code::GATE_EXPIRED {
        Fate::Expired
    } else {
        Fate::Superseded
    };
    close_gate(run, e.gate_id, fate) && moves(run, Step::Fail, Stage::Failed(e.clone()))
}

fn stopped(run: &mut Run, e: &Stopped) -> bool {
    count_time(run, e.at_us);
    close_gate(run, e.gate_id, Fate::Superseded) && moves(run, Step::Stop, Stage::Stopped)
}

/// What the former attempt remembered goes, so that nothing is continued from it; its gates stay closed.
fn reset(run: &mut Run, e: &Reset) -> bool {
    let is_next = run.attempt.checked_add(1) == Some(e.attempt)
        && run.segment.checked_add(1) == Some(e.segment);
    run.attempt = e.attempt;
    run.segment = e.segment;
    run.started_at_us = None;
    run.spent_us = 0;
    run.checkpoint = None;
    run.selections.clear();
    is_next && moves(run, Step::Reset, Stage::DraftInput)
}

fn moved(run: &mut Run, e: &Moved) -> bool {
    let from = std::mem::replace(&mut run.project_id, e.to);
    from == e.from && e.from != e.to && run.after(Step::Move).is_some()
}

fn sealed(run: &mut Run, e: &Sealed) -> bool {
    let is_next = run.continues_seals(e) && e.segment <= run.ended_segment();
    run.sealed = Some(e.clone());
    is_next
}
