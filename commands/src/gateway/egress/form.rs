//! A JSON object as the fields of a form.

use form_urlencoded::Serializer;
use serde_json::Value;

use super::error::EgressError;

/// Encodes as Python's httpx does, which agents were written against: a list repeats its field, `null`
/// is empty.
pub(super) fn encode(value: &Value) -> Result<String, EgressError> {
    let Value::Object(fields) = value else {
        return Err(refused("it is not an object"));
    };
    let mut form = Serializer::new(String::new());
    for (name, value) in fields {
        match value {
            Value::Array(items) => {
                for item in items {
                    form.append_pair(name, &plain(item)?);
                }
            }
            Value::Null
            | Value::Bool(_)
            | Value::Number(_)
            | Value::String(_)
            | Value::Object(_) => {
                form.append_pair(name, &plain(value)?);
            }
        }
    }
    Ok(form.finish())
}

fn plain(value: &Value) -> Result<String, EgressError> {
    match value {
        Value::Null => Ok(String::new()),
        Value::Bool(flag) => Ok(flag.to_string()),
        Value::Number(number) => Ok(number.to_string()),
        Value::String(text) => Ok(text.clone()),
        Value::Array(_) | Value::Object(_) => Err(refused("a field is an object or nested list")),
    }
}

fn refused(reason: &'static str) -> EgressError {
    EgressError::BodyNotAllowed { reason }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn fields_are_escaped_and_lists_repeat() {
        let form = json!({ "a b": "ü&=", "n": 1.5, "on": true, "none": null, "tag": ["x", 2] });
        assert_eq!(
            encode(&form).unwrap(),
            "a+b=%C3%BC%26%3D&n=1.5&none=&on=true&tag=x&tag=2"
        );
    }

    #[test]
    fn what_no_field_can_hold_is_refused() {
        for value in [
            json!([1]),
            json!("a=b"),
            json!({ "a": {} }),
            json!({ "a": [[1]] }),
        ] {
            assert_eq!(encode(&value).unwrap_err().code(), "body_not_allowed");
        }
    }
}
