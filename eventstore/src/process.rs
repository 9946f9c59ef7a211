//! What a process manager needs to carry facts from one ledger into another: where it is, what came since,
//! and what users typed there. Each of its steps is an append of its own, and finds by its command id that it
//! was done (settled.md 1).

use std::collections::HashMap;

use cinatra_domain::kernel::{Position, Tag, TenantId};
use tokio_postgres::Row;
use tokio_postgres::types::ToSql;
use uuid::Uuid;

use crate::{EventStore, ReadError, Recorded, read, sql};

impl EventStore {
    /// Every event after a position that carries any of the tags, in ledger order, and the position at which
    /// that is true: once they are handled, the process has handled the ledger up to there.
    pub async fn events_by_tag_after(
        &self,
        tenant: TenantId,
        tags: &[Tag],
        after: Position,
    ) -> Result<(Vec<Recorded>, Position), ReadError> {
        let tags: Vec<&str> = tags.iter().map(Tag::as_str).collect();
        let params: [&(dyn ToSql + Sync); 3] = [&tenant.uuid(), &tags, &after.0];
        read::tagged(&self.ask(sql::READ_BY_TAG_AFTER, &params).await?)
    }

    /// Ledgers that hold an event with the tag after where a process is, and where it is.
    pub async fn ledgers_with_tag_after(
        &self,
        process: &str,
        tag: &Tag,
    ) -> Result<Vec<(TenantId, Position)>, ReadError> {
        let params: [&(dyn ToSql + Sync); 2] = [&process, &tag.as_str()];
        let rows = self.ask(sql::LIST_LEDGERS_BEHIND_TAG, &params).await?;
        Ok(rows.iter().map(place_of).collect())
    }

    /// Ledgers that hold an event with the tag.
    pub async fn tenants_with_tag(&self, tag: &Tag) -> Result<Vec<TenantId>, ReadError> {
        let rows = self
            .ask(sql::LIST_LEDGERS_WITH_TAG, &[&tag.as_str()])
            .await?;
        Ok(rows.iter().map(|row| TenantId::new(row.get(0))).collect())
    }

    /// How far a process has handled each ledger; one that it does not name is at the start.
    pub async fn checkpoints(
        &self,
        process: &str,
    ) -> Result<HashMap<TenantId, Position>, ReadError> {
        let rows = self.ask(sql::READ_PROCESS_CHECKPOINTS, &[&process]).await?;
        Ok(rows.iter().map(place_of).collect())
    }

    /// How far a process has handled one ledger; 0 for not at all.
    pub async fn checkpoint(&self, process: &str, tenant: TenantId) -> Result<Position, ReadError> {
        let params: [&(dyn ToSql + Sync); 2] = [&tenant.uuid(), &process];
        let rows = self.ask(sql::READ_PROCESS_CHECKPOINT, &params).await?;
        Ok(rows
            .first()
            .map_or(Position::START, |row| Position(row.get(0))))
    }

    /// Notes that a process has handled a ledger up to there; false when it was not where the caller believes,
    /// because another node has moved it.
    pub async fn move_checkpoint(
        &self,
        process: &str,
        tenant: TenantId,
        from: Position,
        to: Position,
    ) -> Result<bool, ReadError> {
        let params: [&(dyn ToSql + Sync); 4] = [&tenant.uuid(), &process, &from.0, &to.0];
        let rows = self.ask(sql::MOVE_PROCESS_CHECKPOINT, &params).await?;
        Ok(rows.first().is_some_and(|row| row.get(0)))
    }

    /// What users typed, by id, for a process that copies it to another ledger; what was erased is not there.
    /// Whoever shows it to a caller reads it by [`Self::content`].
    pub async fn contents(
        &self,
        tenant: TenantId,
        ids: &[Uuid],
    ) -> Result<HashMap<Uuid, Vec<u8>>, ReadError> {
        let rows = self
            .ask(sql::READ_CONTENTS, &[&tenant.uuid(), &ids])
            .await?;
        Ok(rows.iter().map(|row| (row.get(0), row.get(1))).collect())
    }
}

fn place_of(row: &Row) -> (TenantId, Position) {
    (TenantId::new(row.get(0)), Position(row.get(1)))
}
