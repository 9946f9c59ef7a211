//! The folders of one cluster, and who may enter them.
//!
//! ```text
//! <home>/pg/            0700, owned by the user that PostgreSQL runs as
//!   data/               what initdb makes
//!   run/                the Unix socket
//!   passwords           0600, in the format of a .pgpass file
//!   postgres.log        what the server says
//!   lock                held while a cluster is being started
//! ```
//! When root's home cannot be entered by the user that root becomes, `<home>/pg` is a link into `/var/lib/cinatra`.

use std::{
    fs::{self, DirBuilder, File, OpenOptions},
    hash::{DefaultHasher, Hash, Hasher},
    io,
    os::unix::fs::{DirBuilderExt, MetadataExt, OpenOptionsExt, symlink},
    path::{Path, PathBuf},
    time::{Duration, Instant},
};

use rustix::process::geteuid;

use super::identity::Identity;
use crate::error::ClusterError;

/// Where clusters live whose own folder is out of reach.
const SYSTEM_HOME: &str = "/var/lib/cinatra";

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
    /// Creates what is missing under `home`.
    pub(crate) fn prepare(home: &Path) -> Result<Self, ClusterError> {
        let home = std::path::absolute(home).map_err(refused(home))?;
        fs::create_dir_all(&home).map_err(refused(&home))?;
        let home = home.canonicalize().map_err(refused(&home))?;
        let wanted = home.join("pg");
        let identity = Identity::choose(&wanted)?;
        let base = match fs::canonicalize(&wanted) {
            Ok(existing) => existing,
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                create(&home, &wanted, identity)?
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

pub(crate) fn refused(path: &Path) -> impl FnOnce(io::Error) -> ClusterError {
    let path = path.to_owned();
    move |source| ClusterError::Folder { path, source }
}

fn create(home: &Path, wanted: &Path, identity: Option<Identity>) -> Result<PathBuf, ClusterError> {
    if identity.is_none_or(|identity| identity.can_enter(home)) {
        make_folder(wanted, identity)?;
        return Ok(wanted.to_owned());
    }
    // A second start may have been quicker; then its link is the one that counts.
    let base = create_under_system_home(home, identity)?;
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

/// `/var/lib/cinatra/<hash of the folder's path>`. A folder that is already there belongs to an earlier home of the
/// same path, which somebody removed or moved: it is neither reused nor destroyed, a number is added.
fn create_under_system_home(
    home: &Path,
    identity: Option<Identity>,
) -> Result<PathBuf, ClusterError> {
    let system = Path::new(SYSTEM_HOME);
    fs::create_dir_all(system).map_err(refused(system))?;
    let mut hasher = DefaultHasher::new();
    home.hash(&mut hasher);
    let name = format!("{:016x}", hasher.finish());
    let mut candidate = system.join(&name);
    let mut number = 2;
    while candidate.exists() {
        candidate = system.join(format!("{name}-{number}"));
        number += 1;
    }
    make_folder(&candidate, identity)?;
    Ok(candidate)
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
