//! What anybody may ask about extensions.

use cinatra_commands::extension::{ForceDelete, Package, PackageVersion, Search};
use cinatra_projections::{extension_catalog, extension_lifecycle_audit, extension_timeline};

use super::authority::put_on_record;
use super::call::{Reply, done, problem};
use super::catalogue::{CatalogueError, Declaration, Effect, Primitive};
use super::{Access, input};

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

/// An administrator's command that is reversible and may be repeated.
const CHANGE: Declaration = Declaration {
    name: "",
    title: "",
    description: "",
    resource: "extension",
    access: Access::Admin,
    effect: Effect::Changes {
        destructive: false,
        idempotent: true,
    },
    open_world: false,
};

/// A look at a read model.
const LOOK: Declaration = Declaration {
    access: Access::Read,
    effect: Effect::Reads,
    ..CHANGE
};

fn install() -> Result<Primitive, CatalogueError> {
    Declaration {
        name: "extensions_install",
        title: "Install an extension",
        description: "Fetches a package and everything it depends on from the registry, verifies it, \
            and makes all of it available at once, or nothing. An archived package is restored; one \
            that is installed at this version already is left alone; another installed version is \
            ALREADY_INSTALLED. Connectors ship with the build and are refused.",
        open_world: true,
        ..CHANGE
    }
    .handled_by(async |backend, call, input: PackageVersion| {
        done(backend.extensions.install(&call.invocation()?, &input).await)
    })
}

fn update() -> Result<Primitive, CatalogueError> {
    Declaration {
        name: "extensions_update",
        title: "Update an extension",
        description: "Replaces the active version by a newer one, with everything that one depends \
            on. Refused when an active dependent does not accept the new version, and for an archived \
            package, which has to be restored first.",
        open_world: true,
        ..CHANGE
    }
    .handled_by(async |backend, call, input: PackageVersion| {
        done(backend.extensions.update(&call.invocation()?, &input).await)
    })
}

fn uninstall() -> Result<Primitive, CatalogueError> {
    Declaration {
        name: "extensions_uninstall",
        title: "Uninstall an extension",
        description: "Removes an extension. While an active one depends on it, ACTIVE_DEPENDENT names \
            it and nothing happens; when an archived one depends on it or it has been used, it is \
            archived instead. Takes the exact installed version.",
        effect: Effect::Changes {
            destructive: true,
            idempotent: true,
        },
        ..CHANGE
    }
    .handled_by(async |backend, call, input: PackageVersion| {
        done(backend.extensions.uninstall(&call.invocation()?, &input).await)
    })
}

fn archive() -> Result<Primitive, CatalogueError> {
    Declaration {
        name: "extensions_archive",
        title: "Archive an extension",
        description: "Suspends an extension and keeps everything of it; active dependents are named \
            in a warning. Takes the exact installed version.",
        ..CHANGE
    }
    .handled_by(async |backend, call, input: PackageVersion| {
        done(backend.extensions.archive(&call.invocation()?, &input).await)
    })
}

fn restore() -> Result<Primitive, CatalogueError> {
    Declaration {
        name: "extensions_restore",
        title: "Restore an extension",
        description: "Makes an archived extension available again at its version, without the \
            registry.",
        ..CHANGE
    }
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
    Declaration {
        name: "extensions_force_delete",
        title: "Force-delete an extension",
        description: "Destroys an extension whatever depends on it or used it, and keeps a snapshot, \
            what still refers to it, and the reason in the audit. The registry is not touched. Needs \
            confirmDestructive: true and the exact installed version.",
        effect: Effect::Changes {
            destructive: true,
            idempotent: false,
        },
        ..CHANGE
    }
    .handled_by(async |backend, call, input: ForceDelete| {
        done(backend.extensions.force_delete(&call.invocation()?, &input).await)
    })
}

fn search() -> Result<Primitive, CatalogueError> {
    Declaration {
        name: "extensions_search",
        title: "Search the registry",
        description: "Lists packages that the registry offers, by name. `incomplete` says that some \
            could not be looked at.",
        open_world: true,
        ..LOOK
    }
    .handled_by(async |backend, _call, input: Search| {
        let found = backend.extensions.search(&input).await;
        Ok(Reply {
            output: found.map_err(|error| problem(&error))?,
            at: None,
            stale: None,
        })
    })
}

fn list() -> Result<Primitive, CatalogueError> {
    Declaration {
        name: "extensions_list",
        title: "List installed extensions",
        description: "Lists the extensions of this organization by name, active and archived: origin, \
            status, version, dependencies and dependents.",
        ..LOOK
    }
    .handled_by(async |backend, call, input: input::ListExtensions| {
        let (keyset, freshness) = (input.keyset(), call.freshness()?);
        let filter = extension_catalog::Filter {
            kind: input.kind,
            status: input.status,
            text: input.query,
        };
        let viewer = call.viewer();
        let page =
            extension_catalog::list(&backend.projections, &viewer, &filter, &keyset, freshness);
        call.shown(page.await)
    })
}

fn get() -> Result<Primitive, CatalogueError> {
    Declaration {
        name: "extensions_get",
        title: "Get an installed extension",
        description: "Answers one extension of this organization; NOT_FOUND when it is not installed.",
        ..LOOK
    }
    .handled_by(async |backend, call, input: Package| {
        let (viewer, freshness) = (call.viewer(), call.freshness()?);
        let name = &input.package_name;
        call.shown(extension_catalog::get(&backend.projections, &viewer, name, freshness).await)
    })
}

fn timeline() -> Result<Primitive, CatalogueError> {
    Declaration {
        name: "extensions_timeline",
        title: "Read an extension's history",
        description: "Lists everything that happened to an extension, oldest first: what, when and \
            by whom. Removed extensions keep their history.",
        ..LOOK
    }
    .handled_by(async |backend, call, input: input::Timeline| {
        let (keyset, freshness) = (input.keyset(), call.freshness()?);
        let (viewer, name) = (call.viewer(), &input.package_name);
        let page =
            extension_timeline::list(&backend.projections, &viewer, name, &keyset, freshness);
        call.shown(page.await)
    })
}

fn lifecycle_audit() -> Result<Primitive, CatalogueError> {
    Declaration {
        name: "extension_lifecycle_audit_list",
        title: "List destructive operations",
        description: "Lists what was destroyed, newest first: a snapshot of it, what still referred \
            to it, who did it, and the reason. Reading the trail is itself on record.",
        access: Access::Admin,
        ..LOOK
    }
    .handled_by(async |backend, call, input: input::LifecycleAudit| {
        let name = input.package_name.clone();
        put_on_record(&backend, &call, "extension_lifecycle_audit", name).await?;
        let (keyset, freshness) = (input.keyset(), call.freshness()?);
        let (viewer, name) = (call.viewer(), input.package_name.as_deref());
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
