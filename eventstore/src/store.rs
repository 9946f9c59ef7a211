//! The handle through which everything reads and appends.

use std::hash::{DefaultHasher, Hash, Hasher};
use std::sync::Arc;
use std::time::Duration;

use cinatra_domain::kernel::{
    CommandId, Decider, Position, Revision, StreamId, StreamKey, Tag, TenantId,
};
use deadpool_postgres::{
    Manager, ManagerConfig, Pool, QueueMode, RecyclingMethod, Runtime, Timeouts,
};
use futures_util::Stream;
use tokio::sync::{Mutex, mpsc, oneshot, watch};
use tokio::task::{AbortHandle, JoinHandle};
use tokio::time::{Instant, timeout_at};
use tokio_postgres::types::ToSql;
use tokio_postgres::{Config, NoTls, Row};

use crate::cache::StateCache;
use crate::lane::{Lane, Pending};
use crate::run::{Bells, Tails, keep_watch};
use crate::{
    Append, AppendError, Appended, CachedState, Clock, Expected, ReadError, Recorded, Role,
    StreamAppend, codec, question, read, sql,
};

/// An append gives up waiting for the database after this long.
const APPEND_MAX: Duration = Duration::from_secs(10);
/// Appends that may wait in front of one lane.
const QUEUE_MAX: usize = 4_096;
/// How long a reader waits for a free connection.
const POOL_WAIT: Duration = Duration::from_secs(5);
/// A subscription looks at least this often, whatever the doorbell does.
const POLL: Duration = Duration::from_millis(250);
/// Events a subscription reads at once.
const PAGE: i64 = 1_000;

/// How the store works.
#[derive(Clone, Debug)]
pub struct Options {
    /// Number of append lanes, 1 to 16; each holds one connection.
    pub lanes: usize,
    /// Connections that read for one organization at a time.
    pub readers_max: usize,
    /// Connections that read across organizations.
    pub unscoped_max: usize,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            lanes: 2,
            readers_max: 8,
            unscoped_max: 8,
        }
    }
}

/// An aggregate's state with the revision it was folded to.
#[derive(Clone, Debug)]
pub struct Loaded<S> {
    /// The fold.
    pub state: Arc<S>,
    /// Last revision; `None` when the stream has no event.
    pub revision: Option<Revision>,
}

#[derive(Debug)]
struct Inner {
    lanes: std::sync::RwLock<Vec<mpsc::Sender<Pending>>>,
    tasks: Mutex<Vec<JoinHandle<()>>>,
    /// Under the policy of the tenant that each transaction names (ADR-0008).
    readers: Pool,
    /// Under no tenant's policy.
    unscoped: Pool,
    states: StateCache,
    doorbell: watch::Sender<u64>,
    clock: Arc<dyn Clock>,
    /// Rings when work may have become due.
    jobs_bell: watch::Sender<u64>,
    bells: Arc<Bells>,
    tails: Tails,
    /// Looks at watched runs.
    watchman: AbortHandle,
}

impl Drop for Inner {
    fn drop(&mut self) {
        self.watchman.abort();
    }
}

/// The ledgers of one database. Cheap to clone.
#[derive(Clone, Debug)]
pub struct EventStore(Arc<Inner>);

/// What an append is to do to the state cache.
struct Written {
    key: StreamKey,
    is_changed: bool,
    state: Option<(Revision, CachedState)>,
}

impl Written {
    fn of(stream: &mut StreamAppend) -> Self {
        let count = i64::try_from(stream.events.len()).unwrap_or(i64::MAX);
        let last = match stream.expected {
            Expected::NoStream => Some(Revision(count - 1)),
            Expected::At(revision) => Some(Revision(revision.0 + count)),
            Expected::Any => None,
        };
        Self {
            key: stream.stream.key(),
            is_changed: count > 0,
            state: last.zip(stream.state.take()),
        }
    }

    fn settle(self, states: &StateCache, tenant: TenantId, is_new: bool) {
        match self.state.filter(|_| is_new) {
            Some((revision, state)) => states.put(tenant, self.key, Some(revision), state),
            None if is_new && !self.is_changed => {}
            None => states.drop_entry(tenant, self.key),
        }
    }
}

