//! How events become a history: one row each.

use std::collections::HashMap;

use cinatra_domain::Fact;
use cinatra_domain::extension::{Effect, ExtensionEvent, Origin, Visibility};
use cinatra_domain::kernel::{Event as _, TenantId};
use jiff::Timestamp;
use uuid::Uuid;

use super::summary::Summary;
use crate::{Delivered, OnPoison, Poison, Projection, WriteError, Writer, storable};

const INSERT_ENTRIES: &str = include_str!("sql/insert_entries.sql");
const UPSERT_PACKAGES: &str = include_str!("sql/upsert_packages.sql");

/// Writer of the histories.
#[derive(Debug)]
pub struct ExtensionTimeline;

/// Rows as columns.
#[derive(Debug, Default)]
pub struct Batch {
    tenants: Vec<Uuid>,
    packages: Vec<String>,
    positions: Vec<i64>,
    revisions: Vec<i64>,
    event_ids: Vec<Uuid>,
    wire_names: Vec<&'static str>,
    actors: Vec<String>,
    recorded_at: Vec<Timestamp>,
    summaries: Vec<String>,
    origins: HashMap<(TenantId, String), (&'static str, String)>,
}

impl Projection for ExtensionTimeline {
    const NAME: &'static str = "extension_timeline";
    const VERSION: i32 = 3;
    const SCHEMA: &'static str = include_str!("schema.sql");
    const ON_POISON: OnPoison = OnPoison::ParkStream;
    type Batch = Batch;

    fn fold(batch: &mut Batch, event: &Delivered) -> Result<(), Poison> {
        let Some(Fact::Extension(fact)) = event.fact()? else {
            return Ok(());
        };
        let recorded = &event.recorded;
        let package = storable::text(recorded.stream.id());
        let summary = storable::json(&Summary::of(fact))?;
        if let Some(origin) = origin(fact) {
            batch.note_origin(recorded.tenant, &package, origin);
        }
        batch.tenants.push(recorded.tenant.uuid());
        batch.packages.push(package);
        batch.positions.push(recorded.position.0);
        batch.revisions.push(recorded.revision.0);
        batch.event_ids.push(recorded.event_id.0);
        batch.wire_names.push(fact.wire_name());
        batch.actors.push(recorded.actor.as_str().to_owned());
        batch.recorded_at.push(recorded.recorded_at);
        batch.summaries.push(summary);
        Ok(())
    }

    fn rows(batch: &Batch) -> usize {
        batch.positions.len()
    }

    async fn write(batch: Batch, writer: &Writer<'_>) -> Result<(), WriteError> {
        if batch.positions.is_empty() {
            return Ok(());
        }
        writer
            .execute_exactly(
                INSERT_ENTRIES,
                batch.positions.len(),
                &[
                    &batch.tenants,
                    &batch.packages,
                    &batch.positions,
                    &batch.revisions,
                    &batch.event_ids,
                    &batch.wire_names,
                    &batch.actors,
                    &batch.recorded_at,
                    &batch.summaries,
                ],
            )
            .await?;
        batch.write_packages(writer).await
    }
}

impl Batch {
    fn note_origin(&mut self, tenant: TenantId, package: &str, origin: &Origin) {
        let visibility = match origin.visibility {
            Visibility::Public => "public",
            Visibility::Private => "private",
        };
        let seen = (visibility, storable::text(&origin.scope));
        self.origins.insert((tenant, package.to_owned()), seen);
    }

    async fn write_packages(&self, writer: &Writer<'_>) -> Result<(), WriteError> {
        if self.origins.is_empty() {
            return Ok(());
        }
        let (mut tenants, mut packages) = (Vec::new(), Vec::new());
        let (mut visibilities, mut scopes) = (Vec::new(), Vec::new());
        for ((tenant, package), (visibility, scope)) in &self.origins {
            tenants.push(tenant.uuid());
            packages.push(package.as_str());
            visibilities.push(*visibility);
            scopes.push(scope.as_str());
        }
        writer
            .execute_exactly(
                UPSERT_PACKAGES,
                tenants.len(),
                &[&tenants, &packages, &visibilities, &scopes],
            )
            .await
    }
}

/// Where the release came from that the event brought.
fn origin(fact: &ExtensionEvent) -> Option<&Origin> {
    match fact.effect() {
        Effect::Places(release) => Some(&release.origin),
        Effect::Flags(_) | Effect::Keeps | Effect::Removes => None,
    }
}
