//! The rules by example, and the laws that hold for every command in every state.

use proptest::prelude::*;

use super::samples::*;
use super::*;
use crate::kernel::testing::given;
use crate::kernel::{Coded as _, Event as _};

#[test]
fn nothing_that_looks_like_a_built_in_package_is_installed_or_updated_to() {
    let claiming = |mut command: ExtensionCommand| {
        let (ExtensionCommand::Install(Install { release, .. })
        | ExtensionCommand::Update(Update { release, .. })) = &mut command
        else {
            panic!("places no release");
        };
        release.origin.package_name = "@acme/context-selection-agent".to_owned();
        command
    };
    let reserved = Rejection::PackageNameReserved {
        package: "@acme/context-selection-agent".to_owned(),
        reserved: CONTEXT_SELECTION,
    };
    nothing_has_happened()
        .when(claiming(install("1.0.0")))
        .then_rejected(reserved.clone());
    active()
        .when(claiming(update("1.1.0", vec![])))
        .then_rejected(reserved);
}

#[test]
fn an_absent_package_is_installed() {
    nothing_has_happened()
        .when(install("1.0.0"))
        .then([installed("1.0.0")]);
    given::<Extension>([installed("1.0.0"), uninstalled("1.0.0")])
        .when(install("1.0.0"))
        .then([installed("1.0.0")]);
}

#[test]
fn installing_the_active_version_again_changes_nothing() {
    active().when(install("1.0.0")).then_nothing();
}

#[test]
fn another_version_is_an_update_not_an_install() {
    active()
        .when(install("2.0.0"))
        .then_rejected(Rejection::AlreadyInstalled {
            package: NAME.to_owned(),
            installed: "1.0.0".to_owned(),
        });
}

#[test]
fn installing_an_archived_package_reactivates_it_at_the_requested_version() {
    suspended().when(install("1.0.0")).then([restored("1.0.0")]);
    suspended()
        .when(install("2.0.0"))
        .then([restored("1.0.0"), updated("1.0.0", "2.0.0")]);
}

#[test]
fn the_skills_of_a_release_are_indexed_with_it() {
    let both = ["sort-mail", "write-mail"];
    nothing_has_happened()
        .when(bringing(install("1.0.0"), &both))
        .then([installed("1.0.0"), skills_indexed(&both)]);
    active()
        .when(bringing(update("1.1.0", vec![]), &both))
        .then([updated("1.0.0", "1.1.0"), skills_indexed(&both)]);
    suspended().when(bringing(install("2.0.0"), &both)).then([
        restored("1.0.0"),
        updated("1.0.0", "2.0.0"),
        skills_indexed(&both),
    ]);
}

#[test]
fn skills_that_a_release_brings_no_more_are_taken_off_the_index() {
    let skilled = || given::<Extension>([installed("1.0.0"), skills_indexed(&["write-mail"])]);
    skilled()
        .when(update("1.1.0", vec![]))
        .then([updated("1.0.0", "1.1.0"), skills_indexed(&[])]);
    let bare = [
        installed("1.0.0"),
        skills_indexed(&["write-mail"]),
        updated("1.0.0", "1.1.0"),
        skills_indexed(&[]),
    ];
    given::<Extension>(bare)
        .when(update("1.2.0", vec![]))
        .then([updated("1.1.0", "1.2.0")]);
}

#[test]
fn the_object_types_of_a_release_are_declared_with_it_and_taken_back_when_it_has_none() {
    let both = ["@acme/mail:draft", "@acme/mail:thread"];
    nothing_has_happened()
        .when(declaring(
            bringing(install("1.0.0"), &["write-mail"]),
            &both,
        ))
        .then([
            installed("1.0.0"),
            skills_indexed(&["write-mail"]),
            object_types_declared(&both),
        ]);
    let typed = || given::<Extension>([installed("1.0.0"), object_types_declared(&both)]);
    typed()
        .when(declaring(update("1.1.0", vec![]), &both))
        .then([updated("1.0.0", "1.1.0"), object_types_declared(&both)]);
    typed()
        .when(update("1.1.0", vec![]))
        .then([updated("1.0.0", "1.1.0"), object_types_declared(&[])]);
    let back = [archived("1.0.0"), restored("1.0.0")];
    let history = [installed("1.0.0"), object_types_declared(&both)];
    given::<Extension>(history.into_iter().chain(back))
        .when(declaring(install("1.0.0"), &both))
        .then_nothing();
    let satisfying = ObjectTypesDeclared {
        satisfies: vec!["@acme/note-artifact".to_owned()],
        ..ObjectTypesDeclared::default()
    };
    given::<Extension>([installed("1.0.0"), satisfying.into()])
        .when(update("1.1.0", vec![]))
        .then([updated("1.0.0", "1.1.0"), object_types_declared(&[])]);
}

