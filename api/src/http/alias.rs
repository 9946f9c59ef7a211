//! Primitives at the routes that the catalogue declares beside their own.

use std::sync::Arc;

use axum::Router;
use axum::extract::{Extension, Path, Query, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;
use axum::routing::{MethodFilter, on};
use bytes::Bytes;
use cinatra_commands::session::Origin;

use super::guard::RequestId;
use super::{headers, primitives};
use crate::primitive::{Alias, Catalogue, Verb, project_in};
use crate::problem::Problem;
use crate::security::Principal;
use crate::server::App;

/// The field of a body that names the project within which something is called. Source: spec/runs.md 1.11.
pub(super) const PROJECT: &str = "projectId";

/// What an address says: field and text.
type Said = Vec<(String, String)>;

/// All of them.
pub(super) fn routes(catalogue: &Catalogue) -> Router<Arc<App>> {
    let mut router = Router::new();
    for (primitive, alias) in catalogue.aliases() {
        let name = primitive.name();
        let serve = move |app: State<Arc<App>>,
                          Path(named): Path<Said>,
                          Query(asked): Query<Said>,
                          Extension(principal): Extension<Arc<Principal>>,
                          Extension(request): Extension<RequestId>,
                          Extension(origin): Extension<Origin>,
                          headers: HeaderMap,
                          body: Bytes| async move {
            let sent = Sent {
                address: named.into_iter().chain(asked).collect(),
                headers,
                body,
            };
            call(&app, (name, alias), principal, (request, origin), sent).await
        };
        router = router.route(alias.path(), on(filter(alias.verb()), serve));
    }
    router
}

const fn filter(verb: Verb) -> MethodFilter {
    match verb {
        Verb::Get => MethodFilter::GET,
        Verb::Post => MethodFilter::POST,
        Verb::Patch => MethodFilter::PATCH,
    }
}

/// What came over the wire.
struct Sent {
    address: Said,
    headers: HeaderMap,
    body: Bytes,
}

/// The same as `POST /api/primitives/{name}`, once the input is put together.
async fn call(
    app: &App,
    (name, alias): (&'static str, Alias),
    principal: Arc<Principal>,
    (RequestId(id), origin): (RequestId, Origin),
    sent: Sent,
) -> Result<Response, Problem> {
    let primitive = app.catalogue().require_for(&principal, name)?;
    let mut terms = headers::terms(&sent.headers, Some(id))?;
    terms.origin = origin;
    let mut body = primitives::parse(&sent.body)?;
    if primitive.is_within_project()
        && let Some(named) = body.as_object_mut().and_then(|body| body.remove(PROJECT))
    {
        terms.call_within(project_in(&named, PROJECT)?, PROJECT)?;
    }
    let meant = alias.meant(primitive.input_schema(), sent.address, body)?;
    let name = meant.primitive.unwrap_or(name);
    let reply = app.call(name, principal, terms, meant.input).await?;
    let mut response = primitives::present(app.cookies(), reply);
    if alias.creates() {
        *response.status_mut() = StatusCode::CREATED;
    }
    Ok(response)
}
