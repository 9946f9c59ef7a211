//! One reader for all who watch a run in this process.
//!
//! Whoever is at the end and hears the bell reads for everybody; the others find the frames in the ring. Nothing is
//! read while nobody asks. A viewer that is slow or new reads the log itself, page by page, so it costs no memory to wait
//! for it; viewers who are at the same page read it once.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};

use cinatra_domain::kernel::TenantId;
use futures_util::Stream;
use tokio::time::Instant;
use uuid::Uuid;

use super::bell::{RunKey, RunWatch};
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
    store: EventStore,
    key: RunKey,
    watch: RunWatch,
    ring: Mutex<Ring>,
    pages: Pages,
    /// Held by whoever reads for everybody.
    reading: tokio::sync::Mutex<()>,
}

impl Tail {
    fn ring(&self) -> MutexGuard<'_, Ring> {
        self.ring.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Tail {
    fn drop(&mut self) {
        self.store.tails().leave(self.key);
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
        let watch = self.watch_run(tenant, run_id);
        let mut tails = self.tails().tails();
        if let Some(tail) = tails.get(&key).and_then(Weak::upgrade) {
            return RunTail(tail);
        }
        let tail = Arc::new(Tail {
            store: self.clone(),
            key,
            watch,
            ring: Mutex::default(),
            pages: Pages::default(),
            reading: tokio::sync::Mutex::default(),
        });
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
        let (tenant, run_id) = self.0.key;
        let head = self.0.store.run_head(tenant, run_id).await?;
        if let Some(head) = &head {
            self.0.pages.reached(head.cursor());
        }
        Ok(head)
    }

    /// How many frames and bytes are kept in memory for all viewers together.
    pub fn held(&self) -> (usize, usize) {
        self.0.ring().held()
    }

    pub(super) fn watch(&self) -> RunWatch {
        self.0.watch.clone()
    }

    /// What the ring has for a viewer.
    pub(super) fn find(&self, cursor: Cursor) -> Found {
        self.0.ring().after(cursor, FRAMES_MAX)
    }

    /// What the log holds after a cursor, past the ring.
    pub(super) async fn read(&self, after: Cursor) -> Result<RunPage, ReadError> {
        let (tenant, run_id) = self.0.key;
        let page = self
            .0
            .store
            .read_frames(tenant, run_id, after, PAGE)
            .await?;
        if let RunPage::Frames { head, .. } = &page {
            self.0.pages.reached(head.cursor());
        }
        Ok(page)
    }

    /// What a page that others may be at too has after a cursor; `None` where the log has to be asked.
    pub(super) async fn shared(&self, after: Cursor) -> Result<Option<Frames>, ReadError> {
        let Some(page) = self.0.pages.after(after) else {
            return Ok(None);
        };
        self.fill(&page).await?;
        Ok(page.after(after))
    }

    /// Begins to read the page that a viewer needs next, while it is shown the one before. It has it for as long as it
    /// keeps what is answered.
    pub(super) fn ahead(&self, after: Cursor) -> Option<Arc<Page>> {
        let page = self.0.pages.after(after)?;
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
        let (tenant, run_id) = self.0.key;
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

    /// Lets the ring follow the log, for a viewer that found itself at its end; false when it still is, and somebody has
    /// followed since this ring of the bell.
    pub(super) async fn follow(&self, cursor: Cursor, bell: u64) -> Result<bool, ReadError> {
        let _reading = self.0.reading.lock().await;
        let now = Instant::now();
        let since = now.checked_sub(self.0.watch.pace()).unwrap_or(now);
        {
            let ring = self.0.ring();
            if ring.is_fresh(bell, since) {
                // Order: whoever read while this one waited for its turn has found what the bell rang for.
                return Ok(ring.end() != Some(cursor));
            }
        }
        self.read_on(bell, now).await?;
        Ok(true)
    }

    /// Lets the ring come nearer to where a viewer is that has read the log itself.
    pub(super) async fn catch_up(&self, cursor: Cursor, bell: u64) -> Result<(), ReadError> {
        let _reading = self.0.reading.lock().await;
        let end = self.0.ring().end();
        if end.is_some_and(|end| end.epoch == cursor.epoch && end.seq >= cursor.seq) {
            return Ok(());
        }
        self.read_on(bell, Instant::now()).await
    }

    /// Reads what comes after the ring's end. Order: only one reads at a time.
    async fn read_on(&self, bell: u64, now: Instant) -> Result<(), ReadError> {
        let (key, end) = (self.0.key, self.0.ring().end());
        let Some(end) = end else {
            if let Some(head) = self.0.store.run_head(key.0, key.1).await? {
                let mut ring = self.0.ring();
                ring.begin(&head);
                ring.looked(bell, now);
            }
            return Ok(());
        };
        let page = self.read(end).await?;
        let mut ring = self.0.ring();
        let head = match page {
            RunPage::Frames { head, frames } => {
                let reached = frames.last().map_or(end, |last| last.cursor);
                let missing = usize::try_from(head.last_seq - reached.seq).unwrap_or(usize::MAX);
                if missing > FRAMES_MAX {
                    // Nobody was at the end for long: whoever is behind reads the log itself.
                    ring.begin(&head);
                } else {
                    ring.extend(frames);
                }
                if ring.end() == Some(head.cursor()) {
                    ring.looked(bell, now);
                }
                Some(head)
            }
            RunPage::Reset { head, .. } => {
                ring.clear();
                head
            }
        };
        drop(ring);
        self.0.store.bells().told(key, head);
        Ok(())
    }
}
