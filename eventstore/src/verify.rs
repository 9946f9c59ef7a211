//! Proof that a ledger is complete and unaltered, as far as its own chain can tell.
//!
//! Recomputes every hash from genesis and compares positions, stream revisions, stream keys, tags, the
//! command log and the head. Whoever rewrites a tail together with the head is not seen: that needs
//! signed checkpoints.

use std::collections::{HashMap, VecDeque};

use cinatra_domain::kernel::{CommandId, Position, Revision, StreamId, StreamKey, Tag, TenantId};
use deadpool_postgres::Client;
use serde::Serialize;
use tokio_postgres::Row;

use crate::chain::{CommandRow, Envelope, GENESIS, Hash, Hasher};
use crate::{EventStore, ReadError, Recorded, read, sql};

/// Positions whose tags and commands are read at once.
const RANGE: i64 = 50_000;
/// Events read at once.
const PAGE: i64 = 5_000;

/// What was found wrong first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Finding {
    /// An event that the head or a successor promises is not there.
    EventMissing,
    /// An event stands behind the head.
    EventBeyondHead,
    /// The event, its envelope, its tags or its place is not what was hashed.
    HashMismatch,
    /// The event is not the next one of its stream.
    RevisionMismatch,
    /// The event is indexed under another stream than it names.
    StreamKeyMismatch,
    /// A column cannot be read.
    Unreadable,
    /// The head does not repeat the last event's hash.
    HeadMismatch,
    /// A tag names a place without an event.
    TagBeyondHead,
    /// The command of the event is not in the command log, or not for these positions.
    CommandMissing,
    /// A row of the command log is not what was sealed.
    CommandAltered,
    /// A row of the command log names a place without its events.
    CommandBeyondHead,
}

/// The outcome for one ledger.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub enum Verdict {
    /// Everything up to `head` holds.
    Intact {
        /// Last position that was looked at.
        head: Position,
        /// Its chain hash, lower-case hex.
        hash: String,
    },
    /// Something does not hold.
    Tampered {
        /// First bad position.
        position: Position,
        /// What is wrong there.
        finding: Finding,
    },
}

enum Stop {
    Read(ReadError),
    Found(Position, Finding),
}

impl<E: Into<ReadError>> From<E> for Stop {
    fn from(error: E) -> Self {
        Self::Read(error.into())
    }
}

type Checked<T> = Result<T, Stop>;

impl EventStore {
    /// Verifies one ledger up to its present head while it is in use. `progress` is told how many events
    /// are done, and of how many.
    pub async fn verify(
        &self,
        tenant: TenantId,
        progress: &(dyn Fn(i64, i64) + Send + Sync),
    ) -> Result<Verdict, ReadError> {
        let client = self.unscoped().get().await?;
        match Verifier::new(tenant).run(&client, progress).await {
            Ok(verdict) => Ok(verdict),
            Err(Stop::Found(position, finding)) => Ok(Verdict::Tampered { position, finding }),
            Err(Stop::Read(ReadError::Column { position, .. })) => Ok(Verdict::Tampered {
                position,
                finding: Finding::Unreadable,
            }),
            Err(Stop::Read(error)) => Err(error),
        }
    }
}

struct Verifier {
    tenant: TenantId,
    hasher: Hasher,
    last: Hash,
    position: Position,
    revisions: HashMap<StreamKey, Revision>,
    /// First position of the command that the last event belongs to.
    command: Option<(CommandId, Position)>,
    tags: VecDeque<(Position, Tag)>,
    commands: VecDeque<Row>,
}

impl Verifier {
    fn new(tenant: TenantId) -> Self {
        Self {
            tenant,
            hasher: Hasher::default(),
            last: GENESIS,
            position: Position::START,
            revisions: HashMap::new(),
            command: None,
            tags: VecDeque::new(),
            commands: VecDeque::new(),
        }
    }

    async fn run(
        mut self,
        client: &Client,
        progress: &(dyn Fn(i64, i64) + Send + Sync),
    ) -> Checked<Verdict> {
        let statement = client.prepare_cached(sql::VERIFY_BEYOND_HEAD).await?;
        let Some(row) = client.query_opt(&statement, &[&self.tenant.uuid()]).await? else {
            return Ok(Verdict::Intact {
                head: Position::START,
                hash: hex(&GENESIS),
            });
        };
        let head = Position(row.get(0));
        let (hash, event, tag, command): (&[u8], Option<i64>, Option<i64>, Option<i64>) =
            (row.get(1), row.get(2), row.get(3), row.get(4));
        while self.position < head {
            let end = Position((self.position.0 + RANGE).min(head.0));
            self.check_range(client, end, head, progress).await?;
        }
        self.end_command()?;
        if let Some(position) = event {
            return Err(Stop::Found(Position(position), Finding::EventBeyondHead));
        }
        if let Some(row) = self.commands.front() {
            return Err(Stop::Found(Position(row.get(3)), Finding::CommandAltered));
        }
        if hash != self.last {
            return Err(Stop::Found(head, Finding::HeadMismatch));
        }
        if let Some(position) = tag {
            return Err(Stop::Found(Position(position), Finding::TagBeyondHead));
        }
        if let Some(position) = command {
            return Err(Stop::Found(Position(position), Finding::CommandBeyondHead));
        }
        Ok(Verdict::Intact {
            head,
            hash: hex(&self.last),
        })
    }

