//! The loop that keeps live builds up with every ledger.
//!
//! A round asks which ledgers are ahead of which build, reads each once, and lets every read model apply
//! what it lacks. The doorbell starts a round at once; polling is the guarantee. After a round with work the
//! next one lingers, so that a flood becomes large batches, unless a reader waits.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use cinatra_domain::kernel::{Position, TenantId};
use cinatra_eventstore::ReadError;
use futures_util::{StreamExt, TryStreamExt, stream};
use tokio::sync::watch;
use tokio::time::{Duration, Instant, sleep};
use uuid::Uuid;

use super::Projections;
use super::batch::{Folded, ParkedStreams, Part, Target};
use super::idle::Idle;
use super::session::{Behind, Session};
use crate::{Delivered, Error};

/// A round with work lingers so many times as long as it took: read models get a fifth of the time until
/// somebody waits for them.
const LINGER_FACTOR: u32 = 4;
/// And so long for each event. Up to 250 events a second, rounds follow each other quickly; beyond, they grow until they
/// are as rare as may be: a flood becomes large batches, which cost less and meet fewer requests (docs/PERFORMANCE.md, P13).
const LINGER_PER_EVENT: Duration = Duration::from_millis(4);
/// How long it lingers at least and at most: so much older may be what somebody sees who named no position.
const LINGER_MIN: Duration = Duration::from_millis(20);
const LINGER_MAX: Duration = Duration::from_secs(1);
/// Pages that one round takes on, about.
const ROUND_PAGES: i64 = 2;
/// Ledgers that are read at once.
const READS_MAX: usize = 4;
/// How long a halted ledger rests before it is tried again.
const HALTED_RESTS: Duration = Duration::from_secs(30);
/// How often builds that hold contents are looked for that nobody keeps up.
const LOOKS_FOR_ABANDONED: Duration = Duration::from_mins(1);
/// How long a read model, or the loop, rests after a failure, at first and at most.
const REST_FIRST: Duration = Duration::from_millis(100);
const REST_MAX: Duration = Duration::from_secs(5);

/// Events of one ledger, read once for everybody.
type Pages = HashMap<TenantId, Arc<Vec<Delivered>>>;

/// What a round came to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Round {
    /// There was nothing to do.
    Idle,
    /// All that was there was applied, or failed: so many events.
    CaughtUp(u32),
    /// There was more than one round takes on.
    Behind,
}

