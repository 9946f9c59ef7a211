//! Who may call a primitive: its rule, what the call is about, and the one place that judges.

use cinatra_commands::permission::resource;
use cinatra_commands::project::{owner, project_id};
use cinatra_commands::{Error, Grant, Invocation};
use cinatra_domain::authority::{Denied, Operation, Rule, Target};
use cinatra_domain::kernel::{Coded as _, TenantId};
use cinatra_domain::permission::{Resource, ResourceKind};
use cinatra_domain::project::{GrantRole, Level, Owner, ProjectRole};
use serde::de::DeserializeOwned;
use serde_json::Value;

use super::Backend;
use super::authority::identifier;
use super::call::problem;
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
        Rule::Team(permission) => format!("team:{}", permission.as_str()),
        Rule::CreateProject => "project:create".to_owned(),
        Rule::FindProject => "project:find".to_owned(),
        Rule::Project(least, _) => format!("project:{}", role_word(least)),
        Rule::PromoteProject => "project:promote".to_owned(),
        Rule::GrantProject => "project:grant".to_owned(),
        Rule::Resource(operation) => format!("resource:{}", operation_word(operation)),
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

/// What a call is about, as far as its rule looks at it. The input has passed its schema.
pub(super) fn target(rule: Rule, tenant: TenantId, input: &Value) -> Result<Target, Error> {
    Ok(match rule {
        Rule::Public | Rule::SignedIn | Rule::Platform(_) | Rule::Organization(_) => Target::None,
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
        Rule::Resource(_) => Target::Resource(named_resource(input)?),
    })
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

/// A skill is named by its id alone where nothing else can be meant.
fn named_resource(input: &Value) -> Result<Resource, Error> {
    if input.get("skillId").is_some() {
        return Ok(Resource {
            kind: ResourceKind::Skill,
            id: id("skillId", input)?,
        });
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
    let target = match target(rule, principal.tenant(), input) {
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
                let invocation = invocation(Grant::of_system("denied"))?;
                let kind = kind_of(target.as_ref(), resource_type);
                let about = about(target.as_ref(), input);
                put_on_record(backend, &invocation, kind, about, denied).await;
            }
            Err(Problem::of(&denied))
        }
        Err(error) => Err(problem(&error)),
    }
}

/// Fields by which inputs name what they are about, for rules that do not look at it; the first one counts.
const NAMED: [&str; 11] = [
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

/// What kind of thing somebody was refused: a resource says so itself.
const fn kind_of(target: Option<&Target>, otherwise: &'static str) -> &'static str {
    match target {
        Some(Target::Resource(resource)) => resource.kind.as_str(),
        _ => otherwise,
    }
}

/// What somebody was refused, as far as it has an identity: whatever else was typed is not kept.
fn about(target: Option<&Target>, input: &Value) -> Option<String> {
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
        Some(Target::Resource(resource)) => Some(resource.id.to_string()),
    }
}

/// The refusal stands even when the record of it cannot be written; the log says so then.
async fn put_on_record(
    backend: &Backend,
    invocation: &Invocation,
    resource_type: &'static str,
    about: Option<String>,
    denied: Denied,
) {
    let recorded = backend
        .authorities
        .denied(invocation, resource_type, about, denied.code());
    if let Err(error) = recorded.await {
        tracing::warn!(%error, primitive = invocation.primitive, "a denial is not on record");
    }
}
