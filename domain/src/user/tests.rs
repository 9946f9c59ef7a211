//! Given events, when a command, then events or a rejection; and the laws that hold for every command.

use proptest::prelude::*;
use uuid::Uuid;

use super::*;
use crate::kernel::testing::{Given, given};
use crate::kernel::{Class, Coded as _, ContentRef, TenantId, TokenId, UserId};

fn content(number: u128) -> ContentRef {
    ContentRef {
        id: Uuid::from_u128(number),
        digest: "22".repeat(32),
        size: 9,
    }
}

fn who() -> UserId {
    UserId(Uuid::from_u128(1))
}

fn organization(number: u128) -> TenantId {
    TenantId::new(Uuid::from_u128(number))
}

fn token(number: u128) -> TokenId {
    TokenId(Uuid::from_u128(number))
}

fn register(is_first: bool) -> UserCommand {
    UserCommand::Register(Register {
        user_id: who(),
        user_type: UserType::Human,
        name: content(1),
        email: content(2),
        is_email_taken: false,
        is_first,
    })
}

fn registered_as(platform_role: PlatformRole) -> UserEvent {
    Registered {
        user_id: who(),
        user_type: UserType::Human,
        name: content(1),
        email: content(2),
        platform_role,
    }
    .into()
}

fn person() -> Given<User> {
    given([registered_as(PlatformRole::User)])
}

fn administrator() -> Given<User> {
    given([registered_as(PlatformRole::Admin)])
}

fn banned_administrator() -> Given<User> {
    given([registered_as(PlatformRole::Admin), Banned {}.into()])
}

fn change_role(to: PlatformRole, administrators: u64) -> UserCommand {
    UserCommand::ChangePlatformRole(ChangePlatformRole { to, administrators })
}

fn role_changed(from: PlatformRole, to: PlatformRole) -> UserEvent {
    PlatformRoleChanged { from, to }.into()
}

fn create_token(number: u128) -> UserCommand {
    UserCommand::CreateToken(CreateToken {
        token_id: token(number),
        organization_id: Some(organization(1)),
        scopes: None,
        expires_at_us: Some(7),
    })
}

fn token_created(number: u128) -> UserEvent {
    TokenCreated {
        token_id: token(number),
        organization_id: Some(organization(1)),
        scopes: None,
        expires_at_us: Some(7),
    }
    .into()
}

fn token_revoked(number: u128) -> UserEvent {
    let token_id = token(number);
    TokenRevoked { token_id }.into()
}

fn joined(number: u128) -> UserEvent {
    let organization_id = organization(number);
    Joined { organization_id }.into()
}

fn left(number: u128) -> UserEvent {
    let organization_id = organization(number);
    Left { organization_id }.into()
}

fn erase(administrators: u64, owned_alone: Vec<TenantId>) -> UserCommand {
    UserCommand::Erase(Erase {
        by: ErasedBy::Person,
        administrators,
        owned_alone,
    })
}

fn erased(name: u128) -> UserEvent {
    let contents = vec![content(name), content(2)];
    let by = ErasedBy::Person;
    Erased { by, contents }.into()
}

#[test]
fn whoever_is_first_administers_the_instance() {
    given::<User>([])
        .when(register(true))
        .then([registered_as(PlatformRole::Admin)]);
    given::<User>([])
        .when(register(false))
        .then([registered_as(PlatformRole::User)]);
}

#[test]
fn an_address_belongs_to_one_person() {
    let taken = UserCommand::Register(Register {
        user_id: who(),
        user_type: UserType::Human,
        name: content(1),
        email: content(2),
        is_email_taken: true,
        is_first: false,
    });
    given::<User>([])
        .when(taken.clone())
        .then_rejected(Rejection::EmailTaken);
    person().when(taken).then_nothing();
}

