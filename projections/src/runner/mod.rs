//! The loop around every read model: builds, batches, checkpoints, leases, parking, waiting, proving.
//!
//! Read [`work`] for a round of the loop, [`batch`] for how rows and checkpoints commit together,
//! [`builds`] for what a build is, [`rebuild`] for how one takes the place of another.

mod abandoned;
mod batch;
mod board;
mod builds;
mod digest;
mod idle;
mod park;
mod reach;
mod rebuild;
mod session;
mod settle;
mod sql;
mod status;
mod transaction;
mod work;

use std::sync::Arc;
use std::time::Duration;

use cinatra_eventstore::{EventStore, Role};
use deadpool_postgres::{
    Manager, ManagerConfig, Pool, QueueMode, RecyclingMethod, Runtime, Timeouts,
};
use tokio::sync::{Notify, watch};
use tokio::task::JoinHandle;
use tokio_postgres::{Config, NoTls};

pub(crate) use board::{Board, Live};
pub use digest::Digest;
pub use rebuild::{Compared, OnProgress, Phase, Progress, Rebuilt};
pub use status::{LedgerStatus, ParkedEvent, Status};

use crate::Error;
use crate::registry::REGISTERED;

/// How long a caller waits for a free connection.
const POOL_WAIT: Duration = Duration::from_secs(5);

/// How read models are run and read.
#[derive(Clone, Debug)]
pub struct Options {
    /// Connections that write; the runner keeps one of them for itself.
    pub writers_max: usize,
    /// How often the ledgers are looked at when no doorbell rings.
    pub poll: Duration,
    /// Events of one ledger that are read at once.
    pub page_events: u16,
    /// Rows that a rebuild writes at once, about.
    pub batch_rows: usize,
    /// How long a reader waits for `min_pos`.
    pub patience: Duration,
    /// How long a flip may hold the live build up to compare the rows before it moves the pointer.
    pub hold_up_max: Duration,
    /// Serve although code or tables changed and the version did not: a warning instead of a refusal. For
    /// development, `CINATRA_DEV_PROJECTIONS=1`.
    pub tolerate_drift: bool,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            writers_max: 10,
            poll: Duration::from_millis(250),
            page_events: 5_000,
            batch_rows: 10_000,
            patience: Duration::from_secs(2),
            hold_up_max: Duration::from_millis(900),
            tolerate_drift: false,
        }
    }
}

#[derive(Debug)]
struct Inner {
    store: EventStore,
    writers: Pool,
    boards: Vec<Board>,
    options: Options,
    hurry: Notify,
}

/// The read models of one database. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Projections(Arc<Inner>);

/// The running loop. Dropping it lets the present round finish and no other begin.
#[derive(Debug)]
pub struct Runner {
    stop: watch::Sender<bool>,
    task: JoinHandle<()>,
}

impl Runner {
    /// Finishes the present round and gives the leases back, so that another node goes on at once.
    pub async fn stop(self) {
        let _ = self.stop.send(true);
        if let Err(panicked) = self.task.await {
            tracing::error!(%panicked, "the projection runner had died");
        }
    }
}

impl Projections {
    /// Connects. Nothing runs and nothing is created yet: queries, proofs and rebuilds need no runner.
    pub async fn open(config: Config, store: EventStore, options: Options) -> Result<Self, Error> {
        let manager_config = ManagerConfig {
            recycling_method: RecyclingMethod::Fast,
        };
        let manager = Manager::from_config(Role::Ledger.connect(&config), NoTls, manager_config);
        let writers = Pool::builder(manager)
            .max_size(options.writers_max.max(2))
            .queue_mode(QueueMode::Lifo)
            .runtime(Runtime::Tokio1)
            .timeouts(Timeouts {
                wait: Some(POOL_WAIT),
                create: Some(POOL_WAIT),
                recycle: None,
            })
            .build()
            .map_err(Error::unavailable)?;
        let projections = Self(Arc::new(Inner {
            store,
            writers,
            boards: REGISTERED.iter().map(Board::new).collect(),
            options,
            hurry: Notify::new(),
        }));
        projections.follow_pointers().await?;
        Ok(projections)
    }

    /// Begins to run: creates the first builds on an empty system, puts what is older under row-level
    /// security, drops builds that hold contents and that nobody keeps up, refuses when code or tables changed
    /// and their version did not, then keeps every live build up with every ledger.
    pub async fn start(&self) -> Result<Runner, Error> {
        self.create_first_builds().await?;
        self.secure_builds().await?;
        self.drop_abandoned().await;
        self.refuse_drift().await?;
        self.follow_pointers().await?;
        let (stop, stopped) = watch::channel(false);
        let task = tokio::spawn(work::Worker::new(self.clone()).run(stopped));
        Ok(Runner { stop, task })
    }

    /// Names of all read models.
    pub fn names() -> impl Iterator<Item = &'static str> {
        REGISTERED.iter().map(|registered| registered.name)
    }

    pub(crate) fn board(&self, name: &str) -> Result<&Board, Error> {
        let mut boards = self.0.boards.iter();
        boards
            .find(|board| board.registered.name == name)
            .ok_or_else(|| Error::Unknown(name.to_owned()))
    }

    /// Sees every ledger: for pointers, checkpoints and status only.
    fn unscoped(&self) -> &Pool {
        self.0.store.unscoped()
    }

    pub(crate) fn store(&self) -> &EventStore {
        &self.0.store
    }

    pub(crate) fn patience(&self) -> Duration {
        self.0.options.patience
    }

    /// Somebody waits: the next round must not linger.
    pub(crate) fn hurry(&self) {
        self.0.hurry.notify_one();
    }
}
