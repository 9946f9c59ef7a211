//! History to rows: pages are read and decoded ahead while the batch before is being written.

use std::collections::HashMap;
use std::sync::Arc;

use cinatra_domain::kernel::{Position, TenantId};
use cinatra_eventstore::{EventStore, ReadError};
use futures_util::{Stream, StreamExt, TryStreamExt, stream};
use tokio::task::JoinHandle;
use tokio::time::{Instant, interval};

use super::pace::{EVERY, Pace};
use super::{Goal, Phase, Rebuild};
use crate::runner::batch::{Failed, Folded, ParkedStreams, Part, Target};
use crate::runner::park::Halt;
use crate::runner::settle::Settled;
use crate::runner::{Projections, sql};
use crate::{Delivered, Error};

/// Pages that are read ahead by one pipeline.
const PAGES_AHEAD: usize = 3;
/// A batch that comes to few rows is written when it was made of so many times more events.
const EVENTS_A_ROW: usize = 3;
/// Ledgers are divided among so many pipelines.
const PIPELINES_MAX: usize = 2;
/// Epoch of the checkpoints of a build that never served: a server's lease begins at 1.
const EPOCH: i64 = 0;

/// What a ledger lacks.
#[derive(Clone, Copy, Debug)]
pub(super) struct Lack {
    pub(super) tenant: TenantId,
    pub(super) from: Position,
    pub(super) to: Position,
    pub(super) epoch: i64,
}

/// How far a build is in one ledger.
#[derive(Clone, Copy, Debug)]
pub(super) struct Checkpoint {
    pub(super) tenant: TenantId,
    pub(super) position: Position,
    pub(super) epoch: i64,
}

impl Lack {
    pub(super) fn events(&self) -> i64 {
        self.to.0 - self.from.0
    }
}

impl Rebuild<'_> {
    /// Applies what the ledgers hold by now; answers how much it was.
    pub(super) async fn backfill(&mut self, goal: Goal) -> Result<i64, Error> {
        let began = Instant::now();
        let lacks = self.lacks(goal).await?;
        let total: i64 = lacks.iter().map(Lack::events).sum();
        let target = self.pace.done() + total;
        let mut ticks = interval(EVERY);
        let (projections, shadow) = (self.projections, &self.shadow);
        let (pace, rate) = (&self.pace, &mut self.rate);
        let filling = fill(projections, shadow, lacks, &mut self.waiting, pace);
        tokio::pin!(filling);
        let filled = loop {
            tokio::select! {
                filled = &mut filling => break filled,
                _ = ticks.tick() => {
                    (self.progress)(rate.progress(Phase::Backfilling, pace.done(), target));
                }
            }
        };
        self.backfilled += began.elapsed();
        filled?;
        (self.progress)(rate.progress(Phase::Backfilling, pace.done(), target));
        Ok(total)
    }

    /// What the new build lacks.
    pub(super) async fn lacks(&self, goal: Goal) -> Result<Vec<Lack>, Error> {
        let projections = self.projections;
        let goals = match (&self.live, goal) {
            (Some((live, _)), Goal::Live) => {
                let checkpoints = projections.checkpoints(live).await?.into_iter();
                checkpoints
                    .map(|each| (each.tenant, each.position))
                    .collect()
            }
            (None, _) | (_, Goal::Heads) => projections.0.store.heads().await?,
        };
        let reached = projections.checkpoints(&self.shadow).await?.into_iter();
        let reached: HashMap<_, _> = reached.map(|each| (each.tenant, each)).collect();
        let lack = |(tenant, to): (TenantId, Position)| {
            let checkpoint = reached.get(&tenant);
            let from = checkpoint.map_or(Position::START, |each| each.position);
            let epoch = checkpoint.map_or(EPOCH, |each| each.epoch);
            (to > from).then_some(Lack {
                tenant,
                from,
                to,
                epoch,
            })
        };
        Ok(goals.into_iter().filter_map(lack).collect())
    }
}

