//! What was accepted though it does not conform.

use serde::{Deserialize, Serialize};

/// Something an admin should know about a package that was accepted nevertheless (settled.md 22).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Warning {
    /// Stable, `UPPER_SNAKE`.
    pub code: String,
    /// One sentence for people.
    pub message: String,
    /// The package it is about.
    pub package_name: String,
    /// Other packages that are involved.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub packages: Vec<String>,
}

impl Warning {
    /// Longest sentence, in characters; what a manifest contributes is cut to fit.
    pub const MESSAGE_CHARS_MAX: usize = 300;

    /// Names what was found in a package.
    pub fn new(code: &str, package_name: &str, message: impl Into<String>) -> Self {
        Self {
            code: code.to_owned(),
            message: cut(&message.into(), Self::MESSAGE_CHARS_MAX),
            package_name: package_name.to_owned(),
            packages: Vec::new(),
        }
    }

    /// Adds the other packages that are involved.
    #[must_use]
    pub fn about(mut self, packages: impl IntoIterator<Item = String>) -> Self {
        self.packages = packages.into_iter().collect();
        self
    }
}

/// The beginning of a text that others wrote, without control characters.
pub(crate) fn cut(text: &str, chars_max: usize) -> String {
    let mut kept: String = text
        .chars()
        .filter(|c| !c.is_control())
        .take(chars_max + 1)
        .collect();
    if let Some((end, _)) = kept.char_indices().nth(chars_max) {
        kept.truncate(end);
        kept.pop();
        kept.push('…');
    }
    kept
}
