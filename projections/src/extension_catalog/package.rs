//! Whatever a package brings, under the key of the package.

use std::collections::HashMap;

use cinatra_domain::kernel::TenantId;
use cinatra_eventstore::Recorded;
use serde::Serialize;

use crate::{WriteError, Writer};

#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize)]
pub(super) struct PackageKey {
    tenant_id: TenantId,
    package_name: String,
}

impl PackageKey {
    /// Whose history it is, that of the extension or that of its template.
    pub(super) fn of_stream(recorded: &Recorded) -> Self {
        Self {
            tenant_id: recorded.tenant,
            package_name: recorded.stream.id().to_owned(),
        }
    }
}

/// What packages list: of each, the last list counts.
#[derive(Debug)]
pub(super) struct Lists<R>(HashMap<PackageKey, Vec<R>>);

impl<R> Default for Lists<R> {
    fn default() -> Self {
        Self(HashMap::new())
    }
}

impl<R: Serialize + Sync> Lists<R> {
    /// This is all that the package lists now.
    pub(super) fn put(&mut self, recorded: &Recorded, rows: Vec<R>) {
        self.0.insert(PackageKey::of_stream(recorded), rows);
    }

    pub(super) fn len(&self) -> usize {
        self.0.values().map(|rows| 1 + rows.len()).sum()
    }

    /// Deletes what these packages listed before, then inserts what they list now.
    pub(super) async fn write(
        self,
        delete: &'static str,
        insert: &'static str,
        writer: &Writer<'_>,
    ) -> Result<(), WriteError> {
        let packages: Vec<_> = self.0.keys().collect();
        writer.execute_all(delete, &packages).await?;
        let rows: Vec<_> = self.0.into_values().flatten().collect();
        writer.execute_each(insert, &rows).await
    }
}
