//! Rows to events.

use cinatra_domain::kernel::{ActorId, CommandId, EventId, Position, Revision, StreamId, TenantId};
use tokio_postgres::Row;

use crate::lane::command_of;
use crate::question::Unanswered;
use crate::{Appended, ReadError, Recorded};

impl From<tokio_postgres::Error> for ReadError {
    fn from(source: tokio_postgres::Error) -> Self {
        Self::Unavailable {
            source: Box::new(source),
        }
    }
}

impl From<deadpool_postgres::PoolError> for ReadError {
    fn from(source: deadpool_postgres::PoolError) -> Self {
        Self::Unavailable {
            source: Box::new(source),
        }
    }
}

impl From<Unanswered> for ReadError {
    fn from(source: Unanswered) -> Self {
        Self::Unavailable {
            source: Box::new(source),
        }
    }
}

/// An event whose columns begin at `first` in the order of `read_ledger.sql`.
pub(crate) fn recorded(row: &Row, first: usize) -> Result<Recorded, ReadError> {
    let (tenant, position) = (TenantId::new(row.get(first)), Position(row.get(first + 1)));
    let unreadable = |column| ReadError::Column {
        tenant,
        position,
        column,
    };
    let hash: &[u8] = row.get(first + 13);
    Ok(Recorded {
        tenant,
        position,
        stream: StreamId::parse(row.get::<_, String>(first + 2))
            .map_err(|_| unreadable("stream_id"))?,
        revision: Revision(row.get(first + 3)),
        event_id: EventId(row.get(first + 4)),
        wire_name: row.get(first + 5),
        recorded_at: row.get(first + 6),
        actor: ActorId::parse(row.get::<_, String>(first + 7)).map_err(|_| unreadable("actor"))?,
        authority: row.get(first + 8),
        command_id: CommandId(row.get(first + 9)),
        causation_id: row.get(first + 10),
        correlation_id: row.get(first + 11),
        payload: row.get(first + 12),
        hash: hash.try_into().map_err(|_| unreadable("hash"))?,
    })
}

/// Events of `read_by_tag.sql` and `read_by_tag_after.sql`, and the position at which they are all.
pub(crate) fn tagged(rows: &[Row]) -> Result<(Vec<Recorded>, Position), ReadError> {
    let at = rows
        .first()
        .map_or(Position::START, |row| Position(row.get(0)));
    let found = rows
        .iter()
        .filter(|row| row.get::<_, Option<i64>>(2).is_some());
    let events: Result<Vec<_>, _> = found.map(|row| recorded(row, 1)).collect();
    Ok((events?, at))
}

/// Asserts that a page continues where the reader stands.
pub(crate) fn contiguous(
    tenant: TenantId,
    after: Position,
    events: Vec<Recorded>,
) -> Result<Vec<Recorded>, ReadError> {
    let mut expected = after.next();
    for event in &events {
        if event.position != expected {
            return Err(ReadError::Hole {
                tenant,
                expected,
                found: event.position,
            });
        }
        expected = expected.next();
    }
    Ok(events)
}

/// A row of the command log.
pub(crate) fn command(row: &Row) -> Appended {
    command_of(row).1
}