#[test]
fn who_satisfies_a_package_is_found_by_a_tag() {
    let event = ObjectTypesDeclared {
        satisfies: vec!["@acme/note-artifact".to_owned()],
        ..ObjectTypesDeclared::default()
    };
    let state = ExtensionState::Active(installation("1.0.0"));
    let tags = tags_of(&package(), &state, &event.into()).unwrap();
    let texts: Vec<&str> = tags.iter().map(crate::kernel::Tag::as_str).collect();
    assert_eq!(
        texts,
        [
            "ext:@acme/mail-agent",
            "satisfies:@acme/note-artifact",
            "dep-on:@acme/mail-skills"
        ]
    );
}

#[test]
fn what_comes_back_as_it_was_keeps_its_index() {
    let history = [
        installed("1.0.0"),
        skills_indexed(&["write-mail"]),
        archived("1.0.0"),
    ];
    given::<Extension>(history.clone())
        .when(restore())
        .then([restored("1.0.0")]);
    given::<Extension>(history.clone())
        .when(bringing(install("1.0.0"), &["other"]))
        .then([restored("1.0.0")]);
    let again = [restored("1.0.0")];
    given::<Extension>(history.into_iter().chain(again))
        .when(update("1.1.0", vec![]))
        .then([updated("1.0.0", "1.1.0"), skills_indexed(&[])]);
}

#[test]
fn an_update_replaces_the_active_version() {
    active()
        .when(update("1.1.0", vec![]))
        .then([updated("1.0.0", "1.1.0")]);
    active().when(update("1.0.0", vec![])).then_nothing();
    nothing_has_happened()
        .when(update("1.1.0", vec![]))
        .then_rejected(not_installed());
    suspended()
        .when(update("1.1.0", vec![]))
        .then_rejected(Rejection::ExtensionArchived {
            package: NAME.to_owned(),
        });
}

#[test]
fn an_update_never_goes_back() {
    given::<Extension>([installed("1.10.0")])
        .when(update("1.9.0", vec![]))
        .then_rejected(Rejection::DowngradeRefused {
            package: NAME.to_owned(),
            installed: "1.10.0".to_owned(),
            requested: "1.9.0".to_owned(),
        });
}

#[test]
fn an_update_keeps_the_promises_to_active_dependents() {
    let dependents = vec![
        dependent("@acme/a-agent", Status::Active, "^1.0.0"),
        dependent("@acme/b-agent", Status::Archived, "^1.0.0"),
        dependent("@acme/c-agent", Status::Active, ">=1"),
    ];
    let broken = Rejection::UpdateBreaksDependents {
        package: NAME.to_owned(),
        version: "2.0.0".to_owned(),
        dependents: vec![BrokenDependent {
            package_name: "@acme/a-agent".to_owned(),
            range: "^1.0.0".to_owned(),
        }],
    };
    active()
        .when(update("2.0.0", dependents.clone()))
        .then_rejected(broken.clone());
    suspended()
        .when(install_with("2.0.0", dependents.clone()))
        .then_rejected(broken);
    active()
        .when(update("1.1.0", dependents))
        .then([updated("1.0.0", "1.1.0")]);
}

#[test]
fn an_active_dependent_refuses_uninstalling_and_is_named() {
    let mut news = dependent("@acme/news-agent", Status::Active, "*");
    news.display_name = Some("News".to_owned());
    let references = references(
        vec![
            dependent("@acme/a-agent", Status::Archived, "*"),
            news,
            dependent("@acme/z-agent", Status::Active, "*"),
        ],
        4,
    );
    active()
        .when(uninstall("1.0.0", references))
        .then_rejected(Rejection::ActiveDependent {
            package: NAME.to_owned(),
            dependent: "News".to_owned(),
            dependents: vec!["@acme/news-agent".to_owned(), "@acme/z-agent".to_owned()],
        });
}

