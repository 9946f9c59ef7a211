//! What the clients sent and were told, in memory for the check and as JSON lines for people.

use std::fs::File;
use std::io::{BufWriter, Write as _};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use serde_json::json;

use crate::{Outcome, console};

/// What a client does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Action {
    Archive,
    Restore,
}

impl Action {
    pub(super) fn primitive(self) -> &'static str {
        match self {
            Self::Archive => "extensions_archive",
            Self::Restore => "extensions_restore",
        }
    }

    /// The one event that it must leave.
    pub(super) fn wire_name(self) -> &'static str {
        match self {
            Self::Archive => "extension.archived.v1",
            Self::Restore => "extension.restored.v1",
        }
    }
}

/// How an operation ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Ended {
    /// Acknowledged at this position of the ledger.
    Ok { position: i64 },
    /// The system said no, which it should not have.
    Failed { why: String },
}

/// One operation of one client.
#[derive(Clone, Debug)]
pub(super) struct Operation {
    /// Its idempotency key.
    pub(super) key: String,
    pub(super) client: usize,
    pub(super) package: String,
    pub(super) action: Action,
    /// When it was first sent.
    pub(super) invoked: Duration,
    /// When it ended, and how; absent when nobody ever answered.
    pub(super) ended: Option<(Duration, Ended)>,
    /// Whether an answer stayed away after the request had been sent.
    pub(super) unknown: bool,
}

/// Everything, shared by all clients.
#[derive(Debug)]
pub(super) struct History {
    began: Instant,
    path: PathBuf,
    book: Mutex<Book>,
    acknowledged: AtomicUsize,
    unknown: AtomicUsize,
}

#[derive(Debug)]
struct Book {
    operations: Vec<Operation>,
    file: BufWriter<File>,
}

impl History {
    /// An empty one; `path` takes its lines.
    pub(super) fn create(path: &Path) -> Outcome<Self> {
        if let Some(folder) = path.parent() {
            std::fs::create_dir_all(folder)?;
        }
        let book = Book {
            operations: Vec::new(),
            file: BufWriter::new(File::create(path)?),
        };
        Ok(Self {
            began: Instant::now(),
            path: path.to_path_buf(),
            book: Mutex::new(book),
            acknowledged: AtomicUsize::new(0),
            unknown: AtomicUsize::new(0),
        })
    }

    /// Where its lines are.
    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    /// Acknowledged operations so far.
    pub(super) fn acknowledged(&self) -> usize {
        self.acknowledged.load(Ordering::SeqCst)
    }

    /// Operations so far that at some time had an unknown outcome.
    pub(super) fn unknown(&self) -> usize {
        self.unknown.load(Ordering::SeqCst)
    }

    /// Operations that were sent before `moment` and still have no answer.
    pub(super) fn in_flight_since(&self, moment: Duration) -> usize {
        let book = self.book();
        let open = |operation: &&Operation| operation.ended.is_none() && operation.invoked < moment;
        // A client has one operation at a time, so an open one is among the last.
        book.operations
            .iter()
            .rev()
            .take(1_000)
            .filter(open)
            .count()
    }

    /// The time in this history.
    pub(super) fn now(&self) -> Duration {
        self.began.elapsed()
    }

    /// Right before the first send; returns the operation's number.
    pub(super) fn invoke(&self, client: usize, key: &str, package: &str, action: Action) -> usize {
        let invoked = self.began.elapsed();
        let mut book = self.book();
        book.write(invoked, "invoke", &json!({ "client": client, "key": key, "package": package, "primitive": action.primitive() }));
        book.operations.push(Operation {
            key: key.to_owned(),
            client,
            package: package.to_owned(),
            action,
            invoked,
            ended: None,
            unknown: false,
        });
        book.operations.len() - 1
    }

    /// No answer, or one that says so.
    pub(super) fn unknown_outcome(&self, number: usize, why: &str) {
        let mut book = self.book();
        let key = book.operations[number].key.clone();
        book.write(
            self.began.elapsed(),
            "info",
            &json!({ "key": key, "why": why }),
        );
        if !std::mem::replace(&mut book.operations[number].unknown, true) {
            self.unknown.fetch_add(1, Ordering::SeqCst);
        }
    }

    /// The answer.
    pub(super) fn end(&self, number: usize, ended: Ended) {
        let at = self.began.elapsed();
        let mut book = self.book();
        let key = book.operations[number].key.clone();
        match &ended {
            Ended::Ok { position } => {
                self.acknowledged.fetch_add(1, Ordering::SeqCst);
                book.write(at, "ok", &json!({ "key": key, "position": position }));
            }
            Ended::Failed { why } => book.write(at, "fail", &json!({ "key": key, "why": why })),
        }
        book.operations[number].ended = Some((at, ended));
    }

    /// Everything in the order of sending.
    pub(super) fn operations(&self) -> Vec<Operation> {
        let mut book = self.book();
        if let Err(error) = book.file.flush() {
            console::say(format!("the history could not be written: {error}"));
        }
        book.operations.clone()
    }

    fn book(&self) -> MutexGuard<'_, Book> {
        self.book.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Book {
    fn write(&mut self, at: Duration, kind: &str, more: &serde_json::Value) {
        let mut line = json!({ "us": at.as_micros().to_string(), "type": kind });
        if let (Some(line), Some(more)) = (line.as_object_mut(), more.as_object()) {
            line.extend(more.clone());
        }
        // A full disk must not stop the run: what counts is in memory.
        let _ = writeln!(self.file, "{line}");
    }
}
