//! Primitives as tools.

use std::sync::Arc;

use axum::http::request::Parts;
use bytes::Bytes;
use cinatra_commands::session::Origin;
use rmcp::model::{
    CallToolRequestParams, CallToolResponse, CallToolResult, ContentBlock, Implementation,
    ListToolsResult, MetaObject, PaginatedRequestParams, RequestMetaObject, ServerCapabilities,
    ServerConfig, Tool, ToolAnnotations,
};
use rmcp::service::RequestContext;
use rmcp::{ErrorData, RoleServer, ServerHandler};
use serde_json::{Value, json};
use uuid::Uuid;

use crate::http::{RequestId, idempotency_key};
use crate::primitive::{META, Place, Primitive, RawTerms, Reply, Terms};
use crate::problem::Problem;
use crate::security::Principal;
use crate::server::App;

const INSTRUCTIONS: &str = "Cinatra's primitives. Every change is an event in the organization's ledger. \
    To retry safely, repeat a call with the same _meta[\"cinatra.ai/idempotencyKey\"]. To read your own \
    writes, pass the answer's _meta[\"cinatra.ai/at\"] as _meta[\"cinatra.ai/minPos\"].";

/// The catalogue as an MCP server.
#[derive(Clone)]
pub(crate) struct Tools {
    app: Arc<App>,
    listed: Arc<Vec<Tool>>,
}

impl Tools {
    /// Over this server's catalogue.
    pub(crate) fn new(app: Arc<App>) -> Self {
        let listed = app.catalogue().iter().map(tool).collect();
        Self {
            app,
            listed: Arc::new(listed),
        }
    }
}

/// One primitive as MCP lists it.
fn tool(primitive: &Primitive) -> Tool {
    let (read_only, destructive, idempotent) = primitive.hints();
    let annotations = ToolAnnotations::with_title(primitive.title())
        .read_only(read_only)
        .destructive(destructive)
        .idempotent(idempotent)
        .open_world(primitive.open_world());
    Tool::new(
        primitive.name(),
        primitive.description(),
        primitive.input_schema().clone(),
    )
    .with_title(primitive.title())
    .with_raw_output_schema(primitive.output_schema().clone())
    .with_annotations(annotations)
}

impl ServerHandler for Tools {
    fn get_info(&self) -> ServerConfig {
        let about = Implementation::new("cinatra", env!("CARGO_PKG_VERSION")).with_title("Cinatra");
        ServerConfig::new(ServerCapabilities::builder().enable_tools().build())
            .with_server_info(about)
            .with_instructions(INSTRUCTIONS)
    }

    fn get_tool(&self, name: &str) -> Option<Tool> {
        self.listed.iter().find(|tool| tool.name == name).cloned()
    }

    async fn list_tools(
        &self,
        _request: Option<PaginatedRequestParams>,
        _context: RequestContext<RoleServer>,
    ) -> Result<ListToolsResult, ErrorData> {
        Ok(ListToolsResult::with_all_items((*self.listed).clone()))
    }

    async fn call_tool(
        &self,
        request: CallToolRequestParams,
        context: RequestContext<RoleServer>,
    ) -> Result<CallToolResponse, ErrorData> {
        let name = request.name.as_ref();
        if self.app.catalogue().get(name).is_none() {
            return Err(ErrorData::invalid_params("Unknown tool", None));
        }
        let Caller {
            principal,
            id,
            origin,
            key,
        } = caller(&context)?;
        let input = Value::Object(request.arguments.unwrap_or_default());
        let answer = match key.and_then(|key| terms(&context.meta, key, id)) {
            Ok(mut terms) => {
                terms.origin = origin;
                self.app.call(name, principal, terms, input).await
            }
            Err(problem) => Err(problem),
        };
        Ok(CallToolResponse::Complete(present(answer)))
    }
}

/// Whom the guard found, the id it gave the request, and the key that stands in its header.
struct Caller<'a> {
    principal: Arc<Principal>,
    id: Option<Uuid>,
    origin: Origin,
    key: Result<Option<&'a str>, Problem>,
}

fn caller(context: &RequestContext<RoleServer>) -> Result<Caller<'_>, ErrorData> {
    let parts = context.extensions.get::<Parts>();
    let found = parts.and_then(|parts| {
        let principal = parts.extensions.get::<Arc<Principal>>()?.clone();
        let id = parts.extensions.get::<RequestId>().map(|id| id.0);
        Some(Caller {
            principal,
            id,
            origin: parts
                .extensions
                .get::<Origin>()
                .cloned()
                .unwrap_or_default(),
            key: idempotency_key(&parts.headers),
        })
    });
    found.ok_or_else(|| ErrorData::internal_error("the request lost its caller", None))
}

fn terms(
    meta: &RequestMetaObject,
    header_key: Option<&str>,
    correlation_id: Option<Uuid>,
) -> Result<Terms, Problem> {
    let strict = match meta.get(META.strict) {
        Some(Value::Bool(strict)) => Some(if *strict { "true" } else { "false" }),
        other => text(other, META.strict)?,
    };
    let meta_key = text(meta.get(META.idempotency_key), META.idempotency_key)?;
    let raw = RawTerms {
        idempotency_key: one_key(meta_key, header_key)?,
        min_pos: text(meta.get(META.min_pos), META.min_pos)?,
        strict,
        correlation_id,
    };
    Terms::parse(raw, &META)
}