#[test]
fn an_archived_dependent_turns_uninstalling_into_archiving() {
    let dependents = vec![dependent("@acme/a-agent", Status::Archived, "*")];
    let references = references(dependents, 4);
    let cause = ArchiveCause::UninstallArchivedDependent;
    active()
        .when(uninstall("1.0.0", references.clone()))
        .then([archived_because("1.0.0", cause, &["@acme/a-agent"])]);
    suspended()
        .when(uninstall("1.0.0", references))
        .then_nothing();
}

#[test]
fn use_turns_uninstalling_into_archiving() {
    active()
        .when(uninstall("1.0.0", references(vec![], 1)))
        .then([archived_because("1.0.0", ArchiveCause::UninstallUsed, &[])]);
    suspended()
        .when(uninstall("1.0.0", references(vec![], 1)))
        .then_nothing();
}

#[test]
fn what_is_neither_needed_nor_used_is_removed() {
    for history in [active(), suspended()] {
        history
            .when(uninstall("1.0.0", References::default()))
            .then([uninstalled("1.0.0")]);
    }
}

#[test]
fn archiving_and_restoring_are_idempotent() {
    active().when(archive("1.0.0")).then([archived("1.0.0")]);
    suspended().when(archive("1.0.0")).then_nothing();
    suspended().when(restore()).then([restored("1.0.0")]);
    active().when(restore()).then_nothing();
}

#[test]
fn an_absent_package_can_only_be_installed() {
    for command in [
        archive("1.0.0"),
        restore(),
        uninstall("1.0.0", References::default()),
        force_delete("1.0.0", true, References::default()),
    ] {
        nothing_has_happened()
            .when(command)
            .then_rejected(not_installed());
    }
}

#[test]
fn what_removes_or_suspends_names_the_installed_version() {
    for command in [
        archive("2.0.0"),
        uninstall("2.0.0", References::default()),
        force_delete("2.0.0", true, References::default()),
    ] {
        active().when(command).then_rejected(mismatch());
    }
}

#[test]
fn force_delete_destroys_whatever_refers_to_it_and_says_what() {
    let references = references(vec![dependent("@acme/a-agent", Status::Active, "*")], 7);
    suspended()
        .when(force_delete("1.0.0", true, references))
        .then([ForceDeleted {
            snapshot: Snapshot {
                release: release("1.0.0"),
                status: Status::Archived,
            },
            dangling: DanglingReferences {
                dependent_extensions: vec![DanglingDependent {
                    package_name: "@acme/a-agent".to_owned(),
                    version: "2.0.0".to_owned(),
                    status: Status::Active,
                }],
                uses: 7,
            },
            reason: Some(reason()),
        }
        .into()]);
}

#[test]
fn force_delete_has_to_be_confirmed() {
    active()
        .when(force_delete("1.0.0", false, References::default()))
        .then_rejected(Rejection::ConfirmationRequired {
            package: NAME.to_owned(),
        });
}

#[test]
fn a_connector_is_part_of_the_build() {
    let connector_release = || connector();
    nothing_has_happened()
        .when(ExtensionCommand::Install(Install {
            release: connector_release(),
            skills: vec![],
            object_types: ObjectTypesDeclared::default(),
            required_by: None,
            dependents: vec![],
        }))
        .then_rejected(compiled());
    let present = || given::<Extension>([connector_installed()]);
    present()
        .when(ExtensionCommand::Update(Update {
            release: connector_release(),
            skills: vec![],
            object_types: ObjectTypesDeclared::default(),
            dependents: vec![],
        }))
        .then_rejected(compiled());
    let used = references(vec![dependent("@acme/a-agent", Status::Active, "*")], 1);
    present()
        .when(uninstall("1.0.0", used))
        .then_rejected(compiled());
    present()
        .when(force_delete("1.0.0", true, References::default()))
        .then_rejected(compiled());
    present().when(archive("1.0.0")).then_nothing();
    present().when(restore()).then_nothing();
}

