//! How events become the index: per package only the net effect of a batch is written.

use std::collections::HashMap;

use cinatra_domain::Fact;
use cinatra_domain::extension::{
    Effect, ExtensionEvent, IndexedSkill, Kind, Release, Status, Visibility,
};
use cinatra_domain::kernel::TenantId;
use cinatra_eventstore::Recorded;
use jiff::Timestamp;

use super::columns;
use crate::{Delivered, OnPoison, Poison, Projection, WriteError, Writer};

/// Writer of the index.
#[derive(Debug)]
pub struct SkillIndex;

/// Net effect of a run of events, by ledger and package.
#[derive(Debug, Default)]
pub struct Batch {
    changes: HashMap<TenantId, HashMap<String, Change>>,
}

/// What becomes of one package and its skills.
#[derive(Debug)]
pub(super) struct Change {
    /// Whether the package stood there before the batch: its first event was not an installation.
    pub(super) stood: bool,
    pub(super) outcome: Outcome,
    /// The list that was said last; absent when the one from before the batch is still true.
    pub(super) listed: Option<Listed>,
}

#[derive(Debug)]
pub(super) enum Outcome {
    /// The package is not there, and none of its skills.
    Gone,
    /// A new package.
    Placed(Shared, Status),
    /// Another release of it, with the status it had unless one is given.
    Replaced(Shared, Option<Status>),
    /// The package as it was, in the status it had unless one is given.
    Kept(Option<Status>),
}

/// What the skills of a package have in common.
#[derive(Debug)]
pub(super) struct Shared {
    pub(super) kind: Kind,
    pub(super) version: String,
    pub(super) scope: String,
    pub(super) visibility: Visibility,
}

/// The skills of a package, all of them.
#[derive(Debug)]
pub(super) struct Listed {
    pub(super) skills: Vec<IndexedSkill>,
    pub(super) indexed_at: Timestamp,
    pub(super) position: i64,
}

impl Projection for SkillIndex {
    const NAME: &'static str = "skill_index";
    const VERSION: i32 = 1;
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
        let is_installed = matches!(fact, ExtensionEvent::Installed(_));
        // A package whose first event is an installation was not there, any other was.
        let change = packages.entry(name.to_owned()).or_insert_with(|| Change {
            stood: !is_installed,
            outcome: if is_installed {
                Outcome::Gone
            } else {
                Outcome::Kept(None)
            },
            listed: None,
        });
        if matches!(change.outcome, Outcome::Gone) != is_installed {
            return Err(Poison(format!(
                "{} cannot follow what happened to {} before",
                recorded.wire_name, recorded.stream
            )));
        }
        change.add(fact, recorded);
        Ok(())
    }

    fn rows(batch: &Batch) -> usize {
        let changes = batch.changes.values().flat_map(HashMap::values);
        changes
            .map(|change| 1 + change.listed.as_ref().map_or(0, |l| l.skills.len()))
            .sum()
    }

    async fn write(batch: Batch, writer: &Writer<'_>) -> Result<(), WriteError> {
        columns::write(&batch.changes, writer).await
    }
}

impl Change {
    fn add(&mut self, fact: &ExtensionEvent, recorded: &Recorded) {
        match fact.effect() {
            Effect::Places(release) => self.outcome.place(Shared::of(release)),
            Effect::Flags(status) => self.outcome.flag(status),
            Effect::Keeps => {}
            Effect::Removes => {
                self.outcome = Outcome::Gone;
                self.listed = None;
            }
        }
        if let ExtensionEvent::SkillsIndexed(body) = fact {
            self.listed = Some(Listed {
                skills: body.skills.clone(),
                indexed_at: recorded.recorded_at,
                position: recorded.position.0,
            });
        }
    }
}

impl Outcome {
    fn place(&mut self, by: Shared) {
        match self {
            Self::Gone => *self = Self::Placed(by, Status::Active),
            Self::Placed(shared, _) | Self::Replaced(shared, _) => *shared = by,
            Self::Kept(status) => *self = Self::Replaced(by, *status),
        }
    }

    fn flag(&mut self, to: Status) {
        match self {
            Self::Gone => {}
            Self::Placed(_, status) => *status = to,
            Self::Replaced(_, status) | Self::Kept(status) => *status = Some(to),
        }
    }
}

impl Shared {
    fn of(release: &Release) -> Self {
        Self {
            kind: release.kind,
            version: release.version.clone(),
            scope: release.origin.scope.clone(),
            visibility: release.origin.visibility,
        }
    }
}

/// How the status is stored: as serde spells it.
pub(super) const fn status_word(status: Status) -> &'static str {
    match status {
        Status::Active => "active",
        Status::Archived => "archived",
    }
}
