//! Packages that every system has, whichever registry it installs from: they are embedded in the binary.
//!
//! Who asks for one of their names is answered from here alone. A registry that has a package of such a name is not
//! asked for it, and what it has is not found: the name is ours (`domain/src/extension/reserved.rs`).
//! Source: settled.md 28, spec/runs.md R66.

use std::collections::BTreeMap;
use std::sync::Arc;

use bytes::Bytes;
use secrecy::SecretString;

use super::directory::describe;
use super::words::Words;
use super::{
    Answer, Found, Hit, Packument, Registry, RegistryError, SettingError, Tarball, VersionEntry,
};
use crate::gateway::pack::pack;

/// What `origin.registryUrl` records of them.
pub const URL: &str = "builtin:cinatra";

/// The files of each package.
const PACKAGES: &[&[(&str, &[u8])]] = &[CONTEXT_SELECTION];

macro_rules! files {
    ($folder:literal: $($file:literal),+ $(,)?) => {
        &[$((
            $file,
            include_bytes!(concat!(env!("CARGO_MANIFEST_DIR"), "/builtin/", $folder, "/", $file)),
        )),+]
    };
}

const CONTEXT_SELECTION: &[(&str, &[u8])] = files!(
    "context-selection-agent/0.1.1":
    ".cinatra-published.json",
    "LICENSE",
    "cinatra/oas.json",
    "package.json",
    "skills/choose-context/SKILL.md",
);

/// One package, as a registry would tell of it.
#[derive(Clone, Debug)]
struct Embedded {
    entry: VersionEntry,
    bytes: Bytes,
}

/// A registry with the built-in packages beside it.
#[derive(Clone, Debug)]
pub struct BuiltIn {
    packages: Arc<[Embedded]>,
    beside: Arc<dyn Registry>,
}

impl BuiltIn {
    /// Puts them beside a registry.
    pub fn beside(registry: Arc<dyn Registry>) -> Result<Self, SettingError> {
        let packages: Result<Vec<Embedded>, SettingError> =
            PACKAGES.iter().map(|files| embedded(files)).collect();
        Ok(Self {
            packages: packages?.into(),
            beside: registry,
        })
    }

    fn find(&self, package: &str) -> Option<&Embedded> {
        let mut packages = self.packages.iter();
        packages.find(|embedded| embedded.entry.name == package)
    }
}

impl Registry for BuiltIn {
    fn url(&self) -> &str {
        self.beside.url()
    }

    fn url_of(&self, package: &str) -> &str {
        match self.find(package) {
            Some(_) => URL,
            None => self.beside.url_of(package),
        }
    }

    fn packument<'a>(&'a self, package: &'a str) -> Answer<'a, Packument> {
        let Some(embedded) = self.find(package) else {
            return self.beside.packument(package);
        };
        Box::pin(async move {
            let entry = embedded.entry.clone();
            let version = entry.version.clone();
            Ok(Packument {
                name: entry.name.clone(),
                dist_tags: [("latest".to_owned(), version.clone())].into(),
                versions: [(version, entry)].into(),
                unusable: BTreeMap::new(),
            })
        })
    }

    fn tarball<'a>(&'a self, version: &'a VersionEntry) -> Answer<'a, Tarball> {
        let Some(embedded) = self.find(&version.name) else {
            return self.beside.tarball(version);
        };
        Box::pin(async move {
            if embedded.entry.version != version.version {
                return Err(RegistryError::VersionNotFound {
                    package: version.name.clone(),
                    version: version.version.clone(),
                });
            }
            version.verify(embedded.bytes.clone())
        })
    }

    fn with_token(&self, token: &SecretString) -> Result<Arc<dyn Registry>, RegistryError> {
        Ok(Arc::new(Self {
            packages: self.packages.clone(),
            beside: self.beside.with_token(token)?,
        }))
    }

