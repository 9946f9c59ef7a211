//! Gives each waiting append its place in its ledger, or its conflict. Pure: no database.

use std::collections::{HashMap, HashSet};

use cinatra_domain::kernel::{CommandId, Position, Revision, StreamKey, Tag, TenantId};
use jiff::Timestamp;

use super::beside::BesideRow;
use super::guard::{Guarded, Guards, guarded};
use super::memory::{Head, Memory, Remembered};
use super::pending::{Pending, PendingStream};
use super::rows::Rows;
use crate::chain::{CommandRow, Envelope, Hasher};
use crate::{AppendError, Expected};

/// What is to become of one waiting append, if the lane's memory proves right.
#[derive(Debug)]
pub(crate) enum Verdict {
    /// It stands at these positions.
    Accepted { first: Position, last: Position },
    /// It contradicts the ledger.
    Refused(AppendError),
    /// The same command stands earlier in this batch: look again afterwards.
    Deferred,
    /// The ledger does not exist.
    NoLedger,
}

/// A ledger's head before and after a batch.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Advance {
    pub(crate) old: Head,
    pub(crate) new: Head,
}

/// A batch, decided against a lane's memory.
#[derive(Debug)]
pub(crate) struct Draft<'p> {
    /// Parallel to the waiting appends.
    pub(crate) verdicts: Vec<Verdict>,
    pub(crate) advances: HashMap<TenantId, Advance>,
    pub(crate) revisions: HashMap<(TenantId, StreamKey), Revision>,
    pub(crate) rows: Rows<'p>,
}

/// Tag positions that were looked up because memory does not reach back far enough.
pub(crate) type TagPositions = HashMap<(TenantId, Tag), Position>;

/// Decides a batch in order, each append against its predecessors.
pub(crate) struct Drafter<'m, 'p> {
    memory: &'m Memory,
    looked_up: &'m TagPositions,
    guards: Guards,
    hasher: &'m mut Hasher,
    recorded_at: Timestamp,
    commands: HashSet<(TenantId, CommandId)>,
    /// Tags of this batch, kept only when some append asks.
    tags: Option<HashMap<(TenantId, &'p Tag), Position>>,
    draft: Draft<'p>,
}

impl<'m, 'p> Drafter<'m, 'p> {
    pub(crate) fn decide(
        memory: &'m Memory,
        looked_up: &'m TagPositions,
        guards: Guards,
        hasher: &'m mut Hasher,
        recorded_at: Timestamp,
        waiting: &'p [Pending],
    ) -> Draft<'p> {
        let draft = Draft {
            verdicts: Vec::with_capacity(waiting.len()),
            advances: HashMap::new(),
            revisions: HashMap::new(),
            rows: Rows::default(),
        };
        let conditional = waiting
            .iter()
            .any(|pending| !pending.append.conditions.is_empty());
        let mut drafter = Self {
            memory,
            looked_up,
            guards,
            hasher,
            recorded_at,
            commands: HashSet::new(),
            tags: conditional.then(HashMap::new),
            draft,
        };
        for pending in waiting {
            let verdict = drafter.judge(pending);
            drafter.draft.verdicts.push(verdict);
        }
        for (tenant, advance) in &drafter.draft.advances {
            drafter.draft.rows.head(*tenant, *advance);
        }
        drafter.draft
    }

    fn judge(&mut self, pending: &'p Pending) -> Verdict {
        let tenant = pending.append.tenant;
        if self.memory.peek(tenant).is_none() {
            return Verdict::NoLedger;
        }
        if self
            .commands
            .contains(&(tenant, pending.append.command.command_id))
        {
            return Verdict::Deferred;
        }
        let conflict = pending
            .streams
            .iter()
            .find_map(|stream| self.stream_conflict(tenant, stream))
            .or_else(|| self.condition_failure(pending))
            .or_else(|| self.guards.refusal(pending));
        match conflict {
            Some(error) => Verdict::Refused(error),
            None => self.place(pending),
        }
    }

    fn revision(&self, tenant: TenantId, stream: StreamKey) -> Option<Revision> {
        if let Some(revision) = self.draft.revisions.get(&(tenant, stream)) {
            return Some(*revision);
        }
        // Order: a stream that nobody remembers is taken for new only when the caller expects it to be;
        // the unique index on (tenant, stream, revision) refuses the batch if it is not.
        match self.memory.revision(tenant, stream) {
            Remembered::Last(revision) => Some(revision),
            Remembered::Empty | Remembered::Unknown => None,
        }
    }

