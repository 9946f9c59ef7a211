//! How events become templates: per package only the net effect of a batch is written.

use std::collections::HashSet;

use cinatra_domain::extension::Status;
use cinatra_domain::template::TemplateEvent;
use cinatra_eventstore::Recorded;

use super::rows::{SnapshotKey, SnapshotRow, TemplateRow};
use crate::extension_catalog::package::PackageKey;
use crate::net::{Puts, Rows};
use crate::{Poison, WriteError, Writer};

const DELETE_SNAPSHOTS_OF_TEMPLATES: &str = include_str!("sql/delete_snapshots_of_templates.sql");
const DELETE_TEMPLATES: &str = include_str!("sql/delete_templates.sql");
const INSERT_SNAPSHOTS: &str = include_str!("sql/insert_snapshots.sql");
const INSERT_TEMPLATES: &str = include_str!("sql/insert_templates.sql");
const UPDATE_TEMPLATES: &str = include_str!("sql/update_templates.sql");

/// Net effect of a run of events. The snapshots of purged templates are removed before any is added.
#[derive(Debug, Default)]
pub(crate) struct Templates {
    purged: HashSet<PackageKey>,
    rows: Rows<PackageKey, TemplateRow>,
    snapshots: Puts<SnapshotKey, SnapshotRow>,
}

impl Templates {
    /// What may be refused comes first, so that a refused event leaves the batch as it was.
    pub(crate) fn add(&mut self, fact: &TemplateEvent, of: &Recorded) -> Result<(), Poison> {
        let key = PackageKey::of_stream(of);
        let change = match fact {
            TemplateEvent::Snapshotted(body) => {
                let row = TemplateRow::taken(body, of);
                if body.number == 1 {
                    self.rows.place(of, key.clone(), row)?;
                } else {
                    self.rows.change(of, key.clone(), row)?;
                }
                let snapshot = SnapshotKey::of(key, body.number);
                self.snapshots.put(snapshot, SnapshotRow::of(body, of));
                return Ok(());
            }
            TemplateEvent::FirstRunRecorded(body) => TemplateRow::first_run(body, of),
            TemplateEvent::Archived(_) => TemplateRow::flagged(Status::Archived, of),
            TemplateEvent::Restored(_) => TemplateRow::flagged(Status::Active, of),
            TemplateEvent::Purged(_) => {
                self.rows.remove(of, key.clone())?;
                self.snapshots.forget(|snapshot| snapshot.is_of(&key));
                self.purged.insert(key);
                return Ok(());
            }
        };
        self.rows.change(of, key, change)
    }

    pub(crate) fn len(&self) -> usize {
        self.purged.len() + self.rows.len() + self.snapshots.len()
    }

    pub(crate) async fn write(self, writer: &Writer<'_>) -> Result<(), WriteError> {
        let templates = self.rows.split();
        writer
            .execute_each(DELETE_TEMPLATES, &templates.gone)
            .await?;
        writer
            .execute_each(INSERT_TEMPLATES, &templates.placed)
            .await?;
        writer
            .execute_each(UPDATE_TEMPLATES, &templates.changed)
            .await?;
        let purged: Vec<_> = self.purged.into_iter().collect();
        writer
            .execute_all(DELETE_SNAPSHOTS_OF_TEMPLATES, &purged)
            .await?;
        let (_, taken) = self.snapshots.split();
        writer.execute_each(INSERT_SNAPSHOTS, &taken).await
    }
}
