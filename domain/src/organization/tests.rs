//! Given events, when a command, then events or a rejection.

use std::collections::BTreeSet;

use super::samples::*;
use super::*;
use crate::kernel::testing::given;
use crate::kernel::{Class, Coded as _};
use OrganizationCommand as Command;

#[test]
fn an_organization_comes_to_be_once() {
    given::<Organization>([]).when(create(1)).then([created()]);
    owned([]).when(create(1)).then_nothing();
    owned([])
        .when(create(2))
        .then_rejected(Rejection::OrganizationExists);
}

#[test]
fn of_an_organization_that_is_not_there_nothing_can_be_asked() {
    for command in [
        Command::Rename(content(2)),
        Command::AddFirstOwner(user(1)),
        change_role(1, ADMIN),
        remove(1),
        Command::Invite(invite(1)),
        Command::AcceptInvitation(accept(1, 2)),
        Command::CancelInvitation(invitation(1)),
        Command::EraseInvitation(invitation(1)),
        create_team(1, "red"),
        rename_team(1, "red", 6),
        delete_team(1, 0),
        add_to_team(1, 1, TeamRole::Member),
        change_in_team(1, 1, TeamRole::Member),
        remove_from_team(1, 1),
        grant(1, everywhere(), None),
        revoke(1, everywhere()),
        create_account(1),
        rotate_account(1),
        Command::RevokeServiceAccount(account(1)),
    ] {
        given::<Organization>([])
            .when(command)
            .then_rejected(Rejection::OrganizationNotFound);
    }
}

#[test]
fn an_organization_is_renamed_unless_it_is_the_same_content() {
    let updated = OrganizationEvent::from(Updated { name: content(2) });
    let rename = Command::Rename(content(2));
    owned([]).when(rename.clone()).then([updated.clone()]);
    owned([updated]).when(rename).then_nothing();
}

#[test]
fn the_first_owner_needs_no_invitation() {
    let first = Command::AddFirstOwner(user(1));
    given::<Organization>([created()])
        .when(first.clone())
        .then([added(1, OWNER)]);
    owned([]).when(first).then_nothing();
    owned([])
        .when(Command::AddFirstOwner(user(2)))
        .then_nothing();
}

#[test]
fn whoever_came_before_the_first_owner_does_not_stand_in_the_way() {
    let before = || given::<Organization>([created(), added(1, ADMIN)]);
    before()
        .when(Command::AddFirstOwner(user(2)))
        .then([added(2, OWNER)]);
    before()
        .when(Command::AddFirstOwner(user(1)))
        .then([role_changed(1, ADMIN, OWNER)]);
}

#[test]
fn a_member_gets_another_role() {
    owned([added(2, MEMBER)])
        .when(change_role_by(ADMIN, 2, ADMIN))
        .then([role_changed(2, MEMBER, ADMIN)]);
    owned([added(2, MEMBER)])
        .when(change_role_by(ADMIN, 2, MEMBER))
        .then_nothing();
    owned([])
        .when(change_role(2, ADMIN))
        .then_rejected(Rejection::MemberNotFound);
}

#[test]
fn only_an_owner_makes_or_unmakes_owners() {
    let two = || owned([added(2, OWNER), added(3, MEMBER)]);
    for by in [MEMBER, ADMIN] {
        let mut invitation = invite(1);
        (invitation.role, invitation.by) = (OWNER, by);
        for command in [
            change_role_by(by, 3, OWNER),
            change_role_by(by, 2, ADMIN),
            remove_by(by, 2),
            Command::Invite(invitation),
        ] {
            two().when(command).then_rejected(Rejection::OwnerRequired);
        }
    }
    two()
        .when(change_role(3, OWNER))
        .then([role_changed(3, MEMBER, OWNER)]);
    two()
        .when(change_role(2, MEMBER))
        .then([role_changed(2, OWNER, MEMBER)]);
    two().when(remove(2)).then([removed(2)]);
    two().when(remove_by(ADMIN, 3)).then([removed(3)]);
}

#[test]
fn the_last_owner_stays() {
    let one = || owned([added(2, ADMIN)]);
    one()
        .when(change_role(1, ADMIN))
        .then_rejected(Rejection::LastOwner);
    for departure in [Departure::Removed, Departure::Left, Departure::Erased] {
        let remove = Command::RemoveMember(RemoveMember {
            user_id: user(1),
            departure,
            by: OWNER,
            gone: BTreeSet::new(),
        });
        one().when(remove).then_rejected(Rejection::LastOwner);
    }
    let another = role_changed(2, ADMIN, OWNER);
    owned([added(2, ADMIN), another])
        .when(change_role(1, ADMIN))
        .then([role_changed(1, OWNER, ADMIN)]);
}

