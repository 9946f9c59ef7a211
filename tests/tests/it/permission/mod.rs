//! The access to agents, packages of skills and skills over the public interface, and who may know of them.

mod auditor;
mod co_owner;
mod denials;
mod hidden;
mod policy;
mod processes;
mod removal;
mod revocation;
mod society;
mod trail;
mod visibility;

use cinatra_domain::kernel::TenantId;
use cinatra_domain::permission::Resource;
use cinatra_tests::{Client, Package, Packed};
use serde_json::{Value, json};

use crate::extension::{call, done, package};
use crate::organization::Town;

/// A package of two skills.
const SKILLS: &str = "@acme/mail-skills";
/// An agent.
const AGENT: &str = "@acme/mail-agent";
/// An id that nothing has.
const UNKNOWN: &str = "01a20170-61d3-7004-9d22-46000e86bb16";

fn skill_file(name: &str) -> Vec<u8> {
    format!("---\nname: {name}\ndescription: Use to {name}.\n---\n\nDo it.\n").into_bytes()
}

/// A package of skills with these names.
fn skills(name: &str, names: &[&str]) -> Packed {
    let slug = name.rsplit('/').next().unwrap();
    // The one that the builder adds is called like the package.
    let bare =
        Package::skill(name, "1.0.0").with_file(&format!("skills/{slug}/SKILL.md"), b"# nameless");
    let full = names.iter().fold(bare, |package, name| {
        package.with_file(&format!("skills/{name}/SKILL.md"), &skill_file(name))
    });
    full.pack().unwrap()
}

fn agent(name: &str) -> Packed {
    let agent = Package::skill(name, "1.0.0").with("kind", json!("agent"));
    agent.pack().unwrap()
}

/// A town in which the agent and the package of skills are installed, by its owner.
async fn equipped() -> Town {
    let packages = [skills(SKILLS, &["sort-mail", "write-mail"]), agent(AGENT)];
    let town = Town::with(&packages).await;
    for name in [SKILLS, AGENT] {
        let install = package(name, "1.0.0");
        done(&town.ada.client, "extensions_install", &install).await;
    }
    town
}

fn input(resource: Resource) -> Value {
    json!({ "resourceKind": resource.kind.as_str(), "resourceId": resource.id })
}

fn the_agent(tenant: TenantId) -> Value {
    input(Resource::agent_template(tenant, AGENT))
}

fn the_package(tenant: TenantId) -> Value {
    input(Resource::skill_package(tenant, SKILLS))
}

fn the_skill(tenant: TenantId, name: &str) -> Value {
    input(Resource::skill(tenant, SKILLS, name))
}

/// One value with the fields of another.
fn and(value: &Value, more: &Value) -> Value {
    let mut both = value.clone();
    let fields = more.as_object().unwrap().clone();
    both.as_object_mut().unwrap().extend(fields);
    both
}

/// What a caller may do with a resource, in the order of the four operations; nothing when it is not there.
async fn may(client: &Client, resource: &Value) -> Option<[bool; 4]> {
    let mut allowed = [false; 4];
    let operations = ["read", "execute", "share", "manage"];
    for (operation, allowed) in operations.into_iter().zip(&mut allowed) {
        let input = and(resource, &json!({ "operation": operation }));
        let reply = call(client, "permissions_check", &input).await;
        match reply.status {
            200 => *allowed = reply.body["allowed"] == true,
            404 => return None,
            other => panic!("{other}: {}", reply.body),
        }
    }
    Some(allowed)
}

const ALL: Option<[bool; 4]> = Some([true, true, true, true]);
const ALL_BUT_MANAGE: Option<[bool; 4]> = Some([true, true, true, false]);
const USE: Option<[bool; 4]> = Some([true, true, false, false]);
const LOOK: Option<[bool; 4]> = Some([true, false, false, false]);