/// Connections of one role.
fn pool(config: Config, size_max: usize) -> Result<Pool, ReadError> {
    let manager_config = ManagerConfig {
        recycling_method: RecyclingMethod::Fast,
    };
    Pool::builder(Manager::from_config(config, NoTls, manager_config))
        .max_size(size_max)
        .queue_mode(QueueMode::Lifo)
        .runtime(Runtime::Tokio1)
        .timeouts(Timeouts {
            wait: Some(POOL_WAIT),
            create: Some(POOL_WAIT),
            recycle: None,
        })
        .build()
        .map_err(|source| ReadError::Unavailable {
            source: Box::new(source),
        })
}

impl EventStore {
    /// Connects to a migrated database as a user that may act in the roles of [`Role`].
    pub async fn open(
        config: Config,
        clock: Arc<dyn Clock>,
        options: Options,
    ) -> Result<Self, ReadError> {
        let readers = pool(Role::Reader.connect(&config), options.readers_max)?;
        let unscoped = pool(Role::Unscoped.connect(&config), options.unscoped_max)?;
        drop(readers.get().await?);
        let doorbell = watch::Sender::new(0);
        let (bells, jobs_bell) = (Arc::<Bells>::default(), watch::Sender::new(0));
        let watchman = tokio::spawn(keep_watch(Arc::clone(&bells), unscoped.clone()));
        let (mut lanes, mut tasks) = (Vec::new(), Vec::new());
        for _ in 0..options.lanes.clamp(1, 16) {
            let (sender, queue) = mpsc::channel(QUEUE_MAX);
            let lane = Lane::new(
                Role::Lane.connect(&config),
                Arc::clone(&clock),
                doorbell.clone(),
                Arc::clone(&bells),
                jobs_bell.clone(),
            );
            tasks.push(tokio::spawn(lane.run(queue)));
            lanes.push(sender);
        }
        let (lanes, tasks) = (std::sync::RwLock::new(lanes), Mutex::new(tasks));
        let states = StateCache::new();
        Ok(Self(Arc::new(Inner {
            lanes,
            tasks,
            readers,
            unscoped,
            states,
            doorbell,
            clock,
            jobs_bell,
            bells,
            tails: Tails::default(),
            watchman: watchman.abort_handle(),
        })))
    }

    /// Creates the ledger of a tenant; nothing happens when it exists.
    pub async fn create_ledger(&self, tenant: TenantId) -> Result<(), ReadError> {
        let client = self.0.unscoped.get().await?;
        let statement = client.prepare_cached(sql::CREATE_LEDGER).await?;
        client.execute(&statement, &[&tenant.uuid()]).await?;
        Ok(())
    }

    /// Appends atomically. A conflicting append fails alone; a repeated command answers with its record.
    ///
    /// Waits at most 10 s. After [`AppendError::OutcomeUnknown`] a retry with the same command id finds
    /// out.
    pub async fn append(&self, mut append: Append) -> Result<Appended, AppendError> {
        let tenant = append.tenant;
        let deadline = Instant::now() + APPEND_MAX;
        let (reply, answer) = oneshot::channel();
        let written: Vec<_> = append.streams.iter_mut().map(Written::of).collect();
        let proofs: Vec<_> = append
            .conditions
            .iter()
            .filter_map(|c| c.proof.clone())
            .collect();
        let pending = Pending::new(append, reply, deadline)?;
        let lane = self
            .lane(tenant)
            .ok_or(AppendError::Unavailable { source: None })?;
        match timeout_at(deadline, lane.send(pending)).await {
            Ok(Ok(())) => {}
            Ok(Err(_)) | Err(_) => return Err(AppendError::Unavailable { source: None }),
        }
        let outcome = answer.await.unwrap_or(Err(AppendError::OutcomeUnknown));
        let is_new = outcome
            .as_ref()
            .is_ok_and(|appended| appended.repeated.is_none());
        if let Ok(appended) = outcome.as_ref()
            && is_new
        {
            // Order: the condition was judged against everything before this append's first event.
            let before = Position(appended.first.0 - 1);
            for proof in &proofs {
                proof.extend(before);
            }
        }
        for stream in written {
            stream.settle(&self.0.states, tenant, is_new);
        }
        outcome
    }

