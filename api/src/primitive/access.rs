//! Who may call a primitive: its rule, what the call is about, and the one place that judges.

use std::sync::Arc;

use cinatra_commands::permission::resource;
use cinatra_commands::project::{owner, project_id};
use cinatra_commands::run::run_id;
use cinatra_commands::{Error, Grant, Invocation};
use cinatra_domain::authority::{Denied, Operation, Rule, RunTarget, Target};
use cinatra_domain::kernel::{Class, Coded as _, ProjectId, RunId, TenantId};
use cinatra_domain::permission::{Permission, Resource, ResourceKind};
use cinatra_domain::project::{GrantRole, Level, Owner, ProjectRole};
use serde::de::DeserializeOwned;
use serde_json::Value;

use super::authority::identifier;
use super::call::problem;
use super::{Backend, Call, Terms};
use crate::mint;
use crate::problem::Problem;
use crate::security::Principal;

/// A rule as clients read it.
pub(super) fn describe(rule: Rule) -> String {
    match rule {
        Rule::Public => "public".to_owned(),
        Rule::SignedIn => "signed_in".to_owned(),
        Rule::OwnOr(permission) => format!("own_or:{}", permission.as_str()),
        Rule::Platform(permission) => format!("platform:{}", permission.as_str()),
        Rule::Organization(permission) => format!("organization:{}", permission.as_str()),
        Rule::Inside(permission) => format!("inside:{}", permission.as_str()),
        Rule::Team(permission) => format!("team:{}", permission.as_str()),
        Rule::CreateProject => "project:create".to_owned(),
        Rule::FindProject => "project:find".to_owned(),
        Rule::Project(least, _) => format!("project:{}", role_word(least)),
        Rule::PromoteProject => "project:promote".to_owned(),
        Rule::GrantProject => "project:grant".to_owned(),
        Rule::Resource(operation) => format!("resource:{}", operation_word(operation)),
        Rule::Run(permission) => format!("run:{}", permission.as_str()),
        Rule::MoveRun => "run:move".to_owned(),
    }
}

const fn role_word(role: ProjectRole) -> &'static str {
    match role {
        ProjectRole::Read => "read",
        ProjectRole::Write => "write",
        ProjectRole::Admin => "admin",
        ProjectRole::Owner => "owner",
    }
}

const fn operation_word(operation: Operation) -> &'static str {
    match operation {
        Operation::Read => "read",
        Operation::Execute => "execute",
        Operation::Share => "share",
        Operation::Manage => "manage",
    }
}

/// What a call is about, as far as its rule looks at it, and within which project. The input has passed its schema.
async fn target(
    rule: Rule,
    backend: &Backend,
    tenant: TenantId,
    input: &Value,
    within: Option<ProjectId>,
) -> Result<Target, Error> {
    if let Rule::Run(_) = rule {
        let run = run_id(text("runId", input)?)?;
        let known = backend.runs.target(tenant, run).await?;
        return Ok(known.map_or(Target::None, Target::Run));
    }
    if rule == Rule::MoveRun {
        let run = run_id(text("runId", input)?)?;
        let to = project_or_none(input)?;
        let known = backend.runs.target_elsewhere(tenant, run, to).await?;
        return Ok(known.unwrap_or(Target::None));
    }
    let named = named(rule, tenant, input)?;
    let Target::Resource(resource) = named else {
        return Ok(named);
    };
    let known = backend.permissions.target(tenant, resource).await?;
    Ok(match (known, within) {
        (Some(Target::Resource(resource)), Some(project)) => Target::Within(resource, project),
        (known, _) => known.unwrap_or(Target::None),
    })
}

/// The same for what the input alone says.
fn named(rule: Rule, tenant: TenantId, input: &Value) -> Result<Target, Error> {
    Ok(match rule {
        Rule::Public
        | Rule::SignedIn
        | Rule::Platform(_)
        | Rule::Organization(_)
        | Rule::Run(_)
        | Rule::MoveRun => Target::None,
        Rule::Inside(_) => project_or_none(input)?.map_or(Target::None, Target::Project),
        Rule::OwnOr(_) => Target::User(id("userId", input)?),
        Rule::Team(_) => Target::Team(id("teamId", input)?),
        Rule::CreateProject => Target::Owner(place(tenant, input)?),
        Rule::FindProject | Rule::Project(..) => {
            Target::Project(project_id(text("projectId", input)?)?)
        }
        Rule::PromoteProject => {
            let project = project_id(text("projectId", input)?)?;
            Target::Promotion(project, place(tenant, input)?)
        }
        Rule::GrantProject => {
            let given: GrantRole = word("role", input)?;
            Target::Grant(project_id(text("projectId", input)?)?, given)
        }
        Rule::Resource(_) => Target::Resource(named_resource(tenant, input)?),
    })
}