    async fn check_range(
        &mut self,
        client: &Client,
        end: Position,
        head: Position,
        progress: &(dyn Fn(i64, i64) + Send + Sync),
    ) -> Checked<()> {
        let range = (self.tenant.uuid(), self.position.0, end.0);
        let statement = client.prepare_cached(sql::VERIFY_TAGS).await?;
        for row in client
            .query(&statement, &[&range.0, &range.1, &range.2])
            .await?
        {
            let position = Position(row.get(0));
            let tag = Tag::parse(row.get::<_, String>(1))
                .map_err(|_| Stop::Found(position, Finding::Unreadable))?;
            self.tags.push_back((position, tag));
        }
        let statement = client.prepare_cached(sql::VERIFY_COMMANDS).await?;
        let commands = client
            .query(&statement, &[&range.0, &range.1, &range.2])
            .await?;
        self.commands.extend(commands);
        let statement = client.prepare_cached(sql::VERIFY_EVENTS).await?;
        while self.position < end {
            let limit = PAGE.min(end.0 - self.position.0);
            let rows = client
                .query(&statement, &[&self.tenant.uuid(), &self.position.0, &limit])
                .await?;
            if rows.is_empty() {
                return Err(Stop::Found(self.position.next(), Finding::EventMissing));
            }
            for row in &rows {
                let event = read::recorded(row, 0)?;
                self.check_event(&event)?;
                if row.get::<_, &[u8]>(14) != event.stream.key().0 {
                    return Err(Stop::Found(event.position, Finding::StreamKeyMismatch));
                }
            }
            progress(self.position.0, head.0);
        }
        Ok(())
    }

    fn check_event(&mut self, event: &Recorded) -> Checked<()> {
        let expected = self.position.next();
        if event.position != expected {
            return Err(Stop::Found(expected, Finding::EventMissing));
        }
        let found = |finding| Stop::Found(expected, finding);
        if self
            .command
            .is_none_or(|(command, _)| command != event.command_id)
        {
            self.end_command()?;
            self.command = Some((event.command_id, expected));
        }
        let mut tags = Vec::new();
        while self
            .tags
            .front()
            .is_some_and(|(position, _)| *position <= expected)
        {
            tags.extend(self.tags.pop_front().map(|(_, tag)| tag));
        }
        let envelope = Envelope {
            tenant: self.tenant,
            position: expected,
            stream_id: event.stream.as_str(),
            revision: event.revision,
            event_id: event.event_id.0,
            wire_name: &event.wire_name,
            recorded_at_us: event.recorded_at.as_microsecond(),
            actor: event.actor.as_str(),
            authority: &event.authority,
            command_id: event.command_id,
            causation_id: event.causation_id,
            correlation_id: event.correlation_id,
            tags: &tags,
            payload: &event.payload,
        };
        let hash = self.hasher.event(&self.last, &envelope);
        if hash != event.hash {
            return Err(found(Finding::HashMismatch));
        }
        self.check_revision(&event.stream, event.revision)
            .map_err(found)?;
        (self.last, self.position) = (hash, expected);
        Ok(())
    }

    fn check_revision(&mut self, stream: &StreamId, revision: Revision) -> Result<(), Finding> {
        let before = self.revisions.insert(stream.key(), revision);
        let expected = before.map_or(Revision::FIRST, Revision::next);
        if revision == expected {
            Ok(())
        } else {
            Err(Finding::RevisionMismatch)
        }
    }

    /// Compares the command whose events end here with its row.
    fn end_command(&mut self) -> Checked<()> {
        let Some((command, first)) = self.command.take() else {
            return Ok(());
        };
        let Some(row) = self.commands.pop_front() else {
            return Err(Stop::Found(first, Finding::CommandMissing));
        };
        let (row_command, row_first, row_last) = (
            CommandId(row.get(0)),
            Position(row.get(3)),
            Position(row.get(4)),
        );
        if row_first < first {
            return Err(Stop::Found(row_first, Finding::CommandAltered));
        }
        if row_command != command || row_first != first || row_last != self.position {
            return Err(Stop::Found(first, Finding::CommandMissing));
        }
        let sealed = CommandRow {
            command_id: row_command,
            request_hash: row.get(1),
            outcome: row.get(2),
            first: row_first,
            last: row_last,
            result: row.get(5),
        };
        let seal = self.hasher.seal(self.tenant, &self.last, &sealed);
        if row.get::<_, &[u8]>(6) == seal {
            Ok(())
        } else {
            Err(Stop::Found(first, Finding::CommandAltered))
        }
    }
}

fn hex(hash: &Hash) -> String {
    blake3::Hash::from(*hash).to_hex().to_string()
}
