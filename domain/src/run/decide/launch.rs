//! How a run comes to be taken by a worker: at once, when somebody submits it, or when its time comes.

use super::{Decision, step};
use crate::kernel::ContentRef;
use crate::run::{
    Armed, Code, Disarmed, EnqueueReason, Enqueued, InputsChanged, Phase, Rejection, Released, Run,
    Schedule, Stage, Step, TriggerAsked, Withdrawn,
};

/// The least time to a release. Source: spec/runs.md 1.3.
const LEAD_US: i64 = 1_000_000;

/// Contents are salted, so the same inputs typed again are others: only a repetition is nothing.
pub(super) fn change_inputs(run: &Run, inputs: ContentRef) -> Decision {
    let is_same = run.inputs == inputs;
    let mut events = step(run, Step::ChangeInputs, InputsChanged { inputs })?;
    events.retain(|_| !is_same);
    Ok(events)
}

pub(super) fn ask_trigger(run: &Run) -> Decision {
    if run.phase() == Phase::AwaitingTriggerChoice {
        return Ok(Vec::new());
    }
    step(run, Step::AskTrigger, TriggerAsked {})
}

pub(super) fn arm(run: &Run, schedule: Schedule, now_us: i64) -> Decision {
    if run.stage == Stage::Armed(schedule.clone()) {
        return Ok(Vec::new());
    }
    let is_too_soon = match &schedule {
        Schedule::Once { at_us } => *at_us < now_us.saturating_add(LEAD_US),
        Schedule::Recurring { .. } => false,
    };
    let events = step(run, Step::Arm, Armed { schedule })?;
    if is_too_soon {
        return Err(Rejection::ReleaseTooSoon);
    }
    Ok(events)
}

pub(super) fn disarm(run: &Run) -> Decision {
    if run.phase() == Phase::DraftInput {
        return Ok(Vec::new());
    }
    step(run, Step::Disarm, Disarmed {})
}

pub(super) fn submit(run: &Run, reason: EnqueueReason) -> Decision {
    if run.phase() == Phase::Enqueued {
        return Ok(Vec::new());
    }
    step(run, Step::Submit, Enqueued { reason })
}

pub(super) fn withdraw(run: &Run, reason: Code) -> Decision {
    if run.phase() == Phase::DraftInput {
        return Ok(Vec::new());
    }
    step(run, Step::Withdraw, Withdrawn { reason })
}

pub(super) fn release(run: &Run, now_us: i64) -> Decision {
    step(run, Step::Release, Released { at_us: now_us })
}
