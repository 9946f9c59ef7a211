//! Calls to an address: what is sent, and what comes back.

use std::collections::BTreeMap;
use std::fmt::Write;

use serde_json::{Map, Value};

use super::walk::Walk;
use super::{Address, BASE_URL, Body, Call, Cause, Failure, Step, Wait, python, template};
use crate::template::plan::{Api, Node};

/// The output that is the raw body.
const RESPONSE: &str = "http_response";
/// The output that is the status.
const STATUS: &str = "http_status_code";

impl Walk<'_> {
    pub(super) fn call(&mut self, node: &Node, api: &Api) -> Result<Step, Failure> {
        let inputs = self.inputs(node)?;
        let values = self.with_environment(&inputs);
        let fill =
            |value: &Value| template::render_all(value, &values).map_err(|cause| self.fail(cause));
        let mut query = BTreeMap::new();
        for (name, value) in &api.query {
            query.insert(name.clone(), fill(value)?);
        }
        let mut headers = BTreeMap::new();
        for (name, value) in &api.headers {
            headers.insert(name.clone(), python::str(&fill(value)?));
        }
        let call = Call {
            visit: self.visit(),
            method: api.method.clone(),
            address: self.address(&api.url, &inputs)?,
            query,
            headers,
            body: body(fill(&api.data)?),
            outputs: node.outputs.iter().map(|it| it.title.clone()).collect(),
            risk_class: api.risk_class.clone(),
        };
        self.at.waits = Wait::Response;
        Ok(Step::Call(call))
    }

    pub(super) fn responded(&mut self, status: u16, body: &str) -> Result<Step, Failure> {
        if !(200..300).contains(&status) {
            return Err(self.fail(Cause::CallFailed { status }));
        }
        let node = self.node()?;
        let object = match serde_json::from_str(body) {
            Ok(Value::Object(object)) => object,
            Ok(_) | Err(_) => Map::new(),
        };
        let outputs = self.outputs(&node.outputs, |output| match output.title.as_str() {
            RESPONSE => Some(Value::from(body)),
            STATUS => Some(Value::from(status)),
            title => object.get(title).cloned(),
        })?;
        self.pass(outputs)
    }

    /// Values go into an address percent-encoded, so that none of them changes where it leads.
    fn address(&self, url: &str, inputs: &Map<String, Value>) -> Result<Address, Failure> {
        let plain = inputs.iter().filter_map(|(name, value)| match value {
            Value::String(text) => Some((name.clone(), Value::from(quote(text)))),
            Value::Bool(_) | Value::Number(_) => Some((name.clone(), value.clone())),
            Value::Null | Value::Array(_) | Value::Object(_) => None,
        });
        let plain = plain.collect();
        match after_base(url) {
            Some(rest) => self.filled(rest, &plain).map(Address::Internal),
            None => self.filled(url, &plain).map(Address::External),
        }
    }
}

/// What follows the base address, if the address begins with it.
fn after_base(url: &str) -> Option<&str> {
    let inner = url.trim_start().strip_prefix("{{")?;
    let (name, rest) = inner.split_once("}}")?;
    (name.trim() == BASE_URL).then_some(rest)
}

fn body(data: Value) -> Option<Body> {
    match data {
        Value::Null | Value::Bool(false) => None,
        Value::Object(entries) if entries.is_empty() => None,
        Value::Array(items) if items.is_empty() => None,
        Value::String(text) if text.is_empty() => None,
        Value::String(text) => Some(match serde_json::from_str(&text) {
            Ok(value) => Body::Json(value),
            Err(_) => Body::Text(text),
        }),
        Value::Bool(true) | Value::Number(_) | Value::Array(_) | Value::Object(_) => {
            Some(Body::Json(data))
        }
    }
}

/// As a part of a query: a blank is a plus sign.
fn quote(text: &str) -> String {
    let mut quoted = String::with_capacity(text.len());
    for byte in text.bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'_' | b'.' | b'-' | b'~' => {
                quoted.push(char::from(byte));
            }
            b' ' => quoted.push('+'),
            _ => {
                // Writing to a String cannot fail.
                let _ = write!(quoted, "%{byte:02X}");
            }
        }
    }
    quoted
}
