//! Reading the catalogue.

use cinatra_domain::extension::{Dependency, Kind, Origin, Status};
use cinatra_domain::kernel::Position;
use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use tokio_postgres::Row;
use tokio_postgres::types::ToSql;

use super::ExtensionCatalog;
use crate::read::{absent, column, json, word};
use crate::storable;
use crate::{Answer, Error, Freshness, Keyset, Page, Projections, ViewerScope};

const LIST: &str = include_str!("sql/list.sql");
const GET: &str = include_str!("sql/get.sql");
const TABLE: &str = "extensions";

/// An installed extension.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Extension {
    /// Scoped npm name.
    pub package_name: String,
    /// What it is.
    pub kind: Kind,
    /// Whether it may be used.
    pub status: Status,
    /// The installed version.
    pub version: String,
    /// For people.
    pub display_name: Option<String>,
    /// For people.
    pub description: Option<String>,
    /// Where it came from.
    pub origin: Origin,
    /// The registry's subresource integrity of the tarball.
    pub integrity: String,
    /// sha256 of the tarball, in hex.
    pub content_sha256: String,
    /// What it depends on.
    pub dependencies: Vec<Dependency>,
    /// Installed extensions that depend on it.
    pub dependents: Vec<Dependent>,
    /// Codes of what was accepted though not conforming.
    pub warnings: Vec<String>,
    /// When it was installed.
    pub installed_at: Timestamp,
    /// When it last changed.
    pub updated_at: Timestamp,
    /// The event that last changed it.
    #[schemars(with = "i64")]
    pub position: Position,
}

/// An installed extension that depends on another one.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Dependent {
    /// Its name.
    pub package_name: String,
    /// Its version.
    pub version: String,
    /// Whether it may be used.
    pub status: Status,
    /// Whether the edge stands in the way of an uninstall.
    pub blocks: bool,
}

/// Which extensions to list; an absent criterion accepts all.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Filter {
    /// Of this kind.
    pub kind: Option<Kind>,
    /// In this state.
    pub status: Option<Status>,
    /// With this text in name, display name or description, whatever its case.
    pub text: Option<String>,
}

/// A page of the viewer's extensions, by name.
pub async fn list(
    projections: &Projections,
    viewer: &ViewerScope,
    filter: &Filter,
    keyset: &Keyset,
    freshness: Freshness,
) -> Result<Answer<Page<Extension>>, Error> {
    let text = filter.text.as_deref().filter(|text| !text.is_empty());
    let text = text.map(|text| storable::text(&text.to_lowercase()));
    let asked = projections
        .ask::<ExtensionCatalog>(
            LIST,
            viewer,
            freshness,
            &[
                &viewer.scope(),
                &filter.kind.map(Kind::as_str),
                &filter.status.map(super::apply::status_word),
                &text,
                &keyset.name()?,
                &keyset.probe(),
                &viewer.hidden_packages(),
            ],
        )
        .await?;
    let rows = asked.rows.iter().map(Extension::try_from);
    let page = Page::cut(
        rows.collect::<Result<_, _>>()?,
        keyset,
        |last: &Extension| last.package_name.clone(),
    );
    Ok(asked.map(|_| page))
}

/// One extension of the viewer's organization.
pub async fn get(
    projections: &Projections,
    viewer: &ViewerScope,
    package_name: &str,
    freshness: Freshness,
) -> Result<Answer<Extension>, Error> {
    let package_name = storable::text(package_name);
    let hidden = viewer.hidden_packages();
    let params: [&(dyn ToSql + Sync); 3] = [&viewer.scope(), &package_name, &hidden];
    let asked = projections
        .ask::<ExtensionCatalog>(GET, viewer, freshness, &params)
        .await?;
    let row = asked
        .rows
        .first()
        .ok_or_else(|| absent(&asked, freshness))?;
    let extension = Extension::try_from(row)?;
    Ok(asked.map(|_| extension))
}

impl TryFrom<&Row> for Extension {
    type Error = Error;

    fn try_from(row: &Row) -> Result<Self, Error> {
        Ok(Self {
            package_name: column(row, TABLE, "package_name")?,
            kind: word(row, TABLE, "kind")?,
            status: word(row, TABLE, "status")?,
            version: column(row, TABLE, "version")?,
            display_name: column(row, TABLE, "display_name")?,
            description: column(row, TABLE, "description")?,
            origin: json(row, TABLE, "origin")?,
            integrity: column(row, TABLE, "integrity")?,
            content_sha256: column(row, TABLE, "content_sha256")?,
            dependencies: json(row, TABLE, "dependencies")?,
            dependents: json(row, TABLE, "dependents")?,
            warnings: json(row, TABLE, "warnings")?,
            installed_at: column(row, TABLE, "installed_at")?,
            updated_at: column(row, TABLE, "updated_at")?,
            position: Position(column(row, TABLE, "position")?),
        })
    }
}
