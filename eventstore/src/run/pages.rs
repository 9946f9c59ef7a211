//! Pages of a run's log that viewers who are behind read together. A frame never changes, so what one has read holds for
//! all. A page is kept for as long as somebody is shown it, or will be next.

use std::collections::HashMap;
use std::ops::Deref;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};

use tokio::sync::OnceCell;

use super::{Cursor, Frame};

/// Frames of a page; also how many are read at once.
pub(super) const PAGE: i64 = 1_024;

/// Frames in order, of which a viewer may be shown the later part. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Frames {
    page: Arc<[Frame]>,
    from: usize,
}

impl Frames {
    /// All but so many; `None` when none is left.
    pub fn without_first(mut self, count: usize) -> Option<Self> {
        self.from += count;
        (!self.is_empty()).then_some(self)
    }

    /// Those after a place, if they are among them.
    fn after(&self, cursor: Cursor) -> Option<Self> {
        let first = self.first()?.cursor;
        let skipped = usize::try_from(cursor.seq + 1 - first.seq).ok()?;
        let is_among = first.epoch == cursor.epoch;
        is_among
            .then(|| self.clone().without_first(skipped))
            .flatten()
    }
}

impl From<Vec<Frame>> for Frames {
    fn from(frames: Vec<Frame>) -> Self {
        let (page, from) = (frames.into(), 0);
        Self { page, from }
    }
}

impl Deref for Frames {
    type Target = [Frame];

    fn deref(&self) -> &[Frame] {
        self.page.get(self.from..).unwrap_or_default()
    }
}

impl PartialEq for Frames {
    fn eq(&self, other: &Self) -> bool {
        **self == **other
    }
}

impl Eq for Frames {}

/// A page that is read once. Where it begins is a multiple of [`PAGE`]; it may be shorter where frames are large, and
/// empty where the log could not be gone on with.
#[derive(Debug)]
pub(super) struct Page {
    pub(super) begin: Cursor,
    pub(super) frames: OnceCell<Frames>,
}

impl Page {
    /// What of it, once read, comes after a cursor.
    pub(super) fn after(&self, cursor: Cursor) -> Option<Frames> {
        self.frames.get()?.after(cursor)
    }
}

/// The pages that are being shown.
#[derive(Debug, Default)]
pub(super) struct Pages(Mutex<Shown>);

#[derive(Debug, Default)]
struct Shown {
    /// How far the log is known to reach.
    reached: Cursor,
    pages: HashMap<Cursor, Weak<Page>>,
}

impl Pages {
    fn shown(&self) -> MutexGuard<'_, Shown> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The log reaches up to there.
    pub(super) fn reached(&self, head: Cursor) {
        let mut shown = self.shown();
        shown.reached = shown.reached.max(head);
    }

    /// The page with the frame after a cursor, if the log is known to have all of it. Whoever holds it keeps it.
    pub(super) fn after(&self, cursor: Cursor) -> Option<Arc<Page>> {
        let mut shown = self.shown();
        let begin = Cursor {
            seq: cursor.seq - cursor.seq.rem_euclid(PAGE),
            ..cursor
        };
        let is_whole = shown.reached.epoch == begin.epoch && shown.reached.seq - begin.seq >= PAGE;
        if !is_whole {
            return None;
        }
        if let Some(page) = shown.pages.get(&begin).and_then(Weak::upgrade) {
            return Some(page);
        }
        let frames = OnceCell::new();
        let page = Arc::new(Page { begin, frames });
        shown.pages.retain(|_, page| page.strong_count() > 0);
        shown.pages.insert(begin, Arc::downgrade(&page));
        Some(page)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seq: i64) -> Cursor {
        Cursor { epoch: 1, seq }
    }

    fn frames(seqs: std::ops::RangeInclusive<i64>) -> Frames {
        let frame = |seq| Frame {
            cursor: at(seq),
            segment: 1,
            channel: 0,
            recorded_at: jiff::Timestamp::UNIX_EPOCH,
            data: bytes::Bytes::new(),
        };
        seqs.map(frame).collect::<Vec<_>>().into()
    }

    #[test]
    fn a_page_is_shared_for_as_long_as_somebody_has_it_and_only_when_it_is_whole() {
        let pages = Pages::default();
        assert!(pages.after(at(0)).is_none(), "nothing is known of the log");
        pages.reached(at(2 * PAGE - 1));
        pages.reached(at(3));
        let first = pages.after(at(0)).unwrap();
        assert!(Arc::ptr_eq(&first, &pages.after(at(PAGE - 1)).unwrap()));
        assert!(
            pages.after(at(PAGE)).is_none(),
            "a frame of it is not there"
        );
        assert!(pages.after(Cursor { epoch: 2, seq: 0 }).is_none());
        pages.reached(at(2 * PAGE));
        assert_eq!(pages.after(at(PAGE)).unwrap().begin, at(PAGE));
        first.frames.set(frames(1..=PAGE)).unwrap();
        assert!(pages.after(at(5)).unwrap().frames.initialized());
        drop(first);
        assert!(!pages.after(at(5)).unwrap().frames.initialized());
    }

    #[test]
    fn a_viewer_is_shown_what_comes_after_its_place_and_nothing_else() {
        let page = frames(1_025..=1_030);
        let shown = |seq| page.after(at(seq)).map(|shown| shown.to_vec());
        assert_eq!(shown(1_024).unwrap(), page.to_vec());
        assert_eq!(shown(1_029).unwrap(), page[5..]);
        let later = page.after(at(1_026)).unwrap();
        assert_eq!(
            later.after(at(1_028)).unwrap(),
            page.after(at(1_028)).unwrap()
        );
        for beside in [
            at(1_030),
            at(1_023),
            at(9_000),
            Cursor {
                epoch: 2,
                seq: 1_026,
            },
        ] {
            assert!(page.after(beside).is_none(), "{beside}");
        }
        assert!(Frames::from(Vec::new()).after(at(0)).is_none());
    }
}
