//! One question to one read model: the live build, the viewer's position and the rows in one snapshot.
//!
//! Every query is a single statement whose first column is the checkpoint of the build that it reads,
//! and which answers no row at all when that build is no longer live. So data and position never
//! straddle, and a flip costs a reader one more trip, never an error. It runs under the row-level security
//! of the viewer's organization, which holds even where a statement forgot its own filter (ADR-0008).

use tokio::time::{Duration, Instant};
use tokio_postgres::Row;
use tokio_postgres::error::SqlState;
use tokio_postgres::types::ToSql;

use cinatra_domain::kernel::Position;
use cinatra_eventstore::question::Unanswered;

use super::{Answer, Freshness, ViewerScope};
use crate::projection::in_build;
use crate::runner::{Board, Live};
use crate::{Error, Projection, Projections};

/// Rows with the marker that there are none already removed.
pub(crate) type Asked = Answer<Vec<Row>>;

/// How often a reader follows the pointer before it says that there is no build.
const POINTER_MOVES_MAX: u32 = 5;

impl Projections {
    /// Asks `P`. The statement gets the build as `$1`, the viewer's ledger as `$2` and `params` after;
    /// its columns begin with `at` and the nullable `found`.
    pub(crate) async fn ask<P: Projection>(
        &self,
        sql: &'static str,
        viewer: &ViewerScope,
        freshness: Freshness,
        params: &[&(dyn ToSql + Sync)],
    ) -> Result<Asked, Error> {
        let board = self.board(P::NAME)?;
        let (tenant, deadline) = (viewer.tenant(), Instant::now() + self.patience());
        if let Some(wanted) = freshness.min_pos
            && board.known(tenant).is_some_and(|known| known < wanted)
        {
            self.reach(board, tenant, wanted, deadline).await?;
        }
        loop {
            let believed = board.known(tenant);
            let (rows, at) = self.snapshot(board, sql, viewer, params).await?;
            let wanted = freshness.min_pos.filter(|wanted| at < *wanted);
            let Some(min_pos) = wanted else {
                return Ok(Answer {
                    rows,
                    at,
                    stale: false,
                });
            };
            if believed.is_some_and(|known| known >= min_pos) {
                // Order: it was believed before the snapshot was taken, so a crash of the server undid it.
                board.retract(tenant, at);
            }
            if self.reach(board, tenant, min_pos, deadline).await? && Instant::now() < deadline {
                continue;
            }
            return if freshness.strict {
                Err(Error::Stale { at, min_pos })
            } else {
                Ok(Answer {
                    rows,
                    at,
                    stale: true,
                })
            };
        }
    }

    /// The rows and the position they are true at, whichever build is live.
    async fn snapshot(
        &self,
        board: &Board,
        sql: &'static str,
        viewer: &ViewerScope,
        params: &[&(dyn ToSql + Sync)],
    ) -> Result<(Vec<Row>, Position), Error> {
        for attempt in 0..POINTER_MOVES_MAX {
            let live = match board.live() {
                Some(live) if attempt == 0 => live,
                _ => self.find_live(board).await?,
            };
            if let Some(found) = self.read_build(&live, sql, viewer, params).await? {
                return Ok(found);
            }
            tokio::time::sleep(Duration::from_millis(5) * attempt).await;
        }
        Err(board.building())
    }

    /// `None` when the build is not live any more.
    async fn read_build(
        &self,
        live: &Live,
        sql: &'static str,
        viewer: &ViewerScope,
        params: &[&(dyn ToSql + Sync)],
    ) -> Result<Option<(Vec<Row>, Position)>, Error> {
        let tenant = viewer.tenant();
        let of = tenant.uuid();
        let mut bound: Vec<&(dyn ToSql + Sync)> = vec![&live.build, &of];
        bound.extend_from_slice(params);
        let statement = in_build(sql, &live.schema);
        let answered = self.store().query_scoped(tenant, &statement, &bound).await;
        let mut rows = match answered {
            Ok(rows) => rows,
            Err(Unanswered::Database(error)) if is_dropped(&error) => return Ok(None),
            Err(error) => return Err(error.into()),
        };
        let Some(first) = rows.first() else {
            return Ok(None);
        };
        let at = Position(super::column(first, "projection_checkpoints", "at")?);
        if super::column::<Option<bool>>(first, "projection_checkpoints", "found")?.is_none() {
            rows.clear();
        }
        Ok(Some((rows, at)))
    }
}

/// Why there is no row: a read model that has not caught up cannot say that something does not exist.
pub(crate) fn absent(asked: &Asked, freshness: Freshness) -> Error {
    match freshness.min_pos {
        Some(min_pos) if asked.stale => Error::Stale {
            at: asked.at,
            min_pos,
        },
        _ => Error::NotFound,
    }
}

/// The build was dropped between the pointer's reading and the statement.
fn is_dropped(error: &tokio_postgres::Error) -> bool {
    error.code().is_some_and(|code| {
        *code == SqlState::UNDEFINED_TABLE || *code == SqlState::INVALID_SCHEMA_NAME
    })
}
