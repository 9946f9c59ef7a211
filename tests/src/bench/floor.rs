//! The bare group commit: one writer, one statement a batch, all rows that an append owes, nothing else.
//!
//! No conflicts, no conditions, no repeats, no second process: what nobody can leave out.

use tokio::sync::{mpsc, oneshot};
use tokio_postgres::{Client, Config, NoTls, Statement};
use uuid::Uuid;

use crate::Outcome;

const BATCH_MAX: usize = 512;

/// One append of the bare program.
#[derive(Debug)]
pub struct BareAppend {
    /// Index of its ledger.
    pub ledger: usize,
    /// Name and next revision of its stream.
    pub stream: (String, i64),
    /// Key of the command.
    pub command: Uuid,
    /// Tag of each event.
    pub tag: String,
    /// Bodies.
    pub payloads: Vec<Vec<u8>>,
}

/// An append and who waits for it.
pub type Waiting = (BareAppend, oneshot::Sender<()>);

/// Heads of the bare program's ledgers.
#[derive(Debug)]
struct Ledgers(Vec<(Uuid, i64, [u8; 32])>);

/// Starts a bare writer over `ledgers` ledgers and returns where to send.
pub async fn start(config: &Config, ledgers: usize) -> Outcome<mpsc::Sender<Waiting>> {
    let (client, connection) = config.connect(NoTls).await?;
    tokio::spawn(connection);
    client
        .batch_execute(include_str!("sql/create_floor.sql"))
        .await?;
    let mut heads = Vec::new();
    for _ in 0..ledgers {
        let tenant = Uuid::from_u128(rand_id());
        client
            .execute(include_str!("sql/insert_floor_ledger.sql"), &[&tenant])
            .await?;
        heads.push((tenant, 0, [0; 32]));
    }
    let statement = client.prepare(include_str!("sql/append_floor.sql")).await?;
    let (sender, queue) = mpsc::channel(4_096);
    tokio::spawn(write(client, statement, Ledgers(heads), queue));
    Ok(sender)
}

/// A fresh id without any promise.
#[expect(clippy::disallowed_methods, reason = "a benchmark mints its own ids")]
pub fn rand_id() -> u128 {
    Uuid::new_v4().as_u128()
}

async fn write(
    client: Client,
    statement: Statement,
    mut ledgers: Ledgers,
    mut queue: mpsc::Receiver<Waiting>,
) -> Result<(), tokio_postgres::Error> {
    let mut waiting = Vec::new();
    while queue.recv_many(&mut waiting, BATCH_MAX).await > 0 {
        let mut batch = Batch::default();
        for (append, _) in &waiting {
            batch.push(append, &mut ledgers);
        }
        let heads = batch.heads(&ledgers);
        client
            .query(
                &statement,
                &[
                    &heads.0,
                    &heads.1,
                    &heads.2,
                    &heads.3,
                    &heads.4,
                    &batch.tenant,
                    &batch.position,
                    &batch.stream,
                    &batch.stream_id,
                    &batch.revision,
                    &batch.event_id,
                    &batch.wire_name,
                    &batch.recorded_at,
                    &batch.actor,
                    &batch.authority,
                    &batch.command_id,
                    &batch.causation_id,
                    &batch.correlation_id,
                    &batch.payload,
                    &batch.hash,
                    &batch.tag,
                    &batch.command_tenant,
                    &batch.command,
                    &batch.request_hash,
                    &batch.outcome,
                    &batch.first,
                    &batch.last,
                    &batch.result,
                ],
            )
            .await?;
        for (_, reply) in waiting.drain(..) {
            let _ = reply.send(());
        }
    }
    Ok(())
}

#[derive(Default)]
struct Batch<'a> {
    old: std::collections::HashMap<usize, (i64, [u8; 32])>,
    tenant: Vec<Uuid>,
    position: Vec<i64>,
    stream: Vec<Vec<u8>>,
    stream_id: Vec<&'a str>,
    revision: Vec<i64>,
    event_id: Vec<Uuid>,
    wire_name: Vec<&'a str>,
    recorded_at: Vec<std::time::SystemTime>,
    actor: Vec<&'a str>,
    authority: Vec<&'a str>,
    command_id: Vec<Uuid>,
    causation_id: Vec<Option<Uuid>>,
    correlation_id: Vec<Uuid>,
    payload: Vec<&'a [u8]>,
    hash: Vec<Vec<u8>>,
    tag: Vec<&'a str>,
    command_tenant: Vec<Uuid>,
    command: Vec<Uuid>,
    request_hash: Vec<Vec<u8>>,
    outcome: Vec<&'a str>,
    first: Vec<i64>,
    last: Vec<i64>,
    result: Vec<&'a [u8]>,
}

type HeadColumns = (Vec<Uuid>, Vec<i64>, Vec<Vec<u8>>, Vec<i64>, Vec<Vec<u8>>);

impl<'a> Batch<'a> {
    fn push(&mut self, append: &'a BareAppend, ledgers: &mut Ledgers) {
        let Some((tenant, position, hash)) = ledgers.0.get_mut(append.ledger) else {
            return;
        };
        self.old.entry(append.ledger).or_insert((*position, *hash));
        let first = *position + 1;
        for (revision, payload) in (append.stream.1..).zip(&append.payloads) {
            *position += 1;
            let mut hasher = blake3::Hasher::new();
            hasher.update(hash);
            hasher.update(payload);
            *hash = hasher.finalize().into();
            self.tenant.push(*tenant);
            self.position.push(*position);
            let key = blake3::hash(append.stream.0.as_bytes());
            self.stream.push(key.as_bytes()[..16].to_vec());
            self.stream_id.push(&append.stream.0);
            self.revision.push(revision);
            self.event_id.push(append.command);
            self.wire_name.push("bench.noted.v1");
            self.recorded_at.push(std::time::UNIX_EPOCH);
            self.actor.push("service:bench");
            self.authority.push(AUTHORITY);
            self.command_id.push(append.command);
            self.causation_id.push(None);
            self.correlation_id.push(append.command);
            self.payload.push(payload);
            self.hash.push(hash.to_vec());
            self.tag.push(&append.tag);
        }
        self.command_tenant.push(*tenant);
        self.command.push(append.command);
        self.request_hash.push(vec![7; 32]);
        self.outcome.push("ok");
        self.first.push(first);
        self.last.push(*position);
        self.result.push(RESULT);
    }

    fn heads(&self, ledgers: &Ledgers) -> HeadColumns {
        let mut columns = HeadColumns::default();
        for (index, (position, hash)) in &self.old {
            if let Some((tenant, new_position, new_hash)) = ledgers.0.get(*index) {
                columns.0.push(*tenant);
                columns.1.push(*position);
                columns.2.push(hash.to_vec());
                columns.3.push(*new_position);
                columns.4.push(new_hash.to_vec());
            }
        }
        columns
    }
}

/// JSON of the authority that both programs store.
pub const AUTHORITY: &str = r#"{"permission":"bench.note","via":"platform_admin","judged_at":[]}"#;
/// Result of a command that both programs store.
pub const RESULT: &[u8] = b"\x81\xa7success\xc3";
