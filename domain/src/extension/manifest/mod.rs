//! A package's `package.json`, read leniently.
//!
//! Installing refuses only what cannot be identified or planned: unreadable JSON, a missing or illegal
//! name, version or kind, malformed edges (settled.md 22). Everything else that does not conform is a
//! [`Warning`] with a code. Unknown keys are kept in [`Manifest::block`] and mean nothing here.

mod block;
mod edges;
#[cfg(test)]
mod tests;

use serde_json::{Map, Value, json};

use super::warning::{Warning, cut};
use super::{Dependency, Kind, PackageName, Version, Visibility};
use crate::kernel::{Class, Coded};

/// What an extension's manifest says, normalized.
#[derive(Clone, Debug, PartialEq)]
pub struct Manifest {
    /// Scoped name.
    pub name: PackageName,
    /// Exact version.
    pub version: Version,
    /// What it is.
    pub kind: Kind,
    /// For people.
    pub display_name: Option<String>,
    /// For people.
    pub description: Option<String>,
    /// Edges to other packages, from every form the manifest uses.
    pub dependencies: Vec<Dependency>,
    /// Who may see it; public unless the publisher stamped otherwise.
    pub visibility: Visibility,
    /// `@scope` of the publisher: what it stamped, else the scope of the name.
    pub scope: String,
    /// The `cinatra` block as written.
    pub block: Map<String, Value>,
    /// `metadata.cinatra.packageName`, when present.
    pub declared_name: Option<String>,
    /// Whether npm `dependencies` are declared; they are ignored.
    pub has_npm_dependencies: bool,
}

/// Why a manifest cannot be installed from.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum InvalidManifest {
    /// Not JSON, or not an object.
    #[error("package.json cannot be read: {reason}")]
    Unreadable {
        /// What the reader said.
        reason: String,
    },
    /// A field that identifies the package is missing or illegal.
    #[error("package.json of {package}: {field} {reason}")]
    Field {
        /// The package, as far as it is known.
        package: String,
        /// Path of the field.
        field: &'static str,
        /// What is wrong.
        reason: String,
    },
    /// `cinatra.kind` names no kind.
    #[error("no handler for kind \"{kind}\" of {package}")]
    UnknownKind {
        /// The package.
        package: String,
        /// What the manifest states.
        kind: String,
    },
    /// An edge cannot be understood.
    #[error("package.json of {package}: {field} {reason}")]
    Edge {
        /// The package.
        package: String,
        /// Path of the entry.
        field: String,
        /// What is wrong.
        reason: String,
    },
}

impl Coded for InvalidManifest {
    fn class(&self) -> Class {
        Class::Rejected
    }

    fn code(&self) -> &'static str {
        match self {
            Self::Unreadable { .. } | Self::Field { .. } => "MANIFEST_INVALID",
            Self::UnknownKind { .. } => "UNKNOWN_KIND",
            Self::Edge { .. } => "DEPENDENCY_MALFORMED",
        }
    }

    fn details(&self) -> Value {
        match self {
            Self::Unreadable { reason } => json!({ "field": "package.json", "reason": reason }),
            Self::Field {
                package,
                field,
                reason,
            } => json!({ "packageName": package, "field": field, "reason": reason }),
            Self::UnknownKind { package, kind } => {
                json!({ "packageName": package, "field": "cinatra.kind", "kind": kind })
            }
            Self::Edge {
                package,
                field,
                reason,
            } => json!({ "packageName": package, "field": field, "reason": reason }),
        }
    }
}

/// Reads the bytes of a `package.json`.
pub fn parse_bytes(bytes: &[u8]) -> Result<(Manifest, Vec<Warning>), InvalidManifest> {
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    let value = serde_json::from_slice(bytes).map_err(|error| InvalidManifest::Unreadable {
        reason: cut(&error.to_string(), REASON_CHARS_MAX),
    })?;
    parse(&value)
}

