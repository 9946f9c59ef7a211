//! Group commit: waiting appends of several ledgers merge into one transaction and one statement.
//!
//! A ledger is hashed to one lane of the process; other processes have lanes of their own. A lane decides
//! a batch in memory ([`draft`]) against what it remembers ([`memory`]), and writes it on condition that
//! the memory was true ([`connection`]). Source: design.md D3, spec/ledger.md, ADR-0002.

mod connection;
mod draft;
mod memory;
mod pending;
mod rows;

use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::Arc;
use std::time::Duration;

use cinatra_domain::kernel::{Position, Revision, StreamKey, TenantId};
use tokio::sync::{mpsc, watch};
use tokio::time::Instant;
use tokio_postgres::Config;
use tokio_postgres::error::SqlState;
use uuid::Uuid;

pub(crate) use self::connection::command_of;
pub(crate) use self::pending::Pending;

use self::connection::{Connection, MISSED_MAX, StatementError, StreamKeys, TagKeys};
use self::draft::{Advance, Draft, Drafter, TagPositions, Verdict};
use self::memory::{Memory, Mode};
use crate::chain::Hasher;
use crate::{AppendError, Clock, Expected};

/// Appends in one batch at most.
const BATCH_MAX: usize = 512;
/// Pause before a lost connection is opened again.
const RECONNECT_PAUSE: Duration = Duration::from_millis(100);

type Result<T> = std::result::Result<T, StatementError>;

/// One writer with its own connection.
pub(crate) struct Lane {
    config: Config,
    connection: Option<Connection>,
    memory: Memory,
    hasher: Hasher,
    clock: Arc<dyn Clock>,
    doorbell: watch::Sender<u64>,
}

/// How carefully a round looks before it writes.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Care {
    /// Trust that new streams are new and that commands are not repeats: the index will tell.
    Usual,
    /// Look both up first: the index has told, or a write was lost.
    Thorough,
}

/// A batch after its write, without what it wrote.
struct Written {
    verdicts: Vec<Verdict>,
    advances: HashMap<TenantId, Advance>,
    revisions: HashMap<(TenantId, StreamKey), Revision>,
    /// Ledgers for which the memory proved true.
    proved: HashSet<TenantId>,
}

impl Lane {
    pub(crate) fn new(config: Config, clock: Arc<dyn Clock>, doorbell: watch::Sender<u64>) -> Self {
        let (memory, hasher) = (Memory::new(), Hasher::default());
        Self {
            config,
            connection: None,
            memory,
            hasher,
            clock,
            doorbell,
        }
    }

    /// Works until every sender is gone.
    pub(crate) async fn run(mut self, mut queue: mpsc::Receiver<Pending>) {
        let mut waiting = Vec::with_capacity(BATCH_MAX);
        while queue.recv_many(&mut waiting, BATCH_MAX).await > 0 {
            metrics::histogram!("cinatra_ledger_batch_appends").record(count(waiting.len()));
            self.commit(&mut waiting).await;
        }
    }

    /// Brings every append of a batch to an answer.
    async fn commit(&mut self, waiting: &mut Vec<Pending>) {
        let mut care = Care::Usual;
        while !waiting.is_empty() {
            match self.round(waiting, care).await {
                Ok(next) => care = next,
                Err(StatementError::Refused(error)) if is_repeat(&error) && care == Care::Usual => {
                    care = Care::Thorough;
                }
                Err(StatementError::Refused(error)) if is_passing(&error) => {
                    tracing::warn!(%error, "the ledger is busy");
                    self.give_up_late(waiting, Some(error));
                }
                Err(StatementError::Refused(error)) if waiting.len() > 1 => {
                    tracing::warn!(%error, "a batch was refused: its appends are tried one by one");
                    self.commit_singly(waiting).await;
                }
                Err(StatementError::Refused(error)) => refuse(waiting, error),
                Err(StatementError::Broken(error)) => {
                    care = Care::Thorough;
                    self.lose_connection(waiting);
                    self.give_up_late(waiting, error);
                    tokio::time::sleep(RECONNECT_PAUSE).await;
                }
            }
        }
    }

    async fn commit_singly(&mut self, waiting: &mut Vec<Pending>) {
        for pending in std::mem::take(waiting) {
            let mut alone = vec![pending];
            while !alone.is_empty() {
                match self.round(&mut alone, Care::Thorough).await {
                    Ok(_) => {}
                    Err(StatementError::Refused(error)) => refuse(&mut alone, error),
                    Err(StatementError::Broken(error)) => {
                        self.lose_connection(&mut alone);
                        self.give_up_late(&mut alone, error);
                        tokio::time::sleep(RECONNECT_PAUSE).await;
                    }
                }
            }
        }
    }

