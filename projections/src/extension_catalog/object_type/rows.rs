//! Rows of types, and the statements that take them.

use cinatra_domain::extension::{DeclaredType, ObjectTypesDeclared};
use cinatra_eventstore::Recorded;
use jiff::Timestamp;
use serde::Serialize;

use crate::extension_catalog::package::{Lists, PackageKey};
use crate::{WriteError, Writer};

const DELETE: &str = include_str!("sql/delete_types.sql");
const INSERT: &str = include_str!("sql/insert_types.sql");

#[derive(Debug, Serialize)]
pub(crate) struct TypeRow {
    #[serde(flatten)]
    package: PackageKey,
    #[serde(flatten)]
    declared: DeclaredType,
    satisfies: Vec<String>,
    declared_at: Timestamp,
    position: i64,
}

impl TypeRow {
    /// All that a package declares.
    pub(crate) fn all(body: &ObjectTypesDeclared, of: &Recorded) -> Vec<Self> {
        let package = PackageKey::of_stream(of);
        let types = body.types.iter().map(|declared| Self {
            package: package.clone(),
            declared: declared.clone(),
            satisfies: body.satisfies.clone(),
            declared_at: of.recorded_at,
            position: of.position.0,
        });
        types.collect()
    }
}

/// Replaces the declarations of these packages.
pub(crate) async fn write(lists: Lists<TypeRow>, writer: &Writer<'_>) -> Result<(), WriteError> {
    lists.write(DELETE, INSERT, writer).await
}
