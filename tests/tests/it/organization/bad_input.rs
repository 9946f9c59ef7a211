//! Whatever arrives at a primitive about the instance, organizations, projects or permissions: the answer names the
//! field and what is wrong with it, and nothing is on record.

use std::collections::BTreeMap;

use cinatra_domain::kernel::TenantId;
use cinatra_domain::permission::Resource;
use cinatra_tests::{Call, Client, Package, Reply};
use serde_json::{Map, Value, json};

use super::{Town, refusal};
use crate::extension::{call, done, package};
use crate::tidy::complain;

const SKILLS: &str = "@acme/mail-skill";
/// Beginnings of names of primitives that other tests look at.
const OTHERS: &[&str] = &[
    "audit_",
    "extension_",
    "extensions_",
    "permissions_users_",
    "secrets_",
    "sessions_",
    "skills_",
    "tokens_",
    "users_",
];

/// What the calls are about.
struct World {
    here: String,
    ada: String,
    mia: String,
    crew: Value,
    robot: Value,
    room: Value,
    skill: Value,
    invitation: Value,
}

impl World {
    async fn of(town: &Town) -> Self {
        let ada = &town.ada.client;
        let mia = town.bring("Mia", "member").await;
        let crew = town.team("crew").await;
        town.join(&crew, &mia, "member").await;
        let robot = json!({ "name": "Robot", "scopes": ["run.read"] });
        let robot = done(ada, "service_accounts_create", &robot).await;
        let place = json!({ "name": "Room", "ownerLevel": "user", "ownerId": town.ada.user_id });
        let room = done(ada, "projects_create", &place).await;
        done(ada, "extensions_install", &package(SKILLS, "1.0.0")).await;
        let skill = Resource::skill(town.tenant, SKILLS, "mail-skill").id;
        let invite = json!({ "email": "late@example.test", "role": "member" });
        let invited = done(ada, "permissions_members_invite", &invite).await;
        Self {
            here: town.tenant.to_string(),
            ada: town.ada.user_id.clone(),
            mia: mia.user_id,
            crew: json!({ "teamId": crew }),
            robot: json!({ "serviceAccountId": robot["serviceAccountId"] }),
            room: json!({ "projectId": room["projectId"] }),
            skill: json!({ "resourceKind": "skill", "resourceId": skill }),
            invitation: json!({ "invitationId": invited["invitationId"] }),
        }
    }

