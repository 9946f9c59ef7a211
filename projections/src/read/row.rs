//! Columns to values; a column outside its grammar is corruption, never a default.

use cinatra_domain::kernel::ActorId;
use serde::Serialize;
use serde::de::value::{Error as WordError, StrDeserializer};
use serde::de::{DeserializeOwned, IntoDeserializer};
use serde_json::Value;
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

/// A word of an enumeration as it is stored; what is no word matches nothing.
pub(crate) fn spelled<T: Serialize>(word: &T) -> String {
    match serde_json::to_value(word) {
        Ok(Value::String(word)) => word,
        Ok(_) | Err(_) => String::new(),
    }
}

/// Who did something.
pub(crate) fn actor(row: &Row, table: &'static str, name: &'static str) -> Result<ActorId, Error> {
    let text: String = column(row, table, name)?;
    ActorId::parse(text).map_err(|_| Error::Unreadable {
        table,
        column: name,
    })
}

/// What a user typed, joined from beside the ledger; absent when nothing was typed or it was erased.
pub(crate) fn content(
    row: &Row,
    table: &'static str,
    name: &'static str,
) -> Result<Option<String>, Error> {
    let bytes: Option<&[u8]> = column(row, table, name)?;
    Ok(bytes.map(|bytes| String::from_utf8_lossy(bytes).into_owned()))
}

/// A value that was put beside the ledger as JSON text; absent when there was none or it was erased.
pub(crate) fn document(
    row: &Row,
    table: &'static str,
    name: &'static str,
) -> Result<Option<Value>, Error> {
    let bytes: Option<&[u8]> = column(row, table, name)?;
    let parsed = bytes.map(serde_json::from_slice).transpose();
    parsed.map_err(|_| Error::Unreadable {
        table,
        column: name,
    })
}

/// How many.
pub(crate) fn count(row: &Row, table: &'static str, name: &'static str) -> Result<u32, Error> {
    let number: i64 = column(row, table, name)?;
    u32::try_from(number).map_err(|_| Error::Unreadable {
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