/// The same command when these were erased.
fn while_gone(mut command: Command, erased: u128) -> Command {
    if let Command::ChangeMemberRole(change) = &mut command {
        change.gone = BTreeSet::from([user(erased)]);
    } else if let Command::RemoveMember(removal) = &mut command {
        removal.gone = BTreeSet::from([user(erased)]);
    } else {
        panic!("{command:?} asks for nobody");
    }
    command
}

#[test]
fn an_owner_who_was_erased_counts_for_nothing_and_goes_whoever_asks() {
    let haunted = || owned([added(2, OWNER), added(3, MEMBER)]);
    for command in [change_role(1, ADMIN), remove(1)] {
        haunted()
            .when(while_gone(command, 2))
            .then_rejected(Rejection::LastOwner);
    }
    let gone = || MemberRemoved {
        user_id: user(2),
        departure: Departure::Erased,
    };
    for by in [MEMBER, ADMIN, OWNER] {
        let remove = while_gone(remove_by(by, 2), 2);
        haunted().when(remove).then([gone().into()]);
    }
    haunted()
        .when(while_gone(change_role(2, MEMBER), 2))
        .then_rejected(Rejection::MemberNotFound);
    haunted()
        .when(while_gone(change_role(3, OWNER), 2))
        .then([role_changed(3, MEMBER, OWNER)]);
}

#[test]
fn whoever_was_erased_goes_even_as_the_last_owner_and_another_can_come() {
    let gone = MemberRemoved {
        user_id: user(1),
        departure: Departure::Erased,
    };
    owned([added(2, ADMIN)])
        .when(while_gone(remove(1), 1))
        .then([gone.clone().into()]);
    owned([added(2, ADMIN), gone.into()])
        .when(change_role(2, OWNER))
        .then([role_changed(2, ADMIN, OWNER)]);
}

#[test]
fn whoever_is_no_member_cannot_be_removed() {
    owned([])
        .when(remove(2))
        .then_rejected(Rejection::MemberNotFound);
    // An erasure may be asked for twice.
    let erase = Command::RemoveMember(RemoveMember {
        user_id: user(2),
        departure: Departure::Erased,
        by: OWNER,
        gone: BTreeSet::new(),
    });
    owned([]).when(erase).then([]);
    owned([added(2, MEMBER), removed(2)])
        .when(remove(2))
        .then_rejected(Rejection::MemberNotFound);
}

#[test]
fn with_membership_go_teams_and_further_roles() {
    let in_team = team_member_added(1, 2, TeamRole::Admin);
    let history = || {
        [
            added(2, MEMBER),
            added(3, MEMBER),
            team_created(1, "red"),
            in_team.clone(),
            team_member_added(1, 3, TeamRole::Member),
            granted(2, everywhere(), None),
            granted(3, everywhere(), None),
            removed(2),
        ]
    };
    owned(history())
        .when(revoke(2, everywhere()))
        .then_nothing();
    owned(history()).when(remove_from_team(1, 2)).then_nothing();
    owned(history())
        .when(revoke(3, everywhere()))
        .then([revoked(3, everywhere())]);
    owned(history())
        .when(remove_from_team(1, 3))
        .then([team_member_removed(1, 3)]);
}

#[test]
fn a_team_comes_to_be_once_under_a_slug_of_its_own() {
    owned([])
        .when(create_team(1, "red"))
        .then([team_created(1, "red")]);
    let one = || owned([team_created(1, "red")]);
    one().when(create_team(1, "red")).then_nothing();
    let slug = "red".to_owned();
    one()
        .when(create_team(2, "red"))
        .then_rejected(Rejection::SlugTaken { slug });
    owned([team_created(1, "red"), team_deleted(1)])
        .when(create_team(2, "red"))
        .then([team_created(2, "red")]);
}

#[test]
fn an_organization_has_a_bounded_number_of_teams() {
    let teams = (1..=50).map(|number| team_created(number, &format!("team-{number}")));
    given::<Organization>(std::iter::once(created()).chain(teams))
        .when(create_team(51, "team-51"))
        .then_rejected(Rejection::TeamLimit);
}

#[test]
fn a_team_is_renamed_within_the_free_slugs() {
    let two = || owned([team_created(1, "red"), team_created(2, "blue")]);
    two()
        .when(rename_team(1, "green", 6))
        .then([team_renamed(1, "green", 6)]);
    two()
        .when(rename_team(1, "red", 8))
        .then([team_renamed(1, "red", 8)]);
    two().when(rename_team(1, "red", 6)).then_nothing();
    let slug = "blue".to_owned();
    two()
        .when(rename_team(1, "blue", 6))
        .then_rejected(Rejection::SlugTaken { slug });
    two()
        .when(rename_team(3, "green", 6))
        .then_rejected(Rejection::TeamNotFound);
}

