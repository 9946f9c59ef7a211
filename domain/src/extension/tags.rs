//! Names under which the events of one extension are found by decisions about others.

use super::{Effect, ExtensionEvent, ExtensionState, PackageName};
use crate::authority::every_authority_tag;
use crate::kernel::{InvalidId, Tag};

/// Carried by every event of the package.
pub fn extension_tag(package: &PackageName) -> Result<Tag, InvalidId> {
    Tag::new("ext", package.as_str())
}

/// Carried by every event of every package that has, had or loses an edge to the package.
pub fn dependent_tag(package: &str) -> Result<Tag, InvalidId> {
    Tag::new("dep-on", package)
}

/// Carried by every event that uses the package, a started run for example.
pub fn use_tag(package: &PackageName) -> Result<Tag, InvalidId> {
    Tag::new("used", package.as_str())
}

/// Carried by every event by which a package says that its artifacts are accepted in the place of this package's.
pub fn satisfaction_tag(package: &str) -> Result<Tag, InvalidId> {
    Tag::new("satisfies", package)
}

/// Tags of an event: its package, and every package it has an edge to before or after. What there is to have
/// access to, an agent or skills, is read with authority; archiving and restoring change nothing of that.
pub fn tags_of(
    package: &PackageName,
    before: &ExtensionState,
    event: &ExtensionEvent,
) -> Result<Vec<Tag>, InvalidId> {
    let after = match event.effect() {
        Effect::Places(release) => Some(release),
        Effect::Flags(_) | Effect::Keeps | Effect::Removes => None,
    };
    let mut tags = vec![extension_tag(package)?];
    if changes_what_is_there(event) {
        tags.push(every_authority_tag()?);
    }
    if let ExtensionEvent::ObjectTypesDeclared(declared) = event {
        for name in &declared.satisfies {
            tags.push(satisfaction_tag(name)?);
        }
    }
    for release in before.release().into_iter().chain(after) {
        for edge in &release.dependencies {
            let tag = dependent_tag(&edge.package_name)?;
            if !tags.contains(&tag) {
                tags.push(tag);
            }
        }
    }
    Ok(tags)
}

fn changes_what_is_there(event: &ExtensionEvent) -> bool {
    match event {
        ExtensionEvent::Installed(_)
        | ExtensionEvent::Updated(_)
        | ExtensionEvent::SkillsIndexed(_)
        | ExtensionEvent::Uninstalled(_)
        | ExtensionEvent::ForceDeleted(_) => true,
        ExtensionEvent::Archived(_)
        | ExtensionEvent::Restored(_)
        | ExtensionEvent::ObjectTypesDeclared(_) => false,
    }
}
