//! An extension of one organization: installed, updated, archived, restored, removed.
//!
//! A package is [`ExtensionState::Absent`], active or archived; there is no draft in between, because
//! one append decides (settled.md 8). The rules (`decide.rs`) never look outside: the release that was
//! fetched and the packages that refer to it arrive inside the command.
//!
//! - Install makes the whole closure available at once ([`closure`]), dependencies first, or nothing.
//! - Uninstall never breaks what is active and never loses what was used.
//! - Archive and restore change the status only; force-delete removes whatever refers to it and is its
//!   own audit record.
//! - Skills and object types that a release brings are indexed with it ([`index_skills`],
//!   [`index_object_types`]), each by an event of their own.
//! - Connectors ship with the build: no command changes one.
//! - Names of built-in packages are reserved ([`RESERVED`]): nothing that only looks like one is installed.
//!
//! Read `command.rs`, `decide.rs` and `evolve.rs` first; `manifest/` and `conformance/` say what a
//! package is, `closure/` what it needs.

pub mod closure;
mod command;
pub mod conformance;
mod decide;
mod dependents;
mod event;
mod evolve;
pub mod manifest;
mod name;
mod object_type;
mod rejection;
mod release;
mod reserved;
mod resolve;
#[cfg(test)]
mod samples;
mod skill;
mod tags;
#[cfg(test)]
mod tests;
mod version;
mod warning;

pub use closure::ClosureRejection;
pub use command::{Archive, ExtensionCommand, ForceDelete, Install, Restore, Uninstall, Update};
pub use decide::{Course, bytes_changed, course_of_install, course_of_update};
pub use dependents::{Dependent, References, dependents_of};
pub use event::{
    ArchiveCause, Archived, DanglingDependent, DanglingReferences, DeclaredType, Effect,
    ExtensionEvent, ForceDeleted, IndexedSkill, Installed, ObjectTypesDeclared, Release, Restored,
    SkillsIndexed, Snapshot, Uninstalled, Updated,
};
pub use evolve::{ExtensionState, Installation};
pub use manifest::{InvalidManifest, Manifest};
pub use name::{InvalidName, PackageName};
pub use object_type::{
    OBJECT_TYPE_BYTES_MAX, OBJECT_TYPES_MAX, TypeIndex, index_object_types, undeclared,
};
pub use rejection::{BrokenDependent, Rejection};
pub use release::{Dependency, EdgeType, Kind, Origin, Requirement, Status, Visibility};
pub use reserved::{CONTEXT_SELECTION, RESERVED};
pub use resolve::resolve_version;
pub use skill::{SKILL_NAME_CHARS_MAX, SKILLS_MAX, SkillIndex, index_skills};
pub use tags::{dependent_tag, extension_tag, satisfaction_tag, tags_of, use_tag};
pub use version::{Constraint, InvalidConstraint, InvalidVersion, Version, max_satisfying};
pub use warning::Warning;
pub(crate) use warning::cut;

use crate::kernel::{Decider, ImpossibleTransition};

/// The aggregate.
#[derive(Clone, Copy, Debug)]
pub enum Extension {}

impl Decider for Extension {
    const CATEGORY: &'static str = "extension";
    type Command = ExtensionCommand;
    type Event = ExtensionEvent;
    type State = ExtensionState;
    type Rejection = Rejection;

    fn decide(
        state: &ExtensionState,
        command: ExtensionCommand,
    ) -> Result<Vec<ExtensionEvent>, Rejection> {
        decide::decide(state, command)
    }

    fn evolve(
        state: ExtensionState,
        event: &ExtensionEvent,
    ) -> Result<ExtensionState, ImpossibleTransition> {
        evolve::evolve(state, event)
    }
}
