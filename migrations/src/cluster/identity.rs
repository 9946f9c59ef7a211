//! As whom PostgreSQL runs: as we do, except that it refuses root.

use std::{
    fs, io,
    os::unix::fs::{MetadataExt, chown},
    path::Path,
    process::Stdio,
};

use rustix::process::{geteuid, getuid};

use super::child::command;
use crate::error::ClusterError;

/// The user that a root process becomes for everything it starts here.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Identity {
    pub(crate) uid: u32,
    pub(crate) gid: u32,
}

impl Identity {
    /// `None` for an ordinary user. Root becomes the owner of an existing data folder, else `postgres`, else `nobody`;
    /// a number without an entry in the user database would not do, `initdb` asks for its name.
    pub(crate) fn choose(data: &Path) -> Result<Option<Self>, ClusterError> {
        if !(getuid().is_root() || geteuid().is_root()) {
            return Ok(None);
        }
        match fs::metadata(data) {
            Ok(found) if found.uid() != 0 => {
                return Ok(Some(Self {
                    uid: found.uid(),
                    gid: found.gid(),
                }));
            }
            Ok(_) | Err(_) => {}
        }
        let users = fs::read_to_string("/etc/passwd").unwrap_or_default();
        ["postgres", "nobody"]
            .iter()
            .find_map(|name| Self::parse(&users, name))
            .map(Some)
            .ok_or(ClusterError::NobodyToBecome)
    }

    fn parse(users: &str, name: &str) -> Option<Self> {
        users.lines().find_map(|line| {
            let mut fields = line.split(':');
            let is_named = fields.next() == Some(name);
            let (uid, gid) = (fields.nth(1)?.parse().ok()?, fields.next()?.parse().ok()?);
            (is_named && uid != 0).then_some(Self { uid, gid })
        })
    }

    /// Makes this user the owner of `path`.
    pub(crate) fn own(self, path: &Path) -> io::Result<()> {
        chown(path, Some(self.uid), Some(self.gid))
    }

    /// Whether this user can enter `folder`: asked of the system, which knows about lists and mounts too.
    pub(crate) fn can_enter(self, folder: &Path) -> bool {
        command(Path::new("/bin/sh"), Some(self))
            .args(["-c", ":"])
            .current_dir(folder)
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .status()
            .is_ok_and(|status| status.success())
    }
}

#[cfg(test)]
mod tests {
    use super::Identity;

    #[test]
    fn a_user_is_found_by_name_and_never_root() {
        let users = "root:x:0:0::/root:/bin/sh\npostgres:x:101:104:,,,:/var/lib:/bin/bash\nnobody:x:0:1::/:/x\n";
        assert_eq!(
            Identity::parse(users, "postgres"),
            Some(Identity { uid: 101, gid: 104 })
        );
        assert_eq!(Identity::parse(users, "nobody"), None);
        assert_eq!(Identity::parse(users, "nobody2"), None);
    }
}
