//! What a run asks people, and what they answer. Source: spec/runs.md 3.1, 3.4.

use super::{Decision, lifecycle, must_be_legal};
use crate::kernel::ContentRef;
use crate::run::{
    ANSWER_BYTES_MAX, Answer, ClosedGate, Code, Fate, GateAnswered, GateId, GateKind, GateOpened,
    GateSkipped, Limit, OpenGate, Place, Prompt, PromptExcluded, Question, Rejection, Run, Step,
};

/// A flow that is continued from an earlier checkpoint comes by places that were answered since: the answer holds.
pub(super) fn open(run: &Run, question: Question) -> Decision {
    if run.open_gate().is_some_and(|gate| asks(gate, &question)) {
        return Ok(Vec::new());
    }
    let by = match question.kind {
        GateKind::Setup => Step::OpenSetup,
        GateKind::Review => Step::OpenReview,
    };
    must_be_legal(run, by)?;
    let settled = question.place.as_ref();
    if let Some((gate_id, gate)) = settled.and_then(|place| run.settled_gate(place)) {
        return Err(refusal(gate_id, &gate.fate));
    }
    Limit::Gates.admits_another(run.closed_gates.len())?;
    let opened = GateOpened {
        gate_id: run.next_gate(question.kind),
        place: question.place,
        field: question.field,
        renderer: question.renderer,
        surface: question.surface,
        requires_approval: question.requires_approval,
        schema: question.schema,
        values: question.values,
        expires_at_us: question.expires_at_us,
        at_us: question.now_us,
    };
    Ok(vec![opened.into()])
}

fn asks(gate: &OpenGate, question: &Question) -> bool {
    gate.gate_id.kind == question.kind
        && gate.place == question.place
        && gate.field == question.field
}

pub(super) fn skip(run: &Run, place: Place, reason: Code) -> Decision {
    must_be_legal(run, Step::SkipGate)?;
    match run.settled_gate(&place) {
        Some((_, gate)) if gate.fate == Fate::Skipped => return Ok(Vec::new()),
        Some((gate_id, gate)) => return Err(refusal(gate_id, &gate.fate)),
        None => {}
    }
    Limit::Gates.admits_another(run.closed_gates.len())?;
    let gate_id = run.next_gate(GateKind::Review);
    let skipped = GateSkipped {
        gate_id,
        place,
        reason,
    };
    Ok(vec![skipped.into()])
}

/// The first answer wins. What comes later hears what became of the gate, whatever the run has come to since.
pub(super) fn answer(run: &Run, command: Answer) -> Decision {
    let gate_id = command.gate_id;
    if let Some(gate) = run.closed_gates.get(&gate_id) {
        return again(&command, gate);
    }
    let gate = open_gate(run, gate_id)?;
    if gate.has_ended(command.now_us) {
        return Err(Rejection::GateExpired { gate_id });
    }
    if command.answer.size > ANSWER_BYTES_MAX {
        return Err(Rejection::AnswerTooLarge);
    }
    let (prompt, inputs) = match gate_id.kind {
        GateKind::Setup => (None, command.inputs),
        GateKind::Review => (command.prompt, None),
    };
    let answered = GateAnswered {
        gate_id,
        answer: command.answer,
        prompt,
        inputs,
        by: command.by,
        at_us: command.now_us,
    };
    Ok(vec![answered.into()])
}

fn again(command: &Answer, gate: &ClosedGate) -> Decision {
    if let Fate::Answered { by, .. } = &gate.fate
        && *by == command.by
        && command.answer_equals_first
    {
        return Ok(Vec::new());
    }
    Err(refusal(command.gate_id, &gate.fate))
}

fn refusal(gate_id: GateId, fate: &Fate) -> Rejection {
    let answered = |answer_digest| Rejection::GateAlreadyAnswered {
        gate_id,
        answer_digest,
    };
    match fate {
        Fate::Answered { answer, .. } => answered(Some(answer.digest.clone())),
        Fate::Skipped | Fate::Rejected => answered(None),
        Fate::Expired => Rejection::GateExpired { gate_id },
        Fate::Superseded => Rejection::GateSuperseded { gate_id },
    }
}

fn open_gate(run: &Run, gate_id: GateId) -> Result<&OpenGate, Rejection> {
    let gate = run.open_gate().filter(|gate| gate.gate_id == gate_id);
    gate.ok_or(Rejection::GateNotFound { gate_id })
}

/// A gate that has ended can still be rejected: either way the run does not go on.
pub(super) fn reject(
    run: &Run,
    gate_id: GateId,
    message: Option<ContentRef>,
    now_us: i64,
) -> Decision {
    match run.closed_gates.get(&gate_id) {
        Some(gate) if gate.fate == Fate::Rejected => return Ok(Vec::new()),
        Some(gate) => return Err(refusal(gate_id, &gate.fate)),
        None => {}
    }
    let gate = open_gate(run, gate_id)?;
    let rejection = lifecycle::Failure {
        code: Code::REJECTED_BY_OPERATOR,
        node: gate.place.as_ref().map(|place| place.node.clone()),
        message,
    };
    lifecycle::fail(run, rejection, now_us)
}

pub(super) fn exclude_prompt(run: &Run, gate_id: GateId) -> Decision {
    let gate = run.closed_gates.get(&gate_id);
    let not_found = Err(Rejection::PromptNotFound { gate_id });
    let Some(Fate::Answered { prompt, .. }) = gate.map(|gate| &gate.fate) else {
        return not_found;
    };
    match prompt {
        Prompt::Absent => not_found,
        Prompt::Captured => Ok(vec![PromptExcluded { gate_id }.into()]),
        Prompt::Excluded => Ok(Vec::new()),
    }
}
