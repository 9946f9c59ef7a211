//! Reading the runs.

use cinatra_domain::kernel::{ProjectId, RunId, UserId};
use cinatra_domain::run::Status;
use tokio_postgres::types::ToSql;
use uuid::Uuid;

use super::RunList;
use super::view::{Count, Detail, Gate, Prompt, Run};
use crate::read::{Listing, only, page};
use crate::storable;
use crate::{Answer, Error, Freshness, Keyset, Page, Projections, ViewerScope};

const COUNTS: &str = include_str!("sql/counts.sql");
const GET: &str = include_str!("sql/get.sql");
const LIST: &str = include_str!("sql/list.sql");
const LIST_GATES: &str = include_str!("sql/list_gates.sql");
const LIST_PROMPTS: &str = include_str!("sql/list_prompts.sql");

/// Which runs of an organization somebody sees, as was judged before.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Visible {
    /// All of them.
    All,
    /// Some of them, perhaps none.
    Only {
        /// Those of these persons.
        owners: Vec<UserId>,
        /// And these, whosesoever they are.
        shared: Vec<RunId>,
    },
}

/// Where a run has to be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum InProject {
    /// In this project.
    This(ProjectId),
    /// In no project.
    Nowhere,
}

/// Which runs to list; an absent criterion accepts all.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Filter {
    /// Of one of these agents; of any when there is none.
    pub package_names: Vec<String>,
    /// Where they stand, as the outside is told.
    pub status: Option<Status>,
    /// In this project, or in none.
    pub project: Option<InProject>,
    /// Of this person.
    pub run_by: Option<UserId>,
    /// Started by this run.
    pub parent: Option<RunId>,
}

impl Visible {
    /// Whether all, whose, and which else.
    fn split(&self) -> (bool, Vec<Uuid>, Vec<Uuid>) {
        match self {
            Self::All => (true, Vec::new(), Vec::new()),
            Self::Only { owners, shared } => {
                let owners = owners.iter().map(|owner| owner.0);
                let shared = shared.iter().map(|run| run.0);
                (false, owners.collect(), shared.collect())
            }
        }
    }
}

/// A page of the runs that are visible and that the filter accepts, the newest first.
pub async fn list(
    projections: &Projections,
    viewer: &ViewerScope,
    visible: &Visible,
    filter: &Filter,
    keyset: &Keyset,
    freshness: Freshness,
) -> Result<Answer<Page<Run>>, Error> {
    let (sees_all, owners, shared) = visible.split();
    let project_id = match filter.project {
        Some(InProject::This(project)) => Some(project.0),
        Some(InProject::Nowhere) | None => None,
    };
    let listing = Listing {
        sql: LIST,
        params: &[
            &sees_all,
            &owners,
            &shared,
            &storable_names(&filter.package_names),
            &filter.status.map(Status::as_str),
            &(filter.project == Some(InProject::Nowhere)),
            &project_id,
            &filter.run_by.map(|person| person.0),
            &keyset.position()?,
            &keyset.probe(),
            &filter.parent.map(|parent| parent.0),
        ],
        keyset,
        freshness,
    };
    let place = |last: &Run| last.created_position.to_string();
    page::<RunList, _>(projections, viewer, listing, place).await
}

/// One run of the viewer's organization, with what it came to and the gate that is open.
pub async fn get(
    projections: &Projections,
    viewer: &ViewerScope,
    run_id: RunId,
    freshness: Freshness,
) -> Result<Answer<Detail>, Error> {
    only::<RunList, _>(projections, viewer, GET, &[&run_id.0], freshness).await
}

/// A page of the gates that a run came to, in order; none for a run that does not exist.
pub async fn gates(
    projections: &Projections,
    viewer: &ViewerScope,
    run_id: RunId,
    keyset: &Keyset,
    freshness: Freshness,
) -> Result<Answer<Page<Gate>>, Error> {
    let listing = Listing {
        sql: LIST_GATES,
        params: &[&run_id.0, &keyset.position()?, &keyset.probe()],
        keyset,
        freshness,
    };
    let place = |last: &Gate| last.question.gate_id.index.to_string();
    page::<RunList, _>(projections, viewer, listing, place).await
}

/// A page of what was noted with the answers that a run was given, in order; none for a run that does not exist.
pub async fn prompts(
    projections: &Projections,
    viewer: &ViewerScope,
    run_id: RunId,
    keyset: &Keyset,
    freshness: Freshness,
) -> Result<Answer<Page<Prompt>>, Error> {
    let listing = Listing {
        sql: LIST_PROMPTS,
        params: &[&run_id.0, &keyset.position()?, &keyset.probe()],
        keyset,
        freshness,
    };
    let place = |last: &Prompt| last.gate_id.index.to_string();
    page::<RunList, _>(projections, viewer, listing, place).await
}

/// How many of the visible runs stand where, by agent and status; of these agents only, if any are named.
pub async fn counts(
    projections: &Projections,
    viewer: &ViewerScope,
    visible: &Visible,
    package_names: &[String],
    freshness: Freshness,
) -> Result<Answer<Vec<Count>>, Error> {
    let (sees_all, owners, shared) = visible.split();
    let package_names = storable_names(package_names);
    let params: [&(dyn ToSql + Sync); 4] = [&sees_all, &owners, &shared, &package_names];
    let asked = projections
        .ask::<RunList>(COUNTS, viewer, freshness, &params)
        .await?;
    let rows = asked.rows.iter().map(Count::try_from);
    let rows = rows.collect::<Result<_, _>>()?;
    Ok(asked.map(|_| rows))
}

fn storable_names(names: &[String]) -> Vec<String> {
    names.iter().map(|name| storable::text(name)).collect()
}
