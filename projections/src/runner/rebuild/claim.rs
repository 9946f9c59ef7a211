//! The right to rebuild one read model: one process at a time.

use tokio::sync::oneshot;
use tokio::task::JoinHandle;
use tokio::time::{Duration, interval};
use uuid::Uuid;

use crate::Error;
use crate::registry::Registered;
use crate::runner::{Projections, sql};

/// How often the claim is renewed; it lasts six times as long, or as long as its connection.
const RENEW: Duration = Duration::from_secs(5);

/// Held while a rebuild runs. A process that dies loses its connection, and with it the claim.
pub(super) struct Claim {
    release: oneshot::Sender<()>,
    task: JoinHandle<()>,
}

impl Claim {
    pub(super) async fn take(
        projections: &Projections,
        registered: &'static Registered,
    ) -> Result<Self, Error> {
        let client = projections.0.writers.get().await?;
        let owner: Uuid = client.query_one(sql::MINT_OWNER, &[]).await?.try_get(0)?;
        let keep = client.prepare_cached(sql::KEEP_REBUILD_LEASE).await?;
        let taken = client.query_opt(&keep, &[&registered.name, &owner]).await?;
        if taken.is_none() {
            return Err(Error::RebuildRunning(registered.name));
        }
        let (release, mut released) = oneshot::channel();
        let task = tokio::spawn(async move {
            let mut renewals = interval(RENEW);
            loop {
                tokio::select! {
                    _ = renewals.tick() => {
                        let kept = client.query_opt(&keep, &[&registered.name, &owner]).await;
                        if !matches!(kept, Ok(Some(_))) {
                            tracing::warn!("the claim on a rebuild was lost");
                        }
                    }
                    _ = &mut released => break,
                }
            }
            if let Err(error) = client.execute(sql::RELEASE_LEASES, &[&owner]).await {
                tracing::debug!(%error, "the claim on a rebuild was not given back; it expires");
            }
        });
        Ok(Self { release, task })
    }

    /// Gives the claim back; dropping it does the same a moment later.
    pub(super) async fn release(self) {
        let _ = self.release.send(());
        if let Err(panicked) = self.task.await {
            tracing::error!(%panicked, "the keeper of a rebuild's claim had died");
        }
    }
}
