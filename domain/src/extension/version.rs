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
    /// npm range or exact version: alternatives, any of which may hold.
    Range(Vec<Alternative>),
    /// A place outside any registry; checked by presence only.
    GitRef,
}

/// Comparators that have to hold together.
///
/// The library merges comparators into one interval and gets contradictions wrong (`>2 <1` admits nearly
/// everything), so each comparator is asked again by itself.
#[derive(Clone, Debug)]
pub struct Alternative {
    /// All comparators; knows which prereleases are meant. `None` when nothing can satisfy them.
    joint: Option<nodejs_semver::Range>,
    /// Each comparator.
    parts: Vec<nodejs_semver::Range>,
}

impl Alternative {
    fn parse(text: &str) -> Result<Self, InvalidConstraint> {
        let range = |text: &str| nodejs_semver::Range::parse(text).map_err(|_| InvalidConstraint);
        if text.contains(" - ") {
            return Ok(Self {
                joint: Some(range(text)?),
                parts: Vec::new(),
            });
        }
        let mut parts = Vec::new();
        let mut operator = String::new();
        for word in text.split_whitespace() {
            operator.push_str(word);
            if !word.bytes().all(|byte| b"<>=^~".contains(&byte)) {
                let is_any = matches!(operator.as_str(), "^*" | "~*" | "^x" | "~x" | "^X" | "~X");
                parts.push(range(if is_any { "*" } else { &operator })?);
                operator.clear();
            }
        }
        if !operator.is_empty() {
            return Err(InvalidConstraint);
        }
        let joint = match parts.as_slice() {
            [] => Some(range("*")?),
            [only] => Some(only.clone()),
            [_, _, ..] => range(text).ok(),
        };
        Ok(Self { joint, parts })
    }

    fn admits(&self, version: &nodejs_semver::Version) -> bool {
        let holds = |part: &nodejs_semver::Range| part.satisfies_with_prerelease(version, true);
        self.joint.as_ref().is_some_and(|j| j.satisfies(version)) && self.parts.iter().all(holds)
    }
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
        let alternatives: Result<Vec<_>, _> = range.split("||").map(Alternative::parse).collect();
        Ok(Self::Range(alternatives?))
    }

    /// Whether a version satisfies it. A git reference is satisfied by presence.
    pub fn admits(&self, version: &Version) -> bool {
        match self {
            Self::Any | Self::GitRef => true,
            Self::Range(alternatives) => alternatives
                .iter()
                .any(|alternative| alternative.admits(&version.parsed)),
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

#[cfg(test)]
mod tests {
    use super::*;

    const VERSIONS: &[&str] = &[
        "0.0.0",
        "0.0.3",
        "0.0.4",
        "0.1.0",
        "0.1.2",
        "0.1.9",
        "0.2.0",
        "0.2.1",
        "1.0.0-alpha",
        "1.0.0-alpha.1",
        "1.0.0-beta.2",
        "1.0.0-beta.11",
        "1.0.0",
        "1.0.1",
        "1.2.0",
        "1.2.3-rc.1",
        "1.2.3",
        "1.2.3+build.5",
        "1.2.4",
        "1.3.0",
        "1.10.0",
        "2.0.0-0",
        "2.0.0-alpha",
        "2.0.0",
        "2.3.4",
        "2.4.0",
        "3.0.0",
        "3.1.4",
        "10.0.0",
    ];

    /// One line per range: the range in quotes, then the versions of `VERSIONS` that npm accepts.
    /// Source: `satisfies` of npm's own package semver.
    const NPM: &str = include_str!("npm_ranges.txt");

    #[test]
    fn ranges_mean_what_npm_says() {
        let mut wrong = Vec::new();
        for line in NPM.lines() {
            let end = line[1..].find('"').unwrap() + 1;
            let (range, expected) = (&line[1..end], line[end + 1..].trim());
            let ours = match Constraint::parse(range) {
                Err(_) => "invalid".to_owned(),
                Ok(constraint) => {
                    let admitted: Vec<&str> = VERSIONS
                        .iter()
                        .copied()
                        .filter(|v| constraint.admits(&Version::parse(*v).unwrap()))
                        .collect();
                    if admitted.is_empty() {
                        "none".to_owned()
                    } else {
                        admitted.join(" ")
                    }
                }
            };
            if ours != expected {
                wrong.push(format!("{range:?}: npm says {expected}, we say {ours}"));
            }
        }
        assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    }

    #[test]
    fn what_leads_outside_a_registry_is_a_git_reference() {
        for text in ["git+https://example.test/x.git", "acme/x#main", "git+main"] {
            assert!(
                matches!(Constraint::parse(text), Ok(Constraint::GitRef)),
                "{text}"
            );
        }
        for text in [
            "next",
            "file:../x",
            "npm:y@1",
            "https://example.test/x.tgz",
            "1.2.3.4",
        ] {
            assert!(Constraint::parse(text).is_err(), "{text}");
        }
    }

    #[test]
    fn the_workspace_protocol_means_the_range_behind_it() {
        let version = Version::parse("1.4.0").unwrap();
        for (text, admits) in [
            ("workspace:*", true),
            ("workspace:^", true),
            ("workspace:^1.2.0", true),
            ("workspace:^2.0.0", false),
        ] {
            assert_eq!(
                Constraint::parse(text).unwrap().admits(&version),
                admits,
                "{text}"
            );
        }
    }

    #[test]
    fn the_greatest_admitted_version_is_a_release_unless_a_range_names_a_prerelease() {
        let versions: Vec<Version> = ["0.9.0", "0.10.0", "1.0.0-rc.1"]
            .map(|text| Version::parse(text).unwrap())
            .to_vec();
        let max = |texts: &[&str]| {
            let constraints: Vec<_> = texts
                .iter()
                .map(|t| Constraint::parse(t).unwrap())
                .collect();
            max_satisfying(versions.iter(), &constraints).map(Version::as_str)
        };
        assert_eq!(max(&["*"]), Some("0.10.0"));
        assert_eq!(max(&["<0.10.0", "*"]), Some("0.9.0"));
        assert_eq!(max(&["^1.0.0-rc.0"]), Some("1.0.0-rc.1"));
        assert_eq!(max(&["^1.0.0"]), None);
        let constraints = [Constraint::Any];
        assert_eq!(
            max_satisfying(versions[2..].iter(), &constraints).map(Version::as_str),
            Some("1.0.0-rc.1")
        );
    }

    #[test]
    fn only_exact_versions_are_versions() {
        for text in ["1.2.3", "0.0.0-dev.abc", "1.2.3-rc.1+build.01", "1.0.0--x"] {
            assert_eq!(Version::parse(text).unwrap().to_string(), text);
        }
        for text in [
            "",
            "1",
            "1.2",
            "v1.2.3",
            "=1.2.3",
            " 1.2.3",
            "01.2.3",
            "1.2.3-",
            "1.2.3-01",
            "1.2.3+",
            "1.2.3-a..b",
            "1.2.3.4",
            "latest",
            "1.2.x",
            "99999999999999999999.0.0",
            "../1.2.3",
        ] {
            assert!(Version::parse(text).is_err(), "{text:?}");
        }
    }

    #[test]
    fn versions_are_ordered_by_precedence() {
        let ordered = [
            "1.0.0-alpha",
            "1.0.0-alpha.1",
            "1.0.0-beta.2",
            "1.0.0-beta.11",
            "1.0.0",
            "1.9.0",
            "1.10.0",
        ];
        let versions: Vec<_> = ordered.map(|text| Version::parse(text).unwrap()).to_vec();
        assert!(versions.is_sorted());
    }
}
