//! One reader for all who watch a run in this process.
//!
//! It hears the bell, reads what is new into the ring, and wakes everybody at once. A viewer that is slow or new reads
//! the log itself, page by page, so it costs no memory to wait for it; viewers who are at the same page read it once.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};

use cinatra_domain::kernel::{Class, Coded, TenantId};
use futures_util::Stream;
use tokio::sync::watch;
use tokio::time::sleep;
use uuid::Uuid;

use super::bell::{POLL, RunKey, RunWatch};
use super::pages::{Frames, PAGE, Page, Pages};
use super::ring::{FRAMES_MAX, Found, Ring};
use super::view::{self, Viewed};
use super::{Cursor, Frame, RunHead, RunPage};
use crate::{EventStore, ReadError};

/// The run log's end as this process sees it; cheap to clone. Lives as long as somebody holds it.
#[derive(Clone, Debug)]
pub struct RunTail(Arc<Tail>);

#[derive(Debug)]
struct Tail {
    log: Arc<Log>,
    /// Rings when the reader has read. The reader ends when nobody listens.
    read: watch::Receiver<()>,
}

/// A run's log and what of it is in memory.
#[derive(Debug)]
struct Log {
    store: EventStore,
    key: RunKey,
    ring: Mutex<Ring>,
    pages: Pages,
}

impl Log {
    fn ring(&self) -> MutexGuard<'_, Ring> {
        self.ring.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Tail {
    fn drop(&mut self) {
        self.log.store.tails().leave(self.log.key);
    }
}

/// The runs that are watched in this process.
#[derive(Debug, Default)]
pub(crate) struct Tails(Mutex<HashMap<RunKey, Weak<Tail>>>);

impl Tails {
    fn tails(&self) -> MutexGuard<'_, HashMap<RunKey, Weak<Tail>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Order: another may have taken the place since the last holder let go; that one is alive.
    fn leave(&self, key: RunKey) {
        let mut tails = self.tails();
        if tails.get(&key).is_some_and(|tail| tail.strong_count() == 0) {
            tails.remove(&key);
        }
    }
}

impl EventStore {
    /// The one reader of a run in this process. For whoever has been authorized to see the run.
    pub fn run_tail(&self, tenant: TenantId, run_id: Uuid) -> RunTail {
        let key = (tenant, run_id);
        let mut tails = self.tails().tails();
        if let Some(tail) = tails.get(&key).and_then(Weak::upgrade) {
            return RunTail(tail);
        }
        let log = Arc::new(Log {
            store: self.clone(),
            key,
            ring: Mutex::default(),
            pages: Pages::default(),
        });
        let (reads, read) = watch::channel(());
        let bell = self.watch_run(tenant, run_id);
        tokio::spawn(keep_up(Arc::clone(&log), bell, reads));
        let tail = Arc::new(Tail { log, read });
        tails.insert(key, Arc::downgrade(&tail));
        RunTail(tail)
    }
}

impl RunTail {
    /// Frames after a cursor, stored ones first, then live ones, without end; contiguous. A cursor that cannot be gone
    /// on from is told why, and that ends it ([`Viewed::Reset`]).
    pub fn view(
        &self,
        after: Cursor,
    ) -> impl Stream<Item = Result<Viewed, ReadError>> + Send + use<> {
        view::follow(self.clone(), after)
    }

    /// How far the log is; `None` when there is none.
    pub async fn head(&self) -> Result<Option<RunHead>, ReadError> {
        self.0.log.head().await
    }

    /// How many frames and bytes are kept in memory for all viewers together.
    pub fn held(&self) -> (usize, usize) {
        self.0.log.ring().held()
    }

    /// Rings when something was read for all.
    pub(super) fn listen(&self) -> watch::Receiver<()> {
        self.0.read.clone()
    }

    /// What the ring has for a viewer.
    pub(super) fn find(&self, cursor: Cursor) -> Found {
        self.0.log.ring().after(cursor, FRAMES_MAX)
    }

    /// What the log holds after a cursor, past the ring.
    pub(super) async fn read(&self, after: Cursor) -> Result<RunPage, ReadError> {
        self.0.log.read(after).await
    }