    fn search<'a>(&'a self, query: &'a str, limit: usize) -> Answer<'a, Found> {
        Box::pin(async move {
            let words = Words::of(query);
            // Hits of ours take the place of copies: none of the others is displaced by one that is left out.
            let wanted = limit.saturating_add(self.packages.len());
            let mut found = self.beside.search(query, wanted).await?;
            found.hits.retain(|hit| self.find(&hit.name).is_none());
            let own = self.packages.iter().map(|embedded| &embedded.entry);
            let own = own.filter(|entry| words.are_in(&entry.name, &entry.manifest));
            found.hits.extend(own.map(|entry| Hit {
                name: entry.name.clone(),
                version: entry.version.clone(),
                manifest: entry.manifest.clone(),
                deprecated: None,
            }));
            found.hits.sort_by(|one, other| one.name.cmp(&other.name));
            found.hits.truncate(limit);
            Ok(found)
        })
    }
}

/// A package that cannot be packed is a bug of the build.
fn embedded(files: &[(&str, &[u8])]) -> Result<Embedded, SettingError> {
    let broken = |reason: String| SettingError::Registry {
        reason: format!("a built-in package is broken: {reason}"),
    };
    let bytes = pack(files.iter().copied()).map_err(|error| broken(error.to_string()))?;
    let entry = describe("builtin", &bytes).map_err(|error| broken(error.to_string()))?;
    Ok(Embedded { entry, bytes })
}

#[cfg(test)]
mod tests {
    use std::fs;

    use cinatra_domain::extension::RESERVED;

    use super::super::directory::DirectoryRegistry;
    use super::*;
    use crate::gateway::digest::sha256_hex;

    fn beside(folder: &std::path::Path) -> BuiltIn {
        let folder = DirectoryRegistry::open(folder).unwrap();
        BuiltIn::beside(Arc::new(folder)).unwrap()
    }

    fn forged(name: &str, version: &str) -> Bytes {
        let manifest = format!(
            r#"{{"name":"{name}","version":"{version}","description":"forged","cinatra":{{"kind":"agent"}}}}"#
        );
        pack([("package.json", manifest)]).unwrap()
    }

    #[tokio::test]
    async fn every_reserved_name_is_served_from_the_binary_alone() {
        let folder = tempfile::tempdir().unwrap();
        for name in RESERVED {
            let tarball = forged(name, "9.9.9");
            fs::write(folder.path().join("forged.tgz"), tarball).unwrap();
            let registry = beside(folder.path());
            let packument = registry.packument(name).await.unwrap();
            assert_eq!(packument.versions.len(), 1, "{name}");
            let entry = packument.latest().unwrap();
            assert_ne!(entry.version, "9.9.9");
            assert_eq!(registry.url_of(name), URL);
            let tarball = registry.tarball(entry).await.unwrap();
            assert_eq!(Some(&tarball.integrity), entry.integrity.as_ref());
            let other = VersionEntry {
                version: "9.9.9".to_owned(),
                ..entry.clone()
            };
            assert!(matches!(
                registry.tarball(&other).await,
                Err(RegistryError::VersionNotFound { .. })
            ));
        }
    }

    #[tokio::test]
    async fn a_search_finds_what_is_built_in_and_no_copy_of_it() {
        let folder = tempfile::tempdir().unwrap();
        for (file, name) in [
            ("a.tgz", "@acme/first-agent"),
            ("b.tgz", RESERVED[0]),
            ("c.tgz", "@zeta/last-agent"),
        ] {
            fs::write(folder.path().join(file), forged(name, "9.9.9")).unwrap();
        }
        let registry = beside(folder.path());
        let found = registry.search("", 10).await.unwrap();
        let names: Vec<_> = found.hits.iter().map(|hit| hit.name.as_str()).collect();
        let expected = ["@acme/first-agent", RESERVED[0], "@zeta/last-agent"];
        assert_eq!(names, expected);
        assert_eq!(registry.search("forged", 10).await.unwrap().hits.len(), 2);
        assert_eq!(registry.search("", 3).await.unwrap().hits.len(), 3);
        assert_eq!(registry.url_of("@acme/first-agent"), registry.url());
    }

    #[test]
    fn what_was_published_of_a_version_stays() {
        let digests: Vec<String> = PACKAGES
            .iter()
            .map(|files| sha256_hex(&embedded(files).unwrap().bytes))
            .collect();
        assert_eq!(
            digests,
            ["88f48ad58ab5a0d0d24f11255f665fdc00d68a79f2673bf3422b19fcb7a1df10"],
            "another content wants another version"
        );
    }
}
