//! Finds one version for every package that the root needs.
//!
//! Rounds: walk the edges from the root using the choices of the round before, choose anew for every
//! package reached, stop when nothing changes. A failure counts only in a round that changes nothing,
//! so that what a replaced version asked for cannot fail a closure it is not part of.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use super::super::manifest::{self, InvalidManifest};
use super::super::version::{Constraint, max_satisfying};
use super::super::{
    Dependency, Kind, Manifest, PackageName, Requirement, Status, Version, Warning,
};
use super::order::{Edges, dependencies_first};
use super::{
    ClosureRejection, DEPTH_MAX, FIRST_PARTY_SCOPE, Known, Member, MemberStep, NODES_MAX, Need,
    Plan, Present, Published, Requirer, Step,
};

/// Most rounds before the choices are taken to chase each other.
const ROUNDS_MAX: usize = 64;
/// Most versions that a message lists.
const VERSIONS_LISTED_MAX: usize = 20;

/// What was chosen for one package.
#[derive(Clone, Debug, PartialEq)]
enum Choice {
    /// Installed and fitting.
    Kept(Present),
    /// To be fetched.
    Fetched(Box<Manifest>),
    /// Ships with the build, so the edge does not block.
    Connector,
    /// There is none.
    None(ClosureRejection),
}

impl Choice {
    fn dependencies(&self) -> &[Dependency] {
        match self {
            Self::Kept(present) => &present.dependencies,
            Self::Fetched(manifest) => &manifest.dependencies,
            Self::Connector | Self::None(_) => &[],
        }
    }

    fn kind(&self) -> Option<Kind> {
        match self {
            Self::Kept(present) => Some(present.kind),
            Self::Fetched(manifest) => Some(manifest.kind),
            Self::Connector => Some(Kind::Connector),
            Self::None(_) => None,
        }
    }
}

type Choices = BTreeMap<PackageName, Choice>;

/// Who requires what of each package reached.
type Reached = BTreeMap<PackageName, Vec<Requirer>>;

pub(super) fn run(root: &Manifest, known: &Known) -> Result<Step, ClosureRejection> {
    let mut choices = Choices::new();
    for _ in 0..ROUNDS_MAX {
        let reached = walk(root, &choices)?;
        let mut need = Need::default();
        let mut next = Choices::new();
        for (name, required_by) in &reached {
            if let Some(choice) = choose(root, name, required_by, known, &mut need) {
                next.insert(name.clone(), choice);
            }
        }
        if need != Need::default() {
            return Ok(Step::Need(need));
        }
        if next == choices {
            return settle(root, &choices, known);
        }
        choices = next;
    }
    Err(ClosureRejection::Limit {
        what: "rounds of choosing versions",
        limit: ROUNDS_MAX,
    })
}

/// Everything reachable from the root over edges that block, breadth first.
fn walk(root: &Manifest, choices: &Choices) -> Result<Reached, ClosureRejection> {
    let mut reached = Reached::new();
    let mut queue = VecDeque::from([(root.name.clone(), 0)]);
    while let Some((name, depth)) = queue.pop_front() {
        for edge in edges_of(root, &name, choices) {
            // A recorded name is of the grammar; one that is not leads nowhere.
            let Ok(target) = PackageName::parse(edge.package_name.as_str()) else {
                continue;
            };
            if target == root.name {
                continue;
            }
            let requirer = Requirer {
                package_name: name.to_string(),
                range: edge.range.clone(),
            };
            if let Some(required_by) = reached.get_mut(&target) {
                required_by.push(requirer);
                continue;
            }
            if depth + 1 > DEPTH_MAX {
                return Err(limit("levels", DEPTH_MAX));
            }
            reached.insert(target.clone(), vec![requirer]);
            if reached.len() + 1 > NODES_MAX {
                return Err(limit("packages", NODES_MAX));
            }
            queue.push_back((target, depth + 1));
        }
    }
    Ok(reached)
}

/// Edges of a package that block.
fn edges_of<'a>(
    root: &'a Manifest,
    name: &PackageName,
    choices: &'a Choices,
) -> impl Iterator<Item = &'a Dependency> {
    let all = if *name == root.name {
        &root.dependencies
    } else {
        choices.get(name).map_or(&[][..], Choice::dependencies)
    };
    all.iter().filter(|edge| edge.blocks())
}

