//! The standard's endpoint of an agent: `POST /api/ag-ui/agents/{vendor}/{slug}`, which the official clients use.
//!
//! A post without `resume` starts a run of ours, unless the conversation waits for an answer; one with it answers the gate
//! at which a run waits. Either is a call of the primitive that does the same, by its rule. What follows is shown in the strict dialect, under the client's own
//! names for conversation and run, until the run ends or waits for people: that is one run to the standard, and a
//! stretch of one to us. The same post again, after a cut connection, is the same command: it shows the same stretch,
//! from its beginning or from `Last-Event-ID`. Source: spec/runs.md 2.7 and 2.8, settled.md 36.

mod posted;
mod resume;
mod waiting;

use std::sync::Arc;

use axum::extract::{Extension, Path, Query, State};
use axum::http::{HeaderMap, HeaderName, HeaderValue};
use axum::response::Response;
use bytes::Bytes;
use cinatra_commands::run::{RunStarted, run_id};
use cinatra_domain::kernel::{Class, RunId};
use cinatra_domain::run::frame::strict::Strict;
use cinatra_eventstore::Cursor;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use super::guard::RequestId;
use super::stream::{self, Ask, Asked, Look};
use super::{headers, primitives};
use crate::primitive::{Terms, check_starter, problem};
use crate::problem::Problem;
use crate::security::Principal;
use crate::server::App;

use posted::Posted;
use resume::Resumed;

/// Says which run of ours it is: `GET /api/agents/runs/{id}/stream` shows all of it.
const RUN: HeaderName = HeaderName::from_static("cinatra-run");

/// Starts a run or answers it, and shows what comes of that.
pub(super) async fn serve(
    State(app): State<Arc<App>>,
    Path((vendor, slug)): Path<(String, String)>,
    Query(asked): Query<Asked>,
    Extension(principal): Extension<Arc<Principal>>,
    Extension(RequestId(request)): Extension<RequestId>,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Response, Problem> {
    let posted = Posted::read(&primitives::parse(&body)?)?;
    let strict = Strict::named(&posted.thread, &posted.run);
    // Order: whatever can be refused is refused before anything happens.
    let ask = Ask::stretch(&asked, &headers, strict)?;
    let mut terms = headers::terms(&headers, Some(posted.conversation()))?;
    terms.call_within(posted.project, posted::PROJECT)?;
    let package = format!("@{vendor}/{slug}");
    let post = Post {
        app: &app,
        principal: &principal,
        terms,
        package,
        posted,
    };
    let (run, after) = match post.posted.resume.as_deref() {
        None if post.lacks_an_answer().await? => {
            let message = "The conversation waits for an answer; resume it with one.";
            return Ok(stream::failed("interrupt_missing", message));
        }
        None => (post.start().await?, Cursor::START),
        Some(entries) => match post.resume(entries).await? {
            Resumed::On(run, after) => (run, after),
            Resumed::Refused(code, message) => return Ok(stream::failed(code, &message)),
        },
    };
    let principal = principal.clone();
    let look = Look::begin(&app, stream::SEES, run, principal, headers, request).await?;
    let mut response = stream::show(&app, look, run, ask.after(after)).await?;
    if let Ok(value) = HeaderValue::try_from(run.to_string()) {
        response.headers_mut().insert(RUN, value);
    }
    Ok(response)
}

/// What somebody posted to an agent.
struct Post<'a> {
    app: &'a App,
    principal: &'a Arc<Principal>,
    terms: Terms,
    package: String,
    posted: Posted,
}

impl Post<'_> {
    async fn start(&self) -> Result<RunId, Problem> {
        // Order: whoever starts a run here is shown it, so nothing is started for somebody who may not look.
        check_starter(self.app.backend(), self.principal, &self.terms).await?;
        let inputs = Value::Object(self.posted.inputs.clone()).to_string();
        let input = json!({ "packageName": self.package, "inputParams": inputs });
        let started: RunStarted = self.call("agent_run", "", input).await?;
        run_id(&started.run_id).map_err(|error| problem(&error))
    }

    /// Calls a primitive under a key of the post's own, unless it brings one.
    async fn call<T: DeserializeOwned>(
        &self,
        primitive: &str,
        about: &str,
        input: Value,
    ) -> Result<T, Problem> {
        let mut terms = self.terms.clone();
        if terms.idempotency_key.is_none() {
            terms.idempotency_key = Some(self.posted.key(&self.package, about));
        }
        let reply = self
            .app
            .call(primitive, self.principal.clone(), terms, input);
        serde_json::from_slice(&reply.await?.output).map_err(|_| {
            let message = "What the primitive answered could not be read.";
            Problem::new(Class::Corrupt, "ANSWER_UNREADABLE", message)
        })
    }
}
