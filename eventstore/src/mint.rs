//! Fresh ids and salts.

use cinatra_domain::kernel::EventId;
use uuid::Uuid;

/// Time-ordered, so that neighbours in the ledger are neighbours by id.
#[expect(
    clippy::disallowed_methods,
    reason = "the store mints event ids here and nowhere else"
)]
pub(crate) fn event_id() -> EventId {
    EventId(Uuid::now_v7())
}

/// Key of a side row.
#[expect(
    clippy::disallowed_methods,
    reason = "the store mints row ids here and nowhere else"
)]
pub(crate) fn row_id() -> Uuid {
    Uuid::now_v7()
}

/// 122 random bits are plenty to hide equal contents.
#[expect(
    clippy::disallowed_methods,
    reason = "the store mints salts here and nowhere else"
)]
pub(crate) fn salt() -> [u8; 16] {
    *Uuid::new_v4().as_bytes()
}