impl Projections {
    /// How far a build is in each ledger.
    pub(super) async fn checkpoints(&self, target: &Target) -> Result<Vec<Checkpoint>, Error> {
        let client = self.0.writers.get().await?;
        let statement = client.prepare_cached(sql::READ_CHECKPOINTS).await?;
        let rows = client
            .query(&statement, &[&target.registered.name, &target.build])
            .await?;
        let checkpoint = |row: &tokio_postgres::Row| {
            Ok(Checkpoint {
                tenant: TenantId::new(row.try_get(0)?),
                position: Position(row.try_get(1)?),
                epoch: row.try_get(2)?,
            })
        };
        rows.iter().map(checkpoint).collect()
    }

    /// Begins the checkpoints that are not there.
    async fn begin_checkpoints(&self, target: &Target, lacks: &[Lack]) -> Result<(), Error> {
        let tenants: Vec<_> = lacks.iter().map(|lack| lack.tenant.uuid()).collect();
        let names = vec![target.registered.name; lacks.len()];
        let builds = vec![target.build; lacks.len()];
        let epochs = vec![EPOCH; lacks.len()];
        let client = self.0.writers.get().await?;
        let statement = client.prepare_cached(sql::ADOPT_CHECKPOINTS).await?;
        client
            .execute(&statement, &[&names, &builds, &tenants, &epochs])
            .await?;
        Ok(())
    }
}

/// Applies what ledgers lack, in several pipelines; a ledger belongs to one of them.
pub(super) async fn fill(
    projections: &Projections,
    target: &Target,
    lacks: Vec<Lack>,
    waiting: &mut ParkedStreams,
    pace: &Pace,
) -> Result<(), Error> {
    projections.begin_checkpoints(target, &lacks).await?;
    let shares = divide(lacks, PIPELINES_MAX);
    let pipelines = shares.into_iter().map(|lacks| {
        let waiting = waiting.clone();
        run(projections, target, lacks, waiting, pace)
    });
    for parked in futures_util::future::try_join_all(pipelines).await? {
        for (tenant, streams) in parked {
            waiting.entry(tenant).or_default().extend(streams);
        }
    }
    Ok(())
}

/// About equal shares: the largest first, each to whoever has least.
fn divide(mut lacks: Vec<Lack>, shares: usize) -> Vec<Vec<Lack>> {
    lacks.sort_by_key(|lack| std::cmp::Reverse(lack.events()));
    let mut divided: Vec<(i64, Vec<Lack>)> = vec![(0, Vec::new()); shares];
    for lack in lacks {
        if let Some((events, share)) = divided.iter_mut().min_by_key(|(events, _)| *events) {
            *events += lack.events();
            share.push(lack);
        }
    }
    let shares = divided.into_iter().map(|(_, share)| share);
    shares.filter(|share| !share.is_empty()).collect()
}

/// A batch on its way, with what it takes to do it again more carefully.
struct Flight {
    parts: Vec<Part>,
    before: ParkedStreams,
    events: i64,
    writing: JoinHandle<Result<(), Failed>>,
}

/// One pipeline: fold a batch while the one before is written.
async fn run(
    projections: &Projections,
    target: &Target,
    lacks: Vec<Lack>,
    mut waiting: ParkedStreams,
    pace: &Pace,
) -> Result<ParkedStreams, Error> {
    let options = &projections.0.options;
    let pages = pages(projections.0.store.clone(), lacks, options.page_events);
    tokio::pin!(pages);
    let mut flight: Option<Flight> = None;
    loop {
        let before = waiting.clone();
        let folded = gather(&mut pages, target, options.batch_rows, &mut waiting).await?;
        let landed = match flight.take() {
            Some(flight) => land(projections, target, flight, &mut waiting, pace).await?,
            None => Landed::Whole,
        };
        if folded.parts.is_empty() {
            return Ok(waiting);
        }
        refuse_halts(target, &folded.halts)?;
        if matches!(landed, Landed::InPieces) {
            // Order: streams were parked after this batch was folded, so it is folded again.
            let events = i64::try_from(folded.events).unwrap_or(i64::MAX);
            let settled = projections
                .settle(target, folded.parts, None, &mut waiting)
                .await?;
            refuse_halts(target, &settled.halts)?;
            pace.advance(events);
            continue;
        }
        flight = Some(take_off(projections, target, folded, before));
    }
}

enum Landed {
    /// As it was folded.
    Whole,
    /// Some of its events were refused and parked.
    InPieces,
}

