//! Package names: one type for every place where a name enters.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::Kind;

/// A text that is not a scoped package name.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{reason}")]
pub struct InvalidName {
    /// What is wrong with it, without repeating it.
    pub reason: &'static str,
}

/// A scoped npm name, `@scope/slug`, lower case.
///
/// Looser than the naming grammar for new packages, which [`super::conformance`] checks: what a
/// registry already serves must stay installable (settled.md 22). Both halves start with a letter or
/// a digit, so that no name is a path that leads elsewhere.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct PackageName(String);

impl PackageName {
    /// Longest name, in bytes. Source: npm.
    pub const BYTES_MAX: usize = 214;
    /// The grammar as a regular expression, for schemas.
    pub const PATTERN: &'static str = "^@[a-z0-9][a-z0-9._-]*/[a-z0-9][a-z0-9._-]*$";

    /// Reads a name.
    pub fn parse(text: impl Into<String>) -> Result<Self, InvalidName> {
        let text = text.into();
        let invalid = |reason| Err(InvalidName { reason });
        if text.len() > Self::BYTES_MAX {
            return invalid("longer than 214 bytes");
        }
        let Some((scope, slug)) = text.strip_prefix('@').and_then(|rest| rest.split_once('/'))
        else {
            return invalid("not of the form @scope/name");
        };
        if !is_segment(scope) || !is_segment(slug) {
            return invalid(
                "scope and name start with a-z or 0-9 and contain only a-z, 0-9, '.', '_' and '-'",
            );
        }
        Ok(Self(text))
    }

    /// The whole name.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The scope with its `@`.
    pub fn scope(&self) -> &str {
        self.0.split_once('/').map_or("", |(scope, _)| scope)
    }

    /// What follows the slash.
    pub fn slug(&self) -> &str {
        self.0.split_once('/').map_or("", |(_, slug)| slug)
    }

    /// The kind that the name's suffix promises. A hint only: the manifest decides.
    pub fn kind_hint(&self) -> Option<Kind> {
        Kind::ALL
            .into_iter()
            .find(|kind| self.slug().ends_with(kind.name_suffix()))
    }
}

impl Kind {
    /// Every kind, alphabetically.
    pub const ALL: [Self; 5] = [
        Self::Agent,
        Self::Artifact,
        Self::Connector,
        Self::Skill,
        Self::Workflow,
    ];

    /// As manifests write it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Agent => "agent",
            Self::Artifact => "artifact",
            Self::Connector => "connector",
            Self::Skill => "skill",
            Self::Workflow => "workflow",
        }
    }

    /// Reads what a manifest states; the singular only.
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.as_str() == text)
    }

    /// What a conforming name ends with. Source: seed 004, naming table.
    pub fn name_suffix(self) -> &'static str {
        match self {
            Self::Agent => "-agent",
            Self::Artifact => "-artifact",
            Self::Connector => "-connector",
            Self::Skill => "-skills",
            Self::Workflow => "-workflow",
        }
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl fmt::Display for PackageName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl TryFrom<String> for PackageName {
    type Error = InvalidName;
    fn try_from(text: String) -> Result<Self, InvalidName> {
        Self::parse(text)
    }
}

impl From<PackageName> for String {
    fn from(name: PackageName) -> Self {
        name.0
    }
}

fn is_segment(text: &str) -> bool {
    let plain = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit();
    let mut bytes = text.bytes();
    bytes.next().is_some_and(plain) && bytes.all(|byte| plain(byte) || b"._-".contains(&byte))
}

/// Lower-case words joined by single hyphens: `[a-z0-9]+(-[a-z0-9]+)*`.
pub(super) fn is_kebab(text: &str) -> bool {
    text.split('-').all(|word| {
        !word.is_empty()
            && word
                .bytes()
                .all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_scoped_lower_case_name_is_read() {
        let name = PackageName::parse("@acme/mail-agent").unwrap();
        assert_eq!((name.scope(), name.slug()), ("@acme", "mail-agent"));
        assert_eq!(name.kind_hint(), Some(Kind::Agent));
        assert!(PackageName::parse("@4tel/x").is_ok());
    }

    #[test]
    fn everything_else_is_refused() {
        for text in [
            "",
            "mail-agent",
            "@acme",
            "@/x",
            "@acme/",
            "@Acme/x",
            "@acme/X",
            "@acme/../x",
            "@acme/.x",
            "@acme/x/y",
            "@acme/x\0",
            "@acme/x y",
            "Acme/Foo",
        ] {
            assert!(PackageName::parse(text).is_err(), "{text:?}");
        }
        assert!(PackageName::parse(format!("@a/{}", "x".repeat(214))).is_err());
    }

    #[test]
    fn kebab_case_has_no_empty_word() {
        assert!(is_kebab("a-b2-c"));
        for text in ["", "-a", "a-", "a--b", "a_b", "A"] {
            assert!(!is_kebab(text), "{text:?}");
        }
    }
}
