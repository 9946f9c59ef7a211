//! A folder of npm tarballs as a registry: what is embedded, and what air-gapped sites use.
//!
//! The folder is read again at every question, so a tarball that is put there is there at once; what a
//! tarball says is remembered by its path, size and time of change. Whose a tarball is, its own
//! `package.json` decides; its file name only counts for one that cannot be read. Links are not followed:
//! what is served is in the folder itself.
//! Source: settled.md 24.

#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, HashMap};
use std::fs;
use std::io::{self, Read as _};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::SystemTime;

use bytes::Bytes;
use cinatra_domain::extension::Version;
use secrecy::SecretString;
use serde_json::Value;

use super::words::Words;
use super::{
    Answer, Found, Hit, Packument, Registry, RegistryError, SettingError, Tarball, VersionEntry,
    name,
};
use crate::gateway::archive::{Archive, ArchiveError};
use crate::gateway::digest::digests;

/// A folder of `*.tgz`.
#[derive(Clone, Debug)]
pub struct DirectoryRegistry {
    folder: Arc<Folder>,
    url: String,
}

impl DirectoryRegistry {
    /// A registry named after the folder's last component; the folder may be created later.
    pub fn open(folder: &Path) -> Result<Self, SettingError> {
        let name = folder
            .file_name()
            .and_then(|name| name.to_str())
            .ok_or_else(|| SettingError::Registry {
                reason: "the folder has no name that could be recorded".to_owned(),
            })?;
        Ok(Self {
            url: format!("directory:{name}"),
            folder: Arc::new(Folder {
                path: folder.to_owned(),
                known: Mutex::default(),
            }),
        })
    }

    /// Reading of files, off the threads that serve requests.
    async fn off_thread<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Folder) -> Result<T, RegistryError> + Send + 'static,
    ) -> Result<T, RegistryError> {
        let folder = Arc::clone(&self.folder);
        tokio::task::spawn_blocking(move || work(&folder))
            .await
            .unwrap_or_else(|_| Err(unavailable("abandoned")))
    }
}

impl Registry for DirectoryRegistry {
    fn url(&self) -> &str {
        &self.url
    }

    fn packument<'a>(&'a self, package: &'a str) -> Answer<'a, Packument> {
        Box::pin(async move {
            name::check(package)?;
            let package = package.to_owned();
            self.off_thread(move |folder| folder.packument(&package))
                .await
        })
    }

    fn tarball<'a>(&'a self, version: &'a VersionEntry) -> Answer<'a, Tarball> {
        Box::pin(async move {
            let version = version.clone();
            self.off_thread(move |folder| folder.tarball(&version))
                .await
        })
    }

    /// A folder asks for none.
    fn with_token(&self, _token: &SecretString) -> Result<Arc<dyn Registry>, RegistryError> {
        Ok(Arc::new(self.clone()))
    }

    fn search<'a>(&'a self, query: &'a str, limit: usize) -> Answer<'a, Found> {
        Box::pin(async move {
            let words = Words::of(query);
            self.off_thread(move |folder| folder.search(&words, limit))
                .await
        })
    }
}

/// What one tarball says about itself.
type Told = Result<Arc<VersionEntry>, ArchiveError>;

#[derive(Clone, Debug)]
struct Known {
    size: u64,
    modified_at: Option<SystemTime>,
    told: Told,
}

#[derive(Debug)]
struct Folder {
    path: PathBuf,
    known: Mutex<HashMap<String, Known>>,
}

impl Folder {
    const TARBALL_BYTES_MAX: u64 = 64 * 1024 * 1024;

    fn packument(&self, package: &str) -> Result<Packument, RegistryError> {
        let mut packument = Packument {
            name: package.to_owned(),
            ..Packument::default()
        };
        for (file, told) in self.read()? {
            match told {
                Ok(entry) if entry.name == package => add(&mut packument, &file, &entry),
                Ok(_) => {}
                Err(source) => {
                    if let Some(version) = version_in_file_name(&file, package) {
                        let unusable = RegistryError::TarballUnreadable { file, source };
                        packument.unusable.insert(version, unusable);
                    }
                }
            }
        }
        if packument.versions.is_empty() && packument.unusable.is_empty() {
            return Err(RegistryError::PackageNotFound {
                package: packument.name,
            });
        }
        if let Some(latest) = packument.latest() {
            let latest = latest.version.clone();
            packument.dist_tags.insert("latest".to_owned(), latest);
        }
        Ok(packument)
    }

