//! Folded states of recently used streams.
//!
//! An entry may be old: another process may have appended. Whoever decides on it appends with
//! `Expected::At` its revision, and a conflict drops the entry.

use std::num::NonZeroUsize;
use std::sync::{Arc, Mutex, PoisonError};

use cinatra_domain::kernel::{Revision, StreamKey, TenantId};
use lru::LruCache;

use crate::CachedState;

const ENTRIES_MAX: NonZeroUsize = NonZeroUsize::new(65_536).unwrap();

type Entry = (Option<Revision>, CachedState);

/// Least recently used entries leave first.
#[derive(Debug)]
pub(crate) struct StateCache(Mutex<LruCache<(TenantId, StreamKey), Entry>>);

impl StateCache {
    pub(crate) fn new() -> Self {
        Self(Mutex::new(LruCache::new(ENTRIES_MAX)))
    }

    pub(crate) fn get<S: Send + Sync + 'static>(
        &self,
        tenant: TenantId,
        stream: StreamKey,
    ) -> Option<(Option<Revision>, Arc<S>)> {
        let (revision, state) = self.entries().get(&(tenant, stream)).cloned()?;
        Some((revision, state.downcast().ok()?))
    }

    /// Keeps the newer of what is there and what comes.
    pub(crate) fn put(
        &self,
        tenant: TenantId,
        stream: StreamKey,
        revision: Option<Revision>,
        state: CachedState,
    ) {
        let mut entries = self.entries();
        let newer = entries
            .peek(&(tenant, stream))
            .is_some_and(|(kept, _)| *kept > revision);
        if !newer {
            entries.put((tenant, stream), (revision, state));
        }
    }

    pub(crate) fn drop_entry(&self, tenant: TenantId, stream: StreamKey) {
        self.entries().pop(&(tenant, stream));
    }

    fn entries(&self) -> std::sync::MutexGuard<'_, LruCache<(TenantId, StreamKey), Entry>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
