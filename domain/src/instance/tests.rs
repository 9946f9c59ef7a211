//! Given events, when a command, then events or a rejection; what a namespace and a slug are; and the laws
//! that hold for every command.

use proptest::prelude::*;
use uuid::Uuid;

use super::*;
use crate::kernel::testing::{Given, given};
use crate::kernel::{Class, Coded as _, ContentRef, TenantId, UserId};

fn organization(number: u128) -> TenantId {
    TenantId::new(Uuid::from_u128(number))
}

fn user(number: u128) -> UserId {
    UserId(Uuid::from_u128(number))
}

fn name() -> ContentRef {
    ContentRef {
        id: Uuid::nil(),
        digest: "22".repeat(32),
        size: 9,
    }
}

fn namespace(text: &str) -> Namespace {
    Namespace::parse(text).unwrap()
}

fn initialize(number: u128) -> InstanceCommand {
    InstanceCommand::Initialize {
        instance_id: Uuid::from_u128(number),
        default_organization_id: organization(1),
    }
}

fn initialized() -> InstanceEvent {
    Initialized {
        instance_id: Uuid::from_u128(7),
        default_organization_id: organization(1),
    }
    .into()
}

fn appointed(number: u128) -> InstanceEvent {
    let user_id = user(number);
    AdministratorAppointed { user_id }.into()
}

fn choose(text: &str) -> InstanceCommand {
    InstanceCommand::ChooseNamespace(namespace(text))
}

fn chosen(text: &str) -> InstanceEvent {
    let namespace = text.to_owned();
    NamespaceChosen { namespace }.into()
}

fn frozen() -> InstanceEvent {
    NamespaceFrozen {}.into()
}

fn rename(text: &str) -> InstanceCommand {
    InstanceCommand::RenameNamespace(namespace(text))
}

fn renamed(from: &str, to: &str) -> InstanceEvent {
    let (from, to) = (from.to_owned(), to.to_owned());
    NamespaceRenamed { from, to }.into()
}

fn register(number: u128, slug: &str) -> InstanceCommand {
    InstanceCommand::RegisterOrganization(RegisterOrganization {
        organization_id: organization(number),
        slug: Slug::parse(slug).unwrap(),
        name: name(),
        owner: Some(user(1)),
    })
}

fn registered(number: u128, slug: &str) -> InstanceEvent {
    OrganizationRegistered {
        organization_id: organization(number),
        slug: slug.to_owned(),
        name: name(),
        owner: Some(user(1)),
    }
    .into()
}

/// A started instance with this further history.
fn started<const N: usize>(history: [InstanceEvent; N]) -> Given<Instance> {
    given(std::iter::once(initialized()).chain(history))
}

#[test]
fn the_first_start_happens_once() {
    given::<Instance>([])
        .when(initialize(7))
        .then([initialized()]);
    started([]).when(initialize(7)).then_nothing();
    started([]).when(initialize(8)).then_nothing();
}

#[test]
fn before_the_first_start_nothing_else_can_be_asked() {
    for command in [
        InstanceCommand::AppointAdministrator(user(1)),
        choose("acme"),
        InstanceCommand::FreezeNamespace,
        rename("acme"),
        register(1, "acme"),
    ] {
        given::<Instance>([])
            .when(command)
            .then_rejected(Rejection::NotInitialized);
    }
}

#[test]
fn of_two_who_come_first_one_is_the_administrator() {
    let appoint = |number| InstanceCommand::AppointAdministrator(user(number));
    started([]).when(appoint(1)).then([appointed(1)]);
    started([appointed(1)]).when(appoint(1)).then_nothing();
    started([appointed(1)]).when(appoint(2)).then_nothing();
}

#[test]
fn a_namespace_is_chosen_once() {
    started([]).when(choose("acme")).then([chosen("acme")]);
    started([chosen("acme")])
        .when(choose("Acme "))
        .then_nothing();
    let already = |text: &str| Rejection::NamespaceAlreadyChosen {
        namespace: text.to_owned(),
    };
    started([chosen("acme")])
        .when(choose("other"))
        .then_rejected(already("acme"));
    started([chosen("acme"), renamed("acme", "other")])
        .when(choose("acme"))
        .then_rejected(already("other"));
}

#[test]
fn the_first_publication_freezes_the_namespace() {
    let freeze = InstanceCommand::FreezeNamespace;
    started([])
        .when(freeze.clone())
        .then_rejected(Rejection::NamespaceNotConfigured);
    started([chosen("acme")])
        .when(freeze.clone())
        .then([frozen()]);
    started([chosen("acme"), frozen()])
        .when(freeze)
        .then_nothing();
}

