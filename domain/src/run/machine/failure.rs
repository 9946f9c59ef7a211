//! Why a run cannot go on.

use super::{FLOWS_DEEP_MAX, NodePath, SAID_BYTES_MAX, STEPS_MAX, TEXT_BYTES_MAX, VALUE_DEEP_MAX};

/// The end of a run that failed, and where.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{}{cause}", .node.as_ref().map(|node| format!("{node}: ")).unwrap_or_default())]
pub struct Failure {
    /// The node, if it was one.
    pub node: Option<NodePath>,
    /// Why.
    pub cause: Cause,
}

impl Failure {
    pub(super) const fn nowhere(cause: Cause) -> Self {
        Self { node: None, cause }
    }

    /// Stable; clients branch on it.
    pub const fn code(&self) -> &'static str {
        self.cause.code()
    }
}

/// Why a run failed. `Display` names inputs and limits, never values.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Cause {
    /// A flow is not told what it has to know.
    #[error("the flow needs the input `{name}`")]
    MissingInput {
        /// The input.
        name: String,
    },
    /// A node needs what no node has given so far.
    #[error("nothing has given a value for the input `{input}`")]
    MissingValue {
        /// The input.
        input: String,
    },
    /// A node or a flow does not give what it declares.
    #[error("there is no value for the output `{output}`")]
    MissingOutput {
        /// The output.
        output: String,
    },
    /// A value of one type cannot be taken for another.
    #[error("`{name}` is to be {expected}, and {found} cannot be taken for that")]
    TypeMismatch {
        /// The input or output.
        name: String,
        /// What it should be.
        expected: String,
        /// What it is.
        found: &'static str,
    },
    /// A template is no template, or uses what it has not.
    #[error("the template cannot be filled in: {reason}")]
    Template {
        /// What is wrong.
        reason: String,
    },
    /// A pattern is no pattern, or too costly.
    #[error("the pattern cannot be used: {reason}")]
    Pattern {
        /// What is wrong.
        reason: String,
    },
    /// An address did not answer with success.
    #[error("the call was answered with status {status}")]
    CallFailed {
        /// HTTP status.
        status: u16,
    },
    /// No node follows.
    #[error("no node follows along the branch `{branch}`")]
    BranchNotWired {
        /// The branch.
        branch: String,
    },
    /// A gate was come by too often.
    #[error("the gate may be come by {visits_max} times at most")]
    GateVisitLimit {
        /// The most.
        visits_max: u32,
    },
    /// A run without end.
    #[error("a run goes through {STEPS_MAX} nodes at most")]
    StepBudget,
    /// A text without end.
    #[error("a text has {TEXT_BYTES_MAX} bytes at most")]
    TextTooLong,
    /// A run that says more and more.
    #[error("a run says {SAID_BYTES_MAX} bytes at most")]
    SaidTooMuch,
    /// A value within a value without end.
    #[error("a value is nested {VALUE_DEEP_MAX} deep at most")]
    ValueTooDeep,
    /// A flow within a flow without end.
    #[error("flows are nested {FLOWS_DEEP_MAX} deep at most")]
    FlowTooDeep,
    /// The plan names what it does not have.
    #[error("the plan is broken: {reason}")]
    PlanInvalid {
        /// What is wrong.
        reason: String,
    },
    /// The checkpoint is of another plan.
    #[error("the checkpoint belongs to another plan")]
    PlanChanged,
    /// The outside told what nobody asked for.
    #[error("the run does not wait for this")]
    UnexpectedEvent,
}

impl Cause {
    /// Stable; clients branch on it.
    pub const fn code(&self) -> &'static str {
        match self {
            Self::MissingInput { .. } => "missing_input",
            Self::MissingValue { .. } => "missing_value",
            Self::MissingOutput { .. } => "missing_output",
            Self::TypeMismatch { .. } => "type_mismatch",
            Self::Template { .. } => "template_error",
            Self::Pattern { .. } => "pattern_error",
            Self::CallFailed { .. } => "call_failed",
            Self::BranchNotWired { .. } => "branch_not_wired",
            Self::GateVisitLimit { .. } => "gate_visit_limit",
            Self::StepBudget => "step_budget_exceeded",
            Self::TextTooLong => "text_too_long",
            Self::SaidTooMuch => "said_too_much",
            Self::ValueTooDeep => "value_too_deep",
            Self::FlowTooDeep => "flow_too_deep",
            Self::PlanInvalid { .. } => "plan_invalid",
            Self::PlanChanged => "plan_changed",
            Self::UnexpectedEvent => "unexpected_event",
        }
    }
}
