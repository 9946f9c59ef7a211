//! What `$component_ref` refers to: an entry of the nearest `$referenced_components` around it.
//!
//! Tables nest with the components that carry them. The innermost wins, so that a flow put into another one
//! keeps its own names whatever the outer one calls its parts.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value};

use super::finding::{Findings, Place};

const REFERENCE: &str = "$component_ref";
const TABLE: &str = "$referenced_components";

/// Most references to references in a row.
const HOPS_MAX: usize = 16;

/// Place of a table among all that are known.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct ScopeId(usize);

/// The tables of a document.
#[derive(Debug, Default)]
pub(super) struct Scopes<'a> {
    tables: Vec<Table<'a>>,
    by_path: BTreeMap<String, ScopeId>,
}

#[derive(Debug)]
struct Table<'a> {
    around: Option<ScopeId>,
    place: Place,
    entries: &'a Map<String, Value>,
}

/// A component where it is written, whoever refers to it.
#[derive(Clone, Debug)]
pub(super) struct Component<'a> {
    pub(super) body: &'a Map<String, Value>,
    pub(super) place: Place,
    /// The innermost table that its parts see.
    pub(super) scope: Option<ScopeId>,
    /// The name under which a table holds it.
    pub(super) key: Option<&'a str>,
}

/// Why there is no component.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Unresolved<'a> {
    NoComponent,
    Missing(&'a str),
    Cycle(&'a str),
}

impl<'a> Scopes<'a> {
    /// The component that is written here or referred to.
    pub(super) fn resolve(
        &mut self,
        value: &'a Value,
        place: &Place,
        scope: Option<ScopeId>,
    ) -> Result<Component<'a>, Unresolved<'a>> {
        let (mut value, mut place, mut scope, mut key) = (value, place.clone(), scope, None);
        let mut seen = BTreeSet::new();
        loop {
            let body = value.as_object().ok_or(Unresolved::NoComponent)?;
            scope = self.enter(body, &place, scope);
            let Some(reference) = body.get(REFERENCE) else {
                return Ok(Component {
                    body,
                    place,
                    scope,
                    key,
                });
            };
            let id = reference.as_str().ok_or(Unresolved::NoComponent)?;
            let found = self.find(id, scope).ok_or(Unresolved::Missing(id))?;
            (value, place, scope) = found;
            key = Some(id);
            if seen.len() >= HOPS_MAX || !seen.insert(place.path().to_owned()) {
                return Err(Unresolved::Cycle(id));
            }
        }
    }

    /// The scope of a component's parts: its own table, if it has one, within those around it.
    fn enter(
        &mut self,
        body: &'a Map<String, Value>,
        place: &Place,
        around: Option<ScopeId>,
    ) -> Option<ScopeId> {
        let Some(entries) = body.get(TABLE).and_then(Value::as_object) else {
            return around;
        };
        let place = place.key(TABLE);
        if let Some(known) = self.by_path.get(place.path()) {
            return Some(*known);
        }
        let id = ScopeId(self.tables.len());
        self.by_path.insert(place.path().to_owned(), id);
        self.tables.push(Table {
            around,
            place,
            entries,
        });
        Some(id)
    }

    fn find(
        &self,
        id: &str,
        mut scope: Option<ScopeId>,
    ) -> Option<(&'a Value, Place, Option<ScopeId>)> {
        while let Some(here) = scope {
            let table = self.tables.get(here.0)?;
            if let Some(value) = table.entries.get(id) {
                return Some((value, table.place.key(id), scope));
            }
            scope = table.around;
        }
        None
    }

    /// Reports every reference of a document that leads nowhere, used or not.
    pub(super) fn check(
        &mut self,
        value: &'a Value,
        place: &Place,
        scope: Option<ScopeId>,
        findings: &mut Findings,
    ) {
        if let Some(list) = value.as_array() {
            for (index, entry) in list.iter().enumerate() {
                self.check(entry, &place.index(index), scope, findings);
            }
        }
        let Some(body) = value.as_object() else {
            return;
        };
        if body.get(TABLE).is_some_and(|table| !table.is_object()) {
            findings.blocker("FIELD_TYPE", &place.key(TABLE), "is not an object");
        }
        let inner = self.enter(body, place, scope);
        if body.contains_key(REFERENCE) {
            match self.resolve(value, place, scope) {
                Ok(_) => {}
                Err(unresolved) => unresolved.report(place, findings),
            }
        }
        for (key, part) in body {
            let is_content = OPAQUE.contains(&key.as_str()) && !place.path().ends_with(TABLE);
            if !is_content {
                self.check(part, &place.key(key), inner, findings);
            }
        }
    }
}

/// Fields that hold content, in which a reference means nothing.
const OPAQUE: &[&str] = &["metadata", "data", "inputs", "outputs"];

impl Unresolved<'_> {
    fn report(self, place: &Place, findings: &mut Findings) {
        match self {
            Self::NoComponent => {
                let message = format!("{REFERENCE} does not lead to a component");
                findings.blocker("REFERENCE_UNRESOLVED", place, message);
            }
            Self::Missing(id) => {
                let message = format!("nothing around it is called \"{id}\"");
                findings.blocker("REFERENCE_UNRESOLVED", place, message);
            }
            Self::Cycle(id) => {
                let message = format!("\"{id}\" refers to itself through other references");
                findings.blocker("REFERENCE_CYCLE", place, message);
            }
        }
    }
}
