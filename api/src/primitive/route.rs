//! Bodies of routes that say the input of a primitive in the way of REST: values as they are, not as a text of JSON.
//!
//! Source: spec/runs.md 1.11.

use serde_json::{Map, Value, json};

use super::alias::Body;
use super::schema::JsonObject;
use crate::problem::Problem;

/// What a run begins with; `start: false` makes it a draft.
pub(super) const START: Body = Body {
    schema: |schema| {
        as_object(schema, "inputParams");
        let start = "Whether it is queued at once; a draft otherwise. It is when absent.";
        declare(
            schema,
            "start",
            json!({ "type": "boolean", "description": start }),
        );
    },
    read: |input| {
        to_text(input, "inputParams");
        match input.remove("start") {
            None | Some(Value::Bool(true)) => Ok(None),
            Some(Value::Bool(false)) => Ok(Some("agent_run_prepare")),
            Some(_) => Err(Problem::invalid_input("start", "expected boolean")),
        }
    },
};

/// Other inputs.
pub(super) const INPUTS: Body = Body {
    schema: |schema| as_object(schema, "inputParams"),
    read: |input| {
        to_text(input, "inputParams");
        Ok(None)
    },
};

/// An answer to a gate: fields as an object, or a text.
pub(super) const ANSWER: Body = Body {
    schema: |schema| {
        let values =
            "The answer as an object: the fields of a setup gate. A review is handed its JSON.";
        declare(
            schema,
            "values",
            json!({ "type": "object", "description": values }),
        );
        let attachments = "None can be attached yet.";
        declare(
            schema,
            "attachments",
            json!({ "type": "array", "maxItems": 0, "description": attachments }),
        );
    },
    read: |input| {
        let attached = input.remove("attachments");
        if attached.is_some_and(|attached| attached != json!([])) {
            let reason = "cannot be attached yet; leave it out";
            return Err(Problem::invalid_input("attachments", reason));
        }
        let Some(values) = input.remove("values") else {
            return Ok(None);
        };
        if !values.is_object() {
            return Err(Problem::invalid_input("values", "expected object"));
        }
        if input.contains_key("userResponse") {
            let reason = "stands beside userResponse, and only one of them is the answer";
            return Err(Problem::invalid_input("values", reason));
        }
        input.insert("userResponse".to_owned(), values.to_string().into());
        Ok(None)
    },
};

fn declare(schema: &mut JsonObject, field: &str, declared: Value) {
    if let Some(Value::Object(properties)) = schema.get_mut("properties") {
        properties.insert(field.to_owned(), declared);
    }
}

/// What is a text of JSON elsewhere may be the object itself.
fn as_object(schema: &mut JsonObject, field: &str) {
    let properties = schema.get_mut("properties");
    let declared = properties.and_then(|all| all.get_mut(field));
    if let Some(Value::Object(declared)) = declared {
        declared.insert("type".to_owned(), json!(["object", "string"]));
    }
}

fn to_text(input: &mut Map<String, Value>, field: &str) {
    if let Some(value @ Value::Object(_)) = input.get_mut(field) {
        *value = value.to_string().into();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(body: Body, sent: &Value) -> Result<(Option<&'static str>, Value), Value> {
        let mut input = sent.as_object().unwrap().clone();
        match (body.read)(&mut input) {
            Ok(primitive) => Ok((primitive, Value::Object(input))),
            Err(problem) => Err(problem.envelope()["error"]["details"]["field"].clone()),
        }
    }

    #[test]
    fn inputs_are_an_object_or_a_text_and_a_run_may_be_a_draft() {
        let text = json!({ "inputParams": r#"{"a":1}"# });
        for sent in [&text, &json!({ "inputParams": { "a": 1 }, "start": true })] {
            assert_eq!(read(START, sent), Ok((None, text.clone())));
        }
        let draft = read(START, &json!({ "start": false })).unwrap();
        assert_eq!(draft, (Some("agent_run_prepare"), json!({})));
        assert_eq!(read(START, &json!({ "start": 1 })), Err(json!("start")));
        let list = json!({ "inputParams": [1] });
        assert_eq!(read(INPUTS, &list), Ok((None, list)));
    }

    #[test]
    fn an_answer_is_an_object_or_a_text_and_nothing_is_attached() {
        let text = json!({ "userResponse": r#"{"a":1}"# });
        for sent in [
            json!({ "values": { "a": 1 } }),
            json!({ "values": { "a": 1 }, "attachments": [] }),
            text.clone(),
        ] {
            assert_eq!(read(ANSWER, &sent), Ok((None, text.clone())));
        }
        let note = json!({ "approvalNote": "n" });
        assert_eq!(read(ANSWER, &note), Ok((None, note)));
        for (sent, field) in [
            (json!({ "values": "yes" }), "values"),
            (json!({ "values": {}, "userResponse": "yes" }), "values"),
            (json!({ "attachments": [{}] }), "attachments"),
            (json!({ "attachments": null }), "attachments"),
        ] {
            assert_eq!(read(ANSWER, &sent), Err(json!(field)), "{sent}");
        }
    }
}
