//! What anybody may ask about extensions.

use cinatra_commands::extension::{ForceDelete, Package, PackageVersion, Search};
use cinatra_projections::{extension_catalog, extension_lifecycle_audit, extension_timeline};

use cinatra_domain::authority::Rule;
use cinatra_domain::permission::Permission;

use super::authority::{AUDIT, put_on_record};
use super::call::{Reply, done, problem};
use super::catalogue::{CatalogueError, Declaration, Primitive};
use super::input;

/// The noun's entries in the catalogue.
pub(super) fn primitives() -> Result<Vec<Primitive>, CatalogueError> {
    Ok(vec![
        install()?,
        update()?,
        uninstall()?,
        archive()?,
        restore()?,
        force_delete()?,
        search()?,
        list()?,
        get()?,
        timeline()?,
        lifecycle_audit()?,
    ])
}

/// How the audit names the noun.
const EXTENSION: &str = "extension";
const INSTALL: Rule = Rule::Organization(Permission::ExtensionRegistryInstall);
const UNINSTALL: Rule = Rule::Organization(Permission::ExtensionRegistryUninstall);
const LOOK: Rule = Rule::Organization(Permission::ExtensionRegistryRead);
const LIST: Rule = Rule::Organization(Permission::ExtensionRegistryList);
const LIFECYCLE_AUDIT: &str = "extension_lifecycle_audit";

fn install() -> Result<Primitive, CatalogueError> {
    Declaration::command("extensions_install", EXTENSION, INSTALL)
    .told(
        "Install an extension",
        "Fetches a package and everything it depends on from the registry, verifies it, \
            and makes all of it available at once, or nothing. An archived package is restored; one \
            that is installed at this version already is left alone; another installed version is \
            ALREADY_INSTALLED. Connectors ship with the build and are refused.",
    )
    .open_world()
    .handled_by(async |backend, call, input: PackageVersion| {
        done(backend.extensions.install(&call.invocation()?, &input).await)
    })
}

fn update() -> Result<Primitive, CatalogueError> {
    Declaration::command("extensions_update", EXTENSION, INSTALL)
    .told(
        "Update an extension",
        "Replaces the active version by a newer one, with everything that one depends \
            on. Refused when an active dependent does not accept the new version, and for an archived \
            package, which has to be restored first.",
    )
    .open_world()
    .handled_by(async |backend, call, input: PackageVersion| {
        done(backend.extensions.update(&call.invocation()?, &input).await)
    })
}

fn uninstall() -> Result<Primitive, CatalogueError> {
    Declaration::command("extensions_uninstall", EXTENSION, UNINSTALL)
        .told(
            "Uninstall an extension",
            "Removes an extension. While an active one depends on it, ACTIVE_DEPENDENT names \
            it and nothing happens; when an archived one depends on it or it has been used, it is \
            archived instead. Takes the exact installed version.",
        )
        .destructive(true)
        .handled_by(async |backend, call, input: PackageVersion| {
            done(
                backend
                    .extensions
                    .uninstall(&call.invocation()?, &input)
                    .await,
            )
        })
}

fn archive() -> Result<Primitive, CatalogueError> {
    Declaration::command("extensions_archive", EXTENSION, UNINSTALL)
        .told(
            "Archive an extension",
            "Suspends an extension and keeps everything of it; active dependents are named \
            in a warning. Takes the exact installed version.",
        )
        .handled_by(async |backend, call, input: PackageVersion| {
            done(
                backend
                    .extensions
                    .archive(&call.invocation()?, &input)
                    .await,
            )
        })
}

fn restore() -> Result<Primitive, CatalogueError> {
    Declaration::command("extensions_restore", EXTENSION, INSTALL)
        .told(
            "Restore an extension",
            "Makes an archived extension available again at its version, without the \
            registry.",
        )
        .handled_by(async |backend, call, input: Package| {
            done(
                backend
                    .extensions
                    .restore(&call.invocation()?, &input)
                    .await,
            )
        })
}

