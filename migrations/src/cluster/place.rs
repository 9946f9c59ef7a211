//! The folders of one cluster, and who may enter them.
//!
//! ```text
//! <home>/pg/            ours; as root, PostgreSQL's user may pass through, and write nothing
//!   data/               what initdb makes; PostgreSQL's
//!   run/                the Unix socket; PostgreSQL's
//!   passwords           0600, in the format of a .pgpass file
//!   postgres.log        what the server says
//!   lock                held while a cluster is being started
//! ```
//! When root's home cannot be entered by the user that root becomes, `<home>/pg` is a link into `/var/lib/cinatra`.

use std::{
    fs::{self, DirBuilder, File, OpenOptions},
    io,
    os::unix::{
        ffi::OsStrExt,
        fs::{DirBuilderExt, MetadataExt, OpenOptionsExt, PermissionsExt, symlink},
    },
    path::{Path, PathBuf},
    time::{Duration, Instant},
};

use rustix::process::geteuid;
use sha2::{Digest, Sha256};

use super::identity::Identity;
use crate::error::ClusterError;

/// Where clusters live whose own folder is out of reach.
pub(crate) const SYSTEM_HOME: &str = "/var/lib/cinatra";

/// How long a start waits for another one in the same folder. Making a new cluster takes seconds, fetching an
/// installation over a slow line minutes.
const LOCK_WAIT: Duration = Duration::from_mins(10);

/// The folders of one cluster.
#[derive(Debug, Clone)]
pub(crate) struct Place {
    pub(crate) base: PathBuf,
    pub(crate) identity: Option<Identity>,
}

impl Place {
    /// Creates what is missing under `home`, or under `system_home` if that is the only way.
    pub(crate) fn prepare(home: &Path, system_home: &Path) -> Result<Self, ClusterError> {
        let home = std::path::absolute(home).map_err(refused(home))?;
        fs::create_dir_all(&home).map_err(refused(&home))?;
        let home = home.canonicalize().map_err(refused(&home))?;
        let wanted = home.join("pg");
        let identity = Identity::choose(&wanted.join("data"))?;
        let base = match fs::canonicalize(&wanted) {
            Ok(existing) => existing,
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                create(&home, &wanted, identity, system_home)?
            }
            Err(source) => {
                return Err(ClusterError::Folder {
                    path: wanted,
                    source,
                });
            }
        };
        let place = Self { base, identity };
        place.check_owner()?;
        place.make_folder(&place.run())?;
        Ok(place)
    }

    /// The cluster of `home`, if one was ever created there.
    pub(crate) fn existing(home: &Path) -> Result<Option<Self>, ClusterError> {
        let wanted = home.join("pg");
        match fs::canonicalize(&wanted) {
            Ok(base) => {
                let identity = Identity::choose(&wanted.join("data"))?;
                let place = Self { base, identity };
                place.check_owner()?;
                Ok(Some(place))
            }
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(source) => Err(ClusterError::Folder {
                path: wanted,
                source,
            }),
        }
    }

    pub(crate) fn data(&self) -> PathBuf {
        self.base.join("data")
    }

    pub(crate) fn run(&self) -> PathBuf {
        self.base.join("run")
    }

    pub(crate) fn log(&self) -> PathBuf {
        self.base.join("postgres.log")
    }

    pub(crate) fn passwords(&self) -> PathBuf {
        self.base.join("passwords")
    }

    /// Creates a private folder for the user that PostgreSQL runs as.
    pub(crate) fn make_folder(&self, path: &Path) -> Result<(), ClusterError> {
        make_folder(path, self.identity)
    }

    /// Waits until no other process starts a cluster here; held until dropped.
    pub(crate) async fn lock(&self) -> Result<File, ClusterError> {
        let path = self.base.join("lock");
        let file = OpenOptions::new()
            .create(true)
            .append(true)
            .mode(0o600)
            .open(&path)
            .map_err(refused(&path))?;
        let since = Instant::now();
        loop {
            match file.try_lock() {
                Ok(()) => return Ok(file),
                Err(fs::TryLockError::WouldBlock) if since.elapsed() < LOCK_WAIT => {
                    tokio::time::sleep(Duration::from_millis(25)).await;
                }
                Err(fs::TryLockError::WouldBlock) => {
                    return Err(ClusterError::Busy {
                        path: self.base.clone(),
                        waited: LOCK_WAIT,
                    });
                }
                Err(fs::TryLockError::Error(source)) => {
                    return Err(ClusterError::Folder { path, source });
                }
            }
        }
    }

    fn check_owner(&self) -> Result<(), ClusterError> {
        let found = fs::metadata(&self.base).map_err(refused(&self.base))?;
        if self.identity.is_none() && found.uid() != geteuid().as_raw() {
            return Err(ClusterError::Foreign {
                path: self.base.clone(),
                owner: found.uid(),
            });
        }
        match self.identity {
            Some(identity) if !identity.can_enter(&self.base) => Err(ClusterError::Folder {
                path: self.base.clone(),
                source: io::Error::new(
                    io::ErrorKind::PermissionDenied,
                    "the user that PostgreSQL runs as cannot enter it",
                ),
            }),
            Some(_) | None => Ok(()),
        }
    }
}

