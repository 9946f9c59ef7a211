//! Events and commands for tests, each taking only what the test is about.

use super::*;
use crate::kernel::ContentRef;
use crate::kernel::testing::{Given, given};

pub(super) const NAME: &str = "@acme/mail-agent";

pub(super) fn package() -> PackageName {
    PackageName::parse(NAME).unwrap()
}

pub(super) fn version(text: &str) -> Version {
    Version::parse(text).unwrap()
}

pub(super) fn edge(package_name: &str, range: &str) -> Dependency {
    Dependency {
        package_name: package_name.to_owned(),
        kind: None,
        edge_type: EdgeType::Runtime,
        range: range.to_owned(),
        requirement: Requirement::Required,
    }
}

pub(super) fn release(version: &str) -> Release {
    Release {
        kind: Kind::Agent,
        version: version.to_owned(),
        display_name: None,
        description: None,
        origin: Origin {
            package_name: NAME.to_owned(),
            version: version.to_owned(),
            scope: "@acme".to_owned(),
            destination_id: None,
            registry_url: "directory:registry".to_owned(),
            visibility: Visibility::Public,
        },
        integrity: format!("sha512-{version}"),
        content_sha256: "00".repeat(32),
        manifest_sha256: "11".repeat(32),
        dependencies: vec![edge("@acme/mail-skills", "^1.0.0")],
        warnings: vec![],
    }
}

pub(super) fn connector() -> Release {
    Release {
        kind: Kind::Connector,
        ..release("1.0.0")
    }
}

pub(super) fn installed(version: &str) -> ExtensionEvent {
    Installed {
        release: release(version),
        required_by: None,
    }
    .into()
}

pub(super) fn connector_installed() -> ExtensionEvent {
    Installed {
        release: connector(),
        required_by: None,
    }
    .into()
}

pub(super) fn updated(from: &str, to: &str) -> ExtensionEvent {
    Updated {
        from_version: from.to_owned(),
        release: release(to),
    }
    .into()
}

pub(super) fn archived(version: &str) -> ExtensionEvent {
    archived_because(version, ArchiveCause::Explicit, &[])
}

pub(super) fn archived_because(
    version: &str,
    cause: ArchiveCause,
    dependents: &[&str],
) -> ExtensionEvent {
    Archived {
        version: version.to_owned(),
        cause,
        archived_dependents: dependents.iter().map(ToString::to_string).collect(),
    }
    .into()
}

pub(super) fn restored(version: &str) -> ExtensionEvent {
    Restored {
        version: version.to_owned(),
    }
    .into()
}

pub(super) fn uninstalled(version: &str) -> ExtensionEvent {
    Uninstalled {
        version: version.to_owned(),
        kind: Kind::Agent,
    }
    .into()
}

pub(super) fn dependent(name: &str, status: Status, range: &str) -> Dependent {
    Dependent {
        package_name: name.to_owned(),
        display_name: None,
        version: "2.0.0".to_owned(),
        status,
        range: range.to_owned(),
    }
}

pub(super) fn references(dependents: Vec<Dependent>, uses: u64) -> References {
    References { dependents, uses }
}

pub(super) fn install(version: &str) -> ExtensionCommand {
    install_with(version, vec![])
}

pub(super) fn install_with(version: &str, dependents: Vec<Dependent>) -> ExtensionCommand {
    ExtensionCommand::Install(Install {
        release: release(version),
        skills: vec![],
        object_types: ObjectTypesDeclared::default(),
        required_by: None,
        dependents,
    })
}

pub(super) fn update(version: &str, dependents: Vec<Dependent>) -> ExtensionCommand {
    ExtensionCommand::Update(Update {
        release: release(version),
        skills: vec![],
        object_types: ObjectTypesDeclared::default(),
        dependents,
    })
}

