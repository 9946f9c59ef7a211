//! Read models built anew beside the ones that serve.

use cinatra_projections::{Progress, Projections, Rebuilt};
use serde::Serialize;
use tokio::time::Instant;

use crate::Error;

/// Which read models to rebuild.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Scope {
    /// Every one, in the order of their names.
    All,
    /// This one.
    Named(String),
}

/// What the rebuilds came to.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct RebuildReport {
    /// One each, in the order in which they were done.
    pub rebuilt: Vec<Rebuilt>,
    /// How long it took.
    pub seconds: f64,
}

/// Rebuilds, proves and flips one read model after the other; the first that fails ends it, those before
/// it stay flipped. `progress` is told the read model and how far it is.
pub async fn rebuild(
    projections: &Projections,
    scope: &Scope,
    progress: &(dyn Fn(&str, Progress) + Send + Sync),
) -> Result<RebuildReport, Error> {
    let began = Instant::now();
    let names: Vec<&str> = match scope {
        Scope::All => Projections::names().collect(),
        Scope::Named(name) => vec![name.as_str()],
    };
    let mut rebuilt = Vec::with_capacity(names.len());
    for name in names {
        let told = |step| progress(name, step);
        rebuilt.push(projections.rebuild(name, &told).await?);
    }
    Ok(RebuildReport {
        rebuilt,
        seconds: began.elapsed().as_secs_f64(),
    })
}

/// Lets the build serve again that served before the last rebuild; a rebuild drops it.
pub async fn roll_back(
    projections: &Projections,
    name: &str,
    progress: &(dyn Fn(&str, Progress) + Send + Sync),
) -> Result<Rebuilt, Error> {
    let told = |step| progress(name, step);
    Ok(projections.roll_back(name, &told).await?)
}
