//! Reading the skills.

use cinatra_domain::extension::{Kind, Status};
use cinatra_domain::kernel::{Position, TenantId};
use cinatra_domain::permission::{Resource, ResourceId};
use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use tokio_postgres::Row;
use tokio_postgres::types::ToSql;
use uuid::Uuid;

use crate::extension_catalog::ExtensionCatalog;
use crate::read::{Listing, column, only, page, spelled, word};
use crate::storable;
use crate::{Answer, Error, Freshness, Keyset, Page, Projections, ViewerScope};

const LIST: &str = include_str!("sql/list.sql");
const GET: &str = include_str!("sql/get.sql");
const TABLE: &str = "skills";

/// A skill of an installed package.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Skill {
    /// As which access to it is given; the same for as long as the organization exists.
    #[schemars(with = "Uuid")]
    pub skill_id: ResourceId,
    /// By which it is called, unique within its package.
    pub name: String,
    /// When to use it.
    pub description: Option<String>,
    /// The package that brings it.
    pub package_name: String,
    /// As which access to all of the package is given: to an agent, or to a package of skills.
    #[schemars(with = "Uuid")]
    pub package_id: ResourceId,
    /// What the package is.
    pub package_kind: Kind,
    /// The installed version of the package.
    pub version: String,
    /// Whether it may be used: as its package.
    pub status: Status,
    /// Where its file lies in the package.
    pub path: String,
    /// sha256 of that file, in hex.
    pub content_sha256: String,
    /// When its package last listed it.
    pub indexed_at: Timestamp,
    /// The event that did so.
    #[schemars(with = "i64")]
    pub position: Position,
}

/// Which skills to list; an absent criterion accepts all.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Filter {
    /// Of this package.
    pub package_name: Option<String>,
    /// In this state.
    pub status: Option<Status>,
    /// With this text in name, description or package name, whatever its case.
    pub text: Option<String>,
}

/// A page of the viewer's skills, by package and name.
pub async fn list(
    projections: &Projections,
    viewer: &ViewerScope,
    filter: &Filter,
    keyset: &Keyset,
    freshness: Freshness,
) -> Result<Answer<Page<Skill>>, Error> {
    let text = filter.text.as_deref().filter(|text| !text.is_empty());
    let text = text.map(|text| storable::text(&text.to_lowercase()));
    // Neither a package's name nor a skill's has a colon in it.
    let ended = keyset.name()?;
    let ended = ended.map(|place| place.split_once(':').ok_or(Error::InvalidCursor));
    let (package, skill) = ended.transpose()?.unzip();
    let listing = Listing {
        sql: LIST,
        params: &[
            &viewer.scope(),
            &filter.package_name.as_deref().map(storable::text),
            &filter.status.map(|status| spelled(&status)),
            &text,
            &package,
            &skill,
            &keyset.probe(),
            &viewer.hidden_skills(),
        ],
        keyset,
        freshness,
    };
    let place = |last: &Skill| format!("{}:{}", last.package_name, last.name);
    page::<ExtensionCatalog, _>(projections, viewer, listing, place).await
}

/// One skill of the viewer's organization.
pub async fn get(
    projections: &Projections,
    viewer: &ViewerScope,
    skill_id: ResourceId,
    freshness: Freshness,
) -> Result<Answer<Skill>, Error> {
    let params: [&(dyn ToSql + Sync); 2] = [&viewer.scope(), &skill_id.0];
    only::<ExtensionCatalog, _>(projections, viewer, GET, &params, freshness).await
}

impl TryFrom<&Row> for Skill {
    type Error = Error;

    fn try_from(row: &Row) -> Result<Self, Error> {
        let tenant = TenantId::new(column(row, TABLE, "tenant_id")?);
        let package_name: String = column(row, TABLE, "package_name")?;
        let package_kind = word(row, TABLE, "kind")?;
        Ok(Self {
            package_id: whole(tenant, &package_name, package_kind),
            skill_id: ResourceId(column(row, TABLE, "skill_id")?),
            name: column(row, TABLE, "name")?,
            description: column(row, TABLE, "description")?,
            package_name,
            package_kind,
            version: column(row, TABLE, "version")?,
            status: word(row, TABLE, "status")?,
            path: column(row, TABLE, "path")?,
            content_sha256: column(row, TABLE, "content_sha256")?,
            indexed_at: column(row, TABLE, "indexed_at")?,
            position: Position(column(row, TABLE, "position")?),
        })
    }
}

/// What access is given to when it is given to the whole package: an agent, else a package of skills.
fn whole(tenant: TenantId, package: &str, kind: Kind) -> ResourceId {
    match kind {
        Kind::Agent => Resource::agent_template(tenant, package).id,
        Kind::Artifact | Kind::Connector | Kind::Skill | Kind::Workflow => {
            Resource::skill_package(tenant, package).id
        }
    }
}