fn choose(
    root: &Manifest,
    name: &PackageName,
    required_by: &[Requirer],
    known: &Known,
    need: &mut Need,
) -> Option<Choice> {
    if name.scope() != root.name.scope() && name.scope() != FIRST_PARTY_SCOPE {
        return Some(Choice::None(ClosureRejection::Scope {
            package: name.to_string(),
            required_by: required_by.to_vec(),
            allowed: vec![root.name.scope().to_owned(), FIRST_PARTY_SCOPE.to_owned()],
        }));
    }
    let Some(installed) = known.installed.get(name) else {
        need.installed.insert(name.clone());
        return None;
    };
    let constraints: Vec<Constraint> = required_by
        .iter()
        .map(|edge| Constraint::parse(&edge.range).unwrap_or(Constraint::GitRef))
        .collect();
    let fits = |version: &Version| constraints.iter().all(|c| c.admits(version));
    if let Some(present) = installed.as_ref().filter(|p| fits(&p.version)) {
        return Some(Choice::Kept(present.clone()));
    }
    if constraints.iter().any(|c| matches!(c, Constraint::GitRef)) {
        return Some(Choice::None(ClosureRejection::UnsupportedConstraint {
            package: name.to_string(),
            required_by: required_by.to_vec(),
        }));
    }
    let Some(published) = known.published.get(name) else {
        need.published.insert(name.clone());
        return None;
    };
    let choice = match published {
        Some(published) if !published.versions.is_empty() => {
            choose_published(name, required_by, &constraints, published, known)
        }
        Some(_) | None => Ok(None),
    };
    Some(match (choice, installed) {
        (Ok(Some(Choice::Fetched(wanted))), Some(present)) => {
            Choice::None(ClosureRejection::InstalledVersionConflict {
                package: name.to_string(),
                installed: present.version.to_string(),
                wanted: wanted.version.to_string(),
                required_by: required_by.to_vec(),
            })
        }
        (Ok(Some(choice)), _) => choice,
        (Ok(None), Some(present)) => Choice::None(ClosureRejection::RangeViolation {
            package: name.to_string(),
            required_by: required_by.to_vec(),
            available: vec![present.version.to_string()],
        }),
        // Connectors ship with the build and are often in no registry: the name has to tell.
        (Ok(None), None) if name.kind_hint() == Some(Kind::Connector) => Choice::Connector,
        (Ok(None), None) => Choice::None(ClosureRejection::MemberUnresolvable {
            package: name.to_string(),
            required_by: required_by.to_vec(),
        }),
        (Err(invalid), _) => Choice::None(invalid.into()),
    })
}

/// The greatest published version that fits, read from its manifest.
fn choose_published(
    name: &PackageName,
    required_by: &[Requirer],
    constraints: &[Constraint],
    published: &Published,
    known: &Known,
) -> Result<Option<Choice>, InvalidManifest> {
    let Some(version) = max_satisfying(published.versions.keys(), constraints) else {
        let newest = published.versions.values().next_back();
        let kind = newest.and_then(|manifest| manifest.pointer("/cinatra/kind"));
        if kind.is_some_and(|kind| kind == Kind::Connector.as_str()) {
            return Ok(Some(Choice::Connector));
        }
        let greatest_first = published.versions.keys().rev();
        return Ok(Some(Choice::None(ClosureRejection::RangeViolation {
            package: name.to_string(),
            required_by: required_by.to_vec(),
            available: greatest_first
                .take(VERSIONS_LISTED_MAX)
                .map(ToString::to_string)
                .collect(),
        })));
    };
    let manifest = match known.packed.get(&(name.clone(), version.clone())) {
        Some(packed) => packed.clone(),
        None => manifest::parse_as(name, version, &published.versions[version])?.0,
    };
    Ok(Some(if manifest.kind == Kind::Connector {
        Choice::Connector
    } else {
        Choice::Fetched(Box::new(manifest))
    }))
}

