//! Whatever arrives at a primitive about the instance, organizations, projects or permissions: the answer names the
//! field and what is wrong with it, and nothing is on record.

use std::collections::BTreeMap;

use cinatra_domain::kernel::TenantId;
use cinatra_domain::permission::Resource;
use cinatra_tests::{Call, Client, Package, Reply};
use serde_json::{Map, Value, json};

use super::{Town, refusal};
use crate::extension::{call, done, package};
use crate::run::{self, AGENT};
use crate::tidy::complain;

const SKILLS: &str = "@acme/mail-skill";
/// Beginnings of names of primitives that other tests look at.
const OTHERS: &[&str] = &[
    "audit_",
    "extension_",
    "extensions_",
    "instance_audit_",
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
    /// A run that waits for an answer.
    run: Value,
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
            run: waiting_run(ada).await,
        }
    }

    /// A call of every primitive that works, but for one field that a test spoils.
    fn samples(&self) -> BTreeMap<&'static str, Value> {
        let mut all = BTreeMap::new();
        all.extend(self.of_organizations());
        all.extend(self.of_teams());
        all.extend(self.of_projects());
        all.extend(self.of_permissions());
        all.extend(self.of_runs());
        all.extend(self.of_agents());
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

impl World {
    fn of_runs(&self) -> [(&'static str, Value); 21] {
        let run = |more: &Value| both(&self.run, more);
        let gate =
            json!({ "gateId": format!("wayflow-{}:1", self.run["runId"].as_str().unwrap()) });
        let page = json!({ "limit": 10 });
        let note = json!({ "userResponse": "yes", "approvalNote": "noted" });
        let reason = json!({ "reason": "none" });
        let inputs = json!({ "inputParams": "{\"guest\": \"Bob\"}" });
        let start = both(
            &inputs,
            &json!({ "packageName": AGENT, "timeoutSeconds": 10,
                "parentRunId": self.run["runId"] }),
        );
        [
            ("agent_run", start.clone()),
            ("agent_run_prepare", start),
            ("agent_run_inputs_update", run(&inputs)),
            ("agent_run_submit", self.run.clone()),
            ("agent_run_reset", self.run.clone()),
            ("agent_run_resume_stopped", self.run.clone()),
            ("agent_run_hitl_prompts_list", run(&page)),
            ("agent_run_hitl_prompts_exclude", run(&gate)),
            (
                "agent_run_events_list",
                run(&both(&page, &json!({ "after": "1-1" }))),
            ),
            ("agent_run_get", self.run.clone()),
            (
                "agent_run_list",
                both(
                    &both(&page, &self.room),
                    &json!({ "packageName": AGENT, "status": "running",
                        "parentRunId": self.run["runId"] }),
                ),
            ),
            ("agent_run_gates_list", run(&page)),
            ("agent_run_context_list", self.run.clone()),
            (
                "context_resolve",
                json!({ "packageName": run::AGENT, "slotId": "brief" }),
            ),
            (
                "objects_types_list",
                both(&page, &json!({ "query": "x", "status": "active" })),
            ),
            (
                "objects_types_get",
                json!({ "objectType": "@acme/notes-artifact:note" }),
            ),
            ("agent_run_resume", run(&both(&gate, &note))),
            ("agent_run_reject", run(&both(&gate, &reason))),
            ("agent_run_retry", self.run.clone()),
            ("agent_run_stop", run(&reason)),
            ("agent_run_update", run(&both(&self.room, &reason))),
        ]
    }
}

impl World {
    fn of_agents(&self) -> [(&'static str, Value); 8] {
        let agent = json!({ "packageName": AGENT });
        let page = json!({ "limit": 10 });
        [
            ("agent_get", agent.clone()),
            (
                "agent_list",
                both(&page, &json!({ "query": "a", "status": "active" })),
            ),
            ("agent_version_list", both(&page, &agent)),
            ("agent_run_counts", agent),
            (
                "agent_run_messages_list",
                both(&both(&self.run, &page), &json!({ "messageType": "user" })),
            ),
            ("agent_runs_stop", json!({ "runIds": [self.run["runId"]] })),
            (
                "jobs_dead_list",
                both(&page, &json!({ "queue": "letters" })),
            ),
            ("jobs_dead_retry", json!({ "jobId": self.run["runId"] })),
        ]
    }
}

/// A run of the agent, once it waits: nothing is on record of it any more until somebody says something.
async fn waiting_run(ada: &Client) -> Value {
    done(ada, "extensions_install", &package(AGENT, "1.0.0")).await;
    let run = run::start(ada, AGENT, &json!({ "guest": "Bob" })).await;
    run::reaches(ada, &run, "pending_approval").await;
    json!({ "runId": run })
}

/// One value with the fields of another.
fn both(one: &Value, other: &Value) -> Value {
    let mut both: Map<_, _> = one.as_object().unwrap().clone();
    both.extend(other.as_object().unwrap().clone());
    Value::Object(both)
}

/// More than a text of that name may have.
fn too_long(field: &str) -> String {
    // What a run is told may be long.
    let chars = if field == "userResponse" {
        70_000
    } else {
        5_000
    };
    "x".repeat(chars)
}

/// What is wrong with a field of that name and schema, and where the answer says it is.
fn spoiled(field: &str, schema: &Value, required: bool) -> Vec<(Option<Value>, String)> {
    let mut all = Vec::new();
    let mut kinds = schema["oneOf"].as_array().into_iter().flatten();
    // What has a word for none takes it; nothing else does.
    if !kinds.any(|kind| kind["type"] == "null") {
        all.push((Some(Value::Null), field.to_owned()));
    }
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
            all.push((Some(json!(too_long(field))), field.to_owned()));
            let nonsense: &[&str] = match field {
                "name" | "namespace" => &["", " ", "a\u{7}b"],
                "slug" => &["", "Deck", "a b", "-a", "a\u{0}"],
                "email" => &["", "nobody", "a@b@c", "a b@example.test"],
                "expiresAt" => &["", "soon", "2027-01-31"],
                "cursor" | "after" => &["nonsense", "0"],
                "inputParams" => &["", "nonsense", "7", "[]"],
                "read" | "execute" | "share" => &["", "everybody"],
                "slotId" => &[""],
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
            let above = schema["maximum"].as_i64().unwrap() + 1;
            all.extend([0, -1, above].map(|number| (Some(json!(number)), field.to_owned())));
            all.push((Some(json!(1.5)), field.to_owned()));
        }
        "array" => {
            all.push((Some(json!(["nonsense"])), field.to_owned()));
            all.push((Some(json!([7])), format!("{field}.0")));
        }
        "object" => {
            for (inner, schema) in schema["properties"].as_object().into_iter().flatten() {
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

/// Free texts: filters, which nothing may fit, and what is handed on, which is only too large (413).
fn is_free(primitive: &str, field: &str) -> bool {
    let is_answer = primitive == "agent_run_resume" && field == "userResponse";
    is_answer || (primitive == "projects_list" && field == "ownerId")
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
    let skills = Package::skill(SKILLS, "1.0.0").pack().unwrap();
    let town = Town::with(&[skills, run::asker()]).await;
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
