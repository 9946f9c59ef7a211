//! Rows of skills, and the statements that take them.

use cinatra_domain::extension::SkillsIndexed;
use cinatra_domain::permission::{Resource, ResourceId};
use cinatra_eventstore::Recorded;
use jiff::Timestamp;
use serde::Serialize;

use crate::extension_catalog::package::{Lists, PackageKey};
use crate::{WriteError, Writer};

const DELETE: &str = include_str!("sql/delete_skills.sql");
const INSERT: &str = include_str!("sql/insert_skills.sql");

#[derive(Debug, Serialize)]
pub(crate) struct SkillRow {
    #[serde(flatten)]
    package: PackageKey,
    name: String,
    skill_id: ResourceId,
    description: Option<String>,
    path: String,
    content_sha256: String,
    indexed_at: Timestamp,
    position: i64,
}

impl SkillRow {
    /// All that a package lists.
    pub(crate) fn all(body: &SkillsIndexed, of: &Recorded) -> Vec<Self> {
        let package = PackageKey::of_stream(of);
        let skills = body.skills.iter().map(|skill| Self {
            skill_id: Resource::skill(of.tenant, of.stream.id(), &skill.name).id,
            name: skill.name.clone(),
            description: skill.description.clone(),
            path: skill.path.clone(),
            content_sha256: skill.content_sha256.clone(),
            indexed_at: of.recorded_at,
            position: of.position.0,
            package: package.clone(),
        });
        skills.collect()
    }
}

/// Replaces the lists of these packages.
pub(crate) async fn write(lists: Lists<SkillRow>, writer: &Writer<'_>) -> Result<(), WriteError> {
    lists.write(DELETE, INSERT, writer).await
}
