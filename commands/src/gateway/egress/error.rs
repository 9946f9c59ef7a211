//! Why a call got no answer that a run can go on with.

use std::time::Duration;

/// Why a call got no answer. Nothing in it is from a path, a query, a header's value or a body.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum EgressError {
    /// Not an address that runs may call, whoever is there.
    #[error("the address cannot be called: {reason}")]
    UrlNotAllowed {
        /// What is wrong with it.
        reason: &'static str,
    },
    /// It leads into this machine, its network, or nowhere.
    #[error("{origin} is not a public address, and no exception is made for it")]
    AddressNotAllowed {
        /// Scheme, host and port.
        origin: String,
    },
    /// A header that is the client's own affair, or that is no header.
    #[error("the header {name} cannot be set: {reason}")]
    HeaderNotAllowed {
        /// Its name in lower case; empty if it is no name.
        name: String,
        /// What is wrong with it.
        reason: &'static str,
    },
    /// The body does not fit the content type.
    #[error("the body cannot be sent as a form: {reason}")]
    BodyNotAllowed {
        /// What is wrong with it.
        reason: &'static str,
    },
    /// No connection, after every try.
    #[error("{origin} cannot be reached")]
    Unreachable {
        /// Scheme, host and port.
        origin: String,
    },
    /// No complete answer in time, after every try.
    #[error("{origin} did not answer within {} s", timeout.as_secs())]
    TimedOut {
        /// Scheme, host and port.
        origin: String,
        /// How long each try was waited for.
        timeout: Duration,
    },
    /// The connection ended before the answer did, at every try.
    #[error("{origin} broke the connection off")]
    BrokenOff {
        /// Scheme, host and port.
        origin: String,
    },
    /// The answer is longer than is taken.
    #[error("the answer of {origin} is longer than {bytes_max} bytes")]
    ResponseTooLarge {
        /// Scheme, host and port.
        origin: String,
        /// The limit.
        bytes_max: usize,
    },
    /// The answer is not UTF-8.
    #[error("the answer of {origin}, with status {status}, is not UTF-8 text")]
    ResponseNotText {
        /// Scheme, host and port.
        origin: String,
        /// Its status.
        status: u16,
    },
}

impl EgressError {
    /// Stable, lower case: the code that a run fails with.
    pub fn code(&self) -> &'static str {
        match self {
            Self::UrlNotAllowed { .. } => "url_not_allowed",
            Self::AddressNotAllowed { .. } => "address_not_allowed",
            Self::HeaderNotAllowed { .. } => "header_not_allowed",
            Self::BodyNotAllowed { .. } => "body_not_allowed",
            Self::Unreachable { .. } => "unreachable",
            Self::TimedOut { .. } => "timed_out_call",
            Self::BrokenOff { .. } => "broken_off",
            Self::ResponseTooLarge { .. } => "response_too_large",
            Self::ResponseNotText { .. } => "response_not_text",
        }
    }

    /// Whether the next try may end differently.
    pub(super) fn may_pass(&self) -> bool {
        matches!(
            self,
            Self::Unreachable { .. } | Self::TimedOut { .. } | Self::BrokenOff { .. }
        )
    }
}

/// No client could be set up: a start-up error, never one of a call.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("could not set up a client for calls to the outside: {reason}")]
pub struct OpenError {
    /// What the libraries said.
    pub(super) reason: String,
}

impl OpenError {
    pub(super) fn because(error: &impl ToString) -> Self {
        Self {
            reason: error.to_string(),
        }
    }
}
