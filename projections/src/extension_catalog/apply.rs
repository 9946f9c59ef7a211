//! How events become the catalogue: per package only the net effect of a batch is written.

use std::collections::HashMap;

use cinatra_domain::Fact;
use cinatra_domain::extension::{Effect, ExtensionEvent, Release, Status};
use cinatra_domain::kernel::TenantId;
use cinatra_eventstore::Recorded;
use jiff::Timestamp;

use super::columns;
use super::object_type::{self, TypeRow};
use super::package::Lists;
use super::skill::{self, SkillRow};
use super::template::Templates;
use crate::{Delivered, OnPoison, Poison, Projection, WriteError, Writer};

/// Writer of the catalogue.
#[derive(Debug)]
pub struct ExtensionCatalog;

/// Net effect of a run of events, by ledger and package.
#[derive(Debug, Default)]
pub struct Batch {
    changes: HashMap<TenantId, HashMap<String, Change>>,
    skills: Lists<SkillRow>,
    object_types: Lists<TypeRow>,
    templates: Templates,
}

/// What becomes of one package's row.
#[derive(Debug)]
pub(super) struct Change {
    /// Whether the row stood there before the batch: its first event was not an installation.
    pub(super) stood: bool,
    pub(super) outcome: Outcome,
    pub(super) updated_at: Timestamp,
    pub(super) position: i64,
}

#[derive(Debug)]
pub(super) enum Outcome {
    /// There is no row.
    Gone,
    /// A new row.
    Placed {
        release: Box<Release>,
        status: Status,
        installed_at: Timestamp,
    },
    /// The row keeps its installation date, and its status unless one is given.
    Replaced {
        release: Box<Release>,
        status: Option<Status>,
    },
    /// The row keeps everything, but its status if one is given.
    Kept(Option<Status>),
}

impl Projection for ExtensionCatalog {
    const NAME: &'static str = "extension_catalog";
    const VERSION: i32 = 3;
    const SCHEMA: &'static str = include_str!("schema.sql");
    const ON_POISON: OnPoison = OnPoison::ParkStream;
    type Batch = Batch;

    fn fold(batch: &mut Batch, event: &Delivered) -> Result<(), Poison> {
        match event.fact()? {
            Some(Fact::Extension(fact)) => batch.add(fact, &event.recorded),
            Some(Fact::Template(fact)) => batch.templates.add(fact, &event.recorded),
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
        let packages: usize = batch.changes.values().map(HashMap::len).sum();
        packages + batch.skills.len() + batch.object_types.len() + batch.templates.len()
    }

    async fn write(batch: Batch, writer: &Writer<'_>) -> Result<(), WriteError> {
        columns::write(&batch.changes, writer).await?;
        skill::write(batch.skills, writer).await?;
        object_type::write(batch.object_types, writer).await?;
        batch.templates.write(writer).await
    }
}

impl Batch {
    /// What may be refused comes first, so that a refused event leaves the batch as it was.
    fn add(&mut self, fact: &ExtensionEvent, recorded: &Recorded) -> Result<(), Poison> {
        let packages = self.changes.entry(recorded.tenant).or_default();
        let name = recorded.stream.id();
        if let Some(change) = packages.get_mut(name) {
            further(&mut change.outcome, fact, recorded)?;
            change.updated_at = recorded.recorded_at;
            change.position = recorded.position.0;
        } else {
            packages.insert(name.to_owned(), first(fact, recorded));
        }
        self.list(fact, recorded);
        Ok(())
    }

    /// What the package lists, or lists no more.
    fn list(&mut self, fact: &ExtensionEvent, recorded: &Recorded) {
        if matches!(fact.effect(), Effect::Removes) {
            self.skills.put(recorded, Vec::new());
            self.object_types.put(recorded, Vec::new());
        } else if let ExtensionEvent::SkillsIndexed(body) = fact {
            self.skills.put(recorded, SkillRow::all(body, recorded));
        } else if let ExtensionEvent::ObjectTypesDeclared(body) = fact {
            self.object_types
                .put(recorded, TypeRow::all(body, recorded));
        }
    }
}

/// The effect of a package's first event in the batch.
fn first(fact: &ExtensionEvent, recorded: &Recorded) -> Change {
    let stood = !matches!(fact, ExtensionEvent::Installed(_));
    let outcome = match fact.effect() {
        Effect::Places(release) if stood => Outcome::Replaced {
            release: Box::new(release.clone()),
            status: None,
        },
        Effect::Places(release) => placed(release, recorded),
        Effect::Flags(status) => Outcome::Kept(Some(status)),
        Effect::Keeps => Outcome::Kept(None),
        Effect::Removes => Outcome::Gone,
    };
    Change {
        stood,
        outcome,
        updated_at: recorded.recorded_at,
        position: recorded.position.0,
    }
}

/// The effect of a further event.
fn further(
    outcome: &mut Outcome,
    fact: &ExtensionEvent,
    recorded: &Recorded,
) -> Result<(), Poison> {
    let was_gone = matches!(outcome, Outcome::Gone);
    if was_gone != matches!(fact, ExtensionEvent::Installed(_)) {
        return Err(Poison(format!(
            "{} cannot follow what happened to {} before",
            recorded.wire_name, recorded.stream
        )));
    }
    match fact.effect() {
        Effect::Places(release) if was_gone => *outcome = placed(release, recorded),
        Effect::Places(release) => replace(outcome, release),
        Effect::Flags(status) => flag(outcome, status),
        Effect::Keeps => {}
        Effect::Removes => *outcome = Outcome::Gone,
    }
    Ok(())
}

fn placed(release: &Release, recorded: &Recorded) -> Outcome {
    Outcome::Placed {
        release: Box::new(release.clone()),
        status: Status::Active,
        installed_at: recorded.recorded_at,
    }
}

fn replace(outcome: &mut Outcome, by: &Release) {
    match outcome {
        Outcome::Gone => {}
        Outcome::Placed { release, .. } | Outcome::Replaced { release, .. } => {
            release.as_mut().clone_from(by);
        }
        Outcome::Kept(status) => {
            *outcome = Outcome::Replaced {
                release: Box::new(by.clone()),
                status: *status,
            };
        }
    }
}

fn flag(outcome: &mut Outcome, to: Status) {
    match outcome {
        Outcome::Gone => {}
        Outcome::Placed { status, .. } => *status = to,
        Outcome::Replaced { status, .. } | Outcome::Kept(status) => *status = Some(to),
    }
}

/// How the status is stored: as serde spells it.
pub(super) const fn status_word(status: Status) -> &'static str {
    match status {
        Status::Active => "active",
        Status::Archived => "archived",
    }
}
