//! The types of objects that a package brings: an artifact's manifest declares them, an agent's flow brings forth
//! objects of them.
//!
//! What cannot be read is left out and warned of, never a refusal (settled.md 22). All of it goes into one event, so
//! schemas are left out, the largest first, where they would not fit there ([`fit`]).
//! Source: settled.md 26, spec/extensions.md 1.3, spec/workspace.md 3.1, spec/runs.md 4.5.

mod fit;
mod read;
#[cfg(test)]
mod tests;

use std::collections::BTreeSet;

use serde_json::Value;

use super::warning::cut;
use super::{DeclaredType, Kind, Manifest, ObjectTypesDeclared, PackageName, Warning};

/// Most types of one package.
pub const OBJECT_TYPES_MAX: usize = 100;

/// Longest name of a type, in bytes.
pub const OBJECT_TYPE_BYTES_MAX: usize = 200;

/// Most packages that one says to satisfy.
const SATISFIES_MAX: usize = 50;

/// What an install registers of a package's types.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TypeIndex {
    /// The types, and what artifacts of the package are accepted for.
    pub declared: ObjectTypesDeclared,
    /// What was left out or shortened, and why.
    pub warnings: Vec<Warning>,
}

/// Indexes what an artifact's manifest declares, and what an agent's flow brings forth (`produced`).
pub fn index_object_types(manifest: &Manifest, produced: Vec<DeclaredType>) -> TypeIndex {
    let mut index = TypeIndex::default();
    let mut warn = |code: &str, message: String| {
        let warning = Warning::new(code, manifest.name.as_str(), message);
        index.warnings.push(warning);
    };
    let artifact = (manifest.kind == Kind::Artifact)
        .then(|| manifest.block.get("artifact")?.as_object())
        .flatten();
    let stated = artifact.and_then(|block| block.get("objectTypes")?.as_array());
    let declared = stated.into_iter().flatten().map(read::declared);
    let produced = produced.into_iter().map(read::produced);
    let mut names = BTreeSet::new();
    let mut unread = 0;
    for read in declared.chain(produced) {
        match read {
            Ok(declared) if names.contains(&declared.object_type) => {
                let message = format!("{} is declared twice", declared.object_type);
                warn("OBJECT_TYPE_DUPLICATE", message);
            }
            Ok(_) if names.len() == OBJECT_TYPES_MAX => unread += 1,
            Ok(declared) => {
                names.insert(declared.object_type.clone());
                index.declared.types.push(declared);
            }
            Err(reason) => warn("OBJECT_TYPE_FORM", reason),
        }
    }
    for dropped in fit::drop_schemas(&mut index.declared.types) {
        let message = format!("the schema of {dropped} is left out: it is too large or too deep");
        warn("OBJECT_TYPE_SCHEMA_LIMIT", message);
    }
    unread += fit::drop_types(&mut index.declared.types);
    if unread > 0 {
        let message = format!("{unread} types are left out: there are too many");
        warn("OBJECT_TYPE_LIMIT", message);
    }
    index
        .declared
        .types
        .sort_by(|one, other| one.object_type.cmp(&other.object_type));
    let satisfies = artifact.and_then(|block| block.get("satisfies")?.as_array());
    index.declared.satisfies = packages(satisfies.map_or(&[], Vec::as_slice));
    index
}

/// Names of packages, each once and by name; what is none is passed over.
fn packages(stated: &[Value]) -> Vec<String> {
    let names = stated.iter().filter_map(Value::as_str);
    let names = names.filter_map(|name| PackageName::parse(name).ok());
    let names: BTreeSet<String> = names.take(SATISFIES_MAX).map(String::from).collect();
    names.into_iter().collect()
}

/// Tells when an agent brings forth objects of types that no package of its closure declares.
pub fn undeclared(
    package: &PackageName,
    produced: &[DeclaredType],
    declared: &BTreeSet<&str>,
) -> Option<Warning> {
    let names = produced.iter().map(|it| it.object_type.as_str());
    let missing: Vec<&str> = names.filter(|name| !declared.contains(name)).collect();
    (!missing.is_empty()).then(|| {
        let message = format!(
            "it brings forth objects of types that nothing it depends on declares: {}",
            missing.join(", ")
        );
        Warning::new("OBJECT_TYPE_UNDECLARED", package.as_str(), message)
    })
}

/// Whether a text names a type: `@scope/package:local`.
fn is_name(text: &str) -> bool {
    let is_word = |part: &str| {
        let mut bytes = part.bytes();
        !part.is_empty()
            && bytes.all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-'))
    };
    let parts = text
        .strip_prefix('@')
        .and_then(|rest| rest.split_once('/'))
        .and_then(|(scope, rest)| Some((scope, rest.split_once(':')?)));
    text.len() <= OBJECT_TYPE_BYTES_MAX
        && parts.is_some_and(|(scope, (package, local))| {
            is_word(scope) && is_word(package) && is_word(local)
        })
}
