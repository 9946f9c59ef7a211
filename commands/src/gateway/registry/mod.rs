//! Where published packages come from.
//!
//! Two places speak through one trait: an npm registry over HTTP ([`npm`]) and a folder of tarballs
//! ([`directory`]). Packages that every system has come from neither ([`builtin`]). Bytes leave a registry only after their sha512 was compared with what the registry
//! itself announced. Source: spec/extensions.md 6.1, 6.3, 6.9; settled.md 24, 25.

pub mod builtin;
pub mod directory;
mod error;
mod name;
pub mod npm;
mod words;

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use bytes::Bytes;
use cinatra_domain::extension::Version;
use futures_util::future::BoxFuture;
use secrecy::SecretString;
use serde_json::Value;

use super::digest::{Sha512Sri, digests};
use builtin::BuiltIn;
use directory::DirectoryRegistry;
use npm::NpmRegistry;

pub use error::{RegistryError, SettingError};

/// What a call of a [`Registry`] resolves to.
pub type Answer<'a, T> = BoxFuture<'a, Result<T, RegistryError>>;

/// Opens what `CINATRA_REGISTRY` names: `directory:<path>`, or the base URL of an npm registry. What is built in is
/// served beside it.
pub fn open(
    setting: &str,
    token: Option<&SecretString>,
) -> Result<Arc<dyn Registry>, SettingError> {
    let registry: Arc<dyn Registry> = match setting.strip_prefix("directory:") {
        Some(path) => Arc::new(DirectoryRegistry::open(Path::new(path))?),
        None => Arc::new(NpmRegistry::open(setting, token)?),
    };
    Ok(Arc::new(BuiltIn::beside(registry)?))
}

/// A place that packages are fetched from.
pub trait Registry: std::fmt::Debug + Send + Sync {
    /// What `origin.registryUrl` records; carries no credential.
    fn url(&self) -> &str;

    /// The same for one package, where not all of them are from one place.
    fn url_of(&self, _package: &str) -> &str {
        self.url()
    }

    /// All versions of one package, each with its whole manifest.
    fn packument<'a>(&'a self, name: &'a str) -> Answer<'a, Packument>;

    /// The bytes of one version, compared with its announced integrity.
    fn tarball<'a>(&'a self, version: &'a VersionEntry) -> Answer<'a, Tarball>;

    /// The same place with another credential. Fails when the token cannot be sent at all.
    fn with_token(&self, token: &SecretString) -> Result<Arc<dyn Registry>, RegistryError>;

    /// Packages whose name, title, description or keywords contain every word of the query, by name.
    fn search<'a>(&'a self, query: &'a str, limit: usize) -> Answer<'a, Found>;
}

/// Everything a registry knows about one package.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Packument {
    /// Scoped npm name.
    pub name: String,
    /// Names for versions; `latest` at least, as a rule.
    pub dist_tags: BTreeMap<String, String>,
    /// By exact version. The order is that of text, not of precedence.
    pub versions: BTreeMap<String, VersionEntry>,
    /// Versions that exist and cannot be installed, each with the reason.
    pub unusable: BTreeMap<String, RegistryError>,
}

impl Packument {
    /// One exact version, or why there is none to install.
    pub fn version(&self, version: &str) -> Result<&VersionEntry, RegistryError> {
        if let Some(entry) = self.versions.get(version) {
            return Ok(entry);
        }
        Err(self
            .unusable
            .get(version)
            .cloned()
            .unwrap_or_else(|| RegistryError::VersionNotFound {
                package: self.name.clone(),
                version: version.to_owned(),
            }))
    }

    /// The version tagged `latest`, otherwise the highest release, otherwise the highest of all.
    pub fn latest(&self) -> Option<&VersionEntry> {
        self.dist_tags
            .get("latest")
            .and_then(|version| self.versions.get(version))
            .or_else(|| {
                self.versions
                    .values()
                    .max_by_key(|entry| entry.precedence())
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

impl VersionEntry {
    /// Releases above prereleases, then as `SemVer` has it; what is no version at all comes first.
    fn precedence(&self) -> (bool, Option<Version>) {
        let version = Version::parse(self.version.as_str()).ok();
        let is_release = version
            .as_ref()
            .is_some_and(|version| !version.is_prerelease());
        (is_release, version)
    }

    /// The digests that the registry announced, of which the bytes must match one.
    fn announced(&self) -> Result<Vec<Sha512Sri>, RegistryError> {
        let announced = Sha512Sri::announced(self.integrity.as_deref().unwrap_or_default());
        if announced.is_empty() {
            return Err(RegistryError::IntegrityMissing {
                package: self.name.clone(),
                version: self.version.clone(),
            });
        }
        Ok(announced)
    }

    /// Compares fetched bytes with what was announced.
    fn verify(&self, bytes: Bytes) -> Result<Tarball, RegistryError> {
        let announced = self.announced()?;
        let (actual, sha256) = digests(&bytes);
        if announced.contains(&actual) {
            return Ok(Tarball {
                bytes,
                integrity: actual.into_string(),
                sha256,
            });
        }
        let expected: Vec<String> = announced.into_iter().map(Sha512Sri::into_string).collect();
        Err(RegistryError::IntegrityMismatch {
            package: self.name.clone(),
            version: self.version.clone(),
            expected: expected.join(" "),
            actual: actual.into_string(),
        })
    }
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
