//! Reading a history.

use cinatra_domain::kernel::{ActorId, EventId, Position, Revision};
use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use tokio_postgres::Row;
use uuid::Uuid;

use super::ExtensionTimeline;
use crate::read::{absent, column, json};
use crate::storable;
use crate::{Answer, Error, Freshness, Keyset, Page, Projections, ViewerScope};

const LIST: &str = include_str!("sql/list.sql");
const TABLE: &str = "entries";

/// One event of an extension.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Entry {
    /// Scoped npm name.
    pub package_name: String,
    /// Place in the organization's ledger.
    #[schemars(with = "i64")]
    pub position: Position,
    /// Place in the extension's own history, from 0.
    #[schemars(with = "i64")]
    pub revision: Revision,
    /// Identity of the fact.
    #[schemars(with = "Uuid")]
    pub event_id: EventId,
    /// What kind of fact, for example `extension.archived.v1`.
    pub wire_name: String,
    /// Who.
    #[schemars(with = "String")]
    pub actor: ActorId,
    /// When.
    pub recorded_at: Timestamp,
    /// The particulars: versions, causes, dependents.
    pub summary: Map<String, Value>,
}

/// A page of an extension's history, oldest first; [`Error::NotFound`] when there never was one.
pub async fn list(
    projections: &Projections,
    viewer: &ViewerScope,
    package_name: &str,
    keyset: &Keyset,
    freshness: Freshness,
) -> Result<Answer<Page<Entry>>, Error> {
    let (after, package_name) = (keyset.position()?, storable::text(package_name));
    let asked = projections
        .ask::<ExtensionTimeline>(
            LIST,
            viewer,
            freshness,
            &[
                &viewer.scope(),
                &package_name,
                &after,
                &keyset.probe(),
                &viewer.hidden_packages(),
            ],
        )
        .await?;
    if asked.rows.is_empty() && after.is_none() {
        return Err(absent(&asked, freshness));
    }
    let rows = asked.rows.iter().map(Entry::try_from);
    let page = Page::cut(rows.collect::<Result<_, _>>()?, keyset, |last: &Entry| {
        last.position.to_string()
    });
    Ok(asked.map(|_| page))
}

impl TryFrom<&Row> for Entry {
    type Error = Error;

    fn try_from(row: &Row) -> Result<Self, Error> {
        let actor: String = column(row, TABLE, "actor")?;
        Ok(Self {
            package_name: column(row, TABLE, "package_name")?,
            position: Position(column(row, TABLE, "position")?),
            revision: Revision(column(row, TABLE, "revision")?),
            event_id: EventId(column::<Uuid>(row, TABLE, "event_id")?),
            wire_name: column(row, TABLE, "wire_name")?,
            actor: ActorId::parse(actor).map_err(|_| Error::Unreadable {
                table: TABLE,
                column: "actor",
            })?,
            recorded_at: column(row, TABLE, "recorded_at")?,
            summary: json(row, TABLE, "summary")?,
        })
    }
}
