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
    /// The code by which each refused package was refused.
    pub(super) not_installed: BTreeMap<String, String>,
    /// Warnings by code, each package once.
    pub(super) warnings: BTreeMap<String, usize>,
    /// Later steps by name and outcome.
    pub(super) steps: BTreeMap<String, usize>,
    /// Flows that compile.
    pub(super) compiled: usize,
    /// Runs, and those of them that came to a gate or their end.
    pub(super) runs: usize,
    pub(super) arrived: usize,
    /// Flows that do here what they do in the reference implementation, and those that were not compared.
    pub(super) equal: usize,
    pub(super) not_compared: usize,
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
        say(format!(
            "# flows: compiled={} runs={} at-a-gate-or-end={} equal-to-reference={} not-compared={}",
            self.compiled, self.runs, self.arrived, self.equal, self.not_compared
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
