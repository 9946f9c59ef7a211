//! The smallest vocabulary that the domain and the event store share.
//!
//! Nothing here knows a noun of the product, PostgreSQL or HTTP.

mod class;
mod content;
mod decider;
mod event;
mod id;
mod invisible;
mod label;
pub mod testing;

pub use class::{Class, Coded};
pub use content::ContentRef;
pub use decider::{Decider, ImpossibleTransition};
pub use event::{Body, DecodeError, Event, Json, Upcast, UpcastError};
pub use id::{
    ActorId, CommandId, EventId, InvalidId, InvitationId, Position, ProjectId, Revision, RunId,
    ServiceAccountId, SessionId, SnapshotId, StreamId, StreamKey, Tag, TeamId, TenantId, TokenId,
    UserId,
};
pub(crate) use invisible::is_blank;
pub use label::{InvalidLabel, Label};
