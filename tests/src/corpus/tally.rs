//! What is counted, and the lines at the end.

use std::collections::BTreeMap;

use crate::console::say;

/// Everything the run has counted.
#[derive(Debug, Default)]
pub(super) struct Tally {
    /// Packages that could be installed.
    pub(super) installed: usize,
    /// Folders without a package in them.
    pub(super) unpackable: usize,
    /// Refused installs by code.
    pub(super) refused: BTreeMap<String, usize>,
    /// Warnings by code, each package once.
    pub(super) warnings: BTreeMap<String, usize>,
    /// Later steps by name and outcome.
    pub(super) steps: BTreeMap<String, usize>,
    /// What must not happen.
    pub(super) broken: Vec<String>,
}

impl Tally {
    /// Notes something that must not happen.
    pub(super) fn broken(&mut self, what: impl Into<String>) {
        let what = what.into();
        say(format!("BROKEN  {what}"));
        self.broken.push(what);
    }

    /// Whether everything held.
    pub(super) fn holds(&self) -> bool {
        self.broken.is_empty()
    }

    /// Prints the summary; its last line is the one that others read.
    pub(super) fn print(&self) {
        for what in &self.broken {
            say(format!("# broken: {what}"));
        }
        say(format!(
            "# unpackable={} steps{}",
            self.unpackable,
            braces(&self.steps)
        ));
        let (refused, warnings) = (braces(&self.refused), braces(&self.warnings));
        say(format!(
            "installed={} refused{refused} warnings{warnings}",
            self.installed
        ));
    }
}

fn braces(counts: &BTreeMap<String, usize>) -> String {
    let pairs: Vec<_> = counts
        .iter()
        .map(|(code, count)| format!("{code}={count}"))
        .collect();
    format!("{{{}}}", pairs.join(","))
}
