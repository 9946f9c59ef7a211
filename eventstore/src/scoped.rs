//! Reading for one organization: behind a statement's own filter stands row-level security (ADR-0008).

use cinatra_domain::kernel::TenantId;
use tokio_postgres::Row;
use tokio_postgres::types::ToSql;
use uuid::Uuid;

use crate::question::{Unanswered, ask_scoped};
use crate::{EventStore, ReadError, sql};

impl EventStore {
    /// The rows of one statement as one organization sees them: of every table that has a tenant, its own
    /// rows and no other, whatever the statement says. It only reads.
    pub async fn query_scoped(
        &self,
        tenant: TenantId,
        statement: &str,
        params: &[&(dyn ToSql + Sync)],
    ) -> Result<Vec<Row>, Unanswered> {
        ask_scoped(self.readers(), tenant, statement, params).await
    }

    /// What a user typed; `None` when it was erased.
    pub async fn content(&self, tenant: TenantId, id: Uuid) -> Result<Option<Vec<u8>>, ReadError> {
        let params: [&(dyn ToSql + Sync); 2] = [&tenant.uuid(), &id];
        let rows = self
            .query_scoped(tenant, sql::READ_CONTENT, &params)
            .await?;
        Ok(rows.first().map(|row| row.get(0)))
    }
}
