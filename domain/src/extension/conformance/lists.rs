//! The lists that rules refer to, as data.

/// Names exempt from the rule against topology tokens.
pub(super) const GRANDFATHERED: &str = include_str!("lists/grandfathered.txt");
/// Replaced names with their successors.
pub(super) const OLD_NAMES: &str = include_str!("lists/old_names.txt");
/// Files that a kind must have.
pub(super) const REQUIRED_FILES: &str = include_str!("lists/required_files.txt");
/// Words that name a place in a topology instead of a role.
pub(super) const TOPOLOGY_TOKENS: &str = include_str!("lists/topology_tokens.txt");
/// Exact names of vendored skill bundles.
pub(super) const VENDORED_NAMES: &str = include_str!("lists/vendored_names.txt");
/// Scopes of vendored skill bundles.
pub(super) const VENDORED_SCOPES: &str = include_str!("lists/vendored_scopes.txt");

/// The entries of a list: its lines without comments and blanks.
pub(super) fn entries(list: &'static str) -> impl Iterator<Item = &'static str> {
    list.lines()
        .map(str::trim)
        .filter(|line| !line.is_empty() && !line.starts_with('#'))
}

/// The entries of a list of two words each.
pub(super) fn pairs(list: &'static str) -> impl Iterator<Item = (&'static str, &'static str)> {
    entries(list).filter_map(|line| line.split_once(' '))
}

/// Whether a list has a name, literally or as member of a family.
pub(super) fn lists(list: &'static str, name: &str) -> bool {
    entries(list).any(|entry| match entry.strip_suffix('*') {
        Some(family) => name.starts_with(family),
        None => name == entry,
    })
}
