//! Values that PostgreSQL can hold: it refuses NUL, which JSON and MessagePack allow, and far times.

use jiff::Timestamp;
use serde::Serialize;
use serde_json::Value;

use crate::Poison;

/// The text, with the replacement character for NUL.
pub(crate) fn text(text: &str) -> String {
    if text.contains('\0') {
        text.replace('\0', "\u{fffd}")
    } else {
        text.to_owned()
    }
}

/// The value as JSON text for a `jsonb` column.
pub(crate) fn json<T: Serialize>(value: &T) -> Result<String, Poison> {
    let unwritable = |error: serde_json::Error| Poison(error.to_string());
    let written = serde_json::to_string(value).map_err(unwritable)?;
    if !written.contains("\\u0000") {
        return Ok(written);
    }
    let mut parsed: Value = serde_json::from_str(&written).map_err(unwritable)?;
    replace_nul(&mut parsed);
    serde_json::to_string(&parsed).map_err(unwritable)
}

/// A time from a body, within what the database and the calendar both have: the former counts microseconds.
pub(crate) fn time(microseconds: i64) -> Timestamp {
    let latest = Timestamp::MAX.as_second() * 1_000_000;
    Timestamp::from_microsecond(microseconds.clamp(0, latest)).unwrap_or_default()
}

fn replace_nul(value: &mut Value) {
    match value {
        Value::String(found) => *found = text(found),
        Value::Array(items) => items.iter_mut().for_each(replace_nul),
        Value::Object(fields) => {
            *fields = std::mem::take(fields)
                .into_iter()
                .map(|(name, mut field)| {
                    replace_nul(&mut field);
                    (text(&name), field)
                })
                .collect();
        }
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    #[test]
    fn nul_becomes_the_replacement_character_and_nothing_else_changes() {
        let value = json!({ "a\0": ["x\0y", "\\u0000", 1.5, null] });
        let written = super::json(&value).unwrap();
        let parsed: serde_json::Value = serde_json::from_str(&written).unwrap();
        assert_eq!(
            parsed,
            json!({ "a\u{fffd}": ["x\u{fffd}y", "\\u0000", 1.5, null] })
        );
        assert_eq!(super::text("a\0b"), "a\u{fffd}b");
    }

    #[test]
    fn a_time_outside_of_the_calendar_is_at_its_end() {
        assert_eq!(super::time(1_000_000).as_second(), 1);
        let latest = super::time(i64::MAX);
        assert_eq!(latest.as_second(), jiff::Timestamp::MAX.as_second());
        assert_eq!(latest.subsec_nanosecond() % 1_000, 0);
        assert_eq!(super::time(i64::MIN), jiff::Timestamp::UNIX_EPOCH);
    }
}
