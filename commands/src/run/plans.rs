//! Plans, compiled from the flows that runs have pinned.

use std::num::NonZeroUsize;
use std::sync::{Arc, Mutex, PoisonError};

use bytes::Bytes;
use cinatra_domain::kernel::{Class, Coded, TenantId};
use cinatra_domain::template::oas::{Compiled, Finding, Package, Refused, compile};
use lru::LruCache;
use serde_json::{Value, json};

use crate::gateway::blobs::{BlobError, Blobs};

/// Compiled flows remembered.
const PLANS_MAX: NonZeroUsize = NonZeroUsize::new(256).unwrap();

/// Why there is no plan.
#[derive(Debug, thiserror::Error)]
pub enum PlanError {
    /// The flow is not where it was put.
    #[error("the agent's flow cannot be read")]
    Blob(#[from] BlobError),
    /// What was pinned does not compile, or compiles to something else than it did.
    #[error("the agent's flow does not compile to the plan that was pinned")]
    Changed,
}

/// A flow that nothing can run.
#[derive(Clone, Debug, thiserror::Error)]
#[error("the agent's flow cannot be run: {refused}")]
pub(super) struct NotRunnable {
    refused: Refused,
}

impl NotRunnable {
    /// The flow is too large to be read.
    pub(super) fn too_large() -> Self {
        let findings = vec![Finding::too_large()];
        let refused = Refused { findings };
        Self { refused }
    }
}

impl Coded for NotRunnable {
    fn class(&self) -> Class {
        Class::Rejected
    }

    fn code(&self) -> &'static str {
        "AGENT_NOT_RUNNABLE"
    }

    fn details(&self) -> Value {
        json!({ "findings": self.refused.findings })
    }
}

/// Compiles, and remembers. Cheap to clone.
#[derive(Clone, Debug)]
pub(super) struct Plans {
    pub(super) blobs: Blobs,
    known: Arc<Mutex<LruCache<String, Arc<Compiled>>>>,
}

impl Plans {
    pub(super) fn new(blobs: Blobs) -> Self {
        Self {
            blobs,
            known: Arc::new(Mutex::new(LruCache::new(PLANS_MAX))),
        }
    }

    /// The plan of a flow by its digest, which has to be what it was when the run pinned it.
    pub(super) async fn pinned(
        &self,
        tenant: TenantId,
        oas_sha256: &str,
        plan_digest: &str,
    ) -> Result<Arc<Compiled>, PlanError> {
        let known = self.known().get(oas_sha256).cloned();
        let compiled = if let Some(known) = known {
            known
        } else {
            let bytes = self.blobs.get(tenant, oas_sha256).await?;
            let compiled = self.compile(&bytes, oas_sha256).await;
            compiled.map_err(|_| PlanError::Changed)?
        };
        if compiled.digest != plan_digest {
            return Err(PlanError::Changed);
        }
        Ok(compiled)
    }

    /// Compiles a flow, off the threads that answer requests.
    pub(super) async fn compile(
        &self,
        bytes: &Bytes,
        oas_sha256: &str,
    ) -> Result<Arc<Compiled>, NotRunnable> {
        let bytes = bytes.clone();
        let compiling = tokio::task::spawn_blocking(move || {
            let package = Package {
                name: "",
                version: "",
                dependencies: &[],
            };
            compile(&bytes, &package)
        });
        let refused = Refused {
            findings: Vec::new(),
        };
        let compiled = compiling.await.unwrap_or(Err(refused));
        let compiled = Arc::new(compiled.map_err(|refused| NotRunnable { refused })?);
        self.known().put(oas_sha256.to_owned(), compiled.clone());
        Ok(compiled)
    }

    fn known(&self) -> std::sync::MutexGuard<'_, LruCache<String, Arc<Compiled>>> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
