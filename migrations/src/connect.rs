//! One plain connection and the task that drives it.

use tokio_postgres::{Client, Config, Error, NoTls};

/// Connects and leaves the connection to a task of its own, which ends when the client is dropped.
pub(crate) async fn connect(config: &Config) -> Result<Client, Error> {
    let (client, connection) = config.connect(NoTls).await?;
    tokio::spawn(async move {
        if let Err(error) = connection.await {
            tracing::debug!(%error, "a connection ended");
        }
    });
    Ok(client)
}

/// Runs a statement that the server itself composed, so that every name in it is quoted by the server.
pub(crate) async fn run_all(client: &Client, statements: &[String]) -> Result<(), Error> {
    for statement in statements {
        client.batch_execute(statement).await?;
    }
    Ok(())
}

/// The first column of every row: statements composed by the server.
pub(crate) async fn compose(
    client: &Client,
    query: &str,
    params: &[&(dyn tokio_postgres::types::ToSql + Sync)],
) -> Result<Vec<String>, Error> {
    client
        .query(query, params)
        .await?
        .iter()
        .map(|row| row.try_get(0))
        .collect()
}
