//! The instance's name among instances. The only place where one enters.

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
    /// The whole text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}