fn take_off(
    projections: &Projections,
    target: &Target,
    folded: Folded,
    before: ParkedStreams,
) -> Flight {
    let parts = folded.parts.clone();
    let events = i64::try_from(folded.events).unwrap_or(i64::MAX);
    let (projections, target) = (projections.clone(), target.clone());
    let writing = tokio::spawn(async move {
        let mut settled = Settled::default();
        projections.commit(&target, folded, &mut settled).await
    });
    Flight {
        parts,
        before,
        events,
        writing,
    }
}

async fn land(
    projections: &Projections,
    target: &Target,
    flight: Flight,
    waiting: &mut ParkedStreams,
    pace: &Pace,
) -> Result<Landed, Error> {
    let outcome = flight.writing.await.map_err(Error::unavailable)?;
    let landed = match outcome {
        Ok(()) => Landed::Whole,
        Err(Failed::Stale(_)) => return Err(Error::RebuildRunning(target.registered.name)),
        Err(Failed::Unavailable(error)) => return Err(error),
        Err(Failed::Refused(_)) => {
            *waiting = flight.before;
            let settled = projections
                .settle(target, flight.parts, None, waiting)
                .await?;
            refuse_halts(target, &settled.halts)?;
            Landed::InPieces
        }
    };
    pace.advance(flight.events);
    Ok(landed)
}

/// A build with a hole must not serve.
fn refuse_halts(target: &Target, halts: &[Halt]) -> Result<(), Error> {
    match halts.first() {
        None => Ok(()),
        Some(halt) => Err(Error::Poisoned {
            name: target.registered.name,
            tenant: halt.tenant,
            position: halt.position,
            reason: halt.reason.clone(),
        }),
    }
}

/// Folds pages until they make a batch.
async fn gather(
    pages: &mut (impl Stream<Item = Result<Part, Error>> + Unpin),
    target: &Target,
    batch_rows: usize,
    waiting: &mut ParkedStreams,
) -> Result<Folded, Error> {
    let mut folded = Folded::new(target.registered);
    while folded.batch.rows() < batch_rows && folded.events < batch_rows * EVENTS_A_ROW {
        let Some(part) = pages.try_next().await? else {
            break;
        };
        folded.add(part, target.registered.on_poison, waiting)?;
        if !folded.halts.is_empty() {
            break;
        }
    }
    Ok(folded)
}

/// Pages of ledgers in order, read and decoded ahead on other threads.
fn pages(
    store: EventStore,
    lacks: Vec<Lack>,
    page_events: u16,
) -> impl Stream<Item = Result<Part, Error>> + Unpin {
    let ranges = lacks.into_iter().flat_map(move |lack| {
        let starts = (lack.from.0..lack.to.0).step_by(usize::from(page_events.max(1)));
        starts.map(move |from| Lack {
            from: Position(from),
            ..lack
        })
    });
    let read = move |lack: Lack| {
        let (
            store,
            Lack {
                tenant,
                from,
                to,
                epoch,
            },
        ) = (store.clone(), lack);
        let reading = tokio::spawn(async move {
            let limit = (to.0 - from.0).min(i64::from(page_events.max(1)));
            let page = store.read_ledger(tenant, from, limit).await?;
            if page.len() < usize::try_from(limit).unwrap_or(0) {
                let (expected, found) = (Position(from.0 + limit), from);
                return Err(Error::Ledger(ReadError::Hole {
                    tenant,
                    expected,
                    found,
                }));
            }
            Ok(decoded(tenant, epoch, page))
        });
        async move { reading.await.map_err(Error::unavailable)? }
    };
    Box::pin(stream::iter(ranges).map(read).buffered(PAGES_AHEAD))
}

/// Decodes here, on the reading task; a failure shows when the event is folded.
fn decoded(tenant: TenantId, epoch: i64, page: Vec<cinatra_eventstore::Recorded>) -> Part {
    let events: Vec<_> = page.into_iter().map(Delivered::new).collect();
    for event in &events {
        let _ = event.fact();
    }
    Part {
        tenant,
        epoch,
        range: 0..events.len(),
        events: Arc::new(events),
        has_parked: false,
    }
}
