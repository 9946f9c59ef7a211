//! The edges of a manifest, from the typed list and from the older forms beside it.
//!
//! The typed list `cinatra.dependencies` wins where forms disagree; an edge that only an older form
//! declares is kept, because losing it would let its target be removed. Either drift is a warning.

use serde_json::{Map, Value};

use super::super::version::Constraint;
use super::super::warning::{Warning, cut};
use super::super::{Dependency, EdgeType, Kind, PackageName, Requirement};
use super::InvalidManifest;

/// Most edges that one manifest may declare.
const EDGES_MAX: usize = 256;

/// Joins every form into one list in the order of declaration.
pub(super) fn normalize(
    block: &Map<String, Value>,
    name: &PackageName,
    kind: Kind,
    warnings: &mut Vec<Warning>,
) -> Result<Vec<Dependency>, InvalidManifest> {
    let package = name.as_str();
    let typed = match block.get("dependencies") {
        None => None,
        Some(Value::Array(entries)) => Some(typed_list(entries, name)?),
        Some(_) => return Err(edge(package, "cinatra.dependencies", "is not a list")),
    };
    let is_typed = typed.is_some();
    let mut edges = typed.unwrap_or_default();
    for (key, target_kind) in [
        ("agentDependencies", None),
        ("connectorDependencies", Some(Kind::Connector)),
    ] {
        for older in ranges_by_name(block, key, target_kind, name)? {
            merge(&mut edges, older, is_typed, key, package, warnings);
        }
    }
    if kind == Kind::Artifact {
        soft(
            &mut edges,
            artifact_agents(block, name)?,
            Kind::Agent,
            package,
        );
    }
    soft(&mut edges, produced(block), Kind::Artifact, package);
    if edges.len() > EDGES_MAX {
        return Err(edge(package, "cinatra.dependencies", "has over 256 edges"));
    }
    Ok(edges)
}

/// `cinatra.dependencies`: `{packageName, kind?, edgeType, versionConstraint, requirement}`.
fn typed_list(entries: &[Value], name: &PackageName) -> Result<Vec<Dependency>, InvalidManifest> {
    let mut edges: Vec<Dependency> = Vec::new();
    for (index, entry) in entries.iter().enumerate().take(EDGES_MAX + 1) {
        let at = |key: &str| format!("cinatra.dependencies[{index}]{key}");
        let fail = |key: &str, reason| edge(name.as_str(), &at(key), reason);
        let entry = entry
            .as_object()
            .ok_or_else(|| fail("", "is not an object"))?;
        let target = entry.get("packageName").and_then(Value::as_str);
        let target = target.ok_or_else(|| fail(".packageName", "is not a text"))?;
        let target = package_name(target, name, &at(".packageName"))?;
        if edges.iter().any(|known| known.package_name == target) {
            return Err(fail(".packageName", "is declared twice"));
        }
        let kind = match entry.get("kind") {
            None => None,
            Some(stated) => Some(
                stated
                    .as_str()
                    .and_then(Kind::parse)
                    .ok_or_else(|| fail(".kind", "is not a kind"))?,
            ),
        };
        edges.push(Dependency {
            package_name: target,
            kind,
            edge_type: match entry.get("edgeType").and_then(Value::as_str) {
                Some("runtime") => EdgeType::Runtime,
                Some("install-time") => EdgeType::InstallTime,
                Some("peer") => EdgeType::Peer,
                Some(_) | None => {
                    return Err(fail(".edgeType", "is not runtime, install-time or peer"));
                }
            },
            range: constraint(entry.get("versionConstraint"))
                .map_err(|reason| fail(".versionConstraint", reason))?,
            requirement: match entry.get("requirement").and_then(Value::as_str) {
                Some("required") => Requirement::Required,
                Some("optional") => Requirement::Optional,
                Some(_) | None => return Err(fail(".requirement", "is not required or optional")),
            },
        });
    }
    Ok(edges)
}

/// `{kind: semver-range, range}`, `{kind: exact, version}` or `{kind: git-ref, ref}`.
fn constraint(stated: Option<&Value>) -> Result<String, &'static str> {
    let object = stated
        .and_then(Value::as_object)
        .ok_or("is not an object")?;
    let text = |key: &str| object.get(key).and_then(Value::as_str);
    match text("kind") {
        Some("semver-range") => readable(text("range").ok_or("has no range")?),
        Some("exact") => readable(text("version").ok_or("has no version")?),
        Some("git-ref") => {
            let reference = text("ref").ok_or("has no ref")?;
            Ok(if reference.contains('#') || reference.starts_with("git") {
                readable(reference)?
            } else {
                readable(&format!("git+{reference}"))?
            })
        }
        Some(_) | None => Err("has a kind other than semver-range, exact and git-ref"),
    }
}

