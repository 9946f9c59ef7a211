//! What a run holds on to from its first moment.

use super::Digest;
use crate::extension::{PackageName, Version};
use crate::kernel::SnapshotId;
use serde::{Deserialize, Serialize};

/// The exact agent that a run executes, whatever is installed later. Source: spec/runs.md 1.4, R23.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Pin {
    /// Which agent.
    pub package_name: PackageName,
    /// Its version.
    pub version: Version,
    /// The snapshot of the template.
    pub snapshot_id: SnapshotId,
    /// sha256 of its flow as packed.
    pub oas_sha256: Digest,
    /// Of what the flow compiled to when the run was made.
    pub plan_digest: Digest,
}

/// A number of seconds that no run may take.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a timeout is 1 to 86400 seconds")]
pub struct InvalidTimeout;

/// For how long a run may execute: a day at most. Waiting for people does not count.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "u32", into = "u32")]
pub struct TimeoutSeconds(u32);

impl TimeoutSeconds {
    /// Longest.
    pub const MAX: u32 = 86_400;

    /// Reads one.
    pub fn parse(seconds: u32) -> Result<Self, InvalidTimeout> {
        let legal = (1..=Self::MAX).contains(&seconds);
        legal.then_some(Self(seconds)).ok_or(InvalidTimeout)
    }

    /// The same in microseconds.
    pub fn micros(self) -> i64 {
        i64::from(self.0) * 1_000_000
    }
}

impl TryFrom<u32> for TimeoutSeconds {
    type Error = InvalidTimeout;
    fn try_from(seconds: u32) -> Result<Self, InvalidTimeout> {
        Self::parse(seconds)
    }
}

impl From<TimeoutSeconds> for u32 {
    fn from(timeout: TimeoutSeconds) -> Self {
        timeout.0
    }
}

#[cfg(test)]
mod tests {
    use super::TimeoutSeconds;

    #[test]
    fn a_run_may_execute_for_a_day_at_most() {
        assert_eq!(TimeoutSeconds::parse(1).unwrap().micros(), 1_000_000);
        assert!(TimeoutSeconds::parse(86_400).is_ok());
        for seconds in [0, 86_401] {
            assert!(TimeoutSeconds::parse(seconds).is_err(), "{seconds}");
        }
    }
}
