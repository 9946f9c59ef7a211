//! Given events, when a command, then events or a rejection.

use uuid::Uuid;

use super::*;
use crate::kernel::testing::given;

const NAME: &str = "model.openai.api-key";

fn name() -> SecretName {
    SecretName::parse(NAME).unwrap()
}

fn key(number: u128) -> Uuid {
    Uuid::from_u128(number)
}

fn stored() -> SecretEvent {
    let name = NAME.to_owned();
    let key_id = key(1);
    Stored { name, key_id }.into()
}

fn deleted() -> SecretEvent {
    let name = NAME.to_owned();
    Deleted { name }.into()
}

fn rotated(from: u128, to: u128) -> SecretEvent {
    let (from_key_id, to_key_id) = (key(from), key(to));
    KeysRotated {
        from_key_id,
        to_key_id,
        secrets: 3,
    }
    .into()
}

fn set(secrets: u64) -> SecretCommand {
    SecretCommand::Set(Set {
        name: name(),
        key_id: key(1),
        secrets,
    })
}

fn delete() -> SecretCommand {
    SecretCommand::Delete(Delete { name: name() })
}

fn rotate(from: Option<u128>) -> SecretCommand {
    SecretCommand::RotateKeys(RotateKeys {
        from_key_id: from.map(key),
        to_key_id: key(2),
        secrets: 3,
    })
}

#[test]
fn setting_is_a_fact_whether_or_not_there_was_a_value() {
    given::<Secret>([]).when(set(0)).then([stored()]);
    given::<Secret>([stored()]).when(set(1)).then([stored()]);
    let again = [stored(), deleted()];
    given::<Secret>(again).when(set(0)).then([stored()]);
}

#[test]
fn a_full_organization_may_replace_but_not_add() {
    let full = set(SECRETS_MAX);
    given::<Secret>([])
        .when(full.clone())
        .then_rejected(Rejection::SecretLimit);
    given::<Secret>([stored()]).when(full).then([stored()]);
    let last = set(SECRETS_MAX - 1);
    given::<Secret>([]).when(last).then([stored()]);
}

#[test]
fn deleting_what_is_not_there_is_nothing() {
    given::<Secret>([stored()]).when(delete()).then([deleted()]);
    given::<Secret>([]).when(delete()).then_nothing();
    let gone = [stored(), deleted()];
    given::<Secret>(gone).when(delete()).then_nothing();
}

#[test]
fn without_a_key_there_is_nothing_to_rotate() {
    given::<Secret>([]).when(rotate(None)).then_nothing();
    let first = [rotated(1, 2)];
    given::<Secret>([]).when(rotate(Some(1))).then(first);
}

#[test]
fn a_value_is_no_key_and_a_key_no_value() {
    use SecretState::{Absent, Rotated, Stored};
    let impossible = [
        (Absent, deleted()),
        (Stored, rotated(1, 2)),
        (Rotated(key(1)), stored()),
        (Rotated(key(1)), deleted()),
        (Rotated(key(3)), rotated(1, 2)),
    ];
    for (state, event) in impossible {
        assert!(
            Secret::evolve(state, &event).is_err(),
            "{state:?} {event:?}"
        );
    }
    let next = Secret::evolve(Rotated(key(1)), &rotated(1, 2));
    assert_eq!(next, Ok(Rotated(key(2))));
}

#[test]
fn a_name_is_plain_and_bounded() {
    for text in ["a", "0", "registry.default.read-token", &"a".repeat(128)] {
        assert_eq!(SecretName::parse(text).unwrap().as_str(), text);
    }
    for text in [
        "",
        ".a",
        "-a",
        "A",
        "a b",
        "a/b",
        "a\0",
        "ä",
        KEYS,
        &"a".repeat(129),
    ] {
        assert!(SecretName::parse(text).is_err(), "{text:?}");
    }
}
