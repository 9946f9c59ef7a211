//! Rules of templates, as examples and as laws.

use proptest::prelude::*;
use uuid::Uuid;

use super::*;
use crate::extension::{PackageName, Version};
use crate::kernel::testing::{Given, given};
use crate::kernel::{Class, Coded, RunId, SnapshotId};

fn run(number: u128) -> RunId {
    RunId(Uuid::from_u128(number))
}

/// A command whose flow is told apart by a letter.
fn take(version: &str, flow: &str) -> TemplateCommand {
    TemplateCommand::TakeSnapshot(TakeSnapshot {
        snapshot_id: SnapshotId(Uuid::from_u128(7)),
        version: Version::parse(version).unwrap(),
        content_sha256: "00".repeat(32),
        manifest_sha256: "11".repeat(32),
        oas_sha256: flow.repeat(64),
        plan_digest: "22".repeat(32),
    })
}

fn taken(number: u32, version: &str, flow: &str) -> TemplateEvent {
    Snapshotted {
        snapshot_id: SnapshotId(Uuid::from_u128(7)),
        number,
        version: version.to_owned(),
        content_sha256: "00".repeat(32),
        manifest_sha256: "11".repeat(32),
        oas_sha256: flow.repeat(64),
        plan_digest: "22".repeat(32),
    }
    .into()
}

fn record(number: u128) -> TemplateCommand {
    TemplateCommand::RecordFirstRun {
        run_id: run(number),
    }
}

fn recorded(number: u128) -> TemplateEvent {
    FirstRunRecorded {
        run_id: run(number),
    }
    .into()
}

fn archived() -> TemplateEvent {
    Archived {}.into()
}

fn restored() -> TemplateEvent {
    Restored {}.into()
}

fn purged(snapshots: u32) -> TemplateEvent {
    Purged { snapshots }.into()
}

/// One version was taken down, and then this happened.
fn there<const N: usize>(history: [TemplateEvent; N]) -> Given<Template> {
    given(std::iter::once(taken(1, "1.0.0", "a")).chain(history))
}

fn fold(history: &[TemplateEvent]) -> TemplateState {
    history.iter().fold(TemplateState::Absent, |state, event| {
        Template::evolve(state, event).unwrap()
    })
}

#[test]
fn a_version_is_taken_down_once_for_each_flow_it_had() {
    given::<Template>([])
        .when(take("1.0.0", "a"))
        .then([taken(1, "1.0.0", "a")]);
    there([]).when(take("1.0.0", "a")).then_nothing();
    there([])
        .when(take("1.1.0", "a"))
        .then([taken(2, "1.1.0", "a")]);
    there([])
        .when(take("1.0.0", "b"))
        .then([taken(2, "1.0.0", "b")]);
    there([taken(2, "1.1.0", "b")])
        .when(take("1.0.0", "a"))
        .then_nothing();
}

#[test]
fn what_replaces_an_archived_version_is_taken_down_too() {
    there([archived()])
        .when(take("1.1.0", "b"))
        .then([taken(2, "1.1.0", "b")]);
    let state = fold(&[taken(1, "1.0.0", "a"), archived(), taken(2, "1.1.0", "b")]);
    assert!(matches!(state, TemplateState::Archived(_)));
}

#[test]
fn the_first_run_is_remembered_and_no_other() {
    there([]).when(record(1)).then([recorded(1)]);
    there([recorded(1)]).when(record(2)).then_nothing();
    there([archived()]).when(record(1)).then([recorded(1)]);
}

#[test]
fn archiving_and_restoring_happen_once() {
    there([]).when(TemplateCommand::Archive).then([archived()]);
    there([archived()])
        .when(TemplateCommand::Archive)
        .then_nothing();
    there([]).when(TemplateCommand::Restore).then_nothing();
    there([archived()])
        .when(TemplateCommand::Restore)
        .then([restored()]);
}

#[test]
fn a_purged_template_starts_anew() {
    given::<Template>([])
        .when(TemplateCommand::Purge)
        .then_nothing();
    there([archived()])
        .when(TemplateCommand::Purge)
        .then([purged(1)]);
    let purge = || there([taken(2, "2.0.0", "b"), recorded(1), purged(2)]);
    purge().when(TemplateCommand::Purge).then_nothing();
    purge()
        .when(take("1.0.0", "a"))
        .then([taken(1, "1.0.0", "a")]);
    purge()
        .when(record(2))
        .then_rejected(Rejection::TemplateNotFound);
}

