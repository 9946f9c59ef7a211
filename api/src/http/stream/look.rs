//! Whether a viewer may look, at first and as long as the stream lasts.

use std::sync::Arc;
use std::time::Duration;

use axum::http::HeaderMap;
use cinatra_domain::kernel::{RunId, TenantId};
use cinatra_domain::run::AgentRun;
use cinatra_eventstore::Cursor;
use serde_json::json;
use tokio::sync::watch;
use uuid::Uuid;

use crate::http::guard;
use crate::primitive::Terms;
use crate::problem::Problem;
use crate::security::Principal;
use crate::server::App;

/// A viewer's right to look at a run.
pub(in crate::http) struct Look {
    app: Arc<App>,
    primitive: &'static str,
    run: RunId,
    tenant: TenantId,
    headers: HeaderMap,
    /// Any number, not that of other viewers.
    lot: u8,
}

impl Look {
    /// Judged by the rule of the primitive that shows the same; a denial is on record like any other.
    pub(in crate::http) async fn begin(
        app: &Arc<App>,
        primitive: &'static str,
        run: RunId,
        principal: Arc<Principal>,
        headers: HeaderMap,
        request: Uuid,
    ) -> Result<Self, Problem> {
        let tenant = principal.tenant();
        let terms = Terms {
            correlation_id: Some(request),
            ..Terms::default()
        };
        let input = json!({ "runId": run.to_string() });
        app.admit(primitive, &principal, &terms, &input).await?;
        Ok(Self {
            app: Arc::clone(app),
            primitive,
            run,
            tenant,
            headers,
            lot: request.as_bytes()[15],
        })
    }

    pub(super) const fn tenant(&self) -> TenantId {
        self.tenant
    }

    /// When to look for the first time again, of those who look so often: viewers who came together look apart.
    pub(super) fn first_of(&self, every: Duration) -> Duration {
        every * u32::from(self.lot) / 256
    }

    /// Changes when the server is asked to stop.
    pub(super) fn stopped(&self) -> watch::Receiver<bool> {
        self.app.stopped()
    }

    /// Whether the credential still works and still reaches the run. What cannot be asked ends the stream too: the
    /// viewer comes back.
    pub(super) async fn may_go_on(&self) -> bool {
        let Ok(principal) = guard::holder(&self.app, &self.headers).await else {
            return false;
        };
        let input = json!({ "runId": self.run.to_string() });
        principal.tenant() == self.tenant
            && self
                .app
                .would_admit(self.primitive, &principal, &input)
                .await
    }

    /// Whether the run has ended, so that nothing more comes unless somebody begins it again.
    async fn is_over(&self) -> Result<bool, Problem> {
        let id = self.run.to_string();
        let loaded = self
            .app
            .backend()
            .store
            .load_cold::<AgentRun>(self.tenant, &id);
        let loaded = loaded.await.map_err(|error| Problem::of(&error))?;
        let run = loaded.state.run();
        Ok(run.is_none_or(|run| run.phase().is_terminal()))
    }

    /// Whether everything was seen of a run that has ended.
    pub(super) async fn is_at_the_end(&self, at: Cursor) -> bool {
        if !matches!(self.is_over().await, Ok(true)) {
            return false;
        }
        // Order: the head is read after the run is known to be over, so nothing was written in between.
        let head = self
            .app
            .backend()
            .store
            .run_head(self.tenant, self.run.0)
            .await;
        matches!(head, Ok(head) if head.is_none_or(|head| head.cursor() == at))
    }
}
