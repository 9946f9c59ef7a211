//! One page of a list whose rows are values of one type.

use tokio_postgres::Row;
use tokio_postgres::types::ToSql;

use super::{Answer, Freshness, Keyset, Page, ViewerScope};
use crate::{Error, Projection, Projections};

/// What a page is asked with.
pub(crate) struct Listing<'a> {
    /// The statement, with its parameters after build and ledger.
    pub(crate) sql: &'static str,
    pub(crate) params: &'a [&'a (dyn ToSql + Sync)],
    pub(crate) keyset: &'a Keyset,
    pub(crate) freshness: Freshness,
}

/// Asks `P` for a page; `place` says where a row stands in the order of the list.
pub(crate) async fn page<P, T>(
    projections: &Projections,
    viewer: &ViewerScope,
    listing: Listing<'_>,
    place: impl Fn(&T) -> String,
) -> Result<Answer<Page<T>>, Error>
where
    P: Projection,
    T: for<'r> TryFrom<&'r Row, Error = Error>,
{
    let Listing {
        sql,
        params,
        keyset,
        freshness,
    } = listing;
    let asked = projections.ask::<P>(sql, viewer, freshness, params).await?;
    let rows = asked.rows.iter().map(T::try_from);
    let page = Page::cut(rows.collect::<Result<_, _>>()?, keyset, place);
    Ok(asked.map(|_| page))
}

/// Asks `P` for the one row that there can be.
pub(crate) async fn only<P, T>(
    projections: &Projections,
    viewer: &ViewerScope,
    sql: &'static str,
    params: &[&(dyn ToSql + Sync)],
    freshness: Freshness,
) -> Result<Answer<T>, Error>
where
    P: Projection,
    T: for<'r> TryFrom<&'r Row, Error = Error>,
{
    let asked = projections.ask::<P>(sql, viewer, freshness, params).await?;
    let first = asked.rows.first();
    let row = first.ok_or_else(|| super::absent(&asked, freshness))?;
    let only = T::try_from(row)?;
    Ok(asked.map(|_| only))
}
