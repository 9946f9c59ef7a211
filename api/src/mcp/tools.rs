//! Primitives as tools.

use std::sync::Arc;

use axum::http::HeaderMap;
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

use super::agent::{Agents, Outcome};
use super::profile::{LISTED_MAX, Profile};
use crate::http::{RequestId, idempotency_key, project};
use crate::primitive::{META, Place, Primitive, RawTerms, Reply, Terms};
use crate::problem::Problem;
use crate::security::Principal;
use crate::server::App;

const INSTRUCTIONS: &str = "Cinatra's primitives. At ?profile=core the installed agents are \
    tools, too. Every change is an event in the organization's ledger. \
    A run starts within the project that _meta[\"cinatra.ai/projectId\"] names. \
    To retry safely, repeat a call with the same _meta[\"cinatra.ai/idempotencyKey\"]. To read your own \
    writes, pass the answer's _meta[\"cinatra.ai/at\"] as _meta[\"cinatra.ai/minPos\"].";

/// The catalogue as an MCP server, and the agents that a caller sees beside it.
#[derive(Clone)]
pub(crate) struct Tools {
    app: Arc<App>,
}

impl Tools {
    /// Over this server's catalogue.
    pub(crate) fn new(app: Arc<App>) -> Self {
        Self { app }
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
        self.app.catalogue().get(name).map(tool)
    }

    async fn list_tools(
        &self,
        _request: Option<PaginatedRequestParams>,
        context: RequestContext<RoleServer>,
    ) -> Result<ListToolsResult, ErrorData> {
        let caller = caller(&context)?;
        let profile = caller.profile.ok_or_else(|| {
            let reason = "There is no such profile; there are all, core and admin.";
            ErrorData::invalid_params(reason, None)
        })?;
        let primitives = self.app.catalogue().iter();
        let mut tools: Vec<Tool> = primitives
            .filter(|one| profile.lists(one))
            .map(tool)
            .collect();
        if profile.lists_agents() {
            let room = LISTED_MAX.saturating_sub(tools.len());
            let agents = caller.agents(&self.app).tools(room).await;
            tools.extend(agents.map_err(|problem| failure(&problem))?);
        }
        Ok(ListToolsResult::with_all_items(tools))
    }

    async fn call_tool(
        &self,
        request: CallToolRequestParams,
        context: RequestContext<RoleServer>,
    ) -> Result<CallToolResponse, ErrorData> {
        let name = request.name.as_ref();
        let caller = caller(&context)?;
        let arguments = request.arguments.unwrap_or_default();
        let terms = caller.terms(&context.meta);
        let result = if self.app.catalogue().get(name).is_some() {
            let input = Value::Object(arguments);
            present(match terms {
                Ok(terms) => self.app.call(name, caller.principal, terms, input).await,
                Err(problem) => Err(problem),
            })
        } else {
            let agents = caller.agents(&self.app);
            let package = agents
                .package(name)
                .await
                .map_err(|problem| failure(&problem))?;
            let Some(package) = package else {
                return Err(ErrorData::invalid_params("Unknown tool", None));
            };
            present_run(match terms {
                Ok(terms) => agents.run(&package, &arguments, terms).await,
                Err(problem) => Err(problem),
            })
        };
        Ok(CallToolResponse::Complete(result))
    }
}

/// Whom the guard found, the id it gave the request, and what stands in its headers.
struct Caller<'a> {
    principal: Arc<Principal>,
    id: Option<Uuid>,
    origin: Origin,
    beside: Result<Beside<'a>, Problem>,
    /// None when the address asks for one that there is not.
    profile: Option<Profile>,
}

impl Caller<'_> {
    fn terms(&self, meta: &RequestMetaObject) -> Result<Terms, Problem> {
        let beside = self.beside.clone()?;
        let mut terms = terms(meta, beside, self.id)?;
        terms.origin = self.origin.clone();
        Ok(terms)
    }

    const fn agents<'a>(&'a self, app: &'a App) -> Agents<'a> {
        Agents {
            app,
            principal: &self.principal,
        }
    }
}

/// What cannot be listed now, as JSON-RPC says it.
fn failure(problem: &Problem) -> ErrorData {
    ErrorData::internal_error("The agents cannot be listed.", Some(problem.envelope()))
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
            beside: Beside::of(&parts.headers),
            profile: Profile::of(&parts.uri),
        })
    });
    found.ok_or_else(|| ErrorData::internal_error("the request lost its caller", None))
}

