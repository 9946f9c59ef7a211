//! How events become templates: per package only the net effect of a batch is written.

use std::collections::HashSet;

use cinatra_domain::Fact;
use cinatra_domain::extension::{Effect, ExtensionEvent, Status};
use cinatra_domain::template::TemplateEvent;
use cinatra_eventstore::Recorded;

use super::rows::{PackageKey, PackageRow, SnapshotKey, SnapshotRow, TemplateRow};
use crate::net::{Puts, Rows};
use crate::{Delivered, OnPoison, Poison, Projection, WriteError, Writer};

const DELETE_PACKAGES: &str = include_str!("sql/delete_packages.sql");
const DELETE_SNAPSHOTS_OF_TEMPLATES: &str = include_str!("sql/delete_snapshots_of_templates.sql");
const DELETE_TEMPLATES: &str = include_str!("sql/delete_templates.sql");
const INSERT_PACKAGES: &str = include_str!("sql/insert_packages.sql");
const INSERT_SNAPSHOTS: &str = include_str!("sql/insert_snapshots.sql");
const INSERT_TEMPLATES: &str = include_str!("sql/insert_templates.sql");
const UPDATE_PACKAGES: &str = include_str!("sql/update_packages.sql");
const UPDATE_TEMPLATES: &str = include_str!("sql/update_templates.sql");

/// Writer of the templates.
#[derive(Debug)]
pub struct TemplateCatalog;

/// Net effect of a run of events. The snapshots of purged templates are removed before any is added.
#[derive(Debug, Default)]
pub struct Batch {
    packages: Rows<PackageKey, PackageRow>,
    purged: HashSet<PackageKey>,
    templates: Rows<PackageKey, TemplateRow>,
    snapshots: Puts<SnapshotKey, SnapshotRow>,
}

impl Projection for TemplateCatalog {
    const NAME: &'static str = "template_catalog";
    const VERSION: i32 = 1;
    const SCHEMA: &'static str = include_str!("schema.sql");
    const ON_POISON: OnPoison = OnPoison::ParkStream;
    type Batch = Batch;

    fn fold(batch: &mut Batch, event: &Delivered) -> Result<(), Poison> {
        match event.fact()? {
            Some(Fact::Extension(fact)) => batch.install(fact, &event.recorded),
            Some(Fact::Template(fact)) => batch.take_down(fact, &event.recorded),
            Some(
                Fact::Authority(_)
                | Fact::Instance(_)
                | Fact::Organization(_)
                | Fact::Permission(_)
                | Fact::Project(_)
                | Fact::Run(_)
                | Fact::Secret(_)
                | Fact::User(_),
            )
            | None => Ok(()),
        }
    }

    fn rows(batch: &Batch) -> usize {
        let templates = batch.purged.len() + batch.templates.len() + batch.snapshots.len();
        batch.packages.len() + templates
    }

    async fn write(batch: Batch, writer: &Writer<'_>) -> Result<(), WriteError> {
        let packages = batch.packages.split();
        writer.execute_each(DELETE_PACKAGES, &packages.gone).await?;
        writer
            .execute_each(INSERT_PACKAGES, &packages.placed)
            .await?;
        writer
            .execute_each(UPDATE_PACKAGES, &packages.changed)
            .await?;
        let templates = batch.templates.split();
        writer
            .execute_each(DELETE_TEMPLATES, &templates.gone)
            .await?;
        writer
            .execute_each(INSERT_TEMPLATES, &templates.placed)
            .await?;
        writer
            .execute_each(UPDATE_TEMPLATES, &templates.changed)
            .await?;
        let purged: Vec<_> = batch.purged.into_iter().collect();
        writer
            .execute_all(DELETE_SNAPSHOTS_OF_TEMPLATES, &purged)
            .await?;
        let (_, taken) = batch.snapshots.split();
        writer.execute_each(INSERT_SNAPSHOTS, &taken).await
    }
}

impl Batch {
    fn install(&mut self, fact: &ExtensionEvent, of: &Recorded) -> Result<(), Poison> {
        let key = PackageKey::of_stream(of);
        let change = match fact.effect() {
            Effect::Places(release) => {
                if matches!(fact, ExtensionEvent::Installed(_)) {
                    return self.packages.place(of, key, PackageRow::new(release, of));
                }
                PackageRow::other(release, of)
            }
            Effect::Flags(status) => PackageRow::flagged(status, of),
            Effect::Keeps => PackageRow::at(of),
            Effect::Removes => return self.packages.remove(of, key),
        };
        self.packages.change(of, key, change)
    }

    /// What may be refused comes first, so that a refused event leaves the batch as it was.
    fn take_down(&mut self, fact: &TemplateEvent, of: &Recorded) -> Result<(), Poison> {
        let key = PackageKey::of_stream(of);
        let change = match fact {
            TemplateEvent::Snapshotted(body) => {
                let row = TemplateRow::taken(body, of);
                if body.number == 1 {
                    self.templates.place(of, key.clone(), row)?;
                } else {
                    self.templates.change(of, key.clone(), row)?;
                }
                let snapshot = SnapshotKey::of(key, body.number);
                self.snapshots.put(snapshot, SnapshotRow::of(body, of));
                return Ok(());
            }
            TemplateEvent::FirstRunRecorded(body) => TemplateRow::first_run(body, of),
            TemplateEvent::Archived(_) => TemplateRow::flagged(Status::Archived, of),
            TemplateEvent::Restored(_) => TemplateRow::flagged(Status::Active, of),
            TemplateEvent::Purged(_) => {
                self.templates.remove(of, key.clone())?;
                self.snapshots.forget(|snapshot| snapshot.is_of(&key));
                self.purged.insert(key);
                return Ok(());
            }
        };
        self.templates.change(of, key, change)
    }
}
