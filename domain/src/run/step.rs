//! The one table of how a run gets from where it stands to somewhere else.

use std::fmt;

use super::Phase::{
    self, Armed, AwaitingTriggerChoice, Completed, DraftInput, Enqueued, Executing, Failed,
    Resuming, ReviewGate, SetupGate, Stopped, WaitingRelease,
};

/// Declares the steps with the words by which refusals name them.
macro_rules! steps {
    ($($(#[$doc:meta])* $step:ident = $word:literal,)+) => {
        /// What can be asked of a run that is there.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        pub enum Step { $($(#[$doc])* $step,)+ }

        impl Step {
            /// Every step.
            pub const ALL: &'static [Self] = &[$(Self::$step,)+];

            /// As refusals name it.
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$step => $word,)+ }
            }
        }
    };
}

steps! {
    /// Have other inputs.
    ChangeInputs = "change_inputs",
    /// Wait for somebody to say what starts it.
    AskTrigger = "ask_trigger",
    /// Start at a time.
    Arm = "arm",
    /// Be a draft again instead.
    Disarm = "disarm",
    /// Be taken by a worker.
    Submit = "submit",
    /// Be taken by none, because none could be told.
    Withdraw = "withdraw",
    /// Go on, because the time has come.
    Release = "release",
    /// Execute.
    Start = "start",
    /// Remember how far it came.
    Checkpoint = "checkpoint",
    /// Pin artifacts to a slot.
    SelectContext = "select_context",
    /// Ask for missing inputs.
    OpenSetup = "open_setup",
    /// Ask what the flow asks.
    OpenReview = "open_review",
    /// Pass a gate by.
    SkipGate = "skip_gate",
    /// Take an answer.
    Answer = "answer",
    /// Wait for the time of a step.
    AwaitRelease = "await_release",
    /// Be taken by another worker, because the first is gone.
    Recover = "recover",
    /// Be done.
    Complete = "complete",
    /// Go wrong.
    Fail = "fail",
    /// End before it is done.
    Stop = "stop",
    /// Begin again after it went wrong.
    Reset = "reset",
    /// Go on after it was stopped.
    Resume = "resume",
    /// Be in another project.
    Move = "move",
    /// Be no more.
    Purge = "purge",
}

impl fmt::Display for Step {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl Phase {
    /// Where a step leads from here; nowhere when it is illegal. Rules and history both go by this.
    pub fn after(self, step: Step) -> Option<Self> {
        let moves = MOVES.iter();
        let mut moves = moves.filter(|(from, by, _)| *by == step && from.contains(&self));
        let stays = || {
            let mut stays = STAYS.iter();
            stays.any(|(at, by)| *by == step && at.contains(&self))
        };
        match moves.next() {
            Some((_, _, to)) => Some(*to),
            None => stays().then_some(self),
        }
    }
}

const NOT_TERMINAL: &[Phase] = &[
    DraftInput,
    AwaitingTriggerChoice,
    Armed,
    Enqueued,
    SetupGate,
    Executing,
    WaitingRelease,
    ReviewGate,
    Resuming,
];
const TERMINAL: &[Phase] = &[Completed, Failed, Stopped];
const AT_WORK: &[Phase] = &[Executing, Resuming];

/// What leads where. Source: spec/runs.md 1.3; [`Step::Recover`] is 1.6.
const MOVES: &[(&[Phase], Step, Phase)] = &[
    (&[DraftInput], Step::AskTrigger, AwaitingTriggerChoice),
    (&[DraftInput, AwaitingTriggerChoice], Step::Arm, Armed),
    (&[AwaitingTriggerChoice, Armed], Step::Disarm, DraftInput),
    (&[DraftInput], Step::Submit, Enqueued),
    (&[Enqueued], Step::Withdraw, DraftInput),
    (&[Armed], Step::Release, Enqueued),
    (&[WaitingRelease], Step::Release, Executing),
    (&[Enqueued, Resuming], Step::Start, Executing),
    (&[Enqueued], Step::OpenSetup, SetupGate),
    (&[SetupGate], Step::Answer, Enqueued),
    (AT_WORK, Step::OpenReview, ReviewGate),
    (&[ReviewGate], Step::Answer, Resuming),
    (&[Executing], Step::AwaitRelease, WaitingRelease),
    (&[Executing], Step::Recover, Resuming),
    (AT_WORK, Step::Complete, Completed),
    (NOT_TERMINAL, Step::Fail, Failed),
    (NOT_TERMINAL, Step::Stop, Stopped),
    (&[Failed], Step::Reset, DraftInput),
    (&[Stopped], Step::Resume, Resuming),
];

/// What leads nowhere else. A run moves to another project unless somebody or something works at it.
const STAYS: &[(&[Phase], Step)] = &[
    (&[DraftInput], Step::ChangeInputs),
    (AT_WORK, Step::Checkpoint),
    (AT_WORK, Step::SelectContext),
    (AT_WORK, Step::SkipGate),
    (
        &[DraftInput, AwaitingTriggerChoice, Armed, Enqueued],
        Step::Move,
    ),
    (TERMINAL, Step::Move),
    (TERMINAL, Step::Purge),
];
