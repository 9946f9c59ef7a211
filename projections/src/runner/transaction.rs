//! A transaction that spans several calls and never leaks into the pool.

use deadpool_postgres::{Object, Pool};

use super::sql;
use crate::Error;

/// A connection with an open transaction.
#[derive(Debug)]
pub(crate) struct Transaction(Option<Object>);

impl Transaction {
    /// Takes a connection and runs `begin`, which may set the transaction's own limits.
    pub(crate) async fn begin(pool: &Pool, begin: &str) -> Result<Self, Error> {
        let transaction = Self::on(pool.get().await?);
        transaction.client()?.batch_execute(begin).await?;
        Ok(transaction)
    }

    /// Takes charge of a connection on which the caller begins.
    pub(crate) const fn on(client: Object) -> Self {
        Self(Some(client))
    }

    /// The connection.
    pub(crate) fn client(&self) -> Result<&Object, Error> {
        self.0
            .as_ref()
            .ok_or_else(|| Error::unavailable("the transaction has ended"))
    }

    pub(crate) async fn commit(self) -> Result<(), Error> {
        self.end(sql::COMMIT).await
    }

    pub(crate) async fn roll_back(self) -> Result<(), Error> {
        self.end(sql::ROLLBACK).await
    }

    async fn end(mut self, how: &str) -> Result<(), Error> {
        self.client()?.batch_execute(how).await?;
        // Only now the connection may go back to the pool.
        drop(self.0.take());
        Ok(())
    }
}

impl Drop for Transaction {
    /// In the middle of a transaction the connection is closed instead, and the server rolls back.
    fn drop(&mut self) {
        if let Some(client) = self.0.take() {
            drop(Object::take(client));
        }
    }
}
