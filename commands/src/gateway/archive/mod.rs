//! Npm tarballs, read into memory and never onto a disk.
//!
//! Start with [`Archive::read`]. It trusts nothing: every cap is checked while bytes are inflated, paths
//! are checked before anything of an entry is kept, and whatever is neither a file nor a folder is
//! refused. Long names and extended headers are interpreted here, not by the tar crate, because readers
//! that disagree about them see different archives. Source: spec/extensions.md 6.3.

mod error;
mod header;
mod inflate;
#[cfg(test)]
mod tests;
mod tree;

use std::collections::BTreeMap;
use std::io::{self, Read};

use bytes::Bytes;

use header::{Kind, PathSource};
use inflate::{Inflated, Tripped};
use tree::{InnerPath, Tree};

pub use error::{ArchiveError, Rule};

/// Caps on one archive.
#[derive(Clone, Debug)]
pub struct Limits {
    /// Bytes as fetched.
    pub compressed_bytes_max: u64,
    /// Bytes inflated, headers and padding included.
    pub unpacked_bytes_max: u64,
    /// Inflated bytes per fetched byte, once there are more than `ratio_free_bytes` of them.
    pub ratio_max: u64,
    /// Inflated bytes at which the ratio begins to count: small archives compress well.
    pub ratio_free_bytes: u64,
    /// Entries, folders and extended headers included.
    pub entries_max: usize,
    /// Components of a path below the wrapping folder.
    pub depth_max: usize,
    /// Bytes of a path.
    pub path_bytes_max: usize,
    /// Bytes of one extended header.
    pub extended_bytes_max: u64,
    /// Bytes of one file whose content is kept.
    pub kept_file_bytes_max: u64,
    /// Bytes of all files whose content is kept.
    pub kept_bytes_max: u64,
}

impl Default for Limits {
    fn default() -> Self {
        const KIB: u64 = 1024;
        const MIB: u64 = 1024 * KIB;
        Self {
            compressed_bytes_max: 64 * MIB,
            unpacked_bytes_max: 256 * MIB,
            ratio_max: 100,
            ratio_free_bytes: 8 * MIB,
            entries_max: 10_000,
            depth_max: 32,
            path_bytes_max: 1024,
            extended_bytes_max: 64 * KIB,
            kept_file_bytes_max: MIB,
            kept_bytes_max: 32 * MIB,
        }
    }
}

/// A file of an archive.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// Path below the wrapping folder.
    pub path: String,
    /// Number of bytes.
    pub size: u64,
}

/// An archive that broke no rule: what files it has, and the content of those that install reads.
///
/// Kept are `package.json`, `agent.json`, `.cinatra-published.json`, everything in `cinatra/` and every
/// `SKILL.md` and `cinatra-matchers.json` in `skills/`, unless larger than the caps allow.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Archive {
    entries: Vec<Entry>,
    kept: BTreeMap<String, Bytes>,
}

impl Archive {
    /// Path of the manifest below the wrapping folder.
    pub const MANIFEST: &'static str = "package.json";

    /// Reads a whole tarball; takes up to about a second of processor time for the largest allowed.
    pub fn read(tarball: &[u8]) -> Result<Self, ArchiveError> {
        Self::read_within(tarball, &Limits::default())
    }

    /// Like [`Archive::read`], off the threads that serve requests.
    pub async fn unpack(tarball: Bytes) -> Result<Self, ArchiveError> {
        tokio::task::spawn_blocking(move || Self::read(&tarball))
            .await
            .unwrap_or_else(|_| Err(ArchiveError::corrupt("reading was abandoned")))
    }

    /// Like [`Archive::read`], with other caps.
    pub fn read_within(tarball: &[u8], limits: &Limits) -> Result<Self, ArchiveError> {
        let mut tree = Tree::default();
        let mut archive = Self {
            entries: Vec::new(),
            kept: BTreeMap::new(),
        };
        let mut kept_bytes = 0_u64;
        walk(tarball, limits, |kind, raw_path, size, content| {
            let path = InnerPath::parse(raw_path, limits)?;
            let refuse = |rule| Err(ArchiveError::breaks(rule, raw_path));
            match kind {
                Kind::File => {}
                Kind::Folder => {
                    path.map_or(Ok(()), |path| tree.add_folder(&path))?;
                    return Ok(Step::Next);
                }
                Kind::Refused(rule) => return refuse(rule),
            }
            let Some(path) = path else {
                return Ok(Step::Next);
            };
            tree.add_file(&path)?;
            let is_small = size <= limits.kept_file_bytes_max
                && kept_bytes.saturating_add(size) <= limits.kept_bytes_max;
            if is_read_by_install(path.as_str()) && is_small {
                kept_bytes = kept_bytes.saturating_add(size);
                archive
                    .kept
                    .insert(path.as_str().to_owned(), content.bytes()?);
            } else if path.as_str() == Self::MANIFEST {
                return refuse(Rule::ManifestBytes);
            }
            archive.entries.push(Entry {
                path: path.into_string(),
                size,
            });
            Ok(Step::Next)
        })?;
        Ok(archive)
    }

