//! Getting events applied whatever one of them does: a refused batch is halved until the culprit is alone.

use std::collections::VecDeque;

use super::Projections;
use super::batch::{Failed, Folded, Move, ParkedStreams, Part, Target};
use super::park::{Halt, Refusal};
use crate::{Error, OnPoison};

/// What came of a batch.
#[derive(Debug, Default)]
pub(crate) struct Settled {
    pub(crate) moves: Vec<Move>,
    pub(crate) halts: Vec<Halt>,
}

impl Projections {
    /// Folds and commits the parts. Ledgers that somebody else moved are left out. `first` is what the parts come to,
    /// if they were folded already.
    pub(crate) async fn settle(
        &self,
        target: &Target,
        parts: Vec<Part>,
        first: Option<Folded>,
        waiting: &mut ParkedStreams,
    ) -> Result<Settled, Error> {
        let mut settled = Settled::default();
        let mut queue = VecDeque::from([parts]);
        let mut first = first;
        while let Some(parts) = queue.pop_front() {
            let mut trial = waiting.clone();
            let folded = match first.take() {
                Some(folded) => folded,
                None => Folded::of(target, &parts, &mut trial)?,
            };
            match self.commit(target, folded, &mut settled).await {
                Ok(()) => *waiting = trial,
                Err(Failed::Stale(tenants)) => {
                    let mut parts = parts;
                    parts.retain(|part| !tenants.contains(&part.tenant));
                    queue.push_front(parts);
                }
                Err(Failed::Refused(refusal)) => {
                    self.isolate(target, parts, refusal, &mut queue, &mut settled, waiting)
                        .await?;
                }
                Err(Failed::Unavailable(error)) => return Err(error),
            }
        }
        Ok(settled)
    }

    /// Commits what was folded and announces nothing yet.
    pub(crate) async fn commit(
        &self,
        target: &Target,
        folded: Folded,
        settled: &mut Settled,
    ) -> Result<(), Failed> {
        let (name, events) = (target.registered.name, folded.events);
        let halts = folded.halts.clone();
        let (moves, parked) = folded.commit(&self.0.writers, target).await?;
        metrics::counter!("projection_events_applied_total", "projection" => name)
            .increment(u64::try_from(events.saturating_sub(parked)).unwrap_or(u64::MAX));
        if parked > 0 {
            tracing::warn!(projection = name, parked, "events were parked");
            metrics::counter!("projection_events_parked_total", "projection" => name)
                .increment(u64::try_from(parked).unwrap_or(u64::MAX));
        }
        settled.moves.extend(moves);
        settled.halts.extend(halts);
        Ok(())
    }

    /// Halves refused parts; a single event is parked or halts its ledger.
    async fn isolate(
        &self,
        target: &Target,
        parts: Vec<Part>,
        refusal: Refusal,
        queue: &mut VecDeque<Vec<Part>>,
        settled: &mut Settled,
        waiting: &mut ParkedStreams,
    ) -> Result<(), Error> {
        let part = match halve(parts) {
            Halved::Both(first, second) => {
                queue.push_front(second);
                queue.push_front(first);
                return Ok(());
            }
            Halved::Single(part) => part,
            Halved::Nothing => return Ok(()),
        };
        let Some(event) = part.events.get(part.range.start) else {
            return Ok(());
        };
        if target.registered.on_poison == OnPoison::Halt {
            settled.halts.push(Halt::at(event, refusal));
            return Ok(());
        }
        let (tenant, stream) = (part.tenant, event.recorded.stream.key());
        let folded = Folded::skip(target.registered, &part, refusal);
        match self.commit(target, folded, settled).await {
            Ok(()) => {
                waiting.entry(tenant).or_default().insert(stream);
                Ok(())
            }
            Err(Failed::Stale(_)) => Ok(()),
            Err(Failed::Refused(refusal)) => Err(Error::unavailable(refusal.0)),
            Err(Failed::Unavailable(error)) => Err(error),
        }
    }
}

enum Halved {
    Both(Vec<Part>, Vec<Part>),
    Single(Part),
    Nothing,
}

/// By ledgers first, then within the one that is left.
fn halve(mut parts: Vec<Part>) -> Halved {
    parts.retain(|part| !part.range.is_empty());
    if parts.len() > 1 {
        let second = parts.split_off(parts.len() / 2);
        return Halved::Both(parts, second);
    }
    let Some(part) = parts.pop() else {
        return Halved::Nothing;
    };
    if part.range.len() == 1 {
        return Halved::Single(part);
    }
    let middle = part.range.start + part.range.len() / 2;
    let (mut first, mut second) = (part.clone(), part);
    first.range.end = middle;
    second.range.start = middle;
    Halved::Both(vec![first], vec![second])
}