    fn stream_conflict(&self, tenant: TenantId, stream: &PendingStream) -> Option<AppendError> {
        let actual = self.revision(tenant, stream.key);
        let holds = match stream.expected {
            Expected::Any => true,
            Expected::NoStream => actual.is_none(),
            Expected::At(revision) => actual == Some(revision),
        };
        (!holds).then(|| AppendError::Conflict {
            stream: stream.id.clone(),
            expected: stream.expected,
            actual,
        })
    }

    fn condition_failure(&self, pending: &'p Pending) -> Option<AppendError> {
        let tenant = pending.append.tenant;
        for condition in &pending.append.conditions {
            for tag in &condition.tags {
                let stored = self.looked_up.get(&(tenant, tag.clone())).copied();
                let remembered = self.memory.peek(tenant).and_then(|m| m.tag_position(tag));
                let in_batch = self
                    .tags
                    .as_ref()
                    .and_then(|tags| tags.get(&(tenant, tag)).copied());
                let last = stored.max(remembered).max(in_batch);
                if let Some(position) = last.filter(|position| *position > condition.after) {
                    return Some(AppendError::ConditionFailed {
                        tag: tag.clone(),
                        position,
                        after: condition.after,
                    });
                }
            }
        }
        None
    }

    fn place(&mut self, pending: &'p Pending) -> Verdict {
        let tenant = pending.append.tenant;
        let Some(start) = self.memory.peek(tenant).map(|memory| memory.head) else {
            return Verdict::NoLedger;
        };
        let mut head = self
            .draft
            .advances
            .get(&tenant)
            .map_or(start, |advance| advance.new);
        let first = head.position.next();
        for stream in &pending.streams {
            let mut revision = self.revision(tenant, stream.key);
            for event in &stream.events {
                let position = head.position.next();
                let this = revision.map_or(Revision::FIRST, Revision::next);
                let envelope = Envelope {
                    tenant,
                    position,
                    stream_id: stream.id.as_str(),
                    revision: this,
                    event_id: event.event_id.0,
                    wire_name: event.wire_name,
                    recorded_at_us: self.recorded_at.as_microsecond(),
                    actor: pending.append.context.actor.as_str(),
                    authority: &pending.authority,
                    command_id: pending.append.command.command_id,
                    causation_id: pending.append.context.causation_id,
                    correlation_id: pending.append.context.correlation_id,
                    tags: &event.tags,
                    payload: &event.payload,
                };
                let hash = self.hasher.event(&head.hash, &envelope);
                self.draft
                    .rows
                    .event(&envelope, stream.key, self.recorded_at, hash);
                for tag in &event.tags {
                    self.draft.rows.tag(tenant, tag, position);
                    if let Some(tags) = &mut self.tags {
                        tags.insert((tenant, tag), position);
                    }
                }
                head = Head { position, hash };
                revision = Some(this);
            }
            if let Some(revision) = revision {
                self.draft.revisions.insert((tenant, stream.key), revision);
            }
        }
        self.record_command(pending, first, head);
        self.draft
            .advances
            .entry(tenant)
            .or_insert(Advance {
                old: start,
                new: head,
            })
            .new = head;
        Verdict::Accepted {
            first,
            last: head.position,
        }
    }

    fn record_command(&mut self, pending: &'p Pending, first: Position, head: Head) {
        let (tenant, command) = (pending.append.tenant, &pending.append.command);
        let row = CommandRow {
            command_id: command.command_id,
            request_hash: &command.request_hash,
            outcome: &command.outcome,
            first,
            last: head.position,
            result: &command.result,
        };
        let seal = self.hasher.seal(tenant, &head.hash, &row);
        self.draft.rows.command(tenant, &row, seal);
        for side in &pending.append.side {
            let actor = pending.append.context.actor.as_str();
            self.draft.rows.side(tenant, actor, self.recorded_at, side);
            match guarded(side) {
                Some(Guarded::Run(row)) => {
                    for write in self.guards.advance(tenant, row) {
                        let row = BesideRow::Run(row.run_id, write);
                        self.draft.rows.beside(tenant, actor, self.recorded_at, row);
                    }
                }
                Some(Guarded::Job(lease)) => self.guards.end(tenant, lease),
                None => {}
            }
        }
        self.commands.insert((tenant, command.command_id));
    }
}
