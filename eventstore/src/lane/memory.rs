//! What a lane remembers of its ledgers, and when that is still true.
//!
//! Order: everything here is a guess about the past. It is used to save reads, and it is proved right by
//! the compare-and-set on a head's position and hash, or made right under the head's row lock.

use std::collections::{HashMap, VecDeque};
use std::hash::{DefaultHasher, Hasher as _};
use std::num::NonZeroUsize;

use cinatra_domain::kernel::{Position, Revision, StreamKey, Tag, TenantId};
use lru::LruCache;

use crate::chain::Hash;

/// Last position and hash of a ledger.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Head {
    pub(crate) position: Position,
    pub(crate) hash: Hash,
}

/// How a ledger is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Mode {
    /// Alone so far: one trip, compare-and-set.
    Optimistic,
    /// Somebody else writes too: two trips under the row lock, until it has been quiet.
    Locked {
        /// Batches in a row that saw no foreign event.
        quiet: u8,
    },
}

/// What is remembered of a stream.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Remembered {
    /// Nothing.
    Unknown,
    /// It has no event.
    Empty,
    /// Its last revision.
    Last(Revision),
}

/// Batches without a foreign event after which a lane trusts its memory again.
const QUIET_BATCHES: u8 = 8;
/// Tags remembered per ledger.
const TAGS_MAX: usize = 4_096;
const LEDGERS_MAX: NonZeroUsize = NonZeroUsize::new(8_192).unwrap();
const STREAMS_MAX: NonZeroUsize = NonZeroUsize::new(262_144).unwrap();

/// One ledger.
#[derive(Debug)]
pub(crate) struct LedgerMemory {
    pub(crate) head: Head,
    pub(crate) mode: Mode,
    /// Remembered revisions of another generation are forgotten.
    generation: u64,
    tags: TagTail,
}

impl LedgerMemory {
    /// Notes how many foreign events a locked batch saw.
    pub(crate) fn saw_foreign(&mut self, count: usize) {
        self.mode = match self.mode {
            Mode::Locked { quiet } if count == 0 && quiet + 1 < QUIET_BATCHES => {
                Mode::Locked { quiet: quiet + 1 }
            }
            Mode::Optimistic | Mode::Locked { .. } if count == 0 => Mode::Optimistic,
            Mode::Optimistic | Mode::Locked { .. } => Mode::Locked { quiet: 0 },
        };
    }

    /// Whether every event after `position` is among the remembered tags.
    pub(crate) fn covers_tags_after(&self, position: Position) -> bool {
        position >= self.tags.since
    }

    /// Last remembered position of a tag.
    pub(crate) fn tag_position(&self, tag: &Tag) -> Option<Position> {
        self.tags.last.get(&TagHash::of(tag)).copied()
    }
}

/// A tag, remembered by its hash. Two tags of one hash look alike, which can only refuse an append that
/// would have passed; its caller reads again, and passes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct TagHash(u64);

impl TagHash {
    pub(crate) fn of(tag: &Tag) -> Self {
        let mut hasher = DefaultHasher::new();
        hasher.write(tag.as_str().as_bytes());
        Self(hasher.finish())
    }
}

/// Tags of the latest events, complete after `since`.
#[derive(Debug)]
struct TagTail {
    since: Position,
    last: HashMap<TagHash, Position>,
    queue: VecDeque<(Position, TagHash)>,
}

impl TagTail {
    fn starting_at(since: Position) -> Self {
        Self {
            since,
            last: HashMap::new(),
            queue: VecDeque::new(),
        }
    }

    fn push(&mut self, position: Position, tag: TagHash) {
        self.last.insert(tag, position);
        self.queue.push_back((position, tag));
        while self.queue.len() > TAGS_MAX {
            if let Some((oldest, tag)) = self.queue.pop_front() {
                self.since = self.since.max(oldest);
                if self.last.get(&tag) == Some(&oldest) {
                    self.last.remove(&tag);
                }
            }
        }
    }
}

/// All ledgers of a lane.
#[derive(Debug)]
pub(crate) struct Memory {
    ledgers: LruCache<TenantId, LedgerMemory>,
    revisions: LruCache<(TenantId, StreamKey), (u64, Option<Revision>)>,
    generations: u64,
}

impl Memory {
    pub(crate) fn new() -> Self {
        Self {
            ledgers: LruCache::new(LEDGERS_MAX),
            revisions: LruCache::new(STREAMS_MAX),
            generations: 0,
        }
    }

