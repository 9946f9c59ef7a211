//! Given events, when a command, then events or a rejection; and the laws that hold for every command.

use proptest::prelude::*;
use uuid::Uuid;

use super::*;
use crate::kernel::testing::{Given, given};
use crate::kernel::{Class, Coded as _, ContentRef, ProjectId, TeamId, UserId};

fn content(number: u128) -> ContentRef {
    ContentRef {
        id: Uuid::from_u128(number),
        digest: "22".repeat(32),
        size: 9,
    }
}

fn user(number: u128) -> UserId {
    UserId(Uuid::from_u128(number))
}

fn team(number: u128) -> TeamId {
    TeamId(Uuid::from_u128(number))
}

const READ: GrantRole = GrantRole::Read;
const WRITE: GrantRole = GrantRole::Write;

fn create(owner: Owner) -> ProjectCommand {
    ProjectCommand::Create {
        project_id: ProjectId(Uuid::from_u128(1)),
        name: content(1),
        description: None,
        owner,
        visibility: ProjectVisibility::Private,
    }
}

fn created(owner: Owner) -> ProjectEvent {
    Created {
        project_id: ProjectId(Uuid::from_u128(1)),
        name: content(1),
        description: None,
        owner,
        visibility: ProjectVisibility::Private,
    }
    .into()
}

fn of(owner: Owner) -> Given<Project> {
    given([created(owner)])
}

/// A person's project with this further history.
fn personal<const N: usize>(history: [ProjectEvent; N]) -> Given<Project> {
    given(std::iter::once(created(Owner::User(user(1)))).chain(history))
}

fn describe(name: Option<u128>, description: Option<u128>) -> ProjectCommand {
    ProjectCommand::Update {
        name: name.map(content),
        description: description.map(content),
        visibility: None,
    }
}

fn show(visibility: ProjectVisibility) -> ProjectCommand {
    ProjectCommand::Update {
        name: None,
        description: None,
        visibility: Some(visibility),
    }
}

fn updated(name: u128, description: Option<u128>, visibility: ProjectVisibility) -> ProjectEvent {
    Updated {
        name: content(name),
        description: description.map(content),
        visibility,
    }
    .into()
}

fn promoted(from: Owner, to: Owner) -> ProjectEvent {
    Promoted { from, to }.into()
}

fn archive() -> ProjectCommand {
    let reason = Some(content(8));
    ProjectCommand::Archive { reason }
}

fn archived() -> ProjectEvent {
    let reason = Some(content(8));
    Archived { reason }.into()
}

fn unarchive() -> ProjectCommand {
    ProjectCommand::Unarchive { reason: None }
}

fn unarchived() -> ProjectEvent {
    Unarchived { reason: None }.into()
}

fn grant(principal: Principal, role: GrantRole) -> ProjectCommand {
    ProjectCommand::GrantAccess {
        principal,
        role,
        is_known: true,
    }
}

fn granted(principal: Principal, role: GrantRole) -> ProjectEvent {
    AccessGranted { principal, role }.into()
}

fn revoke(principal: Principal) -> ProjectCommand {
    ProjectCommand::RevokeAccess { principal }
}

fn revoked(principal: Principal) -> ProjectEvent {
    AccessRevoked { principal }.into()
}

#[test]
fn a_project_comes_to_be_once_on_any_level() {
    for owner in [
        Owner::User(user(1)),
        Owner::Team(team(1)),
        Owner::Organization,
        Owner::Workspace,
    ] {
        given::<Project>([])
            .when(create(owner))
            .then([created(owner)]);
        of(owner).when(create(owner)).then_nothing();
    }
}

#[test]
fn a_project_that_is_not_there_can_only_come_to_be() {
    for command in [
        describe(Some(2), None),
        ProjectCommand::Promote(Owner::Organization),
        archive(),
        unarchive(),
        grant(Principal::Organization, READ),
        revoke(Principal::Organization),
    ] {
        given::<Project>([])
            .when(command)
            .then_rejected(Rejection::ProjectNotFound);
    }
}