/// The same command, of a release that brings these skills.
pub(super) fn bringing(mut command: ExtensionCommand, names: &[&str]) -> ExtensionCommand {
    match &mut command {
        ExtensionCommand::Install(install) => install.skills = skills(names),
        ExtensionCommand::Update(update) => update.skills = skills(names),
        ExtensionCommand::Uninstall(_)
        | ExtensionCommand::Archive(_)
        | ExtensionCommand::Restore(_)
        | ExtensionCommand::ForceDelete(_) => {}
    }
    command
}

pub(super) fn skills(names: &[&str]) -> Vec<IndexedSkill> {
    names
        .iter()
        .map(|name| IndexedSkill {
            name: (*name).to_owned(),
            description: None,
            path: format!("skills/{name}/SKILL.md"),
            content_sha256: "33".repeat(32),
        })
        .collect()
}

pub(super) fn skills_indexed(names: &[&str]) -> ExtensionEvent {
    let skills = skills(names);
    SkillsIndexed { skills }.into()
}

/// The same command, of a release that declares these types.
pub(super) fn declaring(mut command: ExtensionCommand, names: &[&str]) -> ExtensionCommand {
    match &mut command {
        ExtensionCommand::Install(install) => install.object_types = object_types(names),
        ExtensionCommand::Update(update) => update.object_types = object_types(names),
        ExtensionCommand::Uninstall(_)
        | ExtensionCommand::Archive(_)
        | ExtensionCommand::Restore(_)
        | ExtensionCommand::ForceDelete(_) => {}
    }
    command
}

pub(super) fn object_types(names: &[&str]) -> ObjectTypesDeclared {
    let types = names.iter().map(|name| DeclaredType {
        object_type: (*name).to_owned(),
        ..DeclaredType::default()
    });
    ObjectTypesDeclared {
        types: types.collect(),
        satisfies: vec![],
    }
}

pub(super) fn object_types_declared(names: &[&str]) -> ExtensionEvent {
    object_types(names).into()
}

/// A package that is there, without skills or types.
pub(super) fn installation(version: &str) -> Installation {
    Installation {
        release: release(version),
        skills: vec![],
        object_types: vec![],
        satisfies: vec![],
    }
}

pub(super) fn uninstall(at: &str, references: References) -> ExtensionCommand {
    ExtensionCommand::Uninstall(Uninstall {
        package: package(),
        version: version(at),
        references,
        is_compiled: false,
    })
}

pub(super) fn archive(at: &str) -> ExtensionCommand {
    ExtensionCommand::Archive(Archive {
        package: package(),
        version: version(at),
        is_compiled: false,
    })
}

pub(super) fn restore() -> ExtensionCommand {
    ExtensionCommand::Restore(Restore {
        package: package(),
        is_compiled: false,
    })
}

pub(super) fn force_delete(at: &str, confirmed: bool, references: References) -> ExtensionCommand {
    ExtensionCommand::ForceDelete(ForceDelete {
        package: package(),
        version: version(at),
        confirm_destructive: confirmed,
        reason: Some(reason()),
        references,
        is_compiled: false,
    })
}

pub(super) fn reason() -> ContentRef {
    ContentRef {
        id: uuid::Uuid::nil(),
        digest: "22".repeat(32),
        size: 9,
    }
}

pub(super) fn nothing_has_happened() -> Given<Extension> {
    given([])
}

pub(super) fn active() -> Given<Extension> {
    given::<Extension>([installed("1.0.0")])
}

pub(super) fn suspended() -> Given<Extension> {
    given::<Extension>([installed("1.0.0"), archived("1.0.0")])
}

pub(super) fn not_installed() -> Rejection {
    Rejection::NotInstalled {
        package: NAME.to_owned(),
    }
}

pub(super) fn compiled() -> Rejection {
    Rejection::ConnectorWorkspaceCompiled {
        package: NAME.to_owned(),
    }
}

pub(super) fn mismatch() -> Rejection {
    Rejection::VersionMismatch {
        package: NAME.to_owned(),
        installed: "1.0.0".to_owned(),
        requested: "2.0.0".to_owned(),
    }
}
