//! Reading the types.

use cinatra_domain::extension::{Kind, Status};
use cinatra_domain::kernel::Position;
use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use tokio_postgres::Row;

use crate::extension_catalog::ExtensionCatalog;
use crate::read::{Listing, column, json, only, page, spelled, word};
use crate::storable;
use crate::{Answer, Error, Freshness, Keyset, Page, Projections, ViewerScope};

const LIST: &str = include_str!("sql/list.sql");
const GET: &str = include_str!("sql/get.sql");
const TABLE: &str = "types";

/// A type of objects, as an installed package declares it, or says that it brings such objects forth.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct ObjectType {
    /// `@scope/package:local`.
    pub object_type: String,
    /// The package that declares it.
    pub package_name: String,
    /// What the package is: an artifact declares, an agent brings forth.
    pub package_kind: Kind,
    /// The installed version of the package.
    pub version: String,
    /// Whether objects of it may be made: as its package.
    pub status: Status,
    /// Packages in whose place artifacts of this one are accepted.
    pub satisfies: Vec<String>,
    /// How the package claims it, for example `dedicated`.
    pub claim: Option<String>,
    /// For people.
    pub display_name: Option<String>,
    /// `profile`, `content`, `project`, `idea` or `report`.
    pub category: Option<String>,
    /// Fields that say what an object is.
    pub canonical_keys: Vec<String>,
    /// The field that tells one from another.
    pub identity_key: Option<String>,
    /// Words and switches that say how objects of it are handled, as written.
    pub dispositions: Map<String, Value>,
    /// JSON Schema of an object; absent when there is none, or it was too large.
    pub schema: Option<Value>,
    /// When its package last declared it.
    pub declared_at: Timestamp,
    /// The event that did so.
    #[schemars(with = "i64")]
    pub position: Position,
}

/// Which types to list; an absent criterion accepts all.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Filter {
    /// Of this name.
    pub object_type: Option<String>,
    /// Of this package.
    pub package_name: Option<String>,
    /// In this state.
    pub status: Option<Status>,
    /// With this text in name, display name or package name, whatever its case.
    pub text: Option<String>,
}

/// A page of the viewer's types, by name and package.
pub async fn list(
    projections: &Projections,
    viewer: &ViewerScope,
    filter: &Filter,
    keyset: &Keyset,
    freshness: Freshness,
) -> Result<Answer<Page<ObjectType>>, Error> {
    let text = filter.text.as_deref().filter(|text| !text.is_empty());
    let text = text.map(|text| storable::text(&text.to_lowercase()));
    // Neither a type's name nor a package's has a blank in it.
    let ended = keyset.name()?;
    let ended = ended.map(|place| place.split_once(' ').ok_or(Error::InvalidCursor));
    let (object_type, package) = ended.transpose()?.unzip();
    let listing = Listing {
        sql: LIST,
        params: &[
            &viewer.scope(),
            &filter.object_type.as_deref().map(storable::text),
            &filter.package_name.as_deref().map(storable::text),
            &filter.status.map(|status| spelled(&status)),
            &text,
            &object_type,
            &package,
            &keyset.probe(),
            &viewer.hidden_packages(),
        ],
        keyset,
        freshness,
    };
    let place = |last: &ObjectType| format!("{} {}", last.object_type, last.package_name);
    page::<ExtensionCatalog, _>(projections, viewer, listing, place).await
}

/// The declaration of a type that counts: of a package in use before one that is archived, of an artifact before an
/// agent, then the first.
pub async fn get(
    projections: &Projections,
    viewer: &ViewerScope,
    object_type: &str,
    freshness: Freshness,
) -> Result<Answer<ObjectType>, Error> {
    let (scope, hidden) = (viewer.scope(), viewer.hidden_packages());
    let object_type = storable::text(object_type);
    let params: [&(dyn tokio_postgres::types::ToSql + Sync); 3] = [&scope, &object_type, &hidden];
    only::<ExtensionCatalog, _>(projections, viewer, GET, &params, freshness).await
}

impl TryFrom<&Row> for ObjectType {
    type Error = Error;

    fn try_from(row: &Row) -> Result<Self, Error> {
        Ok(Self {
            object_type: column(row, TABLE, "object_type")?,
            package_name: column(row, TABLE, "package_name")?,
            package_kind: word(row, TABLE, "kind")?,
            version: column(row, TABLE, "version")?,
            status: word(row, TABLE, "status")?,
            satisfies: json(row, TABLE, "satisfies")?,
            claim: column(row, TABLE, "claim")?,
            display_name: column(row, TABLE, "display_name")?,
            category: column(row, TABLE, "category")?,
            canonical_keys: json(row, TABLE, "canonical_keys")?,
            identity_key: column(row, TABLE, "identity_key")?,
            dispositions: json(row, TABLE, "dispositions")?,
            schema: column(row, TABLE, "schema")?,
            declared_at: column(row, TABLE, "declared_at")?,
            position: Position(column(row, TABLE, "position")?),
        })
    }
}