#[test]
fn a_deliberate_renaming_keeps_the_former_name_on_record() {
    started([])
        .when(rename("other"))
        .then_rejected(Rejection::NamespaceNotConfigured);
    started([chosen("acme")])
        .when(rename("acme"))
        .then_nothing();
    started([chosen("acme"), frozen()])
        .when(rename("other"))
        .then([renamed("acme", "other")]);
    let twice = [renamed("acme", "other"), renamed("other", "acme")];
    started([chosen("acme"), twice[0].clone()])
        .when(rename("acme"))
        .then([twice[1].clone()]);
    let history = [initialized(), chosen("acme")].into_iter().chain(twice);
    let state = history.fold(InstanceState::Absent, |state, event| {
        Instance::evolve(state, &event).unwrap()
    });
    let running = state.running().unwrap();
    assert_eq!(running.namespace.as_deref(), Some("acme"));
    assert_eq!(running.former_namespaces, ["acme", "other"]);
}

#[test]
fn a_new_name_is_frozen_by_a_publication_of_its_own() {
    started([chosen("acme"), frozen(), renamed("acme", "other")])
        .when(InstanceCommand::FreezeNamespace)
        .then([frozen()]);
}

#[test]
fn a_slug_is_given_once() {
    started([])
        .when(register(1, "acme"))
        .then([registered(1, "acme")]);
    let one = || started([registered(1, "acme")]);
    one().when(register(1, "acme")).then_nothing();
    one()
        .when(register(2, "acme"))
        .then_rejected(Rejection::SlugTaken {
            slug: "acme".to_owned(),
        });
    one()
        .when(register(1, "other"))
        .then_rejected(Rejection::OrganizationAlreadyRegistered {
            organization_id: organization(1),
            slug: "acme".to_owned(),
        });
    one()
        .when(register(2, "other"))
        .then([registered(2, "other")]);
}

#[test]
fn an_organization_is_found_by_slug_and_by_id() {
    let history = [initialized(), registered(2, "acme")];
    let state = history
        .iter()
        .try_fold(InstanceState::Absent, Instance::evolve)
        .unwrap();
    let running = state.running().unwrap();
    assert_eq!(running.organizations.get("acme"), Some(&organization(2)));
    let registration = &running.registrations[&organization(2)];
    assert_eq!(registration.slug, "acme");
    assert_eq!(registration.owner, Some(user(1)));
}

#[test]
fn what_cannot_follow_is_refused() {
    let start = Instance::evolve(InstanceState::Absent, &initialized()).unwrap();
    let history = [
        appointed(1),
        chosen("acme"),
        frozen(),
        registered(1, "acme"),
    ];
    for event in &history {
        assert!(Instance::evolve(InstanceState::Absent, event).is_err());
    }
    assert!(Instance::evolve(start.clone(), &frozen()).is_err());
    assert!(Instance::evolve(start.clone(), &renamed("acme", "other")).is_err());
    let state = history.iter().try_fold(start, Instance::evolve).unwrap();
    let impossible = [
        initialized(),
        appointed(2),
        chosen("other"),
        frozen(),
        renamed("other", "acme"),
        renamed("acme", "acme"),
        registered(1, "other"),
        registered(2, "acme"),
    ];
    for event in impossible {
        let refused = Instance::evolve(state.clone(), &event);
        assert_eq!(refused.unwrap_err().state, "running", "{event:?}");
    }
}

#[test]
fn a_namespace_is_trimmed_and_in_lower_case() {
    for (typed, read) in [
        ("acme", "acme"),
        ("  Acme-2\t", "acme-2"),
        ("0a", "0a"),
        ("a-", "a-"),
    ] {
        assert_eq!(namespace(typed).as_str(), read);
    }
    let longest = "a".repeat(39);
    assert_eq!(namespace(&longest).as_str(), longest);
}

#[test]
fn a_namespace_is_refused_for_the_first_reason() {
    let reason = |text: &str| Namespace::parse(text).unwrap_err().code;
    for text in ["", "  ", "\t\n"] {
        assert_eq!(reason(text), "required", "{text:?}");
    }
    let too_long = "a".repeat(40);
    for text in [
        "a",
        "-a",
        "a_b",
        "a b",
        "@acme",
        "a/b",
        "ä2",
        "a\0",
        "\u{212A}2",
        "cinatra!",
        &too_long,
    ] {
        assert_eq!(reason(text), "format", "{text:?}");
    }
    for text in ["cinatra", "Cinatra-AI", "my-cinatra"] {
        assert_eq!(reason(text), "reserved", "{text:?}");
    }
    assert_eq!(namespace("cin-atra").as_str(), "cin-atra");
}

