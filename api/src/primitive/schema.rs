//! Schemas from types, and input judged by them.
//!
//! The published schema and the check are the same object: what a client reads is what is enforced.

use std::sync::Arc;

use cinatra_domain::kernel::Class;
use jsonschema::error::{TypeKind, ValidationErrorKind};
use jsonschema::{ValidationError, Validator};
use schemars::JsonSchema;
use schemars::Schema;
use schemars::generate::SchemaSettings;
use schemars::transform::{Transform, transform_subschemas};
use serde_json::{Map, Value, json};

use crate::problem::Problem;

/// A JSON Schema of draft 2020-12 whose root is an object, without references.
pub type JsonObject = Map<String, Value>;

/// The schema of what a caller sends.
pub(super) fn of_input<T: JsonSchema>() -> Arc<JsonObject> {
    let settings = SchemaSettings::draft2020_12().for_deserialize();
    generate::<T>(settings.with_transform(Input))
}

/// The schema of what a caller gets.
pub(super) fn of_output<T: JsonSchema>() -> Arc<JsonObject> {
    generate::<T>(SchemaSettings::draft2020_12().for_serialize())
}

fn generate<T: JsonSchema>(settings: SchemaSettings) -> Arc<JsonObject> {
    let mut generator = settings
        .with(|s| s.inline_subschemas = true)
        .with_transform(Portable)
        .into_generator();
    let schema = generator.root_schema_for::<T>();
    let mut object = schema.as_object().cloned().unwrap_or_default();
    object.remove("title");
    // Some clients refuse a tool whose schema names no properties, even where there are none.
    object.entry("properties").or_insert_with(|| json!({}));
    Arc::new(object)
}

/// No field beyond the declared ones, and no formats that only Rust knows.
#[derive(Clone, Debug)]
struct Portable;

impl Transform for Portable {
    fn transform(&mut self, schema: &mut Schema) {
        let is_number = |kind: &Value| kind == "integer" || kind == "number";
        let is_numeric = |kind: &Value| {
            is_number(kind)
                || kind
                    .as_array()
                    .is_some_and(|kinds| kinds.iter().any(is_number))
        };
        if schema.get("type").is_some_and(is_numeric) {
            schema.remove("format");
        }
        if schema.get("properties").is_some() && schema.get("additionalProperties").is_none() {
            schema.insert("additionalProperties".into(), false.into());
        }
        transform_subschemas(self, schema);
    }
}

/// An optional field is left out, not null.
#[derive(Clone, Debug)]
struct Input;

impl Transform for Input {
    fn transform(&mut self, schema: &mut Schema) {
        if let Some(Value::Array(types)) = schema.get_mut("type") {
            types.retain(|one| one != "null");
            if let [only] = types.as_slice() {
                let only = only.clone();
                schema.insert("type".into(), only);
            }
        }
        if let Some(Value::Array(values)) = schema.get_mut("enum") {
            values.retain(|one| !one.is_null());
        }
        unwrap_nullable(schema);
        transform_subschemas(self, schema);
    }
}

/// `anyOf [X, null]` is how an optional enum arrives; only X is meant.
fn unwrap_nullable(schema: &mut Schema) {
    let Some(Value::Array(branches)) = schema.get("anyOf") else {
        return;
    };
    let mut rest = branches
        .iter()
        .filter(|one| one.get("type").is_none_or(|kind| kind != "null"));
    if let (Some(Value::Object(only)), None) = (rest.next(), rest.next()) {
        let only = only.clone();
        schema.remove("anyOf");
        for (key, value) in only {
            if schema.get(&key).is_none() {
                schema.insert(key, value);
            }
        }
    }
}

/// Writes every whole number without a fraction: to JSON Schema `2.0` is an integer, to Rust it is not.
pub(super) fn normalize(input: &mut Value) {
    match input {
        Value::Array(items) => items.iter_mut().for_each(normalize),
        Value::Object(fields) => fields.values_mut().for_each(normalize),
        Value::Number(number) => {
            let whole = number
                .as_f64()
                .filter(|float| number.is_f64() && float.fract() == 0.0);
            if let Some(Ok(integer)) = whole.map(|float| format!("{float:.0}").parse::<i64>()) {
                *number = integer.into();
            }
        }
        Value::Null | Value::Bool(_) | Value::String(_) => {}
    }
}

