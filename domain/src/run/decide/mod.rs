//! The rules: how a run comes to be started (`launch.rs`), what its worker may say (`work.rs`), what it asks people
//! (`gates.rs`), how it ends and begins again (`lifecycle.rs`). Source: spec/runs.md 1, 3.

mod gates;
mod launch;
mod lifecycle;
mod work;

use super::{Created, Phase, Rejection, Run, RunCommand, RunEvent, RunState, Step};

type Decision = Result<Vec<RunEvent>, Rejection>;

pub(super) fn decide(state: &RunState, command: RunCommand) -> Decision {
    use RunCommand as Command;
    let run = || state.run().ok_or(Rejection::RunNotFound);
    match command {
        Command::Create(created) => Ok(create(state, *created)),
        Command::ChangeInputs(inputs) => launch::change_inputs(run()?, inputs),
        Command::AskTrigger => launch::ask_trigger(run()?),
        Command::Arm { schedule, now_us } => launch::arm(run()?, schedule, now_us),
        Command::Disarm => launch::disarm(run()?),
        Command::Submit(reason) => launch::submit(run()?, reason),
        Command::Withdraw { reason } => launch::withdraw(run()?, reason),
        Command::Release { now_us } => launch::release(run()?, now_us),
        Command::Work { segment, work } => work::decide(run()?, segment, work),
        Command::Answer(answer) => gates::answer(run()?, answer),
        Command::Reject {
            gate_id,
            reason,
            now_us,
        } => gates::reject(run()?, gate_id, reason, now_us),
        Command::ExcludePrompt(gate_id) => gates::exclude_prompt(run()?, gate_id),
        Command::Expire { now_us } => lifecycle::expire(run()?, now_us),
        Command::Stop(stop) => Ok(lifecycle::stop(run()?, stop)),
        Command::Resume { now_us } => lifecycle::resume(run()?, now_us),
        Command::Reset => lifecycle::reset(run()?),
        Command::Move { to, reason } => lifecycle::move_to(run()?, to, reason),
        Command::Seal(seal) => lifecycle::seal(run()?, seal),
        Command::Purge => lifecycle::purge(state),
    }
}

/// An id is minted once: seen again, it is the same request again.
fn create(state: &RunState, created: Created) -> Vec<RunEvent> {
    match state {
        RunState::Absent => vec![created.into()],
        RunState::Present(_) | RunState::Purged => Vec::new(),
    }
}

/// Refuses what the table does not allow from where the run stands.
fn must_be_legal(run: &Run, step: Step) -> Result<Phase, Rejection> {
    let illegal = Rejection::IllegalTransition {
        from: run.phase(),
        asked: step,
    };
    run.after(step).ok_or(illegal)
}

/// The event, if the step is legal from where the run stands.
fn step(run: &Run, step: Step, event: impl Into<RunEvent>) -> Decision {
    must_be_legal(run, step)?;
    Ok(vec![event.into()])
}
