//! Why the rules say no.

/// Why a command is refused. The codes are stable.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Rejection {}
