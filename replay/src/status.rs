//! Where every read model stands.

use cinatra_projections::{Digest, Projections, Status};
use serde::Serialize;

use crate::Error;

/// One read model with its digest.
#[derive(Clone, Debug, Serialize)]
pub struct ProjectionReport {
    /// Position, lag, version, build, parked events.
    #[serde(flatten)]
    pub status: Status,
    /// What it holds; absent while no build serves, and for a read model that holds contents.
    pub digest: Option<Digest>,
}

/// Every read model, by name.
#[derive(Clone, Debug, Serialize)]
pub struct StatusReport {
    /// One each.
    pub projections: Vec<ProjectionReport>,
}

impl StatusReport {
    /// Whether each serves, holds everything, and could apply everything.
    pub fn is_healthy(&self) -> bool {
        let reports = self.projections.iter();
        reports
            .map(|report| &report.status)
            .all(|status| status.build.is_some() && status.lag == 0 && status.parked.is_empty())
    }
}

/// Looks, and digests what serves. `progress` is told the read model and its rows done.
pub async fn status(
    projections: &Projections,
    progress: &(dyn Fn(&'static str, u64) + Send + Sync),
) -> Result<StatusReport, Error> {
    let mut reports = Vec::new();
    for status in projections.status().await? {
        let name = status.name;
        let digest = match status.build {
            Some(_) if !status.holds_content => {
                let told = |rows| progress(name, rows);
                Some(projections.digest(name, &told).await?)
            }
            Some(_) | None => None,
        };
        reports.push(ProjectionReport { status, digest });
    }
    Ok(StatusReport {
        projections: reports,
    })
}
