//! Columns to values; a column outside its grammar is corruption, never a default.

use serde::de::value::{Error as WordError, StrDeserializer};
use serde::de::{DeserializeOwned, IntoDeserializer};
use tokio_postgres::Row;
use tokio_postgres::types::{FromSql, Json};

use crate::Error;

/// A column as PostgreSQL has it.
pub(crate) fn column<'r, T: FromSql<'r>>(
    row: &'r Row,
    table: &'static str,
    column: &'static str,
) -> Result<T, Error> {
    row.try_get(column)
        .map_err(|_| Error::Unreadable { table, column })
}

/// A word of an enumeration, stored as serde spells it.
pub(crate) fn word<T: DeserializeOwned>(
    row: &Row,
    table: &'static str,
    name: &'static str,
) -> Result<T, Error> {
    let text: &str = column(row, table, name)?;
    let word: StrDeserializer<'_, WordError> = text.into_deserializer();
    T::deserialize(word).map_err(|_| Error::Unreadable {
        table,
        column: name,
    })
}

/// A JSON column.
pub(crate) fn json<T: DeserializeOwned>(
    row: &Row,
    table: &'static str,
    name: &'static str,
) -> Result<T, Error> {
    column(row, table, name).map(|Json(value)| value)
}
