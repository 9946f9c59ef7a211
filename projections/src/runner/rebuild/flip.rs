//! Comparing a new build with the live one, and letting it take over.
//!
//! Both happen while the live build's row is locked, so that its checkpoints stand still, and the new build
//! is drained to the same positions. Digesting large tables takes longer than readers wait for a position;
//! therefore they are first compared in a snapshot that outlives the lock, and again under the lock only
//! when that is quick.

use cinatra_domain::kernel::{Position, TenantId};
use tokio::time::Instant;
use tokio_postgres::error::SqlState;

use super::backfill::fill;
use super::{Compared, Goal, Phase, Progress, Rebuild};
use crate::Error;
use crate::runner::batch::Target;
use crate::runner::digest::{LOCKED_MAX, Snapshot};
use crate::runner::sql;
use crate::runner::transaction::Transaction;

/// How often the live build's row is asked for before the flip gives up.
const LOCK_ATTEMPTS: u32 = 10;

/// What the first comparison said, and how long it took.
pub(super) struct First {
    compared: Compared,
    is_quick: bool,
}

impl Rebuild<'_> {
    /// Compares both builds at one position, while the live one goes on; nothing without a live one.
    pub(super) async fn compare(&mut self) -> Result<Option<First>, Error> {
        let Some((live, _)) = self.live.clone() else {
            return Ok(None);
        };
        let lock = self.lock(&live).await?;
        self.drain().await?;
        let snapshot = Snapshot::open(self.projections, &[&live, &self.shadow]).await?;
        lock.roll_back().await?;
        let began = Instant::now();
        let compared = self.compare_in(&snapshot, &live, false).await?;
        let is_quick = began.elapsed() < LOCKED_MAX;
        snapshot.close().await?;
        Ok(Some(First { compared, is_quick }))
    }

    /// Moves the pointer. The live build waits from the drain to the commit, and not a moment longer.
    pub(super) async fn flip(
        &mut self,
        first: Option<First>,
    ) -> Result<(Vec<(TenantId, Position)>, Option<Compared>), Error> {
        let (projections, shadow) = (self.projections, self.shadow.clone());
        (self.progress)(Progress {
            phase: Phase::Flipping,
            done: 0,
            target: 0,
            rate: 0.0,
            eta_seconds: None,
        });
        let transaction = match self.live.clone() {
            Some((live, _)) => self.lock(&live).await?,
            None => Transaction::begin(&projections.0.writers, sql::BEGIN_FLIP).await?,
        };
        self.drain().await?;
        let mut compared = first.as_ref().map(|first| first.compared.clone());
        if let Some(live) = self.replaces().cloned()
            && first.is_some_and(|first| first.is_quick)
        {
            let snapshot = Snapshot::open(projections, &[&live, &shadow]).await?;
            if snapshot.are_level(&live, &shadow) {
                compared = Some(self.compare_in(&snapshot, &live, true).await?);
            }
            snapshot.close().await?;
        }
        let ledgers = projections.checkpoints(&shadow).await?;
        let (client, name) = (transaction.client()?, shadow.registered.name);
        if let Some(live) = self.replaces() {
            client
                .execute(sql::RETIRE_BUILD, &[&name, &live.build])
                .await?;
        }
        let served = client
            .execute(sql::SERVE_BUILD, &[&name, &shadow.build])
            .await?;
        if served != 1 {
            return Err(Error::RebuildRunning(name));
        }
        transaction.commit().await?;
        Ok((ledgers, compared))
    }

    /// Stops the live build's checkpoints; lock waits are short, since its transactions are.
    async fn lock(&self, live: &Target) -> Result<Transaction, Error> {
        let mut attempt = 1;
        loop {
            let writers = &self.projections.0.writers;
            let transaction = Transaction::begin(writers, sql::BEGIN_FLIP).await?;
            let locked = transaction
                .client()?
                .query_opt(sql::LOCK_BUILD, &[&live.registered.name, &live.build])
                .await;
            match locked {
                Ok(Some(_)) => return Ok(transaction),
                Ok(None) => return Err(Error::RebuildRunning(live.registered.name)),
                Err(error)
                    if attempt < LOCK_ATTEMPTS
                        && error.code() == Some(&SqlState::LOCK_NOT_AVAILABLE) =>
                {
                    attempt += 1;
                }
                Err(error) => return Err(error.into()),
            }
        }
    }

    /// Brings the new build to where the locked one is, at least: a reader who changes over finds every
    /// position that it has seen.
    async fn drain(&mut self) -> Result<(), Error> {
        let lacks = self.lacks(Goal::Live).await?;
        let (projections, shadow) = (self.projections, self.shadow.clone());
        fill(projections, &shadow, lacks, &mut self.waiting, &self.pace).await
    }

    /// Digests both; refuses to go on when a rebuild of the same version came to other rows.
    async fn compare_in(
        &self,
        snapshot: &Snapshot,
        live: &Target,
        at_flip: bool,
    ) -> Result<Compared, Error> {
        let progress = |rows: u64| {
            (self.progress)(Progress {
                phase: Phase::Comparing,
                done: i64::try_from(rows).unwrap_or(i64::MAX),
                target: 0,
                rate: 0.0,
                eta_seconds: None,
            });
        };
        let rebuilt = snapshot.digest(&self.shadow, &progress).await?;
        let live_digest = snapshot.digest(live, &progress).await?;
        let equal = rebuilt.agrees_with(&live_digest);
        if !equal && self.replaces().is_some() {
            return Err(Error::DigestMismatch {
                name: live.registered.name,
                live: live_digest.digest,
                rebuilt: rebuilt.digest,
            });
        }
        Ok(Compared {
            rebuilt,
            live: live_digest,
            equal,
            at_flip,
        })
    }
}