/// Opens or creates a file that only its owner may read.
pub(crate) fn private_file(path: &Path, options: &mut OpenOptions) -> Result<File, ClusterError> {
    options
        .create(true)
        .mode(0o600)
        .open(path)
        .map_err(refused(path))
}

/// Makes a rename in `folder` survive a power cut.
pub(crate) fn sync_folder(folder: &Path) -> Result<(), ClusterError> {
    File::open(folder)
        .and_then(|folder| folder.sync_all())
        .map_err(refused(folder))
}

pub(crate) fn refused(path: &Path) -> impl FnOnce(io::Error) -> ClusterError {
    let path = path.to_owned();
    move |source| ClusterError::Folder { path, source }
}

fn create(
    home: &Path,
    wanted: &Path,
    identity: Option<Identity>,
    system_home: &Path,
) -> Result<PathBuf, ClusterError> {
    // A link without a target: somebody removed the cluster and kept the home.
    if wanted.is_symlink() {
        fs::remove_file(wanted).map_err(refused(wanted))?;
    }
    if identity.is_none_or(|identity| identity.can_enter(home)) {
        make_base(wanted, identity)?;
        return Ok(wanted.to_owned());
    }
    let base = create_out_of_home(home, identity, system_home)?;
    // A second start may have been quicker; then its link is the one that counts.
    match symlink(&base, wanted) {
        Ok(()) => Ok(base),
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {
            fs::canonicalize(wanted).map_err(refused(wanted))
        }
        Err(source) => Err(ClusterError::Folder {
            path: wanted.to_owned(),
            source,
        }),
    }
}

/// `<system home>/<hash of the folder's path>`. A folder that is already there belongs to an earlier home of the
/// same path, which somebody removed or moved: it is neither reused nor destroyed, a number is added.
fn create_out_of_home(
    home: &Path,
    identity: Option<Identity>,
    system_home: &Path,
) -> Result<PathBuf, ClusterError> {
    if !system_home.exists() {
        fs::create_dir_all(system_home).map_err(refused(system_home))?;
        // Whatever our umask: the clusters inside are closed, the way to them is not.
        let passable = fs::Permissions::from_mode(0o711);
        fs::set_permissions(system_home, passable).map_err(refused(system_home))?;
    }
    let hash = Sha256::digest(home.as_os_str().as_bytes());
    let name = hash
        .iter()
        .take(8)
        .fold(String::new(), |name, byte| format!("{name}{byte:02x}"));
    let mut candidate = system_home.join(&name);
    let mut number = 2;
    while candidate.exists() {
        candidate = system_home.join(format!("{name}-{number}"));
        number += 1;
    }
    make_base(&candidate, identity)?;
    candidate.canonicalize().map_err(refused(&candidate))
}

/// As root we write in this folder, so it must not be the server's: its user could put links under our names.
fn make_base(path: &Path, identity: Option<Identity>) -> Result<(), ClusterError> {
    let mode = if identity.is_some() { 0o711 } else { 0o700 };
    make_folder(path, None)?;
    fs::set_permissions(path, fs::Permissions::from_mode(mode)).map_err(refused(path))
}

fn make_folder(path: &Path, identity: Option<Identity>) -> Result<(), ClusterError> {
    match DirBuilder::new().mode(0o700).create(path) {
        Ok(()) => {}
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => return Ok(()),
        Err(source) => {
            return Err(ClusterError::Folder {
                path: path.to_owned(),
                source,
            });
        }
    }
    match identity {
        Some(identity) => identity.own(path).map_err(refused(path)),
        None => Ok(()),
    }
}
