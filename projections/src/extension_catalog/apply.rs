//! How events become the catalogue: per package only the net effect of a batch is written.

use std::collections::HashMap;

use cinatra_domain::Fact;
use cinatra_domain::extension::{Effect, ExtensionEvent, Kind, Release, Status};
use cinatra_domain::kernel::TenantId;
use cinatra_eventstore::Recorded;
use jiff::Timestamp;

use super::columns;
use crate::{Delivered, OnPoison, Poison, Projection, WriteError, Writer};

/// Writer of the catalogue.
#[derive(Debug)]
pub struct ExtensionCatalog;

/// Net effect of a run of events, by ledger and package.
#[derive(Debug, Default)]
pub struct Batch {
    changes: HashMap<TenantId, HashMap<String, Change>>,
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
    const VERSION: i32 = 2;
    const SCHEMA: &'static str = include_str!("schema.sql");
    const ON_POISON: OnPoison = OnPoison::ParkStream;
    type Batch = Batch;

    fn fold(batch: &mut Batch, event: &Delivered) -> Result<(), Poison> {
        let Some(Fact::Extension(fact)) = event.fact()? else {
            return Ok(());
        };
        let recorded = &event.recorded;
        let packages = batch.changes.entry(recorded.tenant).or_default();
        let name = recorded.stream.id();
        if let Some(change) = packages.get_mut(name) {
            further(&mut change.outcome, fact, recorded)?;
            change.updated_at = recorded.recorded_at;
            change.position = recorded.position.0;
        } else {
            packages.insert(name.to_owned(), first(fact, recorded));
        }
        Ok(())
    }

    fn rows(batch: &Batch) -> usize {
        batch.changes.values().map(HashMap::len).sum()
    }

    async fn write(batch: Batch, writer: &Writer<'_>) -> Result<(), WriteError> {
        columns::write(&batch.changes, writer).await
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

/// How the kind is stored: as serde spells it.
pub(super) const fn kind_word(kind: Kind) -> &'static str {
    match kind {
        Kind::Agent => "agent",
        Kind::Artifact => "artifact",
        Kind::Connector => "connector",
        Kind::Skill => "skill",
        Kind::Workflow => "workflow",
    }
}

/// How the status is stored: as serde spells it.
pub(super) const fn status_word(status: Status) -> &'static str {
    match status {
        Status::Active => "active",
        Status::Archived => "archived",
    }
}
