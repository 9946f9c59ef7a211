//! Reading the people.

use cinatra_domain::kernel::UserId;
use cinatra_domain::organization::OrganizationRole;
use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use tokio_postgres::Row;
use uuid::Uuid;

use super::People;
use crate::read::{Listing, column, only, page, spelled, word};
use crate::storable;
use crate::{Answer, Error, Freshness, Keyset, Page, Projections, ViewerScope};

const LIST_MEMBERS: &str = include_str!("sql/list_members.sql");
const GET_MEMBER: &str = include_str!("sql/get_member.sql");
const TABLE: &str = "people";

/// Somebody who belongs to the viewer's organization. `Debug` tells neither name nor e-mail.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Member {
    /// Who.
    #[schemars(with = "Uuid")]
    pub user_id: UserId,
    /// What they are called; absent when they were erased.
    pub name: Option<String>,
    /// Where they are reached; absent when they were erased.
    pub email: Option<String>,
    /// In what role.
    pub role: OrganizationRole,
    /// Since when.
    pub joined_at: Timestamp,
    /// Whether everything that told who it was is gone.
    pub is_erased: bool,
}

impl std::fmt::Debug for Member {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Member")
            .field("user_id", &self.user_id)
            .field("role", &self.role)
            .field("joined_at", &self.joined_at)
            .field("is_erased", &self.is_erased)
            .finish_non_exhaustive()
    }
}

/// Which members to list; an absent criterion accepts all.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Filter {
    /// With this text in name or e-mail, whatever its case.
    pub text: Option<String>,
    /// In this role.
    pub role: Option<OrganizationRole>,
    /// These, as far as they are members: the names for ids that another read model answered.
    pub user_ids: Option<Vec<UserId>>,
}

impl std::fmt::Debug for Filter {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Filter")
            .field("role", &self.role)
            .field("user_ids", &self.user_ids)
            .finish_non_exhaustive()
    }
}

/// A page of the viewer's fellow members, by id.
pub async fn members(
    projections: &Projections,
    viewer: &ViewerScope,
    filter: &Filter,
    keyset: &Keyset,
    freshness: Freshness,
) -> Result<Answer<Page<Member>>, Error> {
    let text = filter.text.as_deref().filter(|text| !text.is_empty());
    let text = text.map(|text| storable::text(&text.to_lowercase()));
    let role = filter.role.as_ref().map(spelled);
    let ids = filter.user_ids.as_ref();
    let ids = ids.map(|ids| ids.iter().map(|id| id.0).collect::<Vec<_>>());
    let listing = Listing {
        sql: LIST_MEMBERS,
        params: &[&text, &role, &ids, &keyset.id()?, &keyset.probe()],
        keyset,
        freshness,
    };
    let place = |last: &Member| last.user_id.to_string();
    page::<People, _>(projections, viewer, listing, place).await
}

/// One member of the viewer's organization.
pub async fn person(
    projections: &Projections,
    viewer: &ViewerScope,
    user_id: UserId,
    freshness: Freshness,
) -> Result<Answer<Member>, Error> {
    only::<People, _>(projections, viewer, GET_MEMBER, &[&user_id.0], freshness).await
}

impl TryFrom<&Row> for Member {
    type Error = Error;

    fn try_from(row: &Row) -> Result<Self, Error> {
        Ok(Self {
            user_id: UserId(column(row, TABLE, "user_id")?),
            name: column(row, TABLE, "name")?,
            email: column(row, TABLE, "email")?,
            role: word(row, TABLE, "role")?,
            joined_at: column(row, TABLE, "joined_at")?,
            is_erased: column(row, TABLE, "is_erased")?,
        })
    }
}
