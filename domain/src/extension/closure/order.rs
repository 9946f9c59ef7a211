//! Dependencies first.

use std::collections::{BTreeMap, BTreeSet};

use super::super::PackageName;

/// What every package of a closure needs.
pub(super) type Edges = BTreeMap<PackageName, BTreeSet<PackageName>>;

/// Orders the packages so that each stands after what it needs, names deciding between equals, and
/// the root last; or answers a ring, its first package repeated at the end.
pub(super) fn dependencies_first(
    edges: &Edges,
    root: &PackageName,
) -> Result<Vec<PackageName>, Vec<String>> {
    let mut missing: BTreeMap<&PackageName, BTreeSet<&PackageName>> = edges
        .iter()
        .map(|(name, needs)| (name, needs.iter().collect()))
        .collect();
    let mut ordered: Vec<PackageName> = Vec::with_capacity(edges.len());
    while !missing.is_empty() {
        let ready = missing
            .iter()
            .filter(|(_, needs)| needs.is_empty())
            .map(|(name, _)| *name)
            // The root is ready last of all: everything else is there for its sake.
            .min_by_key(|name| (*name == root, *name));
        let Some(ready) = ready else {
            return Err(ring(&missing, root));
        };
        missing.remove(ready);
        for needs in missing.values_mut() {
            needs.remove(ready);
        }
        ordered.push(ready.clone());
    }
    Ok(ordered)
}

/// Follows the first need of each package until one repeats. Every package left has a need left.
fn ring(
    missing: &BTreeMap<&PackageName, BTreeSet<&PackageName>>,
    root: &PackageName,
) -> Vec<String> {
    let mut path: Vec<&PackageName> = Vec::new();
    let mut here = missing.keys().next().copied();
    while let Some(name) = here {
        if let Some(start) = path.iter().position(|seen| *seen == name) {
            let mut ring = path.split_off(start);
            // The same ring is named alike wherever the search entered it.
            let first = (0..ring.len()).min_by_key(|at| (ring[*at] != root, ring[*at]));
            ring.rotate_left(first.unwrap_or(0));
            ring.extend(ring.first().copied());
            return ring.into_iter().map(ToString::to_string).collect();
        }
        path.push(name);
        here = missing.get(name).and_then(|needs| needs.first().copied());
    }
    Vec::new()
}
