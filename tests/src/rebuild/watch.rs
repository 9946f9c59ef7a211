//! Clients that know what they must see.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use cinatra_domain::kernel::TenantId;
use cinatra_eventstore::EventStore;
use serde_json::{Value, json};

use super::{EVENTS, EXTENSIONS, WORKED_ON};
use crate::{Call, Client, Node, Outcome, Reply, fault};

/// An extension of the history, which nobody touches any more.
pub(super) fn known(number: usize) -> String {
    format!("@bench/known{number}-agent")
}

/// An extension that the clients work on.
pub(super) fn worked_on(number: usize) -> String {
    format!("@bench/worked{number}-agent")
}

static READS: AtomicUsize = AtomicUsize::new(0);
static APPENDS: AtomicUsize = AtomicUsize::new(0);

/// How much load there was so far.
#[derive(Clone, Copy, Debug)]
pub(super) struct Seen {
    pub(super) reads: usize,
    pub(super) appends: usize,
}

/// What everybody knows when the rebuilds begin.
#[derive(Clone, Debug)]
pub(super) struct Ground {
    pub(super) head: i64,
    tenant: TenantId,
}

impl Ground {
    /// Waits until every read model holds the whole history.
    pub(super) async fn of(node: &Node, store: &EventStore, tenant: TenantId) -> Outcome<Self> {
        let head = store
            .head(tenant)
            .await?
            .ok_or_else(|| fault("no ledger"))?
            .0;
        let ground = Self { head, tenant };
        let client = node.client()?;
        for question in 0..QUESTIONS {
            let mut tries = 0;
            while !ground.ask(&client, question, 0, true).await?.is_ok() {
                tries += 1;
                if tries > 90 {
                    return Err(fault(format!("question {question} is not answered")));
                }
                tokio::time::sleep(std::time::Duration::from_secs(1)).await;
            }
        }
        Ok(ground)
    }

    pub(super) fn seen() -> Seen {
        Seen {
            reads: READS.load(Ordering::SeqCst),
            appends: APPENDS.load(Ordering::SeqCst),
        }
    }

    async fn ask(
        &self,
        client: &Client,
        question: usize,
        turn: usize,
        strict: bool,
    ) -> Outcome<Reply> {
        let name = known(turn % EXTENSIONS);
        let (primitive, input) = match question {
            0 => ("extensions_get", json!({ "packageName": name })),
            1 => ("extensions_list", json!({ "limit": 200 })),
            2 => (
                "extensions_timeline",
                json!({ "packageName": name, "limit": 200 }),
            ),
            _ => ("extension_lifecycle_audit_list", json!({})),
        };
        let min_pos = format!("{}:{}", self.tenant, self.head);
        let call = Call {
            min_pos: Some(&min_pos),
            strict,
            ..Call::default()
        };
        Ok(client.call(primitive, &input, call).await?)
    }
}

const QUESTIONS: usize = 4;

/// Reads until told to stop; answers what must not have happened.
pub(super) async fn read(
    client: Client,
    ground: Ground,
    number: usize,
    stop: Arc<AtomicBool>,
) -> Outcome<Vec<String>> {
    let (mut findings, mut last) = (Vec::new(), [ground.head; QUESTIONS]);
    let mut turn = number;
    while !stop.load(Ordering::SeqCst) && findings.len() < 10 {
        let question = turn % QUESTIONS;
        let reply = ground.ask(&client, question, turn, false).await?;
        READS.fetch_add(1, Ordering::SeqCst);
        turn += 1;
        if !reply.is_ok() {
            findings.push(format!(
                "question {question}: {} {}",
                reply.status, reply.body
            ));
            continue;
        }
        let at = reply.position().unwrap_or(-1);
        if at < last[question] || reply.stale == Some(true) {
            findings.push(format!(
                "question {question}: at {at} after {}",
                last[question]
            ));
        }
        last[question] = at;
        let (shown, wanted) = rows(question, &reply.body);
        if shown < wanted {
            findings.push(format!(
                "question {question}: {shown} rows, at least {wanted} are there"
            ));
        }
    }
    Ok(findings)
}

/// How many rows an answer has, and how many it has to have.
fn rows(question: usize, body: &Value) -> (usize, usize) {
    let items = body["items"].as_array().map_or(0, Vec::len);
    match question {
        0 => (usize::from(body["packageName"].is_string()), 1),
        1 => (items, 200),
        2 => (items, EVENTS),
        _ => (items, 0),
    }
}

/// Archives and restores until told to stop; answers what must not have happened.
pub(super) async fn append(
    client: Client,
    number: usize,
    stop: Arc<AtomicBool>,
) -> Outcome<Vec<String>> {
    let (mut findings, mut turn) = (Vec::new(), 0);
    while !stop.load(Ordering::SeqCst) && findings.len() < 10 {
        let package = worked_on(number * WORKED_ON / 2 + (turn / 2) % (WORKED_ON / 2));
        let (primitive, input) = if turn % 2 == 0 {
            (
                "extensions_archive",
                json!({ "packageName": package, "packageVersion": "1.0.0" }),
            )
        } else {
            ("extensions_restore", json!({ "packageName": package }))
        };
        let reply = client.call(primitive, &input, Call::default()).await?;
        APPENDS.fetch_add(1, Ordering::SeqCst);
        turn += 1;
        if !reply.is_ok() {
            findings.push(format!("{primitive}: {} {}", reply.status, reply.body));
        }
    }
    Ok(findings)
}
