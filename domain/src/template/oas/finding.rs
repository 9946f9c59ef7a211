//! What is wrong with a document, or could be better.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::read::OAS_BYTES_MAX;
use crate::extension::cut;

/// Most blockers that are told of one document, and most of all the others.
pub const FINDINGS_MAX: usize = 1_000;

/// How much a finding weighs.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    /// Nothing is published with it. One of structure also keeps the flow from running.
    Blocker,
    /// It runs, and somebody should know.
    Warning,
    /// It could be better.
    Suggestion,
}

/// One thing that was found. Source: spec/runs.md 4.4.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Finding {
    /// Stable.
    pub code: String,
    /// How much it weighs.
    pub severity: Severity,
    /// One sentence for people.
    pub message: String,
    /// Where in the document, as a JSON Pointer. Source: RFC 6901.
    pub path: String,
    /// The node it is about, if it is about one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub node_id: Option<String>,
}

impl Finding {
    /// Of a flow that is so large that it was not read.
    pub fn too_large() -> Self {
        Self {
            code: "OAS_TOO_LARGE".to_owned(),
            severity: Severity::Blocker,
            message: format!("has more than {OAS_BYTES_MAX} bytes"),
            path: String::new(),
            node_id: None,
        }
    }
}

/// Where in a document something stands.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Place {
    path: String,
    node_id: Option<String>,
}

impl Place {
    pub(super) fn path(&self) -> &str {
        &self.path
    }

    /// The value under a key.
    pub(super) fn key(&self, key: &str) -> Self {
        let key = key.replace('~', "~0").replace('/', "~1");
        self.below(&key)
    }

    /// An entry of a list.
    pub(super) fn index(&self, index: usize) -> Self {
        self.below(&index.to_string())
    }

    /// The same place, said to be about a node.
    pub(super) fn of_node(mut self, id: &str) -> Self {
        self.node_id = Some(id.to_owned());
        self
    }

    fn below(&self, token: &str) -> Self {
        Self {
            path: format!("{}/{token}", self.path),
            node_id: self.node_id.clone(),
        }
    }
}

/// Findings as they are made: all of them count, the first [`FINDINGS_MAX`] of a kind are kept, so that no crowd
/// of remarks hides a blocker.
#[derive(Debug, Default)]
pub(super) struct Findings {
    kept: Vec<Finding>,
    blockers: usize,
    others: usize,
}

/// Longest sentence, in characters; what a document contributes is cut to fit.
const MESSAGE_CHARS_MAX: usize = 300;

/// Longest place and longest name of a node, in characters.
const PLACE_CHARS_MAX: usize = 1_000;

impl Findings {
    pub(super) fn blocker(&mut self, code: &str, place: &Place, message: impl Into<String>) {
        self.add(code, Severity::Blocker, place, &message.into());
    }

    pub(super) fn warning(&mut self, code: &str, place: &Place, message: impl Into<String>) {
        self.add(code, Severity::Warning, place, &message.into());
    }

    pub(super) fn suggestion(&mut self, code: &str, place: &Place, message: impl Into<String>) {
        self.add(code, Severity::Suggestion, place, &message.into());
    }

    /// How many of them are blockers.
    pub(super) const fn blockers(&self) -> usize {
        self.blockers
    }

    /// Whether any of them is a blocker.
    pub(super) fn is_blocked(&self) -> bool {
        self.blockers > 0
    }

    /// All of them, and the others after them.
    pub(super) fn followed_by(mut self, others: Self) -> Vec<Finding> {
        let made = self.blockers + self.others + others.blockers + others.others;
        for finding in others.kept {
            let severity = finding.severity;
            if self.has_room(severity) {
                self.kept.push(finding);
            }
        }
        let left_out = made - self.kept.len();
        if left_out > 0 {
            self.kept.push(Finding {
                code: "FINDINGS_LEFT_OUT".to_owned(),
                severity: Severity::Warning,
                message: format!("{left_out} findings more are left out"),
                path: String::new(),
                node_id: None,
            });
        }
        self.kept
    }

    fn add(&mut self, code: &str, severity: Severity, place: &Place, message: &str) {
        if self.has_room(severity) {
            self.kept.push(Finding {
                code: code.to_owned(),
                severity,
                message: cut(message, MESSAGE_CHARS_MAX),
                path: cut(&place.path, PLACE_CHARS_MAX),
                node_id: place.node_id.as_deref().map(|id| cut(id, PLACE_CHARS_MAX)),
            });
        }
    }

    /// Counts one more of a kind; whether it is to be kept.
    fn has_room(&mut self, severity: Severity) -> bool {
        let made = match severity {
            Severity::Blocker => &mut self.blockers,
            Severity::Warning | Severity::Suggestion => &mut self.others,
        };
        *made += 1;
        *made <= FINDINGS_MAX
    }
}
