//! Laws that hold for every command in every state, and what cannot have happened.

use std::collections::{BTreeMap, BTreeSet};

use proptest::prelude::*;
use proptest::strategy::ValueTree as _;

use super::RunCommand as Command;
use super::samples::*;
use super::*;
use crate::extension::PackageName;
use crate::kernel::Decider as _;

/// What is asked next, before it is known where the run stands.
#[derive(Clone, Copy, Debug)]
struct Ask {
    which: u8,
    number: u8,
    /// Whether a worker speaks of the segment before the current one.
    is_late: bool,
    /// Seconds that pass before it is asked.
    passed: u8,
}

fn any_asks() -> impl Strategy<Value = Vec<Ask>> {
    let ask = (0..26_u8, 1..4_u8, any::<bool>(), 0..40_u8).prop_map(
        |(which, number, is_late, passed)| Ask {
            which,
            number,
            is_late: is_late && number == 1,
            passed,
        },
    );
    proptest::collection::vec(ask, 1..80)
}

/// A run with a timeout, and what became of it.
struct Walk {
    state: RunState,
    now_us: i64,
    events: Vec<RunEvent>,
}

impl Walk {
    fn begin() -> Self {
        let events = vec![timed()];
        Self {
            state: folded(&events),
            now_us: NOW,
            events,
        }
    }

    fn run(&self) -> Option<&Run> {
        self.state.run()
    }

    /// The command that is asked, as the run stands.
    fn command(&mut self, ask: Ask) -> Command {
        self.now_us += i64::from(ask.passed) * SECOND;
        match ask.which {
            0..11 => {
                let segment = self.run().map_or(1, |run| run.segment);
                let segment = segment - u32::from(ask.is_late);
                work(segment, self.work(ask))
            }
            11..14 => self.about_gates(ask),
            _ => self.about_the_run(ask),
        }
    }

    fn work(&self, ask: Ask) -> Work {
        let now_us = self.now_us;
        let number = ask.number;
        match ask.which {
            0 | 1 => Work::Start { now_us },
            2 => Work::Checkpoint(checkpoint(number)),
            3 => Work::SelectContext(selection(number)),
            4 | 5 => Work::OpenGate(Question {
                now_us,
                expires_at_us: (number == 3).then_some(now_us + 30 * SECOND),
                ..question(u32::from(number))
            }),
            6 => Work::OpenGate(Question {
                now_us,
                ..setup_question()
            }),
            7 => Work::SkipGate {
                place: place("ask", u32::from(number)),
                reason: code("all_known"),
            },
            8 => Work::AwaitRelease {
                place: place("send", 1),
                now_us,
            },
            9 if number == 1 => Work::Complete {
                outputs: content(40),
                now_us,
            },
            9 => Work::Recover { now_us },
            _ => Work::Fail {
                code: code("http_502"),
                node: None,
                message: None,
                now_us,
            },
        }
    }

    fn about_gates(&self, ask: Ask) -> Command {
        let index = u32::from(ask.number);
        let open = self.run().and_then(Run::open_gate);
        let gate_id = open.map_or(review(index), |gate| gate.gate_id);
        match ask.which {
            11 | 12 => Command::Answer(Answer {
                inputs: Some(content(60)),
                answer_equals_first: ask.is_late,
                now_us: self.now_us,
                ..answer(gate_id)
            }),
            _ if ask.number == 1 => Command::Reject {
                gate_id,
                reason: None,
                now_us: self.now_us,
            },
            _ => Command::ExcludePrompt(review(index)),
        }
    }

    fn about_the_run(&self, ask: Ask) -> Command {
        let number = ask.number;
        let now_us = self.now_us;
        match ask.which {
            14 => Command::ChangeInputs(content(u128::from(number))),
            15 => Command::AskTrigger,
            16 => Command::Arm {
                schedule: Schedule::Once {
                    at_us: now_us + i64::from(number) * SECOND,
                },
                now_us,
            },
            17 => Command::Disarm,
            18 | 19 => Command::Submit(EnqueueReason::Submitted),
            20 => Command::Release { now_us },
            21 => Command::Expire { now_us },
            22 if number == 1 => Command::Stop(Stop {
                reason: None,
                cascade: None,
                now_us,
            }),
            22 => Command::Resume { now_us },
            23 => Command::Reset,
            24 => Command::Move {
                to: (number > 1).then(|| project(u128::from(number))),
                reason: None,
            },
            _ => {
                let sealed = self.run().and_then(|run| run.sealed.as_ref());
                let first = sealed.map_or(1, |sealed| sealed.last_seq + 1);
                let segment = sealed.map_or(1, |sealed| sealed.segment + 1);
                Command::Seal(seal(segment, first, first + u64::from(number)))
            }
        }
    }

