//! Reading the destructive operations.

use cinatra_domain::kernel::{EventId, Position, TenantId};
use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use tokio_postgres::Row;
use uuid::Uuid;

use super::ExtensionLifecycleAudit;
use crate::read::{column, json};
use crate::storable;
use crate::{Answer, Error, Freshness, Keyset, Page, Projections, ViewerScope};

const LIST: &str = include_str!("sql/list.sql");
const TABLE: &str = "operations";

/// A destructive operation. Source: seed 004, `extension_lifecycle_audit`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Operation {
    /// Identity of the audit row: the event's.
    #[schemars(with = "Uuid")]
    pub id: EventId,
    /// Who.
    pub actor_id: String,
    /// `user`, `service` or `system`.
    pub actor_type: String,
    /// In which organization.
    #[schemars(with = "Uuid")]
    pub org_id: TenantId,
    /// `force_delete`.
    pub operation: String,
    /// What was destroyed.
    pub package_name: String,
    /// Which version of it.
    pub package_version: String,
    /// The destroyed row, whole.
    pub destroyed_row_snapshot: Map<String, Value>,
    /// What still referred to it.
    pub dangling_references: Map<String, Value>,
    /// What the person typed; absent when nothing was typed or it was erased.
    pub reason: Option<String>,
    /// Whether a reason was typed and has been erased since.
    pub reason_erased: bool,
    /// When.
    pub created_at: Timestamp,
    /// The event that is the record.
    #[schemars(with = "Uuid")]
    pub event_id: EventId,
    /// Its place in the ledger.
    #[schemars(with = "i64")]
    pub position: Position,
}

/// A page of destructive operations, newest first, of one package or of all.
pub async fn list(
    projections: &Projections,
    viewer: &ViewerScope,
    package_name: Option<&str>,
    keyset: &Keyset,
    freshness: Freshness,
) -> Result<Answer<Page<Operation>>, Error> {
    let package_name = package_name.map(storable::text);
    let asked = projections
        .ask::<ExtensionLifecycleAudit>(
            LIST,
            viewer,
            freshness,
            &[&package_name, &keyset.position()?, &keyset.probe()],
        )
        .await?;
    let rows = asked.rows.iter().map(Operation::try_from);
    let page = Page::cut(
        rows.collect::<Result<_, _>>()?,
        keyset,
        |last: &Operation| last.position.to_string(),
    );
    Ok(asked.map(|_| page))
}

impl TryFrom<&Row> for Operation {
    type Error = Error;

    fn try_from(row: &Row) -> Result<Self, Error> {
        let event_id = EventId(column::<Uuid>(row, TABLE, "event_id")?);
        let typed: Option<Uuid> = column(row, TABLE, "reason_content")?;
        let bytes: Option<&[u8]> = column(row, TABLE, "reason_bytes")?;
        Ok(Self {
            id: event_id,
            actor_id: column(row, TABLE, "actor_id")?,
            actor_type: column(row, TABLE, "actor_type")?,
            org_id: TenantId::new(column(row, TABLE, "tenant_id")?),
            operation: column(row, TABLE, "operation")?,
            package_name: column(row, TABLE, "package_name")?,
            package_version: column(row, TABLE, "package_version")?,
            destroyed_row_snapshot: json(row, TABLE, "destroyed_row_snapshot")?,
            dangling_references: json(row, TABLE, "dangling_references")?,
            reason: bytes.map(|bytes| String::from_utf8_lossy(bytes).into_owned()),
            reason_erased: typed.is_some() && bytes.is_none(),
            created_at: column(row, TABLE, "created_at")?,
            event_id,
            position: Position(column(row, TABLE, "position")?),
        })
    }
}
