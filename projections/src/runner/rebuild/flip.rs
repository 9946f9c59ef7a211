//! Comparing a new build with the live one, and letting it take over.
//!
//! Both happen while the live build's row is locked, so that its checkpoints stand still, and the new build
//! is drained to the same positions. Digesting large tables takes longer than readers wait for a position.
//! Therefore they are first compared in a snapshot that outlives the lock, which is the gate. At the flip they
//! are compared once more: under the lock when that is quick, else in a snapshot from under the lock, while
//! the new build serves already; should they differ then, the old one catches up and serves again.

use cinatra_domain::kernel::{Position, TenantId};
use tokio::time::Instant;
use tokio_postgres::error::SqlState;

use super::backfill::fill;
use super::{Compared, Goal, NEAR_EVENTS, Phase, Progress, Rebuild};
use crate::Error;
use crate::runner::batch::Target;
use crate::runner::digest::Snapshot;
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
        let is_quick = began.elapsed() < self.projections.0.options.hold_up_max;
        snapshot.close().await?;
        Ok(Some(First { compared, is_quick }))
    }

    /// Lets the new build serve. The live one waits from the drain to the commit, and not a moment longer.
    pub(super) async fn flip(
        &mut self,
        first: Option<First>,
    ) -> Result<(Vec<(TenantId, Position)>, Option<Compared>), Error> {
        let transaction = self.begin_flip().await?;
        let Some(first) = first else {
            return Ok((self.hand_over(transaction).await?, None));
        };
        let Some(live) = self.replaces().cloned() else {
            return Ok((self.hand_over(transaction).await?, Some(first.compared)));
        };
        let snapshot = Snapshot::open(self.projections, &[&live, &self.shadow]).await?;
        let are_level = snapshot.are_level(&live, &self.shadow);
        if !are_level || first.is_quick {
            let compared = if are_level {
                self.compare_in(&snapshot, &live, true).await?
            } else {
                first.compared
            };
            snapshot.close().await?;
            return Ok((self.hand_over(transaction).await?, Some(compared)));
        }
        let ledgers = self.hand_over(transaction).await?;
        // Order: whatever becomes of the snapshot, rows that are not proved do not go on serving.
        let compared = self.compare_in(&snapshot, &live, true).await;
        let closed = snapshot.close().await;
        match compared {
            Ok(compared) => closed.map(|()| (ledgers, Some(compared))),
            Err(unproved) => {
                tracing::error!(error = %unproved, "the flip is taken back");
                self.give_back(live).await?;
                Err(unproved)
            }
        }
    }

    /// Lets the build serve again that served before, once it has caught up with the one that does.
    async fn give_back(&mut self, before: Target) -> Result<(), Error> {
        let version = self.board.registered.version;
        let after = std::mem::replace(&mut self.shadow, before);
        self.live = Some((after, version));
        self.return_shadow().await?;
        Ok(())
    }

    /// The build to fill has served before and was left behind: catches up and takes over, uncompared.
    pub(super) async fn return_shadow(&mut self) -> Result<Vec<(TenantId, Position)>, Error> {
        let (projections, shadow) = (self.projections, self.shadow.clone());
        let name = shadow.registered.name;
        let client = projections.0.writers.get().await?;
        let reopened = client
            .execute(sql::REOPEN_BUILD, &[&name, &shadow.build])
            .await?;
        drop(client);
        if reopened != 1 {
            return Err(Error::NothingToRollBack(name));
        }
        let ledgers = projections.checkpoints(&shadow).await?;
        let tenants: Vec<_> = ledgers.iter().map(|each| each.tenant.uuid()).collect();
        self.waiting = projections.parked_streams(&shadow, &tenants).await?;
        while self.backfill(Goal::Live).await? > NEAR_EVENTS {}
        let transaction = self.begin_flip().await?;
        self.hand_over(transaction).await
    }

    /// From here on the live build stands still, and the new one is where it is.
    async fn begin_flip(&mut self) -> Result<Transaction, Error> {
        (self.progress)(Progress {
            phase: Phase::Flipping,
            done: 0,
            target: 0,
            rate: 0.0,
            eta_seconds: None,
        });
        let transaction = match self.live.clone() {
            Some((live, _)) => self.lock(&live).await?,
            None => Transaction::begin(&self.projections.0.writers, sql::BEGIN_FLIP).await?,
        };
        self.drain().await?;
        Ok(transaction)
    }

    /// Moves the pointer; answers where the new build stands.
    async fn hand_over(
        &self,
        transaction: Transaction,
    ) -> Result<Vec<(TenantId, Position)>, Error> {
        let checkpoints = self.projections.checkpoints(&self.shadow).await?;
        let (client, name) = (transaction.client()?, self.shadow.registered.name);
        if let Some(live) = self.replaces() {
            client
                .execute(sql::RETIRE_BUILD, &[&name, &live.build])
                .await?;
        }
        let served = client
            .execute(sql::SERVE_BUILD, &[&name, &self.shadow.build])
            .await?;
        if served != 1 {
            return Err(Error::RebuildRunning(name));
        }
        transaction.commit().await?;
        let ledgers = checkpoints.iter();
        Ok(ledgers.map(|each| (each.tenant, each.position)).collect())
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
