//! Invitations: sent, followed, taken back, and without an address.

use crate::kernel::testing::given;
use crate::organization::samples::*;
use crate::organization::*;
use OrganizationCommand as Command;

#[test]
fn an_invitation_is_sent_once() {
    let command = || Command::Invite(invite(1));
    owned([]).when(command()).then([invited(1)]);
    owned([invited(1)]).when(command()).then_nothing();
    owned([invited(1), canceled(1)])
        .when(command())
        .then_nothing();
}

#[test]
fn members_are_not_invited() {
    let mut command = invite(1);
    command.is_member = true;
    owned([])
        .when(Command::Invite(command))
        .then_rejected(Rejection::AlreadyMember);
}

#[test]
fn an_invitation_to_a_team_needs_the_team() {
    let mut command = invite(1);
    command.team_id = Some(team(1));
    let command = Command::Invite(command);
    owned([])
        .when(command.clone())
        .then_rejected(Rejection::TeamNotFound);
    owned([team_created(1, "red")])
        .when(command)
        .then([invited_to(1, Some(team(1)))]);
}

#[test]
fn an_organization_has_a_bounded_number_of_open_invitations() {
    let full = || {
        let history = [created(), added(1, OWNER)];
        given::<Organization>(history.into_iter().chain((1..=1_000).map(invited)))
    };
    full()
        .when(Command::Invite(invite(1_001)))
        .then_rejected(Rejection::InvitationLimit);
    let mut later = invite(1_001);
    (later.now_us, later.expires_at_us) = (END, END + 1);
    let sent = InvitationSent {
        invitation_id: invitation(1_001),
        email: content(5),
        role: ADMIN,
        team_id: None,
        expires_at_us: END + 1,
    };
    full().when(Command::Invite(later)).then([sent.into()]);
}

#[test]
fn the_addressee_becomes_a_member() {
    owned([invited(1)])
        .when(Command::AcceptInvitation(accept(1, 2)))
        .then([followed(1, 2), accepted(1, 2)]);
    owned([])
        .when(Command::AcceptInvitation(accept(1, 2)))
        .then_rejected(Rejection::InvitationNotFound);
}

#[test]
fn whoever_is_a_member_already_keeps_their_role() {
    owned([invited(1), added(2, MEMBER)])
        .when(Command::AcceptInvitation(accept(1, 2)))
        .then([accepted(1, 2)]);
}

#[test]
fn the_team_of_an_invitation_comes_with_it_if_it_is_still_there() {
    let with_team = || [team_created(1, "red"), invited_to(1, Some(team(1)))];
    let command = || Command::AcceptInvitation(accept(1, 2));
    let in_team = team_member_added(1, 2, TeamRole::Member);
    given::<Organization>([created()].into_iter().chain(with_team()))
        .when(command())
        .then([followed(1, 2), accepted(1, 2), in_team]);
    let deleted = with_team().into_iter().chain([team_deleted(1)]);
    given::<Organization>([created()].into_iter().chain(deleted))
        .when(command())
        .then([followed(1, 2), accepted(1, 2)]);
    let already = [added(2, MEMBER), team_member_added(1, 2, TeamRole::Admin)];
    let history = [created()].into_iter().chain(with_team()).chain(already);
    given::<Organization>(history)
        .when(command())
        .then([accepted(1, 2)]);
}

#[test]
fn an_invitation_is_followed_once() {
    let history = || [invited(1), followed(1, 2), accepted(1, 2)];
    let mut again = accept(1, 2);
    (again.is_addressee, again.now_us) = (false, END);
    owned(history())
        .when(Command::AcceptInvitation(again))
        .then_nothing();
    owned(history())
        .when(Command::AcceptInvitation(accept(1, 3)))
        .then_rejected(Rejection::InvitationAccepted);
    owned(history())
        .when(Command::CancelInvitation(invitation(1)))
        .then_rejected(Rejection::InvitationAccepted);
    let removed = history().into_iter().chain([removed(2)]);
    given::<Organization>([created(), added(1, OWNER)].into_iter().chain(removed))
        .when(Command::AcceptInvitation(accept(1, 2)))
        .then_rejected(Rejection::InvitationAccepted);
}

#[test]
fn whom_an_invitation_did_not_go_to_learns_nothing_of_it() {
    let mut command = accept(1, 3);
    command.is_addressee = false;
    for history in [
        vec![invited(1)],
        vec![invited(1), canceled(1)],
        vec![invited(1), followed(1, 2), accepted(1, 2)],
    ] {
        given::<Organization>([created()].into_iter().chain(history))
            .when(Command::AcceptInvitation(command))
            .then_rejected(Rejection::InvitationOtherAddressee);
    }
}

#[test]
fn an_invitation_ends() {
    let mut last = accept(1, 2);
    last.now_us = END - 1;
    owned([invited(1)])
        .when(Command::AcceptInvitation(last))
        .then([followed(1, 2), accepted(1, 2)]);
    last.now_us = END;
    owned([invited(1)])
        .when(Command::AcceptInvitation(last))
        .then_rejected(Rejection::InvitationExpired);
}

#[test]
fn an_invitation_is_taken_back_once() {
    let cancel = Command::CancelInvitation(invitation(1));
    owned([invited(1)]).when(cancel.clone()).then([canceled(1)]);
    owned([invited(1), canceled(1)])
        .when(cancel.clone())
        .then_nothing();
    owned([])
        .when(cancel)
        .then_rejected(Rejection::InvitationNotFound);
    owned([invited(1), canceled(1)])
        .when(Command::AcceptInvitation(accept(1, 2)))
        .then_rejected(Rejection::InvitationCanceled);
}

#[test]
fn the_address_of_an_invitation_goes_once_whatever_became_of_it() {
    let erase = || Command::EraseInvitation(invitation(1));
    for history in [
        vec![invited(1)],
        vec![invited(1), canceled(1)],
        vec![invited(1), followed(1, 2), accepted(1, 2)],
    ] {
        let before = [created()].into_iter().chain(history);
        given::<Organization>(before.clone())
            .when(erase())
            .then([erased(1)]);
        given::<Organization>(before.chain([erased(1)]))
            .when(erase())
            .then_nothing();
    }
    owned([])
        .when(erase())
        .then_rejected(Rejection::InvitationNotFound);
}

#[test]
fn a_pending_invitation_without_an_address_is_as_good_as_taken_back() {
    let erased = || owned([invited(1), erased(1)]);
    erased()
        .when(Command::AcceptInvitation(accept(1, 2)))
        .then_rejected(Rejection::InvitationCanceled);
    erased()
        .when(Command::CancelInvitation(invitation(1)))
        .then_nothing();
}