/// One ledger of one build.
type Key = (&'static str, i32, TenantId);

/// What the loop remembers between rounds.
pub(crate) struct Worker {
    projections: Projections,
    session: Option<Session>,
    owner: Option<Uuid>,
    halted: HashMap<Key, Instant>,
    resting: HashMap<&'static str, (Instant, Duration)>,
    looked: Option<Instant>,
    tidied: Instant,
}

impl Worker {
    pub(crate) fn new(projections: Projections) -> Self {
        Self {
            projections,
            session: None,
            owner: None,
            halted: HashMap::new(),
            resting: HashMap::new(),
            looked: None,
            tidied: Instant::now(),
        }
    }

    /// Runs rounds until told to stop, then gives the leases back.
    pub(crate) async fn run(mut self, mut stopped: watch::Receiver<bool>) {
        let mut doorbell = self.projections.0.store.doorbell();
        let mut rest = REST_FIRST;
        while !*stopped.borrow() && stopped.has_changed().is_ok() {
            // Order: the bell is silenced before looking, so a ring since then starts the next round.
            doorbell.mark_unchanged();
            let began = Instant::now();
            self.tidy().await;
            let outcome = self.round().await;
            let took = began.elapsed();
            let pause = match &outcome {
                Ok(Round::Idle) => self.projections.0.options.poll,
                Ok(Round::CaughtUp(events)) => lingers(took, *events),
                Ok(Round::Behind) => Duration::ZERO,
                Err(error) => {
                    tracing::warn!(error = report(error), "the projection runner rests");
                    (self.session, self.looked) = (None, None);
                    rest
                }
            };
            rest = match &outcome {
                Ok(_) => REST_FIRST,
                Err(_) => (rest * 2).min(REST_MAX),
            };
            let rung = async {
                if !matches!(outcome, Ok(Round::Idle)) || doorbell.changed().await.is_err() {
                    std::future::pending::<()>().await;
                }
            };
            tokio::select! {
                () = sleep(pause) => {}
                () = rung => {}
                () = self.projections.0.hurry.notified(), if outcome.is_ok() => {}
                _ = stopped.changed() => {}
            }
        }
        if let Some(session) = self.session.take() {
            session.release().await;
        }
    }

    /// Drops what a rebuild left that died meanwhile.
    async fn tidy(&mut self) {
        if self.tidied.elapsed() < LOOKS_FOR_ABANDONED {
            return;
        }
        self.tidied = Instant::now();
        self.projections.drop_abandoned().await;
    }

    /// Applies some of what is there.
    async fn round(&mut self) -> Result<Round, Error> {
        let targets = self.follow_pointers().await?;
        let mut session = match self.session.take() {
            Some(session) => session,
            None => Session::begin(&self.projections, self.owner).await?,
        };
        self.owner = Some(session.owner());
        session.keep_leases(&targets).await?;
        let work = session.find_work(&targets).await?;
        measure(&targets, &work);
        let page_events = i64::from(self.projections.0.options.page_events.max(1));
        let (work, events, left) = take_share(self.awake(&targets, work), page_events);
        if let Some(last) = work.last() {
            session.end_at(last.tenant);
        }
        self.session = Some(session);
        if work.is_empty() {
            return Ok(Round::Idle);
        }
        let moved = self.apply_all(&targets, &work).await?;
        if !moved {
            // Order: others were faster, or a pointer moved: look at the pointers before trying again.
            self.looked = None;
        }
        Ok(if left && moved {
            Round::Behind
        } else {
            Round::CaughtUp(u32::try_from(events).unwrap_or(u32::MAX))
        })
    }

    /// The live build of each read model; the pointers are looked at as often as the ledgers.
    async fn follow_pointers(&mut self) -> Result<Vec<Target>, Error> {
        let (looked, poll) = (self.looked, self.projections.0.options.poll);
        if looked.is_none_or(|looked| looked.elapsed() >= poll) {
            self.projections.follow_pointers().await?;
            self.looked = Some(Instant::now());
        }
        let targets = self.projections.0.boards.iter().filter_map(|board| {
            let live = board.live()?;
            Some(Target {
                registered: board.registered,
                build: live.build,
                schema: live.schema,
            })
        });
        Ok(targets.collect())
    }

    /// Leaves out what rests: halted ledgers, and read models that failed a moment ago.
    fn awake(&mut self, targets: &[Target], mut work: Vec<Behind>) -> Vec<Behind> {
        let now = Instant::now();
        self.halted.retain(|_, until| *until > now);
        work.retain(|behind| {
            targets.get(behind.index).is_some_and(|target| {
                let name = target.registered.name;
                let rests = self.resting.get(name);
                rests.is_none_or(|(until, _)| *until <= now)
                    && !self
                        .halted
                        .contains_key(&(name, target.build, behind.tenant))
            })
        });
        work
    }

    /// Every read model's share, one after the other, so that appends, which somebody waits for, keep the rest of the
    /// database; one that fails holds up none of the others. Answers whether anything moved.
    async fn apply_all(&mut self, targets: &[Target], work: &[Behind]) -> Result<bool, Error> {
        let pages = self.read_pages(work).await?;
        let (mut shares, mut idle) = (Vec::new(), Idle::default());
        for (index, target) in targets.iter().enumerate() {
            let parts = parts_of(index, work, &pages);
            if parts.is_empty() {
                continue;
            }
            let first = first_fold(target, &parts)?;
            let first = match first.map(|folded| idle.take(target, folded)) {
                Some(None) => continue,
                Some(Some(folded)) => Some(folded),
                None => None,
            };
            let applied = self.apply(target, parts, first);
            shares.push(async { (target.registered.name, applied.await) });
        }
        let mut outcomes = Vec::with_capacity(shares.len());
        for share in shares {
            outcomes.push(Box::pin(share).await);
        }
        idle.names().for_each(|name| {
            self.resting.remove(name);
        });
        let (idle_moves, are_elsewhere) = self.projections.move_idle(idle).await?;
        if are_elsewhere {
            self.looked = None;
        }
        let (now, mut has_moved) = (Instant::now(), idle_moves > 0);
        for (name, outcome) in outcomes {
            match outcome {
                Ok((moves, halted)) => {
                    has_moved |= moves > 0;
                    self.resting.remove(name);
                    let halted = halted.into_iter().map(|key| (key, now + HALTED_RESTS));
                    self.halted.extend(halted);
                }
                Err(error) => {
                    let before = self.resting.get(name).map_or(REST_FIRST, |(_, rest)| *rest);
                    let rest = (before * 2).min(REST_MAX);
                    self.resting.insert(name, (now + rest, rest));
                    self.looked = None;
                    tracing::warn!(
                        projection = name,
                        error = report(&error),
                        "a read model rests"
                    );
                }
            }
        }
        Ok(has_moved)
    }

    /// Reads each ledger once, from where the slowest of its readers is.
    async fn read_pages(&self, work: &[Behind]) -> Result<Pages, Error> {
        let mut wanted: BTreeMap<TenantId, (Position, Position)> = BTreeMap::new();
        for behind in work {
            let (from, head) = wanted
                .entry(behind.tenant)
                .or_insert((behind.position, behind.head));
            *from = behind.position.min(*from);
            *head = behind.head.max(*head);
        }
        let store = &self.projections.0.store;
        let page_events = i64::from(self.projections.0.options.page_events.max(1));
        let read = async |(tenant, (from, head)): (TenantId, (Position, Position))| {
            let limit = (head.0 - from.0).min(page_events);
            let page = store.read_ledger(tenant, from, limit).await?;
            let page = page.into_iter().map(Delivered::new).collect();
            Ok::<_, ReadError>((tenant, Arc::new(page)))
        };
        let pages = stream::iter(wanted).map(read).buffer_unordered(READS_MAX);
        Ok(pages.try_collect().await?)
    }

    /// One read model's share of the round; answers how many checkpoints moved, and which ledgers halted.
    async fn apply(
        &self,
        target: &Target,
        parts: Vec<Part>,
        first: Option<Folded>,
    ) -> Result<(usize, Vec<Key>), Error> {
        let projections = &self.projections;
        let with_parked = parts.iter().filter(|part| part.has_parked);
        let with_parked: Vec<_> = with_parked.map(|part| part.tenant.uuid()).collect();
        let mut waiting = projections.parked_streams(target, &with_parked).await?;
        let settled = projections
            .settle(target, parts, first, &mut waiting)
            .await?;
        let name = target.registered.name;
        let reached = settled.moves.iter().map(|each| (each.tenant, each.to));
        projections.board(name)?.announce(reached);
        let mut halted = Vec::new();
        for halt in &settled.halts {
            projections.record_halt(target, halt).await?;
            halted.push((name, target.build, halt.tenant));
        }
        Ok((settled.moves.len(), halted))
    }
}

/// What the events come to, where none of them has to wait; nothing when one is refused, which wants more care.
fn first_fold(target: &Target, parts: &[Part]) -> Result<Option<Folded>, Error> {
    if parts.iter().any(|part| part.has_parked) {
        return Ok(None);
    }
    let folded = Folded::of(target, parts, &mut ParkedStreams::new())?;
    Ok((folded.parked.is_empty() && folded.halts.is_empty()).then_some(folded))
}

/// How far behind each read model is, as far as this round looked.
fn measure(targets: &[Target], work: &[Behind]) {
    for (index, target) in targets.iter().enumerate() {
        let of_this = work.iter().filter(|behind| behind.index == index);
        let lag: i64 = of_this
            .map(|behind| behind.head.0 - behind.position.0)
            .sum();
        let lag = u32::try_from(lag).unwrap_or(u32::MAX);
        metrics::gauge!("projection_lag_events", "projection" => target.registered.name)
            .set(f64::from(lag));
    }
}

/// How long a round that took so long, and went over so many events, lingers.
fn lingers(took: Duration, events: u32) -> Duration {
    let long = (took * LINGER_FACTOR).max(LINGER_PER_EVENT.saturating_mul(events));
    long.clamp(LINGER_MIN, LINGER_MAX)
}

/// As many ledgers as one round can take, in order, each with all its readers; how many events that is, and whether it
/// leaves anything.
fn take_share(work: Vec<Behind>, page_events: i64) -> (Vec<Behind>, i64, bool) {
    let (mut share, mut total, mut left): (Vec<Behind>, i64, bool) = (Vec::new(), 0, false);
    for behind in work {
        left |= behind.head.0 - behind.position.0 > page_events;
        if share.last().is_none_or(|last| last.tenant != behind.tenant) {
            if total >= ROUND_PAGES * page_events {
                left = true;
                break;
            }
            total += (behind.head.0 - behind.position.0).min(page_events);
        }
        share.push(behind);
    }
    (share, total, left)
}

/// What a build lacks of the pages; a reader far ahead of the slowest may lack nothing of them.
fn parts_of(index: usize, work: &[Behind], pages: &Pages) -> Vec<Part> {
    let of_this = work.iter().filter(|behind| behind.index == index);
    let part = |behind: &Behind| {
        let events = Arc::clone(pages.get(&behind.tenant)?);
        let first = events.first()?.recorded.position;
        let start = usize::try_from(behind.position.next().0 - first.0).ok()?;
        let range = start..events.len();
        (!range.is_empty()).then_some(Part {
            tenant: behind.tenant,
            epoch: behind.epoch,
            events,
            range,
            has_parked: behind.has_parked,
        })
    };
    of_this.filter_map(part).collect()
}

/// The whole chain, once, where the failure is handled.
fn report(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(cause) = source {
        text = format!("{text}: {cause}");
        source = cause.source();
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_few_events_are_followed_quickly_and_a_flood_in_large_batches() {
        let (ms, second) = (Duration::from_millis, Duration::from_secs(1));
        assert_eq!(lingers(ms(2), 1), ms(20));
        assert_eq!(lingers(ms(30), 5), ms(120));
        assert_eq!(lingers(ms(2), 100), ms(400));
        assert_eq!(lingers(ms(2), u32::MAX), second);
        assert_eq!(lingers(Duration::from_mins(1), 1), second);
    }
}
