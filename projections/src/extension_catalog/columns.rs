//! A batch's net effect as columns, and the statements that take them.

use std::collections::HashMap;

use cinatra_domain::extension::{Dependency, Release, Status, Visibility};
use cinatra_domain::kernel::TenantId;
use jiff::Timestamp;
use uuid::Uuid;

use super::apply::{Change, Outcome, status_word};
use crate::{WriteError, Writer, storable};

const DELETE_EXTENSIONS: &str = include_str!("sql/delete_extensions.sql");
const INSERT_EXTENSIONS: &str = include_str!("sql/insert_extensions.sql");
const UPDATE_RELEASES: &str = include_str!("sql/update_releases.sql");
const UPDATE_STATUSES: &str = include_str!("sql/update_statuses.sql");
const DELETE_DEPENDENTS: &str = include_str!("sql/delete_dependents.sql");
const INSERT_DEPENDENTS: &str = include_str!("sql/insert_dependents.sql");

/// Rows by what is done to them.
#[derive(Default)]
struct Columns {
    deleted: Keys,
    placed: Releases,
    installed_at: Vec<Timestamp>,
    replaced: Releases,
    kept: Statuses,
    /// Extensions whose edges are declared anew.
    edged: Keys,
    edges: Edges,
}

#[derive(Default)]
struct Keys {
    tenants: Vec<Uuid>,
    names: Vec<String>,
}

#[derive(Default)]
struct Statuses {
    keys: Keys,
    words: Vec<Option<&'static str>>,
    updated_at: Vec<Timestamp>,
    positions: Vec<i64>,
}

#[derive(Default)]
struct Releases {
    keys: Keys,
    kinds: Vec<&'static str>,
    statuses: Vec<Option<&'static str>>,
    versions: Vec<String>,
    display_names: Vec<Option<String>>,
    descriptions: Vec<Option<String>>,
    origins: Vec<String>,
    scopes: Vec<String>,
    visibilities: Vec<&'static str>,
    integrities: Vec<String>,
    contents: Vec<String>,
    dependencies: Vec<String>,
    warnings: Vec<String>,
    updated_at: Vec<Timestamp>,
    positions: Vec<i64>,
}

#[derive(Default)]
struct Edges {
    tenants: Vec<Uuid>,
    names: Vec<String>,
    dependents: Vec<String>,
    blocks: Vec<bool>,
}

/// Writes the net effects: what goes first makes room for what comes.
pub(super) async fn write(
    changes: &HashMap<TenantId, HashMap<String, Change>>,
    writer: &Writer<'_>,
) -> Result<(), WriteError> {
    let mut columns = Columns::default();
    for (tenant, packages) in changes {
        for (name, change) in packages {
            columns.push(tenant.uuid(), &storable::text(name), change)?;
        }
    }
    columns.write_extensions(writer).await?;
    columns.write_edges(writer).await
}

impl Columns {
    fn push(&mut self, tenant: Uuid, name: &str, change: &Change) -> Result<(), WriteError> {
        match &change.outcome {
            Outcome::Gone => {
                if change.stood {
                    self.deleted.push(tenant, name);
                    self.edged.push(tenant, name);
                }
            }
            Outcome::Placed {
                release,
                status,
                installed_at,
            } => {
                if change.stood {
                    self.deleted.push(tenant, name);
                }
                self.placed
                    .push(tenant, name, release, Some(*status), change)?;
                self.installed_at.push(*installed_at);
                self.push_edges(tenant, name, change.stood, &release.dependencies);
            }
            Outcome::Replaced { release, status } => {
                self.replaced.push(tenant, name, release, *status, change)?;
                self.push_edges(tenant, name, true, &release.dependencies);
            }
            Outcome::Kept(status) => {
                self.kept.keys.push(tenant, name);
                self.kept.words.push(status.map(status_word));
                self.kept.updated_at.push(change.updated_at);
                self.kept.positions.push(change.position);
            }
        }
        Ok(())
    }

    /// Two edges to one package are one: it blocks when either does.
    fn push_edges(&mut self, tenant: Uuid, name: &str, stood: bool, edges: &[Dependency]) {
        if stood {
            self.edged.push(tenant, name);
        }
        let begin = self.edges.names.len();
        for edge in edges {
            let on = storable::text(&edge.package_name);
            let known = self
                .edges
                .names
                .iter()
                .skip(begin)
                .position(|other| *other == on);
            if let Some(blocks) = known.and_then(|at| self.edges.blocks.get_mut(begin + at)) {
                *blocks |= edge.blocks();
                continue;
            }
            self.edges.tenants.push(tenant);
            self.edges.names.push(on);
            self.edges.dependents.push(name.to_owned());
            self.edges.blocks.push(edge.blocks());
        }
    }

