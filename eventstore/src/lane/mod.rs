//! Group commit: waiting appends of several ledgers merge into one transaction and one statement.
//!
//! A ledger is hashed to one lane of the process; other processes have lanes of their own. A lane decides
//! a batch in memory ([`draft`]) against what it remembers ([`memory`]), and writes it on condition that
//! the memory was true ([`connection`]). Source: design.md D3, spec/ledger.md, ADR-0002.

mod beside;
mod connection;
mod draft;
mod guard;
mod identity;
mod job;
mod memory;
mod pending;
mod round;
mod rows;
mod run;
mod vault;

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::{mpsc, watch};
use tokio::time::Instant;
use tokio_postgres::Config;
use tokio_postgres::error::SqlState;

pub(crate) use self::connection::command_of;
pub(crate) use self::pending::Pending;

use self::connection::{Connection, StatementError};
use self::memory::Memory;
use crate::chain::Hasher;
use crate::run::Bells;
use crate::{AppendError, Clock};

/// Appends in one batch at most.
const BATCH_MAX: usize = 512;
/// Pause before a lost connection is opened again.
const RECONNECT_PAUSE: Duration = Duration::from_millis(100);

type Result<T> = std::result::Result<T, StatementError>;

/// One writer with its own connection.
pub(crate) struct Lane {
    config: Config,
    connection: Option<Connection>,
    memory: Memory,
    hasher: Hasher,
    clock: Arc<dyn Clock>,
    doorbell: watch::Sender<u64>,
    bells: Arc<Bells>,
    jobs_bell: watch::Sender<u64>,
}

/// How carefully a round looks before it writes.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Care {
    /// Trust that new streams are new and that commands are not repeats: the index will tell.
    Usual,
    /// Look both up first: the index has told, or a write was lost.
    Thorough,
}

impl Lane {
    pub(crate) fn new(
        config: Config,
        clock: Arc<dyn Clock>,
        doorbell: watch::Sender<u64>,
        bells: Arc<Bells>,
        jobs_bell: watch::Sender<u64>,
    ) -> Self {
        let (memory, hasher) = (Memory::new(), Hasher::default());
        Self {
            config,
            connection: None,
            memory,
            hasher,
            clock,
            doorbell,
            bells,
            jobs_bell,
        }
    }

    /// Works until every sender is gone.
    pub(crate) async fn run(mut self, mut queue: mpsc::Receiver<Pending>) {
        let mut waiting = Vec::with_capacity(BATCH_MAX);
        while queue.recv_many(&mut waiting, BATCH_MAX).await > 0 {
            metrics::histogram!("cinatra_ledger_batch_appends").record(count(waiting.len()));
            self.commit(&mut waiting).await;
        }
    }

    /// Brings every append of a batch to an answer.
    async fn commit(&mut self, waiting: &mut Vec<Pending>) {
        let mut care = Care::Usual;
        while !waiting.is_empty() {
            match self.round(waiting, care).await {
                Ok(next) => care = next,
                Err(StatementError::Refused(error)) if is_repeat(&error) && care == Care::Usual => {
                    care = Care::Thorough;
                }
                Err(StatementError::Refused(error)) if is_passing(&error) => {
                    tracing::warn!(%error, "the ledger is busy");
                    Self::give_up_late(waiting, Some(error));
                }
                Err(StatementError::Refused(error)) if waiting.len() > 1 => {
                    tracing::warn!(%error, "a batch was refused: its appends are tried one by one");
                    self.commit_singly(waiting).await;
                }
                Err(StatementError::Refused(error)) => refuse(waiting, error),
                Err(StatementError::Broken(error)) => {
                    care = Care::Thorough;
                    self.lose_connection(waiting);
                    Self::give_up_late(waiting, error);
                    tokio::time::sleep(RECONNECT_PAUSE).await;
                }
            }
        }
    }

    async fn commit_singly(&mut self, waiting: &mut Vec<Pending>) {
        for pending in std::mem::take(waiting) {
            let mut alone = vec![pending];
            while !alone.is_empty() {
                match self.round(&mut alone, Care::Thorough).await {
                    Ok(_) => {}
                    Err(StatementError::Refused(error)) => refuse(&mut alone, error),
                    Err(StatementError::Broken(error)) => {
                        self.lose_connection(&mut alone);
                        Self::give_up_late(&mut alone, error);
                        tokio::time::sleep(RECONNECT_PAUSE).await;
                    }
                }
            }
        }
    }

    /// After a lost connection nothing remembered of these ledgers is trusted.
    fn lose_connection(&mut self, waiting: &mut [Pending]) {
        self.connection = None;
        for pending in waiting {
            pending.maybe_written = true;
            self.memory.forget(pending.append.tenant);
        }
    }

    fn give_up_late(waiting: &mut Vec<Pending>, error: Option<tokio_postgres::Error>) {
        let now = Instant::now();
        let mut source = error;
        for pending in std::mem::take(waiting) {
            if pending.deadline > now {
                waiting.push(pending);
            } else if pending.maybe_written {
                answer(pending, Err(AppendError::OutcomeUnknown));
            } else {
                let source = source.take().map(Into::into);
                answer(pending, Err(AppendError::Unavailable { source }));
            }
        }
    }
}

fn answer(pending: Pending, reply: std::result::Result<crate::Appended, AppendError>) {
    // The caller may have gone away; its command stands in the log.
    let _ = pending.reply.send(reply);
}

fn refuse(waiting: &mut Vec<Pending>, error: tokio_postgres::Error) {
    let mut source = Some(error);
    for pending in std::mem::take(waiting) {
        let source = source.take().map(Into::into);
        answer(pending, Err(AppendError::Unavailable { source }));
    }
}

/// A stream that was not new, or a command that was.
fn is_repeat(error: &tokio_postgres::Error) -> bool {
    error.code() == Some(&SqlState::UNIQUE_VIOLATION)
}

/// Worth another try of the whole batch until its deadlines.
fn is_passing(error: &tokio_postgres::Error) -> bool {
    let passing = [
        SqlState::LOCK_NOT_AVAILABLE,
        SqlState::T_R_DEADLOCK_DETECTED,
        SqlState::T_R_SERIALIZATION_FAILURE,
        SqlState::QUERY_CANCELED,
        SqlState::IDLE_IN_TRANSACTION_SESSION_TIMEOUT,
    ];
    error.code().is_some_and(|code| passing.contains(code))
}

#[expect(
    clippy::cast_precision_loss,
    clippy::as_conversions,
    reason = "a batch has at most 512"
)]
fn count(appends: usize) -> f64 {
    appends as f64
}
