//! What a new cluster needs before it serves: the login, the roles, the database. Repeated at every start, so that
//! a first start that was killed halfway is completed by the second.

use tokio_postgres::{Client, Error};

use super::{
    DATABASE,
    passwords::{LOGIN, Passwords},
};
use crate::{
    connect::{compose, run_all},
    database,
    error::ClusterError,
    role,
};

const COMPOSE_MISSING_LOGIN: &str = include_str!("sql/compose_missing_login.sql");
const HAS_DATABASE: &str = include_str!("sql/has_database.sql");

/// `client` is the superuser in the maintenance database.
pub(crate) async fn prepare(client: &Client, passwords: &Passwords) -> Result<(), ClusterError> {
    let login = compose(client, COMPOSE_MISSING_LOGIN, &[&LOGIN, &passwords.login]).await;
    let login = login.map_err(at("create the login"))?;
    run_all(client, &login)
        .await
        .map_err(at("create the login"))?;
    role::ensure(client, LOGIN)
        .await
        .map_err(at("create the roles"))?;

    let found = client
        .query_one(HAS_DATABASE, &[&DATABASE])
        .await
        .and_then(|row| row.try_get(0));
    if !found.map_err(at("look for the database"))? {
        database::create(client, DATABASE, None)
            .await
            .map_err(at("create the database"))?;
    }
    // Also when it exists: the start that created it may have been killed before this line.
    role::ensure_grants(client, Some(DATABASE))
        .await
        .map_err(at("grant rights"))
}

fn at(doing: &'static str) -> impl FnOnce(Error) -> ClusterError {
    move |source| ClusterError::Prepare { doing, source }
}