#[test]
fn a_connector_of_the_build_is_never_installed_and_yet_known() {
    let (package, at) = (package(), version("1.0.0"));
    let is_compiled = true;
    let references = References::default();
    let archive = Archive {
        package: package.clone(),
        version: at.clone(),
        is_compiled,
    };
    nothing_has_happened()
        .when(ExtensionCommand::Archive(archive))
        .then_nothing();
    let restore = Restore {
        package: package.clone(),
        is_compiled,
    };
    nothing_has_happened()
        .when(ExtensionCommand::Restore(restore))
        .then_nothing();
    let uninstall = Uninstall {
        package: package.clone(),
        version: at.clone(),
        references: references.clone(),
        is_compiled,
    };
    nothing_has_happened()
        .when(ExtensionCommand::Uninstall(uninstall))
        .then_rejected(compiled());
    let force_delete = ForceDelete {
        package,
        version: at,
        confirm_destructive: true,
        reason: None,
        references,
        is_compiled,
    };
    nothing_has_happened()
        .when(ExtensionCommand::ForceDelete(force_delete))
        .then_rejected(compiled());
}

#[test]
fn the_same_version_with_other_bytes_is_reported() {
    let installed = release("1.0.0");
    assert_eq!(bytes_changed(&installed, "sha512-1.0.0"), None);
    assert_eq!(bytes_changed(&installed, "sha1-x sha512-1.0.0"), None);
    let warning = bytes_changed(&installed, "sha512-other").unwrap();
    assert_eq!(warning.code, "VERSION_BYTES_CHANGED");
}

#[test]
fn a_history_that_cannot_have_happened_is_corruption() {
    for (state, event) in [
        (ExtensionState::Absent, archived("1.0.0")),
        (ExtensionState::Absent, updated("1.0.0", "1.1.0")),
        (ExtensionState::Absent, uninstalled("1.0.0")),
        (
            ExtensionState::Active(installation("1.0.0")),
            installed("1.0.0"),
        ),
        (
            ExtensionState::Active(installation("1.0.0")),
            restored("1.0.0"),
        ),
        (
            ExtensionState::Active(installation("1.0.0")),
            archived("2.0.0"),
        ),
        (
            ExtensionState::Archived(installation("1.0.0")),
            archived("1.0.0"),
        ),
        (
            ExtensionState::Archived(installation("1.0.0")),
            updated("1.0.0", "1.1.0"),
        ),
        (
            ExtensionState::Archived(installation("1.0.0")),
            installed("1.0.0"),
        ),
        (ExtensionState::Absent, skills_indexed(&["write-mail"])),
        (
            ExtensionState::Archived(installation("1.0.0")),
            skills_indexed(&["write-mail"]),
        ),
        (ExtensionState::Absent, object_types_declared(&[])),
        (
            ExtensionState::Archived(installation("1.0.0")),
            object_types_declared(&[]),
        ),
    ] {
        assert!(
            Extension::evolve(state.clone(), &event).is_err(),
            "{state:?}"
        );
    }
}

#[test]
fn events_are_tagged_with_every_package_they_touch() {
    let mut next = release("2.0.0");
    next.dependencies = vec![edge("@acme/other-skills", "*")];
    let event = Updated {
        from_version: "1.0.0".to_owned(),
        release: next,
    }
    .into();
    let before = ExtensionState::Active(installation("1.0.0"));
    let tags = tags_of(&package(), &before, &event).unwrap();
    let texts: Vec<&str> = tags.iter().map(crate::kernel::Tag::as_str).collect();
    assert_eq!(
        texts,
        [
            "ext:@acme/mail-agent",
            "authority:*",
            "dep-on:@acme/mail-skills",
            "dep-on:@acme/other-skills"
        ]
    );
}

#[test]
fn what_changes_what_there_is_to_have_access_to_is_read_with_authority() {
    let state = ExtensionState::Active(installation("1.0.0"));
    let is_read = |event: &ExtensionEvent| {
        let tags = tags_of(&package(), &state, event).unwrap();
        tags.iter().any(|tag| tag.as_str() == "authority:*")
    };
    for event in [
        installed("1.0.0"),
        updated("1.0.0", "1.1.0"),
        skills_indexed(&[]),
        uninstalled("1.0.0"),
    ] {
        assert!(is_read(&event), "{event:?}");
    }
    assert!(!is_read(&archived("1.0.0")) && !is_read(&restored("1.0.0")));
    assert!(!is_read(&object_types_declared(&[])));
}