#[test]
fn a_reserved_namespace_is_had_by_exact_approval_only() {
    let approved = ["cinatra-ai".to_owned(), "a".to_owned()];
    let parse = |text| Namespace::parse_approved(text, &approved);
    assert_eq!(parse(" Cinatra-AI ").unwrap().as_str(), "cinatra-ai");
    assert_eq!(parse("acme").unwrap().as_str(), "acme");
    assert_eq!(parse("cinatra").unwrap_err().code, "reserved");
    assert_eq!(parse("cinatra-ai2").unwrap_err().code, "reserved");
    assert_eq!(parse("a").unwrap_err().code, "format");
}

#[test]
fn a_slug_is_plain_and_bounded() {
    let longest = "a".repeat(60);
    for text in ["a", "0", "acme-2", "a-", &longest] {
        assert_eq!(Slug::parse(text).unwrap().as_str(), text);
        assert_eq!(String::from(Slug::parse(text).unwrap()), text);
    }
    let too_long = "a".repeat(61);
    for text in [
        "", "-a", "A", "a b", " a", "a_b", "a.b", "a/b", "ä", "a\0", &too_long,
    ] {
        assert!(Slug::parse(text).is_err(), "{text:?}");
    }
}

#[test]
fn refusals_have_stable_codes() {
    let (namespace, slug) = ("acme".to_owned(), "acme".to_owned());
    let organization_id = organization(1);
    let codes = [
        (
            Rejection::NotInitialized,
            Class::Conflict,
            "INSTANCE_NOT_INITIALIZED",
        ),
        (
            Rejection::NamespaceAlreadyChosen { namespace },
            Class::Conflict,
            "NAMESPACE_ALREADY_CHOSEN",
        ),
        (
            Rejection::NamespaceNotConfigured,
            Class::Rejected,
            "INSTANCE_NAMESPACE_NOT_CONFIGURED",
        ),
        (
            Rejection::SlugTaken { slug: slug.clone() },
            Class::Conflict,
            "SLUG_TAKEN",
        ),
        (
            Rejection::OrganizationAlreadyRegistered {
                organization_id,
                slug,
            },
            Class::Conflict,
            "ORGANIZATION_ALREADY_REGISTERED",
        ),
    ];
    for (rejection, class, code) in codes {
        assert_eq!((rejection.class(), rejection.code()), (class, code));
        assert!(rejection.details().is_object());
    }
}

fn any_command() -> impl Strategy<Value = InstanceCommand> {
    let text = prop_oneof![Just("acme"), Just("other"), Just("third")];
    (0..6_u8, 1..4_u128, text).prop_map(|(which, number, text)| match which {
        0 => initialize(number),
        1 => InstanceCommand::AppointAdministrator(user(number)),
        2 => choose(text),
        3 => InstanceCommand::FreezeNamespace,
        4 => rename(text),
        _ => register(number, text),
    })
}

proptest! {
    #[test]
    fn what_is_decided_can_happen_and_a_retry_changes_nothing(
        commands in proptest::collection::vec(any_command(), 1..24)
    ) {
        let mut state = InstanceState::default();
        for command in commands {
            let Ok(events) = Instance::decide(&state, command.clone()) else { continue };
            for event in &events {
                state = Instance::evolve(state, event).unwrap();
            }
            prop_assert_eq!(Instance::decide(&state, command), Ok(Vec::new()));
        }
    }

    #[test]
    fn the_first_administrator_and_every_slug_stay_whose_they_are(
        commands in proptest::collection::vec(any_command(), 1..24)
    ) {
        let mut state = Instance::evolve(InstanceState::Absent, &initialized()).unwrap();
        for command in commands {
            let before = state.running().unwrap().clone();
            for event in Instance::decide(&state, command).unwrap_or_default() {
                state = Instance::evolve(state, &event).unwrap();
            }
            let after = state.running().unwrap();
            prop_assert!(before.administrator.is_none() || before.administrator == after.administrator);
            for (slug, id) in &before.organizations {
                prop_assert_eq!(after.organizations.get(slug), Some(id));
            }
            prop_assert_eq!(after.organizations.len(), after.registrations.len());
        }
    }

    #[test]
    fn whatever_is_typed_a_namespace_has_the_grammar(text in "[ A-Ca-c0-9ä-]{0,5}|\\PC{0,48}") {
        if let Ok(namespace) = Namespace::parse(&text) {
            let again = Namespace::parse(namespace.as_str());
            prop_assert!((2..=39).contains(&namespace.as_str().len()));
            prop_assert!(!namespace.as_str().contains(Namespace::RESERVED));
            prop_assert_eq!(again, Ok(namespace));
        }
    }
}
