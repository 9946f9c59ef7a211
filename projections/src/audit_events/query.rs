//! Reading the trail.

use cinatra_domain::kernel::{EventId, Position, TenantId};
use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use tokio_postgres::Row;
use uuid::Uuid;

use super::AuditEvents;
use crate::read::{column, json};
use crate::storable;
use crate::{Answer, Error, Freshness, Keyset, Page, Projections, ViewerScope};

const LIST: &str = include_str!("sql/list.sql");
const TABLE: &str = "decisions";

/// A privileged decision. Source: spec/extensions.md section 10, `audit_events`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct AuditEvent {
    /// Identity of the audit row: the event's.
    #[schemars(with = "Uuid")]
    pub id: EventId,
    /// In which organization.
    #[schemars(with = "Uuid")]
    pub organization_id: TenantId,
    /// Who.
    pub actor_principal_id: String,
    /// `user`, `service` or `system`.
    pub actor_principal_type: String,
    /// What granted the permission.
    pub auth_source: String,
    /// On whose behalf.
    pub delegated_by: Option<String>,
    /// As whom.
    pub impersonated_user_id: Option<String>,
    /// Kind of the resource, for example `extension`.
    pub resource_type: String,
    /// Which one; absent when the act names none.
    pub resource_id: Option<String>,
    /// What was to be done, for example `archive`.
    pub operation: String,
    /// `allowed` or `denied`.
    pub decision: String,
    /// Which policy decided.
    pub policy_version: Option<String>,
    /// The command.
    pub request_id: Uuid,
    /// In which run.
    pub run_id: Option<String>,
    /// In which agent-to-agent task.
    pub a2a_task_id: Option<String>,
    /// From where.
    pub ip: Option<String>,
    /// Permission, wire name, primitive, reason of a bypass, outcome, code and count.
    pub metadata: Map<String, Value>,
    /// When.
    pub created_at: Timestamp,
    /// The event that is the record.
    #[schemars(with = "Uuid")]
    pub event_id: EventId,
    /// Its place in the ledger.
    #[schemars(with = "i64")]
    pub position: Position,
}

/// Which decisions to list; an absent criterion accepts all.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Filter {
    /// About this kind of resource.
    pub resource_type: Option<String>,
    /// About this resource.
    pub resource_id: Option<String>,
    /// About this operation.
    pub operation: Option<String>,
    /// By whom, for example `user:<id>`.
    pub actor: Option<String>,
    /// `allowed` or `denied`.
    pub decision: Option<String>,
    /// Taken then or later.
    pub from: Option<Timestamp>,
    /// Taken before.
    pub to: Option<Timestamp>,
}

/// A page of decisions, newest first.
pub async fn list(
    projections: &Projections,
    viewer: &ViewerScope,
    filter: &Filter,
    keyset: &Keyset,
    freshness: Freshness,
) -> Result<Answer<Page<AuditEvent>>, Error> {
    let asked = projections
        .ask::<AuditEvents>(
            LIST,
            viewer,
            freshness,
            &[
                &filter.resource_type.as_deref().map(storable::text),
                &filter.resource_id.as_deref().map(storable::text),
                &filter.operation.as_deref().map(storable::text),
                &keyset.position()?,
                &keyset.probe(),
                &filter.actor.as_deref().map(storable::text),
                &filter.decision.as_deref().map(storable::text),
                &filter.from,
                &filter.to,
            ],
        )
        .await?;
    let rows = asked.rows.iter().map(AuditEvent::try_from);
    let page = Page::cut(
        rows.collect::<Result<_, _>>()?,
        keyset,
        |last: &AuditEvent| last.position.to_string(),
    );
    Ok(asked.map(|_| page))
}

impl TryFrom<&Row> for AuditEvent {
    type Error = Error;

    fn try_from(row: &Row) -> Result<Self, Error> {
        let event_id = EventId(column::<Uuid>(row, TABLE, "event_id")?);
        Ok(Self {
            id: event_id,
            organization_id: TenantId::new(column(row, TABLE, "tenant_id")?),
            actor_principal_id: column(row, TABLE, "actor_principal_id")?,
            actor_principal_type: column(row, TABLE, "actor_principal_type")?,
            auth_source: column(row, TABLE, "auth_source")?,
            delegated_by: column(row, TABLE, "delegated_by")?,
            impersonated_user_id: column(row, TABLE, "impersonated_user_id")?,
            resource_type: column(row, TABLE, "resource_type")?,
            resource_id: column(row, TABLE, "resource_id")?,
            operation: column(row, TABLE, "operation")?,
            decision: column(row, TABLE, "decision")?,
            policy_version: column(row, TABLE, "policy_version")?,
            request_id: column(row, TABLE, "request_id")?,
            run_id: column(row, TABLE, "run_id")?,
            a2a_task_id: column(row, TABLE, "a2a_task_id")?,
            ip: column(row, TABLE, "ip")?,
            metadata: json(row, TABLE, "metadata")?,
            created_at: column(row, TABLE, "created_at")?,
            event_id,
            position: Position(column(row, TABLE, "position")?),
        })
    }
}