/// A project, if one is named: there is a word for none.
fn project_or_none(input: &Value) -> Result<Option<ProjectId>, Error> {
    let named = input.get("projectId").filter(|named| !named.is_null());
    named
        .map(|_| project_id(text("projectId", input)?))
        .transpose()
}

fn text<'i>(field: &'static str, input: &'i Value) -> Result<&'i str, Error> {
    let value = input.get(field).and_then(Value::as_str);
    value.ok_or_else(|| Error::invalid(field, "is missing"))
}

fn id<T: std::str::FromStr>(field: &'static str, input: &Value) -> Result<T, Error> {
    let parsed = text(field, input)?.parse();
    parsed.map_err(|_| Error::invalid(field, "is not a UUID"))
}

fn word<T: DeserializeOwned>(field: &'static str, input: &Value) -> Result<T, Error> {
    let value = input.get(field).cloned().unwrap_or_default();
    serde_json::from_value(value).map_err(|_| Error::invalid(field, "is not one of its words"))
}

fn place(tenant: TenantId, input: &Value) -> Result<Owner, Error> {
    let level: Level = word("ownerLevel", input)?;
    owner(tenant, level, text("ownerId", input)?)
}

/// What is wrong with a call about no agent, or two.
const ONE_AGENT: &str = "Pass exactly one of templateId or packageName to agent_run.";

/// A skill is named by its id alone where nothing else can be meant, and so is an agent, or by its package.
fn named_resource(tenant: TenantId, input: &Value) -> Result<Resource, Error> {
    let kind = ResourceKind::AgentTemplate;
    match (input.get("templateId"), input.get("packageName")) {
        (Some(_), Some(_)) => {
            return Err(Error::invalid("templateId", ONE_AGENT));
        }
        (Some(_), None) => {
            let id = id("templateId", input)?;
            return Ok(Resource { kind, id });
        }
        (None, Some(_)) => {
            let package = text("packageName", input)?;
            return Ok(Resource::agent_template(tenant, package));
        }
        (None, None) => {}
    }
    if input.get("skillId").is_some() {
        return Ok(Resource {
            kind: ResourceKind::Skill,
            id: id("skillId", input)?,
        });
    }
    if input.get("resourceKind").is_none() {
        return Err(Error::invalid("templateId", ONE_AGENT));
    }
    let kind: ResourceKind = word("resourceKind", input)?;
    resource(kind, text("resourceId", input)?)
}

/// Lets the call pass with its right, or puts the denial on record and refuses.
pub(super) async fn check(
    rule: Rule,
    backend: &Backend,
    principal: &Principal,
    invocation: impl FnOnce(Grant) -> Result<Invocation, Problem>,
    resource_type: &'static str,
    input: &Value,
) -> Result<Grant, Problem> {
    let about = (resource_type, input);
    check_within(None, rule, backend, principal, invocation, about).await
}

