//! How a run ends, begins again, goes elsewhere and is no more.

use super::{Decision, must_be_legal, step};
use crate::kernel::{ContentRef, ProjectId};
use crate::run::{
    AuthoredName, Cascade, Code, Failed, Limit, Moved, Purged, Rejection, Reset, ResumeCause,
    Resumed, Run, RunEvent, RunState, Sealed, Stage, Step, Stop, Stopped,
};

/// What went wrong, where, and what is told of it.
pub(super) struct Failure {
    pub(super) code: Code,
    pub(super) node: Option<AuthoredName>,
    pub(super) message: Option<ContentRef>,
}

/// The first failure counts; the same one again is nothing.
pub(super) fn fail(run: &Run, failure: Failure, now_us: i64) -> Decision {
    if let Stage::Failed(first) = &run.stage
        && first.code == failure.code
        && first.node == failure.node
        && first.message == failure.message
    {
        return Ok(Vec::new());
    }
    let failed = Failed {
        code: failure.code,
        node: failure.node,
        message: failure.message,
        gate_id: run.open_gate().map(|gate| gate.gate_id),
        at_us: now_us,
    };
    step(run, Step::Fail, failed)
}

/// Nobody asks: a timer does, and may be early, late or needless.
pub(super) fn expire(run: &Run, now_us: i64) -> Decision {
    let is_due = run.due_at_us().is_some_and(|due| now_us >= due);
    if !is_due {
        return Ok(Vec::new());
    }
    let gate = run.open_gate();
    let place = gate.and_then(|gate| gate.place.as_ref());
    let failure = Failure {
        code: match gate {
            Some(_) => Code::GATE_EXPIRED,
            None => Code::TIMED_OUT,
        },
        node: place.map(|place| place.node.clone()),
        message: None,
    };
    fail(run, failure, now_us)
}

/// Whoever stops what has ended looks at what it came to.
pub(super) fn stop(run: &Run, stop: Stop) -> Vec<RunEvent> {
    let is_reached = stop.cascade.is_none_or(|cascade| reaches(cascade, run));
    if run.phase().is_terminal() || !is_reached {
        return Vec::new();
    }
    let stopped = Stopped {
        reason: stop.reason,
        cascade_from: stop.cascade.map(|cascade| cascade.from),
        gate_id: run.open_gate().map(|gate| gate.gate_id),
        at_us: stop.now_us,
    };
    vec![stopped.into()]
}

/// Runs of others, and of nobody, outlive the one that started them. Source: spec/runs.md 1.6.
fn reaches(cascade: Cascade, run: &Run) -> bool {
    let is_child = run.parent_run_id == Some(cascade.from);
    is_child && run.run_by.is_some() && run.run_by == cascade.run_by
}

pub(super) fn resume(run: &Run, now_us: i64) -> Decision {
    must_be_legal(run, Step::Resume)?;
    if run.checkpoint.is_none() {
        return Err(Rejection::NoCheckpoint);
    }
    let resumed = Resumed {
        cause: ResumeCause::Stopped,
        segment: next_segment(run)?,
        at_us: now_us,
    };
    Ok(vec![resumed.into()])
}

pub(super) fn reset(run: &Run) -> Decision {
    must_be_legal(run, Step::Reset)?;
    let reset = Reset {
        attempt: run.attempt.saturating_add(1),
        segment: next_segment(run)?,
    };
    Ok(vec![reset.into()])
}

fn next_segment(run: &Run) -> Result<u32, Rejection> {
    Limit::Segments.admits_another(usize::try_from(run.segment).unwrap_or(usize::MAX))?;
    Ok(run.segment.saturating_add(1))
}

pub(super) fn move_to(run: &Run, to: Option<ProjectId>, reason: Option<ContentRef>) -> Decision {
    let from = run.project_id;
    if from == to {
        return Ok(Vec::new());
    }
    step(run, Step::Move, Moved { from, to, reason })
}

pub(super) fn seal(run: &Run, seal: Sealed) -> Decision {
    if run.sealed.as_ref() == Some(&seal) {
        return Ok(Vec::new());
    }
    if seal.segment > run.ended_segment() || !run.continues_seals(&seal) {
        let segment = seal.segment;
        return Err(Rejection::SealMismatch { segment });
    }
    Ok(vec![seal.into()])
}

pub(super) fn purge(state: &RunState) -> Decision {
    match state {
        RunState::Absent => Err(Rejection::RunNotFound),
        RunState::Present(run) => {
            let package_name = run.pin.package_name.clone();
            step(run, Step::Purge, Purged { package_name })
        }
        RunState::Purged => Ok(Vec::new()),
    }
}
