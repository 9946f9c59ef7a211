//! An event as it stands in its ledger.

use cinatra_domain::kernel::{
    ActorId, CommandId, DecodeError, Event, EventId, Position, Revision, StreamId, TenantId,
};
use jiff::Timestamp;
use uuid::Uuid;

/// A stored event with its envelope.
#[derive(Clone, Debug)]
pub struct Recorded {
    /// Whose ledger.
    pub tenant: TenantId,
    /// Place in the ledger.
    pub position: Position,
    /// Which stream.
    pub stream: StreamId,
    /// Place in the stream.
    pub revision: Revision,
    /// Identity of the fact.
    pub event_id: EventId,
    /// Storage name.
    pub wire_name: String,
    /// When the ledger took it, by the node's clock; order is by position only.
    pub recorded_at: Timestamp,
    /// Who.
    pub actor: ActorId,
    /// By what right: JSON of [`crate::Authority`].
    pub authority: String,
    /// Which command.
    pub command_id: CommandId,
    /// What led to it.
    pub causation_id: Option<Uuid>,
    /// Which conversation.
    pub correlation_id: Uuid,
    /// MessagePack with field names.
    pub payload: Vec<u8>,
    /// blake3 over the predecessor's hash and this envelope.
    pub hash: [u8; 32],
}

impl Recorded {
    /// The domain event, lifted to its current shape; `None` when the wire name is not one of `E`'s.
    pub fn decode<E: Event>(&self) -> Result<Option<E>, DecodeError> {
        crate::codec::decode(&self.wire_name, &self.payload)
    }
}
