//! Where a run may be taken.

use super::{assert_project_write_access, bring_into};
use crate::authority::standing::{Standing, allow};
use crate::authority::{Actor, Allowed, AuthorityState, Denied, Operation, RunTarget};
use crate::kernel::ProjectId;
use crate::permission::Permission;
use crate::project::ProjectRole;

/// The right to take a run from where it is and bring it where it is to be: whoever may read it, and writes in the
/// project that it leaves, archived or not, or hands on what is in none; and may bring something new into the other
/// one. Whoever may not read it is told nothing. Source: spec/runs.md 8.7.
pub fn enforce_run_move(
    state: &AuthorityState,
    actor: &Actor,
    run: RunTarget,
    (from, to): (Option<ProjectId>, Option<ProjectId>),
) -> Result<Allowed, Denied> {
    let permission = Permission::RunEditOutput;
    let standing = state.enter(actor, permission)?;
    let of_run = match standing.outright() {
        Some(via) => allow(permission, via, state.run(run).grounds())?,
        None => hold_run(state, actor, standing, run, from.is_none())?,
    };
    let out = match from {
        None => of_run,
        Some(from) => {
            let least = ProjectRole::Write;
            let room = assert_project_write_access(state, actor, from, least, permission);
            let room = room.map_err(|_| Denied::NoProjectAccess)?;
            room.together_with(of_run)
        }
    };
    match to.filter(|_| from != to) {
        None => Ok(out),
        Some(to) => Ok(out.together_with(bring_into(state, actor, to, permission)?)),
    }
}

/// The right to read the run and, if it is in no project, to hand it on.
fn hold_run(
    state: &AuthorityState,
    actor: &Actor,
    standing: Standing<'_>,
    run: RunTarget,
    is_handed_on: bool,
) -> Result<Allowed, Denied> {
    let permission = Permission::RunEditOutput;
    let access = state.run(run);
    let right = |operation| state.resource_right(actor, standing, &access, operation);
    let mut right_to_it = right(Operation::Read).ok_or(Denied::Hidden)?;
    let mut grounds = right_to_it.grounds;
    if is_handed_on {
        right_to_it = right(Operation::Share).ok_or(Denied::lacking(permission))?;
        grounds.extend(right_to_it.grounds);
    }
    let grounds = standing
        .ground()
        .into_iter()
        .chain(access.grounds())
        .chain(grounds);
    allow(permission, right_to_it.via, grounds)
}