    fn tarball(&self, version: &VersionEntry) -> Result<Tarball, RegistryError> {
        version.announced()?;
        // The locator passes through the caller's hands: it must not lead out of the folder.
        let is_file_name = Path::new(&version.locator)
            .file_name()
            .is_some_and(|name| name.to_str() == Some(version.locator.as_str()));
        if !is_file_name {
            return Err(unavailable("not a file of this folder"));
        }
        let path = self.path.join(&version.locator);
        if fs::symlink_metadata(&path).is_ok_and(|metadata| !metadata.is_file()) {
            return Err(unavailable("not a file of this folder"));
        }
        let bytes = match read_tarball(&path) {
            Ok(bytes) => bytes,
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                return Err(RegistryError::VersionNotFound {
                    package: version.name.clone(),
                    version: version.version.clone(),
                });
            }
            Err(error) => return Err(unavailable(&error.kind().to_string())),
        };
        version.verify(bytes)
    }

    fn search(&self, words: &Words, limit: usize) -> Result<Found, RegistryError> {
        let mut found = Found::default();
        let mut packages = BTreeMap::<String, Packument>::new();
        for (file, told) in self.read()? {
            match told {
                Ok(entry) => {
                    let packument = packages.entry(entry.name.clone()).or_default();
                    add(packument, &file, &entry);
                    found.incomplete |= !packument.unusable.is_empty();
                }
                Err(error) => {
                    tracing::warn!(file, %error, "skipping a tarball that cannot be read");
                    found.incomplete = true;
                }
            }
        }
        found.hits = packages
            .values()
            .filter_map(Packument::latest)
            .filter(|entry| entry.manifest["cinatra"].is_object())
            .filter(|entry| words.are_in(&entry.name, &entry.manifest))
            .take(limit)
            .map(|entry| Hit {
                name: entry.name.clone(),
                version: entry.version.clone(),
                manifest: entry.manifest.clone(),
                deprecated: None,
            })
            .collect();
        Ok(found)
    }

    /// Every tarball by file name, read anew where it changed.
    fn read(&self) -> Result<BTreeMap<String, Told>, RegistryError> {
        let mut tarballs = BTreeMap::new();
        let entries = fs::read_dir(&self.path).map_err(|error| {
            tracing::warn!(folder = %self.path.display(), %error, "the registry cannot be read");
            unavailable("the folder cannot be read")
        })?;
        for entry in entries {
            let entry = entry.map_err(|error| unavailable(&error.kind().to_string()))?;
            let path = entry.path();
            let Ok(file) = entry.file_name().into_string() else {
                continue;
            };
            let is_tarball = path.extension().is_some_and(|ending| ending == "tgz");
            // Gone between the listing and now: then it is not there. A link is no file.
            if let Ok(metadata) = fs::symlink_metadata(&path)
                && is_tarball
                && metadata.is_file()
            {
                let told = self.told(&file, &path, &metadata);
                tarballs.insert(file, told);
            }
        }
        Ok(tarballs)
    }

    fn told(&self, file: &str, path: &Path, metadata: &fs::Metadata) -> Told {
        let size = metadata.len();
        let modified_at = metadata.modified().ok();
        let lock = || self.known.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(known) = lock().get(file)
            && known.size == size
            && known.modified_at == modified_at
        {
            return known.told.clone();
        }
        // Outside the lock: two may read the same tarball, and find the same.
        let told = read_tarball(path)
            .map_err(|error| ArchiveError::corrupt(error.to_string()))
            .and_then(|bytes| describe(file, &bytes))
            .map(Arc::new);
        let known = Known {
            size,
            modified_at,
            told: told.clone(),
        };
        lock().insert(file.to_owned(), known);
        told
    }
}

/// Of two files with equal bytes the first one, by name, is the version. Of two with different bytes
/// neither is: nobody can tell which one was meant.
fn add(packument: &mut Packument, file: &str, entry: &Arc<VersionEntry>) {
    if packument.unusable.contains_key(&entry.version) {
        return;
    }
    match packument.versions.get(&entry.version) {
        Some(taken) if taken.integrity == entry.integrity => {}
        Some(taken) => {
            let ambiguous = RegistryError::VersionAmbiguous {
                package: entry.name.clone(),
                version: entry.version.clone(),
                files: [taken.locator.clone(), file.to_owned()],
            };
            tracing::warn!(%ambiguous, "skipping a version");
            packument.versions.remove(&entry.version);
            packument.unusable.insert(entry.version.clone(), ambiguous);
        }
        None => {
            let entry = VersionEntry::clone(entry);
            packument.versions.insert(entry.version.clone(), entry);
        }
    }
}

fn read_tarball(path: &Path) -> io::Result<Bytes> {
    let mut bytes = Vec::new();
    let too_many = Folder::TARBALL_BYTES_MAX + 1;
    fs::File::open(path)?
        .take(too_many)
        .read_to_end(&mut bytes)?;
    Ok(bytes.into())
}

/// What a registry would say about a tarball. What else is in it is judged when it is installed.
pub(super) fn describe(file: &str, tarball: &[u8]) -> Result<VersionEntry, ArchiveError> {
    let manifest = Archive::manifest_of(tarball)?
        .ok_or_else(|| ArchiveError::corrupt("it has no package.json"))?;
    let manifest: Value = serde_json::from_slice(&manifest)
        .map_err(|_| ArchiveError::corrupt("its package.json is not JSON"))?;
    let text = |field: &str| {
        manifest[field]
            .as_str()
            .map(str::to_owned)
            .ok_or_else(|| ArchiveError::corrupt(format!("its package.json has no {field}")))
    };
    Ok(VersionEntry {
        name: text("name")?,
        version: text("version")?,
        integrity: Some(digests(tarball).0.into_string()),
        locator: file.to_owned(),
        deprecated: None,
        manifest,
    })
}

/// Reads `scope-name-1.0.0.tgz`, as `npm pack` names the tarballs of `@scope/name`.
fn version_in_file_name(file: &str, package: &str) -> Option<String> {
    let prefix = package.trim_start_matches('@').replace('/', "-");
    let version = file
        .strip_prefix(&prefix)?
        .strip_prefix('-')?
        .strip_suffix(".tgz")?;
    Version::parse(version).is_ok().then(|| version.to_owned())
}

fn unavailable(reason: &str) -> RegistryError {
    RegistryError::Unavailable {
        doing: "reading the folder of tarballs".to_owned(),
        reason: reason.to_owned(),
    }
}
