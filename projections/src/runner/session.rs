//! The connection that holds a worker's leases, and what it finds to do.

use cinatra_domain::kernel::{Position, TenantId};
use deadpool_postgres::Object;
use tokio::time::{Duration, Instant, timeout};
use uuid::Uuid;

use super::batch::Target;
use super::{Projections, sql};
use crate::Error;

/// How often leases are kept; they last four times as long.
const KEEP_LEASES: Duration = Duration::from_millis(500);
/// Rows of work that one round looks at.
const ROUND_ROWS: i64 = 2_048;

/// One ledger that is ahead of one build.
#[derive(Debug)]
pub(super) struct Behind {
    /// Index of the build among those that were asked for.
    pub(super) index: usize,
    pub(super) tenant: TenantId,
    pub(super) head: Position,
    pub(super) position: Position,
    pub(super) epoch: i64,
    pub(super) has_parked: bool,
}

/// When this connection is gone, so are the leases: somebody else takes them at once.
pub(super) struct Session {
    client: Object,
    owner: Uuid,
    /// The builds whose leases are held, and since when nobody looked after them.
    kept: Option<(Vec<i32>, Instant)>,
    /// The ledger at which the last round ended: the next one begins after it.
    last: Uuid,
}

impl Session {
    /// A worker keeps its name over a new connection, and so its leases.
    pub(super) async fn begin(
        projections: &Projections,
        known_as: Option<Uuid>,
    ) -> Result<Self, Error> {
        let client = projections.0.writers.get().await?;
        let owner = match known_as {
            Some(owner) => owner,
            None => client.query_one(sql::MINT_OWNER, &[]).await?.try_get(0)?,
        };
        Ok(Self {
            client,
            owner,
            kept: None,
            last: Uuid::nil(),
        })
    }

    /// Keeps the leases on these builds, when it is time or the builds are others.
    pub(super) async fn keep_leases(&mut self, targets: &[Target]) -> Result<(), Error> {
        let (names, builds) = names_and_builds(targets);
        let are_kept = |kept: &Option<(Vec<i32>, Instant)>| {
            kept.as_ref()
                .is_some_and(|(held, since)| *held == builds && since.elapsed() < KEEP_LEASES)
        };
        if are_kept(&self.kept) {
            return Ok(());
        }
        let statement = self.client.prepare_cached(sql::KEEP_LEASES).await?;
        self.client
            .execute(&statement, &[&names, &builds, &self.owner])
            .await?;
        self.kept = Some((builds, Instant::now()));
        Ok(())
    }

    /// Ledgers that are ahead of a build; their checkpoints are ours from here on.
    pub(super) async fn find_work(&mut self, targets: &[Target]) -> Result<Vec<Behind>, Error> {
        let (names, builds) = names_and_builds(targets);
        let statement = self.client.prepare_cached(sql::FIND_WORK).await?;
        let rows = self
            .client
            .query(
                &statement,
                &[&names, &builds, &self.owner, &self.last, &ROUND_ROWS],
            )
            .await?;
        let (mut work, mut foreign) = (Vec::with_capacity(rows.len()), Adopted::default());
        for row in rows {
            let index = usize::try_from(row.try_get::<_, i64>(0)? - 1).unwrap_or(usize::MAX);
            let (held, epoch): (Option<i64>, i64) = (row.try_get(4)?, row.try_get(5)?);
            let behind = Behind {
                index,
                tenant: TenantId::new(row.try_get(1)?),
                head: Position(row.try_get(2)?),
                position: Position(row.try_get(3)?),
                epoch,
                has_parked: row.try_get(6)?,
            };
            if let Some(target) = targets.get(index)
                && held != Some(epoch)
            {
                foreign.push(target, behind.tenant, epoch);
            }
            work.push(behind);
        }
        foreign.adopt(&self.client).await?;
        Ok(work)
    }

    /// The worker's name.
    pub(super) const fn owner(&self) -> Uuid {
        self.owner
    }

    /// The next round begins after this ledger, so that all come round.
    pub(super) fn end_at(&mut self, tenant: TenantId) {
        self.last = tenant.uuid();
    }

    /// Gives the leases back.
    pub(super) async fn release(self) {
        let owner = self.owner;
        let released = async { self.client.execute(sql::RELEASE_LEASES, &[&owner]).await };
        if !matches!(timeout(Duration::from_secs(1), released).await, Ok(Ok(_))) {
            tracing::debug!("the projection leases were not given back; they expire");
        }
    }
}

/// Checkpoints that another worker moved last, or nobody yet.
#[derive(Default)]
struct Adopted {
    names: Vec<&'static str>,
    builds: Vec<i32>,
    tenants: Vec<Uuid>,
    epochs: Vec<i64>,
}

impl Adopted {
    fn push(&mut self, target: &Target, tenant: TenantId, epoch: i64) {
        self.names.push(target.registered.name);
        self.builds.push(target.build);
        self.tenants.push(tenant.uuid());
        self.epochs.push(epoch);
    }

    async fn adopt(&self, client: &Object) -> Result<(), Error> {
        if self.names.is_empty() {
            return Ok(());
        }
        let statement = client.prepare_cached(sql::ADOPT_CHECKPOINTS).await?;
        client
            .execute(
                &statement,
                &[&self.names, &self.builds, &self.tenants, &self.epochs],
            )
            .await?;
        Ok(())
    }
}

fn names_and_builds(targets: &[Target]) -> (Vec<&'static str>, Vec<i32>) {
    let targets = targets.iter();
    targets
        .map(|target| (target.registered.name, target.build))
        .unzip()
}
