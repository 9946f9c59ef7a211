//! The running server of a data folder, as its `postmaster.pid` tells it.

use std::{
    fs,
    path::{Path, PathBuf},
};

use rustix::{
    io::Errno,
    process::{Pid, test_kill_process},
};

use super::address::Address;

/// What a live server wrote about itself.
///
/// Source: PostgreSQL, `src/include/utils/pidfile.h` (line 1 pid, 2 folder, 4 port, 5 socket folder).
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Postmaster {
    pub(crate) pid: Pid,
    pub(crate) address: Option<Address>,
}

impl Postmaster {
    /// The server that runs in `data` now. `None` if there is none, whatever a file left behind says.
    pub(crate) fn find(data: &Path) -> Option<Self> {
        let text = fs::read_to_string(data.join("postmaster.pid")).ok()?;
        let found = Self::parse(&text)?;
        runs_in(found.pid, data).then_some(found)
    }

    fn parse(text: &str) -> Option<Self> {
        let lines: Vec<&str> = text.lines().map(str::trim).collect();
        // A server in single-user mode writes its number with a minus sign.
        let pid = lines
            .first()?
            .parse::<i32>()
            .ok()
            .map(i32::abs)
            .and_then(Pid::from_raw)?;
        let port = lines.get(3).and_then(|line| line.parse().ok());
        let socket = lines
            .get(4)
            .filter(|line| !line.is_empty())
            .map(PathBuf::from);
        let address = port.map(|port| match socket {
            Some(folder) => Address::Socket { folder, port },
            None => Address::Loopback { port },
        });
        Some(Self { pid, address })
    }

    /// The process number, as the outside prints it.
    pub(crate) fn number(&self) -> u32 {
        u32::try_from(self.pid.as_raw_nonzero().get()).unwrap_or_default()
    }
}

/// Removes a `postmaster.pid` whose number meanwhile belongs to somebody else's process: the server would take
/// that process for its predecessor and refuse to start. A file of a dead process it removes by itself.
pub(crate) fn remove_stale_pid_file(data: &Path) {
    let path = data.join("postmaster.pid");
    let Some(stale) = fs::read_to_string(&path)
        .ok()
        .and_then(|text| Postmaster::parse(&text))
    else {
        return;
    };
    if lives(stale.pid) && !runs_in(stale.pid, data) {
        tracing::warn!(pid = stale.number(), "removing a stale postmaster.pid");
        // Still attached server processes are found by their shared memory, which the server checks too.
        if let Err(error) = fs::remove_file(&path) {
            tracing::warn!(%error, "cannot remove the stale postmaster.pid");
        }
    }
}

/// Whether process `pid` runs. One that ended and whose parent has not collected it yet does not.
pub(crate) fn lives(pid: Pid) -> bool {
    match test_kill_process(pid) {
        Ok(()) | Err(Errno::PERM) => !has_ended(pid),
        Err(_) => false,
    }
}

fn has_ended(pid: Pid) -> bool {
    let stat = fs::read_to_string(folder_of(pid).join("stat")).unwrap_or_default();
    stat.rsplit_once(')')
        .is_some_and(|(_, rest)| rest.trim_start().starts_with('Z'))
}

/// Whether process `pid` is a server of `data`: numbers are reused, so being alive is not enough. A server works
/// in its data folder; where that cannot be seen, its name must do, and where there is not even that, a live
/// process counts as the server.
fn runs_in(pid: Pid, data: &Path) -> bool {
    if !lives(pid) {
        return false;
    }
    let process = folder_of(pid);
    match (fs::read_link(process.join("cwd")), data.canonicalize()) {
        (Ok(works_in), Ok(data)) => works_in == data,
        (Err(_), _) => fs::read_to_string(process.join("comm")).map_or(true, |name| {
            matches!(name.trim(), "postgres" | "postmaster")
        }),
        (Ok(_), Err(_)) => true,
    }
}

fn folder_of(pid: Pid) -> PathBuf {
    PathBuf::from(format!("/proc/{}", pid.as_raw_nonzero()))
}
