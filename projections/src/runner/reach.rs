//! Waiting, bounded, until a read model holds a position.

use cinatra_domain::kernel::{Position, TenantId};
use cinatra_eventstore::question;
use tokio::time::{Duration, Instant};
use tokio_postgres::types::ToSql;

use super::{Board, Projections, sql};
use crate::Error;

/// How soon the checkpoint's row is looked at when nobody in this process announces anything.
const LOOK_FIRST: Duration = Duration::from_millis(10);
/// How seldom at most.
const LOOK_SELDOM: Duration = Duration::from_millis(100);

impl Projections {
    /// Waits for commits of this process, and looks at the checkpoint for those of others; false when the
    /// deadline came first.
    pub(crate) async fn reach(
        &self,
        board: &Board,
        tenant: TenantId,
        wanted: Position,
        deadline: Instant,
    ) -> Result<bool, Error> {
        let (mut rung, mut look) = (board.listen(), LOOK_FIRST);
        self.hurry();
        while board.known(tenant).is_none_or(|known| known < wanted) {
            let now = Instant::now();
            if now >= deadline {
                return Ok(false);
            }
            let until = (now + look).min(deadline);
            if tokio::time::timeout_at(until, rung.changed())
                .await
                .is_err()
            {
                self.look(board, tenant).await?;
                look = (look * 2).min(LOOK_SELDOM);
            }
        }
        Ok(true)
    }

    /// Reads the checkpoint and announces it.
    async fn look(&self, board: &Board, tenant: TenantId) -> Result<(), Error> {
        let live = match board.live() {
            Some(live) => live,
            None => self.find_live(board).await?,
        };
        let (tenant_id, name) = (tenant.uuid(), board.registered.name);
        let params: [&(dyn ToSql + Sync); 3] = [&tenant_id, &name, &live.build];
        let rows = question::ask(self.unscoped(), sql::READ_CHECKPOINT, &params).await?;
        match rows.first() {
            Some(row) => board.announce([(tenant, Position(row.try_get(0)?))]),
            // The build is not live any more: follow the pointer.
            None => drop(self.find_live(board).await?),
        }
        Ok(())
    }
}
