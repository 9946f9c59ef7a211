//! Dependents that were found before, each with the position up to which they are known to be all.

use std::num::NonZeroUsize;
use std::sync::{Arc, Mutex, PoisonError};

use cinatra_domain::extension::{Dependent, PackageName};
use cinatra_domain::kernel::TenantId;
use cinatra_eventstore::Proof;
use lru::LruCache;

const PACKAGES_MAX: NonZeroUsize = NonZeroUsize::new(16_384).unwrap();

type Found = (Vec<Dependent>, Proof);

/// Least recently used packages leave first. Cheap to clone.
#[derive(Clone, Debug)]
pub(super) struct KnownDependents(Arc<Mutex<LruCache<(TenantId, String), Found>>>);

impl Default for KnownDependents {
    fn default() -> Self {
        Self(Arc::new(Mutex::new(LruCache::new(PACKAGES_MAX))))
    }
}

impl KnownDependents {
    pub(super) fn get(&self, tenant: TenantId, package: &PackageName) -> Option<Found> {
        let key = (tenant, package.to_string());
        self.0
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .get(&key)
            .cloned()
    }

    pub(super) fn keep(&self, tenant: TenantId, package: &PackageName, found: Found) {
        let key = (tenant, package.to_string());
        self.0
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .put(key, found);
    }
}
