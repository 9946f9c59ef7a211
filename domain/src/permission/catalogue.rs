//! Every permission there is.

/// A permission. Source: spec/workspace.md 2.3.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Permission {
    /// `audit.read`
    AuditRead,
}
