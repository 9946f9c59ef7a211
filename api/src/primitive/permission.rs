//! What may be asked about the access to resources.

use cinatra_commands::permission::{CheckAccess, CoOwner, NamedResource, SetPolicy, resource};
use cinatra_domain::authority::{Operation, Rule};
use cinatra_projections::{Page, resource_permissions};

use super::call::{Reply, done, problem};
use super::catalogue::{CatalogueError, Declaration, Primitive};
use crate::problem::Problem;

/// How the audit names the noun.
const PERMISSION: &str = "permission";
const MANAGE: Rule = Rule::Resource(Operation::Manage);
const LOOK: Rule = Rule::Resource(Operation::Read);

/// The noun's entries in the catalogue.
pub(super) fn primitives() -> Result<Vec<Primitive>, CatalogueError> {
    Ok(vec![
        grant_co_owner()?,
        revoke_co_owner()?,
        list_co_owners()?,
        set_policy()?,
        clear_policy()?,
        get_policy()?,
        check()?,
    ])
}

fn grant_co_owner() -> Result<Primitive, CatalogueError> {
    Declaration::command("permissions_co_owners_grant", PERMISSION, MANAGE)
        .told(
            "Add a co-owner",
            "Lets a member of the organization do everything with an agent, a run, a package of skills or a \
            skill, except saying who may use it. The owner needs no grant: OWNER_IMPLICIT.",
        )
        .handled_by(async |backend, call, input: CoOwner| {
            let invocation = call.invocation()?;
            done(backend.permissions.grant_co_owner(&invocation, &input).await)
        })
}

fn revoke_co_owner() -> Result<Primitive, CatalogueError> {
    Declaration::command("permissions_co_owners_revoke", PERMISSION, MANAGE)
        .told(
            "Remove a co-owner",
            "Lets somebody be no co-owner any more; nothing happens when they are none.",
        )
        .handled_by(async |backend, call, input: CoOwner| {
            let invocation = call.invocation()?;
            done(
                backend
                    .permissions
                    .revoke_co_owner(&invocation, &input)
                    .await,
            )
        })
}

fn list_co_owners() -> Result<Primitive, CatalogueError> {
    Declaration::query("permissions_co_owners_list", PERMISSION, LOOK)
        .told("List co-owners", "Lists the co-owners of a resource.")
        .handled_by(async |backend, call, input: NamedResource| {
            let named = resource(input.resource_kind, &input.resource_id);
            let named = named.map_err(|error| problem(&error))?;
            let (viewer, freshness) = (call.viewer(&backend).await?, call.freshness()?);
            let projections = &backend.projections;
            let listed = resource_permissions::co_owners(projections, &viewer, named, freshness);
            let listed = listed.await;
            call.shown(listed.map(|answer| answer.map(Page::whole)))
        })
}

fn set_policy() -> Result<Primitive, CatalogueError> {
    Declaration::command("permissions_policies_set", PERMISSION, MANAGE)
        .told(
            "Set a policy",
            "Says who may read, execute and share a resource beside its owner and co-owners. A skill's \
            policy replaces its package's for what it says, tighter or wider.",
        )
        .handled_by(async |backend, call, input: SetPolicy| {
            done(backend.permissions.set_policy(&call.invocation()?, &input).await)
        })
}

fn clear_policy() -> Result<Primitive, CatalogueError> {
    Declaration::command("permissions_policies_clear", PERMISSION, MANAGE)
        .told(
            "Clear a policy",
            "Lets a resource have no policy of its own any more: a skill follows its package, everything \
            else the default.",
        )
        .handled_by(async |backend, call, input: NamedResource| {
            let invocation = call.invocation()?;
            done(backend.permissions.clear_policy(&invocation, &input).await)
        })
}

fn get_policy() -> Result<Primitive, CatalogueError> {
    Declaration::query("permissions_policies_get", PERMISSION, LOOK)
        .told(
            "Get a policy",
            "Answers a resource's own policy; NOT_FOUND when it has none.",
        )
        .handled_by(async |backend, call, input: NamedResource| {
            let named = resource(input.resource_kind, &input.resource_id);
            let named = named.map_err(|error| problem(&error))?;
            let (viewer, freshness) = (call.viewer(&backend).await?, call.freshness()?);
            let projections = &backend.projections;
            let found = resource_permissions::policy(projections, &viewer, named, freshness);
            let found = call.shown(found.await)?;
            let Some(output) = found.output else {
                return Err(Problem::not_found("The resource has no policy of its own."));
            };
            Ok(Reply {
                output,
                at: found.at,
                stale: found.stale,
                session: None,
            })
        })
}

fn check() -> Result<Primitive, CatalogueError> {
    Declaration::query("permissions_check", PERMISSION, LOOK)
        .told(
            "May I",
            "Answers whether the caller may read, execute, share or manage a resource, and what grants it. A \
            resource that the caller may not read looks like none.",
        )
        .handled_by(async |backend, call, input: CheckAccess| {
            let (tenant, actor) = (call.principal.tenant(), &call.principal.actor);
            let checked = backend.permissions.check(tenant, actor, &input).await;
            Ok(Reply::bare(checked.map_err(|error| problem(&error))?))
        })
}
