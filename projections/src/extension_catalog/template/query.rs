//! Reading the templates.

use tokio_postgres::types::ToSql;

use super::view::{Snapshot, Template, TemplateStatus};
use crate::extension_catalog::ExtensionCatalog;
use crate::read::{Listing, only, page};
use crate::storable;
use crate::{Answer, Error, Freshness, Keyset, Page, Projections, ViewerScope};

const GET: &str = include_str!("sql/get.sql");
const LIST: &str = include_str!("sql/list.sql");
const LIST_SNAPSHOTS: &str = include_str!("sql/list_snapshots.sql");

/// Which templates to list; an absent criterion accepts all.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Filter {
    /// In this state.
    pub status: Option<TemplateStatus>,
    /// With this text in name, display name or description, whatever its case.
    pub text: Option<String>,
}

/// A page of the viewer's templates, by package.
pub async fn list(
    projections: &Projections,
    viewer: &ViewerScope,
    filter: &Filter,
    keyset: &Keyset,
    freshness: Freshness,
) -> Result<Answer<Page<Template>>, Error> {
    let text = filter.text.as_deref().filter(|text| !text.is_empty());
    let text = text.map(|text| storable::text(&text.to_lowercase()));
    let listing = Listing {
        sql: LIST,
        params: &[
            &viewer.scope(),
            &viewer.hidden_packages(),
            &filter.status.map(TemplateStatus::as_str),
            &text,
            &keyset.name()?,
            &keyset.probe(),
        ],
        keyset,
        freshness,
    };
    let place = |last: &Template| last.package_name.clone();
    page::<ExtensionCatalog, _>(projections, viewer, listing, place).await
}

/// One template of the viewer's organization.
pub async fn get(
    projections: &Projections,
    viewer: &ViewerScope,
    package_name: &str,
    freshness: Freshness,
) -> Result<Answer<Template>, Error> {
    let (package_name, hidden) = (storable::text(package_name), viewer.hidden_packages());
    let params: [&(dyn ToSql + Sync); 3] = [&viewer.scope(), &hidden, &package_name];
    only::<ExtensionCatalog, _>(projections, viewer, GET, &params, freshness).await
}

/// A page of the snapshots of a template, the newest first; none for one that the viewer does not see.
pub async fn snapshots(
    projections: &Projections,
    viewer: &ViewerScope,
    package_name: &str,
    keyset: &Keyset,
    freshness: Freshness,
) -> Result<Answer<Page<Snapshot>>, Error> {
    let listing = Listing {
        sql: LIST_SNAPSHOTS,
        params: &[
            &viewer.scope(),
            &viewer.hidden_packages(),
            &storable::text(package_name),
            &keyset.position()?,
            &keyset.probe(),
        ],
        keyset,
        freshness,
    };
    let place = |last: &Snapshot| last.number.to_string();
    page::<ExtensionCatalog, _>(projections, viewer, listing, place).await
}
