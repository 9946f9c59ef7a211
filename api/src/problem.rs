//! What a caller is told when something goes wrong: one envelope, one table.
//!
//! Nothing else in this crate picks an HTTP status, an MCP answer, an exit code or a log level.

use std::borrow::Cow;

use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use cinatra_domain::kernel::{Class, Coded};
use serde_json::{Map, Value, json};
use tracing::Level;

use crate::primitive::Place;

/// How each surface treats a [`Class`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Treatment {
    /// HTTP status.
    pub status: StatusCode,
    /// Exit code of `cinatra call`.
    pub exit: u8,
    /// Level at which it is logged.
    pub level: Level,
}

/// The table. Source: settled.md 16; exit codes are documented in docs/ERRORS.md.
pub const fn treatment(class: Class) -> Treatment {
    let (status, exit, level) = match class {
        Class::Invalid => (StatusCode::BAD_REQUEST, 2, Level::DEBUG),
        Class::Unauthenticated => (StatusCode::UNAUTHORIZED, 3, Level::INFO),
        Class::Forbidden => (StatusCode::FORBIDDEN, 4, Level::INFO),
        Class::NotFound => (StatusCode::NOT_FOUND, 5, Level::INFO),
        Class::Conflict => (StatusCode::CONFLICT, 6, Level::DEBUG),
        Class::TooLarge => (StatusCode::PAYLOAD_TOO_LARGE, 7, Level::INFO),
        Class::Rejected => (StatusCode::UNPROCESSABLE_ENTITY, 8, Level::INFO),
        Class::TooMany => (StatusCode::TOO_MANY_REQUESTS, 9, Level::INFO),
        Class::Unavailable => (StatusCode::SERVICE_UNAVAILABLE, 10, Level::WARN),
        Class::NotImplemented => (StatusCode::NOT_IMPLEMENTED, 11, Level::INFO),
        Class::Corrupt => (StatusCode::INTERNAL_SERVER_ERROR, 12, Level::ERROR),
    };
    Treatment {
        status,
        exit,
        level,
    }
}

/// Every class, for whoever goes from a status back to a class.
pub const CLASSES: [Class; 11] = [
    Class::Invalid,
    Class::Unauthenticated,
    Class::Forbidden,
    Class::NotFound,
    Class::Conflict,
    Class::TooLarge,
    Class::Rejected,
    Class::TooMany,
    Class::Unavailable,
    Class::NotImplemented,
    Class::Corrupt,
];

/// The class that a status stands for; `None` when it is not one of the table's.
pub fn class_of(status: StatusCode) -> Option<Class> {
    CLASSES
        .into_iter()
        .find(|class| treatment(*class).status == status)
}

/// A refusal, failure or corruption as a caller sees it.
#[derive(Clone, Debug, PartialEq)]
pub struct Problem {
    class: Class,
    code: Cow<'static, str>,
    message: String,
    details: Value,
    at: Option<Place>,
}

impl Problem {
    /// A problem without particulars.
    pub fn new(
        class: Class,
        code: impl Into<Cow<'static, str>>,
        message: impl Into<String>,
    ) -> Self {
        Self {
            class,
            code: code.into(),
            message: message.into(),
            details: Value::Object(Map::new()),
            at: None,
        }
    }

    /// Input outside the schema: which field, and what is wrong with it.
    pub fn invalid_input(field: &str, reason: &str) -> Self {
        Self::new(
            Class::Invalid,
            "INVALID_INPUT",
            format!("The input is not valid: {field}: {reason}."),
        )
        .with_details(json!({ "field": field, "reason": reason }))
    }

    /// Absent, or not for this caller: both look the same (settled.md 17).
    pub fn not_found(message: &str) -> Self {
        Self::new(Class::NotFound, "NOT_FOUND", message)
    }

    /// Whatever a layer below could not do. Corruption keeps its particulars for the log.
    pub fn of(error: &(impl Coded + std::fmt::Debug + ?Sized)) -> Self {
        let class = error.class();
        if class == Class::Corrupt {
            tracing::error!(code = error.code(), ?error, "corrupt");
            return Self::new(
                class,
                error.code().to_owned(),
                "The server found its own history broken and stopped; ask its operator.",
            );
        }
        if class == Class::Unavailable {
            tracing::warn!(code = error.code(), ?error, "unavailable");
        }
        let (message, mut details) = (error.to_string(), error.details());
        if let (Class::Invalid, Value::Object(fields)) = (class, &mut details)
            && fields.contains_key("field")
        {
            fields
                .entry("reason")
                .or_insert_with(|| message.clone().into());
        }
        Self::new(class, error.code().to_owned(), message).with_details(details)
    }

    /// Adds machine-readable particulars; anything but an object is ignored.
    #[must_use]
    pub fn with_details(mut self, details: Value) -> Self {
        if details.is_object() {
            self.details = details;
        }
        self
    }

    /// Names the place in the ledger where the refusal is on record.
    #[must_use]
    pub fn recorded_at(mut self, at: Option<Place>) -> Self {
        self.at = at;
        self
    }

    /// How it must be treated.
    pub const fn class(&self) -> Class {
        self.class
    }

    /// What clients branch on.
    pub fn code(&self) -> &str {
        &self.code
    }

    /// Where it is on record, if it is.
    pub const fn at(&self) -> Option<Place> {
        self.at
    }

