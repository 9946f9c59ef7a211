//! How a run begins, is worked at, ends and begins again.

use super::RunCommand as Command;
use super::samples::*;
use super::*;
use crate::extension::use_tag;
use crate::kernel::testing::given;
use crate::kernel::{Coded as _, Decider as _};
use crate::permission::{Resource, resource_tag};

#[test]
fn a_run_comes_to_be_once() {
    let create = || Command::Create(Box::new(creation(Start::Enqueued)));
    given::<AgentRun>([]).when(create()).then([enqueued()]);
    given::<AgentRun>([enqueued()])
        .when(create())
        .then_nothing();
    let purged = Purged {
        package_name: package(),
    };
    let gone = || executing([completed(), purged.clone().into()]);
    gone().when(create()).then_nothing();
    gone().when(Command::Purge).then_nothing();
    gone().when(stop()).then_rejected(Rejection::RunNotFound);
    let absent = || given::<AgentRun>([]);
    absent()
        .when(Command::Purge)
        .then_rejected(Rejection::RunNotFound);
    absent()
        .when(start(1))
        .then_rejected(Rejection::RunNotFound);
}

#[test]
fn a_repetition_is_nothing() {
    let draft = || given::<AgentRun>([drafted()]);
    draft()
        .when(Command::ChangeInputs(content(1)))
        .then_nothing();
    let at_us = NOW + SECOND;
    let again = Command::Arm {
        schedule: Schedule::Once { at_us },
        now_us: at_us,
    };
    given::<AgentRun>([drafted(), armed()])
        .when(again)
        .then_nothing();
    let checkpointed = executing([checkpoint(1).into(), selection(2).into()]);
    let again = work(1, Work::Checkpoint(checkpoint(1)));
    checkpointed.when(again).then_nothing();
    let selected = executing([selection(2).into(), selection(3).into()]);
    let again = work(1, Work::SelectContext(selection(2)));
    selected.when(again).then_nothing();
    executing([completed()]).when(complete(1)).then_nothing();
    executing([failed(None)]).when(fail(1)).then_nothing();
    let nowhere = Command::Move {
        to: None,
        reason: Some(content(2)),
    };
    executing([]).when(nowhere).then_nothing();
}

#[test]
fn a_run_starts_a_second_from_now_at_the_earliest() {
    let arm = |at_us| Command::Arm {
        schedule: Schedule::Once { at_us },
        now_us: NOW,
    };
    let draft = || given::<AgentRun>([drafted()]);
    draft().when(arm(NOW + SECOND)).then([armed()]);
    let too_soon = Rejection::ReleaseTooSoon;
    draft().when(arm(NOW + SECOND - 1)).then_rejected(too_soon);
}

#[test]
fn a_second_worker_is_refused() {
    let refused = illegal(Phase::Executing, Step::Start);
    executing([]).when(start(1)).then_rejected(refused);
}

#[test]
fn what_a_worker_says_after_a_stop_is_dropped() {
    let after_stop = || executing([checkpoint(1).into(), stopped(None)]);
    let dropped = illegal(Phase::Stopped, Step::Complete);
    after_stop().when(complete(1)).then_rejected(dropped);
    let resumed = Resumed {
        cause: ResumeCause::Stopped,
        segment: 2,
        at_us: NOW,
    };
    let resume = Command::Resume { now_us: NOW };
    after_stop().when(resume).then([resumed.clone().into()]);
    let resumed = || executing([checkpoint(1).into(), stopped(None), resumed.clone().into()]);
    for late in [start(1), complete(1), fail(1), open(question(1))] {
        let (asked, current) = (1, 2);
        let stale = Rejection::StaleSegment { asked, current };
        resumed().when(late).then_rejected(stale);
    }
    resumed().when(complete(2)).then([completed()]);
}

#[test]
fn a_stopped_run_goes_on_only_from_a_checkpoint() {
    let resume = Command::Resume { now_us: NOW };
    let refused = Rejection::NoCheckpoint;
    executing([stopped(None)])
        .when(resume)
        .then_rejected(refused);
}

#[test]
fn a_reset_run_remembers_nothing_of_the_attempt_but_its_gates() {
    let history = [
        enqueued(),
        started(NOW),
        selection(1).into(),
        checkpoint(1).into(),
        opened(review(1), question(1)),
        failed(Some(review(1))),
    ];
    let reset = Reset {
        attempt: 2,
        segment: 2,
    };
    let decided = AgentRun::decide(&folded(&history), Command::Reset).unwrap();
    assert_eq!(decided, [reset.into()]);
    let state = folded(&[&history[..], &decided].concat());
    let run = state.run().unwrap();
    assert_eq!((run.attempt, run.segment, run.spent_us), (2, 2, 0));
    assert_eq!((run.started_at_us, &run.checkpoint), (None, &None));
    assert!(run.selections.is_empty());
    assert_eq!(run.closed_gates[&review(1)].fate, Fate::Superseded);
    assert_eq!(run.next_gate(GateKind::Review), review(2));
}

