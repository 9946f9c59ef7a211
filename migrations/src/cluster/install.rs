//! Finds the PostgreSQL programs to run: the ones that were named, the system's, ours from an earlier start, or
//! new ones.

use std::{
    collections::BTreeSet,
    env, fs,
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

use super::{
    child::command,
    identity::Identity,
    obtain::{self, Fetcher},
};
use crate::error::ClusterError;

/// The oldest major that we run on.
const MAJOR_MIN: u32 = 15;

/// A folder of PostgreSQL programs that was tried and works.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Installation {
    pub(crate) bin: PathBuf,
    pub(crate) major: u32,
}

/// Where to look.
#[derive(Debug, Clone)]
pub(crate) struct Search {
    /// `CINATRA_PG_BIN`: if given, nothing else is tried.
    pub(crate) named: Option<PathBuf>,
    /// Whether the system's installations count.
    pub(crate) system: bool,
    /// Whether a missing installation may be fetched.
    pub(crate) obtain: bool,
    /// How, and where what was fetched is kept.
    pub(crate) fetcher: Fetcher,
    /// As whom the programs will run.
    pub(crate) identity: Option<Identity>,
}

impl Search {
    /// The first suitable installation; for a data folder of major `wanted` only that major is.
    pub(crate) fn find(
        &self,
        data: &Path,
        wanted: Option<u32>,
    ) -> Result<Installation, ClusterError> {
        let mut seen = Seen::default();
        if let Some(found) = self.look(wanted, &mut seen) {
            return Ok(found);
        }
        if self.obtain && self.named.is_none() {
            for client in self.fetcher.clients(wanted) {
                match self.fetcher.fetch(client, wanted) {
                    Ok(()) => match self.look(wanted, &mut seen) {
                        Some(found) => return Ok(found),
                        None => seen.refuse(format!("{client}: brought nothing usable")),
                    },
                    Err(failure) => seen.refuse(format!("{client}: {failure}")),
                }
            }
        }
        Err(seen.into_error(data, wanted))
    }

    fn look(&self, wanted: Option<u32>, seen: &mut Seen) -> Option<Installation> {
        self.candidates()
            .iter()
            .find_map(|candidate| self.probe(candidate, wanted, seen))
    }

    fn candidates(&self) -> Vec<PathBuf> {
        if let Some(named) = &self.named {
            return vec![named.clone()];
        }
        let mut candidates = if self.system {
            system_candidates()
        } else {
            Vec::new()
        };
        candidates.extend(self.fetcher.cached());
        let mut once = BTreeSet::new();
        candidates.retain(|path| once.insert(path.clone()) && path.join("postgres").exists());
        candidates
    }

    fn probe(&self, bin: &Path, wanted: Option<u32>, seen: &mut Seen) -> Option<Installation> {
        match version(bin, self.identity) {
            Ok(major) => {
                let suits = wanted.map_or(major >= MAJOR_MIN, |wanted| wanted == major);
                seen.majors.insert(major);
                if !suits {
                    seen.refused
                        .push(format!("{}: major {major}", bin.display()));
                }
                suits.then(|| Installation {
                    bin: bin.to_owned(),
                    major,
                })
            }
            Err(what) => {
                seen.refuse(format!("{}: {what}", bin.display()));
                None
            }
        }
    }
}

/// What the search came across.
#[derive(Debug, Default)]
struct Seen {
    majors: BTreeSet<u32>,
    refused: Vec<String>,
}

impl Seen {
    fn refuse(&mut self, line: String) {
        if !self.refused.contains(&line) {
            self.refused.push(line);
        }
    }

    fn into_error(self, data: &Path, wanted: Option<u32>) -> ClusterError {
        match (wanted, self.majors.last()) {
            (Some(major), Some(&newest)) if newest < major => ClusterError::NewerData {
                data: data.to_owned(),
                major,
                newest,
            },
            (Some(major), Some(_)) => ClusterError::OlderData {
                data: data.to_owned(),
                major,
                found: self
                    .majors
                    .iter()
                    .map(u32::to_string)
                    .collect::<Vec<_>>()
                    .join(", "),
            },
            (wanted, _) => ClusterError::NotInstalled {
                wanted: wanted.map_or(format!("{MAJOR_MIN} or newer"), |major| major.to_string()),
                tried: self
                    .refused
                    .into_iter()
                    .fold(String::new(), |text, line| text + "\n  tried " + &line),
                commands: obtain::commands(wanted),
            },
        }
    }
}

/// The system's own, the highest major first.
fn system_candidates() -> Vec<PathBuf> {
    let mut candidates = Vec::new();
    for (parent, prefix, below) in [
        ("/usr/lib/postgresql", "", "bin"),
        ("/usr", "pgsql-", "bin"),
        ("/opt/homebrew/opt", "postgresql@", "bin"),
        ("/usr/local/opt", "postgresql@", "bin"),
        ("/home/linuxbrew/.linuxbrew/opt", "postgresql@", "bin"),
        ("/Applications/Postgres.app/Contents/Versions", "", "bin"),
    ] {
        candidates.extend(numbered(Path::new(parent), prefix, below));
    }
    candidates.extend(pg_config_bin());
    let path = env::var_os("PATH").unwrap_or_default();
    candidates.extend(env::split_paths(&path).filter(|folder| folder.is_absolute()));
    candidates
}

/// `<parent>/<prefix><number>/<below>`, the highest number first.
fn numbered(parent: &Path, prefix: &str, below: &str) -> Vec<PathBuf> {
    let Ok(entries) = fs::read_dir(parent) else {
        return Vec::new();
    };
    let mut found: Vec<(u32, PathBuf)> = entries
        .flatten()
        .filter_map(|entry| {
            let name = entry.file_name();
            let major = name.to_str()?.strip_prefix(prefix)?.parse().ok()?;
            Some((major, entry.path().join(below)))
        })
        .collect();
    found.sort_by(|left, right| right.cmp(left));
    found.into_iter().map(|(_, path)| path).collect()
}

fn pg_config_bin() -> Option<PathBuf> {
    let output = Command::new("pg_config")
        .arg("--bindir")
        .stderr(Stdio::null())
        .output()
        .ok()?;
    let text = String::from_utf8(output.stdout).ok()?;
    (!text.trim().is_empty()).then(|| PathBuf::from(text.trim()))
}

/// Asks the server itself, as the user that will run it: being there is not being usable.
fn version(bin: &Path, identity: Option<Identity>) -> Result<u32, String> {
    if !bin.join("initdb").exists() {
        return Err("has no initdb".to_owned());
    }
    let output = command(&bin.join("postgres"), identity)
        .arg("--version")
        .output()
        .map_err(|error| format!("cannot be run ({error})"))?;
    let said = String::from_utf8_lossy(&output.stdout);
    let major = said.split_whitespace().find_map(|word| {
        let digits: String = word.chars().take_while(char::is_ascii_digit).collect();
        digits.parse().ok()
    });
    major.ok_or_else(|| {
        let complaint = String::from_utf8_lossy(&output.stderr);
        format!("does not tell its version ({})", complaint.trim())
    })
}