/// Every choice is final: report the first failure, or order what was chosen.
fn settle(root: &Manifest, choices: &Choices, known: &Known) -> Result<Step, ClosureRejection> {
    for choice in choices.values() {
        if let Choice::None(rejection) = choice {
            return Err(rejection.clone());
        }
    }
    let is_member = |name: &PackageName| {
        *name == root.name || choices.get(name).is_some_and(|c| *c != Choice::Connector)
    };
    let mut edges = Edges::new();
    for name in choices.keys().chain([&root.name]) {
        if is_member(name) {
            let targets = edges_of(root, name, choices)
                .filter_map(|edge| PackageName::parse(edge.package_name.as_str()).ok())
                .filter(is_member);
            edges.insert(name.clone(), targets.collect());
        }
    }
    let order =
        dependencies_first(&edges, &root.name).map_err(|path| ClosureRejection::Cycle { path })?;

    let mut warnings = Vec::new();
    let mut need = BTreeSet::new();
    let mut members = Vec::with_capacity(order.len());
    for name in order {
        let (version, step, dependencies) = match choices.get(&name) {
            Some(Choice::Kept(kept)) => {
                let step = match kept.status {
                    Status::Active => MemberStep::Keep,
                    Status::Archived => MemberStep::Restore,
                };
                (kept.version.clone(), step, kept.dependencies.clone())
            }
            Some(Choice::Fetched(manifest)) => {
                let edges = with_kinds(&manifest.dependencies, choices);
                inspect(manifest, &edges, choices, known, &mut warnings, &mut need);
                (manifest.version.clone(), MemberStep::Install, edges)
            }
            Some(Choice::Connector | Choice::None(_)) => continue,
            None => {
                let edges = with_kinds(&root.dependencies, choices);
                inspect(root, &edges, choices, known, &mut warnings, &mut need);
                (root.version.clone(), MemberStep::Root, edges)
            }
        };
        members.push(Member {
            name,
            version,
            step,
            dependencies,
        });
    }
    Ok(if need.is_empty() {
        Step::Ready(Plan { members, warnings })
    } else {
        Step::Need(Need {
            installed: need,
            published: BTreeSet::new(),
        })
    })
}

/// The edges with the kind that each target turned out to be of.
fn with_kinds(edges: &[Dependency], choices: &Choices) -> Vec<Dependency> {
    let mut edges = edges.to_vec();
    for edge in &mut edges {
        let target = PackageName::parse(edge.package_name.as_str()).ok();
        let choice = target.and_then(|target| choices.get(&target));
        edge.kind = choice.and_then(Choice::kind).or(edge.kind);
    }
    edges
}

/// Warns about edges that do not hold though they do not block.
fn inspect(
    manifest: &Manifest,
    edges: &[Dependency],
    choices: &Choices,
    known: &Known,
    warnings: &mut Vec<Warning>,
    need: &mut BTreeSet<PackageName>,
) {
    for (stated, edge) in manifest.dependencies.iter().zip(edges) {
        let mut warn = |code, message: String| {
            let warning = Warning::new(code, manifest.name.as_str(), message);
            warnings.push(warning.about([edge.package_name.clone()]));
        };
        if let (Some(claimed), Some(actual)) = (stated.kind, edge.kind)
            && claimed != actual
        {
            let message = format!("{} is called {claimed} but is {actual}", edge.package_name);
            warn("DEPENDENCY_KIND_MISMATCH", message);
        }
        if edge.kind == Some(Kind::Connector) {
            if edge.requirement == Requirement::Required {
                let message = format!("{} does not ship with this build", edge.package_name);
                warn("CONNECTOR_NOT_COMPILED", message);
            }
            continue;
        }
        let Ok(target) = PackageName::parse(edge.package_name.as_str()) else {
            continue;
        };
        if edge.blocks() || choices.contains_key(&target) {
            continue;
        }
        match known.installed.get(&target) {
            None => {
                need.insert(target);
            }
            Some(Some(present)) if present.status == Status::Active => {}
            Some(_) => {
                let message = format!("{} is not installed or not active", edge.package_name);
                warn("OPTIONAL_NOT_ACTIVE", message);
            }
        }
    }
}

fn limit(what: &'static str, limit: usize) -> ClosureRejection {
    ClosureRejection::Limit { what, limit }
}
