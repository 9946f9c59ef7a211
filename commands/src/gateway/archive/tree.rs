//! Which paths an archive may hold, and which of them exclude each other.

use std::collections::HashMap;
use std::collections::hash_map::Entry as Slot;

use unicode_normalization::UnicodeNormalization as _;

use super::{ArchiveError, Limits, Rule};

/// A checked path below the folder that every npm tarball wraps its files in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct InnerPath(String);

impl InnerPath {
    /// Checks a path as the tar carries it and strips exactly its first component.
    ///
    /// `None` when nothing remains, which is the wrapping folder itself or a stray file beside it.
    pub(super) fn parse(raw: &[u8], limits: &Limits) -> Result<Option<Self>, ArchiveError> {
        let refuse = |rule| Err(ArchiveError::breaks(rule, raw));
        let Ok(path) = std::str::from_utf8(raw) else {
            return refuse(Rule::NotUtf8);
        };
        if path.contains('\0') {
            return refuse(Rule::Nul);
        }
        if path.len() > limits.path_bytes_max {
            return refuse(Rule::PathLength);
        }
        if path.contains('\\') {
            return refuse(Rule::Backslash);
        }
        if path.starts_with('/') || starts_at_drive(path) {
            return refuse(Rule::AbsolutePath);
        }
        // `.` and empty components name no other place, so they are dropped, not refused.
        let mut components = Vec::new();
        for component in path.split('/') {
            match component {
                "" | "." => {}
                ".." => return refuse(Rule::ParentPath),
                name => components.push(name),
            }
        }
        let inner = components.get(1..).unwrap_or_default();
        if inner.len() > limits.depth_max {
            return refuse(Rule::Depth);
        }
        Ok((!inner.is_empty()).then(|| Self(inner.join("/"))))
    }

    pub(super) fn as_str(&self) -> &str {
        &self.0
    }

    pub(super) fn into_string(self) -> String {
        self.0
    }

    /// The folders above, outermost first.
    fn folders(&self) -> impl Iterator<Item = &str> {
        self.0.match_indices('/').map(|(at, _)| &self.0[..at])
    }
}

fn starts_at_drive(path: &str) -> bool {
    matches!(path.as_bytes(), [letter, b':', ..] if letter.is_ascii_alphabetic())
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Node {
    File,
    Folder,
}

/// Every path of one archive, as a file system that ignores case and Unicode form would see it.
#[derive(Debug, Default)]
pub(super) struct Tree(HashMap<String, (String, Node)>);

impl Tree {
    /// Takes a file's place, and that of the folders above it.
    pub(super) fn add_file(&mut self, path: &InnerPath) -> Result<(), ArchiveError> {
        self.add_folders(path)?;
        self.add(path.as_str(), Node::File)
    }

    /// Takes a folder's place, and that of the folders above it.
    pub(super) fn add_folder(&mut self, path: &InnerPath) -> Result<(), ArchiveError> {
        self.add_folders(path)?;
        self.add(path.as_str(), Node::Folder)
    }

    fn add_folders(&mut self, path: &InnerPath) -> Result<(), ArchiveError> {
        path.folders()
            .try_for_each(|folder| self.add(folder, Node::Folder))
    }

    fn add(&mut self, path: &str, node: Node) -> Result<(), ArchiveError> {
        match self.0.entry(folded(path)) {
            Slot::Vacant(slot) => {
                slot.insert((path.to_owned(), node));
                Ok(())
            }
            Slot::Occupied(slot) => match slot.get() {
                (taken, _) if taken != path => {
                    Err(ArchiveError::breaks(Rule::CaseTwin, path.as_bytes()))
                }
                (_, Node::Folder) if node == Node::Folder => Ok(()),
                (_, Node::File | Node::Folder) => {
                    Err(ArchiveError::breaks(Rule::Duplicate, path.as_bytes()))
                }
            },
        }
    }
}

/// One form for all paths that some file system takes for the same. Upper before lower case, so that
/// letters with several lower-case forms meet (`ß` and `ss`, `ſ` and `s`).
fn folded(path: &str) -> String {
    path.nfkc()
        .collect::<String>()
        .to_uppercase()
        .to_lowercase()
        .nfkc()
        .collect()
}
