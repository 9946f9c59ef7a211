//! What may be asked of the instance as a whole.

use super::input::Nothing;
use cinatra_commands::instance::{ChooseNamespace, CreateOrganization, RenameNamespace};
use cinatra_domain::authority::Rule;
use cinatra_domain::permission::Permission;

use super::call::{Reply, done, problem};
use super::catalogue::{CatalogueError, Declaration, Primitive};

/// How the audit names the noun.
const INSTANCE: &str = "instance";

/// The noun's entries in the catalogue.
pub(super) fn primitives() -> Result<Vec<Primitive>, CatalogueError> {
    Ok(vec![
        get()?,
        choose_namespace()?,
        rename_namespace()?,
        create_organization()?,
    ])
}

fn get() -> Result<Primitive, CatalogueError> {
    let rule = Rule::Organization(Permission::SettingsRead);
    Declaration::query("instance_get", INSTANCE, rule)
        .told(
            "Get the instance",
            "Answers the namespace that the instance publishes under, and whether it is frozen.",
        )
        .handled_by(async |backend, _call, _input: Nothing| {
            let shown = backend.instances.show().await;
            Ok(Reply::bare(shown.map_err(|error| problem(&error))?))
        })
}

fn choose_namespace() -> Result<Primitive, CatalogueError> {
    let rule = Rule::Platform(Permission::SettingsUpdate);
    Declaration::command("instance_namespace_choose", INSTANCE, rule)
        .told(
            "Choose the namespace",
            "Chooses the npm scope that the instance publishes under, once. Refused as required, format or \
            reserved, in this order.",
        )
        .handled_by(async |backend, call, input: ChooseNamespace| {
            let invocation = call.invocation()?;
            done(backend.instances.choose_namespace(&invocation, &input).await)
        })
}

fn rename_namespace() -> Result<Primitive, CatalogueError> {
    let rule = Rule::Platform(Permission::SettingsUpdate);
    Declaration::command("instance_namespace_rename", INSTANCE, rule)
        .told(
            "Rename the namespace",
            "Gives the instance another namespace, deliberately; the former one stays on record, and what \
            was published under it stays there. Needs confirmRename: true.",
        )
        .handled_by(async |backend, call, input: RenameNamespace| {
            let invocation = call.invocation()?;
            done(backend.instances.rename_namespace(&invocation, &input).await)
        })
}

fn create_organization() -> Result<Primitive, CatalogueError> {
    let rule = Rule::Platform(Permission::OrganizationCreate);
    Declaration::command("organizations_create", "organization", rule)
        .told(
            "Create an organization",
            "Creates an organization with a ledger of its own; the caller is its first owner. Its short name \
            is unique on the instance.",
        )
        .repeated_is_another()
        .handled_by(async |backend, call, input: CreateOrganization| {
            let invocation = call.invocation()?;
            done(backend.instances.create_organization(&invocation, &input).await)
        })
}
