//! Whether the process runs, and whether it can serve.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use cinatra_domain::kernel::Class;
use serde::Serialize;
use serde_json::{Value, json};

use crate::problem::Problem;
use crate::server::App;

/// What serving depends on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Readiness {
    /// Whether the database answers.
    pub database: bool,
    /// Whether the schema is the one of this binary; checked at start.
    pub migrations: bool,
    /// Whether every read model has caught up since the start, or says that it is building.
    pub projections: bool,
}

impl Readiness {
    const fn is_ready(self) -> bool {
        self.database && self.migrations && self.projections
    }
}

/// `GET /healthz`.
pub(super) async fn alive(State(app): State<Arc<App>>) -> Json<Value> {
    Json(json!({
        "status": "ok",
        "instance": app.instance(),
        "version": env!("CARGO_PKG_VERSION"),
    }))
}

/// `GET /readyz`.
pub(super) async fn ready(State(app): State<Arc<App>>) -> Response {
    let readiness = app.readiness().await;
    if readiness.is_ready() {
        return Json(json!({ "status": "ready", "checks": readiness })).into_response();
    }
    Problem::new(
        Class::Unavailable,
        "NOT_READY",
        "The server cannot serve yet, or not now.",
    )
    .with_details(json!({ "checks": readiness }))
    .into_response()
}
