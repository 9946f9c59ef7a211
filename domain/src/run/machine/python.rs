//! How Python writes values: `str`, `repr` and `json.dumps`.
//!
//! Values are nested [`super::VALUE_DEEP_MAX`] deep at most, so recursion ends soon.

use std::fmt::Write;

use serde_json::{Number, Value};

/// `str(value)`: a text is itself.
pub(super) fn str(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::Array(_) | Value::Object(_) => {
            let mut out = String::new();
            repr(&mut out, value);
            out
        }
    }
}

/// `json.dumps(value)`: ASCII only, with a blank after commas and colons.
pub(super) fn json(value: &Value) -> String {
    let mut out = String::new();
    dump(&mut out, value);
    out
}

fn repr(out: &mut String, value: &Value) {
    match value {
        Value::Null => out.push_str("None"),
        Value::Bool(true) => out.push_str("True"),
        Value::Bool(false) => out.push_str("False"),
        Value::Number(number) => out.push_str(&digits(number)),
        Value::String(text) => repr_text(out, text),
        Value::Array(items) => {
            out.push('[');
            separated(out, items, repr);
            out.push(']');
        }
        Value::Object(entries) => {
            out.push('{');
            separated(out, entries, |out, (key, value)| {
                repr_text(out, key);
                out.push_str(": ");
                repr(out, value);
            });
            out.push('}');
        }
    }
}

fn dump(out: &mut String, value: &Value) {
    match value {
        Value::Null => out.push_str("null"),
        Value::Bool(true) => out.push_str("true"),
        Value::Bool(false) => out.push_str("false"),
        Value::Number(number) => out.push_str(&digits(number)),
        Value::String(text) => dump_text(out, text),
        Value::Array(items) => {
            out.push('[');
            separated(out, items, dump);
            out.push(']');
        }
        Value::Object(entries) => {
            out.push('{');
            separated(out, entries, |out, (key, value)| {
                dump_text(out, key);
                out.push_str(": ");
                dump(out, value);
            });
            out.push('}');
        }
    }
}

fn separated<T>(
    out: &mut String,
    items: impl IntoIterator<Item = T>,
    mut write: impl FnMut(&mut String, T),
) {
    for (index, item) in items.into_iter().enumerate() {
        if index > 0 {
            out.push_str(", ");
        }
        write(out, item);
    }
}

/// A number as `repr` writes it: the shortest digits, with an exponent below 1e-4 and from 1e16 on.
fn digits(number: &Number) -> String {
    let Some(float) = number.as_f64().filter(|_| number.is_f64()) else {
        return number.to_string();
    };
    let size = float.abs();
    if size != 0.0 && !(1e-4..1e16).contains(&size) {
        let scientific = format!("{float:e}");
        let (mantissa, exponent) = scientific.split_once('e').unwrap_or((&scientific, "0"));
        let (sign, exponent) = exponent
            .strip_prefix('-')
            .map_or(('+', exponent), |digits| ('-', digits));
        return format!("{mantissa}e{sign}{exponent:0>2}");
    }
    let mut plain = float.to_string();
    if !plain.contains('.') {
        plain.push_str(".0");
    }
    plain
}

/// A text between single quotes, or double ones if only single ones occur in it.
fn repr_text(out: &mut String, text: &str) {
    let quote = if text.contains('\'') && !text.contains('"') {
        '"'
    } else {
        '\''
    };
    out.push(quote);
    for character in text.chars() {
        match character {
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            '\\' => out.push_str("\\\\"),
            _ if character == quote => out.extend(['\\', quote]),
            '\'' | '"' => out.push(character),
            _ if is_printable(character) => out.push(character),
            _ => escape(out, u32::from(character)),
        }
    }
    out.push(quote);
}

fn escape(out: &mut String, code: u32) {
    // Writing to a String cannot fail.
    let _ = match code {
        0..=0xff => write!(out, "\\x{code:02x}"),
        0x100..=0xffff => write!(out, "\\u{code:04x}"),
        _ => write!(out, "\\U{code:08x}"),
    };
}

/// As `str.isprintable`: no control, format, private, unassigned or separating character but the blank. The standard
/// library escapes exactly these in a text, beside quotes; marks that combine, only at its beginning.
fn is_printable(character: char) -> bool {
    let text = String::from_iter(['a', character]);
    text.escape_debug().nth(1) == Some(character)
}

fn dump_text(out: &mut String, text: &str) {
    out.push('"');
    for character in text.chars() {
        match character {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            '\u{8}' => out.push_str("\\b"),
            '\u{c}' => out.push_str("\\f"),
            ' '..='\u{7e}' => out.push(character),
            _ => {
                for unit in character.encode_utf16(&mut [0; 2]) {
                    // Writing to a String cannot fail.
                    let _ = write!(out, "\\u{unit:04x}");
                }
            }
        }
    }
    out.push('"');
}
