//! The rules: one function per command. Source: seed 004 (lifecycle), settled.md 22 to 27.

use super::command::{Archive, ForceDelete, Install, Restore, Uninstall, Update};
use super::event::{
    ArchiveCause, Archived, DanglingDependent, DanglingReferences, ForceDeleted, IndexedSkill,
    Installed, ObjectTypesDeclared, Restored, SkillsIndexed, Snapshot, Uninstalled, Updated,
};
use super::rejection::{BrokenDependent, Rejection};
use super::{
    Dependent, ExtensionCommand, ExtensionEvent, ExtensionState, Installation, Kind, PackageName,
    Release, Status, Version, Warning,
};

type Decision = Result<Vec<ExtensionEvent>, Rejection>;

/// Applies the rules.
pub(super) fn decide(state: &ExtensionState, command: ExtensionCommand) -> Decision {
    match command {
        ExtensionCommand::Install(command) => install(state, command),
        ExtensionCommand::Update(command) => update(state, command),
        ExtensionCommand::Uninstall(command) => uninstall(state, &command),
        ExtensionCommand::Archive(command) => archive(state, &command),
        ExtensionCommand::Restore(command) => restore(state, &command),
        ExtensionCommand::ForceDelete(command) => force_delete(state, command),
    }
}

/// What installing or updating to a version would come to. Known before anything is fetched.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Course {
    /// It is that version already.
    Nothing,
    /// It is absent.
    Fresh,
    /// It is archived at that version.
    Reactivate,
    /// It is active or archived at another version.
    Replace,
}

/// What an install comes to: absent becomes active, archived becomes active at the requested version.
pub fn course_of_install(
    state: &ExtensionState,
    package: &str,
    version: &str,
) -> Result<Course, Rejection> {
    match state {
        ExtensionState::Absent => Ok(Course::Fresh),
        ExtensionState::Active(old) if old.release.version == version => Ok(Course::Nothing),
        ExtensionState::Active(old) => Err(Rejection::AlreadyInstalled {
            package: package.to_owned(),
            installed: old.release.version.clone(),
        }),
        ExtensionState::Archived(old) if old.release.version == version => Ok(Course::Reactivate),
        ExtensionState::Archived(_) => Ok(Course::Replace),
    }
}

/// What an update comes to: it replaces the active version by a newer one.
pub fn course_of_update(
    state: &ExtensionState,
    package: &str,
    version: &str,
) -> Result<Course, Rejection> {
    let package = package.to_owned();
    match state {
        ExtensionState::Absent => Err(Rejection::NotInstalled { package }),
        ExtensionState::Archived(_) => Err(Rejection::ExtensionArchived { package }),
        ExtensionState::Active(old) if old.release.version == version => Ok(Course::Nothing),
        ExtensionState::Active(old) if is_older(version, &old.release.version) => {
            Err(Rejection::DowngradeRefused {
                package,
                installed: old.release.version.clone(),
                requested: version.to_owned(),
            })
        }
        ExtensionState::Active(_) => Ok(Course::Replace),
    }
}

fn install(state: &ExtensionState, command: Install) -> Decision {
    refuse_connector(&command.release)?;
    refuse_claimant(&command.release)?;
    let release = command.release;
    match course_of_install(state, &release.origin.package_name, &release.version)? {
        Course::Nothing => Ok(vec![]),
        Course::Fresh => {
            let installed = Installed {
                release,
                required_by: command.required_by.map(String::from),
            };
            let brought = Brought {
                skills: command.skills,
                object_types: command.object_types,
            };
            let told = brought.told(None);
            Ok([installed.into()].into_iter().chain(told).collect())
        }
        Course::Reactivate | Course::Replace => {
            let brought = Brought {
                skills: command.skills,
                object_types: command.object_types,
            };
            replace(state, (release, brought), &command.dependents, true)
        }
    }
}

fn update(state: &ExtensionState, command: Update) -> Decision {
    refuse_connector(&command.release)?;
    refuse_claimant(&command.release)?;
    let release = command.release;
    match course_of_update(state, &release.origin.package_name, &release.version)? {
        Course::Nothing => Ok(vec![]),
        Course::Fresh | Course::Reactivate | Course::Replace => {
            let brought = Brought {
                skills: command.skills,
                object_types: command.object_types,
            };
            replace(state, (release, brought), &command.dependents, false)
        }
    }
}

