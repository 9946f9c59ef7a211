//! What a worker may say of the run that it executes. What comes from an earlier segment is dropped.

use super::{Decision, gates, lifecycle, must_be_legal, step};
use crate::kernel::ContentRef;
use crate::run::{
    Checkpointed, Completed, ContextSelected, Limit, Phase, Place, Rejection, ReleaseAwaited,
    ResumeCause, Resumed, Run, Stage, Started, Step, Work,
};

pub(super) fn decide(run: &Run, segment: u32, work: Work) -> Decision {
    if segment != run.segment {
        let (asked, current) = (segment, run.segment);
        return Err(Rejection::StaleSegment { asked, current });
    }
    match work {
        Work::Start { now_us } => start(run, now_us),
        Work::Checkpoint(checkpoint) => remember(run, checkpoint),
        Work::SelectContext(selection) => select_context(run, selection),
        Work::OpenGate(question) => gates::open(run, question),
        Work::SkipGate { place, reason } => gates::skip(run, place, reason),
        Work::AwaitRelease { place, now_us } => await_release(run, place, now_us),
        Work::Recover { now_us } => recover(run, now_us),
        Work::Complete { outputs, now_us } => complete(run, outputs, now_us),
        Work::Fail {
            code,
            node,
            message,
            now_us,
        } => {
            let failure = lifecycle::Failure {
                code,
                node,
                message,
            };
            lifecycle::fail(run, failure, now_us)
        }
    }
}

/// One worker only: a second one that comes is refused, not told that it has begun.
fn start(run: &Run, now_us: i64) -> Decision {
    let started = Started {
        segment: run.segment,
        attempt: run.attempt,
        at_us: now_us,
    };
    step(run, Step::Start, started)
}

fn remember(run: &Run, checkpoint: Checkpointed) -> Decision {
    must_be_legal(run, Step::Checkpoint)?;
    if run.checkpoint.as_ref() == Some(&checkpoint) {
        return Ok(Vec::new());
    }
    Limit::Checkpoints.admits_another(usize::try_from(run.checkpoints).unwrap_or(usize::MAX))?;
    Ok(vec![checkpoint.into()])
}

fn select_context(run: &Run, selection: ContextSelected) -> Decision {
    must_be_legal(run, Step::SelectContext)?;
    if run.selection(&selection.selection_key).is_some() {
        return Ok(Vec::new());
    }
    Limit::ContextRefs.admits(selection.refs.len())?;
    Limit::Selections.admits_another(run.selections.len())?;
    Ok(vec![selection.into()])
}

fn await_release(run: &Run, place: Place, now_us: i64) -> Decision {
    if run.stage == Stage::WaitingRelease(place.clone()) {
        return Ok(Vec::new());
    }
    let at_us = now_us;
    step(run, Step::AwaitRelease, ReleaseAwaited { place, at_us })
}

fn recover(run: &Run, now_us: i64) -> Decision {
    if run.phase() == Phase::Resuming {
        return Ok(Vec::new());
    }
    let resumed = Resumed {
        cause: ResumeCause::CrashRecovery,
        segment: run.segment,
        at_us: now_us,
    };
    step(run, Step::Recover, resumed)
}

fn complete(run: &Run, outputs: ContentRef, now_us: i64) -> Decision {
    if let Stage::Completed(first) = &run.stage
        && first.outputs == outputs
    {
        return Ok(Vec::new());
    }
    let at_us = now_us;
    step(run, Step::Complete, Completed { outputs, at_us })
}
