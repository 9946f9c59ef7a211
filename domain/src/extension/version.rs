//! Versions and the constraints that edges put on them, with npm's meaning.

use std::cmp::Ordering;
use std::fmt;

use serde::{Deserialize, Serialize};

/// A text that is not a strict `SemVer` 2.0.0 version.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not an exact semantic version")]
pub struct InvalidVersion;

/// An exact version. Ordered by `SemVer` precedence, then by its text (build metadata).
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Version {
    text: String,
    parsed: nodejs_semver::Version,
}

impl Version {
    /// Longest version, in bytes. Source: npm.
    pub const BYTES_MAX: usize = 256;

    /// Reads an exact version; `v1.2.3`, `=1.2.3` and `1.2` are not exact.
    pub fn parse(text: impl Into<String>) -> Result<Self, InvalidVersion> {
        let text = text.into();
        if text.len() > Self::BYTES_MAX || !is_strict(&text) {
            return Err(InvalidVersion);
        }
        let parsed = nodejs_semver::Version::parse(&text).map_err(|_| InvalidVersion)?;
        Ok(Self { text, parsed })
    }

    /// As written.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// Whether it precedes the release of the same numbers.
    pub fn is_prerelease(&self) -> bool {
        self.parsed.is_prerelease()
    }
}

impl PartialEq for Version {
    fn eq(&self, other: &Self) -> bool {
        self.text == other.text
    }
}

impl Eq for Version {}

impl PartialOrd for Version {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Version {
    fn cmp(&self, other: &Self) -> Ordering {
        self.parsed
            .cmp(&other.parsed)
            .then_with(|| self.text.cmp(&other.text))
    }
}

impl fmt::Display for Version {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl TryFrom<String> for Version {
    type Error = InvalidVersion;
    fn try_from(text: String) -> Result<Self, InvalidVersion> {
        Self::parse(text)
    }
}

impl From<Version> for String {
    fn from(version: Version) -> Self {
        version.text
    }
}

/// A text that constrains nothing that we understand.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not a version, an npm range or a git reference")]
pub struct InvalidConstraint;

/// Which versions of another package an edge accepts.
#[derive(Clone, Debug)]
pub enum Constraint {
    /// Any version, present or not known.
    Any,
    /// npm range or exact version.
    Range(nodejs_semver::Range),
    /// A place outside any registry; checked by presence only.
    GitRef,
}

impl Constraint {
    /// Longest constraint, in bytes. Source: npm.
    pub const BYTES_MAX: usize = 256;

    /// Reads what a manifest writes. The empty text, `*`, `x` and `latest` mean any version, and the
    /// workspace protocol of an unpublished tree means the range behind it.
    pub fn parse(text: &str) -> Result<Self, InvalidConstraint> {
        let text = text.trim();
        if text.len() > Self::BYTES_MAX {
            return Err(InvalidConstraint);
        }
        if text.starts_with("git+") || text.starts_with("git:") || text.contains('#') {
            return Ok(Self::GitRef);
        }
        let range = text.strip_prefix("workspace:").unwrap_or(text);
        if matches!(range, "" | "*" | "x" | "X" | "latest")
            || (range.len() < text.len() && matches!(range, "^" | "~"))
        {
            return Ok(Self::Any);
        }
        nodejs_semver::Range::parse(range)
            .map(Self::Range)
            .map_err(|_| InvalidConstraint)
    }

    /// Whether a version satisfies it. A git reference is satisfied by presence.
    pub fn admits(&self, version: &Version) -> bool {
        match self {
            Self::Any | Self::GitRef => true,
            Self::Range(range) => range.satisfies(&version.parsed),
        }
    }
}

/// The greatest version that every constraint admits. Prereleases count only where a range names one
/// of the same numbers; when nothing is constrained and only prereleases exist, the greatest of them.
pub fn max_satisfying<'v>(
    versions: impl Iterator<Item = &'v Version> + Clone,
    constraints: &[Constraint],
) -> Option<&'v Version> {
    let named = constraints
        .iter()
        .any(|constraint| matches!(constraint, Constraint::Range(_)));
    let admitted = versions.filter(|version| constraints.iter().all(|c| c.admits(version)));
    let release = admitted
        .clone()
        .filter(|version| named || !version.is_prerelease())
        .max();
    release.or_else(|| admitted.max())
}

/// `SemVer` 2.0.0 without leniency: three numbers without leading zeros, then identifiers.
fn is_strict(text: &str) -> bool {
    let (rest, build) = match text.split_once('+') {
        Some((rest, build)) => (rest, Some(build)),
        None => (text, None),
    };
    let (core, pre) = match rest.split_once('-') {
        Some((core, pre)) => (core, Some(pre)),
        None => (rest, None),
    };
    let is_number = |part: &str| {
        !part.is_empty()
            && part.bytes().all(|byte| byte.is_ascii_digit())
            && (part == "0" || !part.starts_with('0'))
    };
    let is_identifier = |part: &str| {
        !part.is_empty()
            && part
                .bytes()
                .all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
    };
    let is_ordered = |part: &str| {
        is_identifier(part) && (!part.bytes().all(|b| b.is_ascii_digit()) || is_number(part))
    };
    core.split('.').count() == 3
        && core.split('.').all(is_number)
        && pre.is_none_or(|pre| pre.split('.').all(is_ordered))
        && build.is_none_or(|build| build.split('.').all(is_identifier))
}
