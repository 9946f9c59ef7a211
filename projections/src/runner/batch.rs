//! Events to one transaction: fold, move the checkpoints, write, commit.
//!
//! The checkpoints move first, by compare-and-set on position and epoch, and under a shared lock on the
//! build's own row. So two workers that read the same events queue on the checkpoint, not on rows, and the
//! later one writes nothing; and a flip, which takes that lock exclusively, waits for nobody's half.

use std::collections::{HashMap, HashSet};
use std::ops::Range;
use std::sync::Arc;

use cinatra_domain::kernel::{Position, StreamKey, TenantId};
use cinatra_eventstore::ReadError;
use deadpool_postgres::Pool;
use tokio::time::Instant;
use uuid::Uuid;

use super::park::{Halt, Parked, Refusal};
use super::transaction::Transaction;
use super::{park, sql};
use crate::registry::{Folding, Registered};
use crate::{Delivered, Error, OnPoison, WriteError, Writer};

/// The build that is written to.
#[derive(Clone, Debug)]
pub(crate) struct Target {
    pub(crate) registered: &'static Registered,
    pub(crate) build: i32,
    pub(crate) schema: Arc<str>,
}

impl Target {
    pub(crate) fn of(registered: &'static Registered, build: i32) -> Self {
        Self {
            registered,
            build,
            schema: registered.schema_of(build),
        }
    }
}

/// Contiguous events of one ledger: those of `events` in `range`.
#[derive(Clone, Debug)]
pub(crate) struct Part {
    pub(crate) tenant: TenantId,
    /// The worker's fence.
    pub(crate) epoch: i64,
    pub(crate) events: Arc<Vec<Delivered>>,
    pub(crate) range: Range<usize>,
    /// Whether this ledger has parked or halted events of this build.
    pub(crate) has_parked: bool,
}

/// Streams whose events wait, by ledger.
pub(crate) type ParkedStreams = HashMap<TenantId, HashSet<StreamKey>>;

/// A checkpoint's way.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Move {
    pub(crate) tenant: TenantId,
    pub(crate) from: Position,
    pub(crate) to: Position,
    pub(crate) epoch: i64,
    has_parked: bool,
}

/// What one transaction is going to write.
pub(crate) struct Folded {
    pub(crate) batch: Box<dyn Folding>,
    pub(crate) parts: Vec<Part>,
    pub(crate) moves: Vec<Move>,
    pub(crate) parked: Vec<Parked>,
    pub(crate) halts: Vec<Halt>,
    pub(crate) events: usize,
}

/// Why a transaction did not commit.
pub(crate) enum Failed {
    /// These ledgers stand elsewhere: somebody else was faster, or the build no longer serves.
    Stale(Vec<TenantId>),
    /// The database refuses the rows, now and always.
    Refused(Refusal),
    /// Try again later.
    Unavailable(Error),
}

impl<E: Into<Error>> From<E> for Failed {
    fn from(error: E) -> Self {
        Self::Unavailable(error.into())
    }
}

impl Folded {
    pub(crate) fn new(registered: &Registered) -> Self {
        Self {
            batch: registered.begin(),
            parts: Vec::new(),
            moves: Vec::new(),
            parked: Vec::new(),
            halts: Vec::new(),
            events: 0,
        }
    }

    /// Folds several parts.
    pub(crate) fn of(
        target: &Target,
        parts: &[Part],
        waiting: &mut ParkedStreams,
    ) -> Result<Self, Error> {
        let mut folded = Self::new(target.registered);
        for part in parts {
            folded.add(part.clone(), target.registered.on_poison, waiting)?;
        }
        Ok(folded)
    }

    /// Folds a part. An event that cannot be applied is parked or halts its ledger; it never reaches the
    /// batch, because a fold that fails leaves the batch as it was.
    pub(crate) fn add(
        &mut self,
        part: Part,
        on_poison: OnPoison,
        waiting: &mut ParkedStreams,
    ) -> Result<(), Error> {
        let Some(first) = part.events.get(part.range.start) else {
            return Ok(());
        };
        let from = Position(first.recorded.position.0 - 1);
        let mut to = from;
        for event in part.events.get(part.range.clone()).unwrap_or_default() {
            contiguous(part.tenant, to, event)?;
            let stream = || event.recorded.stream.key();
            let streams = waiting.get(&part.tenant);
            if streams.is_some_and(|streams| streams.contains(&stream())) {
                self.parked.push(Parked::behind(event));
            } else if let Err(poison) = self.batch.fold(event) {
                let refusal = Refusal(poison.0);
                if on_poison == OnPoison::Halt {
                    self.halts.push(Halt::at(event, refusal));
                    break;
                }
                waiting.entry(part.tenant).or_default().insert(stream());
                self.parked.push(Parked::because(event, refusal));
            }
            to = event.recorded.position;
            self.events += 1;
        }
        self.go(&part, from, to);
        self.parts.push(part);
        Ok(())
    }

