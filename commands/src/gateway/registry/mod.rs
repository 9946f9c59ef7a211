//! Where published packages come from.
//!
//! Two places speak through one trait: an npm registry over HTTP ([`npm`]) and a folder of tarballs
//! ([`directory`]). Bytes leave a registry only after their sha512 was compared with what the registry
//! itself announced. Source: spec/extensions.md 6.1, 6.3, 6.9; settled.md 24, 25.

mod error;

use std::collections::BTreeMap;

use bytes::Bytes;
use futures_util::future::BoxFuture;
use serde_json::Value;

pub use error::RegistryError;

/// What a call of a [`Registry`] resolves to.
pub type Answer<'a, T> = BoxFuture<'a, Result<T, RegistryError>>;

/// A place that packages are fetched from.
pub trait Registry: std::fmt::Debug + Send + Sync {
    /// What `origin.registryUrl` records; carries no credential.
    fn url(&self) -> &str;

    /// All versions of one package, each with its whole manifest.
    fn packument<'a>(&'a self, name: &'a str) -> Answer<'a, Packument>;

    /// The bytes of one version, compared with its announced integrity.
    fn tarball<'a>(&'a self, version: &'a VersionEntry) -> Answer<'a, Tarball>;

    /// Packages whose name, title, description or keywords contain every word of the query, by name.
    fn search<'a>(&'a self, query: &'a str, limit: usize) -> Answer<'a, Found>;
}

/// Everything a registry knows about one package.
#[derive(Clone, Debug, PartialEq)]
pub struct Packument {
    /// Scoped npm name.
    pub name: String,
    /// Names for versions; `latest` at least, as a rule.
    pub dist_tags: BTreeMap<String, String>,
    /// By exact version. The order is that of text, not of precedence.
    pub versions: BTreeMap<String, VersionEntry>,
}

impl Packument {
    /// One exact version, or the error that names those there are.
    pub fn version(&self, version: &str) -> Result<&VersionEntry, RegistryError> {
        self.versions
            .get(version)
            .ok_or_else(|| RegistryError::VersionNotFound {
                package: self.name.clone(),
                version: version.to_owned(),
            })
    }
}

/// One published version.
#[derive(Clone, Debug, PartialEq)]
pub struct VersionEntry {
    /// Scoped npm name.
    pub name: String,
    /// Exact version.
    pub version: String,
    /// `package.json` as the registry serves it, `cinatra` block included.
    pub manifest: Value,
    /// Subresource integrity as announced; a tarball without a sha512 in it is never fetched.
    pub integrity: Option<String>,
    /// Where the registry keeps the bytes; means something to that registry only.
    pub locator: String,
    /// The publisher's notice, when the version is deprecated.
    pub deprecated: Option<String>,
}

/// Bytes that match their announced integrity.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tarball {
    /// Exactly as served.
    pub bytes: Bytes,
    /// `sha512-…` over them.
    pub integrity: String,
    /// Lower-case hex sha256 over them: their key in the blob store.
    pub sha256: String,
}

/// What a search answered.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Found {
    /// By name.
    pub hits: Vec<Hit>,
    /// Something could not be read, so that packages may be missing.
    pub incomplete: bool,
}

/// One package that a search found, at its latest version.
#[derive(Clone, Debug, PartialEq)]
pub struct Hit {
    /// Scoped npm name.
    pub name: String,
    /// The version that `manifest` belongs to.
    pub version: String,
    /// `package.json`; it has a `cinatra` object.
    pub manifest: Value,
    /// The publisher's notice, when the version is deprecated.
    pub deprecated: Option<String>,
}
