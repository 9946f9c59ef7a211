//! Builds that hold contents and that nobody keeps up are dropped: an erasure would not reach them.
//!
//! An erasure takes the contents away from beside the ledger and appends an event that says so; a build that
//! is kept up blanks its copies when that event arrives. What a flip replaced, what a rebuild left that died, and
//! what belongs to a version that no node runs any more would keep them for ever. A read model that holds
//! no contents keeps such builds: they cost nothing but room. Source: settled.md 5, 15.

use tokio::time::Duration;

use super::batch::Target;
use super::builds::Ddl;
use super::{Projections, sql};
use crate::Error;
use crate::registry::Registered;

/// How often a build is tried to be dropped before it is left to the next look.
const ATTEMPTS: u32 = 10;

impl Projections {
    /// Looks for such builds of every read model that holds contents. A look that fails is made up for by the
    /// next: nobody who begins to serve has to wait for a lock.
    pub(crate) async fn drop_abandoned(&self) {
        for board in &self.0.boards {
            let registered = board.registered;
            if registered.holds_content
                && let Err(error) = self.drop_abandoned_of(registered).await
            {
                let name = registered.name;
                tracing::warn!(projection = name, %error, "abandoned builds are still there");
            }
        }
    }

    /// What a rebuild took the place of. A failure is not the rebuild's: whoever runs the read models tries
    /// again.
    pub(crate) async fn drop_replaced(&self, replaced: &Target) {
        let mut attempt = 1;
        while let Err(error) = self.drop_build(replaced).await {
            if attempt == ATTEMPTS {
                let name = replaced.registered.name;
                tracing::warn!(projection = name, %error, "a replaced build is still there");
                return;
            }
            attempt += 1;
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    }

    async fn drop_build(&self, build: &Target) -> Result<(), Error> {
        let ddl = Ddl::begin_as(self, sql::BEGIN_DROP).await?;
        ddl.drop(build.registered, build.build).await?;
        ddl.commit().await
    }

    /// Order: builds are made and dropped under one lock, and a rebuild claims the read model before it makes
    /// one; so whatever is found here stays nobody's until it is dropped.
    async fn drop_abandoned_of(&self, registered: &'static Registered) -> Result<(), Error> {
        let client = self.0.writers.get().await?;
        let found = client
            .query(
                sql::FIND_ABANDONED,
                &[&registered.name, &registered.version],
            )
            .await?;
        drop(client);
        if found.is_empty() {
            return Ok(());
        }
        let ddl = Ddl::begin_as(self, sql::BEGIN_DROP).await?;
        let found = ddl
            .client()?
            .query(
                sql::FIND_ABANDONED,
                &[&registered.name, &registered.version],
            )
            .await?;
        for row in &found {
            let build: i32 = row.try_get(0)?;
            tracing::info!(
                projection = registered.name,
                build,
                "a build that nobody keeps up is dropped"
            );
            ddl.drop(registered, build).await?;
        }
        ddl.commit().await
    }
}
