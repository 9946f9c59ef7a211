//! A batch's net effect as columns, and the statements that take them.

use std::collections::HashMap;

use cinatra_domain::extension::{Kind, Status, Visibility};
use cinatra_domain::kernel::TenantId;
use cinatra_domain::permission::Resource;
use jiff::Timestamp;
use uuid::Uuid;

use super::apply::{Change, Listed, Outcome, Shared, status_word};
use crate::{WriteError, Writer, storable};

const DELETE_PACKAGES: &str = include_str!("sql/delete_packages.sql");
const DELETE_SKILLS: &str = include_str!("sql/delete_skills.sql");
const INSERT_PACKAGES: &str = include_str!("sql/insert_packages.sql");
const INSERT_SKILLS: &str = include_str!("sql/insert_skills.sql");
const UPDATE_PACKAGES: &str = include_str!("sql/update_packages.sql");
const UPDATE_STATUSES: &str = include_str!("sql/update_statuses.sql");

/// Rows by what is done to them.
#[derive(Default)]
struct Columns {
    deleted: Keys,
    placed: Packages,
    replaced: Packages,
    flagged: Keys,
    flags: Vec<&'static str>,
    /// Packages whose skills are listed anew, or are gone.
    cleared: Keys,
    skills: Skills,
}

#[derive(Default)]
struct Keys {
    tenants: Vec<Uuid>,
    names: Vec<String>,
}

#[derive(Default)]
struct Packages {
    keys: Keys,
    ids: Vec<Uuid>,
    kinds: Vec<&'static str>,
    statuses: Vec<Option<&'static str>>,
    versions: Vec<String>,
    scopes: Vec<String>,
    visibilities: Vec<&'static str>,
}

#[derive(Default)]
struct Skills {
    packages: Keys,
    names: Vec<String>,
    ids: Vec<Uuid>,
    descriptions: Vec<Option<String>>,
    paths: Vec<String>,
    contents: Vec<String>,
    indexed_at: Vec<Timestamp>,
    positions: Vec<i64>,
}

/// Writes the net effects: what goes first makes room for what comes.
pub(super) async fn write(
    changes: &HashMap<TenantId, HashMap<String, Change>>,
    writer: &Writer<'_>,
) -> Result<(), WriteError> {
    let mut columns = Columns::default();
    for (tenant, packages) in changes {
        for (name, change) in packages {
            columns.push(*tenant, name, change);
        }
    }
    columns.write_packages(writer).await?;
    columns.write_skills(writer).await
}

impl Columns {
    fn push(&mut self, tenant: TenantId, name: &str, change: &Change) {
        let is_new = match &change.outcome {
            Outcome::Gone => true,
            Outcome::Placed(shared, status) => {
                self.placed.push(tenant, name, shared, Some(*status));
                true
            }
            Outcome::Replaced(shared, status) => {
                self.replaced.push(tenant, name, shared, *status);
                false
            }
            Outcome::Kept(status) => {
                if let Some(status) = status {
                    self.flagged.push(tenant, name);
                    self.flags.push(status_word(*status));
                }
                false
            }
        };
        if change.stood && is_new {
            self.deleted.push(tenant, name);
        }
        if change.stood && (is_new || change.listed.is_some()) {
            self.cleared.push(tenant, name);
        }
        if let Some(listed) = &change.listed {
            self.skills.push(tenant, name, listed);
        }
    }

    async fn write_packages(&self, writer: &Writer<'_>) -> Result<(), WriteError> {
        let gone = &self.deleted;
        if !gone.names.is_empty() {
            writer
                .execute_exactly(
                    DELETE_PACKAGES,
                    gone.names.len(),
                    &[&gone.tenants, &gone.names],
                )
                .await?;
        }
        self.placed.write(INSERT_PACKAGES, writer).await?;
        self.replaced.write(UPDATE_PACKAGES, writer).await?;
        let flagged = &self.flagged;
        if flagged.names.is_empty() {
            return Ok(());
        }
        writer
            .execute_exactly(
                UPDATE_STATUSES,
                flagged.names.len(),
                &[&flagged.tenants, &flagged.names, &self.flags],
            )
            .await
    }

    async fn write_skills(&self, writer: &Writer<'_>) -> Result<(), WriteError> {
        let cleared = &self.cleared;
        if !cleared.names.is_empty() {
            writer
                .execute(DELETE_SKILLS, &[&cleared.tenants, &cleared.names])
                .await?;
        }
        let skills = &self.skills;
        if skills.names.is_empty() {
            return Ok(());
        }
        writer
            .execute_exactly(
                INSERT_SKILLS,
                skills.names.len(),
                &[
                    &skills.packages.tenants,
                    &skills.packages.names,
                    &skills.names,
                    &skills.ids,
                    &skills.descriptions,
                    &skills.paths,
                    &skills.contents,
                    &skills.indexed_at,
                    &skills.positions,
                ],
            )
            .await
    }
}

impl Keys {
    fn push(&mut self, tenant: TenantId, name: &str) {
        self.tenants.push(tenant.uuid());
        self.names.push(storable::text(name));
    }
}

impl Packages {
    fn push(&mut self, tenant: TenantId, name: &str, shared: &Shared, status: Option<Status>) {
        self.keys.push(tenant, name);
        self.ids.push(resource(tenant, name, shared.kind).id.0);
        self.kinds.push(shared.kind.as_str());
        self.statuses.push(status.map(status_word));
        self.versions.push(storable::text(&shared.version));
        self.scopes.push(storable::text(&shared.scope));
        self.visibilities.push(match shared.visibility {
            Visibility::Public => "public",
            Visibility::Private => "private",
        });
    }

    async fn write(&self, sql: &'static str, writer: &Writer<'_>) -> Result<(), WriteError> {
        if self.ids.is_empty() {
            return Ok(());
        }
        writer
            .execute_exactly(
                sql,
                self.ids.len(),
                &[
                    &self.keys.tenants,
                    &self.keys.names,
                    &self.ids,
                    &self.kinds,
                    &self.statuses,
                    &self.versions,
                    &self.scopes,
                    &self.visibilities,
                ],
            )
            .await
    }
}

impl Skills {
    fn push(&mut self, tenant: TenantId, package: &str, listed: &Listed) {
        for skill in &listed.skills {
            self.packages.push(tenant, package);
            self.names.push(storable::text(&skill.name));
            self.ids
                .push(Resource::skill(tenant, package, &skill.name).id.0);
            self.descriptions
                .push(skill.description.as_deref().map(storable::text));
            self.paths.push(storable::text(&skill.path));
            self.contents.push(storable::text(&skill.content_sha256));
            self.indexed_at.push(listed.indexed_at);
            self.positions.push(listed.position);
        }
    }
}

/// What access is given to when it is given to the whole package: an agent, else a package of skills.
fn resource(tenant: TenantId, package: &str, kind: Kind) -> Resource {
    match kind {
        Kind::Agent => Resource::agent_template(tenant, package),
        Kind::Artifact | Kind::Connector | Kind::Skill | Kind::Workflow => {
            Resource::skill_package(tenant, package)
        }
    }
}