    /// Asks, and lets happen what was decided.
    fn ask(&mut self, ask: Ask) -> (Command, Vec<RunEvent>) {
        let command = self.command(ask);
        let events = AgentRun::decide(&self.state, command.clone()).unwrap_or_default();
        for event in &events {
            let state = std::mem::take(&mut self.state);
            self.state = AgentRun::evolve(state, event).unwrap();
        }
        self.events.extend(events.iter().cloned());
        (command, events)
    }
}

fn is_end(event: &RunEvent) -> bool {
    matches!(
        event,
        RunEvent::Completed(_) | RunEvent::Failed(_) | RunEvent::Stopped(_)
    )
}

fn waits_for_somebody(run: &Run) -> bool {
    run.status() == Status::PendingApproval
}

proptest! {
    #[test]
    fn what_is_decided_can_happen_and_a_retry_changes_nothing(asks in any_asks()) {
        let mut walk = Walk::begin();
        for ask in asks {
            let (command, _) = walk.ask(ask);
            let again = AgentRun::decide(&walk.state, command).unwrap_or_default();
            prop_assert!(again.is_empty(), "{:?}", again);
        }
        prop_assert_eq!(&folded(&walk.events), &walk.state);
    }

    #[test]
    fn a_segment_ends_once_and_nothing_but_a_completed_run_is_for_good(asks in any_asks()) {
        let mut walk = Walk::begin();
        let mut ended = BTreeSet::new();
        let mut is_completed = false;
        for ask in asks {
            let segment = walk.run().unwrap().segment;
            let (_, events) = walk.ask(ask);
            for event in &events {
                prop_assert!(!is_end(event) || ended.insert(segment), "segment {}", segment);
            }
            let run = walk.run().unwrap();
            prop_assert_eq!(run.ended_segment(), u32::try_from(ended.len()).unwrap());
            prop_assert!(!is_completed || run.phase() == Phase::Completed);
            is_completed = run.phase() == Phase::Completed;
        }
    }

    #[test]
    fn a_gate_is_open_only_while_somebody_is_waited_for_and_closes_once(asks in any_asks()) {
        let mut walk = Walk::begin();
        let mut answers = BTreeMap::new();
        for ask in asks {
            for event in walk.ask(ask).1 {
                if let RunEvent::GateAnswered(e) = event {
                    prop_assert_eq!(answers.insert(e.gate_id, e.answer), None);
                }
            }
            let run = walk.run().unwrap();
            let open = run.open_gate().map(|gate| gate.gate_id);
            prop_assert_eq!(open.is_some(), waits_for_somebody(run));
            let gates: Vec<_> = run.closed_gates.keys().copied().chain(open).collect();
            let indices: Vec<_> = gates.iter().map(|gate| gate.index).collect();
            let counted = 1..=u32::try_from(gates.len()).unwrap();
            prop_assert_eq!(indices, counted.collect::<Vec<_>>());
        }
    }

    #[test]
    fn who_is_late_by_a_segment_changes_nothing(asks in any_asks()) {
        let mut walk = Walk::begin();
        for ask in asks {
            let current = walk.run().unwrap().segment;
            let (command, events) = walk.ask(ask);
            if let Command::Work { segment, .. } = command {
                prop_assert!(segment == current || events.is_empty());
            }
        }
    }

    #[test]
    fn nobody_executes_longer_than_an_attempt_lasts(asks in any_asks()) {
        let mut walk = Walk::begin();
        for ask in asks {
            let before = walk.now_us;
            let idle = walk.run().is_some_and(|run| run.status() != Status::Running);
            let executed = walk.run().unwrap().executed_us(before);
            let events = walk.ask(ask).1;
            let is_reset = events.iter().any(|event| matches!(event, RunEvent::Reset(_)));
            let run = walk.run().unwrap();
            let more = run.executed_us(walk.now_us) - executed;
            let passed = walk.now_us - before;
            prop_assert!(is_reset || (0..=passed).contains(&more), "{} of {}", more, passed);
            prop_assert!(is_reset || !idle || more == 0, "{}", more);
        }
    }

    #[test]
    fn each_attempt_starts_with_what_is_its_own(asks in any_asks()) {
        let mut walk = Walk::begin();
        let mut attempt = 1;
        for ask in asks {
            walk.ask(ask);
            let run = walk.run().unwrap();
            if run.attempt != attempt {
                attempt = run.attempt;
                prop_assert_eq!(run.phase(), Phase::DraftInput);
                prop_assert!(run.checkpoint.is_none() && run.selections.is_empty());
            }
        }
    }
}

