//! One question to the database: one statement on a pooled connection, answered in time or not at all.

use std::time::Duration;

use deadpool_postgres::{Object, Pool, PoolError};
use tokio::time::{Instant, timeout_at};
use tokio_postgres::Row;
use tokio_postgres::types::ToSql;

/// How long an answer may take, the wait for a free connection included. A database that is frozen
/// neither answers nor closes its connections, so somebody else has to lose patience.
pub const PATIENCE: Duration = Duration::from_secs(5);

/// Why there is no answer.
#[derive(Debug, thiserror::Error)]
pub enum Unanswered {
    /// No connection is to be had.
    #[error(transparent)]
    Pool(#[from] PoolError),
    /// The database refused, or the connection was lost.
    #[error(transparent)]
    Database(#[from] tokio_postgres::Error),
    /// The database said nothing for too long.
    #[error("the database did not answer within {PATIENCE:?}")]
    Overdue,
}

/// Asks, and answers with the rows. A connection whose answer nobody waits for any more is closed and
/// never lent again: what comes over it later belongs to a question that was given up.
pub async fn ask(
    pool: &Pool,
    statement: &str,
    params: &[&(dyn ToSql + Sync)],
) -> Result<Vec<Row>, Unanswered> {
    let until = Instant::now() + PATIENCE;
    let lent = timeout_at(until, pool.get()).await;
    let lent = Lent(Some(lent.map_err(|_| Unanswered::Overdue)??));
    let answer = timeout_at(until, lent.ask(statement, params)).await;
    let answer = answer.map_err(|_| Unanswered::Overdue)?;
    lent.give_back();
    answer
}

/// A connection that leaves its pool unless it is given back.
struct Lent(Option<Object>);

impl Lent {
    async fn ask(
        &self,
        statement: &str,
        params: &[&(dyn ToSql + Sync)],
    ) -> Result<Vec<Row>, Unanswered> {
        let connection = self.0.as_ref().ok_or(Unanswered::Overdue)?;
        let statement = connection.prepare_cached(statement).await?;
        Ok(connection.query(&statement, params).await?)
    }

    fn give_back(mut self) {
        drop(self.0.take());
    }
}

impl Drop for Lent {
    fn drop(&mut self) {
        if let Some(abandoned) = self.0.take() {
            drop(Object::take(abandoned));
        }
    }
}