#[test]
fn a_team_stays_while_it_owns_projects() {
    let one = || owned([team_created(1, "red")]);
    one().when(delete_team(1, 0)).then([team_deleted(1)]);
    one()
        .when(delete_team(1, 2))
        .then_rejected(Rejection::TeamOwnsProjects { projects: 2 });
    owned([])
        .when(delete_team(1, 0))
        .then_rejected(Rejection::TeamNotFound);
}

#[test]
fn members_of_a_team_are_members_of_the_organization() {
    use TeamRole::{Admin, Member};
    let one = || owned([team_created(1, "red"), added(2, MEMBER)]);
    one()
        .when(add_to_team(1, 2, Member))
        .then([team_member_added(1, 2, Member)]);
    one()
        .when(add_to_team(1, 3, Member))
        .then_rejected(Rejection::MemberNotFound);
    one()
        .when(add_to_team(2, 2, Member))
        .then_rejected(Rejection::TeamNotFound);
    let joined = [
        team_created(1, "red"),
        added(2, MEMBER),
        team_member_added(1, 2, Member),
    ];
    owned(joined.clone())
        .when(add_to_team(1, 2, Member))
        .then_nothing();
    owned(joined)
        .when(add_to_team(1, 2, Admin))
        .then([team_role_changed(1, 2, Admin)]);
}

#[test]
fn a_member_of_a_team_gets_another_role_in_it() {
    use TeamRole::{Admin, Member};
    let one = || {
        owned([
            team_created(1, "red"),
            added(2, MEMBER),
            added(3, MEMBER),
            team_member_added(1, 2, Member),
        ])
    };
    one()
        .when(change_in_team(1, 2, Admin))
        .then([team_role_changed(1, 2, Admin)]);
    one().when(change_in_team(1, 2, Member)).then_nothing();
    one()
        .when(change_in_team(1, 3, Admin))
        .then_rejected(Rejection::MemberNotFound);
    one()
        .when(change_in_team(2, 2, Admin))
        .then_rejected(Rejection::TeamNotFound);
}

#[test]
fn a_member_leaves_a_team_once() {
    let in_team = team_member_added(1, 1, TeamRole::Member);
    owned([team_created(1, "red"), in_team])
        .when(remove_from_team(1, 1))
        .then([team_member_removed(1, 1)]);
    owned([team_created(1, "red")])
        .when(remove_from_team(1, 1))
        .then_nothing();
    owned([])
        .when(remove_from_team(1, 1))
        .then_rejected(Rejection::TeamNotFound);
}

#[test]
fn a_further_role_is_granted_and_its_end_replaced() {
    let forever = granted(1, everywhere(), None);
    let until = granted(1, everywhere(), Some(END));
    owned([])
        .when(grant(1, everywhere(), None))
        .then([forever.clone()]);
    owned([forever.clone()])
        .when(grant(1, everywhere(), None))
        .then_nothing();
    owned([forever])
        .when(grant(1, everywhere(), Some(END)))
        .then([until.clone()]);
    owned([until])
        .when(grant(1, everywhere(), Some(END)))
        .then_nothing();
}

#[test]
fn a_further_role_is_for_members_in_the_organization() {
    use RoleScopeLevel::{Organization, Project, Team, User};
    owned([])
        .when(grant(2, everywhere(), None))
        .then_rejected(Rejection::MemberNotFound);
    owned([])
        .when(grant(1, scope(Organization, 2), None))
        .then_rejected(Rejection::RoleScopeNotFound);
    owned([])
        .when(grant(1, scope(Team, 1), None))
        .then_rejected(Rejection::TeamNotFound);
    owned([team_created(1, "red")])
        .when(grant(1, scope(Team, 1), None))
        .then([granted(1, scope(Team, 1), None)]);
    let of_person = RoleScope {
        level: User,
        record_id: user(1).0,
    };
    for scope in [of_person, scope(Project, 9)] {
        owned([])
            .when(grant(1, scope, None))
            .then([granted(1, scope, None)]);
    }
    let mut of_no_project = grant(1, scope(Project, 9), None);
    if let Command::GrantRole {
        is_project_there, ..
    } = &mut of_no_project
    {
        *is_project_there = false;
    }
    let of_nobody = RoleScope {
        level: User,
        record_id: user(9).0,
    };
    for command in [of_no_project, grant(1, of_nobody, None)] {
        owned([])
            .when(command)
            .then_rejected(Rejection::RoleScopeNotFound);
    }
}

