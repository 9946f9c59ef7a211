//! Who are the members of an organization, what are they called, and where are they reached?
//!
//! The only place where names and e-mail addresses are: everything else has ids and joins here (settled.md 15).
//! They are contents beside the system ledger; the write copies them, so that members of an organization can
//! read them without reading that ledger, and they can be searched. A person is visible to the organizations
//! that they are a member of, by a row-level security of its own. Copies do not outlive the original: an
//! erasure blanks them, and no build is kept that it would not reach ([`HOLDS_CONTENT`]).
//!
//! What belongs to persons comes from the system ledger, memberships from the organizations' own; the two
//! arrive in any order, and meet when they are read. A page is ordered by id, not by name: a cursor is no
//! place for a name.
//!
//! [`HOLDS_CONTENT`]: crate::Projection::HOLDS_CONTENT

mod apply;
mod query;

pub use apply::People;
pub use query::{Filter, Member, members, person};
