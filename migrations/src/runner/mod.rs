//! Applies the numbered migrations of `migrations/sql`, once, whoever and however many ask.

use std::{fmt, time::Duration};

use refinery::{Migration, Runner};
use tokio_postgres::{Client, Config, error::SqlState};

use crate::{connect::connect, error::MigrateError, role};

mod embedded {
    //! What the macro makes of `migrations/sql`.
    refinery::embed_migrations!("sql");
}

const OPEN_SESSION: &str = include_str!("../sql/open_session.sql");
const TAKE_LOCK: &str = include_str!("../sql/take_lock.sql");
const BECOME_OWNER: &str = include_str!("../sql/become_owner.sql");
const HAS_HISTORY: &str = include_str!("../sql/has_history.sql");
const READ_HISTORY: &str = include_str!("../sql/read_history.sql");

/// Key of the session advisory lock, "cinatra" in ASCII. The only advisory lock of the system.
const LOCK_KEY: i64 = 0x0063_696e_6174_7261;

/// How long a node waits for another one's migrations before it gives up.
const LOCK_WAIT: Duration = Duration::from_mins(10);

/// What a run has done.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Migrated {
    /// Names of the migrations that this run applied, oldest first.
    pub applied: Vec<String>,
    /// Number of the newest migration in the database, 0 if there is none.
    pub version: i32,
}

/// Brings the database at `url` to the schema of this binary.
///
/// Creates the roles first, applies each missing migration in a transaction of its own as the owner role, and is
/// safe to run from several nodes at once: they take turns, and the later ones find nothing to do.
pub async fn migrate(url: &str) -> Result<Migrated, MigrateError> {
    MigrationLock::acquire(url).await?.migrate().await
}

/// The right to change the schema: one session of the whole database has it at a time, until it is dropped.
///
/// For what must happen once in a database's life right after its migrations; otherwise [`migrate`] does.
pub struct MigrationLock {
    client: Client,
}

impl fmt::Debug for MigrationLock {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MigrationLock").finish_non_exhaustive()
    }
}

impl MigrationLock {
    /// Waits for the lock, prepares roles and rights, and acts as the owner role from then on.
    pub async fn acquire(url: &str) -> Result<Self, MigrateError> {
        let mut config: Config = url.parse().map_err(MigrateError::Connect)?;
        if config.get_application_name().is_none() {
            config.application_name("cinatra migrations");
        }
        let client = connect(&config).await.map_err(MigrateError::Connect)?;
        let wait = format!("{}s", LOCK_WAIT.as_secs());
        let session = client
            .query_one(OPEN_SESSION, &[&wait])
            .await
            .map_err(at("open a session"))?;
        let login: String = session.try_get(0).map_err(at("open a session"))?;
        client
            .execute(TAKE_LOCK, &[&LOCK_KEY])
            .await
            .map_err(not_locked)?;
        prepare(&client, &login).await?;
        client
            .batch_execute(BECOME_OWNER)
            .await
            .map_err(at("become the owner role"))?;
        Ok(Self { client })
    }

    /// Applies what is missing.
    pub async fn migrate(&mut self) -> Result<Migrated, MigrateError> {
        self.apply(embedded::migrations::runner().get_migrations())
            .await
    }

    /// The locked session, acting as the owner role.
    pub fn client(&mut self) -> &mut Client {
        &mut self.client
    }

    pub(crate) async fn apply(&mut self, known: &[Migration]) -> Result<Migrated, MigrateError> {
        let history = self.history().await?;
        check(&history, known)?;
        let report = Runner::new(known)
            .run_async(&mut self.client)
            .await
            .map_err(|error| MigrateError::Failed(Box::new(error)))?;
        let applied: Vec<String> = report
            .applied_migrations()
            .iter()
            .map(ToString::to_string)
            .collect();
        let newest = known.iter().map(Migration::version).max();
        Ok(Migrated {
            applied,
            version: newest.unwrap_or_default(),
        })
    }

    async fn history(&self) -> Result<Vec<Applied>, MigrateError> {
        let reading = || at("read the migration history");
        let has_history = self
            .client
            .query_one(HAS_HISTORY, &[])
            .await
            .map_err(reading())?;
        if !has_history.try_get::<_, bool>(0).map_err(reading())? {
            return Ok(Vec::new());
        }
        let rows = self
            .client
            .query(READ_HISTORY, &[])
            .await
            .map_err(reading())?;
        rows.iter()
            .map(|row| {
                Ok(Applied {
                    version: row.try_get(0)?,
                    name: row.try_get(1)?,
                    checksum: row.try_get(2)?,
                })
            })
            .collect::<Result<_, _>>()
            .map_err(reading())
    }
}

/// A row of the history. The checksum stays text: a tampered one need not be a number.
#[derive(Debug, Clone)]
struct Applied {
    version: i32,
    name: String,
    checksum: String,
}

/// Refuses a history that this binary must not add to. Everything else is left to the runner.
fn check(history: &[Applied], known: &[Migration]) -> Result<(), MigrateError> {
    let binary = known
        .iter()
        .map(Migration::version)
        .max()
        .unwrap_or_default();
    let database = history
        .iter()
        .map(|applied| applied.version)
        .max()
        .unwrap_or_default();
    if database > binary {
        return Err(MigrateError::NewerDatabase { database, binary });
    }
    for applied in history {
        let (version, name) = (applied.version, applied.name.clone());
        let Some(ours) = known.iter().find(|ours| ours.version() == version) else {
            return Err(MigrateError::Unknown { version, name });
        };
        if ours.name() != name || ours.checksum().to_string() != applied.checksum {
            return Err(MigrateError::Changed { version, name });
        }
    }
    let is_applied = |ours: &Migration| history.iter().any(|row| row.version == ours.version());
    match known
        .iter()
        .find(|ours| ours.version() < database && !is_applied(ours))
    {
        Some(ours) => Err(MigrateError::OutOfOrder {
            version: ours.version(),
            name: ours.name().to_owned(),
        }),
        None => Ok(()),
    }
}

fn at(doing: &'static str) -> impl FnOnce(tokio_postgres::Error) -> MigrateError {
    move |source| MigrateError::Statement { doing, source }
}

fn not_locked(source: tokio_postgres::Error) -> MigrateError {
    if source.code() == Some(&SqlState::LOCK_NOT_AVAILABLE) {
        return MigrateError::Locked { waited: LOCK_WAIT };
    }
    MigrateError::Statement {
        doing: "take the migration lock",
        source,
    }
}

/// Roles and rights, or what somebody else has to do about them.
async fn prepare(client: &Client, login: &str) -> Result<(), MigrateError> {
    let prepared = match role::ensure(client, login).await {
        Ok(()) => role::ensure_grants(client, None).await,
        Err(error) => Err(error),
    };
    let Err(source) = prepared else {
        return Ok(());
    };
    if source.code() != Some(&SqlState::INSUFFICIENT_PRIVILEGE) {
        return Err(MigrateError::Statement {
            doing: "prepare roles and rights",
            source,
        });
    }
    let advice = role::advice(client, login)
        .await
        .map_err(at("prepare roles and rights"))?;
    let sql = advice
        .iter()
        .map(|line| format!("  {line};"))
        .collect::<Vec<_>>()
        .join("\n");
    Err(MigrateError::MissingRights { sql, source })
}

#[cfg(test)]
mod tests;