    /// What a page that others may be at too has after a cursor; `None` where the log has to be asked.
    pub(super) async fn shared(&self, after: Cursor) -> Result<Option<Frames>, ReadError> {
        let Some(page) = self.0.log.pages.after(after) else {
            return Ok(None);
        };
        self.fill(&page).await?;
        Ok(page.after(after))
    }

    /// Begins to read the page that a viewer needs next, while it is shown the one before. It has it for as long as it
    /// keeps what is answered.
    pub(super) fn ahead(&self, after: Cursor) -> Option<Arc<Page>> {
        let page = self.0.log.pages.after(after)?;
        let (tail, wanted) = (self.clone(), Arc::clone(&page));
        // Whoever needs the page reads it again if this fails.
        tokio::spawn(async move { tail.fill(&wanted).await });
        Some(page)
    }

    async fn fill(&self, page: &Page) -> Result<(), ReadError> {
        let read = || async {
            Ok(match self.read(page.begin).await? {
                RunPage::Frames { frames, .. } => frames.into(),
                RunPage::Reset { .. } => Vec::new().into(),
            })
        };
        page.frames.get_or_try_init(read).await.map(|_| ())
    }

    /// Asserts that a frame is the next one.
    pub(super) fn expect(&self, last: Cursor, frame: &Frame) -> Result<(), ReadError> {
        let (tenant, run_id) = self.0.log.key;
        let (expected, found) = (last.seq + 1, frame.cursor.seq);
        if expected == found {
            return Ok(());
        }
        Err(ReadError::RunHole {
            tenant,
            run_id,
            expected,
            found,
        })
    }
}

impl Log {
    async fn head(&self) -> Result<Option<RunHead>, ReadError> {
        let head = self.store.run_head(self.key.0, self.key.1).await?;
        if let Some(head) = &head {
            self.pages.reached(head.cursor());
        }
        Ok(head)
    }

    async fn read(&self, after: Cursor) -> Result<RunPage, ReadError> {
        let (tenant, run_id) = self.key;
        let page = self.store.read_frames(tenant, run_id, after, PAGE).await?;
        if let RunPage::Frames { head, .. } = &page {
            self.pages.reached(head.cursor());
        }
        Ok(page)
    }

    /// Reads what comes after the ring's end. Answers whether the ring ends where the log did.
    async fn read_on(&self) -> Result<bool, ReadError> {
        let end = self.ring().end();
        let Some(end) = end else {
            let head = self.head().await?;
            if let Some(head) = &head {
                self.ring().begin(head);
            }
            self.store.bells().told(self.key, head);
            return Ok(true);
        };
        let page = self.read(end).await?;
        let mut ring = self.ring();
        let (head, is_at_end) = match page {
            RunPage::Frames { head, frames } => {
                let reached = frames.last().map_or(end, |last| last.cursor);
                let missing = usize::try_from(head.last_seq - reached.seq).unwrap_or(usize::MAX);
                if missing > FRAMES_MAX {
                    // Whoever is behind reads the log itself.
                    ring.begin(&head);
                } else {
                    ring.extend(frames);
                }
                (Some(head), ring.end() == Some(head.cursor()))
            }
            // Order: why it cannot be gone on with, the log tells each viewer; the ring begins anew with the next look.
            RunPage::Reset { head, .. } => {
                ring.clear();
                (head, false)
            }
        };
        drop(ring);
        self.store.bells().told(self.key, head);
        Ok(is_at_end)
    }
}

/// Lets the ring follow the log for as long as anybody listens. While the database does not answer, nobody hears anything.
async fn keep_up(log: Arc<Log>, mut bell: RunWatch, reads: watch::Sender<()>) {
    loop {
        let before = log.ring().end();
        let outcome = log.read_on().await;
        if matches!(&outcome, Err(error) if error.class() == Class::Corrupt) {
            // Order: whoever watches finds nothing in the ring, asks the log, and is told there.
            log.ring().clear();
        }
        if log.ring().end() != before {
            reads.send_replace(());
        }
        let rest = async {
            match outcome {
                Ok(true) => bell.changed().await,
                Ok(false) => {}
                Err(error) => {
                    tracing::debug!(%error, "a run's log cannot be followed");
                    sleep(POLL).await;
                }
            }
        };
        tokio::select! {
            biased;
            () = reads.closed() => return,
            () = rest => {}
        }
    }
}
