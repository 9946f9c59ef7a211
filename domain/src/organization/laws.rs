//! Laws that hold for every command in every state, and what cannot have happened.

use std::collections::BTreeSet;

use proptest::prelude::*;

use super::OrganizationCommand as Command;
use super::samples::*;
use super::*;

fn folded(events: &[OrganizationEvent]) -> OrganizationState {
    let state = events
        .iter()
        .try_fold(OrganizationState::Absent, Organization::evolve);
    state.unwrap()
}

#[test]
fn before_an_organization_came_to_be_nothing_can_have_happened() {
    let all = history();
    for event in all.iter().skip(1) {
        let refused = Organization::evolve(OrganizationState::Absent, event);
        assert_eq!(refused.unwrap_err().state, "absent", "{event:?}");
    }
}

/// User 1 owns it; user 2 is a member, in team 1, with a further role; invitation 1 was followed, 2 is open.
fn history() -> Vec<OrganizationEvent> {
    vec![
        created(),
        added(1, OWNER),
        team_created(1, "red"),
        team_created(2, "blue"),
        invited(1),
        invited(2),
        followed(1, 2),
        accepted(1, 2),
        team_member_added(1, 2, TeamRole::Member),
        granted(2, everywhere(), None),
        account_created(1),
        account_created(2),
        account_revoked(2),
    ]
}

#[test]
fn what_contradicts_the_history_is_refused() {
    let state = folded(&history());
    let impossible = [
        created(),
        added(2, MEMBER),
        role_changed(2, MEMBER, ADMIN),
        role_changed(2, ADMIN, ADMIN),
        role_changed(3, MEMBER, ADMIN),
        role_changed(1, OWNER, ADMIN),
        removed(1),
        removed(3),
        invited(2),
        accepted(2, 3),
        accepted(3, 2),
        accepted(1, 2),
        canceled(1),
        canceled(3),
        erased(3),
        team_created(1, "green"),
        team_created(3, "red"),
        team_renamed(3, "green", 6),
        team_renamed(1, "blue", 6),
        team_deleted(3),
        team_member_added(1, 2, TeamRole::Member),
        team_member_added(1, 3, TeamRole::Member),
        team_member_added(3, 2, TeamRole::Member),
        team_role_changed(1, 2, TeamRole::Member),
        team_role_changed(1, 1, TeamRole::Admin),
        team_role_changed(3, 2, TeamRole::Admin),
        team_member_removed(1, 1),
        team_member_removed(3, 2),
        granted(2, everywhere(), None),
        granted(3, everywhere(), None),
        revoked(1, everywhere()),
        account_created(1),
        account_created(2),
        account_rotated(2),
        account_rotated(3),
        account_revoked(2),
        account_revoked(3),
    ];
    for event in impossible {
        let refused = Organization::evolve(state.clone(), &event);
        assert_eq!(refused.unwrap_err().state, "running", "{event:?}");
    }
    let gone = Organization::evolve(state.clone(), &erased(1)).unwrap();
    assert!(Organization::evolve(gone, &erased(1)).is_err());
    let other = InvitationErased {
        invitation_id: invitation(1),
        email: content(9),
    };
    assert!(Organization::evolve(state, &other.into()).is_err());
}

#[test]
fn what_commands_ask_is_answered() {
    let state = folded(&history());
    assert_eq!(state.role_of(user(2)), Some(ADMIN));
    assert_eq!(state.role_of(user(3)), None);
    assert_eq!(state.owners().collect::<Vec<_>>(), [user(1)]);
    let running = state.running().unwrap();
    assert!(running.is_last_owner(user(1), &BTreeSet::new()));
    assert!(!running.is_last_owner(user(2), &BTreeSet::new()));
    assert_eq!(running.team_by_slug("blue"), Some(team(2)));
    assert_eq!(running.team_by_slug("green"), None);
    let open = |now_us| {
        let open = running.open_invitations(now_us);
        open.map(|(id, _)| id).collect::<Vec<_>>()
    };
    assert_eq!(open(NOW), [invitation(2)]);
    assert_eq!(open(END), []);
    let live = running.live_service_accounts();
    assert_eq!(live.map(|(id, _)| id).collect::<Vec<_>>(), [account(1)]);
    assert_eq!(OrganizationState::Absent.owners().count(), 0);
}