#[test]
fn codes_are_stable() {
    let closure: Rejection = ClosureRejection::Cycle { path: vec![] }.into();
    for (rejection, code) in [
        (not_installed(), "NOT_INSTALLED"),
        (compiled(), "CONNECTOR_WORKSPACE_COMPILED"),
        (mismatch(), "VERSION_MISMATCH"),
        (closure, "DEPENDENCY_CYCLE"),
    ] {
        assert_eq!(rejection.code(), code);
        assert!(rejection.details().is_object());
    }
}

fn any_references() -> impl Strategy<Value = References> {
    let status = prop_oneof![Just(Status::Active), Just(Status::Archived)];
    let range = prop_oneof![Just("*"), Just("^1.0.0"), Just("^2.0.0")];
    let one = (0..4_u8, status, range)
        .prop_map(|(n, status, range)| dependent(&format!("@acme/d{n}-agent"), status, range));
    (proptest::collection::vec(one, 0..3), 0..2_u64)
        .prop_map(|(dependents, uses)| References { dependents, uses })
}

fn any_command() -> impl Strategy<Value = ExtensionCommand> {
    let at = prop_oneof![Just("1.0.0"), Just("1.1.0"), Just("2.0.0")];
    (0..6_u8, at, any_references(), any::<bool>()).prop_map(|(which, at, refs, yes)| match which {
        0 if yes => bringing(install_with(at, refs.dependents), &["write-mail"]),
        0 => install_with(at, refs.dependents),
        1 if yes => bringing(update(at, refs.dependents), &["sort-mail"]),
        1 => update(at, refs.dependents),
        2 => uninstall(at, refs),
        3 => archive(at),
        4 => restore(),
        _ => force_delete(at, yes, refs),
    })
}

proptest! {
    #[test]
    fn what_is_decided_can_happen_and_a_retry_changes_nothing(
        commands in proptest::collection::vec(any_command(), 1..12)
    ) {
        let mut state = ExtensionState::default();
        let mut history = Vec::new();
        for command in commands {
            let Ok(events) = Extension::decide(&state, command.clone()) else { continue };
            for event in &events {
                state = Extension::evolve(state, event).unwrap();
            }
            // Removing is the one effect that a retry cannot find again: idempotency keys answer it.
            match Extension::decide(&state, command) {
                Ok(again) => prop_assert!(again.is_empty(), "{again:?}"),
                Err(rejection) => prop_assert_eq!(rejection, not_installed()),
            }
            history.extend(events);
        }
        let refolded = history.iter().try_fold(ExtensionState::default(), Extension::evolve);
        prop_assert_eq!(refolded, Ok(state));
    }

    #[test]
    fn bodies_survive_messagepack(commands in proptest::collection::vec(any_command(), 1..8)) {
        let mut state = ExtensionState::default();
        for command in commands {
            for event in Extension::decide(&state, command).unwrap_or_default() {
                let packed = rmp_serde::to_vec_named(&crate::kernel::Body(&event)).unwrap();
                let mut reader = rmp_serde::Deserializer::new(&packed[..]);
                let again = ExtensionEvent::deserialize_body(event.wire_name(), &mut reader);
                prop_assert_eq!(again.unwrap(), Some(event.clone()));
                state = Extension::evolve(state, &event).unwrap();
            }
        }
    }

    #[test]
    fn dependents_are_those_whose_state_has_an_edge(
        commands in proptest::collection::vec((0..3_usize, any_command()), 0..24)
    ) {
        let names = ["@acme/x-agent", "@acme/y-agent", "@acme/z-agent"];
        let mut states = [const { ExtensionState::Absent }; 3];
        let mut history = Vec::new();
        for (which, command) in commands {
            for event in Extension::decide(&states[which], command).unwrap_or_default() {
                states[which] = Extension::evolve(states[which].clone(), &event).unwrap();
                history.push((names[which], event));
            }
        }
        let events = history.iter().map(|(name, event)| (*name, event));
        let found = dependents_of("@acme/mail-skills", events);
        let found: Vec<_> = found.iter().map(|d| (d.package_name.as_str(), d.status)).collect();
        let expected: Vec<_> = names
            .into_iter()
            .zip(&states)
            .filter_map(|(name, state)| Some((name, state.status()?)))
            .collect();
        prop_assert_eq!(found, expected);
    }
}
