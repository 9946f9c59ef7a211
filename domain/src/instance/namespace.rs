//! The instance's name among instances. The only place where one enters.

use std::fmt;

/// A text that is no namespace.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{code}")]
pub struct InvalidNamespace {
    /// `required`, `format` or `reserved`.
    pub code: &'static str,
}

/// The npm scope that the instance publishes under, without `@`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Namespace(String);

impl Namespace {
    /// Longest namespace, in bytes.
    pub const BYTES_MAX: usize = 39;
    /// The grammar as a regular expression, for schemas.
    pub const PATTERN: &'static str = "^[a-z0-9][a-z0-9-]{1,38}$";
    /// No name contains it but an approved one.
    pub const RESERVED: &'static str = "cinatra";

    /// Reads what somebody typed; space around it and upper case do not matter. The first complaint is
    /// told, in the order of [`InvalidNamespace::code`]. Source: spec/extensions.md 4.5.
    pub fn parse(text: &str) -> Result<Self, InvalidNamespace> {
        Self::parse_approved(text, &[])
    }

    /// As [`Self::parse`], where the names listed may be had though they are reserved.
    pub fn parse_approved(text: &str, approved: &[String]) -> Result<Self, InvalidNamespace> {
        let name = text.trim().to_ascii_lowercase();
        let code = if name.is_empty() {
            "required"
        } else if !is_well_formed(&name) {
            "format"
        } else if name.contains(Self::RESERVED) && !approved.contains(&name) {
            "reserved"
        } else {
            return Ok(Self(name));
        };
        Err(InvalidNamespace { code })
    }

    /// The whole text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

fn is_well_formed(name: &str) -> bool {
    let is_plain = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit();
    let mut bytes = name.bytes();
    (2..=Namespace::BYTES_MAX).contains(&name.len())
        && bytes.next().is_some_and(is_plain)
        && bytes.all(|byte| is_plain(byte) || byte == b'-')
}

impl fmt::Display for Namespace {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl From<Namespace> for String {
    fn from(namespace: Namespace) -> Self {
        namespace.0
    }
}
