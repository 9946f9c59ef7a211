//! The table, and that every command goes by it.

use super::RunCommand as Command;
use super::samples::*;
use super::*;
use crate::kernel::Decider as _;

/// Spec/runs.md 1.3, read row by row: step, phase, where it leads.
const TABLE: &str = "
change_inputs: draft_input>draft_input
ask_trigger: draft_input>awaiting_trigger_choice
arm: draft_input>armed awaiting_trigger_choice>armed
disarm: awaiting_trigger_choice>draft_input armed>draft_input
submit: draft_input>enqueued
withdraw: enqueued>draft_input
release: armed>enqueued waiting_release>executing
start: enqueued>executing resuming>executing
checkpoint: executing>executing resuming>resuming
select_context: executing>executing resuming>resuming
open_setup: enqueued>setup_gate
open_review: executing>review_gate resuming>review_gate
skip_gate: executing>executing resuming>resuming
answer: setup_gate>enqueued review_gate>resuming
await_release: executing>waiting_release
recover: executing>resuming
complete: executing>completed resuming>completed
fail: draft_input>failed awaiting_trigger_choice>failed armed>failed enqueued>failed setup_gate>failed \
executing>failed waiting_release>failed review_gate>failed resuming>failed
stop: draft_input>stopped awaiting_trigger_choice>stopped armed>stopped enqueued>stopped setup_gate>stopped \
executing>stopped waiting_release>stopped review_gate>stopped resuming>stopped
reset: failed>draft_input
resume: stopped>resuming
move: draft_input>draft_input awaiting_trigger_choice>awaiting_trigger_choice armed>armed enqueued>enqueued \
completed>completed failed>failed stopped>stopped
purge: completed>completed failed>failed stopped>stopped
";

#[test]
fn the_table_is_what_the_specification_says() {
    let row = |step: &Step| {
        let moves = Phase::ALL.into_iter().filter_map(|from| {
            let to = from.after(*step)?;
            Some(format!(" {from}>{to}"))
        });
        format!("{step}:{}\n", moves.collect::<String>())
    };
    let told: String = Step::ALL.iter().map(row).collect();
    assert_eq!(told, TABLE.trim_start());
}

fn is_illegal(phase: Phase, step: Step) -> bool {
    phase.after(step).is_none()
}

fn command_of(step: Step) -> Command {
    match step {
        Step::ChangeInputs => Command::ChangeInputs(content(50)),
        Step::AskTrigger => Command::AskTrigger,
        Step::Arm => Command::Arm {
            schedule: Schedule::Recurring { rule: content(51) },
            now_us: NOW,
        },
        Step::Disarm => Command::Disarm,
        Step::Submit => Command::Submit(EnqueueReason::Submitted),
        Step::Withdraw => Command::Withdraw {
            reason: code("full"),
        },
        Step::Release => Command::Release { now_us: NOW },
        Step::Start => start(1),
        Step::Checkpoint => work(1, Work::Checkpoint(checkpoint(5))),
        Step::SelectContext => work(1, Work::SelectContext(selection(5))),
        Step::OpenSetup => open(setup_question()),
        Step::OpenReview => open(question(5)),
        Step::SkipGate => work(
            1,
            Work::SkipGate {
                place: place("ask", 5),
                reason: code("all_known"),
            },
        ),
        Step::Answer => Command::Answer(answer(review(1))),
        Step::AwaitRelease => work(
            1,
            Work::AwaitRelease {
                place: place("send", 5),
                now_us: NOW,
            },
        ),
        Step::Recover => work(1, Work::Recover { now_us: NOW }),
        Step::Complete => work(
            1,
            Work::Complete {
                outputs: content(52),
                now_us: NOW,
            },
        ),
        Step::Fail => work(
            1,
            Work::Fail {
                code: code("broken"),
                node: None,
                message: None,
                now_us: NOW,
            },
        ),
        Step::Stop => stop(),
        Step::Reset => Command::Reset,
        Step::Resume => Command::Resume { now_us: NOW },
        Step::Move => Command::Move {
            to: Some(project(5)),
            reason: None,
        },
        Step::Purge => Command::Purge,
    }
}

/// Where a step that is illegal changes nothing, because the run is there already.
fn is_there(phase: Phase, step: Step) -> bool {
    matches!(
        (phase, step),
        (Phase::DraftInput, Step::Disarm | Step::Withdraw)
            | (Phase::AwaitingTriggerChoice, Step::AskTrigger)
            | (Phase::Enqueued, Step::Submit)
            | (Phase::SetupGate, Step::OpenSetup)
            | (Phase::Resuming, Step::Recover)
    )
}

#[test]
fn every_command_from_every_phase_goes_by_the_table() {
    for phase in Phase::ALL {
        let state = folded(&history_to(phase));
        assert_eq!(state.run().map(Run::phase), Some(phase));
        for step in Step::ALL.iter().copied() {
            let decided = AgentRun::decide(&state, command_of(step));
            let is_illegal = is_illegal(phase, step);
            if step == Step::Answer {
                continue; // A gate says more than that: see the tests of gates.
            }
            if is_there(phase, step) || (step == Step::Stop && phase.is_terminal()) {
                assert_eq!(decided, Ok(Vec::new()), "{step} from {phase}");
            } else if is_illegal {
                assert_eq!(decided, Err(illegal(phase, step)), "{step} from {phase}");
            } else {
                let events = decided.unwrap();
                assert_eq!(events.len(), 1, "{step} from {phase}");
                let next = AgentRun::evolve(state.clone(), &events[0]).unwrap();
                let led = next.run().map(Run::phase);
                let purged = step == Step::Purge;
                assert!(purged || led == phase.after(step), "{step} from {phase}");
            }
        }
    }
}
