//! What travels beside the input, alike in HTTP headers and in MCP's `_meta`.

use cinatra_commands::session::Origin;
use cinatra_domain::kernel::{CommandId, ProjectId};
use serde_json::Value;
use uuid::Uuid;

use super::Place;
use crate::problem::Problem;

/// On what terms a primitive is called.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Terms {
    /// Names the command, so that a retry finds the first result.
    pub idempotency_key: Option<String>,
    /// The reader has seen this much of its ledger and wants no less.
    pub min_pos: Option<Place>,
    /// Refuse rather than answer with less than `min_pos`.
    pub strict: bool,
    /// The project within which it is called: what comes of it is there.
    pub project: Option<ProjectId>,
    /// The conversation that the call belongs to.
    pub correlation_id: Option<Uuid>,
    /// From where it comes; neither kept nor logged, but for the list of one's own sessions.
    pub origin: Origin,
}

impl Terms {
    /// Reads what a caller wrote; `names` says how this surface calls each.
    pub fn parse(raw: RawTerms<'_>, names: &TermNames) -> Result<Self, Problem> {
        Ok(Self {
            idempotency_key: raw
                .idempotency_key
                .map(|key| parse_key(key, names.idempotency_key))
                .transpose()?,
            min_pos: raw
                .min_pos
                .map(|text| {
                    text.parse().map_err(|_| {
                        Problem::invalid_input(names.min_pos, "not <ledger>:<position>")
                    })
                })
                .transpose()?,
            strict: match raw.strict {
                None | Some("false") => false,
                Some("true") => true,
                Some(_) => return Err(Problem::invalid_input(names.strict, "not true or false")),
            },
            project: raw
                .project
                .map(|text| parse_project(text, names.project))
                .transpose()?,
            correlation_id: raw.correlation_id,
            origin: Origin::default(),
        })
    }
}

impl Terms {
    /// Takes over the project that a body names: a header may say the same, and nothing else.
    pub(crate) fn call_within(
        &mut self,
        named: Option<ProjectId>,
        name: &'static str,
    ) -> Result<(), Problem> {
        if named.is_some() && self.project.is_some() && named != self.project {
            let reason = "the request's header names another one";
            return Err(Problem::invalid_input(name, reason));
        }
        self.project = named.or(self.project);
        Ok(())
    }
}

fn parse_key(key: &str, name: &'static str) -> Result<String, Problem> {
    if key.is_empty() {
        return Err(Problem::invalid_input(name, "empty"));
    }
    if key.chars().count() > CommandId::KEY_CHARS_MAX {
        return Err(Problem::invalid_input(name, "longer than 255 characters"));
    }
    Ok(key.to_owned())
}

/// The project that a body names in a field, if it does.
pub(crate) fn project_in(field: &Value, name: &'static str) -> Result<Option<ProjectId>, Problem> {
    if field.is_null() {
        return Ok(None);
    }
    let text = field.as_str();
    let text = text.ok_or_else(|| Problem::invalid_input(name, "is no text"))?;
    parse_project(text, name).map(Some)
}

/// The project that a surface names, by its own word for it.
fn parse_project(text: &str, name: &'static str) -> Result<ProjectId, Problem> {
    let parsed = text.parse();
    parsed.map_err(|_| Problem::invalid_input(name, "is not a UUID"))
}

/// The same as texts.
#[derive(Clone, Copy, Debug, Default)]
pub struct RawTerms<'a> {
    /// See [`Terms::idempotency_key`].
    pub idempotency_key: Option<&'a str>,
    /// See [`Terms::min_pos`].
    pub min_pos: Option<&'a str>,
    /// See [`Terms::strict`].
    pub strict: Option<&'a str>,
    /// See [`Terms::project`].
    pub project: Option<&'a str>,
    /// See [`Terms::correlation_id`].
    pub correlation_id: Option<Uuid>,
}

/// How one surface calls the terms and the marks of an answer.
#[derive(Debug)]
pub struct TermNames {
    /// Names the command.
    pub idempotency_key: &'static str,
    /// How much the reader has seen.
    pub min_pos: &'static str,
    /// Whether less is refused.
    pub strict: &'static str,
    /// The project within which it is called.
    pub project: &'static str,
    /// In answers: where the command stands, or what the answer is true at.
    pub at: &'static str,
    /// In answers: whether it is less than was asked for.
    pub stale: &'static str,
}

/// As HTTP headers.
pub const HEADERS: TermNames = TermNames {
    idempotency_key: "idempotency-key",
    min_pos: "cinatra-min-pos",
    strict: "cinatra-strict",
    project: "cinatra-project",
    at: "cinatra-at",
    stale: "cinatra-stale",
};

/// As keys of MCP's `_meta`.
pub const META: TermNames = TermNames {
    idempotency_key: "cinatra.ai/idempotencyKey",
    min_pos: "cinatra.ai/minPos",
    strict: "cinatra.ai/strict",
    project: "cinatra.ai/projectId",
    at: "cinatra.ai/at",
    stale: "cinatra.ai/stale",
};

#[cfg(test)]
mod tests {
    use super::*;

    fn field_of(raw: RawTerms<'_>) -> String {
        let problem = Terms::parse(raw, &HEADERS).unwrap_err();
        let field = &problem.envelope()["error"]["details"]["field"];
        field.as_str().unwrap().to_owned()
    }

    #[test]
    fn nothing_given_means_no_terms() {
        let terms = Terms::parse(RawTerms::default(), &HEADERS);
        assert_eq!(terms.unwrap(), Terms::default());
    }

    #[test]
    fn a_bad_term_is_named() {
        let long = "k".repeat(256);
        let with_key = |key| RawTerms {
            idempotency_key: Some(key),
            ..RawTerms::default()
        };
        assert_eq!(field_of(with_key("")), "idempotency-key");
        assert_eq!(field_of(with_key(&long)), "idempotency-key");
        assert!(Terms::parse(with_key(&long[..255]), &HEADERS).is_ok());
        let min_pos = RawTerms {
            min_pos: Some("7"),
            ..RawTerms::default()
        };
        assert_eq!(field_of(min_pos), "cinatra-min-pos");
        let strict = RawTerms {
            strict: Some("yes"),
            ..RawTerms::default()
        };
        assert_eq!(field_of(strict), "cinatra-strict");
        for text in ["", "room", "01a20170-61d3-7004-9d22-46000e86bb1"] {
            let project = RawTerms {
                project: Some(text),
                ..RawTerms::default()
            };
            assert_eq!(field_of(project), "cinatra-project");
        }
    }
}