#[test]
fn a_stop_reaches_children_of_the_same_person_only() {
    let cascade = |from: u128, run_by: Option<u128>| {
        Command::Stop(Stop {
            reason: None,
            cascade: Some(Cascade {
                from: run_id(from),
                run_by: run_by.map(user),
            }),
            now_us: NOW,
        })
    };
    let stopped = Stopped {
        reason: None,
        cascade_from: Some(run_id(9)),
        gate_id: None,
        at_us: NOW,
    };
    executing([])
        .when(cascade(9, Some(1)))
        .then([stopped.into()]);
    executing([]).when(cascade(9, Some(2))).then_nothing();
    executing([]).when(cascade(9, None)).then_nothing();
    executing([]).when(cascade(8, Some(1))).then_nothing();
    let nobodys = Created {
        run_by: None,
        ..creation(Start::Enqueued)
    };
    let nobodys = given::<AgentRun>([nobodys.into()]);
    nobodys.when(cascade(9, None)).then_nothing();
}

fn expire(now_us: i64) -> Command {
    Command::Expire { now_us }
}

fn timed_out(at_us: i64) -> RunEvent {
    Failed {
        code: Code::TIMED_OUT,
        node: None,
        message: None,
        gate_id: None,
        at_us,
    }
    .into()
}

#[test]
fn only_what_is_executed_counts_for_the_timeout() {
    let waited = NOW + 1_000 * SECOND;
    let question = Question {
        now_us: NOW + 40 * SECOND,
        ..question(1)
    };
    let answered = GateAnswered {
        gate_id: review(1),
        answer: content(30),
        prompt: None,
        inputs: None,
        by: actor(1),
        at_us: waited,
    };
    let asked = [timed(), started(NOW), opened(review(1), question)];
    let going_on = || given::<AgentRun>(asked.clone().into_iter().chain([answered.clone().into()]));
    given::<AgentRun>(asked.clone())
        .when(expire(waited))
        .then_nothing();
    going_on()
        .when(expire(waited + 20 * SECOND - 1))
        .then_nothing();
    going_on()
        .when(expire(waited + 20 * SECOND))
        .then([timed_out(waited + 20 * SECOND)]);
    let state = folded(&[&asked[..], &[answered.into()]].concat());
    let run = state.run().unwrap();
    assert_eq!(run.due_at_us(), Some(waited + 20 * SECOND));
    assert_eq!(run.executed_us(waited + 5 * SECOND), 45 * SECOND);
    assert_eq!(run.started_at_us, Some(NOW));
}

#[test]
fn waiting_for_a_worker_or_a_moment_is_not_executing() {
    let late = NOW + 2 * TIMEOUT * SECOND;
    given::<AgentRun>([timed()])
        .when(expire(late))
        .then_nothing();
    let awaited = ReleaseAwaited {
        place: place("send", 1),
        at_us: NOW + SECOND,
    };
    let waiting = [timed(), started(NOW), awaited.into()];
    given::<AgentRun>(waiting.clone())
        .when(expire(late))
        .then_nothing();
    let released = [&waiting[..], &[Released { at_us: late }.into()]].concat();
    let due = late + (TIMEOUT - 1) * SECOND;
    let going_on = || given::<AgentRun>(released.clone());
    going_on().when(expire(due - 1)).then_nothing();
    going_on().when(expire(due)).then([timed_out(due)]);
    executing([]).when(expire(i64::MAX)).then_nothing();
    executing([completed()])
        .when(expire(i64::MAX))
        .then_nothing();
}

