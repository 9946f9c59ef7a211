//! A lane's own connection: the statements of one append.

use std::collections::{HashMap, HashSet};
use std::future::Future;
use std::time::Duration;

use cinatra_domain::kernel::{CommandId, Position, Revision, StreamKey, Tag, TenantId};
use futures_util::future::{join, try_join, try_join3, try_join5};
use tokio_postgres::types::ToSql;
use tokio_postgres::{Client, Config, NoTls, Row, Statement};
use uuid::Uuid;

use super::beside::{self, BesideStatements};
use super::draft::TagPositions;
use super::guard::{GuardKeys, GuardStatements, Guards};
use super::memory::Head;
use super::rows::Rows;
use crate::{Appended, CommandRecord, sql};

/// A connection that does not answer for this long is given up.
const ANSWER_MAX: Duration = Duration::from_secs(8);
/// Foreign events a lane reads to correct its memory; beyond that it starts anew.
pub(crate) const MISSED_MAX: usize = 2_000;

/// Why a statement did not succeed.
#[derive(Debug)]
pub(crate) enum StatementError {
    /// The database refused the statement; nothing was written.
    Refused(tokio_postgres::Error),
    /// The connection is gone or silent; what was sent may have been done.
    Broken(Option<tokio_postgres::Error>),
}

impl From<tokio_postgres::Error> for StatementError {
    fn from(error: tokio_postgres::Error) -> Self {
        if error.as_db_error().is_some() && !error.is_closed() {
            Self::Refused(error)
        } else {
            Self::Broken(Some(error))
        }
    }
}

type Result<T> = std::result::Result<T, StatementError>;

pub(super) async fn bounded<T>(
    work: impl Future<Output = std::result::Result<T, tokio_postgres::Error>>,
) -> Result<T> {
    match tokio::time::timeout(ANSWER_MAX, work).await {
        Ok(answer) => Ok(answer?),
        Err(_elapsed) => Err(StatementError::Broken(None)),
    }
}

/// Pairs of tenant and stream key, as two columns.
#[derive(Debug, Default)]
pub(crate) struct StreamKeys {
    tenants: Vec<Uuid>,
    keys: Vec<Vec<u8>>,
}

impl StreamKeys {
    pub(crate) fn push(&mut self, tenant: TenantId, key: StreamKey) {
        self.tenants.push(tenant.uuid());
        self.keys.push(key.0.to_vec());
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.keys.is_empty()
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = (TenantId, StreamKey)> {
        self.tenants
            .iter()
            .zip(&self.keys)
            .map(|(tenant, key)| (TenantId::new(*tenant), key_of(key)))
    }
}

/// Pairs of tenant and tag, as two columns.
#[derive(Debug, Default)]
pub(crate) struct TagKeys<'p> {
    tenants: Vec<Uuid>,
    tags: Vec<&'p str>,
}

impl<'p> TagKeys<'p> {
    pub(crate) fn push(&mut self, tenant: TenantId, tag: &'p Tag) {
        self.tenants.push(tenant.uuid());
        self.tags.push(tag.as_str());
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.tags.is_empty()
    }
}

/// Foreign events of one ledger.
pub(crate) type Missed = HashMap<TenantId, Vec<(StreamKey, Revision)>>;
/// Heads of ledgers, as the database has them.
pub(crate) type Heads = HashMap<TenantId, Head>;
/// Last revisions of streams that have events.
pub(crate) type Revisions = HashMap<(TenantId, StreamKey), Revision>;
/// What the command log knows.
pub(crate) type Commands = HashMap<(TenantId, CommandId), Appended>;

#[derive(Debug)]
struct Statements {
    append: Statement,
    heads: Statement,
    lock: Statement,
    missed: Statement,
    revisions: Statement,
    tags: Statement,
    commands: Statement,
    guards: GuardStatements,
    beside: BesideStatements,
}

/// Prepared statements on one connection.
#[derive(Debug)]
pub(crate) struct Connection {
    client: Client,
    statements: Statements,
}

impl Connection {
    pub(crate) async fn open(config: &Config) -> Result<Self> {
        let (client, connection) = bounded(config.connect(NoTls)).await?;
        tokio::spawn(async move {
            if let Err(error) = connection.await {
                tracing::debug!(%error, "a lane's connection ended");
            }
        });
        let statements = Statements {
            append: bounded(client.prepare(sql::APPEND_EVENTS)).await?,
            heads: bounded(client.prepare(sql::READ_HEADS)).await?,
            lock: bounded(client.prepare(sql::LOCK_HEADS)).await?,
            missed: bounded(client.prepare(sql::READ_MISSED)).await?,
            revisions: bounded(client.prepare(sql::READ_REVISIONS)).await?,
            tags: bounded(client.prepare(sql::READ_TAG_POSITIONS)).await?,
            commands: bounded(client.prepare(sql::READ_COMMANDS)).await?,
            guards: bounded(GuardStatements::prepare(&client)).await?,
            beside: BesideStatements::prepare(&client).await?,
        };
        Ok(Self { client, statements })
    }