    /// After a lost connection nothing remembered of these ledgers is trusted.
    fn lose_connection(&mut self, waiting: &mut [Pending]) {
        self.connection = None;
        for pending in waiting {
            pending.maybe_written = true;
            self.memory.forget(pending.append.tenant);
        }
    }

    fn give_up_late(&mut self, waiting: &mut Vec<Pending>, error: Option<tokio_postgres::Error>) {
        let now = Instant::now();
        let mut source = error;
        for pending in std::mem::take(waiting) {
            if pending.deadline > now {
                waiting.push(pending);
            } else if pending.maybe_written {
                answer(pending, Err(AppendError::OutcomeUnknown));
            } else {
                let source = source.take().map(Into::into);
                answer(pending, Err(AppendError::Unavailable { source }));
            }
        }
    }

    /// One attempt at everything that waits; what was answered is gone afterwards. Answers the care that
    /// the rest needs.
    async fn round(&mut self, waiting: &mut Vec<Pending>, care: Care) -> Result<Care> {
        if self.connection.as_ref().is_none_or(Connection::is_closed) {
            self.connection = Some(Connection::open(&self.config).await?);
        }
        if care == Care::Thorough {
            self.answer_repeats(waiting).await?;
        }
        let (mut locked, mut optimistic): (Vec<_>, Vec<_>) =
            std::mem::take(waiting).into_iter().partition(|pending| {
                let memory = self.memory.peek(pending.append.tenant);
                memory.is_some_and(|memory| memory.mode != Mode::Optimistic)
            });
        let mut outcome = Ok(Care::Usual);
        if !optimistic.is_empty() {
            outcome = self.write_optimistic(&mut optimistic, care).await;
        }
        if let Ok(before) = outcome
            && !locked.is_empty()
        {
            outcome = self
                .write_locked(&mut locked, care)
                .await
                .map(|after| after.max(before));
        }
        waiting.append(&mut optimistic);
        waiting.append(&mut locked);
        outcome
    }

    async fn answer_repeats(&mut self, waiting: &mut Vec<Pending>) -> Result<()> {
        let Some(connection) = &self.connection else {
            return Err(StatementError::Broken(None));
        };
        let keys: Vec<_> = waiting
            .iter()
            .map(|pending| (pending.append.tenant, pending.append.command.command_id))
            .collect();
        let mut known = connection.commands(&keys).await?;
        for (pending, key) in std::mem::take(waiting).into_iter().zip(keys) {
            match known.get_mut(&key) {
                None => waiting.push(pending),
                Some(appended) => {
                    let stored = appended.repeated.as_ref().map(|record| record.request_hash);
                    let reply = if stored == Some(pending.append.command.request_hash) {
                        Ok(appended.clone())
                    } else {
                        Err(AppendError::CommandReused)
                    };
                    answer(pending, reply);
                }
            }
        }
        Ok(())
    }

    async fn write_optimistic(&mut self, waiting: &mut Vec<Pending>, care: Care) -> Result<Care> {
        let Some(connection) = &self.connection else {
            return Err(StatementError::Broken(None));
        };
        let needs = Needs::of(waiting, &self.memory, care, Reach::Memory);
        let mut looked_up = TagPositions::new();
        if !needs.is_empty() {
            let (heads, revisions, tags) = connection
                .prefetch(&needs.heads, &needs.streams, &needs.tags)
                .await?;
            for (tenant, head) in heads {
                self.memory.start(tenant, head, Mode::Optimistic);
            }
            learn_revisions(&mut self.memory, &needs.streams, &revisions);
            looked_up = tags;
        }
        let draft = Drafter::decide(
            &self.memory,
            &looked_up,
            &mut self.hasher,
            self.clock.now(),
            waiting,
        );
        let confirm = refused_only(waiting, &draft);
        let (mut proved, heads) = if confirm.is_empty() && !draft.rows.is_empty() {
            (connection.append(&draft.rows).await?, HashMap::new())
        } else {
            connection.append_and_confirm(&draft.rows, &confirm).await?
        };
        for (tenant, head) in heads {
            if self
                .memory
                .peek(tenant)
                .is_some_and(|memory| memory.head == head)
            {
                proved.insert(tenant);
            }
        }
        let written = without_rows(draft, proved);
        Ok(self.settle(waiting, written, care))
    }

