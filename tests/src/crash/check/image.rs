//! The ledger as it stands in the database, read without any code of the system.

use std::collections::HashMap;

use tokio_postgres::Client;
use uuid::Uuid;

use crate::{Database, Outcome};

const READ_HEAD: &str = include_str!("sql/read_head.sql");
const READ_EVENTS: &str = include_str!("sql/read_events.sql");
const READ_COMMANDS: &str = include_str!("sql/read_commands.sql");

/// One event.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Event {
    pub(super) position: i64,
    pub(super) stream: String,
    pub(super) revision: i64,
    pub(super) wire_name: String,
    pub(super) command: Uuid,
    pub(super) actor: String,
}

/// One row of the command log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Command {
    pub(super) outcome: String,
    pub(super) first: i64,
    pub(super) last: i64,
}

/// A whole ledger.
#[derive(Clone, Debug, Default)]
pub(super) struct Image {
    pub(super) head: i64,
    pub(super) events: Vec<Event>,
    pub(super) commands: HashMap<Uuid, Command>,
}

/// The head of the organization's ledger.
pub(in crate::crash) async fn head(database: &Database) -> Outcome<i64> {
    Ok(ledger(&database.superuser().await?).await?.1)
}

pub(super) async fn ledger(client: &Client) -> Outcome<(Uuid, i64)> {
    let row = client.query_one(READ_HEAD, &[]).await?;
    Ok((row.try_get(0)?, row.try_get(1)?))
}

impl Image {
    /// Reads it; nobody may be writing.
    pub(super) async fn read(database: &Database) -> Outcome<Self> {
        let client = database.superuser().await?;
        let (tenant, head) = ledger(&client).await?;
        let mut image = Self {
            head,
            ..Self::default()
        };
        for row in client.query(READ_EVENTS, &[&tenant]).await? {
            image.events.push(Event {
                position: row.try_get(0)?,
                stream: row.try_get(1)?,
                revision: row.try_get(2)?,
                wire_name: row.try_get(3)?,
                command: row.try_get(4)?,
                actor: row.try_get(5)?,
            });
        }
        for row in client.query(READ_COMMANDS, &[&tenant]).await? {
            let command = Command {
                outcome: row.try_get(1)?,
                first: row.try_get(2)?,
                last: row.try_get(3)?,
            };
            image.commands.insert(row.try_get(0)?, command);
        }
        Ok(image)
    }
}
