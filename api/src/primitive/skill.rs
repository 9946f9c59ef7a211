//! What anybody may ask about skills of installed packages. Packages bring and take them: see `extension`.

use cinatra_domain::authority::{Operation, Rule};
use cinatra_domain::permission::{Permission, ResourceId};
use cinatra_projections::extension_catalog::skill;

use super::catalogue::{CatalogueError, Declaration, Primitive};
use super::input;
use crate::problem::Problem;

/// The noun's entries in the catalogue.
pub(super) fn primitives() -> Result<Vec<Primitive>, CatalogueError> {
    Ok(vec![list()?, get()?])
}

/// How the audit names the noun.
const SKILL: &str = "skill";
const LIST: Rule = Rule::Organization(Permission::SkillList);
const LOOK: Rule = Rule::Resource(Operation::Read);

fn list() -> Result<Primitive, CatalogueError> {
    Declaration::query("skills_installed_list", SKILL, LIST)
        .told(
            "List installed skills",
            "Lists the skills that the installed packages of this organization bring, by package and name: \
            what each is for, and whether it may be used, which it may not while its package is archived.",
        )
        .handled_by(async |backend, call, input: input::ListSkills| {
            let (keyset, freshness) = (input.keyset(), call.freshness()?);
            let filter = skill::Filter {
                package_name: input.package_name,
                status: input.status,
                text: input.query,
            };
            let viewer = call.viewer(&backend).await?;
            let page =
                skill::list(&backend.projections, &viewer, &filter, &keyset, freshness);
            call.shown(page.await)
        })
}

fn get() -> Result<Primitive, CatalogueError> {
    Declaration::query("skills_installed_get", SKILL, LOOK)
        .told(
            "Get an installed skill",
            "Answers one skill of this organization by its id; NOT_FOUND when no installed package brings it.",
        )
        .handled_by(async |backend, call, input: input::GetSkill| {
            let skill: ResourceId = input
                .skill_id
                .parse()
                .map_err(|_| Problem::invalid_input("skillId", "not a UUID"))?;
            let (viewer, freshness) = (call.viewer(&backend).await?, call.freshness()?);
            call.shown(skill::get(&backend.projections, &viewer, skill, freshness).await)
        })
}