fn any_role() -> impl Strategy<Value = OrganizationRole> {
    prop_oneof![Just(MEMBER), Just(ADMIN), Just(OWNER)]
}

fn any_team_role() -> impl Strategy<Value = TeamRole> {
    prop_oneof![Just(TeamRole::Member), Just(TeamRole::Admin)]
}

fn any_scope() -> impl Strategy<Value = RoleScope> {
    let level = prop_oneof![
        Just(RoleScopeLevel::User),
        Just(RoleScopeLevel::Team),
        Just(RoleScopeLevel::Organization),
        Just(RoleScopeLevel::Project),
    ];
    (level, 1..4_u128).prop_map(|(level, number)| scope(level, number))
}

fn any_about_members() -> impl Strategy<Value = Command> {
    let departure = prop_oneof![
        Just(Departure::Removed),
        Just(Departure::Left),
        Just(Departure::Erased),
    ];
    (0..5_u8, 1..5_u128, any_role(), any_role(), departure).prop_map(
        |(which, number, role, by, departure)| match which {
            0 => create(number),
            1 => Command::Rename(content(number)),
            2 => Command::AddFirstOwner(user(number)),
            3 => change_role_by(by, number, role),
            _ => {
                let user_id = user(number);
                Command::RemoveMember(RemoveMember {
                    user_id,
                    departure,
                    by,
                    gone: BTreeSet::new(),
                })
            }
        },
    )
}

fn any_about_invitations() -> impl Strategy<Value = Command> {
    let times = (NOW..NOW + 10, NOW..NOW + 10);
    let of_team = proptest::option::of(1..4_u128);
    (
        0..5_u8,
        1..5_u128,
        1..5_u128,
        any_role(),
        any::<bool>(),
        of_team,
        times,
    )
        .prop_map(
            |(which, number, who, role, is_addressee, of_team, (now_us, expires_at_us))| match which
            {
                0 | 1 => Command::Invite(Invite {
                    role,
                    team_id: of_team.map(team),
                    expires_at_us,
                    now_us,
                    ..invite(number)
                }),
                2 => Command::AcceptInvitation(AcceptInvitation {
                    is_addressee,
                    now_us,
                    ..accept(number, who)
                }),
                3 => Command::CancelInvitation(invitation(number)),
                _ => Command::EraseInvitation(invitation(number)),
            },
        )
}

fn any_about_teams() -> impl Strategy<Value = Command> {
    let slug = prop_oneof![Just("red"), Just("blue"), Just("green")];
    (
        0..6_u8,
        1..4_u128,
        1..5_u128,
        slug,
        any_team_role(),
        0..2_u64,
    )
        .prop_map(|(which, number, who, slug, role, projects)| match which {
            0 => create_team(number, slug),
            1 => rename_team(number, slug, who),
            2 => delete_team(number, projects),
            3 => add_to_team(number, who, role),
            4 => change_in_team(number, who, role),
            _ => remove_from_team(number, who),
        })
}

fn any_about_grants() -> impl Strategy<Value = Command> {
    let end = proptest::option::of(NOW..NOW + 3);
    (0..5_u8, 1..5_u128, any_scope(), end).prop_map(|(which, number, scope, end)| match which {
        0 => grant(number, scope, end),
        1 => revoke(number, scope),
        2 => create_account(number),
        3 => rotate_account(number),
        _ => Command::RevokeServiceAccount(account(number)),
    })
}