#[test]
fn an_address_is_proved_once() {
    let verified = UserEvent::from(EmailVerified {});
    person()
        .when(UserCommand::VerifyEmail)
        .then([verified.clone()]);
    given::<User>([registered_as(PlatformRole::User), verified])
        .when(UserCommand::VerifyEmail)
        .then_nothing();
}

#[test]
fn a_new_name_says_what_to_forget_of_the_former_one() {
    let renamed = UserEvent::from(Renamed {
        name: content(3),
        former: content(1),
    });
    let rename = UserCommand::Rename { name: content(3) };
    person().when(rename.clone()).then([renamed.clone()]);
    given::<User>([registered_as(PlatformRole::User), renamed])
        .when(rename)
        .then_nothing();
}

#[test]
fn setting_a_password_is_always_a_fact() {
    let set = UserEvent::from(PasswordSet {});
    person().when(UserCommand::SetPassword).then([set.clone()]);
    given::<User>([registered_as(PlatformRole::User), set.clone()])
        .when(UserCommand::SetPassword)
        .then([set]);
}

#[test]
fn the_last_administrator_stays_one() {
    use PlatformRole::{Admin, User as Plain};
    administrator()
        .when(change_role(Plain, 1))
        .then_rejected(Rejection::LastAdministrator);
    administrator()
        .when(change_role(Plain, 2))
        .then([role_changed(Admin, Plain)]);
    administrator().when(change_role(Admin, 1)).then_nothing();
    person()
        .when(change_role(Admin, 1))
        .then([role_changed(Plain, Admin)]);
    banned_administrator()
        .when(change_role(Plain, 1))
        .then([role_changed(Admin, Plain)]);
}

#[test]
fn the_last_administrator_is_not_banned() {
    let ban = |administrators| UserCommand::Ban { administrators };
    let banned = UserEvent::from(Banned {});
    administrator()
        .when(ban(1))
        .then_rejected(Rejection::LastAdministrator);
    administrator().when(ban(2)).then([banned.clone()]);
    person().when(ban(1)).then([banned]);
    banned_administrator().when(ban(1)).then_nothing();
}

#[test]
fn a_ban_is_lifted_once() {
    let unbanned = UserEvent::from(Unbanned {});
    banned_administrator()
        .when(UserCommand::Unban)
        .then([unbanned]);
    person().when(UserCommand::Unban).then_nothing();
}

#[test]
fn joining_and_leaving_are_said_once_per_organization() {
    let join = UserCommand::Join(organization(1));
    let leave = UserCommand::Leave(organization(1));
    let member = || given::<User>([registered_as(PlatformRole::User), joined(1)]);
    person().when(join.clone()).then([joined(1)]);
    person().when(leave.clone()).then_nothing();
    member().when(join).then_nothing();
    member().when(leave).then([left(1)]);
    member()
        .when(UserCommand::Join(organization(2)))
        .then([joined(2)]);
}

#[test]
fn a_token_is_made_once_even_if_it_was_revoked_since() {
    let live = [registered_as(PlatformRole::User), token_created(1)];
    person().when(create_token(1)).then([token_created(1)]);
    given::<User>(live.clone())
        .when(create_token(1))
        .then_nothing();
    given::<User>(live.into_iter().chain([token_revoked(1)]))
        .when(create_token(1))
        .then_nothing();
}

#[test]
fn a_person_has_a_bounded_number_of_live_tokens() {
    let full = || {
        let tokens = (1..=100).map(token_created);
        std::iter::once(registered_as(PlatformRole::User)).chain(tokens)
    };
    given::<User>(full())
        .when(create_token(101))
        .then_rejected(Rejection::TokenLimit);
    given::<User>(full().chain([token_revoked(7)]))
        .when(create_token(101))
        .then([token_created(101)]);
}

