//! An extension of one organization: installed, updated, archived, restored, removed.

mod event;
mod release;

pub use event::{
    ArchiveCause, Archived, DanglingDependent, DanglingReferences, ExtensionEvent, ForceDeleted,
    Installed, Release, Restored, Snapshot, Uninstalled, Updated,
};
pub use release::{Dependency, EdgeType, Kind, Origin, Requirement, Status, Visibility};
