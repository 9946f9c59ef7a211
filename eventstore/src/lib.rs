//! The ledger: append, read, subscribe, verify.
//!
//! Start with [`EventStore`]. One gapless ledger per organization and one for the system; an append
//! names one ledger and any number of its streams. This crate knows bytes, order and locks; it never
//! names an aggregate and never knows HTTP (docs/ARCHITECTURE.md, ADR-0001 to 0003).

mod append;
mod cache;
mod chain;
mod challenge;
mod clock;
mod codec;
mod error;
mod identity;
mod job;
mod lane;
mod mail;
mod mint;
mod password;
mod process;
pub mod question;
mod read;
mod recorded;
mod role;
mod run;
mod scoped;
mod secret;
mod session;
pub mod sql;
mod store;
mod token;
mod verify;

pub use append::{
    Append, Appended, Authority, CachedState, CommandRecord, Condition, Context, Expected,
    NewEvent, Proof, SideRow, StreamAppend, VaultRow,
};
pub use challenge::{Challenge, ChallengePurpose, NewChallenge};
pub use clock::{Clock, SystemClock};
pub use error::{AppendError, ReadError};
pub use identity::IdentityRow;
pub use job::{
    Backoff, ClaimedJob, DeadLetter, JOB_LEASE, Job, JobClaim, JobDepth, JobEnd, JobLease, JobRow,
    JobState, JobsKept, NewJob,
};
pub use mail::{Mail, NewMail};
pub use password::{AttemptKey, StoredPassword};
pub use recorded::Recorded;
pub use role::Role;
pub use run::{
    Cursor, Frame, Frames, NewFrame, ResetReason, RunGuard, RunHead, RunPage, RunRefusal, RunRow,
    RunStep, RunTail, RunWatch, Viewed,
};
pub use secret::{KeyPurpose, Sealed, StoredSecret, WrappedKey};
pub use session::{NewSession, Session, SessionChange};
pub use store::{EventStore, Loaded, Options};
pub use token::{PersonalToken, Token, TokenKind};
pub use verify::{Finding, Verdict};