#[test]
fn a_template_that_is_not_there_is_taken_down_or_purged_only() {
    for command in [
        record(1),
        TemplateCommand::Archive,
        TemplateCommand::Restore,
    ] {
        given::<Template>([])
            .when(command)
            .then_rejected(Rejection::TemplateNotFound);
    }
}

#[test]
fn a_run_pins_the_newest_snapshot_of_its_version() {
    let state = fold(&[
        taken(1, "1.0.0", "a"),
        taken(2, "1.0.0", "b"),
        taken(3, "2.0.0", "c"),
    ]);
    assert_eq!(state.pin("1.0.0").unwrap().number, 2);
    assert_eq!(state.pin("2.0.0").unwrap().number, 3);
    let version = "1.5.0".to_owned();
    let missing = Rejection::VersionSnapshotMissing { version };
    assert_eq!(state.pin("1.5.0"), Err(missing));
    let state = Template::evolve(state, &archived()).unwrap();
    assert_eq!(state.pin("1.0.0"), Err(Rejection::TemplateArchived));
    let absent = TemplateState::Absent;
    assert_eq!(absent.pin("1.0.0"), Err(Rejection::TemplateNotFound));
}

#[test]
fn what_cannot_follow_is_refused() {
    let active = fold(&[taken(1, "1.0.0", "a"), recorded(1)]);
    let impossible = [
        taken(1, "1.1.0", "b"),
        taken(3, "1.1.0", "b"),
        taken(2, "1.0.0", "a"),
        recorded(1),
        restored(),
        purged(2),
    ];
    for event in impossible {
        let refused = Template::evolve(active.clone(), &event).unwrap_err();
        assert_eq!(refused.state, "active", "{event:?}");
    }
    for event in [
        taken(2, "1.0.0", "a"),
        recorded(1),
        archived(),
        restored(),
        purged(0),
    ] {
        let refused = Template::evolve(TemplateState::Absent, &event).unwrap_err();
        assert_eq!(refused.state, "absent", "{event:?}");
    }
    let suspended = Template::evolve(active, &archived()).unwrap();
    let refused = Template::evolve(suspended, &archived()).unwrap_err();
    assert_eq!(refused.state, "archived");
}

#[test]
fn refusals_have_stable_codes() {
    let version = "1.0.0".to_owned();
    let codes = [
        (
            Rejection::TemplateNotFound,
            Class::NotFound,
            "TEMPLATE_NOT_FOUND",
        ),
        (
            Rejection::TemplateArchived,
            Class::Conflict,
            "TEMPLATE_ARCHIVED",
        ),
        (
            Rejection::VersionSnapshotMissing { version },
            Class::NotFound,
            "VERSION_SNAPSHOT_MISSING",
        ),
    ];
    for (rejection, class, code) in codes {
        assert_eq!((rejection.class(), rejection.code()), (class, code));
        assert!(rejection.details().is_object());
    }
}

#[test]
fn every_event_is_found_by_its_package() {
    let package = PackageName::parse("@acme/mail-agent").unwrap();
    let tag = template_tag(&package).unwrap();
    for event in [
        taken(1, "1.0.0", "a"),
        recorded(1),
        archived(),
        restored(),
        purged(1),
    ] {
        assert_eq!(
            tags_of(&package, &event).unwrap(),
            std::slice::from_ref(&tag)
        );
    }
}

fn any_command() -> impl Strategy<Value = TemplateCommand> {
    let versions = prop_oneof![Just("1.0.0"), Just("1.1.0")];
    let flows = prop_oneof![Just("a"), Just("b")];
    (0..8_u8, versions, flows, 1..3_u128).prop_map(|(which, version, flow, number)| match which {
        0 => TemplateCommand::Archive,
        1 => TemplateCommand::Restore,
        2 => TemplateCommand::Purge,
        3 => record(number),
        _ => take(version, flow),
    })
}

proptest! {
    #[test]
    fn what_is_decided_can_happen_and_a_retry_changes_nothing(
        commands in proptest::collection::vec(any_command(), 1..32)
    ) {
        let mut state = TemplateState::default();
        for command in commands {
            let Ok(events) = Template::decide(&state, command.clone()) else { continue };
            for event in &events {
                state = Template::evolve(state, event).unwrap();
            }
            prop_assert_eq!(Template::decide(&state, command), Ok(Vec::new()));
        }
    }
}