#[test]
fn an_update_says_everything_anew_and_keeps_what_was_not_named() {
    use ProjectVisibility::{Discoverable, Private};
    let described = || personal([updated(1, Some(3), Private)]);
    personal([])
        .when(describe(None, Some(3)))
        .then([updated(1, Some(3), Private)]);
    described()
        .when(describe(Some(2), None))
        .then([updated(2, Some(3), Private)]);
    described()
        .when(show(Discoverable))
        .then([updated(1, Some(3), Discoverable)]);
}

#[test]
fn an_update_to_what_is_so_already_is_nothing() {
    personal([]).when(describe(None, None)).then_nothing();
    personal([]).when(describe(Some(1), None)).then_nothing();
    personal([])
        .when(show(ProjectVisibility::Private))
        .then_nothing();
}

#[test]
fn a_project_moves_up_from_any_level_to_any_higher_one() {
    let levels = [
        Owner::User(user(1)),
        Owner::Team(team(1)),
        Owner::Organization,
        Owner::Workspace,
    ];
    for (index, from) in levels.into_iter().enumerate() {
        for to in levels.into_iter().skip(index + 1) {
            of(from)
                .when(ProjectCommand::Promote(to))
                .then([promoted(from, to)]);
            of(to)
                .when(ProjectCommand::Promote(from))
                .then_rejected(Rejection::RatchetViolation {
                    from: to.level(),
                    to: from.level(),
                });
        }
        of(from).when(ProjectCommand::Promote(from)).then_nothing();
    }
}

#[test]
fn a_project_does_not_change_hands_on_one_level() {
    for (from, to) in [
        (Owner::User(user(1)), Owner::User(user(2))),
        (Owner::Team(team(1)), Owner::Team(team(2))),
    ] {
        let level = from.level();
        of(from)
            .when(ProjectCommand::Promote(to))
            .then_rejected(Rejection::SidewaysMoveDenied { level });
    }
}

#[test]
fn a_new_owner_is_no_row_of_access_any_more() {
    let one = Principal::Team(team(1));
    let (from, to) = (Owner::User(user(1)), Owner::Team(team(1)));
    let other = granted(Principal::Team(team(2)), READ);
    personal([granted(one, READ), other.clone()])
        .when(ProjectCommand::Promote(to))
        .then([revoked(one), promoted(from, to)]);
    personal([other])
        .when(ProjectCommand::Promote(to))
        .then([promoted(from, to)]);
}

#[test]
fn archiving_and_unarchiving_happen_once() {
    personal([]).when(archive()).then([archived()]);
    personal([archived()]).when(archive()).then_nothing();
    personal([]).when(unarchive()).then_nothing();
    personal([archived()])
        .when(unarchive())
        .then([unarchived()]);
    personal([archived(), unarchived()])
        .when(archive())
        .then([archived()]);
}

#[test]
fn into_an_archived_project_nothing_new_comes() {
    let principal = Principal::User(user(2));
    let suspended = || personal([granted(principal, READ), archived()]);
    for command in [
        describe(Some(2), None),
        ProjectCommand::Promote(Owner::Organization),
        grant(principal, WRITE),
        grant(Principal::Organization, READ),
    ] {
        suspended()
            .when(command)
            .then_rejected(Rejection::ProjectArchived);
    }
    suspended()
        .when(revoke(principal))
        .then([revoked(principal)]);
}

#[test]
fn access_is_given_and_replaced() {
    for principal in [
        Principal::User(user(2)),
        Principal::Team(team(1)),
        Principal::Organization,
    ] {
        let row = granted(principal, READ);
        personal([])
            .when(grant(principal, READ))
            .then([row.clone()]);
        personal([row.clone()])
            .when(grant(principal, READ))
            .then_nothing();
        personal([row])
            .when(grant(principal, WRITE))
            .then([granted(principal, WRITE)]);
    }
}