    fn lane(&self, tenant: TenantId) -> Option<mpsc::Sender<Pending>> {
        let lanes = self
            .0
            .lanes
            .read()
            .unwrap_or_else(std::sync::PoisonError::into_inner);
        let mut hasher = DefaultHasher::new();
        tenant.hash(&mut hasher);
        let count = u64::try_from(lanes.len()).unwrap_or(1).max(1);
        let index = usize::try_from(hasher.finish() % count).unwrap_or(0);
        lanes.get(index).cloned()
    }

    /// What a request waits for: within [`crate::question::PATIENCE`].
    pub(crate) async fn ask(
        &self,
        statement: &str,
        params: &[&(dyn ToSql + Sync)],
    ) -> Result<Vec<Row>, ReadError> {
        Ok(question::ask(&self.0.unscoped, statement, params).await?)
    }

    /// The same where the answer is a count.
    pub(crate) async fn ask_count(
        &self,
        statement: &str,
        params: &[&(dyn ToSql + Sync)],
    ) -> Result<u64, ReadError> {
        let rows = self.ask(statement, params).await?;
        let count = rows.first().map_or(0, |row| row.get::<_, i64>(0));
        Ok(u64::try_from(count).unwrap_or(u64::MAX))
    }

    /// Folds a stream, from the state cache when it is warm. The answer may be old, so whoever decides on
    /// it appends with `Expected::At` its revision; a conflict drops the entry.
    pub async fn load<D: Decider>(
        &self,
        tenant: TenantId,
        id: &str,
    ) -> Result<Loaded<D::State>, ReadError> {
        let stream = StreamId::new(D::CATEGORY, id);
        if let Some((revision, state)) = self.0.states.get::<D::State>(tenant, stream.key()) {
            return Ok(Loaded { state, revision });
        }
        let loaded = self.load_cold::<D>(tenant, id).await?;
        let state = Arc::clone(&loaded.state);
        self.0
            .states
            .put(tenant, stream.key(), loaded.revision, state);
        Ok(loaded)
    }

    /// Folds a stream from the database, whatever the cache holds.
    pub async fn load_cold<D: Decider>(
        &self,
        tenant: TenantId,
        id: &str,
    ) -> Result<Loaded<D::State>, ReadError> {
        let stream = StreamId::new(D::CATEGORY, id);
        let key: &[u8] = &stream.key().0;
        let params: [&(dyn ToSql + Sync); 3] = [&tenant.uuid(), &key, &-1_i64];
        let rows = self.ask(sql::READ_STREAM_BODIES, &params).await?;
        let (mut state, mut revision) = (D::State::default(), None);
        for row in &rows {
            let position = Position(row.get(0));
            let (wire_name, payload): (&str, &[u8]) = (row.get(2), row.get(3));
            let event = codec::decode_known::<D::Event>(wire_name, payload).map_err(|source| {
                ReadError::Decode {
                    tenant,
                    position,
                    source,
                }
            })?;
            state = D::evolve(state, &event).map_err(|source| ReadError::Impossible {
                tenant,
                position,
                source,
            })?;
            revision = Some(Revision(row.get(1)));
        }
        Ok(Loaded {
            state: Arc::new(state),
            revision,
        })
    }

    /// Events of one stream after `after` (`None`: from its beginning), at most `limit`.
    pub async fn read_stream(
        &self,
        tenant: TenantId,
        stream: &StreamId,
        after: Option<Revision>,
        limit: i64,
    ) -> Result<Vec<Recorded>, ReadError> {
        let client = self.0.unscoped.get().await?;
        let statement = client.prepare_cached(sql::READ_STREAM).await?;
        let key: &[u8] = &stream.key().0;
        let after = after.map_or(-1, |revision| revision.0);
        let rows = client
            .query(&statement, &[&tenant.uuid(), &key, &after, &limit])
            .await?;
        rows.iter().map(|row| read::recorded(row, 0)).collect()
    }

    /// Events of a ledger after a position, contiguous, at most `limit`.
    pub async fn read_ledger(
        &self,
        tenant: TenantId,
        after: Position,
        limit: i64,
    ) -> Result<Vec<Recorded>, ReadError> {
        let client = self.0.unscoped.get().await?;
        let statement = client.prepare_cached(sql::READ_LEDGER).await?;
        let rows = client
            .query(&statement, &[&tenant.uuid(), &after.0, &limit])
            .await?;
        let events: Result<Vec<_>, _> = rows.iter().map(|row| read::recorded(row, 0)).collect();
        read::contiguous(tenant, after, events?)
    }