    async fn write_locked(&mut self, waiting: &mut Vec<Pending>, care: Care) -> Result<Care> {
        let Some(connection) = &self.connection else {
            return Err(StatementError::Broken(None));
        };
        metrics::counter!("cinatra_ledger_locked_batches_total").increment(1);
        let needs = Needs::of(waiting, &self.memory, care, Reach::Nothing);
        let known: BTreeMap<TenantId, Position> = waiting
            .iter()
            .filter_map(|pending| {
                let memory = self.memory.peek(pending.append.tenant)?;
                Some((pending.append.tenant, memory.head.position))
            })
            .collect();
        let known: Vec<_> = known.into_iter().collect();
        let (heads, missed, revisions, tags) =
            match connection.lock(&known, &needs.streams, &needs.tags).await {
                Ok(read) => read,
                Err(error) => {
                    connection.rollback().await?;
                    return Err(error);
                }
            };
        let mut anew = false;
        for (tenant, head) in heads {
            let foreign = missed.get(&tenant).map_or(&[][..], Vec::as_slice);
            if foreign.len() >= MISSED_MAX {
                self.memory.start(tenant, head, Mode::Locked { quiet: 0 });
                anew = true;
                continue;
            }
            if !foreign.is_empty() {
                self.memory.skip_to(tenant, head);
            }
            for (stream, revision) in foreign {
                self.memory.remember(tenant, *stream, Some(*revision));
            }
            if let Some(memory) = self.memory.ledger(tenant) {
                memory.saw_foreign(foreign.len());
            }
        }
        if anew {
            connection.rollback().await?;
            return Ok(care);
        }
        learn_revisions(&mut self.memory, &needs.streams, &revisions);
        let draft = Drafter::decide(
            &self.memory,
            &tags,
            &mut self.hasher,
            self.clock.now(),
            waiting,
        );
        let advanced = connection.append_and_commit(&draft.rows).await?;
        let mut proved = advanced;
        // Order: under the lock a refusal is final; nothing can have come between.
        let refused = refused_only(waiting, &draft);
        proved.extend(refused.into_iter().map(TenantId::new));
        let written = without_rows(draft, proved);
        Ok(self.settle(waiting, written, care))
    }

    /// Answers what is decided; keeps what has to be looked at again.
    fn settle(&mut self, waiting: &mut Vec<Pending>, written: Written, looked: Care) -> Care {
        let Written {
            verdicts,
            advances,
            revisions,
            proved,
        } = written;
        for (tenant, advance) in &advances {
            if let Some(memory) = self
                .memory
                .ledger(*tenant)
                .filter(|_| proved.contains(tenant))
            {
                memory.head = advance.new;
            }
        }
        for ((tenant, stream), revision) in revisions {
            if proved.contains(&tenant) {
                self.memory.remember(tenant, stream, Some(revision));
            }
        }
        let (mut appended, mut care): (u64, Care) = (0, Care::Usual);
        let mut stale = HashSet::new();
        for (pending, verdict) in std::mem::take(waiting).into_iter().zip(verdicts) {
            let tenant = pending.append.tenant;
            match verdict {
                Verdict::NoLedger => answer(pending, Err(AppendError::UnknownLedger(tenant))),
                Verdict::Deferred => {
                    care = Care::Thorough;
                    waiting.push(pending);
                }
                Verdict::Accepted { .. } | Verdict::Refused(_) if !proved.contains(&tenant) => {
                    stale.insert(tenant);
                    waiting.push(pending);
                }
                // Order: a repeat contradicts what it did itself, so it must be told from a conflict.
                Verdict::Refused(_) if looked == Care::Usual => {
                    care = Care::Thorough;
                    waiting.push(pending);
                }
                Verdict::Refused(error) => answer(pending, Err(error)),
                Verdict::Accepted { first, last } => {
                    self.remember_tags(&pending, first);
                    appended += 1;
                    let reply = crate::Appended {
                        first,
                        last,
                        repeated: None,
                    };
                    answer(pending, Ok(reply));
                }
            }
        }
        for tenant in stale {
            metrics::counter!("cinatra_ledger_stale_total").increment(1);
            if let Some(memory) = self.memory.ledger(tenant) {
                memory.mode = Mode::Locked { quiet: 0 };
            }
        }
        if appended > 0 {
            metrics::counter!("cinatra_ledger_appends_total").increment(appended);
            self.doorbell
                .send_modify(|rings| *rings = rings.wrapping_add(1));
        }
        care
    }