    /// A call of every primitive that works, but for one field that a test spoils.
    fn samples(&self) -> BTreeMap<&'static str, Value> {
        let mut all = BTreeMap::new();
        all.extend(self.of_organizations());
        all.extend(self.of_teams());
        all.extend(self.of_projects());
        all.extend(self.of_permissions());
        all
    }

    fn of_organizations(&self) -> [(&'static str, Value); 18] {
        let member = json!({ "userId": self.mia });
        let page = json!({ "limit": 10 });
        let scope = json!({ "level": "organization", "recordId": self.here });
        let role = json!({ "subjectUserId": self.mia, "role": "developer", "scope": scope });
        let invite = json!({ "email": "later@example.test", "role": "member" });
        [
            ("instance_get", json!({})),
            ("instance_namespace_choose", json!({ "namespace": "acme" })),
            (
                "instance_namespace_rename",
                json!({ "namespace": "acme", "confirmRename": true }),
            ),
            (
                "organizations_create",
                json!({ "name": "Deck", "slug": "deck" }),
            ),
            ("organizations_get", json!({})),
            ("organizations_update", json!({ "name": "Acme" })),
            ("organizations_leave", json!({})),
            (
                "permissions_members_list",
                both(&page, &json!({ "query": "mia", "role": "member" })),
            ),
            ("permissions_members_invite", both(&invite, &self.crew)),
            (
                "permissions_members_update_role",
                both(&member, &json!({ "role": "admin" })),
            ),
            ("permissions_members_remove", member),
            (
                "permissions_invitations_list",
                both(&page, &json!({ "status": "pending" })),
            ),
            ("permissions_invitations_cancel", self.invitation.clone()),
            (
                "invitations_accept",
                json!({ "token": format!("cic_{}", "0".repeat(64)) }),
            ),
            (
                "role_grant_grant",
                both(&role, &json!({ "expiresAt": "2999-01-31T12:00:00Z" })),
            ),
            ("role_grant_revoke", role),
            (
                "role_grant_list",
                both(&page, &json!({ "filterSubjectUserId": self.mia })),
            ),
            ("service_accounts_list", page),
        ]
    }

    fn of_teams(&self) -> [(&'static str, Value); 11] {
        let (slug, page) = (
            json!({ "name": "Deck", "slug": "deck" }),
            json!({ "limit": 10 }),
        );
        let hers = both(&self.crew, &json!({ "userId": self.mia }));
        let admin = both(&hers, &json!({ "role": "admin" }));
        [
            ("teams_create", slug.clone()),
            ("teams_update", both(&self.crew, &slug)),
            ("teams_delete", self.crew.clone()),
            ("teams_list", page.clone()),
            ("team_members_add", admin.clone()),
            ("team_members_update_role", admin),
            ("team_members_remove", hers),
            ("team_members_list", both(&self.crew, &page)),
            (
                "service_accounts_create",
                json!({ "name": "Robot", "scopes": ["run.read"] }),
            ),
            ("service_accounts_rotate", self.robot.clone()),
            ("service_accounts_revoke", self.robot.clone()),
        ]
    }

    fn of_projects(&self) -> [(&'static str, Value); 11] {
        let place = json!({ "ownerLevel": "user", "ownerId": self.ada, "name": "Room" });
        let up = json!({ "ownerLevel": "team", "ownerId": self.crew["teamId"] });
        let access = json!({ "principalLevel": "user", "principalId": self.mia });
        let access = both(&self.room, &access);
        let page = json!({ "limit": 10, "ownerLevel": "user", "ownerId": self.ada });
        let room = |more: &Value| both(&self.room, more);
        [
            (
                "projects_create",
                both(
                    &place,
                    &json!({ "description": "x", "visibility": "private" }),
                ),
            ),
            ("projects_get", self.room.clone()),
            (
                "projects_list",
                both(&page, &json!({ "includeArchived": true })),
            ),
            (
                "projects_update",
                room(&json!({ "name": "Hall", "visibility": "private" })),
            ),
            ("projects_promote", room(&up)),
            ("projects_archive", room(&json!({ "reason": "Done." }))),
            ("projects_unarchive", room(&json!({ "reason": "More." }))),
            (
                "project_access_grant",
                both(&access, &json!({ "role": "read" })),
            ),
            ("project_access_revoke", access),
            ("project_access_list", self.room.clone()),
            ("project_access_check", self.room.clone()),
        ]
    }

    fn of_permissions(&self) -> [(&'static str, Value); 7] {
        let skill = |more: &Value| both(&self.skill, more);
        let hers = skill(&json!({ "userId": self.mia }));
        [
            ("permissions_co_owners_grant", hers.clone()),
            ("permissions_co_owners_revoke", hers),
            ("permissions_co_owners_list", self.skill.clone()),
            (
                "permissions_policies_set",
                skill(&json!({ "read": "org", "share": "owner" })),
            ),
            ("permissions_policies_clear", self.skill.clone()),
            ("permissions_policies_get", self.skill.clone()),
            ("permissions_check", skill(&json!({ "operation": "read" }))),
        ]
    }
}

/// One value with the fields of another.
fn both(one: &Value, other: &Value) -> Value {
    let mut both: Map<_, _> = one.as_object().unwrap().clone();
    both.extend(other.as_object().unwrap().clone());
    Value::Object(both)
}

/// What is wrong with a field of that name and schema, and where the answer says it is.
fn spoiled(field: &str, schema: &Value, required: bool) -> Vec<(Option<Value>, String)> {
    let mut all = vec![(Some(Value::Null), field.to_owned())];
    if required {
        all.push((None, field.to_owned()));
    }
    let kind = schema["type"].as_str().unwrap_or("string");
    let other = if kind == "string" {
        json!(7)
    } else {
        json!("text")
    };
    all.push((Some(other), field.to_owned()));
    let is_word = schema["enum"].is_array() || schema["oneOf"].is_array();
    match kind {
        "string" if is_word => {
            all.extend(
                ["", "nonsense", "Member"].map(|text| (Some(json!(text)), field.to_owned())),
            );
        }
        "string" => {
            all.push((Some(json!("x".repeat(5_000))), field.to_owned()));
            let nonsense: &[&str] = match field {
                "name" | "namespace" => &["", " ", "a\u{7}b"],
                "slug" => &["", "Deck", "a b", "-a", "a\u{0}"],
                "email" => &["", "nobody", "a@b@c", "a b@example.test"],
                "expiresAt" => &["", "soon", "2027-01-31"],
                "cursor" => &["nonsense", "0"],
                "read" | "execute" | "share" => &["", "everybody"],
                _ if field.to_lowercase().ends_with("id") => &[
                    "",
                    "nonsense",
                    "01a20170-61d3-7004-9d22-46000e86bb1",
                    "../../x",
                ],
                _ => &[],
            };
            all.extend(
                nonsense
                    .iter()
                    .map(|text| (Some(json!(text)), field.to_owned())),
            );
        }
        "integer" => {
            all.extend([0, -1, 201].map(|number| (Some(json!(number)), field.to_owned())));
            all.push((Some(json!(1.5)), field.to_owned()));
        }
        "array" => {
            all.push((Some(json!(["nonsense"])), field.to_owned()));
            all.push((Some(json!([7])), format!("{field}.0")));
        }
        "object" => {
            for (inner, schema) in schema["properties"].as_object().unwrap() {
                for (value, place) in spoiled(inner, schema, true) {
                    let mut scope = json!({ "level": "user",
                        "recordId": "01a20170-61d3-7004-9d22-46000e86bb16" });
                    match value {
                        Some(value) => scope[inner] = value,
                        None => drop(scope.as_object_mut().unwrap().remove(inner)),
                    }
                    all.push((Some(scope), format!("{field}.{place}")));
                }
            }
        }
        _ => {}
    }
    all
}

/// Free texts that filter: whatever they say, nothing has it.
fn is_free(primitive: &str, field: &str) -> bool {
    primitive == "projects_list" && field == "ownerId"
}

/// What the answer to a spoiled call lacks.
fn lacking(reply: &Reply, field: &str, input: &Value) -> Option<String> {
    let details = &reply.body["error"]["details"];
    let reason = details["reason"].as_str();
    let is_told = reply.status == 400
        && reply.code().is_some()
        && details["field"] == field
        && reason.is_some_and(|reason| !reason.is_empty());
    let answer = || {
        format!(
            "{input}: not about {field}: {} {}",
            reply.status, reply.body
        )
    };
    (!is_told).then(answer)
}

async fn heads(town: &Town) -> Vec<(TenantId, i64)> {
    let heads = town.served.server().store().heads().await.unwrap();
    heads
        .into_iter()
        .map(|(tenant, head)| (tenant, head.0))
        .collect()
}

/// Everything that can be wrong with one call.
async fn spoil(client: &Client, name: &str, schema: &Value, sample: &Value) -> Vec<String> {
    let mut findings = Vec::new();
    for (field, of_field) in schema["properties"].as_object().unwrap() {
        let required = schema["required"].as_array();
        let required = required.is_some_and(|all| all.contains(&json!(field)));
        for (value, place) in spoiled(field, of_field, required) {
            let is_text = value.as_ref().is_some_and(Value::is_string);
            if is_free(name, field) && is_text && value != Some(json!("x".repeat(5_000))) {
                continue;
            }
            let mut input = sample.clone();
            match value {
                Some(value) => input[field] = value,
                None => drop(input.as_object_mut().unwrap().remove(field)),
            }
            let reply = call(client, name, &input).await;
            if name == "invitations_accept" && reply.status == 404 {
                // A secret has no form that anybody is told.
                continue;
            }
            findings.extend(lacking(&reply, &place, &json!({ name: input })));
        }
    }
    let mut more = sample.clone();
    more["unexpected"] = json!(true);
    let reply = call(client, name, &more).await;
    findings.extend(lacking(&reply, "unexpected", &json!({ name: more })));
    for body in [
        "[]",
        "\"text\"",
        "null",
        "7",
        "{",
        "",
        "{\"a\":\"\\ud800\"}",
    ] {
        if body.is_empty() && schema["required"].is_null() {
            // Nothing is said, and nothing needs to be.
            continue;
        }
        let reply = client.post(name, body.to_owned(), Call::default()).await;
        refusal(&reply.unwrap(), 400, "INVALID_INPUT");
    }
    findings
}

#[tokio::test(flavor = "multi_thread")]
async fn every_field_of_every_primitive_is_named_when_it_is_wrong() {
    let town = Town::with(&[Package::skill(SKILLS, "1.0.0").pack().unwrap()]).await;
    let samples = World::of(&town).await.samples();
    let listed = town.ada.client.get("/api/primitives").await.unwrap().body;
    let before = heads(&town).await;
    let (mut seen, mut findings) = (0, Vec::new());
    for primitive in listed["primitives"].as_array().unwrap() {
        let name = primitive["name"].as_str().unwrap();
        if OTHERS.iter().any(|other| name.starts_with(other)) {
            continue;
        }
        let sample = samples.get(name);
        let sample = sample.unwrap_or_else(|| panic!("{name} is not called here"));
        let schema = &primitive["inputSchema"];
        findings.extend(spoil(&town.ada.client, name, schema, sample).await);
        seen += 1;
    }
    complain("answers that do not say what is wrong", &findings);
    assert_eq!(seen, samples.len());
    assert_eq!(heads(&town).await, before, "nonsense is on record");
}
