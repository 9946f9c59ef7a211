//! Which node this is: the same in a folder from one start to the next.

use std::fs::{File, TryLockError};
use std::io::{self, Read as _, Seek as _, Write as _};
use std::path::Path;

use uuid::Uuid;

use crate::mint;

const FILE: &str = "node";

/// A node, for as long as its process is alive.
///
/// Whoever holds the lock of a folder is the only process of its node, so that what the node had in hand when it starts
/// was a dead process's. Another process in the same folder is a node of its own, for this once.
#[derive(Debug)]
pub(super) struct Node {
    id: Uuid,
    /// Held until the process ends.
    lock: Option<File>,
}

impl Node {
    /// The node of a folder.
    pub(super) fn of(home: &Path) -> io::Result<Self> {
        let mut options = File::options();
        options.read(true).write(true).create(true).truncate(false);
        // Whoever may open the file may hold its lock.
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        let mut file = options.open(home.join(FILE))?;
        match file.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => {
                return Ok(Self {
                    id: mint::id(),
                    lock: None,
                });
            }
            Err(TryLockError::Error(source)) => return Err(source),
        }
        let mut text = String::new();
        file.read_to_string(&mut text)?;
        let id = if let Ok(id) = text.trim().parse() {
            id
        } else {
            // A file that says nothing is written anew: what it would have said only saves a wait.
            let id = mint::id();
            file.set_len(0)?;
            file.rewind()?;
            writeln!(file, "{id}")?;
            id
        };
        Ok(Self {
            id,
            lock: Some(file),
        })
    }

    /// Whether it is the node of its folder, and not one beside it.
    pub(super) const fn is_its_folders(&self) -> bool {
        self.lock.is_some()
    }

    pub(super) const fn id(&self) -> Uuid {
        self.id
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_is_one_node_and_whoever_comes_beside_is_another() {
        let home = tempfile::tempdir().unwrap();
        let first = Node::of(home.path()).unwrap();
        let beside = Node::of(home.path()).unwrap();
        assert_ne!(first.id(), beside.id());
        let id = first.id();
        drop(first);
        assert_eq!(Node::of(home.path()).unwrap().id(), id);
        std::fs::write(home.path().join(FILE), "torn").unwrap();
        let anew = Node::of(home.path()).unwrap().id();
        assert_ne!(anew, id);
        assert_eq!(Node::of(home.path()).unwrap().id(), anew);
    }
}
