//! What one append carries, and what it answers.

use std::any::Any;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use cinatra_domain::kernel::{
    ActorId, Body, CommandId, ContentRef, Event, EventId, Position, Revision, StreamId, Tag,
    TenantId,
};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::error::AppendError;
use crate::secret::{Sealed, WrappedKey};
use crate::{IdentityRow, JobRow, RunRow};

/// Concurrency check on one stream.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Expected {
    /// The stream has no event yet.
    NoStream,
    /// The stream's last event has this revision.
    At(Revision),
    /// No check.
    Any,
}

/// "No event that carries any of these tags stands after this position."
#[derive(Clone, Debug)]
pub struct Condition {
    /// Tags that were read before deciding.
    pub tags: Vec<Tag>,
    /// Position of the ledger at which they were read.
    pub after: Position,
    /// Told, when the append is made, up to where the condition was proved.
    pub proof: Option<Proof>,
}

/// A position up to which facts read by tag are known to be all; it only grows. Whoever keeps facts keeps
/// their proof beside them, and names its position in the next condition.
#[derive(Clone, Debug)]
pub struct Proof(Arc<AtomicI64>);

impl Proof {
    /// The facts were read at this position.
    pub fn at(position: Position) -> Self {
        Self(Arc::new(AtomicI64::new(position.0)))
    }

    /// Up to where they are known to be all.
    pub fn position(&self) -> Position {
        Position(self.0.load(Ordering::Acquire))
    }

    /// Nothing with these tags stands up to there.
    pub(crate) fn extend(&self, position: Position) {
        self.0.fetch_max(position.0, Ordering::AcqRel);
    }
}

/// By what right a command was allowed. Part of the hashed envelope.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Authority {
    /// The permission that was required, for example `extensions.install`.
    pub permission: String,
    /// What granted it, for example `platform_admin`.
    pub via: String,
    /// Ledger positions at which it was judged.
    pub judged_at: Vec<(TenantId, Position)>,
    /// The primitive that was called; empty in envelopes from before there were roles.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub primitive: String,
}

/// Who acts, by what right, and in which conversation.
#[derive(Clone, Debug)]
pub struct Context {
    /// From the credential, never from the request body.
    pub actor: ActorId,
    /// By what right.
    pub authority: Authority,
    /// The event or command that led to this one.
    pub causation_id: Option<Uuid>,
    /// The whole conversation.
    pub correlation_id: Uuid,
}

/// One event to append.
#[derive(Clone, Debug)]
pub struct NewEvent {
    /// Identity of the fact.
    pub event_id: EventId,
    /// Storage name.
    pub wire_name: &'static str,
    /// MessagePack with field names, at most [`NewEvent::PAYLOAD_BYTES_MAX`].
    pub payload: Vec<u8>,
    /// Names under which other streams' decisions find it.
    pub tags: Vec<Tag>,
}

impl NewEvent {
    /// Largest payload, in bytes (settled.md 5).
    pub const PAYLOAD_BYTES_MAX: usize = 64 * 1024;

    /// Encodes a domain event under a fresh id.
    pub fn encode<E: Event>(event: &E, tags: Vec<Tag>) -> Result<Self, AppendError> {
        let wire_name = event.wire_name();
        let payload = rmp_serde::to_vec_named(&Body(event))
            .map_err(|source| AppendError::Encode { wire_name, source })?;
        if payload.len() > Self::PAYLOAD_BYTES_MAX {
            return Err(AppendError::TooLarge {
                wire_name,
                bytes: payload.len(),
            });
        }
        Ok(Self {
            event_id: crate::mint::event_id(),
            wire_name,
            payload,
            tags,
        })
    }
}

/// Events for one stream, in order. An empty list only checks the expectation.
#[derive(Clone, Debug)]
pub struct StreamAppend {
    /// Which stream.
    pub stream: StreamId,
    /// What the caller believes about it.
    pub expected: Expected,
    /// What happened.
    pub events: Vec<NewEvent>,
    /// The state that the events lead to, for the state cache; without it the stream leaves the cache.
    pub state: Option<CachedState>,
}

