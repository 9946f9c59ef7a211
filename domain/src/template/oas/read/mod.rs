//! Reads a document leniently: what cannot be understood becomes a finding, and reading goes on.

mod field;
mod flow;
mod node;
mod order;
mod property;
mod root;

pub use root::AGENTSPEC_VERSION;

use std::collections::{BTreeMap, VecDeque};

use serde_json::{Map, Value};

use super::super::plan::FlowIndex;
use super::document::Document;
use super::finding::{Findings, Place};
use super::scope::{Component, ScopeId, Scopes};

/// Largest document, in bytes. Source: spec/runs.md 4.3.
pub const OAS_BYTES_MAX: usize = 1024 * 1024;

/// Reads the bytes of `cinatra/oas.json`. Without a flow at its root there is nothing to go on with.
pub(super) fn document(bytes: &[u8], findings: &mut Findings) -> Option<(Document, Value)> {
    let place = Place::default();
    if bytes.len() > OAS_BYTES_MAX {
        let message = format!("has {} bytes, at most {OAS_BYTES_MAX}", bytes.len());
        findings.blocker("OAS_TOO_LARGE", &place, message);
        return None;
    }
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    let value: Value = match serde_json::from_slice(bytes) {
        Ok(value) => value,
        Err(error) => {
            findings.blocker("OAS_UNREADABLE", &place, format!("is not JSON: {error}"));
            return None;
        }
    };
    let Some(body) = value.as_object() else {
        findings.blocker("OAS_UNREADABLE", &place, "is not an object");
        return None;
    };
    root::check(body, findings);
    if !root::is_flow(body, findings) {
        return None;
    }
    let document = read(&value, findings);
    Some((document, value))
}

fn read(value: &Value, findings: &mut Findings) -> Document {
    let mut reader = Reader {
        scopes: Scopes::default(),
        indexes: BTreeMap::new(),
        waiting: VecDeque::new(),
        findings,
    };
    let place = Place::default();
    reader.scopes.check(value, &place, None, reader.findings);
    let mut document = Document::default();
    if let Ok(root) = reader.scopes.resolve(value, &place, None) {
        reader.index(root);
    }
    while let Some(flow) = reader.waiting.pop_front() {
        let flow = flow::read(&mut reader, &flow);
        document.flows.push(flow);
    }
    order::sort(&mut document, findings);
    document
}

/// What reading keeps in mind. A flow that is referred to twice is read once, because its parts mean the same
/// from wherever one comes.
struct Reader<'a, 'f> {
    scopes: Scopes<'a>,
    indexes: BTreeMap<String, FlowIndex>,
    waiting: VecDeque<Component<'a>>,
    findings: &'f mut Findings,
}

impl<'a> Reader<'a, '_> {
    /// The place of a flow within the plan; it is read when its turn comes.
    fn index(&mut self, flow: Component<'a>) -> FlowIndex {
        if let Some(known) = self.indexes.get(flow.place.path()) {
            return *known;
        }
        let index = FlowIndex(self.indexes.len());
        self.indexes.insert(flow.place.path().to_owned(), index);
        self.waiting.push_back(flow);
        index
    }

    /// A component under a key that has to be there. References that lead nowhere were reported before.
    fn component(
        &mut self,
        body: &'a Map<String, Value>,
        key: &str,
        place: &Place,
        scope: Option<ScopeId>,
    ) -> Option<Component<'a>> {
        let Some(value) = body.get(key).filter(|value| !value.is_null()) else {
            self.findings
                .blocker("FIELD_MISSING", place, format!("{key} is missing"));
            return None;
        };
        self.resolve(value, &place.key(key), scope)
    }

    fn resolve(
        &mut self,
        value: &'a Value,
        place: &Place,
        scope: Option<ScopeId>,
    ) -> Option<Component<'a>> {
        if !value.is_object() {
            self.findings
                .blocker("FIELD_TYPE", place, "is not a component");
        }
        self.scopes.resolve(value, place, scope).ok()
    }
}

/// What a component is called within its flow: its id, else the name it is referred to by, else where it stands.
fn id_of(component: &Component<'_>) -> String {
    let id = component.body.get("id").and_then(Value::as_str);
    let id = id.filter(|id| !id.is_empty()).or(component.key);
    id.unwrap_or(component.place.path()).to_owned()
}

/// `metadata.cinatra`.
fn block_of(body: &Map<String, Value>) -> Map<String, Value> {
    let block = body.get("metadata").and_then(|data| data.get("cinatra"));
    block
        .and_then(Value::as_object)
        .cloned()
        .unwrap_or_default()
}
