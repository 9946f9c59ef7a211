//! `cinatra primitives`: what can be called, from the catalogue of this build.

use serde_json::{Value, json};

use super::arguments::Primitives;
use super::{CliError, Terminal};
use crate::primitive::{Catalogue, Primitive};

/// Lists them all, or describes one as `GET /api/primitives` does.
pub(super) fn run(asked: &Primitives, terminal: &mut Terminal) -> Result<(), CliError> {
    let catalogue = Catalogue::build().map_err(CliError::Catalogue)?;
    if let Some(name) = &asked.name {
        let mut named = catalogue.iter().filter(|known| known.name() == name);
        let known = named.next().ok_or(CliError::Argument {
            argument: "the primitive's name",
            reason: "there is none of that name; `cinatra primitives` lists them",
        })?;
        return Ok(terminal.value(&known.describe())?);
    }
    if terminal.is_json() {
        let items: Vec<Value> = catalogue.iter().map(Primitive::describe).collect();
        return Ok(terminal.value(&json!({ "primitives": items }))?);
    }
    let row = |known: &Primitive| vec![known.name().to_owned(), known.title().to_owned()];
    let rows: Vec<Vec<String>> = catalogue.iter().map(row).collect();
    Ok(terminal.table(&["primitive", "what it does"], &rows)?)
}