    async fn write_extensions(&self, writer: &Writer<'_>) -> Result<(), WriteError> {
        let gone = &self.deleted;
        if !gone.names.is_empty() {
            let params: [&(dyn tokio_postgres::types::ToSql + Sync); 2] =
                [&gone.tenants, &gone.names];
            writer
                .execute_exactly(DELETE_EXTENSIONS, gone.names.len(), &params)
                .await?;
        }
        self.placed.insert(&self.installed_at, writer).await?;
        self.replaced.update(writer).await?;
        let kept = &self.kept;
        if kept.words.is_empty() {
            return Ok(());
        }
        writer
            .execute_exactly(
                UPDATE_STATUSES,
                kept.words.len(),
                &[
                    &kept.keys.tenants,
                    &kept.keys.names,
                    &kept.words,
                    &kept.updated_at,
                    &kept.positions,
                ],
            )
            .await
    }

    async fn write_edges(&self, writer: &Writer<'_>) -> Result<(), WriteError> {
        if !self.edged.names.is_empty() {
            let gone = &self.edged;
            writer
                .execute(DELETE_DEPENDENTS, &[&gone.tenants, &gone.names])
                .await?;
        }
        let edges = &self.edges;
        if edges.names.is_empty() {
            return Ok(());
        }
        writer
            .execute_exactly(
                INSERT_DEPENDENTS,
                edges.names.len(),
                &[
                    &edges.tenants,
                    &edges.names,
                    &edges.dependents,
                    &edges.blocks,
                ],
            )
            .await
    }
}

impl Keys {
    fn push(&mut self, tenant: Uuid, name: &str) {
        self.tenants.push(tenant);
        self.names.push(name.to_owned());
    }
}

impl Releases {
    fn push(
        &mut self,
        tenant: Uuid,
        name: &str,
        release: &Release,
        status: Option<Status>,
        change: &Change,
    ) -> Result<(), WriteError> {
        let origin = &release.origin;
        self.keys.push(tenant, name);
        self.kinds.push(release.kind.as_str());
        self.statuses.push(status.map(status_word));
        self.versions.push(storable::text(&release.version));
        self.display_names
            .push(release.display_name.as_deref().map(storable::text));
        self.descriptions
            .push(release.description.as_deref().map(storable::text));
        self.origins.push(storable::json(origin)?);
        self.scopes.push(storable::text(&origin.scope));
        self.visibilities.push(match origin.visibility {
            Visibility::Public => "public",
            Visibility::Private => "private",
        });
        self.integrities.push(storable::text(&release.integrity));
        self.contents.push(storable::text(&release.content_sha256));
        self.dependencies
            .push(storable::json(&release.dependencies)?);
        self.warnings.push(storable::json(&release.warnings)?);
        self.updated_at.push(change.updated_at);
        self.positions.push(change.position);
        Ok(())
    }

    async fn insert(
        &self,
        installed_at: &[Timestamp],
        writer: &Writer<'_>,
    ) -> Result<(), WriteError> {
        if installed_at.is_empty() {
            return Ok(());
        }
        writer
            .execute_exactly(
                INSERT_EXTENSIONS,
                installed_at.len(),
                &[
                    &self.keys.tenants,
                    &self.keys.names,
                    &self.kinds,
                    &self.statuses,
                    &self.versions,
                    &self.display_names,
                    &self.descriptions,
                    &self.origins,
                    &self.scopes,
                    &self.visibilities,
                    &self.integrities,
                    &self.contents,
                    &self.dependencies,
                    &self.warnings,
                    &installed_at,
                    &self.updated_at,
                    &self.positions,
                ],
            )
            .await
    }

    async fn update(&self, writer: &Writer<'_>) -> Result<(), WriteError> {
        if self.kinds.is_empty() {
            return Ok(());
        }
        writer
            .execute_exactly(
                UPDATE_RELEASES,
                self.kinds.len(),
                &[
                    &self.keys.tenants,
                    &self.keys.names,
                    &self.kinds,
                    &self.statuses,
                    &self.versions,
                    &self.display_names,
                    &self.descriptions,
                    &self.origins,
                    &self.scopes,
                    &self.visibilities,
                    &self.integrities,
                    &self.contents,
                    &self.dependencies,
                    &self.warnings,
                    &self.updated_at,
                    &self.positions,
                ],
            )
            .await
    }
}
