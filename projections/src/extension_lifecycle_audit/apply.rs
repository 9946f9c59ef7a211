//! How destructive events become audit rows.

use cinatra_domain::Fact;
use cinatra_domain::extension::{ExtensionEvent, ForceDeleted};
use cinatra_eventstore::Recorded;
use jiff::Timestamp;
use uuid::Uuid;

use crate::{Delivered, OnPoison, Poison, Projection, WriteError, Writer, storable};

const INSERT_OPERATIONS: &str = include_str!("sql/insert_operations.sql");

/// Writer of the destructive operations.
#[derive(Debug)]
pub struct ExtensionLifecycleAudit;

/// Rows as columns.
#[derive(Debug, Default)]
pub struct Batch {
    tenants: Vec<Uuid>,
    positions: Vec<i64>,
    event_ids: Vec<Uuid>,
    actors: Vec<String>,
    actor_types: Vec<String>,
    operations: Vec<&'static str>,
    packages: Vec<String>,
    versions: Vec<String>,
    snapshots: Vec<String>,
    dangling: Vec<String>,
    reasons: Vec<Option<Uuid>>,
    created_at: Vec<Timestamp>,
}

impl Projection for ExtensionLifecycleAudit {
    const NAME: &'static str = "extension_lifecycle_audit";
    const VERSION: i32 = 3;
    const SCHEMA: &'static str = include_str!("schema.sql");
    const ON_POISON: OnPoison = OnPoison::Halt;
    type Batch = Batch;

    fn fold(batch: &mut Batch, event: &Delivered) -> Result<(), Poison> {
        let Some(Fact::Extension(fact)) = event.fact()? else {
            return Ok(());
        };
        match fact {
            ExtensionEvent::ForceDeleted(body) => batch.push(body, &event.recorded),
            ExtensionEvent::Installed(_)
            | ExtensionEvent::Updated(_)
            | ExtensionEvent::Archived(_)
            | ExtensionEvent::Restored(_)
            | ExtensionEvent::Uninstalled(_)
            | ExtensionEvent::SkillsIndexed(_)
            | ExtensionEvent::ObjectTypesDeclared(_) => Ok(()),
        }
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
                INSERT_OPERATIONS,
                batch.positions.len(),
                &[
                    &batch.tenants,
                    &batch.positions,
                    &batch.event_ids,
                    &batch.actors,
                    &batch.actor_types,
                    &batch.operations,
                    &batch.packages,
                    &batch.versions,
                    &batch.snapshots,
                    &batch.dangling,
                    &batch.reasons,
                    &batch.created_at,
                ],
            )
            .await
    }
}

impl Batch {
    fn push(&mut self, body: &ForceDeleted, recorded: &Recorded) -> Result<(), Poison> {
        let snapshot = storable::json(&body.snapshot)?;
        let dangling = storable::json(&body.dangling)?;
        self.tenants.push(recorded.tenant.uuid());
        self.positions.push(recorded.position.0);
        self.event_ids.push(recorded.event_id.0);
        self.actors.push(recorded.actor.as_str().to_owned());
        self.actor_types.push(recorded.actor.kind().to_owned());
        self.operations.push("force_delete");
        self.packages.push(storable::text(recorded.stream.id()));
        self.versions
            .push(storable::text(&body.snapshot.release.version));
        self.snapshots.push(snapshot);
        self.dangling.push(dangling);
        self.reasons
            .push(body.reason.as_ref().map(|reason| reason.id));
        self.created_at.push(recorded.recorded_at);
        Ok(())
    }
}
