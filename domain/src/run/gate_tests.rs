//! Gates: asked once, answered once. Source: spec/runs.md 3.4, R17, R18, R22, R25.

use super::RunCommand as Command;
use super::samples::*;
use super::*;
use crate::kernel::testing::{Given, given};
use crate::kernel::{Class, Coded as _, Decider as _};

/// A run that asks at `ask`, with this further history.
fn asking<const N: usize>(history: [RunEvent; N]) -> Given<AgentRun> {
    let asked = [enqueued(), started(NOW), opened(review(1), question(1))];
    given(asked.into_iter().chain(history))
}

fn answering(gate_id: GateId) -> Command {
    Command::Answer(answer(gate_id))
}

fn already(answer_digest: Option<&str>) -> Rejection {
    Rejection::GateAlreadyAnswered {
        gate_id: review(1),
        answer_digest: answer_digest.map(str::to_owned),
    }
}

fn superseded() -> Rejection {
    Rejection::GateSuperseded { gate_id: review(1) }
}

#[test]
fn a_gate_opens_while_none_is_open() {
    executing([])
        .when(open(question(1)))
        .then([opened(review(1), question(1))]);
    asking([]).when(open(question(1))).then_nothing();
    let refused = illegal(Phase::ReviewGate, Step::OpenReview);
    asking([]).when(open(question(2))).then_rejected(refused);
    asking([answered(review(1))])
        .when(open(question(2)))
        .then([opened(review(2), question(2))]);
}

#[test]
fn a_setup_gate_opens_before_the_run_starts() {
    given::<AgentRun>([enqueued()])
        .when(open(setup_question()))
        .then([opened(setup(1), setup_question())]);
    let refused = illegal(Phase::Executing, Step::OpenSetup);
    executing([])
        .when(open(setup_question()))
        .then_rejected(refused);
}

#[test]
fn an_answer_to_a_setup_gate_changes_the_inputs_and_needs_a_worker() {
    let asked = [enqueued(), opened(setup(1), setup_question())];
    let filled = Answer {
        inputs: Some(content(60)),
        ..answer(setup(1))
    };
    let state = folded(&asked);
    let decided = AgentRun::decide(&state, Command::Answer(filled)).unwrap();
    let answered = GateAnswered {
        gate_id: setup(1),
        answer: content(30),
        prompt: None,
        inputs: Some(content(60)),
        by: actor(1),
        at_us: NOW,
    };
    assert_eq!(decided, [answered.into()]);
    let state = folded(&[&asked[..], &decided].concat());
    let run = state.run().unwrap();
    assert_eq!((run.phase(), &run.inputs), (Phase::Enqueued, &content(60)));
    let next = given::<AgentRun>([&asked[..], &decided].concat());
    next.when(open(setup_question()))
        .then([opened(setup(2), setup_question())]);
}

#[test]
fn the_first_answer_wins() {
    asking([])
        .when(answering(review(1)))
        .then([answered(review(1))]);
    let after = || asking([answered(review(1))]);
    let digest = content(30).digest;
    let same = Answer {
        answer_equals_first: true,
        ..answer(review(1))
    };
    after().when(Command::Answer(same.clone())).then_nothing();
    let other = already(Some(&digest));
    after()
        .when(answering(review(1)))
        .then_rejected(other.clone());
    let by_another = Answer {
        by: actor(2),
        ..same.clone()
    };
    after()
        .when(Command::Answer(by_another))
        .then_rejected(other);
    let ended = asking([answered(review(1)), stopped(None)]);
    ended.when(Command::Answer(same)).then_nothing();
}

#[test]
fn an_answer_to_another_gate_than_the_open_one_does_nothing() {
    let gate_id = review(2);
    let unknown = Rejection::GateNotFound { gate_id };
    assert_eq!(unknown.class(), Class::NotFound);
    asking([]).when(answering(gate_id)).then_rejected(unknown);
    let gate_id = setup(1);
    let unknown = Rejection::GateNotFound { gate_id };
    asking([]).when(answering(gate_id)).then_rejected(unknown);
}

#[test]
fn what_comes_after_the_end_of_a_run_is_superseded() {
    let ends = [stopped(Some(review(1))), failed(Some(review(1)))];
    for end in ends {
        asking([end.clone()])
            .when(answering(review(1)))
            .then_rejected(superseded());
        let reject = Command::Reject {
            gate_id: review(1),
            reason: None,
            now_us: NOW,
        };
        asking([end]).when(reject).then_rejected(superseded());
    }
    asking([]).when(stop()).then([stopped(Some(review(1)))]);
    asking([]).when(fail(1)).then([failed(Some(review(1)))]);
    assert_eq!(superseded().class(), Class::Conflict);
}

#[test]
fn an_answer_in_time_counts() {
    let end = NOW + SECOND;
    let ending = Question {
        expires_at_us: Some(end),
        ..question(1)
    };
    let history = [enqueued(), started(NOW), opened(review(1), ending)];
    let ending = || given::<AgentRun>(history.clone());
    let at = |now_us| {
        let answer = answer(review(1));
        Command::Answer(Answer { now_us, ..answer })
    };
    let expired = || Rejection::GateExpired { gate_id: review(1) };
    ending().when(at(end)).then_rejected(expired());
    let answered = GateAnswered {
        gate_id: review(1),
        answer: content(30),
        prompt: Some(content(31)),
        inputs: None,
        by: actor(1),
        at_us: end - 1,
    };
    ending().when(at(end - 1)).then([answered.into()]);
    let expire = |now_us| Command::Expire { now_us };
    ending().when(expire(end - 1)).then_nothing();
    let failed: RunEvent = Failed {
        code: Code::GATE_EXPIRED,
        node: Some(name("ask")),
        message: None,
        gate_id: Some(review(1)),
        at_us: end,
    }
    .into();
    ending().when(expire(end)).then([failed.clone()]);
    let over = given::<AgentRun>(history.iter().cloned().chain([failed]));
    over.when(at(end - 1)).then_rejected(expired());
}

