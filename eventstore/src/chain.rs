//! The hash chain: what is hashed, in which order. Fixed for ever by ADR-0001.

use cinatra_domain::kernel::{CommandId, Position, Revision, Tag, TenantId};
use uuid::Uuid;

/// A blake3 hash.
pub(crate) type Hash = [u8; 32];

/// Predecessor of the first event of every ledger.
pub(crate) const GENESIS: Hash = [0; 32];

/// Everything of one event that its hash covers.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Envelope<'a> {
    pub(crate) tenant: TenantId,
    pub(crate) position: Position,
    pub(crate) stream_id: &'a str,
    pub(crate) revision: Revision,
    pub(crate) event_id: Uuid,
    pub(crate) wire_name: &'a str,
    pub(crate) recorded_at_us: i64,
    pub(crate) actor: &'a str,
    pub(crate) authority: &'a str,
    pub(crate) command_id: CommandId,
    pub(crate) causation_id: Option<Uuid>,
    pub(crate) correlation_id: Uuid,
    /// Sorted by bytes, without duplicates.
    pub(crate) tags: &'a [Tag],
    pub(crate) payload: &'a [u8],
}

/// Hashes envelopes and seals, reusing one buffer.
#[derive(Debug, Default)]
pub(crate) struct Hasher(Vec<u8>);

impl Hasher {
    /// Hash of an event after `previous`.
    pub(crate) fn event(&mut self, previous: &Hash, e: &Envelope<'_>) -> Hash {
        self.0.clear();
        self.field(previous);
        self.field(e.tenant.uuid().as_bytes());
        self.field(&e.position.0.to_be_bytes());
        self.field(e.stream_id.as_bytes());
        self.field(&e.revision.0.to_be_bytes());
        self.field(e.event_id.as_bytes());
        self.field(e.wire_name.as_bytes());
        self.field(&e.recorded_at_us.to_be_bytes());
        self.field(e.actor.as_bytes());
        self.field(e.authority.as_bytes());
        self.field(e.command_id.0.as_bytes());
        self.field(e.causation_id.as_ref().map_or(&[][..], |id| id.as_bytes()));
        self.field(e.correlation_id.as_bytes());
        let tags_len: usize = e.tags.iter().map(|tag| 8 + tag.as_str().len()).sum();
        self.length(tags_len);
        for tag in e.tags {
            self.field(tag.as_str().as_bytes());
        }
        self.field(e.payload);
        blake3::hash(&self.0).into()
    }

    /// Binds a row of the command log to the hash of the command's last event.
    pub(crate) fn seal(&mut self, tenant: TenantId, last: &Hash, row: &CommandRow<'_>) -> Hash {
        self.0.clear();
        self.field(last);
        self.field(tenant.uuid().as_bytes());
        self.field(row.command_id.0.as_bytes());
        self.field(row.request_hash);
        self.field(row.outcome.as_bytes());
        self.field(&row.first.0.to_be_bytes());
        self.field(&row.last.0.to_be_bytes());
        self.field(row.result);
        blake3::hash(&self.0).into()
    }

    fn length(&mut self, bytes: usize) {
        self.0
            .extend_from_slice(&u64::try_from(bytes).unwrap_or(u64::MAX).to_be_bytes());
    }

    fn field(&mut self, bytes: &[u8]) {
        self.length(bytes.len());
        self.0.extend_from_slice(bytes);
    }
}

/// A row of the command log as its seal covers it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct CommandRow<'a> {
    pub(crate) command_id: CommandId,
    pub(crate) request_hash: &'a [u8],
    pub(crate) outcome: &'a str,
    pub(crate) first: Position,
    pub(crate) last: Position,
    pub(crate) result: &'a [u8],
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The vector that ADR-0001 prints. If it fails, the chain of every stored ledger is broken.
    #[test]
    fn the_envelope_of_adr_0001_has_its_hash() {
        let tags = [
            Tag::new("dep-on", "@acme/b").unwrap(),
            Tag::new("ext", "@acme/a-agent").unwrap(),
        ];
        let envelope = Envelope {
            tenant: TenantId::new(Uuid::from_u128(0x0102_0304_0506_0708_090a_0b0c_0d0e_0f10)),
            position: Position(1),
            stream_id: "extension:@acme/a-agent",
            revision: Revision(0),
            event_id: Uuid::from_u128(1),
            wire_name: "extension.restored.v1",
            recorded_at_us: 1_700_000_000_000_000,
            actor: "service:admin",
            authority: r#"{"permission":"extensions.restore","via":"platform_admin","judged_at":[]}"#,
            command_id: CommandId(Uuid::from_u128(2)),
            causation_id: None,
            correlation_id: Uuid::from_u128(3),
            tags: &tags,
            payload: b"\x81\xa7version\xa51.0.0",
        };
        let hash = Hasher::default().event(&GENESIS, &envelope);
        assert_eq!(
            blake3::Hash::from(hash).to_hex().as_str(),
            "31d46b9be71a8683ef6582a241d710c5dfd9d26611ab29eca6eadfb2cca0517d"
        );
    }
}
