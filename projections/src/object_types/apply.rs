//! How events become types: per package only the net effect of a batch is written.

use std::collections::{HashMap, HashSet};

use cinatra_domain::Fact;
use cinatra_domain::extension::{
    DeclaredType, Effect, ExtensionEvent, Kind, Release, Status, Visibility,
};
use cinatra_domain::kernel::{Position, TenantId};
use cinatra_eventstore::Recorded;
use jiff::Timestamp;
use serde::Serialize;

use crate::net::{Merge, Rows, replace};
use crate::{Delivered, OnPoison, Poison, Projection, WriteError, Writer};

const DELETE_PACKAGES: &str = include_str!("sql/delete_packages.sql");
const DELETE_TYPES: &str = include_str!("sql/delete_types.sql");
const INSERT_PACKAGES: &str = include_str!("sql/insert_packages.sql");
const INSERT_TYPES: &str = include_str!("sql/insert_types.sql");
const UPDATE_PACKAGES: &str = include_str!("sql/update_packages.sql");

/// Writer of the types.
#[derive(Debug)]
pub struct ObjectTypes;

/// Net effect of a run of events.
#[derive(Debug, Default)]
pub struct Batch {
    packages: Rows<PackageKey, PackageRow>,
    /// Packages whose types are listed anew, or are gone.
    cleared: HashSet<PackageKey>,
    listed: HashMap<PackageKey, Vec<TypeRow>>,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize)]
struct PackageKey {
    tenant_id: TenantId,
    package_name: String,
}

/// A package, or what changed of it: absent fields stay as they are.
#[derive(Debug, Default, Serialize)]
struct PackageRow {
    kind: Option<Kind>,
    status: Option<Status>,
    version: Option<String>,
    scope: Option<String>,
    visibility: Option<Visibility>,
    satisfies: Option<Vec<String>>,
}

#[derive(Debug, Serialize)]
struct TypeRow {
    #[serde(flatten)]
    package: PackageKey,
    #[serde(flatten)]
    declared: DeclaredType,
    declared_at: Timestamp,
    position: Position,
}

impl Merge for PackageRow {
    fn merge(&mut self, later: Self) {
        replace(&mut self.kind, later.kind);
        replace(&mut self.status, later.status);
        replace(&mut self.version, later.version);
        replace(&mut self.scope, later.scope);
        replace(&mut self.visibility, later.visibility);
        replace(&mut self.satisfies, later.satisfies);
    }
}

impl PackageRow {
    fn of(release: &Release) -> Self {
        Self {
            kind: Some(release.kind),
            version: Some(release.version.clone()),
            scope: Some(release.origin.scope.clone()),
            visibility: Some(release.origin.visibility),
            ..Self::default()
        }
    }
}

impl Projection for ObjectTypes {
    const NAME: &'static str = "object_types";
    const VERSION: i32 = 1;
    const SCHEMA: &'static str = include_str!("schema.sql");
    const ON_POISON: OnPoison = OnPoison::ParkStream;
    type Batch = Batch;

    fn fold(batch: &mut Batch, event: &Delivered) -> Result<(), Poison> {
        let Some(Fact::Extension(fact)) = event.fact()? else {
            return Ok(());
        };
        batch.add(fact, &event.recorded)
    }

    fn rows(batch: &Batch) -> usize {
        let types = batch.listed.values().map(Vec::len);
        batch.packages.len() + batch.cleared.len() + types.sum::<usize>()
    }

    async fn write(batch: Batch, writer: &Writer<'_>) -> Result<(), WriteError> {
        let cleared: Vec<_> = batch.cleared.into_iter().collect();
        writer.execute_all(DELETE_TYPES, &cleared).await?;
        let packages = batch.packages.split();
        writer.execute_each(DELETE_PACKAGES, &packages.gone).await?;
        writer
            .execute_each(INSERT_PACKAGES, &packages.placed)
            .await?;
        writer
            .execute_each(UPDATE_PACKAGES, &packages.changed)
            .await?;
        let types: Vec<_> = batch.listed.into_values().flatten().collect();
        writer.execute_each(INSERT_TYPES, &types).await
    }
}

impl Batch {
    /// What may be refused comes first, so that a refused event leaves the batch as it was.
    fn add(&mut self, fact: &ExtensionEvent, of: &Recorded) -> Result<(), Poison> {
        let key = PackageKey {
            tenant_id: of.tenant,
            package_name: of.stream.id().to_owned(),
        };
        match fact.effect() {
            Effect::Places(release) if matches!(fact, ExtensionEvent::Installed(_)) => {
                let placed = PackageRow {
                    status: Some(Status::Active),
                    satisfies: Some(Vec::new()),
                    ..PackageRow::of(release)
                };
                self.packages.place(of, key, placed)
            }
            Effect::Places(release) => self.packages.change(of, key, PackageRow::of(release)),
            Effect::Flags(status) => {
                let status = Some(status);
                let flagged = PackageRow {
                    status,
                    ..PackageRow::default()
                };
                self.packages.change(of, key, flagged)
            }
            Effect::Keeps => self.list(fact, of, key),
            Effect::Removes => {
                self.packages.remove(of, key.clone())?;
                self.listed.remove(&key);
                self.cleared.insert(key);
                Ok(())
            }
        }
    }

    fn list(
        &mut self,
        fact: &ExtensionEvent,
        of: &Recorded,
        key: PackageKey,
    ) -> Result<(), Poison> {
        let ExtensionEvent::ObjectTypesDeclared(body) = fact else {
            return Ok(());
        };
        let told = PackageRow {
            satisfies: Some(body.satisfies.clone()),
            ..PackageRow::default()
        };
        self.packages.change(of, key.clone(), told)?;
        let rows = body.types.iter().map(|declared| TypeRow {
            package: key.clone(),
            declared: declared.clone(),
            declared_at: of.recorded_at,
            position: of.position,
        });
        self.listed.insert(key.clone(), rows.collect());
        self.cleared.insert(key);
        Ok(())
    }
}