/// Reads a manifest that a registry served.
pub fn parse(value: &Value) -> Result<(Manifest, Vec<Warning>), InvalidManifest> {
    let Some(package) = value.as_object() else {
        return Err(InvalidManifest::Unreadable {
            reason: "not an object".to_owned(),
        });
    };
    let name = required_text(package, "name", "unknown package")?;
    let name = PackageName::parse(name)
        .map_err(|error| field(&cut(name, NAME_CHARS_MAX), "name", error.reason))?;
    let version = required_text(package, "version", name.as_str())?;
    let version = Version::parse(version).map_err(|error| {
        let reason = error.to_string();
        field(name.as_str(), "version", &reason)
    })?;
    let Some(block) = package.get("cinatra").and_then(Value::as_object) else {
        return Err(field(name.as_str(), "cinatra", "is not an object"));
    };
    let kind = parse_kind(block, &name)?;
    let mut warnings = Vec::new();
    let dependencies = edges::normalize(block, &name, kind, &mut warnings)?;
    let (visibility, scope) = parse_origin(block, &name);
    let manifest = Manifest {
        display_name: optional_text(block, "displayName", DISPLAY_NAME_CHARS_MAX),
        description: optional_text(package, "description", DESCRIPTION_CHARS_MAX),
        dependencies,
        visibility,
        scope,
        block: block.clone(),
        declared_name: value
            .pointer("/metadata/cinatra/packageName")
            .and_then(Value::as_str)
            .map(str::to_owned),
        has_npm_dependencies: package
            .get("dependencies")
            .and_then(Value::as_object)
            .is_some_and(|map| !map.is_empty()),
        name,
        version,
        kind,
    };
    block::inspect(&manifest, &mut warnings);
    Ok((manifest, warnings))
}

/// Reads a manifest that was served or packed as a certain package.
pub fn parse_as(
    name: &PackageName,
    version: &Version,
    value: &Value,
) -> Result<(Manifest, Vec<Warning>), InvalidManifest> {
    let (manifest, warnings) = parse(value)?;
    manifest.must_be(name, version)?;
    Ok((manifest, warnings))
}

impl Manifest {
    /// Refuses a manifest that was served or packed as another package than it says.
    pub fn must_be(&self, name: &PackageName, version: &Version) -> Result<(), InvalidManifest> {
        if self.name != *name {
            return Err(field(name.as_str(), "name", "is of another package"));
        }
        if self.version != *version {
            return Err(field(name.as_str(), "version", "is another version"));
        }
        Ok(())
    }
}

const REASON_CHARS_MAX: usize = 160;
const NAME_CHARS_MAX: usize = 214;
const DISPLAY_NAME_CHARS_MAX: usize = 120;
const DESCRIPTION_CHARS_MAX: usize = 1000;

fn parse_kind(block: &Map<String, Value>, name: &PackageName) -> Result<Kind, InvalidManifest> {
    let text = match block.get("kind") {
        None | Some(Value::Null) => return Err(field(name.as_str(), "cinatra.kind", "is missing")),
        Some(Value::String(text)) => text,
        Some(_) => return Err(field(name.as_str(), "cinatra.kind", "is not a text")),
    };
    Kind::parse(text).ok_or_else(|| InvalidManifest::UnknownKind {
        package: name.as_str().to_owned(),
        kind: cut(text, 64),
    })
}

/// Who may see a package and whose it is, read from a manifest that may be unreadable otherwise.
pub fn visibility_of(name: &PackageName, manifest: &Value) -> (Visibility, String) {
    match manifest.get("cinatra").and_then(Value::as_object) {
        Some(block) => parse_origin(block, name),
        None => (Visibility::Public, name.scope().to_owned()),
    }
}

/// What the publisher stamped under `cinatra.origin`. A visibility that nobody knows is private.
fn parse_origin(block: &Map<String, Value>, name: &PackageName) -> (Visibility, String) {
    let origin = block.get("origin").and_then(Value::as_object);
    let visibility = match origin.and_then(|origin| origin.get("visibility")) {
        None | Some(Value::Null) => Visibility::Public,
        Some(stated) if stated == "public" || stated == "locked_public" => Visibility::Public,
        Some(_) => Visibility::Private,
    };
    let scope = origin
        .and_then(|origin| origin.get("scope"))
        .and_then(Value::as_str)
        .filter(|scope| scope.starts_with('@') && scope.len() <= PackageName::BYTES_MAX)
        .unwrap_or(name.scope());
    (visibility, scope.to_owned())
}

fn required_text<'a>(
    object: &'a Map<String, Value>,
    key: &'static str,
    package: &str,
) -> Result<&'a str, InvalidManifest> {
    match object.get(key) {
        None | Some(Value::Null) => Err(field(package, key, "is missing")),
        Some(Value::String(text)) => Ok(text),
        Some(_) => Err(field(package, key, "is not a text")),
    }
}

fn optional_text(object: &Map<String, Value>, key: &str, chars_max: usize) -> Option<String> {
    object
        .get(key)
        .and_then(Value::as_str)
        .map(str::trim)
        .filter(|text| !text.is_empty())
        .map(|text| cut(text, chars_max))
}

fn field(package: &str, field: &'static str, reason: &str) -> InvalidManifest {
    InvalidManifest::Field {
        package: package.to_owned(),
        field,
        reason: reason.to_owned(),
    }
}
