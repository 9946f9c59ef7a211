//! Templates: Jinja2 as the agents in the catalogue were written for.
//!
//! Its language is small ([`tags`]): what the catalogue uses and some more. A name without a value fails; what is printed is printed as Python does; `tojson` writes what is safe within HTML.
//! Source: spec/runs.md 4.7.1.

mod tags;

use std::io;
use std::sync::LazyLock;

use minijinja::value::{Serde, Value as Item};
use minijinja::{
    AutoEscape, Environment, Error, ErrorKind, Output, State, UndefinedBehavior, filters, tests,
};
use serde_json::{Map, Value};

use super::{Cause, TEXT_BYTES_MAX, python};

/// Instructions that filling in one template takes at most.
const FUEL: u64 = 1_000_000;

static ENGINE: LazyLock<Environment<'static>> = LazyLock::new(|| {
    let mut engine = Environment::empty();
    engine.set_undefined_behavior(UndefinedBehavior::Strict);
    engine.set_auto_escape_callback(|_| AutoEscape::None);
    engine.set_formatter(print);
    engine.add_filter("tojson", to_json);
    engine.add_filter("length", filters::length);
    engine.add_filter("count", filters::length);
    engine.add_filter("default", filters::default);
    engine.add_filter("d", filters::default);
    engine.add_filter("string", filters::string);
    engine.add_filter("upper", filters::upper);
    engine.add_filter("lower", filters::lower);
    engine.add_filter("trim", filters::trim);
    engine.add_filter("first", filters::first);
    engine.add_filter("last", filters::last);
    engine.add_test("defined", tests::is_defined);
    engine.add_test("undefined", tests::is_undefined);
    engine.add_test("none", tests::is_none);
    engine.add_test("boolean", tests::is_boolean);
    engine.add_test("number", tests::is_number);
    engine.add_test("string", tests::is_string);
    engine.add_test("sequence", tests::is_sequence);
    engine.add_test("mapping", tests::is_mapping);
    engine.set_fuel(Some(FUEL));
    engine
});

/// Fills in one template.
pub(super) fn render(template: &str, values: &Map<String, Value>) -> Result<String, Cause> {
    // Jinja2 knows one kind of line end.
    let template = template.replace("\r\n", "\n").replace('\r', "\n");
    tags::check(&template)?;
    let mut text = Bounded::default();
    let rendered = ENGINE.template_from_str(&template).and_then(|template| {
        template
            .render_captured_to(Serde(values), &mut text)
            .map(drop)
    });
    if text.is_full {
        return Err(Cause::TextTooLong);
    }
    rendered.map_err(|error| Cause::Template {
        reason: error.to_string(),
    })?;
    String::from_utf8(text.bytes).map_err(|error| Cause::Template {
        reason: error.to_string(),
    })
}

/// Fills in every text within a value; keys stay.
pub(super) fn render_all(value: &Value, values: &Map<String, Value>) -> Result<Value, Cause> {
    Ok(match value {
        Value::String(template) => Value::String(render(template, values)?),
        Value::Array(items) => items
            .iter()
            .map(|item| render_all(item, values))
            .collect::<Result<_, _>>()?,
        Value::Object(entries) => entries
            .iter()
            .map(|(key, entry)| Ok((key.clone(), render_all(entry, values)?)))
            .collect::<Result<_, Cause>>()?,
        Value::Null | Value::Bool(_) | Value::Number(_) => value.clone(),
    })
}

fn print(out: &mut Output, _: &mut State, item: &Item) -> Result<(), Error> {
    if let Some(text) = item.as_str() {
        return out.write_str(text).map_err(Error::from);
    }
    out.write_str(&python::str(&known(item)?))
        .map_err(Error::from)
}

fn to_json(item: &Item) -> Result<String, Error> {
    Ok(python::json(&known(item)?)
        .replace('<', "\\u003c")
        .replace('>', "\\u003e")
        .replace('&', "\\u0026")
        .replace('\'', "\\u0027"))
}

fn known(item: &Item) -> Result<Value, Error> {
    if item.is_undefined() {
        return Err(Error::from(ErrorKind::UndefinedError));
    }
    serde_json::to_value(item)
        .map_err(|error| Error::new(ErrorKind::BadSerialization, error.to_string()))
}

/// Takes so much and no more.
#[derive(Debug, Default)]
struct Bounded {
    bytes: Vec<u8>,
    is_full: bool,
}

impl io::Write for Bounded {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if self.bytes.len().saturating_add(bytes.len()) > TEXT_BYTES_MAX {
            self.is_full = true;
            return Err(io::Error::other("too long"));
        }
        self.bytes.extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
