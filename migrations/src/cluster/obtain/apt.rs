//! Debian's package, which only root can install.

use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
};

use super::{Failure, run};

/// Installs the distribution's major, or `wanted`.
pub(super) fn install(apt: &Path, wanted: Option<u32>) -> Result<(), Failure> {
    if !Path::new("/etc/debian_version").exists() {
        return Err(Failure("this is no Debian".to_owned()));
    }
    let package = wanted.map_or("postgresql".to_owned(), |major| {
        format!("postgresql-{major}")
    });
    tracing::info!(%package, "installing PostgreSQL with apt-get");
    let _no_cluster = NoMainCluster::new();
    let install = || {
        run(apt_get(apt)
            .args(["install", "--yes", "--no-install-recommends"])
            .arg(&package))
    };
    // A fresh container has no package lists. A named major that is not in them is not worth a download.
    match install() {
        Err(_) if wanted.is_none() => run(apt_get(apt).arg("update")).and_then(|()| install()),
        done => done,
    }
}

fn apt_get(apt: &Path) -> Command {
    let mut command = Command::new(apt);
    command
        .env("DEBIAN_FRONTEND", "noninteractive")
        .env("LC_ALL", "C");
    command.args([
        "-o",
        "Acquire::Retries=1",
        "-o",
        "DPkg::Lock::Timeout=60",
        "-qq",
    ]);
    command
}

/// Keeps Debian from starting a cluster of its own on port 5432, which we would not use. Only for this
/// installation: what an administrator installs later behaves as ever.
struct NoMainCluster(Option<PathBuf>);

impl NoMainCluster {
    fn new() -> Self {
        let folder = Path::new("/etc/postgresql-common/createcluster.d");
        let file = folder.join("cinatra.conf");
        let written = fs::create_dir_all(folder)
            .and_then(|()| fs::write(&file, "create_main_cluster = false\n"));
        if let Err(error) = &written {
            tracing::warn!(%error, "Debian may start a cluster of its own");
        }
        Self(written.is_ok().then_some(file))
    }
}

impl Drop for NoMainCluster {
    fn drop(&mut self) {
        if let Some(file) = &self.0
            && let Err(error) = fs::remove_file(file)
        {
            tracing::warn!(%error, file = %file.display(), "cannot remove a temporary setting");
        }
    }
}
