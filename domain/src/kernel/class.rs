//! How the outside must treat something that went wrong.

use serde_json::Value;

/// The one classification of rejections, failures and corruption.
///
/// HTTP status, MCP answer, exit code, retry advice and log level are derived from it in one place
/// (`api`), never chosen where an error is raised. Source: settled.md 16.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Class {
    /// The request could not be understood: wrong shape, type, range or encoding.
    Invalid,
    /// No valid credential.
    Unauthenticated,
    /// The caller is known and may not do this.
    Forbidden,
    /// Absent, or invisible to this caller.
    NotFound,
    /// A concurrent change or an illegal transition; re-reading may help.
    Conflict,
    /// Larger than a documented limit.
    TooLarge,
    /// The domain said no.
    Rejected,
    /// The caller exceeded a rate.
    TooMany,
    /// Infrastructure did not answer; a retry with the same command id is safe.
    Unavailable,
    /// Declared but not built yet.
    NotImplemented,
    /// History or an invariant is broken: stop and page an operator.
    Corrupt,
}

/// Something that went wrong and can be named to a caller.
///
/// `Display` gives the sentence for humans; it carries no secrets and no internals.
pub trait Coded: std::fmt::Display {
    /// How the outside must treat it.
    fn class(&self) -> Class;
    /// Stable, `UPPER_SNAKE`; clients branch on it.
    fn code(&self) -> &str;
    /// Machine-readable particulars: the field, the package, the versions. An object.
    fn details(&self) -> Value {
        Value::Object(serde_json::Map::new())
    }
}
