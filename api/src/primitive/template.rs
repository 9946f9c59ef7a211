//! What may be asked of installed agents: which there are, what they want and give, which versions were taken down, and
//! how their runs stand. Packages bring and take them: see `extension`.

use cinatra_commands::run::{Flow, NamedAgent};
use cinatra_domain::authority::{Operation, Rule};
use cinatra_domain::kernel::TenantId;
use cinatra_domain::permission::{Permission, Resource, ResourceId};
use cinatra_projections::extension_catalog::template::{self, Template, TemplateStatus};
use cinatra_projections::{Page, run_list};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::call::problem;
use super::catalogue::{CatalogueError, Declaration, Primitive};
use super::input;
use super::run::visible;

/// How the audit names the noun.
const AGENT: &str = "agent_template";
const LOOK: Rule = Rule::Resource(Operation::Read);

/// The noun's entries in the catalogue.
pub(super) fn primitives() -> Result<Vec<Primitive>, CatalogueError> {
    Ok(vec![list()?, get()?, versions()?, counts()?])
}

/// Which agents.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct ListAgents {
    /// Only with this text in name, display name or description, whatever its case.
    #[schemars(length(max = 200))]
    query: Option<String>,
    /// Only in this state.
    status: Option<TemplateStatus>,
    /// Most rows to answer with; 50 when absent.
    #[schemars(range(min = 1, max = 200))]
    limit: Option<u16>,
    /// The page before's `nextCursor`.
    #[schemars(length(max = 512))]
    cursor: Option<String>,
}

/// Which versions of an agent. Exactly one of `templateId` and `packageName` says of which.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct ListVersions {
    /// Which agent, by its id.
    #[schemars(length(max = 36))]
    template_id: Option<String>,
    /// Which agent, by its package.
    #[schemars(length(max = 214))]
    package_name: Option<String>,
    /// Most rows to answer with; 50 when absent.
    #[schemars(range(min = 1, max = 200))]
    limit: Option<u16>,
    /// The page before's `nextCursor`.
    #[schemars(length(max = 512))]
    cursor: Option<String>,
}

/// Whose runs are counted.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct CountRuns {
    /// Only of this agent.
    #[schemars(length(max = 214))]
    package_name: Option<String>,
}

/// An installed agent, with the id that others name it by.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
struct Agent {
    /// The same for as long as the organization exists.
    #[schemars(with = "Uuid")]
    template_id: ResourceId,
    #[serde(flatten)]
    template: Template,
}

/// An installed agent with what it wants and gives.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
struct AgentDetail {
    #[serde(flatten)]
    agent: Agent,
    /// What its flow says; absent where no run of it starts.
    flow: Option<Flow>,
}

impl Agent {
    fn of(tenant: TenantId, template: Template) -> Self {
        Self {
            template_id: Resource::agent_template(tenant, &template.package_name).id,
            template,
        }
    }
}

fn list() -> Result<Primitive, CatalogueError> {
    let rule = Rule::Organization(Permission::AgentList);
    Declaration::query("agent_list", AGENT, rule)
        .told(
            "List agents",
            "Lists the installed agents of this organization by package. One whose status is absent cannot be \
            run: its flow does not compile.",
        )
        .handled_by(async |backend, call, input: ListAgents| {
            let freshness = call.freshness()?;
            let keyset = input::keyset("agents", input.limit, input.cursor);
            let filter = template::Filter {
                status: input.status,
                text: input.query,
            };
            let viewer = call.viewer(&backend).await?;
            let projections = &backend.projections;
            let page = template::list(projections, &viewer, &filter, &keyset, freshness);
            let tenant = call.principal.tenant();
            let named = |page: Page<Template>| Page {
                items: page
                    .items
                    .into_iter()
                    .map(|template| Agent::of(tenant, template))
                    .collect(),
                next_cursor: page.next_cursor,
            };
            call.shown(page.await.map(|answer| answer.map(named)))
        })
}

fn get() -> Result<Primitive, CatalogueError> {
    Declaration::query("agent_get", AGENT, LOOK)
        .told(
            "Get an agent",
            "Answers one installed agent, named by templateId or packageName, with the JSON Schemas of what a run \
            is given and answers, where it asks people, and what context it chooses.",
        )
        .handled_by(async |backend, call, input: NamedAgent| {
            let (tenant, freshness) = (call.principal.tenant(), call.freshness()?);
            let package = backend.runs.package(tenant, &input).await;
            let package = package.map_err(|error| problem(&error))?;
            let viewer = call.viewer(&backend).await?;
            let projections = &backend.projections;
            let found = template::get(projections, &viewer, package.as_str(), freshness);
            let found = call.shown(found.await)?;
            let version = &found.output.version;
            let flow = backend.runs.flow(tenant, &package, version).await;
            let flow = flow.map_err(|error| problem(&error))?;
            Ok(super::Reply {
                output: AgentDetail {
                    agent: Agent::of(tenant, found.output),
                    flow,
                },
                at: found.at,
                stale: found.stale,
                session: None,
            })
        })
}

fn versions() -> Result<Primitive, CatalogueError> {
    Declaration::query("agent_version_list", AGENT, LOOK)
        .told(
            "List versions of an agent",
            "Lists the versions of an agent that were taken down for runs to pin, the newest first.",
        )
        .handled_by(async |backend, call, input: ListVersions| {
            let (tenant, freshness) = (call.principal.tenant(), call.freshness()?);
            let keyset = input::keyset("agent_versions", input.limit, input.cursor);
            let named = NamedAgent {
                template_id: input.template_id,
                package_name: input.package_name,
            };
            let package = backend.runs.package(tenant, &named).await;
            let package = package.map_err(|error| problem(&error))?;
            let (viewer, projections) = (call.viewer(&backend).await?, &backend.projections);
            let package = package.as_str();
            let page =
                template::snapshots(projections, &viewer, package, &keyset, freshness);
            call.shown(page.await)
        })
}

fn counts() -> Result<Primitive, CatalogueError> {
    let rule = Rule::Organization(Permission::RunList);
    Declaration::query("agent_run_counts", AGENT, rule)
        .told(
            "Count runs by agent",
            "Counts the runs that agent_run_list would list, by agent and status.",
        )
        .handled_by(async |backend, call, input: CountRuns| {
            let freshness = call.freshness()?;
            let visible = visible(&backend, &call).await?;
            let viewer = call.viewer(&backend).await?;
            let names: Vec<String> = input.package_name.into_iter().collect();
            let projections = &backend.projections;
            let counted = run_list::counts(projections, &viewer, &visible, &names, freshness);
            call.shown(counted.await.map(|answer| answer.map(Page::whole)))
        })
}
