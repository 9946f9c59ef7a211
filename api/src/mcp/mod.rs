//! The catalogue over the Model Context Protocol, at `/api/mcp`.
//!
//! Stateless: no session is kept, so any node answers any request; both the handshake revisions up to
//! 2025-11-25 and 2026-07-28 are served. `?profile=` chooses what is listed. Host, origin, credential and size are checked before a request
//! comes here, by the same guard as for REST.

mod agent;
mod message;
mod profile;
mod tools;

use std::sync::Arc;

use axum::middleware::from_fn;
use axum::routing::{MethodRouter, any_service};
use rmcp::transport::StreamableHttpServerConfig;
use rmcp::transport::streamable_http_server::StreamableHttpService;
use rmcp::transport::streamable_http_server::session::never::NeverSessionManager;

use crate::server::App;

pub(crate) use tools::Tools;

/// What answers at `/api/mcp`.
pub(crate) fn route(app: &Arc<App>) -> MethodRouter<Arc<App>> {
    any_service(service(app)).layer(from_fn(message::require))
}

fn service(app: &Arc<App>) -> StreamableHttpService<Tools, NeverSessionManager> {
    let config = StreamableHttpServerConfig::default()
        .with_legacy_session_mode(false)
        .with_json_response(true)
        .with_max_request_body_bytes(crate::http::BODY_BYTES_MAX)
        .disable_allowed_hosts();
    let tools = Tools::new(app.clone());
    StreamableHttpService::new(move || Ok(tools.clone()), Arc::default(), config)
}