/// A client's own retry machinery may set the header: it counts where `_meta` says nothing.
fn one_key<'a>(meta: Option<&'a str>, header: Option<&'a str>) -> Result<Option<&'a str>, Problem> {
    match (meta, header) {
        (Some(meta), Some(header)) if meta != header => {
            let reason = "the Idempotency-Key header names another key";
            Err(Problem::invalid_input(META.idempotency_key, reason))
        }
        (meta, header) => Ok(meta.or(header)),
    }
}

fn text<'a>(value: Option<&'a Value>, name: &str) -> Result<Option<&'a str>, Problem> {
    match value {
        None => Ok(None),
        Some(Value::String(text)) => Ok(Some(text)),
        Some(_) => Err(Problem::invalid_input(name, "expected string")),
    }
}

/// Structured content for programs, the same as text for models; a refusal carries the envelope.
fn present(answer: Result<Reply<Bytes>, Problem>) -> CallToolResult {
    let mut meta = MetaObject::new();
    let mut put_place = |at: Option<Place>| {
        if let Some(at) = at {
            meta.0.insert(META.at.into(), json!(at.to_string()));
        }
    };
    let (content, is_error) = match answer {
        Ok(reply) => {
            put_place(reply.at);
            if let Some(stale) = reply.stale {
                meta.0.insert(META.stale.into(), json!(stale));
            }
            (
                serde_json::from_slice(&reply.output).unwrap_or_default(),
                false,
            )
        }
        Err(problem) => {
            put_place(problem.at());
            (problem.envelope(), true)
        }
    };
    let mut result = CallToolResult::success(vec![ContentBlock::text(content.to_string())]);
    result.structured_content = Some(content);
    result.is_error = Some(is_error);
    result.meta = (!meta.0.is_empty()).then_some(meta);
    result
}

#[cfg(test)]
mod tests {
    use cinatra_domain::kernel::{Position, TenantId};

    use super::*;
    use crate::primitive::Catalogue;

    #[test]
    fn a_tool_carries_both_schemas_and_every_hint() {
        for primitive in Catalogue::build().unwrap().iter() {
            let listed = serde_json::to_value(tool(primitive)).unwrap();
            assert_eq!(listed["name"], primitive.name());
            assert_eq!(listed["inputSchema"]["type"], "object");
            assert_eq!(listed["outputSchema"]["type"], "object");
            for hint in [
                "readOnlyHint",
                "destructiveHint",
                "idempotentHint",
                "openWorldHint",
            ] {
                assert!(listed["annotations"][hint].is_boolean(), "{hint}");
            }
        }
    }

    #[test]
    fn an_answer_is_structured_and_says_where_it_stands() {
        let place = Place {
            ledger: TenantId::SYSTEM,
            position: Position(3),
        };
        let result = present(Ok(Reply {
            output: Bytes::from_static(br#"{"success":true}"#),
            at: Some(place),
            stale: Some(false),
            session: None,
        }));
        assert_eq!(result.is_error, Some(false));
        assert_eq!(result.structured_content, Some(json!({ "success": true })));
        let meta = result.meta.unwrap().0;
        assert_eq!(meta[META.at], place.to_string());
        assert_eq!(meta[META.stale], false);
    }

    #[test]
    fn a_refusal_is_an_error_with_the_envelope() {
        let result = present(Err(Problem::invalid_input("packageName", "missing")));
        assert_eq!(result.is_error, Some(true));
        let envelope = result.structured_content.unwrap();
        assert_eq!(envelope["error"]["code"], "INVALID_INPUT");
        assert_eq!(result.meta, None);
    }

    #[test]
    fn terms_come_from_meta() {
        let mut meta = RequestMetaObject::new();
        meta.insert(META.idempotency_key.into(), json!("k"));
        meta.insert(META.strict.into(), json!(true));
        let read = terms(&meta, None, None).unwrap();
        assert_eq!(read.idempotency_key.as_deref(), Some("k"));
        assert!(read.strict);
        meta.insert(META.idempotency_key.into(), json!(7));
        assert!(terms(&meta, None, None).is_err());
    }

    #[test]
    fn the_header_names_the_key_where_meta_does_not_and_they_may_not_differ() {
        let key = |meta: &RequestMetaObject, header| {
            let read = terms(meta, header, None).map_err(|problem| problem.envelope());
            read.map(|terms| terms.idempotency_key)
        };
        let mut meta = RequestMetaObject::new();
        assert_eq!(key(&meta, Some("h")), Ok(Some("h".to_owned())));
        meta.insert(META.idempotency_key.into(), json!("m"));
        assert_eq!(key(&meta, None), Ok(Some("m".to_owned())));
        assert_eq!(key(&meta, Some("m")), Ok(Some("m".to_owned())));
        let refused = key(&meta, Some("h")).unwrap_err();
        assert_eq!(refused["error"]["code"], "INVALID_INPUT");
        assert_eq!(refused["error"]["details"]["field"], META.idempotency_key);
    }
}