    fn remember_tags(&mut self, pending: &Pending, first: Position) {
        let mut position = first;
        for event in pending.streams.iter().flat_map(|stream| &stream.events) {
            self.memory
                .remember_tags(pending.append.tenant, position, &event.tags);
            position = position.next();
        }
    }
}

/// How far the memory of tags is used.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Reach {
    /// Where it is complete.
    Memory,
    /// Not at all: somebody else writes too.
    Nothing,
}

/// What has to be read before a batch can be decided.
struct Needs<'p> {
    heads: Vec<Uuid>,
    streams: StreamKeys,
    tags: TagKeys<'p>,
}

impl<'p> Needs<'p> {
    fn of(waiting: &'p [Pending], memory: &Memory, care: Care, reach: Reach) -> Self {
        let mut needs = Self {
            heads: Vec::new(),
            streams: StreamKeys::default(),
            tags: TagKeys::default(),
        };
        let (mut heads, mut streams, mut tags) = (HashSet::new(), HashSet::new(), HashSet::new());
        for pending in waiting {
            let tenant = pending.append.tenant;
            let ledger = memory.peek(tenant);
            if ledger.is_none() && heads.insert(tenant) {
                needs.heads.push(tenant.uuid());
            }
            for stream in &pending.streams {
                let trusted = care == Care::Usual && stream.expected == Expected::NoStream;
                let known = memory.revision(tenant, stream.key).is_some();
                if !trusted && !known && streams.insert((tenant, stream.key)) {
                    needs.streams.push(tenant, stream.key);
                }
            }
            for condition in &pending.append.conditions {
                let covered = reach == Reach::Memory
                    && ledger.is_some_and(|ledger| ledger.covers_tags_after(condition.after));
                for tag in condition.tags.iter().filter(|_| !covered) {
                    if tags.insert((tenant, tag)) {
                        needs.tags.push(tenant, tag);
                    }
                }
            }
        }
        needs
    }

    fn is_empty(&self) -> bool {
        self.heads.is_empty() && self.streams.is_empty() && self.tags.is_empty()
    }
}

fn learn_revisions(
    memory: &mut Memory,
    asked: &StreamKeys,
    found: &HashMap<(TenantId, StreamKey), Revision>,
) {
    for (tenant, key) in asked.iter() {
        memory.remember(tenant, key, found.get(&(tenant, key)).copied());
    }
}

/// Ledgers of which the batch writes nothing but refuses something.
fn refused_only(waiting: &[Pending], draft: &Draft<'_>) -> Vec<Uuid> {
    let refused: HashSet<TenantId> = waiting
        .iter()
        .zip(&draft.verdicts)
        .filter(|(_, verdict)| matches!(verdict, Verdict::Refused(_)))
        .map(|(pending, _)| pending.append.tenant)
        .filter(|tenant| !draft.advances.contains_key(tenant))
        .collect();
    refused.into_iter().map(TenantId::uuid).collect()
}

fn without_rows(draft: Draft<'_>, proved: HashSet<TenantId>) -> Written {
    let Draft {
        verdicts,
        advances,
        revisions,
        rows: _,
    } = draft;
    Written {
        verdicts,
        advances,
        revisions,
        proved,
    }
}

fn answer(pending: Pending, reply: std::result::Result<crate::Appended, AppendError>) {
    // The caller may have gone away; its command stands in the log.
    let _ = pending.reply.send(reply);
}

fn refuse(waiting: &mut Vec<Pending>, error: tokio_postgres::Error) {
    let mut source = Some(error);
    for pending in std::mem::take(waiting) {
        let source = source.take().map(Into::into);
        answer(pending, Err(AppendError::Unavailable { source }));
    }
}

/// A stream that was not new, or a command that was.
fn is_repeat(error: &tokio_postgres::Error) -> bool {
    error.code() == Some(&SqlState::UNIQUE_VIOLATION)
}

/// Worth another try of the whole batch until its deadlines.
fn is_passing(error: &tokio_postgres::Error) -> bool {
    let passing = [
        SqlState::LOCK_NOT_AVAILABLE,
        SqlState::T_R_DEADLOCK_DETECTED,
        SqlState::T_R_SERIALIZATION_FAILURE,
        SqlState::QUERY_CANCELED,
        SqlState::IDLE_IN_TRANSACTION_SESSION_TIMEOUT,
    ];
    error.code().is_some_and(|code| passing.contains(code))
}

#[expect(
    clippy::cast_precision_loss,
    clippy::as_conversions,
    reason = "a batch has at most 512"
)]
fn count(appends: usize) -> f64 {
    appends as f64
}
