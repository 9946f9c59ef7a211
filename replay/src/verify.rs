//! Whether ledgers are complete and unaltered.

use cinatra_domain::kernel::TenantId;
use cinatra_eventstore::{EventStore, Verdict};
use serde::Serialize;
use tokio::time::Instant;

use crate::Error;

/// The verdict on one ledger.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct LedgerReport {
    /// Which ledger.
    pub tenant: TenantId,
    /// Intact up to its head, or the first bad position and what is wrong there.
    pub verdict: Verdict,
}

/// The verdicts.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct VerifyReport {
    /// One each.
    pub ledgers: Vec<LedgerReport>,
    /// Whether all of them are intact.
    pub intact: bool,
    /// How long it took.
    pub seconds: f64,
}

/// Verifies one ledger, or all of them, while they are in use. `progress` is told the ledger, the events
/// done, and of how many.
pub async fn verify(
    store: &EventStore,
    only: Option<TenantId>,
    progress: &(dyn Fn(TenantId, i64, i64) + Send + Sync),
) -> Result<VerifyReport, Error> {
    let began = Instant::now();
    let mut tenants: Vec<TenantId> = only.into_iter().collect();
    if tenants.is_empty() {
        let heads = store.heads().await?;
        tenants.extend(heads.into_iter().map(|(tenant, _)| tenant));
    }
    let mut ledgers = Vec::with_capacity(tenants.len());
    for tenant in tenants {
        let told = |done, total| progress(tenant, done, total);
        let verdict = store.verify(tenant, &told).await?;
        ledgers.push(LedgerReport { tenant, verdict });
    }
    let is_intact = |report: &LedgerReport| matches!(report.verdict, Verdict::Intact { .. });
    Ok(VerifyReport {
        intact: ledgers.iter().all(is_intact),
        ledgers,
        seconds: began.elapsed().as_secs_f64(),
    })
}
