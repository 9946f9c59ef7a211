//! Aliases of primitives as operations of their own.

use serde_json::{Map, Value, json};

use super::{own_headers, plain, responses};
use crate::http::alias::PROJECT;
use crate::primitive::{Alias, Catalogue, JsonObject, Primitive, Verb};

/// Adds them, each to its path.
pub(super) fn add(paths: &mut Map<String, Value>, catalogue: &Catalogue) {
    for (primitive, alias) in catalogue.aliases() {
        let path = paths.entry(alias.path()).or_insert_with(|| json!({}));
        path[alias.verb().word()] = operation(primitive, &alias);
    }
}

fn operation(primitive: &Primitive, alias: &Alias) -> Value {
    let schema = primitive.input_schema();
    let mut rest = alias.rest(schema);
    if primitive.is_within_project()
        && let Some(Value::Object(properties)) = rest.get_mut("properties")
    {
        let told = "The project within which it is called, instead of the header.";
        let project = json!({ "type": "string", "format": "uuid", "description": told });
        properties.insert(PROJECT.to_owned(), project);
    }
    let mut parameters: Vec<Value> = alias
        .named()
        .map(|field| told(field, "path", &schema["properties"][field], true))
        .collect();
    if alias.verb() == Verb::Get {
        parameters.extend(asked(&rest));
    }
    parameters.extend(own_headers(primitive));
    let status = if alias.creates() { "201" } else { "200" };
    let mut operation = json!({
        "operationId": format!("{}_{}", alias.verb().word(), primitive.name()),
        "summary": primitive.title(),
        "description": primitive.description(),
        "tags": [primitive.name().split('_').next().unwrap_or_default()],
        "x-cinatra-access": primitive.access(),
        "x-cinatra-primitive": primitive.name(),
        "parameters": parameters,
        "responses": responses(primitive, status),
    });
    if alias.verb() != Verb::Get {
        operation["requestBody"] = json!({
            "required": rest.contains_key("required"),
            "content": { "application/json": { "schema": plain(&rest) } },
        });
    }
    operation
}

/// The fields of a query.
fn asked(rest: &JsonObject) -> Vec<Value> {
    let none = Vec::new();
    let required = rest.get("required").and_then(Value::as_array);
    let required = required.unwrap_or(&none);
    let properties = rest.get("properties").and_then(Value::as_object);
    let properties = properties.into_iter().flatten();
    let one = |(field, schema): (&String, &Value)| {
        told(
            field,
            "query",
            schema,
            required.iter().any(|it| it == field),
        )
    };
    properties.map(one).collect()
}

fn told(field: &str, place: &str, schema: &Value, is_required: bool) -> Value {
    let mut schema = schema.clone();
    let description = schema
        .as_object_mut()
        .and_then(|it| it.remove("description"));
    json!({ "name": field, "in": place, "required": is_required,
        "description": description.unwrap_or_default(), "schema": schema })
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::http::openapi_document;

    #[test]
    fn every_alias_is_an_operation_with_the_fields_of_its_primitive() {
        let catalogue = Catalogue::build().unwrap();
        let document = openapi_document(&catalogue);
        let mut count = 0;
        for (primitive, alias) in catalogue.aliases() {
            count += 1;
            let operation = &document["paths"][alias.path()][alias.verb().word()];
            assert_eq!(operation["x-cinatra-primitive"], primitive.name());
            let parameters = operation["parameters"].as_array().unwrap();
            let named = parameters.iter().filter(|it| it["in"] == "path");
            let named: Vec<&str> = named.filter_map(|it| it["name"].as_str()).collect();
            assert_eq!(named, alias.named().collect::<Vec<_>>());
            let is_query = alias.verb() == Verb::Get;
            assert_eq!(operation["requestBody"].is_null(), is_query);
        }
        assert!(count > 0);
    }

    #[test]
    fn every_operation_has_a_name_of_its_own() {
        let document = openapi_document(&Catalogue::build().unwrap());
        let paths = document["paths"].as_object().unwrap().values();
        let operations = paths.flat_map(|path| path.as_object().unwrap().values());
        let names: Vec<&str> = operations
            .filter_map(|it| it["operationId"].as_str())
            .collect();
        let distinct: BTreeSet<_> = names.iter().collect();
        assert_eq!(distinct.len(), names.len());
    }
}