/// Puts a release that everything active accepts in the place of the installed one.
fn replace(
    state: &ExtensionState,
    (release, brought): (Release, Brought),
    dependents: &[Dependent],
    restore: bool,
) -> Decision {
    let Some(installation) = state.installation() else {
        return Ok(vec![]);
    };
    let old = &installation.release;
    let mut events = Vec::new();
    if restore {
        let version = old.version.clone();
        events.push(Restored { version }.into());
    }
    if old.version != release.version {
        refuse_breaking(&release, dependents)?;
        let updated = Updated {
            from_version: old.version.clone(),
            release,
        };
        events.push(updated.into());
        events.extend(brought.told(Some(installation)));
    }
    Ok(events)
}

/// What a release brings beside itself.
struct Brought {
    skills: Vec<IndexedSkill>,
    object_types: ObjectTypesDeclared,
}

impl Brought {
    /// The lists of it, each unless there never was anything to list.
    fn told(self, former: Option<&Installation>) -> impl Iterator<Item = ExtensionEvent> {
        let Self {
            skills,
            object_types,
        } = self;
        let had_skills = former.is_some_and(|former| !former.skills.is_empty());
        let had_types =
            former.is_some_and(|it| !it.object_types.is_empty() || !it.satisfies.is_empty());
        let skills = (had_skills || !skills.is_empty()).then(|| SkillsIndexed { skills }.into());
        let types = (had_types || !object_types.is_empty()).then(|| object_types.into());
        skills.into_iter().chain(types)
    }
}

/// The table of the seed: active dependents refuse, archived dependents or use force archive,
/// otherwise it is removed.
fn uninstall(state: &ExtensionState, command: &Uninstall) -> Decision {
    let release = installed(
        state,
        &command.package,
        &command.version,
        command.is_compiled,
    )?;
    refuse_connector(release)?;
    let mut active = command.references.dependents_in(Status::Active).peekable();
    if let Some(first) = active.peek() {
        return Err(Rejection::ActiveDependent {
            package: command.package.to_string(),
            dependent: first.title().to_owned(),
            dependents: active.map(|d| d.package_name.clone()).collect(),
        });
    }
    let archived_dependents: Vec<String> = command
        .references
        .dependents_in(Status::Archived)
        .map(|dependent| dependent.package_name.clone())
        .collect();
    let cause = if !archived_dependents.is_empty() {
        ArchiveCause::UninstallArchivedDependent
    } else if command.references.uses > 0 {
        ArchiveCause::UninstallUsed
    } else {
        let removed = Uninstalled {
            version: release.version.clone(),
            kind: release.kind,
        };
        return Ok(vec![removed.into()]);
    };
    Ok(archive_unless_archived(state, cause, archived_dependents))
}

/// Suspends it, whatever depends on it.
fn archive(state: &ExtensionState, command: &Archive) -> Decision {
    if command.is_compiled {
        return Ok(vec![]);
    }
    let release = installed(state, &command.package, &command.version, false)?;
    if release.kind == Kind::Connector {
        return Ok(vec![]);
    }
    Ok(archive_unless_archived(
        state,
        ArchiveCause::Explicit,
        vec![],
    ))
}

/// Makes it available again at its pinned version.
fn restore(state: &ExtensionState, command: &Restore) -> Decision {
    match state {
        ExtensionState::Absent if command.is_compiled => Ok(vec![]),
        ExtensionState::Absent => Err(Rejection::NotInstalled {
            package: command.package.to_string(),
        }),
        ExtensionState::Active(_) => Ok(vec![]),
        ExtensionState::Archived(old) => Ok(vec![
            Restored {
                version: old.release.version.clone(),
            }
            .into(),
        ]),
    }
}

