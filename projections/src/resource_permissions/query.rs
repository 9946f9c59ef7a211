//! Reading the permissions.

use cinatra_domain::kernel::{ActorId, UserId};
use cinatra_domain::permission::Resource;
use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use tokio_postgres::Row;
use tokio_postgres::types::ToSql;
use uuid::Uuid;

use super::ResourcePermissions;
use crate::read::{actor, column};
use crate::{Answer, Error, Freshness, Projections, ViewerScope};

const LIST_CO_OWNERS: &str = include_str!("sql/list_co_owners.sql");
const GET_POLICY: &str = include_str!("sql/get_policy.sql");

/// Somebody to whom a resource belongs beside its owner.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct CoOwner {
    /// Who.
    #[schemars(with = "Uuid")]
    pub user_id: UserId,
    /// Who granted it.
    #[schemars(with = "String")]
    pub granted_by: ActorId,
    /// When.
    pub granted_at: Timestamp,
}

/// What those may do who neither own nor co-own a resource, as far as it was set on it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Policy {
    /// Who may look, for example `org` or `team:<id>`.
    pub read: Option<String>,
    /// Who may use it.
    pub execute: Option<String>,
    /// Who may hand it on.
    pub share: Option<String>,
    /// Who set it.
    #[schemars(with = "String")]
    pub set_by: ActorId,
    /// When.
    pub updated_at: Timestamp,
}

/// The co-owners of a resource of the viewer's organization, by id; nobody for one that does not exist.
pub async fn co_owners(
    projections: &Projections,
    viewer: &ViewerScope,
    resource: Resource,
    freshness: Freshness,
) -> Result<Answer<Vec<CoOwner>>, Error> {
    let params: [&(dyn ToSql + Sync); 2] = [&resource.kind.as_str(), &resource.id.0];
    let asked = projections
        .ask::<ResourcePermissions>(LIST_CO_OWNERS, viewer, freshness, &params)
        .await?;
    let rows = asked.rows.iter().map(CoOwner::try_from);
    let rows = rows.collect::<Result<_, _>>()?;
    Ok(asked.map(|_| rows))
}

/// The policy that was set on a resource of the viewer's organization itself, if any was.
pub async fn policy(
    projections: &Projections,
    viewer: &ViewerScope,
    resource: Resource,
    freshness: Freshness,
) -> Result<Answer<Option<Policy>>, Error> {
    let params: [&(dyn ToSql + Sync); 2] = [&resource.kind.as_str(), &resource.id.0];
    let asked = projections
        .ask::<ResourcePermissions>(GET_POLICY, viewer, freshness, &params)
        .await?;
    let policy = asked.rows.first().map(Policy::try_from).transpose()?;
    Ok(asked.map(|_| policy))
}

impl TryFrom<&Row> for CoOwner {
    type Error = Error;

    fn try_from(row: &Row) -> Result<Self, Error> {
        const TABLE: &str = "co_owners";
        Ok(Self {
            user_id: UserId(column(row, TABLE, "user_id")?),
            granted_by: actor(row, TABLE, "granted_by")?,
            granted_at: column(row, TABLE, "granted_at")?,
        })
    }
}

impl TryFrom<&Row> for Policy {
    type Error = Error;

    fn try_from(row: &Row) -> Result<Self, Error> {
        const TABLE: &str = "policies";
        Ok(Self {
            read: column(row, TABLE, "read")?,
            execute: column(row, TABLE, "execute")?,
            share: column(row, TABLE, "share")?,
            set_by: actor(row, TABLE, "set_by")?,
            updated_at: column(row, TABLE, "updated_at")?,
        })
    }
}