    pub(crate) fn is_closed(&self) -> bool {
        self.client.is_closed()
    }

    /// Heads, then revisions, then tags: one trip, and each is at least as new as the one before.
    pub(crate) async fn prefetch(
        &self,
        tenants: &[Uuid],
        streams: &StreamKeys,
        tags: &TagKeys<'_>,
    ) -> Result<(Heads, Revisions, TagPositions)> {
        let (heads, revisions, tags) = bounded(try_join3(
            self.rows(&self.statements.heads, &[&tenants], tenants.is_empty()),
            self.rows(
                &self.statements.revisions,
                &[&streams.tenants, &streams.keys],
                streams.is_empty(),
            ),
            self.rows(
                &self.statements.tags,
                &[&tags.tenants, &tags.tags],
                tags.is_empty(),
            ),
        ))
        .await?;
        Ok((head_map(&heads), revision_map(&revisions), tag_map(&tags)))
    }

    /// The same under the row locks of the ledgers, with what was missed and the rows that the batch is judged by;
    /// leaves a transaction open.
    pub(crate) async fn lock(
        &self,
        known: &[(TenantId, Position)],
        streams: &StreamKeys,
        tags: &TagKeys<'_>,
        guards: &GuardKeys,
    ) -> Result<(Heads, Missed, Revisions, TagPositions, Guards)> {
        let tenants: Vec<Uuid> = known.iter().map(|(tenant, _)| tenant.uuid()).collect();
        let positions: Vec<i64> = known.iter().map(|(_, position)| position.0).collect();
        let limit = i64::try_from(MISSED_MAX).unwrap_or(i64::MAX);
        // Order: sent in this order, so rows beside the ledgers are locked after them, by everybody.
        let (((), heads, missed, revisions, tags), guards) = bounded(try_join(
            try_join5(
                self.client.batch_execute(sql::BEGIN),
                self.rows(&self.statements.lock, &[&tenants], false),
                self.rows(
                    &self.statements.missed,
                    &[&tenants, &positions, &limit],
                    false,
                ),
                self.rows(
                    &self.statements.revisions,
                    &[&streams.tenants, &streams.keys],
                    streams.is_empty(),
                ),
                self.rows(
                    &self.statements.tags,
                    &[&tags.tenants, &tags.tags],
                    tags.is_empty(),
                ),
            ),
            self.statements.guards.lock(&self.client, guards),
        ))
        .await?;
        let mut foreign = Missed::new();
        for row in &missed {
            let (key, revision): (&[u8], i64) = (row.get(2), row.get(3));
            foreign
                .entry(TenantId::new(row.get(0)))
                .or_default()
                .push((key_of(key), Revision(revision)));
        }
        Ok((
            head_map(&heads),
            foreign,
            revision_map(&revisions),
            tag_map(&tags),
            guards,
        ))
    }

    /// Writes a batch; answers the tenants that advanced.
    pub(crate) async fn append(&self, rows: &Rows<'_>) -> Result<HashSet<TenantId>> {
        if !rows.all_beside().is_empty() {
            bounded(self.client.batch_execute(sql::BEGIN)).await?;
            return self.append_with_beside(rows).await;
        }
        let advanced = bounded(self.client.query(&self.statements.append, &rows.params())).await?;
        Ok(tenant_set(&advanced))
    }

    /// Writes a batch and confirms the heads of ledgers that only refused, in one trip.
    pub(crate) async fn append_and_confirm(
        &self,
        rows: &Rows<'_>,
        confirm: &[Uuid],
    ) -> Result<(HashSet<TenantId>, Heads)> {
        if !rows.all_beside().is_empty() {
            let advanced = self.append(rows).await?;
            let heads = bounded(self.rows(&self.statements.heads, &[&confirm], false)).await?;
            return Ok((advanced, head_map(&heads)));
        }
        let params = rows.params();
        let (advanced, heads) = bounded(try_join(
            self.rows(&self.statements.append, &params, rows.is_empty()),
            self.rows(&self.statements.heads, &[&confirm], confirm.is_empty()),
        ))
        .await?;
        Ok((tenant_set(&advanced), head_map(&heads)))
    }

