//! OpenAPI 3.1, from the same schemas that are enforced.

mod alias;

use std::sync::Arc;

use axum::extract::State;
use axum::response::{IntoResponse, Response};
use cinatra_domain::kernel::{Class, CommandId};
use serde_json::{Map, Value, json};

use crate::primitive::{Catalogue, HEADERS, Primitive};
use crate::problem::{CLASSES, treatment};
use crate::server::App;

/// `GET /api/openapi.json`.
pub(super) async fn serve(State(app): State<Arc<App>>) -> Response {
    axum::Json(document(app.catalogue())).into_response()
}

/// The whole document.
pub fn document(catalogue: &Catalogue) -> Value {
    json!({
        "openapi": "3.1.0",
        "jsonSchemaDialect": "https://json-schema.org/draft/2020-12/schema",
        "info": {
            "title": "Cinatra",
            "version": env!("CARGO_PKG_VERSION"),
            "summary": "Every capability is a primitive: the same name and schema over REST, MCP and CLI.",
            "license": { "name": "Apache-2.0", "identifier": "Apache-2.0" },
        },
        "servers": [{ "url": "/" }],
        "security": [{ "bearer": [] }],
        "paths": paths(catalogue),
        "components": components(),
    })
}

fn paths(catalogue: &Catalogue) -> Map<String, Value> {
    let mut paths = Map::new();
    paths.insert("/healthz".into(), open("alive", "Whether the process runs"));
    paths.insert("/readyz".into(), open("ready", "Whether it can serve"));
    paths.insert("/metrics".into(), json!({ "get": {
        "operationId": "metrics", "summary": "Metrics in Prometheus' text format", "tags": ["operation"],
        "description": "For whoever administers the instance.",
        "responses": { "200": { "description": "Metrics", "content": { "text/plain": {
            "schema": { "type": "string" } } } }, "default": refusal() },
    }}));
    paths.insert(
        "/api/primitives".into(),
        get("list_primitives", "Every primitive with its schemas"),
    );
    paths.insert("/api/openapi.json".into(), get("openapi", "This document"));
    paths.insert("/api/agents/runs/{id}/stream".into(), stream());
    for primitive in catalogue.iter() {
        let path = format!("/api/primitives/{}", primitive.name());
        paths.insert(path, json!({ "post": operation(primitive) }));
    }
    alias::add(&mut paths, catalogue);
    paths
}

fn stream() -> Value {
    let told = |name, place, description, schema: Value| {
        json!({ "name": name, "in": place, "required": place == "path",
            "description": description, "schema": schema })
    };
    let (id, text) = (
        json!({ "type": "string", "format": "uuid" }),
        json!({ "type": "string" }),
    );
    json!({ "get": {
        "operationId": "agent_run_stream", "summary": "A run as server-sent events", "tags": ["agent"],
        "description": "What the run tells, from right after the last event that was seen; then what it tells further, \
            until it ends. 204 when it has ended and everything was seen.",
        "x-cinatra-access": "run:run.read",
        "parameters": [
            told("id", "path", "Which run.", id),
            told("Last-Event-ID", "header", "The id of the last event that was seen.", text),
            told("dialect", "query", "`ag-ui` for the strict dialect of AG-UI; `native` when absent.", json!({ "enum": ["native", "ag-ui"] })),
        ],
        "responses": {
            "200": { "description": "Events", "content": { "text/event-stream": { "schema": { "type": "string" } } } },
            "204": { "description": "Nothing comes any more" },
            "default": refusal(),
        },
    }})
}

/// What a call of it may carry beside its input.
fn own_headers(primitive: &Primitive) -> Vec<Value> {
    let (read_only, _, _) = primitive.hints();
    let own: &[&str] = if read_only {
        &["minPos", "strict"]
    } else {
        &["idempotencyKey"]
    };
    let within: &[&str] = if primitive.is_within_project() {
        &["project"]
    } else {
        &[]
    };
    let all = own.iter().chain(within);
    all.map(|name| json!({ "$ref": format!("#/components/parameters/{name}") }))
        .collect()
}

fn operation(primitive: &Primitive) -> Value {
    let parameters = own_headers(primitive);
    let needs_body = primitive.input_schema().contains_key("required");
    json!({
        "operationId": primitive.name(),
        "summary": primitive.title(),
        "description": primitive.description(),
        "tags": [primitive.name().split('_').next().unwrap_or_default()],
        "x-cinatra-access": primitive.access(),
        "parameters": parameters,
        "requestBody": {
            "required": needs_body,
            "content": { "application/json": { "schema": plain(primitive.input_schema()) } },
        },
        "responses": responses(primitive, "200"),
    })
}