    /// Every event that carries any of the tags, in ledger order, and the position at which that is true.
    pub async fn events_by_tag(
        &self,
        tenant: TenantId,
        tags: &[Tag],
    ) -> Result<(Vec<Recorded>, Position), ReadError> {
        let tags: Vec<&str> = tags.iter().map(Tag::as_str).collect();
        read::tagged(&self.ask(sql::READ_BY_TAG, &[&tenant.uuid(), &tags]).await?)
    }

    /// Events after a position: first what is stored, then live, without end; contiguous.
    pub fn subscribe(
        &self,
        tenant: TenantId,
        after: Position,
    ) -> impl Stream<Item = Result<Recorded, ReadError>> + Send + use<> {
        let store = self.clone();
        async_stream::try_stream! {
            let (mut cursor, mut doorbell) = (after, store.doorbell());
            loop {
                doorbell.mark_unchanged();
                let page = store.read_ledger(tenant, cursor, PAGE).await?;
                if page.is_empty() {
                    // Order: the bell was silenced before the read, so a ring since then ends the wait.
                    let _ = tokio::time::timeout(POLL, doorbell.changed()).await;
                }
                for event in page {
                    cursor = event.position;
                    yield event;
                }
            }
        }
    }

    /// Last position of a ledger; `None` when it does not exist.
    pub async fn head(&self, tenant: TenantId) -> Result<Option<Position>, ReadError> {
        let tenants = vec![tenant.uuid()];
        let rows = self.ask(sql::READ_HEADS, &[&tenants]).await?;
        Ok(rows.first().map(|row| Position(row.get(1))))
    }

    /// Every ledger with its last position.
    pub async fn heads(&self) -> Result<Vec<(TenantId, Position)>, ReadError> {
        let client = self.0.unscoped.get().await?;
        let statement = client.prepare_cached(sql::READ_ALL_HEADS).await?;
        let rows = client.query(&statement, &[]).await?;
        Ok(rows
            .iter()
            .map(|row| (TenantId::new(row.get(0)), Position(row.get(1))))
            .collect())
    }

    /// What the command log knows of a command; its record is in `repeated`.
    pub async fn command(
        &self,
        tenant: TenantId,
        id: CommandId,
    ) -> Result<Option<Appended>, ReadError> {
        let (tenants, ids) = (vec![tenant.uuid()], vec![id.0]);
        let rows = self.ask(sql::READ_COMMANDS, &[&tenants, &ids]).await?;
        Ok(rows.first().map(read::command))
    }

    /// Rings after this process has committed something. Polling remains the guarantee.
    pub fn doorbell(&self) -> watch::Receiver<u64> {
        self.0.doorbell.subscribe()
    }

    /// Where times of what is written alone come from.
    pub(crate) fn clock(&self) -> &dyn Clock {
        &*self.0.clock
    }

    pub(crate) fn jobs_bell(&self) -> &watch::Sender<u64> {
        &self.0.jobs_bell
    }

    pub(crate) fn bells(&self) -> &Arc<Bells> {
        &self.0.bells
    }

    pub(crate) fn tails(&self) -> &Tails {
        &self.0.tails
    }

    /// Connections that each transaction has to tell whose rows it reads; see [`Self::query_scoped`].
    pub(crate) fn readers(&self) -> &Pool {
        &self.0.readers
    }

    /// Connections that see every ledger, for bookkeeping and proofs: never for what a caller is shown.
    pub fn unscoped(&self) -> &Pool {
        &self.0.unscoped
    }

    /// Lets the lanes finish what they hold and closes them.
    pub async fn close(&self) {
        self.0
            .lanes
            .write()
            .unwrap_or_else(std::sync::PoisonError::into_inner)
            .clear();
        self.0.watchman.abort();
        for task in self.0.tasks.lock().await.drain(..) {
            let _ = task.await;
        }
        self.0.readers.close();
        self.0.unscoped.close();
    }
}
