//! Reading history again: what a ledger proves, where read models stand, and building them anew.
//!
//! Start with [`rebuild`]. Every function answers a report that serializes, and tells its progress to a
//! callback; nothing here prints. A replay never issues a command and never causes an effect outside read
//! models: this crate knows neither `commands` nor `api` (docs/ARCHITECTURE.md).

mod digest;
mod error;
mod rebuild;
mod run;
mod status;
mod timeline;
mod verify;

pub use digest::{DigestReport, digest};
pub use error::Error;
pub use rebuild::{RebuildReport, Scope, rebuild, roll_back};
pub use run::{At, Gate, Happened, RunReport, Shown, Standing, run};
pub use status::{ProjectionReport, StatusReport, status};
pub use timeline::{TimelineReport, timeline};
pub use verify::{LedgerReport, VerifyReport, verify};
