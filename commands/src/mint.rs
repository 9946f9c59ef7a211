//! Fresh ids of what commands bring about.

use uuid::Uuid;

/// Time-ordered, so that neighbours in time are neighbours in an index.
#[expect(
    clippy::disallowed_methods,
    reason = "ids are minted in commands; this is the one function that does"
)]
pub(crate) fn id() -> Uuid {
    Uuid::now_v7()
}