    /// The one shape of an error: `{"error":{"code","message","details"}}`.
    pub fn envelope(&self) -> Value {
        json!({ "error": {
            "code": self.code,
            "message": self.message,
            "details": self.details,
        }})
    }

    /// The problem that a bare status of the HTTP machinery stands for.
    pub fn of_status(status: StatusCode) -> Self {
        match status {
            StatusCode::METHOD_NOT_ALLOWED => Self::new(
                Class::Invalid,
                "METHOD_NOT_ALLOWED",
                "This route does not answer to that method.",
            ),
            StatusCode::NOT_ACCEPTABLE => Self::new(
                Class::Invalid,
                "NOT_ACCEPTABLE",
                "MCP answers are either; send Accept: application/json, text/event-stream.",
            ),
            StatusCode::NOT_FOUND => Self::not_found("There is no such route."),
            StatusCode::PAYLOAD_TOO_LARGE => too_large(),
            other => Self::new(
                class_of(other).unwrap_or(Class::Invalid),
                other
                    .canonical_reason()
                    .unwrap_or("HTTP_ERROR")
                    .to_ascii_uppercase()
                    .replace([' ', '-'], "_"),
                "The request could not be served.",
            ),
        }
    }
}

/// An answer that cannot be written, or read again.
pub(crate) fn unreadable(error: &serde_json::Error) -> Problem {
    tracing::error!(%error, "an answer does not have its own form");
    Problem::new(Class::Corrupt, "ANSWER_UNREADABLE", "The answer is broken.")
}

/// The body is over the limit.
pub fn too_large() -> Problem {
    Problem::new(
        Class::TooLarge,
        "BODY_TOO_LARGE",
        "The request body is larger than 256 KiB.",
    )
    .with_details(json!({ "bytesMax": crate::http::BODY_BYTES_MAX }))
}

/// The code of an error answer, for the access log.
#[derive(Clone, Debug)]
pub(crate) struct ProblemCode(pub(crate) String);

impl Problem {
    /// Seconds until it makes sense to try again, where that is worth a try at all. Source: RFC 9110 10.2.3.
    fn retry_after(&self) -> Option<u64> {
        match self.class {
            Class::Unavailable => Some(1),
            Class::TooMany => self.details["retryAfterSeconds"].as_u64(),
            Class::Invalid
            | Class::Unauthenticated
            | Class::Forbidden
            | Class::NotFound
            | Class::Conflict
            | Class::TooLarge
            | Class::Rejected
            | Class::NotImplemented
            | Class::Corrupt => None,
        }
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let status = treatment(self.class).status;
        let mut response = (status, axum::Json(self.envelope())).into_response();
        let headers = response.headers_mut();
        if self.class == Class::Unauthenticated {
            let challenge = HeaderValue::from_static("Bearer realm=\"cinatra\"");
            headers.insert(header::WWW_AUTHENTICATE, challenge);
        }
        if let Some(seconds) = self.retry_after() {
            headers.insert(header::RETRY_AFTER, HeaderValue::from(seconds));
        }
        if let Some(at) = self.at {
            crate::http::put_place(headers, at);
        }
        let code = ProblemCode(self.code.into_owned());
        response.extensions_mut().insert(code);
        response
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn every_class_has_a_status_and_an_exit_code_of_its_own() {
        let statuses: BTreeSet<u16> = CLASSES.map(|c| treatment(c).status.as_u16()).into();
        let exits: BTreeSet<u8> = CLASSES.map(|c| treatment(c).exit).into();
        assert_eq!(statuses.len(), CLASSES.len());
        assert_eq!(exits.len(), CLASSES.len());
        assert!(!exits.contains(&0) && !exits.contains(&1));
    }

    #[test]
    fn a_status_leads_back_to_its_class() {
        for class in CLASSES {
            assert_eq!(class_of(treatment(class).status), Some(class));
        }
        assert_eq!(class_of(StatusCode::IM_A_TEAPOT), None);
    }

    #[test]
    fn the_envelope_has_code_message_and_details() {
        let problem = Problem::invalid_input("packageName", "missing");
        assert_eq!(
            problem.envelope(),
            json!({ "error": {
                "code": "INVALID_INPUT",
                "message": "The input is not valid: packageName: missing.",
                "details": { "field": "packageName", "reason": "missing" },
            }})
        );
    }

    #[test]
    fn corruption_keeps_its_particulars_to_itself() {
        #[derive(Debug)]
        struct Broken;
        impl std::fmt::Display for Broken {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str("row 7 of table secrets")
            }
        }
        impl Coded for Broken {
            fn class(&self) -> Class {
                Class::Corrupt
            }
            fn code(&self) -> &'static str {
                "LEDGER_HOLE"
            }
            fn details(&self) -> Value {
                json!({ "row": 7 })
            }
        }
        let envelope = Problem::of(&Broken).envelope().to_string();
        assert!(envelope.contains("LEDGER_HOLE"));
        assert!(!envelope.contains("row 7") && !envelope.contains('7'));
    }

    #[test]
    fn an_answer_that_may_be_another_one_later_says_when_to_retry() {
        let response = Problem::new(Class::Unavailable, "X", "x").into_response();
        assert_eq!(response.headers()[header::RETRY_AFTER], "1");
        let details = json!({ "retryAfterSeconds": 900 });
        let problem = Problem::new(Class::TooMany, "X", "x").with_details(details);
        let response = problem.into_response();
        assert_eq!(response.headers()[header::RETRY_AFTER], "900");
    }
}
