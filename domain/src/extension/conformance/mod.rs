//! What a package should look like: naming, manifest shape and files per kind.
//!
//! Each rule is a pure function over a [`Package`], so that the source tree's gate, publishing and
//! installing share them. At install every violation is a [`Warning`], with one exception: what the
//! seed forbids by name so that nothing mounts it ([`forbidden_file`]) is refused.

mod files;
mod lists;
mod rules;
#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, BTreeSet};

use super::{Kind, Manifest, Rejection, Warning};

pub use rules::Rule;

/// Files of a package: every path, and the contents of those that rules read.
#[derive(Clone, Debug, Default)]
pub struct Files<'a> {
    paths: BTreeSet<&'a str>,
    contents: BTreeMap<&'a str, &'a [u8]>,
}

impl<'a> Files<'a> {
    /// Paths relative to the package's folder, with `/` between segments.
    pub fn new(
        paths: impl IntoIterator<Item = &'a str>,
        contents: impl IntoIterator<Item = (&'a str, &'a [u8])>,
    ) -> Self {
        let contents: BTreeMap<_, _> = contents.into_iter().collect();
        let mut paths: BTreeSet<_> = paths.into_iter().collect();
        paths.extend(contents.keys());
        Self { paths, contents }
    }

    /// Whether there is such a file.
    pub fn contains(&self, path: &str) -> bool {
        self.paths.contains(path)
    }

    /// Every path, ordered.
    pub fn paths(&self) -> impl Iterator<Item = &'a str> {
        self.paths.iter().copied()
    }

    /// The contents of a file, if they were given.
    pub fn content(&self, path: &str) -> Option<&'a [u8]> {
        self.contents.get(path).copied()
    }
}

/// What rules look at.
#[derive(Clone, Copy, Debug)]
pub struct Package<'a> {
    /// Its manifest.
    pub manifest: &'a Manifest,
    /// Its files.
    pub files: &'a Files<'a>,
    /// The folder it lies in within a source tree; a tarball has none.
    pub directory: Option<&'a str>,
}

/// What one rule found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RuleResult {
    /// Which rule.
    pub rule: Rule,
    /// Whether the package conforms.
    pub ok: bool,
    /// Why not; empty when it does.
    pub message: String,
}

/// Applies every naming rule.
pub fn check(package: &Package<'_>) -> Vec<RuleResult> {
    Rule::ALL
        .into_iter()
        .map(|rule| {
            let message = rule.violation(package);
            RuleResult {
                rule,
                ok: message.is_none(),
                message: message.unwrap_or_default(),
            }
        })
        .collect()
}

/// Everything that an install reports about a fetched package, or why it refuses it.
pub fn inspect(manifest: &Manifest, files: &Files<'_>) -> Result<Vec<Warning>, Rejection> {
    if let Some(file) = forbidden_file(manifest.kind, files) {
        return Err(Rejection::ForbiddenFile {
            package: manifest.name.to_string(),
            kind: manifest.kind,
            file,
        });
    }
    let package = Package {
        manifest,
        files,
        directory: None,
    };
    let mut warnings: Vec<Warning> = check(&package)
        .into_iter()
        .filter(|result| !result.ok)
        .map(|result| Warning::new(result.rule.code(), manifest.name.as_str(), result.message))
        .collect();
    warnings.extend(files::inspect(&package));
    Ok(warnings)
}

/// The file that a kind must not contain, if it does.
///
/// The seed's artifact handler forbids `cinatra/oas.json`, so that no agent can be mounted from a package
/// whose lifecycle is that of a content type. That is a matter of safety, not of form, so it is refused
/// although settled.md 22 turns formal violations into warnings.
pub fn forbidden_file(kind: Kind, files: &Files<'_>) -> Option<&'static str> {
    (kind == Kind::Artifact && files.contains(files::OAS)).then_some(files::OAS)
}
