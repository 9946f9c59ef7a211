//! The handle through which everything reads and appends.

use std::sync::Arc;

use cinatra_domain::kernel::{CommandId, Decider, Position, Revision, StreamId, Tag, TenantId};
use futures_util::Stream;
use tokio::sync::watch;
use uuid::Uuid;

use crate::{Append, AppendError, Appended, Clock, CommandRecord, ReadError, Recorded};

/// How the store works.
#[derive(Clone, Debug)]
pub struct Options {
    /// Number of append lanes, 1 to 16; each holds one connection.
    pub lanes: usize,
    /// Connections for reading.
    pub readers_max: usize,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            lanes: 2,
            readers_max: 8,
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

/// The ledgers of one database. Cheap to clone.
#[derive(Clone, Debug)]
pub struct EventStore {}

impl EventStore {
    /// Connects; `config` must reach a migrated database in a role that may be the ledger role.
    pub async fn open(
        config: tokio_postgres::Config,
        clock: Arc<dyn Clock>,
        options: Options,
    ) -> Result<Self, ReadError> {
        let _ = (config, clock, options);
        unimplemented!()
    }
    /// Creates the ledger of a tenant; nothing happens when it exists.
    pub async fn create_ledger(&self, tenant: TenantId) -> Result<(), ReadError> {
        let _ = tenant;
        unimplemented!()
    }
    /// Appends atomically. A conflicting command fails alone; a repeated one answers with its record.
    pub async fn append(&self, append: Append) -> Result<Appended, AppendError> {
        let _ = append;
        unimplemented!()
    }
    /// Folds a stream, from the state cache when it is warm; the cache is checked at append.
    pub async fn load<D: Decider>(
        &self,
        tenant: TenantId,
        id: &str,
    ) -> Result<Loaded<D::State>, ReadError> {
        let _ = (tenant, id);
        unimplemented!()
    }
    /// Folds a stream from the database, whatever the cache holds.
    pub async fn load_cold<D: Decider>(
        &self,
        tenant: TenantId,
        id: &str,
    ) -> Result<Loaded<D::State>, ReadError> {
        let _ = (tenant, id);
        unimplemented!()
    }
    /// Events of one stream after `after` (None: from its beginning), at most `limit`.
    pub async fn read_stream(
        &self,
        tenant: TenantId,
        stream: &StreamId,
        after: Option<Revision>,
        limit: i64,
    ) -> Result<Vec<Recorded>, ReadError> {
        let _ = (tenant, stream, after, limit);
        unimplemented!()
    }
    /// Events of a ledger after a position, contiguous, at most `limit`.
    pub async fn read_ledger(
        &self,
        tenant: TenantId,
        after: Position,
        limit: i64,
    ) -> Result<Vec<Recorded>, ReadError> {
        let _ = (tenant, after, limit);
        unimplemented!()
    }
    /// Every event that carries any of the tags, in ledger order, and the position of the ledger that the answer is true at.
    pub async fn events_by_tag(
        &self,
        tenant: TenantId,
        tags: &[Tag],
    ) -> Result<(Vec<Recorded>, Position), ReadError> {
        let _ = (tenant, tags);
        unimplemented!()
    }
    /// Events after a position: first what is stored, then live, without end.
    pub fn subscribe(
        &self,
        tenant: TenantId,
        after: Position,
    ) -> impl Stream<Item = Result<Recorded, ReadError>> + Send + use<> {
        let _ = (tenant, after);
        futures_util::stream::empty()
    }
    /// Last position of a ledger; `None` when it does not exist.
    pub async fn head(&self, tenant: TenantId) -> Result<Option<Position>, ReadError> {
        let _ = tenant;
        unimplemented!()
    }
    /// Every ledger with its last position.
    pub async fn heads(&self) -> Result<Vec<(TenantId, Position)>, ReadError> {
        unimplemented!()
    }
    /// What the command log knows of a command, with its first and last position.
    pub async fn command(
        &self,
        tenant: TenantId,
        id: CommandId,
    ) -> Result<Option<Appended>, ReadError> {
        let _: Option<CommandRecord> = None;
        let _ = (tenant, id);
        unimplemented!()
    }
    /// What a user typed; `None` when it was erased.
    pub async fn content(&self, tenant: TenantId, id: Uuid) -> Result<Option<Vec<u8>>, ReadError> {
        let _ = (tenant, id);
        unimplemented!()
    }
    /// Rings after this process has committed something. Polling remains the guarantee.
    pub fn doorbell(&self) -> watch::Receiver<u64> {
        unimplemented!()
    }
    /// Connections in the reading role, shared with queries.
    pub fn readers(&self) -> &deadpool_postgres::Pool {
        unimplemented!()
    }
    /// Lets the lanes finish what they hold and closes them.
    pub async fn close(&self) {}
}