#[test]
fn a_further_role_ends_after_it_began() {
    for end in [NOW - 1, NOW] {
        owned([granted(1, everywhere(), Some(end))])
            .when(grant(1, everywhere(), Some(end)))
            .then_rejected(Rejection::RoleGrantExpired);
    }
    owned([])
        .when(grant(1, everywhere(), Some(NOW + 1)))
        .then([granted(1, everywhere(), Some(NOW + 1))]);
}

#[test]
fn a_further_role_is_taken_back_once() {
    owned([granted(1, everywhere(), None)])
        .when(revoke(1, everywhere()))
        .then([revoked(1, everywhere())]);
    owned([]).when(revoke(1, everywhere())).then_nothing();
}

#[test]
fn a_service_account_is_made_once_even_if_it_was_revoked_since() {
    owned([]).when(create_account(1)).then([account_created(1)]);
    owned([account_created(1)])
        .when(create_account(1))
        .then_nothing();
    owned([account_created(1), account_revoked(1)])
        .when(create_account(1))
        .then_nothing();
}

#[test]
fn an_organization_has_a_bounded_number_of_live_service_accounts() {
    let full = || std::iter::once(created()).chain((1..=100).map(account_created));
    given::<Organization>(full())
        .when(create_account(101))
        .then_rejected(Rejection::ServiceAccountLimit);
    given::<Organization>(full().chain([account_revoked(7)]))
        .when(create_account(101))
        .then([account_created(101)]);
}

#[test]
fn a_live_service_account_gets_another_secret_each_time() {
    let rotated = account_rotated(1);
    owned([account_created(1), rotated.clone()])
        .when(rotate_account(1))
        .then([rotated]);
    for history in [vec![], vec![account_created(1), account_revoked(1)]] {
        given::<Organization>([created()].into_iter().chain(history))
            .when(rotate_account(1))
            .then_rejected(Rejection::ServiceAccountNotFound);
    }
}

#[test]
fn a_service_account_is_revoked_once() {
    let revoke = Command::RevokeServiceAccount(account(1));
    owned([account_created(1)])
        .when(revoke.clone())
        .then([account_revoked(1)]);
    owned([account_created(1), account_revoked(1)])
        .when(revoke.clone())
        .then_nothing();
    owned([])
        .when(revoke)
        .then_rejected(Rejection::ServiceAccountNotFound);
}

#[test]
fn refusals_have_stable_codes() {
    use Class::{Conflict, Forbidden, NotFound, Rejected};
    use Rejection as No;
    let slug = "red".to_owned();
    let codes = [
        (No::OrganizationNotFound, NotFound, "ORGANIZATION_NOT_FOUND"),
        (No::OrganizationExists, Conflict, "ORGANIZATION_EXISTS"),
        (No::LastOwner, Conflict, "LAST_OWNER"),
        (No::OwnerRequired, Forbidden, "OWNER_REQUIRED"),
        (No::MemberNotFound, NotFound, "MEMBER_NOT_FOUND"),
        (No::AlreadyMember, Conflict, "ALREADY_MEMBER"),
        (No::InvitationNotFound, NotFound, "INVITATION_NOT_FOUND"),
        (
            No::InvitationOtherAddressee,
            Forbidden,
            "INVITATION_OTHER_ADDRESSEE",
        ),
        (No::InvitationCanceled, Conflict, "INVITATION_CANCELED"),
        (No::InvitationExpired, Rejected, "INVITATION_EXPIRED"),
        (No::InvitationAccepted, Conflict, "INVITATION_ACCEPTED"),
        (No::InvitationLimit, Rejected, "INVITATION_LIMIT"),
        (No::TeamNotFound, NotFound, "TEAM_NOT_FOUND"),
        (No::SlugTaken { slug }, Conflict, "SLUG_TAKEN"),
        (No::TeamLimit, Rejected, "TEAM_LIMIT"),
        (
            No::TeamOwnsProjects { projects: 2 },
            Conflict,
            "TEAM_OWNS_PROJECTS",
        ),
        (No::RoleScopeNotFound, NotFound, "ROLE_SCOPE_NOT_FOUND"),
        (No::RoleGrantExpired, Rejected, "ROLE_GRANT_EXPIRED"),
        (
            No::ServiceAccountNotFound,
            NotFound,
            "SERVICE_ACCOUNT_NOT_FOUND",
        ),
        (No::ServiceAccountLimit, Rejected, "SERVICE_ACCOUNT_LIMIT"),
    ];
    for (rejection, class, code) in codes {
        assert_eq!((rejection.class(), rejection.code()), (class, code));
        assert!(rejection.details().is_object());
    }
}