#[test]
fn the_owner_is_given_no_access() {
    for (owner, principal) in [
        (Owner::User(user(1)), Principal::User(user(1))),
        (Owner::Team(team(1)), Principal::Team(team(1))),
        (Owner::Organization, Principal::Organization),
    ] {
        of(owner)
            .when(grant(principal, READ))
            .then_rejected(Rejection::OwnerImplicit);
    }
    let principal = Principal::Organization;
    of(Owner::Workspace)
        .when(grant(principal, READ))
        .then([granted(principal, READ)]);
}

#[test]
fn access_is_given_to_members_and_teams_only() {
    let stranger = ProjectCommand::GrantAccess {
        principal: Principal::User(user(2)),
        role: READ,
        is_known: false,
    };
    personal([])
        .when(stranger)
        .then_rejected(Rejection::PrincipalNotFound);
}

#[test]
fn a_project_has_a_bounded_number_of_rows_of_access() {
    let row = |number| Principal::User(user(number));
    let full = || {
        let rows = (2..=1_001).map(|number| granted(row(number), READ));
        given::<Project>(std::iter::once(created(Owner::User(user(1)))).chain(rows))
    };
    full()
        .when(grant(row(1_002), READ))
        .then_rejected(Rejection::AccessLimit);
    full()
        .when(grant(row(2), WRITE))
        .then([granted(row(2), WRITE)]);
}

#[test]
fn taking_back_what_was_not_given_is_nothing() {
    let principal = Principal::User(user(2));
    personal([]).when(revoke(principal)).then_nothing();
    personal([granted(principal, READ)])
        .when(revoke(principal))
        .then([revoked(principal)]);
    personal([granted(principal, READ), revoked(principal)])
        .when(revoke(principal))
        .then_nothing();
}

#[test]
fn what_cannot_follow_is_refused() {
    let (one, team_one) = (Owner::User(user(1)), Owner::Team(team(1)));
    let row = granted(Principal::User(user(2)), READ);
    let start = Project::evolve(ProjectState::Absent, &created(team_one)).unwrap();
    let start = Project::evolve(start, &row).unwrap();
    let impossible = [
        created(team_one),
        // The ratchet, as corruption: down, sideways, from where it is not, to where it is.
        promoted(team_one, one),
        promoted(team_one, Owner::Team(team(2))),
        promoted(one, Owner::Organization),
        promoted(team_one, team_one),
        unarchived(),
        row.clone(),
        granted(Principal::Team(team(1)), READ),
        revoked(Principal::User(user(3))),
    ];
    for event in &impossible {
        let refused = Project::evolve(start.clone(), event).unwrap_err();
        assert_eq!(refused.state, "open", "{event:?}");
    }
    let not_there = impossible.iter().skip(1).chain([&row]);
    for event in not_there {
        assert!(Project::evolve(ProjectState::Absent, event).is_err());
    }
    let wide = granted(Principal::Organization, READ);
    let shared = Project::evolve(start.clone(), &wide).unwrap();
    assert!(Project::evolve(shared, &promoted(team_one, Owner::Organization)).is_err());
    let suspended = Project::evolve(start, &archived()).unwrap();
    for event in [
        archived(),
        wide,
        updated(2, None, ProjectVisibility::Private),
        promoted(team_one, Owner::Organization),
    ] {
        let refused = Project::evolve(suspended.clone(), &event).unwrap_err();
        assert_eq!(refused.state, "archived", "{event:?}");
    }
}