/// An older form: a map from package name to range.
fn ranges_by_name(
    block: &Map<String, Value>,
    key: &str,
    kind: Option<Kind>,
    name: &PackageName,
) -> Result<Vec<Dependency>, InvalidManifest> {
    let path = format!("cinatra.{key}");
    let entries = match block.get(key) {
        None => return Ok(Vec::new()),
        Some(Value::Object(entries)) => entries,
        Some(_) => {
            return Err(edge(
                name.as_str(),
                &path,
                "is not a map from name to range",
            ));
        }
    };
    let mut edges = Vec::new();
    for (target, range) in entries {
        let at = format!("{path}[\"{}\"]", cut(target, PackageName::BYTES_MAX));
        let range = range.as_str().ok_or("is not a text").and_then(readable);
        edges.push(Dependency {
            package_name: package_name(target, name, &at)?,
            kind,
            edge_type: EdgeType::Runtime,
            range: range.map_err(|reason| edge(name.as_str(), &at, reason))?,
            requirement: Requirement::Required,
        });
    }
    Ok(edges)
}

/// `cinatra.artifact.agentDependencies`: names only.
fn artifact_agents(
    block: &Map<String, Value>,
    name: &PackageName,
) -> Result<Vec<String>, InvalidManifest> {
    let path = "cinatra.artifact.agentDependencies";
    let stated = block
        .get("artifact")
        .and_then(|artifact| artifact.get("agentDependencies"));
    let entries = match stated {
        None => return Ok(Vec::new()),
        Some(Value::Array(entries)) => entries,
        Some(_) => return Err(edge(name.as_str(), path, "is not a list of names")),
    };
    let mut names = Vec::new();
    for (index, entry) in entries.iter().enumerate() {
        let at = format!("{path}[{index}]");
        let text = entry
            .as_str()
            .ok_or_else(|| edge(name.as_str(), &at, "is not a text"))?;
        names.push(package_name(text, name, &at)?);
    }
    Ok(names)
}

/// `cinatra.produces`: the artifact packages an agent emits. What cannot be read is not an edge.
fn produced(block: &Map<String, Value>) -> Vec<String> {
    let entries = block.get("produces").and_then(Value::as_array);
    entries
        .into_iter()
        .flatten()
        .filter_map(|entry| entry.get("extension").and_then(Value::as_str))
        .filter_map(|text| PackageName::parse(text).ok())
        .map(String::from)
        .collect()
}

/// Adds an edge of an older form, or compares it with the typed one.
fn merge(
    edges: &mut Vec<Dependency>,
    older: Dependency,
    is_typed: bool,
    key: &str,
    package: &str,
    warnings: &mut Vec<Warning>,
) {
    let target = older.package_name.clone();
    let Some(typed) = edges.iter_mut().find(|edge| edge.package_name == target) else {
        if is_typed {
            let message = format!("{key} names {target}, dependencies do not");
            warnings.push(Warning::new(DRIFT, package, message).about([target]));
        }
        edges.push(older);
        return;
    };
    let weaker = typed.requirement != Requirement::Required || typed.edge_type == EdgeType::Peer;
    if typed.range != older.range || weaker {
        let message = format!(
            "{key} requires {target} {}, dependencies say {} {}",
            older.range,
            if weaker { "not required," } else { "required," },
            typed.range,
        );
        warnings.push(Warning::new(DRIFT, package, message).about([target]));
    }
    typed.kind = typed.kind.or(older.kind);
}

const DRIFT: &str = "DEPENDENCY_DRIFT";

/// Adds references that neither block nor bring anything along, where no edge exists yet.
fn soft(edges: &mut Vec<Dependency>, names: Vec<String>, kind: Kind, package: &str) {
    for target in names {
        if target != package && edges.iter().all(|edge| edge.package_name != target) {
            edges.push(Dependency {
                package_name: target,
                kind: Some(kind),
                edge_type: EdgeType::Runtime,
                range: "*".to_owned(),
                requirement: Requirement::Optional,
            });
        }
    }
}

fn package_name(text: &str, own: &PackageName, at: &str) -> Result<String, InvalidManifest> {
    let name = PackageName::parse(text).map_err(|error| edge(own.as_str(), at, error.reason))?;
    if name == *own {
        return Err(edge(own.as_str(), at, "names the package itself"));
    }
    Ok(name.into())
}

/// A constraint that will be understood when the closure is planned.
fn readable(text: &str) -> Result<String, &'static str> {
    Constraint::parse(text).map_err(|_| "is not a version, an npm range or a git reference")?;
    let text = text.trim();
    Ok(if text.is_empty() { "*" } else { text }.to_owned())
}

fn edge(package: &str, field: &str, reason: &str) -> InvalidManifest {
    InvalidManifest::Edge {
        package: package.to_owned(),
        field: field.to_owned(),
        reason: reason.to_owned(),
    }
}
