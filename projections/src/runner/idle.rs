//! Read models that a round's events do not concern: all their checkpoints move in one transaction.
//!
//! Most events concern few read models, and a transaction each to say "nothing for me" would take a round's time
//! from whoever appends. A model is idle only when its batch has no row, nothing is parked and nothing halts.

use cinatra_domain::kernel::{Position, TenantId};
use uuid::Uuid;

use super::batch::{Folded, Move, Target};
use super::transaction::Transaction;
use super::{Projections, sql};
use crate::Error;

/// Ways of checkpoints of several builds.
#[derive(Default)]
pub(super) struct Idle {
    names: Vec<&'static str>,
    builds: Vec<i32>,
    moves: Vec<Move>,
}

impl Idle {
    /// Takes charge of a model's moves, if there is nothing to write for them; else gives them back.
    pub(super) fn take(&mut self, target: &Target, folded: Folded) -> Option<Folded> {
        if !folded.is_idle() {
            return Some(folded);
        }
        for each in folded.moves {
            self.names.push(target.registered.name);
            self.builds.push(target.build);
            self.moves.push(each);
        }
        None
    }

    /// Whose they are, by name.
    pub(super) fn names(&self) -> impl Iterator<Item = &'static str> {
        self.names.iter().copied()
    }
}

impl Projections {
    /// Moves them, and tells whoever waits. Answers how many moved and whether some stand elsewhere.
    pub(super) async fn move_idle(&self, idle: Idle) -> Result<(usize, bool), Error> {
        if idle.moves.is_empty() {
            return Ok((0, false));
        }
        let client = self.0.writers.get().await?;
        let statement = client.prepare_cached(sql::MOVE_IDLE_CHECKPOINTS).await?;
        let column = |of: fn(&Move) -> i64| idle.moves.iter().map(of).collect::<Vec<_>>();
        let tenants: Vec<Uuid> = idle.moves.iter().map(|each| each.tenant.uuid()).collect();
        let (from, to) = (column(|each| each.from.0), column(|each| each.to.0));
        let epochs = column(|each| each.epoch);
        let transaction = Transaction::on(client);
        let client = transaction.client()?;
        let (opened, moved) = futures_util::future::join(
            client.batch_execute(sql::BEGIN_BATCH),
            client.query(
                &statement,
                &[&idle.names, &idle.builds, &tenants, &from, &to, &epochs],
            ),
        )
        .await;
        opened?;
        let moved = moved?;
        transaction.commit().await?;
        for row in &moved {
            let (name, tenant): (&str, TenantId) = (row.get(0), TenantId::new(row.get(1)));
            let is_it = |at: &usize| idle.names[*at] == name && idle.moves[*at].tenant == tenant;
            let reached = (0..idle.moves.len()).filter(is_it);
            let reached = reached.map(|at| (tenant, Position(idle.moves[at].to.0)));
            self.board(name)?.announce(reached);
        }
        Ok((moved.len(), moved.len() < idle.moves.len()))
    }
}
