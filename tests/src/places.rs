//! Where things are.

use std::path::{Path, PathBuf};

use crate::{Outcome, fault, process};

/// The root of the project.
pub fn project() -> PathBuf {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    here.parent().unwrap_or(here).to_path_buf()
}

/// A folder that goes away with its value. Others may enter it, because the database runs as
/// somebody else when we are root.
#[derive(Debug)]
pub struct Scratch(tempfile::TempDir);

impl Scratch {
    /// Creates one; `purpose` is part of its name.
    pub fn new(purpose: &str) -> Outcome<Self> {
        let dir = tempfile::Builder::new()
            .prefix(&format!("cinatra-{purpose}-{}-", std::process::id()))
            .tempdir()?;
        open_to_all(dir.path())?;
        Ok(Self(dir))
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        self.0.path()
    }

    /// Leaves the folder behind, for a look at what went wrong.
    pub fn keep(mut self) -> PathBuf {
        self.0.disable_cleanup(true);
        self.0.path().to_path_buf()
    }
}

#[cfg(unix)]
fn open_to_all(path: &Path) -> Outcome<()> {
    use std::os::unix::fs::PermissionsExt as _;
    Ok(std::fs::set_permissions(
        path,
        std::fs::Permissions::from_mode(0o755),
    )?)
}

#[cfg(not(unix))]
fn open_to_all(_: &Path) -> Outcome<()> {
    Ok(())
}

/// Removes the folders that earlier runs could not: a static is never dropped.
pub fn sweep(purpose: &str) {
    let prefix = format!("cinatra-{purpose}-");
    for entry in std::fs::read_dir(std::env::temp_dir())
        .into_iter()
        .flatten()
        .flatten()
    {
        let name = entry.file_name().to_string_lossy().into_owned();
        let pid = name
            .strip_prefix(&prefix)
            .and_then(|rest| rest.split('-').next()?.parse::<u32>().ok());
        if pid.is_some_and(|pid| !process::is_alive(pid)) {
            let _ = std::fs::remove_dir_all(entry.path());
        }
    }
}

/// A loopback port that was free a moment ago.
pub fn free_port() -> Outcome<u16> {
    Ok(std::net::TcpListener::bind(("127.0.0.1", 0))?
        .local_addr()?
        .port())
}

/// What `scripts/tools NAME` prints: the place of an outside program, which it obtains when missing.
pub fn tool(name: &str) -> Outcome<PathBuf> {
    let out = std::process::Command::new(project().join("scripts/tools"))
        .arg(name)
        .output()?;
    if !out.status.success() {
        return Err(fault(String::from_utf8_lossy(&out.stderr).into_owned()));
    }
    Ok(PathBuf::from(String::from_utf8(out.stdout)?.trim()))
}