#[test]
fn a_rejected_gate_fails_the_run() {
    let reject = || Command::Reject {
        gate_id: review(1),
        reason: Some(content(61)),
        now_us: NOW,
    };
    let failed: RunEvent = Failed {
        code: Code::REJECTED_BY_OPERATOR,
        node: Some(name("ask")),
        message: Some(content(61)),
        gate_id: Some(review(1)),
        at_us: NOW,
    }
    .into();
    asking([]).when(reject()).then([failed.clone()]);
    asking([failed.clone()]).when(reject()).then_nothing();
    asking([failed])
        .when(answering(review(1)))
        .then_rejected(already(None));
    let digest = content(30).digest;
    asking([answered(review(1))])
        .when(reject())
        .then_rejected(already(Some(&digest)));
    let gate_id = review(7);
    let unknown = Command::Reject {
        gate_id,
        reason: None,
        now_us: NOW,
    };
    asking([])
        .when(unknown)
        .then_rejected(Rejection::GateNotFound { gate_id });
}

#[test]
fn an_answer_is_bounded() {
    let sized = |size| {
        let mut answer = answer(review(1));
        answer.answer.size = size;
        Command::Answer(answer)
    };
    let bounded = AgentRun::decide(
        &folded(&history_to(Phase::ReviewGate)),
        sized(ANSWER_BYTES_MAX),
    );
    assert!(bounded.is_ok());
    asking([])
        .when(sized(ANSWER_BYTES_MAX + 1))
        .then_rejected(Rejection::AnswerTooLarge);
}

#[test]
fn a_place_that_was_answered_is_not_asked_again_in_the_attempt() {
    let recovered = Resumed {
        cause: ResumeCause::CrashRecovery,
        segment: 1,
        at_us: NOW,
    };
    let digest = content(30).digest;
    let history = [answered(review(1)), started(NOW), recovered.into()];
    let going_on = asking(history.clone());
    going_on
        .when(open(question(1)))
        .then_rejected(already(Some(&digest)));
    let state = folded(&[&history_to(Phase::ReviewGate)[..], &history].concat());
    let run = state.run().unwrap();
    let settled = run.settled_gate(&place("ask", 1));
    assert_eq!(settled.map(|(id, _)| id), Some(review(1)));
    assert_eq!(run.settled_gate(&place("ask", 2)), None);
    let reset = Reset {
        attempt: 2,
        segment: 2,
    };
    let again = Started {
        segment: 2,
        attempt: 2,
        at_us: NOW,
    };
    let submitted = Enqueued {
        reason: EnqueueReason::Submitted,
    };
    let again = [submitted.into(), again.into()];
    let again = [answered(review(1)), failed(None), reset.into()]
        .into_iter()
        .chain(again);
    let again = given::<AgentRun>(history_to(Phase::ReviewGate).into_iter().chain(again));
    again
        .when(work(2, Work::OpenGate(question(1))))
        .then([opened(review(2), question(1))]);
}

#[test]
fn a_superseded_gate_is_asked_again_when_the_run_goes_on() {
    let resumed = Resumed {
        cause: ResumeCause::Stopped,
        segment: 2,
        at_us: NOW,
    };
    let history = [stopped(Some(review(1))), resumed.into()];
    let history = history_to(Phase::ReviewGate).into_iter().chain(history);
    given::<AgentRun>(history)
        .when(work(2, Work::OpenGate(question(1))))
        .then([opened(review(2), question(1))]);
}

#[test]
fn a_skipped_gate_does_not_shift_later_ones() {
    let skip = |node: &str| {
        let place = place(node, 1);
        let reason = code("all_known");
        work(1, Work::SkipGate { place, reason })
    };
    let skipped: RunEvent = GateSkipped {
        gate_id: review(1),
        place: place("pick", 1),
        reason: code("all_known"),
    }
    .into();
    executing([]).when(skip("pick")).then([skipped.clone()]);
    let after = || executing([skipped.clone()]);
    after().when(skip("pick")).then_nothing();
    after()
        .when(open(question(1)))
        .then([opened(review(2), question(1))]);
    after()
        .when(answering(review(1)))
        .then_rejected(already(None));
    let digest = content(30).digest;
    asking([answered(review(1)), started(NOW)])
        .when(skip("ask"))
        .then_rejected(already(Some(&digest)));
}

#[test]
fn what_was_noted_teaches_unless_somebody_takes_it_out() {
    let exclude = |gate_id| Command::ExcludePrompt(gate_id);
    let excluded: RunEvent = PromptExcluded { gate_id: review(1) }.into();
    let noted = || answered(review(1));
    asking([noted()])
        .when(exclude(review(1)))
        .then([excluded.clone()]);
    asking([noted(), excluded])
        .when(exclude(review(1)))
        .then_nothing();
    let silent = GateAnswered {
        gate_id: review(1),
        answer: content(30),
        prompt: None,
        inputs: None,
        by: actor(1),
        at_us: NOW,
    };
    let gate_id = review(1);
    let not_found = Rejection::PromptNotFound { gate_id };
    asking([silent.into()])
        .when(exclude(gate_id))
        .then_rejected(not_found.clone());
    asking([]).when(exclude(gate_id)).then_rejected(not_found);
}