#[test]
fn the_walk_of_the_laws_reaches_every_phase() {
    let mut runner = proptest::test_runner::TestRunner::deterministic();
    let mut seen = BTreeSet::new();
    for _ in 0..400 {
        let asks = any_asks().new_tree(&mut runner).unwrap().current();
        let mut walk = Walk::begin();
        for ask in asks {
            walk.ask(ask);
            seen.extend(walk.run().map(Run::phase));
        }
    }
    assert_eq!(seen, BTreeSet::from(Phase::ALL));
}

#[test]
fn before_a_run_came_to_be_and_after_it_was_destroyed_nothing_can_have_happened() {
    let package_name = package();
    let destroyed = [enqueued(), failed(None), Purged { package_name }.into()];
    let gone = folded(&destroyed);
    for phase in Phase::ALL {
        for event in history_to(phase).iter().skip(1) {
            let refused = AgentRun::evolve(RunState::Absent, event);
            assert_eq!(refused.unwrap_err().state, "absent", "{event:?}");
            let refused = AgentRun::evolve(gone.clone(), event);
            assert_eq!(refused.unwrap_err().state, "purged", "{event:?}");
        }
    }
    assert!(AgentRun::evolve(gone, &enqueued()).is_err());
}

fn is_refused(phase: Phase, event: impl Into<RunEvent>) {
    let event = event.into();
    let refused = AgentRun::evolve(folded(&history_to(phase)), &event);
    assert_eq!(refused.unwrap_err().state, phase.as_str(), "{event:?}");
}

fn resumed_in(segment: u32, cause: ResumeCause) -> Resumed {
    Resumed {
        cause,
        segment,
        at_us: NOW,
    }
}

#[test]
fn what_contradicts_the_history_is_refused() {
    for phase in Phase::ALL {
        is_refused(phase, enqueued());
    }
    let wrong_start = |segment, attempt| Started {
        segment,
        attempt,
        at_us: NOW,
    };
    is_refused(Phase::Enqueued, wrong_start(2, 1));
    is_refused(Phase::Enqueued, wrong_start(1, 2));
    is_refused(Phase::Executing, started(NOW));
    is_refused(Phase::Executing, opened(review(2), question(1)));
    is_refused(Phase::Executing, opened(setup(1), setup_question()));
    is_refused(Phase::ReviewGate, opened(review(2), question(2)));
    is_refused(Phase::ReviewGate, answered(review(2)));
    is_refused(Phase::Resuming, answered(review(1)));
    is_refused(Phase::ReviewGate, failed(None));
    is_refused(Phase::ReviewGate, stopped(None));
    is_refused(Phase::Executing, stopped(Some(review(1))));
    is_refused(Phase::Completed, stopped(None));
    is_refused(Phase::Completed, completed());
    is_refused(Phase::Resuming, opened(review(1), question(1)));
    let gate_id = review(1);
    is_refused(Phase::ReviewGate, PromptExcluded { gate_id });
    is_refused(Phase::Stopped, resumed_in(1, ResumeCause::Stopped));
    is_refused(Phase::Stopped, resumed_in(3, ResumeCause::Stopped));
    is_refused(Phase::Stopped, resumed_in(2, ResumeCause::CrashRecovery));
    is_refused(Phase::Executing, resumed_in(2, ResumeCause::CrashRecovery));
    is_refused(Phase::Executing, resumed_in(2, ResumeCause::Stopped));
    for (attempt, segment) in [(2, 1), (1, 2), (3, 3)] {
        is_refused(Phase::Failed, Reset { attempt, segment });
    }
    let moved = |from, to| Moved {
        from,
        to,
        reason: None,
    };
    is_refused(Phase::Failed, moved(Some(project(1)), None));
    is_refused(Phase::Failed, moved(None, None));
    is_refused(Phase::Executing, moved(None, Some(project(1))));
    is_refused(Phase::Executing, seal(1, 1, 5));
    is_refused(Phase::Failed, seal(2, 1, 5));
    is_refused(Phase::Failed, seal(1, 2, 5));
    let package_name = package();
    is_refused(Phase::Executing, Purged { package_name });
    let package_name = PackageName::parse("@acme/other-agent").unwrap();
    is_refused(Phase::Failed, Purged { package_name });
    let changed_by_a_review = GateAnswered {
        gate_id: review(1),
        answer: content(30),
        prompt: None,
        inputs: Some(content(60)),
        by: actor(1),
        at_us: NOW,
    };
    is_refused(Phase::ReviewGate, changed_by_a_review);
}

#[test]
fn a_run_without_a_checkpoint_is_not_resumed() {
    let state = folded(&[enqueued(), started(NOW), stopped(None)]);
    let resumed = resumed_in(2, ResumeCause::Stopped);
    assert!(AgentRun::evolve(state, &resumed.into()).is_err());
}
