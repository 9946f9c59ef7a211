//! What anybody may ask about the types of objects that installed packages declare. Packages bring and take them: see
//! `extension`.

use cinatra_domain::authority::Rule;
use cinatra_domain::extension::{PackageName, Status};
use cinatra_domain::permission::Permission;
use cinatra_projections::extension_catalog::object_type;
use schemars::JsonSchema;
use serde::Deserialize;

use super::catalogue::{CatalogueError, Declaration, Primitive};
use super::input;

/// How the audit names the noun.
const OBJECT_TYPE: &str = "object_type";
const LIST: Rule = Rule::Organization(Permission::ObjectList);

/// The noun's entries in the catalogue.
pub(super) fn primitives() -> Result<Vec<Primitive>, CatalogueError> {
    Ok(vec![list()?, get()?])
}

/// Which types.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct ListTypes {
    /// Only of this name: once for each package that declares it.
    #[schemars(length(max = 200))]
    object_type: Option<String>,
    /// Only of this package.
    #[schemars(length(max = 214), regex(pattern = PackageName::PATTERN))]
    package_name: Option<String>,
    /// Only in this state: of an archived package's types no object is made.
    status: Option<Status>,
    /// Only with this text in name, display name or package name, whatever its case.
    #[schemars(length(max = 200))]
    query: Option<String>,
    /// Most rows to answer with; 50 when absent.
    #[schemars(range(min = 1, max = 200))]
    limit: Option<u16>,
    /// The page before's `nextCursor`.
    #[schemars(length(max = 512))]
    cursor: Option<String>,
}

/// One type.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct NamedType {
    /// `@scope/package:local`.
    #[schemars(length(max = 200))]
    object_type: String,
}

fn list() -> Result<Primitive, CatalogueError> {
    Declaration::query("objects_types_list", OBJECT_TYPE, LIST)
        .told(
            "List object types",
            "Lists the types of objects that the installed packages of this organization declare, or whose agents \
            bring such objects forth, by name and package: what each is for, and whether its package is in use.",
        )
        .handled_by(async |backend, call, input: ListTypes| {
            let freshness = call.freshness()?;
            let keyset = input::keyset("object_types", input.limit, input.cursor);
            let filter = object_type::Filter {
                object_type: input.object_type,
                package_name: input.package_name,
                status: input.status,
                text: input.query,
            };
            let (viewer, projections) = (call.viewer(&backend).await?, &backend.projections);
            let page = object_type::list(projections, &viewer, &filter, &keyset, freshness);
            call.shown(page.await)
        })
}

fn get() -> Result<Primitive, CatalogueError> {
    Declaration::query("objects_types_get", OBJECT_TYPE, LIST)
        .told(
            "Get an object type",
            "Answers the declaration of a type that counts: of a package in use before one that is archived, of an \
            artifact before an agent, then the first. NOT_FOUND when no installed package declares it.",
        )
        .handled_by(async |backend, call, input: NamedType| {
            let (viewer, freshness) = (call.viewer(&backend).await?, call.freshness()?);
            let (projections, name) = (&backend.projections, &input.object_type);
            call.shown(object_type::get(projections, &viewer, name, freshness).await)
        })
}