#[test]
fn a_token_is_revoked_once_and_must_have_been_there() {
    let revoke = UserCommand::RevokeToken(token(1));
    let live = [registered_as(PlatformRole::User), token_created(1)];
    person()
        .when(revoke.clone())
        .then_rejected(Rejection::TokenNotFound);
    given::<User>(live.clone())
        .when(revoke.clone())
        .then([token_revoked(1)]);
    given::<User>(live.into_iter().chain([token_revoked(1)]))
        .when(revoke)
        .then_nothing();
}

#[test]
fn an_erasure_names_what_goes() {
    let renamed = Renamed {
        name: content(3),
        former: content(1),
    };
    person().when(erase(1, vec![])).then([erased(1)]);
    given::<User>([registered_as(PlatformRole::User), renamed.into()])
        .when(erase(1, vec![]))
        .then([erased(3)]);
    administrator().when(erase(2, vec![])).then([erased(1)]);
    banned_administrator()
        .when(erase(1, vec![]))
        .then([erased(1)]);
}

#[test]
fn nobody_is_erased_whom_an_organization_or_the_instance_depends_on() {
    administrator()
        .when(erase(1, vec![]))
        .then_rejected(Rejection::LastAdministrator);
    let organizations = vec![organization(1), organization(2)];
    let rejection = Rejection::LastOwner {
        organizations: organizations.clone(),
    };
    let named = serde_json::json!({ "organizationIds": [
        "00000000-0000-0000-0000-000000000001", "00000000-0000-0000-0000-000000000002",
    ] });
    assert_eq!(rejection.details(), named);
    person()
        .when(erase(1, organizations))
        .then_rejected(rejection);
}

fn about_somebody() -> Vec<UserCommand> {
    vec![
        UserCommand::VerifyEmail,
        UserCommand::Rename { name: content(3) },
        UserCommand::SetPassword,
        change_role(PlatformRole::Admin, 2),
        UserCommand::Ban { administrators: 2 },
        UserCommand::Unban,
        UserCommand::Join(organization(1)),
        create_token(1),
        UserCommand::RevokeToken(token(1)),
    ]
}

#[test]
fn whoever_was_erased_does_not_come_back() {
    let gone = || given::<User>([registered_as(PlatformRole::User), erased(1)]);
    gone().when(erase(1, vec![])).then_nothing();
    let leave = UserCommand::Leave(organization(1));
    gone().when(leave).then_nothing();
    for command in about_somebody().into_iter().chain([register(false)]) {
        gone().when(command).then_rejected(Rejection::UserErased);
    }
}

#[test]
fn of_nobody_nothing_can_be_asked() {
    let leave = UserCommand::Leave(organization(1));
    for command in about_somebody()
        .into_iter()
        .chain([erase(1, vec![]), leave])
    {
        given::<User>([])
            .when(command)
            .then_rejected(Rejection::UserNotFound);
    }
}

#[test]
fn what_cannot_follow_is_refused() {
    let renamed = Renamed {
        name: content(3),
        former: content(9),
    };
    let history = [
        registered_as(PlatformRole::User),
        joined(1),
        token_created(1),
    ];
    let start = history
        .iter()
        .try_fold(UserState::Absent, User::evolve)
        .unwrap();
    let impossible = [
        registered_as(PlatformRole::User),
        renamed.into(),
        role_changed(PlatformRole::Admin, PlatformRole::User),
        role_changed(PlatformRole::User, PlatformRole::User),
        Unbanned {}.into(),
        joined(1),
        left(2),
        token_created(1),
        token_revoked(2),
    ];
    for event in impossible {
        assert!(User::evolve(start.clone(), &event).is_err(), "{event:?}");
        let too_late = User::evolve(UserState::Erased, &event);
        assert_eq!(too_late.unwrap_err().state, "erased", "{event:?}");
    }
    for event in [EmailVerified {}.into(), UserEvent::from(Banned {})] {
        assert!(
            User::evolve(UserState::Absent, &event).is_err(),
            "{event:?}"
        );
        let once = User::evolve(start.clone(), &event).unwrap();
        assert!(User::evolve(once, &event).is_err(), "{event:?}");
    }
    let revoked = User::evolve(start, &token_revoked(1)).unwrap();
    assert!(User::evolve(revoked, &token_created(1)).is_err());
}

