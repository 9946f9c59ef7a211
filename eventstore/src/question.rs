//! One question to the database: one statement on a pooled connection, answered in time or not at all.

use std::time::Duration;

use cinatra_domain::kernel::TenantId;
use deadpool_postgres::{Object, Pool, PoolError};
use futures_util::future::join4;
use tokio::time::{Instant, timeout_at};
use tokio_postgres::Row;
use tokio_postgres::types::ToSql;

use crate::{AppendError, sql};

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

/// Asks, and answers with the rows.
pub async fn ask(
    pool: &Pool,
    statement: &str,
    params: &[&(dyn ToSql + Sync)],
) -> Result<Vec<Row>, Unanswered> {
    lend(pool, async |client| {
        let statement = client.prepare_cached(statement).await?;
        Ok(client.query(&statement, params).await?)
    })
    .await
}

/// What is to be thought of a statement that writes, of which no answer came.
pub(crate) fn unwritten(error: Unanswered) -> AppendError {
    match error {
        Unanswered::Pool(source) => AppendError::Unavailable {
            source: Some(source.into()),
        },
        Unanswered::Database(source) if source.as_db_error().is_some() && !source.is_closed() => {
            AppendError::Unavailable {
                source: Some(source.into()),
            }
        }
        Unanswered::Database(_) | Unanswered::Overdue => AppendError::OutcomeUnknown,
    }
}

/// Asks for one organization, in a transaction of its own that only reads: one trip to the database once
/// the connection knows the statement.
pub(crate) async fn ask_scoped(
    pool: &Pool,
    tenant: TenantId,
    statement: &str,
    params: &[&(dyn ToSql + Sync)],
) -> Result<Vec<Row>, Unanswered> {
    lend(pool, async |client| {
        let scope = client.prepare_cached(sql::SET_TENANT).await?;
        let statement = client.prepare_cached(statement).await?;
        let tenant = tenant.uuid();
        let scoped: [&(dyn ToSql + Sync); 1] = [&tenant];
        // Order: all four are sent before the first answer is awaited, and the server takes them in turn.
        // Where the tenant could not be told the statement is refused; after any failure the commit rolls
        // back, so that the transaction has ended when this has.
        let (begun, told, answered, ended) = join4(
            client.batch_execute(sql::BEGIN_READ),
            client.query_one(&scope, &scoped),
            client.query(&statement, params),
            client.batch_execute(sql::COMMIT),
        )
        .await;
        ended.and(begun).and(told.map(drop))?;
        Ok(answered?)
    })
    .await
}

/// Lends a connection until the answer is there. One whose answer nobody waits for any more is closed and
/// never lent again: what comes over it later belongs to a question that was given up, and its
/// transaction may be open.
async fn lend(
    pool: &Pool,
    question: impl AsyncFnOnce(&Object) -> Result<Vec<Row>, Unanswered>,
) -> Result<Vec<Row>, Unanswered> {
    let until = Instant::now() + PATIENCE;
    let client = timeout_at(until, pool.get()).await;
    let lent = Lent(Some(client.map_err(|_| Unanswered::Overdue)??));
    let client = lent.0.as_ref().ok_or(Unanswered::Overdue)?;
    let answer = timeout_at(until, question(client)).await;
    let answer = answer.map_err(|_| Unanswered::Overdue)?;
    lent.give_back();
    answer
}

/// A connection that leaves its pool unless it is given back.
struct Lent(Option<Object>);

impl Lent {
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