fn force_delete() -> Result<Primitive, CatalogueError> {
    Declaration::command("extensions_force_delete", EXTENSION, UNINSTALL)
    .told(
        "Force-delete an extension",
        "Destroys an extension whatever depends on it or used it, and keeps a snapshot, \
            what still refers to it, and the reason in the audit. The registry is not touched. Needs \
            confirmDestructive: true and the exact installed version.",
    )
    .destructive(false)
    .handled_by(async |backend, call, input: ForceDelete| {
        done(backend.extensions.force_delete(&call.invocation()?, &input).await)
    })
}

fn search() -> Result<Primitive, CatalogueError> {
    Declaration::query("extensions_search", EXTENSION, LOOK)
        .told(
            "Search the registry",
            "Lists packages that the registry offers, by name. `incomplete` says that some \
            could not be looked at.",
        )
        .open_world()
        .handled_by(async |backend, call, input: Search| {
            let tenant = call.principal.tenant();
            let found = backend.extensions.search(tenant, &input).await;
            Ok(Reply::bare(found.map_err(|error| problem(&error))?))
        })
}

fn list() -> Result<Primitive, CatalogueError> {
    Declaration::query("extensions_list", EXTENSION, LIST)
        .told(
            "List installed extensions",
            "Lists the extensions of this organization by name, active and archived: origin, \
            status, version, dependencies and dependents.",
        )
        .handled_by(async |backend, call, input: input::ListExtensions| {
            let (keyset, freshness) = (input.keyset(), call.freshness()?);
            let filter = extension_catalog::Filter {
                kind: input.kind,
                status: input.status,
                text: input.query,
            };
            let viewer = call.viewer(&backend).await?;
            let page =
                extension_catalog::list(&backend.projections, &viewer, &filter, &keyset, freshness);
            call.shown(page.await)
        })
}

fn get() -> Result<Primitive, CatalogueError> {
    Declaration::query("extensions_get", EXTENSION, LOOK)
        .told(
            "Get an installed extension",
            "Answers one extension of this organization; NOT_FOUND when it is not installed.",
        )
        .handled_by(async |backend, call, input: Package| {
            let (viewer, freshness) = (call.viewer(&backend).await?, call.freshness()?);
            let name = &input.package_name;
            call.shown(extension_catalog::get(&backend.projections, &viewer, name, freshness).await)
        })
}

fn timeline() -> Result<Primitive, CatalogueError> {
    Declaration::query("extensions_timeline", EXTENSION, LOOK)
        .told(
            "Read an extension's history",
            "Lists everything that happened to an extension, oldest first: what, when and \
            by whom. Removed extensions keep their history.",
        )
        .handled_by(async |backend, call, input: input::Timeline| {
            let (keyset, freshness) = (input.keyset(), call.freshness()?);
            let (viewer, name) = (call.viewer(&backend).await?, &input.package_name);
            let page =
                extension_timeline::list(&backend.projections, &viewer, name, &keyset, freshness);
            call.shown(page.await)
        })
}

fn lifecycle_audit() -> Result<Primitive, CatalogueError> {
    Declaration::query("extension_lifecycle_audit_list", LIFECYCLE_AUDIT, AUDIT)
        .told(
            "List destructive operations",
            "Lists what was destroyed, newest first: a snapshot of it, what still referred \
            to it, who did it, and the reason. Reading the trail is itself on record.",
        )
        .handled_by(async |backend, call, input: input::LifecycleAudit| {
            let name = input.package_name.as_deref();
            put_on_record(&backend, &call, LIFECYCLE_AUDIT, name).await?;
            let (keyset, freshness) = (input.keyset(), call.freshness()?);
            let viewer = call.viewer(&backend).await?;
            let page = extension_lifecycle_audit::list(
                &backend.projections,
                &viewer,
                name,
                &keyset,
                freshness,
            );
            call.shown(page.await)
        })
}
