//! One attempt at a batch: read what is missing, decide, write, answer.

use std::collections::{BTreeMap, HashMap, HashSet};

use cinatra_domain::kernel::{Position, Revision, StreamKey, TenantId};
use uuid::Uuid;

use super::connection::{Connection, MISSED_MAX, StatementError, StreamKeys, TagKeys};
use super::draft::{Advance, Draft, Drafter, TagPositions, Verdict};
use super::guard::{GuardKeys, Guards};
use super::memory::{Memory, Mode, Remembered};
use super::pending::Pending;
use super::{Care, Lane, Result, answer};
use crate::{AppendError, Expected, SideRow};

/// A batch after its write, without what it wrote.
struct Written {
    verdicts: Vec<Verdict>,
    advances: HashMap<TenantId, Advance>,
    revisions: HashMap<(TenantId, StreamKey), Revision>,
    /// Ledgers for which the memory proved true.
    proved: HashSet<TenantId>,
}

impl Lane {
    /// One attempt at everything that waits; what was answered is gone afterwards. Answers the care that
    /// the rest needs.
    pub(super) async fn round(&mut self, waiting: &mut Vec<Pending>, care: Care) -> Result<Care> {
        if self.connection.as_ref().is_none_or(Connection::is_closed) {
            self.connection = Some(Connection::open(&self.config).await?);
        }
        if care == Care::Thorough {
            self.answer_repeats(waiting).await?;
        }
        let (mut locked, mut optimistic): (Vec<_>, Vec<_>) =
            std::mem::take(waiting).into_iter().partition(|pending| {
                let memory = self.memory.peek(pending.append.tenant);
                pending.is_guarded || memory.is_some_and(|memory| memory.mode != Mode::Optimistic)
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
            Guards::default(),
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
        let competed = waiting.iter().any(|pending| {
            let memory = self.memory.peek(pending.append.tenant);
            memory.is_some_and(|memory| memory.mode != Mode::Optimistic)
        });
        metrics::counter!("cinatra_ledger_locked_batches_total").increment(u64::from(competed));
        let needs = Needs::of(waiting, &self.memory, care, Reach::Nothing);
        let known: BTreeMap<TenantId, Position> = waiting
            .iter()
            .map(|pending| {
                let memory = self.memory.peek(pending.append.tenant);
                // Of a ledger that nobody remembers nothing was missed.
                let position = memory.map_or(Position(i64::MAX), |memory| memory.head.position);
                (pending.append.tenant, position)
            })
            .collect();
        let known: Vec<_> = known.into_iter().collect();
        let guards = GuardKeys::of(waiting);
        let locked = connection.lock(&known, &needs.streams, &needs.tags, &guards);
        let (heads, missed, revisions, tags, guards) = match locked.await {
            Ok(read) => read,
            Err(error) => {
                connection.rollback().await?;
                return Err(error);
            }
        };
        let mut anew = false;
        for (tenant, head) in heads {
            if self.memory.peek(tenant).is_none() {
                self.memory.start(tenant, head, Mode::Optimistic);
                continue;
            }
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
            guards,
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
                    self.ring(&pending);
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

    /// Wakes who watches a run that an append wrote for, and who waits for work.
    fn ring(&self, pending: &Pending) {
        for side in &pending.append.side {
            match side {
                SideRow::Run(row) => self.bells.ring((pending.append.tenant, row.run_id)),
                SideRow::Job(_) => self
                    .jobs_bell
                    .send_modify(|rings| *rings = rings.wrapping_add(1)),
                SideRow::Content { .. }
                | SideRow::Vault(_)
                | SideRow::Identity(_)
                | SideRow::EraseContents { .. } => {}
            }
        }
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
                let known = memory.revision(tenant, stream.key) != Remembered::Unknown;
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