fn responses(primitive: &Primitive, done: &str) -> Map<String, Value> {
    let mut responses = Map::new();
    responses.insert(
        done.into(),
        json!({
            "description": "Done",
            "headers": {
                HEADERS.at: { "$ref": "#/components/headers/at" },
                HEADERS.stale: { "$ref": "#/components/headers/stale" },
            },
            "content": { "application/json": { "schema": plain(primitive.output_schema()) } },
        }),
    );
    for class in CLASSES {
        responses.insert(treatment(class).status.as_u16().to_string(), refusal());
    }
    responses.insert("default".into(), refusal());
    responses
}

fn refusal() -> Value {
    json!({ "$ref": "#/components/responses/refusal" })
}

/// Inside the document the dialect is said once.
fn plain(schema: &Map<String, Value>) -> Value {
    let mut schema = schema.clone();
    schema.remove("$schema");
    Value::Object(schema)
}

fn get(id: &str, summary: &str) -> Value {
    json!({ "get": { "operationId": id, "summary": summary, "tags": ["operation"], "responses": {
        "200": { "description": summary, "content": { "application/json": {
            "schema": { "type": "object" } } } },
        "default": refusal(),
    }}})
}

fn open(id: &str, summary: &str) -> Value {
    let mut path = get(id, summary);
    path["get"]["security"] = json!([]);
    path
}

fn components() -> Value {
    let place = r"^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}:[0-9]{1,18}$";
    json!({
        "securitySchemes": { "bearer": { "type": "http", "scheme": "bearer" } },
        "parameters": {
            "idempotencyKey": {
                "name": HEADERS.idempotency_key, "in": "header",
                "description": "A retry with the same key and input gets the first result.",
                "schema": { "type": "string", "minLength": 1, "maxLength": CommandId::KEY_CHARS_MAX },
            },
            "minPos": {
                "name": HEADERS.min_pos, "in": "header",
                "description": "Wait until the answer holds this place of the caller's ledger.",
                "schema": { "type": "string", "pattern": place },
            },
            "project": {
                "name": HEADERS.project, "in": "header",
                "description": "The project within which it is called: what comes of it is there.",
                "schema": { "type": "string", "format": "uuid" },
            },
            "strict": {
                "name": HEADERS.strict, "in": "header",
                "description": "Refuse with STALE_READ rather than answer with less than was asked for.",
                "schema": { "type": "string", "enum": ["true", "false"] },
            },
        },
        "headers": {
            "at": {
                "description": "Where the command stands, or what the answer is true at.",
                "schema": { "type": "string", "pattern": place },
            },
            "stale": {
                "description": "Whether the answer holds less than was asked for.",
                "schema": { "type": "string", "enum": ["true", "false"] },
            },
        },
        "responses": { "refusal": {
            "description": "Refused or failed",
            "content": { "application/json": { "schema": { "$ref": "#/components/schemas/Refusal" } } },
        }},
        "schemas": { "Refusal": envelope() },
    })
}

fn envelope() -> Value {
    let statuses: Vec<u16> = CLASSES
        .into_iter()
        .filter(|class| *class != Class::Corrupt)
        .map(|class| treatment(class).status.as_u16())
        .collect();
    json!({
        "type": "object",
        "description": format!("The one envelope of every error, with {statuses:?} or 500."),
        "required": ["error"],
        "additionalProperties": false,
        "properties": { "error": {
            "type": "object",
            "required": ["code", "message", "details"],
            "additionalProperties": false,
            "properties": {
                "code": { "type": "string", "pattern": "^[A-Z][A-Z0-9_]*$" },
                "message": { "type": "string" },
                "details": { "type": "object" },
            },
        }},
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_primitive_is_an_operation_with_its_own_schemas() {
        let catalogue = Catalogue::build().unwrap();
        let document = document(&catalogue);
        for primitive in catalogue.iter() {
            let path = format!("/api/primitives/{}", primitive.name());
            let operation = &document["paths"][path.as_str()]["post"];
            assert_eq!(operation["operationId"], primitive.name());
            let body = &operation["requestBody"]["content"]["application/json"]["schema"];
            assert_eq!(body["properties"], primitive.input_schema()["properties"]);
            assert!(
                operation["responses"]["200"]["content"]["application/json"]["schema"].is_object()
            );
            assert!(operation["responses"]["404"].is_object());
        }
    }

    #[test]
    fn every_reference_leads_somewhere() {
        let document = document(&Catalogue::build().unwrap());
        let text = document.to_string();
        for part in text.split("\"$ref\":\"#").skip(1) {
            let pointer = part.split('"').next().unwrap();
            assert!(document.pointer(pointer).is_some(), "{pointer}");
        }
    }

    #[test]
    fn the_envelope_in_the_document_is_the_one_that_is_sent() {
        let validator = jsonschema::draft202012::new(&envelope()).unwrap();
        let sent = crate::problem::Problem::invalid_input("a", "b").envelope();
        assert!(validator.is_valid(&sent));
    }
}
