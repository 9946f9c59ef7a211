//! Routes that are another way to call a primitive, declared with it (settled.md 18).
//!
//! What the address names and what its query says are fields of the input; the body has the others. Everything else is
//! the primitive's: its rule, its headers, its answer, its refusals.

use serde_json::Value;

use super::schema::JsonObject;
use crate::problem::Problem;

/// Most characters of a name that a caller chose and is told again.
const ECHO_CHARS_MAX: usize = 64;

/// How a route is called.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Verb {
    /// `GET`, which is for queries.
    Get,
    /// `POST`.
    Post,
    /// `PATCH`.
    Patch,
}

impl Verb {
    /// As documents write it.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Get => "get",
            Self::Post => "post",
            Self::Patch => "patch",
        }
    }
}

/// One more way to call a primitive.
#[derive(Clone, Copy, Debug)]
pub struct Alias {
    verb: Verb,
    path: &'static str,
    creates: bool,
    body: Option<Body>,
}

/// Makes an input out of what was sent. Answers another primitive, if that is meant.
type Read = fn(&mut JsonObject) -> Result<Option<&'static str>, Problem>;

/// A body that says the input's fields in another way.
#[derive(Clone, Copy, Debug)]
pub(super) struct Body {
    /// Makes the schema of the body out of the one of the input, without the fields that the address has.
    pub(super) schema: fn(&mut JsonObject),
    /// Makes the input out of the body.
    pub(super) read: Read,
}

/// What a call of an alias is.
#[derive(Debug, PartialEq)]
pub struct Meant {
    /// Another primitive than the alias's own.
    pub primitive: Option<&'static str>,
    /// Its input.
    pub input: Value,
}

impl Alias {
    /// A query, asked by an address. Fields of the input stand in the path as `{runId}`, or in the query.
    pub(super) const fn get(path: &'static str) -> Self {
        Self::of(Verb::Get, path)
    }

    /// Something is done.
    pub(super) const fn post(path: &'static str) -> Self {
        Self::of(Verb::Post, path)
    }

    /// Something is changed.
    pub(super) const fn patch(path: &'static str) -> Self {
        Self::of(Verb::Patch, path)
    }

    const fn of(verb: Verb, path: &'static str) -> Self {
        Self {
            verb,
            path,
            creates: false,
            body: None,
        }
    }

    /// Something is there afterwards that was not: 201.
    #[must_use]
    pub(super) const fn creating(self) -> Self {
        Self {
            creates: true,
            ..self
        }
    }

    /// The body is not the rest of the input as it is.
    #[must_use]
    pub(super) const fn reading(self, body: Body) -> Self {
        Self {
            body: Some(body),
            ..self
        }
    }

    /// How it is called.
    pub const fn verb(&self) -> Verb {
        self.verb
    }

    /// Where, with the fields that the address has in braces.
    pub const fn path(&self) -> &'static str {
        self.path
    }

    /// Whether something is there afterwards that was not.
    pub const fn creates(&self) -> bool {
        self.creates
    }

    /// The fields that the path has.
    pub fn named(&self) -> impl Iterator<Item = &'static str> {
        let parts = self.path.split('/');
        parts.filter_map(|part| part.strip_prefix('{')?.strip_suffix('}'))
    }

    /// The schema of the body, or of the query where there is no body.
    pub fn rest(&self, input: &JsonObject) -> JsonObject {
        let mut rest = input.clone();
        for field in self.named() {
            if let Some(Value::Object(properties)) = rest.get_mut("properties") {
                properties.remove(field);
            }
            if let Some(Value::Array(required)) = rest.get_mut("required") {
                required.retain(|name| name != field);
            }
        }
        let is_empty = |required: &Value| required.as_array().is_some_and(Vec::is_empty);
        if rest.get("required").is_some_and(is_empty) {
            rest.remove("required");
        }
        if let Some(body) = self.body {
            (body.schema)(&mut rest);
        }
        rest
    }

    /// The call, out of what the address names, what its query asks and what the body says.
    pub fn meant(
        &self,
        schema: &JsonObject,
        address: impl IntoIterator<Item = (String, String)>,
        body: Value,
    ) -> Result<Meant, Problem> {
        let Value::Object(mut input) = body else {
            return Err(Problem::invalid_input("input", "expected object"));
        };
        let primitive = match self.body {
            Some(body) => (body.read)(&mut input)?,
            None => None,
        };
        for (field, text) in address {
            let declared = schema.get("properties").and_then(|all| all.get(&field));
            let value = typed(declared, text);
            if input.insert(field.clone(), value).is_some() {
                let field: String = field.chars().take(ECHO_CHARS_MAX).collect();
                return Err(Problem::invalid_input(&field, "is said twice"));
            }
        }
        Ok(Meant {
            primitive,
            input: Value::Object(input),
        })
    }

    /// Why it cannot be served.
    pub(super) fn flaw(&self, is_query: bool, schema: &JsonObject) -> Option<String> {
        let path = self.path;
        if (self.verb == Verb::Get) != is_query {
            return Some(format!("{path}: GET is for queries, and nothing else is"));
        }
        let properties = schema.get("properties").and_then(Value::as_object);
        let is_field = |field: &&str| properties.is_some_and(|all| all.contains_key(*field));
        let stranger = self.named().find(|field| !is_field(field));
        stranger.map(|field| format!("{path}: {field} is no field of the input"))
    }
}

