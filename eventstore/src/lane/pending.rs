//! An append on its way through a lane.

use cinatra_domain::kernel::{StreamId, StreamKey, Tag, TenantId};
use std::collections::HashSet;
use tokio::sync::oneshot;
use tokio::time::Instant;

use crate::{Append, AppendError, Appended, Expected, JobRow, NewEvent, SideRow};

/// One stream of an append with its index key.
#[derive(Debug)]
pub(crate) struct PendingStream {
    pub(crate) key: StreamKey,
    pub(crate) id: StreamId,
    pub(crate) expected: Expected,
    pub(crate) events: Vec<NewEvent>,
}

/// A checked append that waits for its place.
#[derive(Debug)]
pub(crate) struct Pending {
    pub(crate) append: Append,
    pub(crate) streams: Vec<PendingStream>,
    /// JSON of the authority, as stored and hashed.
    pub(crate) authority: String,
    pub(crate) reply: oneshot::Sender<Result<Appended, AppendError>>,
    /// When it gives up waiting for the database.
    pub(crate) deadline: Instant,
    /// It is judged by rows beside the ledger too, which are read under their locks.
    pub(crate) is_guarded: bool,
    /// A write was sent and its outcome is unknown.
    pub(crate) maybe_written: bool,
}

impl Pending {
    /// Checks the form of an append and prepares what its hash needs.
    pub(crate) fn new(
        mut append: Append,
        reply: oneshot::Sender<Result<Appended, AppendError>>,
        deadline: Instant,
    ) -> Result<Self, AppendError> {
        let streams: Vec<PendingStream> = std::mem::take(&mut append.streams)
            .into_iter()
            .map(|mut stream| {
                for event in &mut stream.events {
                    event
                        .tags
                        .sort_by(|a, b| Tag::as_str(a).as_bytes().cmp(b.as_str().as_bytes()));
                    event.tags.dedup();
                }
                PendingStream {
                    key: stream.stream.key(),
                    id: stream.stream,
                    expected: stream.expected,
                    events: stream.events,
                }
            })
            .collect();
        if streams.iter().all(|stream| stream.events.is_empty()) {
            return Err(AppendError::Malformed("no event"));
        }
        let mut seen = HashSet::new();
        if !streams.iter().all(|stream| seen.insert(stream.key)) {
            return Err(AppendError::Malformed("a stream is named twice"));
        }
        let is_guarded = check_guarded(append.tenant, &append.side)?;
        let authority = serde_json::to_string(&append.context.authority)
            .map_err(|_| AppendError::Malformed("authority does not serialize"))?;
        Ok(Self {
            append,
            streams,
            authority,
            reply,
            deadline,
            is_guarded,
            maybe_written: false,
        })
    }
}

/// Whether rows beside the ledger decide too; each of them is named once.
fn check_guarded(tenant: TenantId, side: &[SideRow]) -> Result<bool, AppendError> {
    let (mut runs, mut jobs) = (HashSet::new(), HashSet::new());
    for row in side {
        let malformed = match row {
            SideRow::Run(row) if !runs.insert(row.run_id) => Some("a run is named twice"),
            SideRow::Run(row) => row.malformed(),
            SideRow::Job(JobRow::Enqueue(job)) => job.malformed(),
            SideRow::Job(JobRow::End { lease, .. }) if lease.tenant != tenant => {
                Some("a job of another ledger's organization")
            }
            SideRow::Job(JobRow::End { lease, .. }) if !jobs.insert(lease.job_id) => {
                Some("a job ends twice")
            }
            SideRow::Job(JobRow::End { .. })
            | SideRow::Content { .. }
            | SideRow::Vault(_)
            | SideRow::Identity(_)
            | SideRow::EraseContents { .. } => None,
        };
        if let Some(reason) = malformed {
            return Err(AppendError::Malformed(reason));
        }
    }
    Ok(!(runs.is_empty() && jobs.is_empty()))
}