/// A schema made ready once, at start.
pub(super) fn compile(schema: &JsonObject) -> Result<Validator, String> {
    jsonschema::draft202012::new(&Value::Object(schema.clone())).map_err(|e| e.to_string())
}

/// Judges input; the first violation becomes `INVALID_INPUT {field, reason}`.
///
/// A field that has to be `true` is a confirmation, and its absence has a code of its own.
pub(super) fn judge(
    validator: &Validator,
    schema: &JsonObject,
    input: &Value,
) -> Result<(), Problem> {
    if validator.is_valid(input) {
        return Ok(());
    }
    let Some(violation) = validator.iter_errors(input).next() else {
        return Ok(());
    };
    let (field, reason) = describe(&violation);
    let declared = schema.get("properties").and_then(|all| all.get(&field));
    if declared.and_then(|one| one.get("const")) == Some(&Value::Bool(true)) {
        let message = format!("This destroys something: {field} must be true.");
        return Err(
            Problem::new(Class::Invalid, "CONFIRMATION_REQUIRED", message)
                .with_details(json!({ "field": field, "reason": reason })),
        );
    }
    Err(Problem::invalid_input(&field, &reason))
}

/// Names the field and the broken rule without repeating what was sent.
fn describe(violation: &ValidationError<'_>) -> (String, String) {
    let place = path(violation.instance_path().as_str());
    let kind = violation.kind();
    if let ValidationErrorKind::AdditionalProperties { unexpected } = kind {
        let name = unexpected.first().map_or("", String::as_str);
        return (child(&place, name), "unknown field".into());
    }
    if let ValidationErrorKind::Required { property } = kind {
        let name = property.as_str().unwrap_or_default();
        return (child(&place, name), "missing".into());
    }
    let field = if place.is_empty() {
        "input".into()
    } else {
        place
    };
    (field, rule(kind))
}

#[expect(
    clippy::wildcard_enum_match_arm,
    reason = "a foreign enum; our schemas use only these keywords, others are named generically"
)]
fn rule(kind: &ValidationErrorKind) -> String {
    match kind {
        ValidationErrorKind::Type {
            kind: TypeKind::Single(one),
        } => format!("expected {one}"),
        ValidationErrorKind::MaxLength { limit: 1 } => "longer than one character".into(),
        ValidationErrorKind::MaxLength { limit } => format!("longer than {limit} characters"),
        ValidationErrorKind::MinLength { limit: 1 } => "is empty".into(),
        ValidationErrorKind::MinLength { limit } => format!("shorter than {limit} characters"),
        ValidationErrorKind::Minimum { limit } => format!("less than {limit}"),
        ValidationErrorKind::Maximum { limit } => format!("greater than {limit}"),
        ValidationErrorKind::Constant { expected_value } => format!("must be {expected_value}"),
        ValidationErrorKind::Enum { options } => format!("must be one of {options}"),
        ValidationErrorKind::Pattern { pattern } => format!("does not match {pattern}"),
        other => format!("violates {}", other.keyword()),
    }
}

/// `/a/0/b` as `a.0.b`.
fn path(pointer: &str) -> String {
    pointer.trim_start_matches('/').replace('/', ".")
}

/// Joins a path with a name that the caller may have chosen: bounded before it is echoed.
fn child(place: &str, name: &str) -> String {
    let name: String = name.chars().take(64).collect();
    if place.is_empty() {
        name
    } else {
        format!("{place}.{name}")
    }
}

#[cfg(test)]
mod tests {
    use serde::{Deserialize, Serialize};
    use serde_json::json;

    use super::*;

    #[derive(Deserialize, Serialize, JsonSchema)]
    #[serde(rename_all = "camelCase", deny_unknown_fields)]
    struct Sample {
        #[schemars(length(min = 1, max = 5), regex(pattern = r"^[a-z]+$"))]
        package_name: String,
        #[schemars(range(min = 1, max = 200))]
        limit: Option<u32>,
        status: Option<Flavour>,
        #[serde(skip_serializing_if = "Option::is_none")]
        inner: Option<Inner>,
        #[schemars(extend("const" = true))]
        confirm: Option<bool>,
    }