/// Removes it, recording what is destroyed and what still refers to it.
fn force_delete(state: &ExtensionState, command: ForceDelete) -> Decision {
    if !command.confirm_destructive {
        return Err(Rejection::ConfirmationRequired {
            package: command.package.to_string(),
        });
    }
    let release = installed(
        state,
        &command.package,
        &command.version,
        command.is_compiled,
    )?;
    refuse_connector(release)?;
    let status = match state {
        ExtensionState::Archived(_) => Status::Archived,
        ExtensionState::Active(_) | ExtensionState::Absent => Status::Active,
    };
    let dangling = DanglingReferences {
        dependent_extensions: command
            .references
            .dependents
            .iter()
            .map(|dependent| DanglingDependent {
                package_name: dependent.package_name.clone(),
                version: dependent.version.clone(),
                status: dependent.status,
            })
            .collect(),
        uses: command.references.uses,
    };
    Ok(vec![
        ForceDeleted {
            snapshot: Snapshot {
                release: release.clone(),
                status,
            },
            dangling,
            reason: command.reason,
        }
        .into(),
    ])
}

/// Tells when the installed version came with other bytes than the registry announces for it now.
pub fn bytes_changed(installed: &Release, announced: &str) -> Option<Warning> {
    let is_same = announced
        .split_whitespace()
        .any(|digest| digest == installed.integrity);
    let package = installed.origin.package_name.as_str();
    (!is_same).then(|| {
        let message = format!(
            "{package} {} is installed with other bytes than the registry serves now; \
             nothing was changed",
            installed.version
        );
        Warning::new("VERSION_BYTES_CHANGED", package, message)
    })
}

/// What is installed, if it is the version that the caller named.
fn installed<'a>(
    state: &'a ExtensionState,
    package: &PackageName,
    version: &Version,
    is_compiled: bool,
) -> Result<&'a Release, Rejection> {
    let Some(release) = state.release() else {
        if is_compiled {
            return Err(Rejection::ConnectorWorkspaceCompiled {
                package: package.to_string(),
            });
        }
        return Err(Rejection::NotInstalled {
            package: package.to_string(),
        });
    };
    if release.version != version.as_str() {
        return Err(Rejection::VersionMismatch {
            package: package.to_string(),
            installed: release.version.clone(),
            requested: version.to_string(),
        });
    }
    Ok(release)
}

fn archive_unless_archived(
    state: &ExtensionState,
    cause: ArchiveCause,
    archived_dependents: Vec<String>,
) -> Vec<ExtensionEvent> {
    match state {
        ExtensionState::Active(old) => vec![
            Archived {
                version: old.release.version.clone(),
                cause,
                archived_dependents,
            }
            .into(),
        ],
        ExtensionState::Absent | ExtensionState::Archived(_) => vec![],
    }
}

fn refuse_connector(release: &Release) -> Result<(), Rejection> {
    if release.kind == Kind::Connector {
        return Err(Rejection::ConnectorWorkspaceCompiled {
            package: release.origin.package_name.clone(),
        });
    }
    Ok(())
}

/// Nobody else's package passes for one that every system has.
fn refuse_claimant(release: &Release) -> Result<(), Rejection> {
    let package = release.origin.package_name.clone();
    let name = PackageName::parse(package.as_str()).ok();
    match name.as_ref().and_then(PackageName::claims) {
        Some(reserved) => Err(Rejection::PackageNameReserved { package, reserved }),
        None => Ok(()),
    }
}

/// A version that something active does not accept is refused before anything changes.
fn refuse_breaking(release: &Release, dependents: &[Dependent]) -> Result<(), Rejection> {
    let Ok(version) = Version::parse(release.version.as_str()) else {
        return Ok(());
    };
    let broken: Vec<BrokenDependent> = dependents
        .iter()
        .filter(|dependent| dependent.status == Status::Active && !dependent.admits(&version))
        .map(|dependent| BrokenDependent {
            package_name: dependent.package_name.clone(),
            range: dependent.range.clone(),
        })
        .collect();
    if broken.is_empty() {
        return Ok(());
    }
    Err(Rejection::UpdateBreaksDependents {
        package: release.origin.package_name.clone(),
        version: release.version.clone(),
        dependents: broken,
    })
}

fn is_older(left: &str, right: &str) -> bool {
    match (Version::parse(left), Version::parse(right)) {
        (Ok(left), Ok(right)) => left < right,
        (Ok(_) | Err(_), _) => false,
    }
}
