//! Metrics, in Prometheus' text format.

use std::sync::{Arc, OnceLock};
use std::time::Duration;

use axum::extract::{Extension, State};
use axum::http::{HeaderValue, header};
use axum::response::{IntoResponse, Response};
use cinatra_domain::authority::Rule;
use cinatra_domain::permission::Permission;
use metrics_exporter_prometheus::{Matcher, PrometheusBuilder, PrometheusHandle};

use crate::primitive::check_bare;
use crate::problem::Problem;
use crate::security::Principal;
use crate::server::App;

/// Upper bounds of what is measured in seconds.
const SECONDS: [f64; 12] = [
    0.000_5, 0.001, 0.002_5, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1.0, 2.5, 10.0,
];

/// How often the exporter tidies up.
const UPKEEP: Duration = Duration::from_secs(5);

/// One recorder per process: several servers in one test process share it.
static RECORDER: OnceLock<Option<PrometheusHandle>> = OnceLock::new();

/// Installs the recorder, once; later calls do nothing.
pub(crate) fn install() {
    RECORDER.get_or_init(|| {
        let suffix = Matcher::Suffix("_seconds".into());
        let builder = PrometheusBuilder::new().set_buckets_for_metric(suffix, &SECONDS);
        let recorder = match builder {
            Ok(builder) => builder.build_recorder(),
            Err(error) => {
                tracing::warn!(%error, "no metrics");
                return None;
            }
        };
        let handle = recorder.handle();
        if let Err(error) = metrics::set_global_recorder(recorder) {
            tracing::warn!(%error, "another recorder has the metrics");
            return None;
        }
        Some(handle)
    });
}

/// Tidies up until it is dropped.
pub(crate) async fn keep_up() {
    let mut ticks = tokio::time::interval(UPKEEP);
    loop {
        ticks.tick().await;
        if let Some(Some(handle)) = RECORDER.get() {
            handle.run_upkeep();
        }
    }
}

/// They tell of every organization together, so they are for whoever administers the instance.
const ADMINISTERS: Rule = Rule::Platform(Permission::SettingsRead);

/// `GET /metrics`.
pub(super) async fn render(
    State(app): State<Arc<App>>,
    Extension(principal): Extension<Arc<Principal>>,
) -> Result<Response, Problem> {
    check_bare(ADMINISTERS, app.backend(), &principal, "metrics").await?;
    let text = RECORDER
        .get()
        .and_then(Option::as_ref)
        .map(PrometheusHandle::render);
    let kind = HeaderValue::from_static("text/plain; version=0.0.4; charset=utf-8");
    Ok(([(header::CONTENT_TYPE, kind)], text.unwrap_or_default()).into_response())
}