/// The same for a call within a project.
pub(super) async fn check_within(
    within: Option<ProjectId>,
    rule: Rule,
    backend: &Backend,
    principal: &Principal,
    invocation: impl FnOnce(Grant) -> Result<Invocation, Problem>,
    (resource_type, input): (&'static str, &Value),
) -> Result<Grant, Problem> {
    let target = match target(rule, backend, principal.tenant(), input, within).await {
        Ok(target) => Some(target),
        // A place in another organization is hidden, and whoever looks for it is on record like anybody.
        Err(Error::Absent) => None,
        Err(error) => return Err(problem(&error)),
    };
    let judged = match target {
        Some(target) => {
            let authorities = &backend.authorities;
            authorities.authorize(&principal.actor, rule, target).await
        }
        None => Err(Error::Denied {
            denied: Denied::Hidden,
        }),
    };
    match judged {
        Ok(grant) => Ok(grant),
        Err(Error::Denied { denied }) => {
            if denied != Denied::Unauthenticated {
                let lacked = denied.lacked(rule, target.as_ref());
                let invocation = invocation(Grant::lacking(lacked))?;
                let kind = kind_of(target.as_ref(), resource_type);
                let about = about(target.as_ref(), input);
                put_on_record(backend, &invocation, kind, about, denied.code()).await;
            }
            Err(Problem::of(&denied))
        }
        Err(error) => Err(problem(&error)),
    }
}

/// Whether the call would pass, outside any project. What cannot be asked does not.
pub(super) async fn passes(
    rule: Rule,
    backend: &Backend,
    principal: &Principal,
    input: &Value,
) -> bool {
    let Ok(target) = target(rule, backend, principal.tenant(), input, None).await else {
        return false;
    };
    let authorities = &backend.authorities;
    let judged = authorities.authorize(&principal.actor, rule, target).await;
    judged.is_ok()
}

/// The same for what is no primitive and takes no input, under the name that the record gives it.
pub(crate) async fn check_bare(
    rule: Rule,
    backend: &Backend,
    principal: &Arc<Principal>,
    name: &'static str,
) -> Result<Grant, Problem> {
    let invocation = |grant| {
        let call = Call {
            principal: principal.clone(),
            grant,
            terms: Terms::default(),
            primitive: name,
            request_hash: [0; 32],
        };
        call.invocation()
    };
    check(rule, backend, principal, invocation, name, &Value::Null).await
}

/// Lets pass who may look at a run that they start: a run that a program starts is nobody's.
pub(crate) async fn check_starter(
    backend: &Backend,
    principal: &Arc<Principal>,
    terms: &Terms,
) -> Result<(), Problem> {
    let rule = Rule::Run(Permission::RunRead);
    let target = Target::Run(RunTarget {
        run_id: RunId(mint::id()),
        owner: principal.user(),
        policy: None,
    });
    let authorities = &backend.authorities;
    let judged = authorities.authorize(&principal.actor, rule, target).await;
    let denied = match judged {
        Ok(_) => return Ok(()),
        Err(Error::Denied { denied }) => denied,
        Err(error) => return Err(problem(&error)),
    };
    let call = Call {
        principal: principal.clone(),
        grant: Grant::lacking(denied.lacked(rule, Some(&target))),
        terms: Terms {
            idempotency_key: None,
            ..terms.clone()
        },
        primitive: "agent_run_get",
        request_hash: [0; 32],
    };
    let kind = kind_of(Some(&target), "agent_run");
    put_on_record(backend, &call.invocation()?, kind, None, NOT_SHOWN).await;
    let message = "Whoever starts a run here is shown it, and this credential may not look at runs that it starts.";
    Err(Problem::new(Class::Forbidden, NOT_SHOWN, message))
}

/// Code of a run that its starter would not see.
const NOT_SHOWN: &str = "RUN_NOT_SHOWN";

/// Puts on record that a handler asked for somebody who is signed in and found another credential: which one it
/// needs, the rule does not say.
pub(super) async fn record_without_session(
    rule: Rule,
    backend: &Backend,
    invocation: impl FnOnce(Grant) -> Result<Invocation, Problem>,
    resource_type: &'static str,
    about: Option<String>,
    problem: &Problem,
) {
    let session_required = Error::SessionRequired;
    if problem.code() != session_required.code() {
        return;
    }
    let lacked = Denied::NoOrganization.lacked(rule, None);
    if let Ok(invocation) = invocation(Grant::lacking(lacked)) {
        put_on_record(backend, &invocation, resource_type, about, problem.code()).await;
    }
}

/// Fields by which inputs name what they are about, for rules that do not look at it; the first one counts.
const NAMED: [&str; 13] = [
    "runId",
    "resourceId",
    "projectId",
    "teamId",
    "invitationId",
    "serviceAccountId",
    "sessionId",
    "tokenId",
    "subjectUserId",
    "userId",
    "packageName",
    "organizationId",
    "ownerId",
];

/// How the audit names a project.
const PROJECT: &str = "project";

/// What kind of thing somebody was refused: a resource says so itself.
const fn kind_of(target: Option<&Target>, otherwise: &'static str) -> &'static str {
    match target {
        Some(Target::Resource(resource) | Target::Within(resource, _)) => resource.kind.as_str(),
        Some(Target::Run(_) | Target::Move { .. }) => ResourceKind::AgentRun.as_str(),
        Some(Target::Project(_)) => PROJECT,
        _ => otherwise,
    }
}

/// What somebody was refused, as far as it has an identity: whatever else was typed is not kept.
pub(super) fn about(target: Option<&Target>, input: &Value) -> Option<String> {
    match target {
        None | Some(Target::None | Target::Owner(_)) => {
            let named = NAMED.iter().find_map(|field| input.get(*field)?.as_str());
            named.and_then(identifier)
        }
        Some(Target::User(user)) => Some(user.to_string()),
        Some(Target::Team(team)) => Some(team.to_string()),
        Some(
            Target::Project(project) | Target::Promotion(project, _) | Target::Grant(project, _),
        ) => Some(project.to_string()),
        Some(Target::Resource(resource) | Target::Within(resource, _)) => {
            Some(resource.id.to_string())
        }
        Some(Target::Run(run) | Target::Move { run, .. }) => Some(run.run_id.to_string()),
    }
}

/// The refusal stands even when the record of it cannot be written; the log says so then.
async fn put_on_record(
    backend: &Backend,
    invocation: &Invocation,
    resource_type: &'static str,
    about: Option<String>,
    code: &str,
) {
    let recorded = backend
        .authorities
        .denied(invocation, resource_type, about, code);
    if let Err(error) = recorded.await {
        tracing::warn!(%error, primitive = invocation.primitive, "a denial is not on record");
    }
}