    #[derive(Deserialize, Serialize, JsonSchema)]
    #[serde(rename_all = "lowercase")]
    enum Flavour {
        Sweet,
        Sour,
    }

    #[derive(Deserialize, Serialize, JsonSchema)]
    #[serde(rename_all = "camelCase")]
    struct Inner {
        flag: bool,
    }

    fn error(input: &Value) -> Value {
        let schema = of_input::<Sample>();
        let validator = compile(&schema).unwrap();
        let problem = judge(&validator, &schema, input).unwrap_err();
        problem.envelope()["error"].clone()
    }

    fn refusal(input: &Value) -> Value {
        error(input)["details"].clone()
    }

    #[test]
    fn an_absent_confirmation_has_a_code_of_its_own() {
        let refused = error(&json!({ "packageName": "a", "confirm": false }));
        assert_eq!(refused["code"], "CONFIRMATION_REQUIRED");
        assert_eq!(refused["details"]["field"], "confirm");
    }

    #[test]
    fn input_schemas_are_closed_and_have_no_null() {
        let schema = of_input::<Sample>();
        assert_eq!(schema["type"], "object");
        assert_eq!(schema["additionalProperties"], false);
        assert_eq!(schema["required"], json!(["packageName"]));
        assert_eq!(schema["properties"]["limit"]["type"], "integer");
        let text = Value::Object((*schema).clone()).to_string();
        assert!(!text.contains("null"), "{text}");
        assert!(!text.contains("$ref"), "{text}");
    }

    #[test]
    fn output_schemas_describe_what_is_sent() {
        let schema = of_output::<Sample>();
        assert_eq!(schema["properties"]["inner"]["additionalProperties"], false);
        let validator = compile(&schema).unwrap();
        let sent = serde_json::to_value(Sample {
            package_name: "a".into(),
            limit: None,
            status: Some(Flavour::Sour),
            inner: None,
            confirm: Some(true),
        });
        assert!(validator.is_valid(&sent.unwrap()));
    }

    #[test]
    fn refusals_name_the_field_and_the_rule() {
        let cases = [
            (
                json!({ "packageName": "a", "nope": 1 }),
                "nope",
                "unknown field",
            ),
            (json!({}), "packageName", "missing"),
            (
                json!({ "packageName": 1 }),
                "packageName",
                "expected string",
            ),
            (json!({ "packageName": "" }), "packageName", "is empty"),
            (
                json!({ "packageName": "abcdefg" }),
                "packageName",
                "longer than 5 characters",
            ),
            (
                json!({ "packageName": "a", "limit": 0 }),
                "limit",
                "less than 1",
            ),
            (
                json!({ "packageName": "a", "limit": 201 }),
                "limit",
                "greater than 200",
            ),
            (
                json!({ "packageName": "a", "limit": null }),
                "limit",
                "expected integer",
            ),
            (
                json!({ "packageName": "a", "inner": { "flag": 1 } }),
                "inner.flag",
                "expected boolean",
            ),
            (json!([1]), "input", "expected object"),
        ];
        for (input, field, reason) in cases {
            assert_eq!(refusal(&input), json!({ "field": field, "reason": reason }));
        }
    }

    #[test]
    fn whole_numbers_lose_their_fraction_and_nothing_else_changes() {
        let mut input = json!({ "a": 2.0, "b": [1.5, -3.0, 1e300], "c": "2.0", "d": 7 });
        normalize(&mut input);
        assert_eq!(
            input.to_string(),
            r#"{"a":2,"b":[1.5,-3,1e+300],"c":"2.0","d":7}"#
        );
    }

    #[test]
    fn a_refusal_never_repeats_what_was_sent() {
        let long = "x".repeat(10_000);
        let details = refusal(&json!({ "packageName": long })).to_string();
        assert!(details.len() < 200);
        let details = refusal(&json!({ "packageName": "a", &long: 1 })).to_string();
        assert!(details.len() < 200);
    }
}