#[test]
fn a_banned_administrator_administers_nothing() {
    let state = User::evolve(UserState::Absent, &registered_as(PlatformRole::Admin)).unwrap();
    assert!(state.person().unwrap().is_administrator());
    let state = User::evolve(state, &Banned {}.into()).unwrap();
    assert!(!state.person().unwrap().is_administrator());
}

#[test]
fn refusals_have_stable_codes() {
    let organizations = vec![];
    let codes = [
        (Rejection::EmailTaken, Class::Conflict, "EMAIL_TAKEN"),
        (Rejection::UserNotFound, Class::NotFound, "USER_NOT_FOUND"),
        (Rejection::UserErased, Class::NotFound, "USER_ERASED"),
        (
            Rejection::LastAdministrator,
            Class::Conflict,
            "LAST_ADMINISTRATOR",
        ),
        (
            Rejection::LastOwner { organizations },
            Class::Conflict,
            "LAST_OWNER",
        ),
        (Rejection::TokenLimit, Class::Rejected, "TOKEN_LIMIT"),
        (Rejection::TokenNotFound, Class::NotFound, "TOKEN_NOT_FOUND"),
    ];
    for (rejection, class, code) in codes {
        assert_eq!((rejection.class(), rejection.code()), (class, code));
        assert!(rejection.details().is_object());
    }
}

fn any_command() -> impl Strategy<Value = UserCommand> {
    let role = prop_oneof![Just(PlatformRole::User), Just(PlatformRole::Admin)];
    (0..12_u8, 1..4_u128, 1..3_u64, role).prop_map(|(which, number, administrators, role)| {
        match which {
            0 => register(administrators == 1),
            1 => UserCommand::VerifyEmail,
            2 => {
                let name = content(number);
                UserCommand::Rename { name }
            }
            3 => UserCommand::SetPassword,
            4 => change_role(role, administrators),
            5 => UserCommand::Ban { administrators },
            6 => UserCommand::Unban,
            7 => UserCommand::Join(organization(number)),
            8 => UserCommand::Leave(organization(number)),
            9 => create_token(number),
            10 => UserCommand::RevokeToken(token(number)),
            _ => erase(administrators, vec![]),
        }
    })
}

proptest! {
    #[test]
    fn what_is_decided_can_happen_and_a_retry_changes_nothing(
        commands in proptest::collection::vec(any_command(), 1..24)
    ) {
        let mut state = User::evolve(UserState::Absent, &registered_as(PlatformRole::Admin)).unwrap();
        for command in commands {
            let Ok(events) = User::decide(&state, command.clone()) else { continue };
            for event in &events {
                state = User::evolve(state, event).unwrap();
            }
            // A password is never compared: setting one is a fact each time.
            if command != UserCommand::SetPassword {
                prop_assert_eq!(User::decide(&state, command), Ok(Vec::new()));
            }
        }
    }

    #[test]
    fn the_only_administrator_never_stops_being_one(
        commands in proptest::collection::vec(any_command(), 1..24)
    ) {
        let mut state = User::evolve(UserState::Absent, &registered_as(PlatformRole::Admin)).unwrap();
        for mut command in commands {
            if let UserCommand::ChangePlatformRole(change) = &mut command {
                change.administrators = 1;
            }
            if let UserCommand::Ban { administrators } = &mut command {
                *administrators = 1;
            }
            if let UserCommand::Erase(erase) = &mut command {
                erase.administrators = 1;
            }
            for event in User::decide(&state, command).unwrap_or_default() {
                state = User::evolve(state, &event).unwrap();
            }
            prop_assert!(state.person().is_some_and(Person::is_administrator));
        }
    }
}