/// What a request may say in its headers as well as in `_meta`.
#[derive(Clone, Copy, Default)]
struct Beside<'a> {
    key: Option<&'a str>,
    project: Option<&'a str>,
}

impl<'a> Beside<'a> {
    fn of(headers: &'a HeaderMap) -> Result<Self, Problem> {
        Ok(Self {
            key: idempotency_key(headers)?,
            project: project(headers)?,
        })
    }
}

fn terms(
    meta: &RequestMetaObject,
    beside: Beside<'_>,
    correlation_id: Option<Uuid>,
) -> Result<Terms, Problem> {
    let strict = match meta.get(META.strict) {
        Some(Value::Bool(strict)) => Some(if *strict { "true" } else { "false" }),
        other => text(other, META.strict)?,
    };
    let raw = RawTerms {
        idempotency_key: one(meta, META.idempotency_key, beside.key)?,
        min_pos: text(meta.get(META.min_pos), META.min_pos)?,
        strict,
        project: one(meta, META.project, beside.project)?,
        correlation_id,
    };
    Terms::parse(raw, &META)
}

/// A client's own retry machinery may set the header, and a page the project that it shows: the header counts where
/// `_meta` says nothing.
fn one<'a>(
    meta: &'a RequestMetaObject,
    name: &'static str,
    header: Option<&'a str>,
) -> Result<Option<&'a str>, Problem> {
    match (text(meta.get(name), name)?, header) {
        (Some(meta), Some(header)) if meta != header => {
            let reason = "the request's header names another one";
            Err(Problem::invalid_input(name, reason))
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

/// What a run came to, as a tool answers.
fn present_run(answer: Result<Outcome, Problem>) -> CallToolResult {
    match answer {
        Ok(outcome) => result(outcome.content, outcome.is_error, place(outcome.at)),
        Err(problem) => result(problem.envelope(), true, place(problem.at())),
    }
}

/// What a primitive answered; a refusal carries the envelope.
fn present(answer: Result<Reply<Bytes>, Problem>) -> CallToolResult {
    match answer {
        Ok(reply) => {
            let stale = reply.stale.map(|stale| (META.stale, json!(stale)));
            let content = serde_json::from_slice(&reply.output).unwrap_or_default();
            result(content, false, place(reply.at).into_iter().chain(stale))
        }
        Err(problem) => result(problem.envelope(), true, place(problem.at())),
    }
}

fn place(at: Option<Place>) -> Option<(&'static str, Value)> {
    at.map(|at| (META.at, json!(at.to_string())))
}

/// Structured content for programs, the same as text for models.
fn result(
    content: Value,
    is_error: bool,
    marks: impl IntoIterator<Item = (&'static str, Value)>,
) -> CallToolResult {
    let mut meta = MetaObject::new();
    meta.0
        .extend(marks.into_iter().map(|(name, mark)| (name.into(), mark)));
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
        let read = terms(&meta, Beside::default(), None).unwrap();
        assert_eq!(read.idempotency_key.as_deref(), Some("k"));
        assert!(read.strict);
        meta.insert(META.idempotency_key.into(), json!(7));
        assert!(terms(&meta, Beside::default(), None).is_err());
    }

    #[test]
    fn the_header_names_the_project_where_meta_does_not_and_they_may_not_differ() {
        let room = "0190f5a0-0000-7000-8000-000000000000";
        let read = |meta: &RequestMetaObject, header| {
            let beside = Beside {
                project: header,
                ..Beside::default()
            };
            let read = terms(meta, beside, None).map_err(|problem| problem.envelope());
            read.map(|terms| terms.project)
        };
        let mut meta = RequestMetaObject::new();
        assert_eq!(read(&meta, None), Ok(None));
        assert_eq!(read(&meta, Some(room)), Ok(room.parse().ok()));
        meta.insert(META.project.into(), json!(room));
        assert_eq!(read(&meta, None), Ok(room.parse().ok()));
        assert_eq!(read(&meta, Some(room)), Ok(room.parse().ok()));
        let refused = read(&meta, Some("another")).unwrap_err();
        assert_eq!(refused["error"]["details"]["field"], META.project);
        meta.insert(META.project.into(), json!("room"));
        let refused = read(&meta, None).unwrap_err();
        assert_eq!(refused["error"]["details"]["field"], META.project);
    }

    #[test]
    fn the_header_names_the_key_where_meta_does_not_and_they_may_not_differ() {
        let key = |meta: &RequestMetaObject, header| {
            let beside = Beside {
                key: header,
                ..Beside::default()
            };
            let read = terms(meta, beside, None).map_err(|problem| problem.envelope());
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