    pub(crate) fn ledger(&mut self, tenant: TenantId) -> Option<&mut LedgerMemory> {
        self.ledgers.get_mut(&tenant)
    }

    pub(crate) fn peek(&self, tenant: TenantId) -> Option<&LedgerMemory> {
        self.ledgers.peek(&tenant)
    }

    /// Takes a ledger in, or starts anew with it: nothing else is remembered of it.
    pub(crate) fn start(&mut self, tenant: TenantId, head: Head, mode: Mode) {
        self.generations += 1;
        let memory = LedgerMemory {
            head,
            mode,
            generation: self.generations,
            tags: TagTail::starting_at(head.position),
        };
        self.ledgers.put(tenant, memory);
    }

    /// Forgets a ledger, after an outcome that is unknown.
    pub(crate) fn forget(&mut self, tenant: TenantId) {
        self.ledgers.pop(&tenant);
    }

    /// The last revision of a stream, as far as it is remembered.
    pub(crate) fn revision(&self, tenant: TenantId, stream: StreamKey) -> Remembered {
        let Some(ledger) = self.ledgers.peek(&tenant) else {
            return Remembered::Unknown;
        };
        match self.revisions.peek(&(tenant, stream)) {
            Some((generation, revision)) if *generation == ledger.generation => {
                revision.map_or(Remembered::Empty, Remembered::Last)
            }
            Some(_) | None => Remembered::Unknown,
        }
    }

    /// Remembers the last revision of a stream.
    pub(crate) fn remember(&mut self, tenant: TenantId, stream: StreamKey, last: Option<Revision>) {
        if let Some(ledger) = self.ledgers.peek(&tenant) {
            self.revisions
                .put((tenant, stream), (ledger.generation, last));
        }
    }

    /// Remembers the tags of an event of ours.
    pub(crate) fn remember_tags(&mut self, tenant: TenantId, position: Position, tags: &[Tag]) {
        if let Some(ledger) = self.ledgers.get_mut(&tenant) {
            for tag in tags {
                ledger.tags.push(position, TagHash::of(tag));
            }
        }
    }

    /// Moves a head past foreign events, whose tags are not known.
    pub(crate) fn skip_to(&mut self, tenant: TenantId, head: Head) {
        if let Some(ledger) = self.ledgers.get_mut(&tenant) {
            ledger.head = head;
            ledger.tags = TagTail::starting_at(head.position);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use uuid::Uuid;

    const TENANT: TenantId = TenantId::new(Uuid::from_u128(7));

    fn started() -> Memory {
        let mut memory = Memory::new();
        memory.start(
            TENANT,
            Head {
                position: Position(10),
                hash: [0; 32],
            },
            Mode::Locked { quiet: 0 },
        );
        memory
    }

    #[test]
    fn a_ledger_is_trusted_again_after_eight_quiet_batches() {
        let mut memory = started();
        let ledger = memory.ledger(TENANT).unwrap();
        for _ in 0..7 {
            ledger.saw_foreign(0);
            assert_ne!(ledger.mode, Mode::Optimistic);
        }
        ledger.saw_foreign(3);
        for _ in 0..8 {
            assert_ne!(ledger.mode, Mode::Optimistic);
            ledger.saw_foreign(0);
        }
        assert_eq!(ledger.mode, Mode::Optimistic);
    }

    #[test]
    fn tags_are_complete_only_after_what_was_dropped() {
        let mut memory = started();
        let tag = |n: i64| Tag::new("t", &n.to_string()).unwrap();
        for n in 11..=4_140 {
            memory.remember_tags(TENANT, Position(n), &[tag(n)]);
        }
        let ledger = memory.peek(TENANT).unwrap();
        assert!(!ledger.covers_tags_after(Position(43)));
        assert!(ledger.covers_tags_after(Position(44)));
        assert_eq!(ledger.tag_position(&tag(44)), None);
        assert_eq!(ledger.tag_position(&tag(45)), Some(Position(45)));
    }

    #[test]
    fn starting_anew_forgets_revisions() {
        let mut memory = started();
        let stream = StreamKey([1; 16]);
        memory.remember(TENANT, stream, Some(Revision(4)));
        assert_eq!(
            memory.revision(TENANT, stream),
            Remembered::Last(Revision(4))
        );
        memory.start(
            TENANT,
            Head {
                position: Position(12),
                hash: [1; 32],
            },
            Mode::Optimistic,
        );
        assert_eq!(memory.revision(TENANT, stream), Remembered::Unknown);
    }
}