#[test]
fn refusals_have_stable_codes() {
    let (level, from, to) = (Level::Team, Level::Workspace, Level::User);
    let codes = [
        (
            Rejection::ProjectNotFound,
            Class::NotFound,
            "PROJECT_NOT_FOUND",
        ),
        (
            Rejection::ProjectArchived,
            Class::Forbidden,
            "PROJECT_ARCHIVED",
        ),
        (
            Rejection::SidewaysMoveDenied { level },
            Class::Rejected,
            "SIDEWAYS_MOVE_DENIED",
        ),
        (
            Rejection::RatchetViolation { from, to },
            Class::Rejected,
            "RATCHET_VIOLATION",
        ),
        (Rejection::OwnerImplicit, Class::Invalid, "OWNER_IMPLICIT"),
        (
            Rejection::PrincipalNotFound,
            Class::NotFound,
            "PRINCIPAL_NOT_FOUND",
        ),
        (Rejection::AccessLimit, Class::Rejected, "ACCESS_LIMIT"),
    ];
    for (rejection, class, code) in codes {
        assert_eq!((rejection.class(), rejection.code()), (class, code));
        assert!(rejection.details().is_object());
    }
    let details = Rejection::RatchetViolation { from, to }.details();
    let expected = serde_json::json!({ "level": "workspace", "targetLevel": "user" });
    assert_eq!(details, expected);
}

fn any_owner() -> impl Strategy<Value = Owner> {
    prop_oneof![
        (1..3_u128).prop_map(|number| Owner::User(user(number))),
        (1..3_u128).prop_map(|number| Owner::Team(team(number))),
        Just(Owner::Organization),
        Just(Owner::Workspace),
    ]
}

fn any_command() -> impl Strategy<Value = ProjectCommand> {
    let principal =
        any_owner().prop_map(|owner| owner.principal().unwrap_or(Principal::Organization));
    let visibility = prop_oneof![
        Just(ProjectVisibility::Private),
        Just(ProjectVisibility::Discoverable),
    ];
    let role = prop_oneof![Just(READ), Just(WRITE), Just(GrantRole::Admin)];
    (0..8_u8, any_owner(), principal, visibility, role, 1..4_u128).prop_map(
        |(which, owner, principal, visibility, role, number)| match which {
            0 => create(owner),
            1 => describe(Some(number), None),
            2 => show(visibility),
            3 => ProjectCommand::Promote(owner),
            4 => archive(),
            5 => unarchive(),
            6 => grant(principal, role),
            _ => revoke(principal),
        },
    )
}

proptest! {
    #[test]
    fn what_is_decided_can_happen_and_a_retry_changes_nothing(
        commands in proptest::collection::vec(any_command(), 1..32)
    ) {
        let mut state = ProjectState::default();
        for command in commands {
            let Ok(events) = Project::decide(&state, command.clone()) else { continue };
            for event in &events {
                state = Project::evolve(state, event).unwrap();
            }
            prop_assert_eq!(Project::decide(&state, command), Ok(Vec::new()));
        }
    }

    #[test]
    fn the_level_never_falls_and_the_owner_is_never_a_row(
        owner in any_owner(),
        commands in proptest::collection::vec(any_command(), 1..32)
    ) {
        let mut state = Project::evolve(ProjectState::Absent, &created(owner)).unwrap();
        for command in commands {
            let before = state.open().unwrap().owner;
            for event in Project::decide(&state, command).unwrap_or_default() {
                state = Project::evolve(state, &event).unwrap();
            }
            let open = state.open().unwrap();
            prop_assert!(open.owner == before || open.owner.level() > before.level());
            let row = open.owner.principal();
            prop_assert!(row.is_none_or(|row| !open.access.contains_key(&row)));
        }
    }

    #[test]
    fn no_event_lowers_a_level(
        owner in any_owner(),
        events in proptest::collection::vec((any_owner(), any_owner()), 1..16)
    ) {
        let mut state = Project::evolve(ProjectState::Absent, &created(owner)).unwrap();
        for (from, to) in events {
            let before = state.open().unwrap().owner.level();
            if let Ok(next) = Project::evolve(state.clone(), &promoted(from, to)) {
                state = next;
                prop_assert!(state.open().unwrap().owner.level() > before);
            }
        }
    }
}
