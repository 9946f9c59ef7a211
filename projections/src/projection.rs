//! What a read model is made of, and all it is able to do.

use std::future::Future;
use std::sync::OnceLock;

use cinatra_domain::Fact;
use cinatra_eventstore::Recorded;
use deadpool_postgres::ClientWrapper;
use serde::Serialize;
use tokio_postgres::types::ToSql;

use crate::storable;

/// A read model's writer: events are folded in memory, then a whole batch is written at once.
///
/// It cannot have side effects: [`fold`](Self::fold) is a pure function, and [`write`](Self::write) gets
/// nothing but a [`Writer`] bound to one build's own schema. Loop, batches, checkpoint, retry, parking and
/// metrics belong to the runner. Source: design.md D9, settled.md 10.
pub trait Projection: 'static {
    /// Its folder, its place in `projection_builds`, and the middle of its schemas' names.
    const NAME: &'static str;
    /// Bumped with every change of its code or tables; the runner refuses to start otherwise.
    const VERSION: i32;
    /// Its tables, with `{build}` for the schema.
    const SCHEMA: &'static str;
    /// What to do about an event that cannot be applied.
    const ON_POISON: OnPoison;
    /// Whether its rows hold copies of contents that can be erased beside the ledger. Such a read model has no
    /// digest, so none is compared when a build takes over, and a build that nobody keeps up is dropped: an
    /// erasure would not reach it. Source: settled.md 5, 15.
    const HOLDS_CONTENT: bool = false;
    /// What a run of events comes to.
    type Batch: Default + Send + 'static;

    /// Adds one event. Events of one ledger arrive in its order; a batch may hold several ledgers.
    fn fold(batch: &mut Self::Batch, event: &Delivered) -> Result<(), Poison>;

    /// How many rows the batch would write: a backfill writes when there are enough, and none means that nothing is
    /// written.
    fn rows(batch: &Self::Batch) -> usize;

    /// Writes the batch, in the transaction that moves the checkpoints.
    fn write(
        batch: Self::Batch,
        writer: &Writer<'_>,
    ) -> impl Future<Output = Result<(), WriteError>> + Send;
}

/// What happens to an event that cannot be applied.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OnPoison {
    /// The ledger waits there: an omission would be a lie. For audit.
    Halt,
    /// The event is parked, later ones of its stream wait behind it, other streams go on.
    ParkStream,
}

/// Why an event cannot be applied, whatever the weather.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct Poison(pub String);

/// An event as a read model receives it: decoded at most once, however many read models look.
#[derive(Debug)]
pub struct Delivered {
    /// The event and its envelope.
    pub recorded: Recorded,
    fact: OnceLock<Result<Option<Fact>, Poison>>,
}

impl Delivered {
    /// Wraps an event read from its ledger.
    pub fn new(recorded: Recorded) -> Self {
        Self {
            recorded,
            fact: OnceLock::new(),
        }
    }

    /// What happened, in its current shape; `None` when this binary does not know the wire name.
    pub fn fact(&self) -> Result<Option<&Fact>, Poison> {
        self.fact
            .get_or_init(|| {
                let fact = self.recorded.decode::<Fact>();
                fact.map_err(|source| Poison(source.to_string()))
            })
            .as_ref()
            .map(Option::as_ref)
            .map_err(Clone::clone)
    }
}

/// Why a batch was not written.
#[derive(Debug, thiserror::Error)]
pub enum WriteError {
    /// The database refused.
    #[error("the database refused the batch")]
    Database(#[from] tokio_postgres::Error),
    /// The rows that the events speak of are not there: history or the read model is broken.
    #[error("{statement} touched {found} rows, not {expected}")]
    Rows {
        /// What the statement is for: the first words of its file.
        statement: &'static str,
        /// How many it had to touch.
        expected: usize,
        /// How many it did.
        found: u64,
    },
    /// A value has no form that the database can hold.
    #[error("a value cannot be written")]
    Value(#[from] Poison),
    /// The statement does not name the build: it would write somewhere else.
    #[error("a statement of a read model must write to its own build")]
    Outside,
}

/// The only way a read model reaches the database: statements on one build's schema.
#[derive(Debug)]
pub struct Writer<'a> {
    client: &'a ClientWrapper,
    schema: &'a str,
}

impl<'a> Writer<'a> {
    pub(crate) const fn new(client: &'a ClientWrapper, schema: &'a str) -> Self {
        Self { client, schema }
    }

    /// Runs a statement in which `{build}` stands for the schema; answers the number of rows.
    pub async fn execute(
        &self,
        sql: &'static str,
        params: &[&(dyn ToSql + Sync)],
    ) -> Result<u64, WriteError> {
        if !sql.contains(BUILD) {
            return Err(WriteError::Outside);
        }
        let statement = self
            .client
            .prepare_cached(&in_build(sql, self.schema))
            .await?;
        Ok(self.client.execute(&statement, params).await?)
    }

    /// Runs a statement that must touch exactly so many rows.
    pub async fn execute_exactly(
        &self,
        sql: &'static str,
        expected: usize,
        params: &[&(dyn ToSql + Sync)],
    ) -> Result<(), WriteError> {
        let found = self.execute(sql, params).await?;
        if u64::try_from(expected) == Ok(found) {
            return Ok(());
        }
        Err(WriteError::Rows {
            statement: purpose(sql),
            expected,
            found,
        })
    }

    /// Runs a statement that takes rows as one JSON array, if there are any, and must touch as many.
    pub(crate) async fn execute_each<T: Serialize + Sync>(
        &self,
        sql: &'static str,
        rows: &[T],
    ) -> Result<(), WriteError> {
        if rows.is_empty() {
            return Ok(());
        }
        let json = storable::json(&rows)?;
        self.execute_exactly(sql, rows.len(), &[&json]).await
    }

    /// Runs a statement that takes rows as one JSON array, if there are any, and may touch any number.
    pub(crate) async fn execute_all<T: Serialize + Sync>(
        &self,
        sql: &'static str,
        rows: &[T],
    ) -> Result<(), WriteError> {
        if rows.is_empty() {
            return Ok(());
        }
        let json = storable::json(&rows)?;
        self.execute(sql, &[&json]).await.map(|_| ())
    }
}

/// The first sentence of the comment that every statement's file begins with.
fn purpose(sql: &'static str) -> &'static str {
    let comment = sql.lines().next().unwrap_or_default();
    let sentence = comment.split(". ").next().unwrap_or_default();
    sentence.trim_start_matches("-- ")
}

/// Placeholder of a build's schema in the SQL files.
const BUILD: &str = "{build}";

/// The statement for one build. The schema stands in the text, so cached plans stay right (settled.md 12).
pub(crate) fn in_build(sql: &str, schema: &str) -> String {
    sql.replace(BUILD, schema)
}