    /// The first `package.json` of a tarball that may break rules elsewhere: enough to say whose it is.
    pub fn manifest_of(tarball: &[u8]) -> Result<Option<Bytes>, ArchiveError> {
        let limits = Limits::default();
        let mut manifest = None;
        walk(tarball, &limits, |kind, raw_path, size, content| {
            let path = InnerPath::parse(raw_path, &limits).ok().flatten();
            let is_manifest = path.is_some_and(|path| path.as_str() == Self::MANIFEST);
            if kind != Kind::File || !is_manifest || size > limits.kept_file_bytes_max {
                return Ok(Step::Next);
            }
            manifest = Some(content.bytes()?);
            Ok(Step::Stop)
        })?;
        Ok(manifest)
    }

    /// Every file, in the order of the archive.
    pub fn entries(&self) -> &[Entry] {
        &self.entries
    }

    /// Whether there is such a file, kept or not.
    pub fn contains(&self, path: &str) -> bool {
        self.entries.iter().any(|entry| entry.path == path)
    }

    /// The content of a kept file. A file that is there but not kept was larger than the cap.
    pub fn file(&self, path: &str) -> Option<&Bytes> {
        self.kept.get(path)
    }

    /// Every kept file, by path.
    pub fn files(&self) -> impl Iterator<Item = (&str, &Bytes)> {
        self.kept.iter().map(|(path, bytes)| (path.as_str(), bytes))
    }
}

fn is_read_by_install(path: &str) -> bool {
    if let Some(below) = path.strip_prefix("skills/") {
        let name = below.rsplit('/').next().unwrap_or_default();
        return matches!(name, "SKILL.md" | "cinatra-matchers.json");
    }
    path.starts_with("cinatra/")
        || matches!(
            path,
            Archive::MANIFEST | "agent.json" | ".cinatra-published.json"
        )
}

/// Whether a walk goes on.
enum Step {
    Next,
    Stop,
}

/// Content of the entry that a walk is at.
struct Content<'a> {
    reader: &'a mut dyn Read,
    size: u64,
    tripped: &'a Tripped,
}

impl Content<'_> {
    /// All of it; the caller has checked the size.
    fn bytes(self) -> Result<Bytes, ArchiveError> {
        let mut bytes = Vec::new();
        self.reader
            .read_to_end(&mut bytes)
            .map_err(|error| failed(self.tripped, &error))?;
        if u64::try_from(bytes.len()) != Ok(self.size) {
            return Err(ArchiveError::corrupt("the tar ends inside a file"));
        }
        Ok(bytes.into())
    }
}

/// Visits every entry with its true path, under the caps on bytes and number.
fn walk(
    tarball: &[u8],
    limits: &Limits,
    mut visit: impl FnMut(Kind, &[u8], u64, Content<'_>) -> Result<Step, ArchiveError>,
) -> Result<(), ArchiveError> {
    if u64::try_from(tarball.len()).unwrap_or(u64::MAX) > limits.compressed_bytes_max {
        return Err(ArchiveError::breaks(Rule::CompressedBytes, b""));
    }
    let inflated = Inflated::new(tarball, limits);
    let tripped = inflated.tripped();
    let mut tar = tar::Archive::new(inflated);
    let mut path_source = PathSource::default();
    let entries = tar.entries().map_err(|error| failed(&tripped, &error))?;
    for (index, entry) in entries.raw(true).enumerate() {
        let mut entry = entry.map_err(|error| failed(&tripped, &error))?;
        if index >= limits.entries_max {
            return Err(ArchiveError::breaks(Rule::EntryCount, &entry.path_bytes()));
        }
        let extends_next = path_source
            .take(&mut entry, limits)
            .map_err(|error| error.unless_tripped(&tripped))?;
        if extends_next {
            continue;
        }
        let (kind, path) = path_source.resolve(entry.header())?;
        let content = Content {
            size: entry.size(),
            reader: &mut entry,
            tripped: &tripped,
        };
        let size = content.size;
        if matches!(visit(kind, &path, size, content)?, Step::Stop) {
            return Ok(());
        }
    }
    // The gzip's own checksum stands at its end, behind the tar's padding.
    io::copy(&mut tar.into_inner(), &mut io::sink())
        .map_err(|error| failed(&tripped, &error))
        .map(|_| ())
}

/// A cap when one was reached, otherwise bytes that are not what they should be.
fn failed(tripped: &Tripped, error: &io::Error) -> ArchiveError {
    match tripped.rule() {
        Some(rule) => ArchiveError::breaks(rule, b""),
        None => ArchiveError::corrupt(error.to_string()),
    }
}

impl ArchiveError {
    /// Names the cap instead of the broken read that it led to.
    fn unless_tripped(self, tripped: &Tripped) -> Self {
        tripped.rule().map_or(self, |rule| Self::breaks(rule, b""))
    }
}
