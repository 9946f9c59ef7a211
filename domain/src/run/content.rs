//! What people and agents typed into a run: everything of it that can be forgotten.

use super::RunEvent;
use crate::kernel::ContentRef;

impl RunEvent {
    /// What it refers to beside the ledger.
    pub fn contents(&self) -> Vec<&ContentRef> {
        match self {
            Self::Created(body) => [Some(&body.inputs), body.title.as_ref()]
                .into_iter()
                .flatten()
                .collect(),
            Self::InputsChanged(body) => vec![&body.inputs],
            Self::GateOpened(body) => [&body.schema, &body.values].into_iter().flatten().collect(),
            Self::GateAnswered(body) => [
                Some(&body.answer),
                body.prompt.as_ref(),
                body.inputs.as_ref(),
            ]
            .into_iter()
            .flatten()
            .collect(),
            Self::Completed(body) => vec![&body.outputs],
            Self::Failed(body) => body.message.iter().collect(),
            Self::Stopped(body) => body.reason.iter().collect(),
            Self::Moved(body) => body.reason.iter().collect(),
            Self::TriggerAsked(_)
            | Self::Armed(_)
            | Self::Disarmed(_)
            | Self::Enqueued(_)
            | Self::Withdrawn(_)
            | Self::Released(_)
            | Self::Started(_)
            | Self::Checkpointed(_)
            | Self::ContextSelected(_)
            | Self::GateSkipped(_)
            | Self::PromptExcluded(_)
            | Self::ReleaseAwaited(_)
            | Self::Resumed(_)
            | Self::Reset(_)
            | Self::Sealed(_)
            | Self::Purged(_) => Vec::new(),
        }
    }
}
