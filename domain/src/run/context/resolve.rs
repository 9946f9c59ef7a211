//! What may go into a slot. Source: spec/runs.md 7.2, 7.3.

use std::collections::BTreeSet;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::extension::PackageName;
use crate::run::CONTEXT_REFS_MAX;
use crate::template::oas::{ContextSlot, ResolutionMode, SelectionMode};

/// For whom an artifact is there, the narrowest first.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "lowercase")]
pub enum SourceScope {
    /// For those of a project.
    Project,
    /// For one person.
    User,
    /// For a team.
    Team,
    /// For an organization.
    Organization,
    /// For everybody.
    Workspace,
}

/// An artifact, a revision of its content, and what says of it that it is of a type.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "camelCase")]
pub struct Triple {
    /// Which artifact.
    #[schemars(with = "String")]
    pub artifact_id: Uuid,
    /// The revision of its content.
    #[schemars(with = "String")]
    pub representation_revision_id: Uuid,
    /// What says that it is of an accepted type.
    #[schemars(with = "String")]
    pub semantic_assertion_id: Uuid,
}

/// An artifact that is there, and that whoever asks may read, in its latest revision.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Candidate {
    /// By what it is the same.
    #[serde(flatten)]
    pub triple: Triple,
    /// The type that is asserted of it, by the package that declares it.
    #[schemars(with = "String")]
    pub extension: PackageName,
    /// For whom it is there.
    pub source_scope: SourceScope,
    /// Whose it is.
    #[schemars(with = "String")]
    pub owner_id: Uuid,
    /// Whether a text can be taken from it.
    #[serde(skip)]
    pub is_readable: bool,
}

/// Packages whose artifacts fit into a slot.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Accepted(BTreeSet<PackageName>);

impl Accepted {
    /// What a slot names, and each package that satisfies one of those: one step, never two. `satisfying` says of each
    /// installed package in whose place its artifacts are accepted.
    pub fn of<'p>(
        slot: &ContextSlot,
        satisfying: impl IntoIterator<Item = (&'p PackageName, &'p [String])>,
    ) -> Self {
        let stated = &slot.accepted_artifact_extensions;
        let own = stated
            .iter()
            .filter_map(|name| PackageName::parse(name.as_str()).ok());
        let others = satisfying
            .into_iter()
            .filter(|(_, satisfied)| satisfied.iter().any(|name| stated.contains(name)))
            .map(|(package, _)| package.clone());
        Self(own.chain(others).collect())
    }

    /// Whether an artifact of the package fits.
    pub fn has(&self, package: &PackageName) -> bool {
        self.0.contains(package)
    }

    /// All of them, by name.
    pub fn iter(&self) -> impl Iterator<Item = &PackageName> {
        self.0.iter()
    }
}

/// What may be chosen for a slot.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Resolution {
    /// All of it, in order: narrower before wider, then by artifact.
    pub candidates: Vec<Candidate>,
    /// What the slot chooses by itself; nothing where a person does.
    pub selected: Vec<Candidate>,
}

/// Says what may be chosen, of all that there is.
///
/// An overriding slot takes the narrowest tier that has something, an accumulating one all of them. `maxItems` bounds
/// what is chosen, not what may be: a person chooses among everything. Source: spec/runs.md S38.
pub fn resolve(slot: &ContextSlot, accepted: &Accepted, there: Vec<Candidate>) -> Resolution {
    let fits = |candidate: &Candidate| {
        accepted.has(&candidate.extension) && (candidate.is_readable || !slot.readable_only)
    };
    let mut candidates: Vec<Candidate> = there.into_iter().filter(fits).collect();
    candidates.sort_by_key(|candidate| (candidate.source_scope, candidate.triple));
    let mut seen = BTreeSet::new();
    candidates.retain(|candidate| seen.insert(candidate.triple));
    if slot.resolution_mode == ResolutionMode::Override {
        let narrowest = candidates.first().map(|first| first.source_scope);
        candidates.retain(|candidate| Some(candidate.source_scope) == narrowest);
    }
    let selected = match slot.selection_mode {
        SelectionMode::Interactive => 0,
        SelectionMode::Autonomous => most(slot),
    };
    Resolution {
        selected: candidates.iter().take(selected).cloned().collect(),
        candidates,
    }
}

/// How many artifacts a slot takes.
pub(super) fn most(slot: &ContextSlot) -> usize {
    let bound = slot.max_items.unwrap_or(CONTEXT_REFS_MAX);
    let bound = match slot.resolution_mode {
        ResolutionMode::Override => bound.min(1),
        ResolutionMode::Accumulate => bound.min(CONTEXT_REFS_MAX),
    };
    usize::try_from(bound).unwrap_or(usize::MAX)
}
