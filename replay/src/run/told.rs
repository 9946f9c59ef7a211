//! Which events have happened when a frame was shown.
//!
//! A frame that tells of a transition commits with the transition's events: whoever was shown it knows them. What a run
//! does between two transitions (a worker takes it, it can go on from a node) no frame tells, and counts once the clock
//! of the log has passed it.

use std::collections::HashMap;

use cinatra_domain::kernel::CommandId;
use cinatra_domain::run::RunEvent;
use cinatra_domain::run::frame::{self, Channel, FrameBody};
use cinatra_eventstore::Frame;

use super::Fact;

/// What a frame and an event have in common that tell of the same transition.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
enum Transition {
    /// A segment began.
    Began(u32),
    /// The gate of this id was opened.
    Asked(String),
    /// It was answered.
    Answered(String),
    /// The segment ended.
    Ended(u32),
}

/// For each frame, how many of the facts had happened when it was shown. It never falls.
pub(super) fn happened(facts: &[Fact], frames: &[Frame]) -> Vec<usize> {
    let known = transitions(facts);
    let mut count = 0;
    let mut counts = Vec::with_capacity(frames.len());
    for frame in frames {
        let told = told(frame).and_then(|told| known.get(&told).copied());
        count = count.max(told.unwrap_or(0));
        while let Some(next) = facts.get(count) {
            let is_told_later = known
                .values()
                .any(|end| *end > count && same_append(facts, *end - 1, count));
            if is_told_later || next.recorded_at > frame.recorded_at {
                break;
            }
            count += 1;
        }
        counts.push(count);
    }
    counts
}

/// Where the append of each transition ends, in facts.
fn transitions(facts: &[Fact]) -> HashMap<Transition, usize> {
    let mut known = HashMap::new();
    let mut segment = 1;
    for (at, fact) in facts.iter().enumerate() {
        let transition = match &fact.event {
            RunEvent::Created(_) => Some(Transition::Began(segment)),
            RunEvent::Reset(reset) => {
                segment = reset.segment;
                Some(Transition::Began(segment))
            }
            RunEvent::Resumed(resumed) if resumed.segment > segment => {
                segment = resumed.segment;
                Some(Transition::Began(segment))
            }
            RunEvent::GateOpened(gate) => Some(Transition::Asked(gate.gate_id.to_string())),
            RunEvent::GateAnswered(gate) => Some(Transition::Answered(gate.gate_id.to_string())),
            RunEvent::Completed(_) | RunEvent::Failed(_) | RunEvent::Stopped(_) => {
                Some(Transition::Ended(segment))
            }
            RunEvent::InputsChanged(_)
            | RunEvent::TriggerAsked(_)
            | RunEvent::Armed(_)
            | RunEvent::Disarmed(_)
            | RunEvent::Enqueued(_)
            | RunEvent::Withdrawn(_)
            | RunEvent::Released(_)
            | RunEvent::Started(_)
            | RunEvent::Checkpointed(_)
            | RunEvent::ContextSelected(_)
            | RunEvent::GateSkipped(_)
            | RunEvent::PromptExcluded(_)
            | RunEvent::ReleaseAwaited(_)
            | RunEvent::Resumed(_)
            | RunEvent::Moved(_)
            | RunEvent::Sealed(_)
            | RunEvent::Purged(_) => None,
        };
        if let Some(transition) = transition {
            let rest = &facts[at..];
            let together = rest.iter().take_while(|it| it.command == fact.command);
            known.insert(transition, at + together.count());
        }
    }
    known
}

fn same_append(facts: &[Fact], one: usize, other: usize) -> bool {
    let command = |at: usize| -> Option<CommandId> { facts.get(at).map(|fact| fact.command) };
    command(one) == command(other)
}

/// The transition that a frame tells of.
fn told(frame: &Frame) -> Option<Transition> {
    if Channel::of_code(frame.channel) != Some(Channel::AgUi) {
        return None;
    }
    let segment = u32::try_from(frame.segment).ok()?;
    let read: frame::Frame = serde_json::from_slice(&frame.data).ok()?;
    match read.body {
        FrameBody::RunStarted { .. } => Some(Transition::Began(segment)),
        FrameBody::Interrupt(asked) => Some(Transition::Asked(asked.gate_id)),
        FrameBody::Resume { review_task_id, .. } => Some(Transition::Answered(review_task_id)),
        FrameBody::RunFinished { .. } | FrameBody::RunError { .. } => {
            Some(Transition::Ended(segment))
        }
        FrameBody::StepStarted { .. }
        | FrameBody::StepFinished { .. }
        | FrameBody::TextMessageStart { .. }
        | FrameBody::TextMessageContent { .. }
        | FrameBody::TextMessageEnd { .. }
        | FrameBody::ToolCallStart { .. }
        | FrameBody::ToolCallEnd { .. }
        | FrameBody::StateSnapshot { .. }
        | FrameBody::DataPart { .. } => None,
    }
}
