//! Databases beside the main one, for tests: made from a template in milliseconds.

use tokio_postgres::{Client, Config, Error, types::ToSql};

use crate::{
    connect::{compose, connect, run_all},
    error::MigrateError,
    role,
};

const COMPOSE_CREATE_DATABASE: &str = include_str!("sql/compose_create_database.sql");
const COMPOSE_DROP_DATABASE: &str = include_str!("sql/compose_drop_database.sql");

/// Creates `name`, owned by the owner role, as a copy of `template` (which nobody may be connected to) or empty.
///
/// `admin_url` names a user that may create databases. Roles are made first; the rights that a copy does not
/// inherit from its template are granted, so the copy of a migrated template is ready to serve.
pub async fn create_database(
    admin_url: &str,
    name: &str,
    template: Option<&str>,
) -> Result<(), MigrateError> {
    let config: Config = admin_url.parse().map_err(MigrateError::Connect)?;
    let client = connect(&config).await.map_err(MigrateError::Connect)?;
    let login = config.get_user().unwrap_or_default();
    role::ensure(&client, login).await.map_err(statement)?;
    create(&client, name, template).await.map_err(statement)
}

/// Creates a database of ours and its rights; the roles exist.
pub(crate) async fn create(
    client: &Client,
    name: &str,
    template: Option<&str>,
) -> Result<(), Error> {
    create_for(client, name, template, role::OWNER).await?;
    role::ensure_grants(client, Some(name)).await
}

/// Creates a database of anybody.
pub(crate) async fn create_for(
    client: &Client,
    name: &str,
    template: Option<&str>,
    owner: &str,
) -> Result<(), Error> {
    let params: [&(dyn ToSql + Sync); 3] = [&name, &template, &owner];
    run_all(
        client,
        &compose(client, COMPOSE_CREATE_DATABASE, &params).await?,
    )
    .await
}

/// Drops `name` if it exists, and ends the sessions that are still in it.
pub async fn drop_database(admin_url: &str, name: &str) -> Result<(), MigrateError> {
    let config: Config = admin_url.parse().map_err(MigrateError::Connect)?;
    let client = connect(&config).await.map_err(MigrateError::Connect)?;
    let statements = compose(&client, COMPOSE_DROP_DATABASE, &[&name])
        .await
        .map_err(statement)?;
    run_all(&client, &statements).await.map_err(statement)
}

/// The same URL for another database of the same cluster. `name` needs no escaping: letters, digits, `_`, `-`.
#[must_use]
pub fn with_database(url: &str, name: &str) -> String {
    let (before, query) = match url.split_once('?') {
        Some((before, query)) => (before, format!("?{query}")),
        None => (url, String::new()),
    };
    let authority_at = before.find("://").map_or(0, |at| at + 3);
    let end = before[authority_at..]
        .find('/')
        .map_or(before.len(), |at| authority_at + at);
    format!("{}/{name}{query}", &before[..end])
}

fn statement(source: tokio_postgres::Error) -> MigrateError {
    MigrateError::Statement {
        doing: "create or drop a database",
        source,
    }
}

#[cfg(test)]
mod tests {
    use super::with_database;

    #[test]
    fn a_url_changes_its_database_and_nothing_else() {
        let cases = [
            (
                "postgresql://u:p@%2Ftmp%2Fx:5432/cinatra",
                "postgresql://u:p@%2Ftmp%2Fx:5432/other",
            ),
            (
                "postgresql://u@h/a?connect_timeout=3",
                "postgresql://u@h/other?connect_timeout=3",
            ),
            ("postgresql://u@h", "postgresql://u@h/other"),
        ];
        for (given, expected) in cases {
            assert_eq!(with_database(given, "other"), expected);
        }
    }
}
