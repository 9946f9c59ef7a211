//! What becomes of runs when somebody is erased who typed something into them.
//!
//! What an agent made of what it was told cannot be told apart from it: viewers were shown it, outputs hold it. So the
//! whole run goes, the person's own and those of others that they answered (ADR-0010).

use std::collections::BTreeSet;
use std::time::Duration;

use cinatra_domain::kernel::{RunId, TenantId, UserId};
use cinatra_domain::run::typed_tag;
use cinatra_eventstore::{AppendError, RunRefusal};

use super::Runs;
use super::worker::{Ended, purge};
use crate::Error;

/// How often a run is tried again that somebody else acts on.
const TRIES_MAX: u32 = 20;
/// How long it is left to whoever acts on it.
const REST: Duration = Duration::from_millis(50);

impl Runs {
    /// Destroys the runs into which a person typed something, wherever. Each by appends of its own, and nothing the
    /// second time: a call that died is called again.
    pub(crate) async fn erase(&self, user_id: UserId) -> Result<(), Error> {
        let tag = typed_tag(user_id)?;
        for tenant in self.store.tenants_with_tag(&tag).await? {
            let (typed, _) = self
                .store
                .events_by_tag(tenant, std::slice::from_ref(&tag))
                .await?;
            let ids = typed.iter().filter_map(|it| it.stream.id().parse().ok());
            for run_id in ids.collect::<BTreeSet<RunId>>() {
                self.destroy(tenant, run_id).await?;
            }
        }
        Ok(())
    }

    async fn destroy(&self, tenant: TenantId, run_id: RunId) -> Result<(), Error> {
        for _ in 0..TRIES_MAX {
            match purge::destroy(self, tenant, run_id).await {
                Ok(()) => return Ok(()),
                Err(Ended::Failed(error)) => return Err(error),
                Err(Ended::Overtaken | Ended::Moved | Ended::Spent | Ended::Wrong(_)) => {
                    tokio::time::sleep(REST).await;
                }
            }
        }
        let head = self.store.run_head(tenant, run_id.0).await?;
        let source = AppendError::RunRefused {
            run_id: run_id.0,
            refusal: RunRefusal::Moved {
                last_seq: head.map_or(0, |head| head.last_seq),
            },
        };
        Err(Error::Contended {
            attempts: TRIES_MAX,
            source,
        })
    }
}