    /// Writes a batch and ends the open transaction.
    pub(crate) async fn append_and_commit(&self, rows: &Rows<'_>) -> Result<HashSet<TenantId>> {
        if !rows.all_beside().is_empty() {
            return self.append_with_beside(rows).await;
        }
        let params = rows.params();
        let write = async {
            if rows.is_empty() {
                return Ok(Vec::new());
            }
            self.client.query(&self.statements.append, &params).await
        };
        // Order: both are sent at once. When the write fails, COMMIT rolls back and its own answer is no
        // error, so the write's answer decides.
        let (advanced, ended) =
            bounded(async { Ok(join(write, self.client.batch_execute(sql::COMMIT)).await) })
                .await?;
        let advanced = advanced?;
        ended?;
        Ok(tenant_set(&advanced))
    }

    /// Writes a batch, then what stands beside the ledgers of tenants that advanced, and ends the open transaction:
    /// all of it, or nothing.
    async fn append_with_beside(&self, rows: &Rows<'_>) -> Result<HashSet<TenantId>> {
        let written = async {
            let params = rows.params();
            let advanced = self.client.query(&self.statements.append, &params).await?;
            let advanced = tenant_set(&advanced);
            // Order: who is stale is known only now, and nothing of theirs may be written.
            let rows = rows.all_beside().iter();
            let rows = rows.filter(|row| advanced.contains(&row.tenant));
            beside::write(&self.client, &self.statements.beside, rows).await?;
            self.client.batch_execute(sql::COMMIT).await?;
            Ok(advanced)
        };
        match bounded(written).await {
            Ok(advanced) => Ok(advanced),
            Err(error) => {
                self.rollback().await?;
                Err(error)
            }
        }
    }

    /// Gives an open transaction up.
    pub(crate) async fn rollback(&self) -> Result<()> {
        bounded(self.client.batch_execute(sql::ROLLBACK)).await
    }

    /// Looks commands up.
    pub(crate) async fn commands(&self, keys: &[(TenantId, CommandId)]) -> Result<Commands> {
        let tenants: Vec<Uuid> = keys.iter().map(|(tenant, _)| tenant.uuid()).collect();
        let ids: Vec<Uuid> = keys.iter().map(|(_, id)| id.0).collect();
        let rows = bounded(
            self.client
                .query(&self.statements.commands, &[&tenants, &ids]),
        )
        .await?;
        Ok(rows.iter().map(command_of).collect())
    }

    async fn rows(
        &self,
        statement: &Statement,
        params: &[&(dyn ToSql + Sync)],
        skip: bool,
    ) -> std::result::Result<Vec<Row>, tokio_postgres::Error> {
        if skip {
            Ok(Vec::new())
        } else {
            self.client.query(statement, params).await
        }
    }
}

/// A row of `read_commands.sql`.
pub(crate) fn command_of(row: &Row) -> ((TenantId, CommandId), Appended) {
    let command_id = CommandId(row.get(1));
    let hash: &[u8] = row.get(2);
    let record = CommandRecord {
        command_id,
        request_hash: hash_of(hash),
        outcome: row.get(3),
        result: row.get(6),
    };
    let appended = Appended {
        first: Position(row.get(4)),
        last: Position(row.get(5)),
        repeated: Some(record),
    };
    ((TenantId::new(row.get(0)), command_id), appended)
}

/// A 32-byte column; the table's check guarantees its length.
pub(crate) fn hash_of(bytes: &[u8]) -> [u8; 32] {
    bytes.try_into().unwrap_or([0xff; 32])
}

fn key_of(bytes: &[u8]) -> StreamKey {
    StreamKey(bytes.try_into().unwrap_or([0xff; 16]))
}

fn head_map(rows: &[Row]) -> Heads {
    rows.iter()
        .map(|row| {
            let hash: &[u8] = row.get(2);
            let head = Head {
                position: Position(row.get(1)),
                hash: hash_of(hash),
            };
            (TenantId::new(row.get(0)), head)
        })
        .collect()
}

fn revision_map(rows: &[Row]) -> Revisions {
    rows.iter()
        .map(|row| {
            let key: &[u8] = row.get(1);
            (
                (TenantId::new(row.get(0)), key_of(key)),
                Revision(row.get(2)),
            )
        })
        .collect()
}

fn tag_map(rows: &[Row]) -> TagPositions {
    rows.iter()
        .filter_map(|row| {
            let tag = Tag::parse(row.get::<_, String>(1)).ok()?;
            Some(((TenantId::new(row.get(0)), tag), Position(row.get(2))))
        })
        .collect()
}

fn tenant_set(rows: &[Row]) -> HashSet<TenantId> {
    rows.iter().map(|row| TenantId::new(row.get(0))).collect()
}
