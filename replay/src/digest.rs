//! What a read model holds, as one number.

use cinatra_projections::{Digest, Projections};
use serde::Serialize;
use tokio::time::Instant;

use crate::Error;

/// The digest of the build that serves.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct DigestReport {
    /// The sum, the number of rows, and how far the build was in each ledger.
    #[serde(flatten)]
    pub digest: Digest,
    /// How long it took.
    pub seconds: f64,
}

/// Digests the live build while it serves. `progress` is told the rows done.
pub async fn digest(
    projections: &Projections,
    name: &str,
    progress: &(dyn Fn(u64) + Send + Sync),
) -> Result<DigestReport, Error> {
    let began = Instant::now();
    let digest = projections.digest(name, progress).await?;
    Ok(DigestReport {
        digest,
        seconds: began.elapsed().as_secs_f64(),
    })
}