/// A text of an address as its field has it. What it cannot be stays a text, which the schema refuses.
fn typed(declared: Option<&Value>, text: String) -> Value {
    let mut kinds = declared
        .and_then(|one| one["oneOf"].as_array())
        .into_iter()
        .flatten();
    if text == "null" && kinds.any(|kind| kind["type"] == "null") {
        return Value::Null;
    }
    let kind = declared.and_then(|one| one["type"].as_str());
    let is_text = !matches!(kind, Some("integer" | "number" | "boolean" | "array"));
    let read = if is_text {
        None
    } else {
        serde_json::from_str(&text).ok()
    };
    read.unwrap_or(Value::String(text))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    const ANSWER: Alias = Alias::post("/api/things/{thingId}/parts/{partId}/answer");

    fn schema() -> JsonObject {
        let schema = json!({
            "type": "object",
            "properties": {
                "thingId": { "type": "string" }, "partId": { "type": "string" },
                "limit": { "type": "integer" }, "isLate": { "type": "boolean" },
                "tags": { "type": "array" },
            },
            "required": ["thingId", "limit"],
        });
        schema.as_object().unwrap().clone()
    }

    fn said(pairs: &[(&str, &str)]) -> Vec<(String, String)> {
        let owned = |(field, text): &(&str, &str)| ((*field).to_owned(), (*text).to_owned());
        pairs.iter().map(owned).collect()
    }

    fn refusal(problem: &Problem) -> Value {
        problem.envelope()["error"]["details"].clone()
    }

    #[test]
    fn the_address_the_query_and_the_body_are_one_input() {
        let asked = [
            ("thingId", "7"),
            ("limit", "3"),
            ("isLate", "true"),
            ("tags", r#"["c"]"#),
        ];
        let meant = ANSWER.meant(&schema(), said(&asked), json!({ "partId": "b" }));
        let input =
            json!({ "thingId": "7", "limit": 3, "isLate": true, "tags": ["c"], "partId": "b" });
        assert_eq!(meant.unwrap().input, input);
    }

    #[test]
    fn what_is_said_twice_is_refused_and_what_is_none_of_its_type_is_left_to_the_schema() {
        let twice = ANSWER.meant(&schema(), said(&[("limit", "3")]), json!({ "limit": 3 }));
        let told = json!({ "field": "limit", "reason": "is said twice" });
        assert_eq!(refusal(&twice.unwrap_err()), told);
        let twice = said(&[("limit", "3"), ("limit", "4")]);
        assert!(ANSWER.meant(&schema(), twice, json!({})).is_err());
        let long = "x".repeat(1_000);
        let address = said(&[(&long, "1"), (&long, "2")]);
        let refused = ANSWER.meant(&schema(), address, json!({})).unwrap_err();
        assert!(refusal(&refused).to_string().len() < 200);
        let odd = said(&[("limit", "many"), ("isLate", "1"), ("thingId", "null")]);
        let meant = ANSWER.meant(&schema(), odd, json!({})).unwrap().input;
        assert_eq!(
            meant,
            json!({ "limit": "many", "isLate": 1, "thingId": "null" })
        );
        assert!(ANSWER.meant(&schema(), [], json!([])).is_err());
    }

    #[test]
    fn the_rest_of_the_input_is_what_the_address_does_not_have() {
        let rest = ANSWER.rest(&schema());
        assert_eq!(rest["required"], json!(["limit"]));
        let properties: Vec<&String> = rest["properties"].as_object().unwrap().keys().collect();
        assert_eq!(properties, ["isLate", "limit", "tags"]);
    }

    #[test]
    fn an_alias_that_cannot_be_served_is_found_at_start() {
        assert_eq!(ANSWER.flaw(false, &schema()), None);
        assert!(ANSWER.flaw(true, &schema()).is_some());
        assert!(
            Alias::get("/api/things")
                .flaw(false, &JsonObject::new())
                .is_some()
        );
        let strange = Alias::get("/api/things/{other}").flaw(true, &schema());
        assert!(strange.unwrap().contains("other is no field"));
    }
}