    /// One way per ledger, however many pages it goes over.
    fn go(&mut self, part: &Part, from: Position, to: Position) {
        let last = self.moves.last_mut();
        match last.filter(|last| last.tenant == part.tenant && last.to == from) {
            Some(last) => last.to = to,
            None if to > from => self.moves.push(Move {
                tenant: part.tenant,
                from,
                to,
                epoch: part.epoch,
                has_parked: part.has_parked,
            }),
            None => {}
        }
    }

    /// Whether there is nothing to do but to move the checkpoints.
    pub(crate) fn is_idle(&self) -> bool {
        self.batch.rows() == 0
            && self.parked.is_empty()
            && self.halts.is_empty()
            && !self.moves.iter().any(|each| each.has_parked)
    }

    /// Moves the checkpoints past events without applying them: they are parked.
    pub(crate) fn skip(registered: &Registered, part: &Part, refusal: Refusal) -> Self {
        let mut folded = Self::new(registered);
        if let Some(event) = part.events.get(part.range.start) {
            let position = event.recorded.position;
            folded.parked.push(Parked::because(event, refusal));
            folded.go(part, Position(position.0 - 1), position);
        }
        folded
    }

    /// Writes everything, or nothing; answers the moved checkpoints and what was parked.
    pub(crate) async fn commit(
        self,
        writers: &Pool,
        target: &Target,
    ) -> Result<(Vec<Move>, usize), Failed> {
        if self.moves.is_empty() {
            return Ok((self.moves, 0));
        }
        let (began, name) = (Instant::now(), target.registered.name);
        let client = writers.get().await?;
        let move_checkpoints = client.prepare_cached(sql::MOVE_CHECKPOINTS).await?;
        let transaction = Transaction::on(client);
        let client = transaction.client()?;
        let columns = MoveColumns::of(&self.moves);
        let (opened, moved) = futures_util::future::join(
            client.batch_execute(sql::BEGIN_BATCH),
            client.query(
                &move_checkpoints,
                &[
                    &name,
                    &target.build,
                    &columns.tenants,
                    &columns.from,
                    &columns.to,
                    &columns.epochs,
                ],
            ),
        )
        .await;
        opened?;
        let moved: Vec<Uuid> = moved?.iter().map(|row| row.get(0)).collect();
        if moved.len() < self.moves.len() {
            transaction.roll_back().await?;
            let tenants = self.moves.iter().map(|each| each.tenant);
            let stale = tenants.filter(|tenant| !moved.contains(&tenant.uuid()));
            return Err(Failed::Stale(stale.collect()));
        }
        if let Err(error) = self.batch.write(&Writer::new(client, &target.schema)).await {
            transaction.roll_back().await?;
            return Err(refused_or_unavailable(error));
        }
        park::record(client, target, &self.parked).await?;
        let cured: Vec<&Move> = self.moves.iter().filter(|each| each.has_parked).collect();
        park::forget_halts(client, target, &cured).await?;
        transaction.commit().await?;
        metrics::histogram!("projection_batch_seconds", "projection" => name)
            .record(began.elapsed());
        Ok((self.moves, self.parked.len()))
    }
}

#[derive(Default)]
struct MoveColumns {
    tenants: Vec<Uuid>,
    from: Vec<i64>,
    to: Vec<i64>,
    epochs: Vec<i64>,
}

impl MoveColumns {
    fn of(moves: &[Move]) -> Self {
        let mut columns = Self::default();
        for each in moves {
            columns.tenants.push(each.tenant.uuid());
            columns.from.push(each.from.0);
            columns.to.push(each.to.0);
            columns.epochs.push(each.epoch);
        }
        columns
    }
}

/// A hole in what is applied would be a silent loss; here it is an error.
fn contiguous(tenant: TenantId, last: Position, event: &Delivered) -> Result<(), Error> {
    let (expected, found) = (last.next(), event.recorded.position);
    if found == expected && event.recorded.tenant == tenant {
        return Ok(());
    }
    Err(Error::Ledger(ReadError::Hole {
        tenant,
        expected,
        found,
    }))
}

/// Data the tables refuse will be refused again; everything else may pass.
fn refused_or_unavailable(error: WriteError) -> Failed {
    let code = match &error {
        WriteError::Database(source) => source.code().map_or("", |code| code.code()),
        WriteError::Rows { .. } | WriteError::Value(_) => {
            return Failed::Refused(Refusal::of(&error));
        }
        WriteError::Outside => "",
    };
    // Classes of SQLSTATE: cardinality, data exception, integrity. Source: PostgreSQL manual, appendix A.
    if code.starts_with("21") || code.starts_with("22") || code.starts_with("23") {
        Failed::Refused(Refusal::of(&error))
    } else {
        Failed::Unavailable(Error::unavailable(error))
    }
}