/// A folded state whatever its type.
pub type CachedState = Arc<dyn Any + Send + Sync>;

/// A row of an operational table that commits with the events.
#[derive(Clone, Debug)]
pub enum SideRow {
    /// What a user typed; see [`SideRow::content`].
    Content {
        /// Key within the ledger.
        id: Uuid,
        /// Random, so that equal contents have different digests.
        salt: [u8; 16],
        /// The content itself.
        bytes: Vec<u8>,
    },
    /// A row of the vault.
    Vault(VaultRow),
    /// A row about who somebody is.
    Identity(IdentityRow),
    /// Work is enqueued, or ends. The append is refused alone when the work is another's by now.
    Job(JobRow),
    /// What is done to the log of a run. The append is refused alone when the log is not as the row believes.
    Run(RunRow),
    /// What a user typed is forgotten; the append's own events are the receipt (settled.md 5). What is gone
    /// already is no error.
    EraseContents {
        /// Keys within the append's ledger.
        ids: Vec<Uuid>,
    },
}

/// A change of what an organization keeps secret. Applied in the order in which an append names them, in
/// the transaction of its events; appends without one are not slower for it (ADR-0009).
#[derive(Clone, Debug)]
pub enum VaultRow {
    /// A data key takes the place of the former one.
    PutKey(WrappedKey),
    /// A value takes the place of the former one of this name, in the name of who appends.
    Put {
        /// Which secret.
        name: String,
        /// The data key that it is under.
        key_id: Uuid,
        /// The value.
        sealed: Sealed,
    },
    /// The same value under another data key.
    Reseal {
        /// Which secret.
        name: String,
        /// The data key that it is under now.
        key_id: Uuid,
        /// The value.
        sealed: Sealed,
    },
    /// A value is forgotten.
    Delete {
        /// Which secret.
        name: String,
    },
}

impl SideRow {
    /// Puts what a user typed beside the ledger and returns the reference for the event.
    pub fn content(bytes: Vec<u8>) -> (ContentRef, Self) {
        let (id, salt) = (crate::mint::row_id(), crate::mint::salt());
        let reference = ContentRef {
            id,
            digest: content_digest(&salt, &bytes),
            size: u64::try_from(bytes.len()).unwrap_or(u64::MAX),
        };
        (reference, Self::Content { id, salt, bytes })
    }
}

/// Lower-case hex of blake3 over salt and bytes.
pub(crate) fn content_digest(salt: &[u8; 16], bytes: &[u8]) -> String {
    let mut hasher = blake3::Hasher::new();
    hasher.update(salt);
    hasher.update(bytes);
    hasher.finalize().to_hex().to_string()
}

/// What the command log keeps of one command: ids and codes, no content (settled.md 5, 6).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CommandRecord {
    /// Key of the retry.
    pub command_id: CommandId,
    /// blake3 over primitive and canonical input: the same key with another body is refused.
    pub request_hash: [u8; 32],
    /// `ok` or the rejection's code.
    pub outcome: String,
    /// What the caller was told, encoded by `commands`.
    pub result: Vec<u8>,
}

/// One atomic append to one ledger. It carries at least one event, so that every command has a place.
#[derive(Clone, Debug)]
pub struct Append {
    /// Whose ledger.
    pub tenant: TenantId,
    /// Events, by stream; each stream at most once.
    pub streams: Vec<StreamAppend>,
    /// Facts of other streams that the decision relied on.
    pub conditions: Vec<Condition>,
    /// Dedupe key and result.
    pub command: CommandRecord,
    /// Who and why.
    pub context: Context,
    /// Rows that commit with the events.
    pub side: Vec<SideRow>,
}

/// Where an append stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Appended {
    /// Position of its first event.
    pub first: Position,
    /// Position of its last event.
    pub last: Position,
    /// Present when the same command had been appended before: its record, and nothing was written.
    pub repeated: Option<CommandRecord>,
}