fn any_commands() -> impl Strategy<Value = Vec<Command>> {
    let one = prop_oneof![
        any_about_members(),
        any_about_invitations(),
        any_about_teams(),
        any_about_grants(),
    ];
    proptest::collection::vec(one, 1..48)
}

/// Removing is the one effect that a retry cannot find again, and a rotation makes another secret each time:
/// idempotency keys answer those.
fn is_repeatable(command: &Command) -> bool {
    !matches!(
        command,
        Command::RemoveMember(_)
            | Command::DeleteTeam { .. }
            | Command::RotateServiceAccount { .. }
    )
}

proptest! {
    #[test]
    fn what_is_decided_can_happen_and_a_retry_changes_nothing(commands in any_commands()) {
        let mut state = OrganizationState::default();
        let first = [create(1), Command::AddFirstOwner(user(1))];
        for command in first.into_iter().chain(commands) {
            let Ok(events) = Organization::decide(&state, command.clone()) else { continue };
            for event in &events {
                state = Organization::evolve(state, event).unwrap();
            }
            let is_repeatable = is_repeatable(&command);
            match Organization::decide(&state, command) {
                Ok(again) => prop_assert!(again.is_empty() || !is_repeatable, "{:?}", again),
                Err(rejection) => prop_assert!(!is_repeatable, "{:?}", rejection),
            }
        }
    }

    #[test]
    fn there_is_always_an_owner_and_only_members_are_in_teams_or_have_roles(
        commands in any_commands()
    ) {
        let mut state = folded(&history());
        for command in commands {
            for event in Organization::decide(&state, command).unwrap_or_default() {
                state = Organization::evolve(state, &event).unwrap();
            }
            let running = state.running().unwrap();
            prop_assert!(running.owners().next().is_some());
            let in_teams = running.teams.values().flat_map(|team| team.members.keys());
            let with_roles = running.role_grants.keys().map(|(subject, _, _)| subject);
            for user in in_teams.chain(with_roles) {
                prop_assert!(running.members.contains_key(user), "{:?}", user);
            }
        }
    }

    #[test]
    fn there_is_always_an_owner_who_is_there(commands in any_commands()) {
        let gone = BTreeSet::from([user(2)]);
        let mut state = folded(&history());
        state = Organization::evolve(state, &role_changed(2, ADMIN, OWNER)).unwrap();
        for mut command in commands {
            if let Command::ChangeMemberRole(change) = &mut command {
                change.gone.clone_from(&gone);
            }
            if let Command::RemoveMember(removal) = &mut command {
                removal.gone.clone_from(&gone);
            }
            for event in Organization::decide(&state, command).unwrap_or_default() {
                state = Organization::evolve(state, &event).unwrap();
            }
            prop_assert!(state.owners().any(|owner| !gone.contains(&owner)));
        }
    }

    #[test]
    fn whoever_does_not_own_it_never_changes_who_does(commands in any_commands()) {
        let mut state = folded(&history());
        for mut command in commands {
            if let Command::ChangeMemberRole(change) = &mut command {
                change.by = ADMIN;
            }
            if let Command::RemoveMember(removal) = &mut command {
                removal.by = ADMIN;
            }
            if let Command::Invite(invite) = &mut command {
                invite.by = ADMIN;
            }
            for event in Organization::decide(&state, command).unwrap_or_default() {
                state = Organization::evolve(state, &event).unwrap();
            }
            prop_assert_eq!(state.owners().collect::<Vec<_>>(), vec![user(1)]);
        }
    }

    #[test]
    fn slugs_of_teams_differ(commands in any_commands()) {
        let mut state = folded(&history());
        for command in commands {
            for event in Organization::decide(&state, command).unwrap_or_default() {
                state = Organization::evolve(state, &event).unwrap();
            }
        }
        let running = state.running().unwrap();
        let slugs: std::collections::BTreeSet<_> = running.teams.values().map(|team| &team.slug).collect();
        prop_assert_eq!(slugs.len(), running.teams.len());
    }
}