#[test]
fn segments_are_sealed_in_order_once_they_ended() {
    let mismatch = |segment| Rejection::SealMismatch { segment };
    let sealing = |seal| Command::Seal(seal);
    let again = Reset {
        attempt: 2,
        segment: 2,
    };
    executing([])
        .when(sealing(seal(1, 1, 5)))
        .then_rejected(mismatch(1));
    let ended = || executing([failed(None), again.clone().into()]);
    ended()
        .when(sealing(seal(1, 1, 5)))
        .then([seal(1, 1, 5).into()]);
    assert_eq!(seal(1, 1, 5).frames(), 5);
    for wrong in [seal(2, 1, 5), seal(1, 2, 5), seal(1, 1, 0), seal(0, 1, 5)] {
        let segment = wrong.segment;
        ended()
            .when(sealing(wrong))
            .then_rejected(mismatch(segment));
    }
    let sealed = || {
        let again = again.clone().into();
        executing([failed(None), again, seal(1, 1, 5).into(), stopped(None)])
    };
    sealed().when(sealing(seal(1, 1, 5))).then_nothing();
    sealed()
        .when(sealing(seal(2, 6, 9)))
        .then([seal(2, 6, 9).into()]);
    sealed()
        .when(sealing(seal(1, 1, 6)))
        .then_rejected(mismatch(1));
    sealed()
        .when(sealing(seal(2, 7, 9)))
        .then_rejected(mismatch(2));
}

#[test]
fn there_is_a_limit_to_everything() {
    let limited = |limit| Err(Rejection::LimitReached { limit });
    let mut state = folded(&history_to(Phase::Executing));
    let decide = |state: &RunState, asked| AgentRun::decide(state, work(1, asked));
    let pin = ArtifactPin {
        artifact_id: uuid::Uuid::nil(),
        representation_revision_id: uuid::Uuid::nil(),
        semantic_assertion_id: uuid::Uuid::nil(),
        extension: None,
        source_scope: None,
        owner_id: None,
    };
    let with = |count: u32| ContextSelected {
        refs: vec![pin.clone(); usize::try_from(count).unwrap()],
        ..selection(200)
    };
    let select = |count| Work::SelectContext(with(count));
    assert!(decide(&state, select(CONTEXT_REFS_MAX)).is_ok());
    assert_eq!(
        decide(&state, select(CONTEXT_REFS_MAX + 1)),
        limited(Limit::ContextRefs)
    );
    let RunState::Present(run) = &mut state else {
        panic!("absent");
    };
    let number = |number| u8::try_from(number).unwrap();
    run.selections = (0..SELECTIONS_MAX).map(|n| selection(number(n))).collect();
    run.checkpoints = CHECKPOINTS_MAX;
    for index in 1..=GATES_MAX {
        let skipped = ClosedGate {
            place: Some(place("skipped", index)),
            attempt: 1,
            fate: Fate::Skipped,
        };
        run.closed_gates.insert(review(index), skipped);
    }
    assert_eq!(decide(&state, select(0)), limited(Limit::Selections));
    assert_eq!(
        decide(&state, Work::Checkpoint(checkpoint(5))),
        limited(Limit::Checkpoints)
    );
    assert_eq!(
        decide(&state, Work::OpenGate(question(1))),
        limited(Limit::Gates)
    );
    let mut failed = folded(&history_to(Phase::Failed));
    if let RunState::Present(run) = &mut failed {
        run.segment = SEGMENTS_MAX;
    }
    assert_eq!(
        AgentRun::decide(&failed, Command::Reset),
        limited(Limit::Segments)
    );
}

#[test]
fn runs_are_found_by_agent_and_parent() {
    let tags = |event: RunEvent| tags_of(run_id(1), &event).unwrap();
    let access = resource_tag(Resource::agent_run(run_id(1))).unwrap();
    let of_agent = template_runs_tag(&package()).unwrap();
    let created = [
        access.clone(),
        use_tag(&package()).unwrap(),
        of_agent.clone(),
        child_runs_tag(run_id(9)).unwrap(),
    ];
    assert_eq!(tags(enqueued()), created);
    let package_name = package();
    assert_eq!(
        tags(Purged { package_name }.into()),
        [access.clone(), of_agent]
    );
    let moved = Moved {
        from: None,
        to: Some(project(1)),
        reason: None,
    };
    assert_eq!(tags(moved.into()), [access]);
    assert_eq!(tags(started(NOW)), []);
}

#[test]
fn an_illegal_transition_names_what_was_asked() {
    let refused = illegal(Phase::WaitingRelease, Step::OpenReview);
    assert_eq!(refused.code(), "ILLEGAL_TRANSITION");
    assert_eq!(
        refused.details(),
        serde_json::json!({
            "status": "running", "phase": "waiting_release", "asked": "open_review",
        })
    );
    assert_eq!(
        refused.to_string(),
        "the run is waiting_release, from where open_review is illegal"
    );
}

#[test]
fn what_a_run_does_by_itself_is_nobodys_decision() {
    let progress = [started(NOW), completed(), opened(review(1), question(1))];
    assert!(progress.iter().all(RunEvent::is_progress));
    let decisions = [enqueued(), answered(review(1)), failed(None), stopped(None)];
    assert!(!decisions.iter().any(RunEvent::is_progress));
}
