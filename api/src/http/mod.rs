//! REST: routes, and what every request passes before it reaches one.
//!
//! Start with [`router`]. A request passes `guard.rs` first (host, origin, credential, size), is logged
//! and counted there, and leaves it with the one error envelope, whoever refused it. No route has code
//! of its own for a capability: `POST /api/primitives/{name}` asks the catalogue, and so do the aliases that it declares.

mod ag_ui;
mod alias;
mod body;
mod guard;
mod headers;
mod health;
mod meter;
mod openapi;
mod primitives;
mod stream;

use std::sync::Arc;

use axum::Router;
use axum::middleware::from_fn_with_state;
use axum::routing::{get, post};

pub use body::BODY_BYTES_MAX;
pub(crate) use guard::RequestId;
pub use headers::put_place;
pub(crate) use headers::{idempotency_key, project};
pub use health::Readiness;
pub(crate) use meter::{install as install_meter, keep_up as keep_up_meter};
pub use openapi::document as openapi_document;

use crate::server::App;

/// Every route of the server.
pub fn router(app: &Arc<App>) -> Router {
    Router::new()
        .route("/healthz", get(health::alive))
        .route("/readyz", get(health::ready))
        .route("/metrics", get(meter::render))
        .route("/api/primitives", get(primitives::list))
        .route("/api/primitives/{name}", post(primitives::call))
        .route("/api/agents/runs/{id}/stream", get(stream::serve))
        .route("/api/ag-ui/agents/{vendor}/{slug}", post(ag_ui::serve))
        .route("/api/openapi.json", get(openapi::serve))
        .route("/api/mcp", crate::mcp::route(app))
        .merge(alias::routes(app.catalogue()))
        .layer(from_fn_with_state(app.clone(), guard::admit))
        .with_state(app.clone())
}
