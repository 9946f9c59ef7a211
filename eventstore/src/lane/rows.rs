//! The columns of one append statement.

use cinatra_domain::kernel::{Position, StreamKey, Tag, TenantId};
use jiff::Timestamp;
use tokio_postgres::types::ToSql;
use uuid::Uuid;

use super::beside::{Beside, BesideRow};
use super::draft::Advance;
use crate::SideRow;
use crate::chain::{CommandRow, Envelope, Hash};

#[derive(Debug, Default)]
struct Heads {
    tenant: Vec<Uuid>,
    old_position: Vec<i64>,
    old_hash: Vec<Vec<u8>>,
    new_position: Vec<i64>,
    new_hash: Vec<Vec<u8>>,
}

#[derive(Debug, Default)]
struct Events<'p> {
    tenant: Vec<Uuid>,
    position: Vec<i64>,
    stream: Vec<Vec<u8>>,
    stream_id: Vec<&'p str>,
    revision: Vec<i64>,
    event_id: Vec<Uuid>,
    wire_name: Vec<&'p str>,
    recorded_at: Vec<Timestamp>,
    actor: Vec<&'p str>,
    authority: Vec<&'p str>,
    command_id: Vec<Uuid>,
    causation_id: Vec<Option<Uuid>>,
    correlation_id: Vec<Uuid>,
    payload: Vec<&'p [u8]>,
    hash: Vec<Vec<u8>>,
}

#[derive(Debug, Default)]
struct Tags<'p> {
    tenant: Vec<Uuid>,
    tag: Vec<&'p str>,
    position: Vec<i64>,
}

#[derive(Debug, Default)]
struct Commands<'p> {
    tenant: Vec<Uuid>,
    command_id: Vec<Uuid>,
    request_hash: Vec<&'p [u8]>,
    outcome: Vec<&'p str>,
    first: Vec<i64>,
    last: Vec<i64>,
    result: Vec<&'p [u8]>,
    seal: Vec<Vec<u8>>,
}

#[derive(Debug, Default)]
struct Contents<'p> {
    tenant: Vec<Uuid>,
    id: Vec<Uuid>,
    salt: Vec<&'p [u8]>,
    bytes: Vec<&'p [u8]>,
}

/// Everything a batch writes, column by column; rows beside the ledger, which are rare, one by one.
#[derive(Debug, Default)]
pub(crate) struct Rows<'p> {
    heads: Heads,
    events: Events<'p>,
    tags: Tags<'p>,
    commands: Commands<'p>,
    contents: Contents<'p>,
    beside: Vec<Beside<'p>>,
}

impl<'p> Rows<'p> {
    pub(crate) fn head(&mut self, tenant: TenantId, advance: Advance) {
        self.heads.tenant.push(tenant.uuid());
        self.heads.old_position.push(advance.old.position.0);
        self.heads.old_hash.push(advance.old.hash.to_vec());
        self.heads.new_position.push(advance.new.position.0);
        self.heads.new_hash.push(advance.new.hash.to_vec());
    }

    pub(crate) fn event(
        &mut self,
        e: &Envelope<'p>,
        stream: StreamKey,
        recorded_at: Timestamp,
        hash: Hash,
    ) {
        let rows = &mut self.events;
        rows.tenant.push(e.tenant.uuid());
        rows.position.push(e.position.0);
        rows.stream.push(stream.0.to_vec());
        rows.stream_id.push(e.stream_id);
        rows.revision.push(e.revision.0);
        rows.event_id.push(e.event_id);
        rows.wire_name.push(e.wire_name);
        rows.recorded_at.push(recorded_at);
        rows.actor.push(e.actor);
        rows.authority.push(e.authority);
        rows.command_id.push(e.command_id.0);
        rows.causation_id.push(e.causation_id);
        rows.correlation_id.push(e.correlation_id);
        rows.payload.push(e.payload);
        rows.hash.push(hash.to_vec());
    }

    pub(crate) fn tag(&mut self, tenant: TenantId, tag: &'p Tag, position: Position) {
        self.tags.tenant.push(tenant.uuid());
        self.tags.tag.push(tag.as_str());
        self.tags.position.push(position.0);
    }

    pub(crate) fn command(&mut self, tenant: TenantId, row: &CommandRow<'p>, seal: Hash) {
        self.commands.tenant.push(tenant.uuid());
        self.commands.command_id.push(row.command_id.0);
        self.commands.request_hash.push(row.request_hash);
        self.commands.outcome.push(row.outcome);
        self.commands.first.push(row.first.0);
        self.commands.last.push(row.last.0);
        self.commands.result.push(row.result);
        self.commands.seal.push(seal.to_vec());
    }

    pub(crate) fn side(
        &mut self,
        tenant: TenantId,
        actor: &'p str,
        recorded_at: Timestamp,
        side: &'p SideRow,
    ) {
        let row = match side {
            SideRow::Content { id, salt, bytes } => {
                self.contents.tenant.push(tenant.uuid());
                self.contents.id.push(*id);
                self.contents.salt.push(salt);
                self.contents.bytes.push(bytes);
                return;
            }
            SideRow::Vault(row) => BesideRow::Vault(row),
            SideRow::Identity(row) => BesideRow::Identity(row),
            SideRow::EraseContents { ids } => BesideRow::EraseContents(ids),
            SideRow::Job(row) => BesideRow::Job(row),
            // What is written depends on the log's head: the drafter says it.
            SideRow::Run(_) => return,
        };
        self.beside(tenant, actor, recorded_at, row);
    }

    pub(crate) fn beside(
        &mut self,
        tenant: TenantId,
        actor: &'p str,
        recorded_at: Timestamp,
        row: BesideRow<'p>,
    ) {
        self.beside.push(Beside {
            tenant,
            actor,
            recorded_at,
            row,
        });
    }

    /// Rows beside the ledger in the order of their appends.
    pub(crate) fn all_beside(&self) -> &[Beside<'p>] {
        &self.beside
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.events.position.is_empty()
    }

    /// Parameters of `append_events.sql`, in its order.
    pub(crate) fn params(&self) -> [&(dyn ToSql + Sync); 35] {
        let Self {
            heads,
            events,
            tags,
            commands,
            contents,
            beside: _,
        } = self;
        [
            &heads.tenant,
            &heads.old_position,
            &heads.old_hash,
            &heads.new_position,
            &heads.new_hash,
            &events.tenant,
            &events.position,
            &events.stream,
            &events.stream_id,
            &events.revision,
            &events.event_id,
            &events.wire_name,
            &events.recorded_at,
            &events.actor,
            &events.authority,
            &events.command_id,
            &events.causation_id,
            &events.correlation_id,
            &events.payload,
            &events.hash,
            &tags.tenant,
            &tags.tag,
            &tags.position,
            &commands.tenant,
            &commands.command_id,
            &commands.request_hash,
            &commands.outcome,
            &commands.first,
            &commands.last,
            &commands.result,
            &commands.seal,
            &contents.tenant,
            &contents.id,
            &contents.salt,
            &contents.bytes,
        ]
    }
}
