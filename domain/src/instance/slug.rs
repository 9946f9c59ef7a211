//! A short name in addresses.

/// A text that is no slug.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{reason}")]
pub struct InvalidSlug {
    /// What is wrong with it.
    pub reason: &'static str,
}

/// Lower-case letters, digits and `-`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Slug(String);

impl Slug {
    /// Longest slug, in bytes.
    pub const BYTES_MAX: usize = 60;
    /// The grammar as a regular expression, for schemas.
    pub const PATTERN: &'static str = "^[a-z0-9][a-z0-9-]{0,59}$";

    /// Reads a slug.
    pub fn parse(text: impl Into<String>) -> Result<Self, InvalidSlug> {
        let text = text.into();
        let is_plain = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit();
        let mut bytes = text.bytes();
        let is_one = bytes.next().is_some_and(is_plain)
            && bytes.all(|byte| is_plain(byte) || byte == b'-')
            && text.len() <= Self::BYTES_MAX;
        let reason = "starts with a-z or 0-9, contains only a-z, 0-9 and '-', at most 60 of them";
        is_one.then_some(Self(text)).ok_or(InvalidSlug { reason })
    }

    /// The whole text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl From<Slug> for String {
    fn from(slug: Slug) -> Self {
        slug.0
    }
}
