//! An organization that people have lived in: every kind of command was given, some were refused.

use cinatra_tests::people::Person;
use cinatra_tests::{Call, Package};
use serde_json::{Value, json};

use super::{AGENT, SKILLS, UNKNOWN, agent, and, skills, the_agent, the_package, the_skill};
use crate::extension::{call, done, package};
use crate::organization::{Town, refuses};
use crate::run;

/// An organization in which everything that can be done was done, by different people for different reasons.
pub(super) async fn lived_in() -> Town {
    let later = Package::skill("@acme/tool-skill", "1.1.0");
    let packages = [
        skills(SKILLS, &["sort-mail", "write-mail"]),
        agent(AGENT),
        run::asker(),
        Package::skill("@acme/tool-skill", "1.0.0").pack().unwrap(),
        later.pack().unwrap(),
    ];
    let town = Town::with(&packages).await;
    let adam = town.bring("Adam", "admin").await;
    let lea = town.bring("Lea", "member").await;
    let cora = town.bring("Cora", "member").await;
    members(&town, &adam, &lea, &cora).await;
    extensions(&town, &adam).await;
    projects(&town, &adam, &lea, &cora).await;
    permissions(&town, &adam, &cora).await;
    runs(&town, &adam, &lea).await;
    let leaving = town.bring("Mia", "member").await;
    done(&leaving.client, "organizations_leave", &json!({})).await;
    let named = json!({ "userId": cora.user_id });
    done(&town.ada.client, "permissions_members_remove", &named).await;
    town
}

async fn members(town: &Town, adam: &Person, lea: &Person, cora: &Person) {
    let ada = &town.ada.client;
    done(
        &adam.client,
        "organizations_update",
        &json!({ "name": "Acme" }),
    )
    .await;
    let invited = json!({ "email": "late@example.test", "role": "member" });
    let invited = done(ada, "permissions_members_invite", &invited).await;
    let invited = json!({ "invitationId": invited["invitationId"] });
    done(ada, "permissions_invitations_cancel", &invited).await;
    done(ada, "permissions_invitations_cancel", &invited).await;
    let role = json!({ "userId": cora.user_id, "role": "admin" });
    done(ada, "permissions_members_update_role", &role).await;
    let input = json!({ "name": "By Cora", "slug": "by-cora" });
    let by_cora = done(&cora.client, "teams_create", &input).await;
    let role = json!({ "userId": cora.user_id, "role": "member" });
    done(ada, "permissions_members_update_role", &role).await;
    refuses(
        &cora.client,
        "teams_create",
        &input,
        (403, "ADMIN_REQUIRED"),
    )
    .await;
    refuses(ada, "teams_create", &input, (409, "SLUG_TAKEN")).await;
    let named = json!({ "teamId": by_cora["teamId"] });
    done(&adam.client, "teams_delete", &named).await;
    let crew = town.team("crew").await;
    town.join(&crew, lea, "admin").await;
    // By the role in the team, and by the one in the organization.
    let hers = json!({ "teamId": crew, "userId": cora.user_id, "role": "member" });
    done(&lea.client, "team_members_add", &hers).await;
    done(&lea.client, "team_members_add", &hers).await;
    let admin = and(&hers, &json!({ "role": "admin" }));
    done(ada, "team_members_update_role", &admin).await;
    let rename = json!({ "teamId": crew, "name": "The crew", "slug": "crew" });
    done(&cora.client, "teams_update", &rename).await;
    done(&adam.client, "teams_update", &rename).await;
    let out = json!({ "teamId": crew, "userId": cora.user_id });
    done(&lea.client, "team_members_remove", &out).await;
    done(&lea.client, "team_members_add", &hers).await;
    let role = json!({ "subjectUserId": lea.user_id, "role": "developer",
        "scope": { "level": "organization", "recordId": town.tenant.to_string() } });
    done(&adam.client, "role_grant_grant", &role).await;
    done(&adam.client, "role_grant_revoke", &role).await;
    done(&adam.client, "role_grant_revoke", &role).await;
    let robot = json!({ "name": "Robot", "scopes": ["run.read"] });
    let robot = done(&adam.client, "service_accounts_create", &robot).await;
    let robot = json!({ "serviceAccountId": robot["serviceAccountId"] });
    done(ada, "service_accounts_rotate", &robot).await;
    done(ada, "service_accounts_revoke", &robot).await;
}

async fn extensions(town: &Town, adam: &Person) {
    let (ada, tool) = (&town.ada.client, "@acme/tool-skill");
    done(&adam.client, "extensions_install", &package(tool, "1.0.0")).await;
    done(ada, "extensions_update", &package(tool, "1.1.0")).await;
    done(ada, "extensions_archive", &package(tool, "1.1.0")).await;
    done(ada, "extensions_restore", &json!({ "packageName": tool })).await;
    let wrong = (409, "VERSION_MISMATCH");
    refuses(ada, "extensions_uninstall", &package(tool, "1.0.0"), wrong).await;
    done(ada, "extensions_uninstall", &package(tool, "1.1.0")).await;
    done(ada, "extensions_install", &package(tool, "1.0.0")).await;
    let force = and(
        &package(tool, "1.0.0"),
        &json!({ "confirmDestructive": true }),
    );
    done(&adam.client, "extensions_force_delete", &force).await;
    let secret = json!({ "name": "model.openai.api-key", "value": "s3cret" });
    done(&adam.client, "secrets_set", &secret).await;
    done(ada, "secrets_rotate_keys", &json!({})).await;
    done(
        ada,
        "secrets_delete",
        &json!({ "name": "model.openai.api-key" }),
    )
    .await;
    done(&adam.client, "audit_events_list", &json!({})).await;
    done(ada, "extension_lifecycle_audit_list", &json!({})).await;
}

/// Lea's runs: by her own right, by that of an administrator and by that of a co-owner.
async fn runs(town: &Town, adam: &Person, lea: &Person) {
    let install = package(run::AGENT, "1.0.0");
    done(&adam.client, "extensions_install", &install).await;
    let rudi = town.bring("Rudi", "member").await;
    let asking = async || {
        let run = run::start(&lea.client, run::AGENT, &json!({ "guest": "Bob" })).await;
        run::reaches(&lea.client, &run, "pending_approval").await;
        run
    };
    let shared = asking().await;
    let grant =
        json!({ "resourceKind": "agent_run", "resourceId": shared, "userId": rudi.user_id });
    done(&lea.client, "permissions_co_owners_grant", &grant).await;
    let policy = json!({ "resourceKind": "agent_run", "resourceId": shared, "read": "org" });
    done(&town.ada.client, "permissions_policies_set", &policy).await;
    let answer = json!({ "runId": shared, "userResponse": "yes", "approvalNote": "noted" });
    done(&rudi.client, "agent_run_resume", &answer).await;
    let noted = json!({ "runId": shared, "gateId": format!("wayflow-{shared}:1") });
    done(&lea.client, "agent_run_hitl_prompts_exclude", &noted).await;
    let named = json!({ "runId": asking().await });
    done(&adam.client, "agent_run_reject", &named).await;
    done(&lea.client, "agent_run_retry", &named).await;
    done(&lea.client, "agent_run_stop", &named).await;
    done(&adam.client, "agent_run_stop", &named).await;
    within_projects(town, adam, lea).await;
    let failed = json!({ "runId": asking().await });
    done(&adam.client, "agent_run_reject", &failed).await;
    done(&adam.client, "agent_run_reset", &failed).await;
    let inputs = and(&failed, &json!({ "inputParams": "{\"guest\": \"Eve\"}" }));
    done(&lea.client, "agent_run_inputs_update", &inputs).await;
    done(&lea.client, "agent_run_submit", &failed).await;
    let draft = json!({ "packageName": run::AGENT, "parentRunId": failed["runId"] });
    done(&lea.client, "agent_run_prepare", &draft).await;
    let stopped = json!({ "runId": asking().await });
    done(&lea.client, "agent_run_stop", &stopped).await;
    done(&lea.client, "agent_run_resume_stopped", &stopped).await;
    let many = json!({ "runIds": [asking().await, asking().await] });
    done(&lea.client, "agent_runs_stop", &many).await;
    refuses(
        &lea.client,
        "agent_run_resume",
        &and(&named, &json!({ "userResponse": "yes" })),
        (409, "RUN_NOT_PENDING"),
    )
    .await;
}

/// A run that Adam starts in Lea's project, which goes from there to the organization's and out of any.
async fn within_projects(town: &Town, adam: &Person, lea: &Person) {
    let all = json!({ "includeArchived": false });
    let listed = town.items(&lea.client, "projects_list", &all).await;
    let find = |level: &str, name: &str| {
        let mut such = listed.iter();
        let such = such.find(|it| it["ownerLevel"] == level && it["name"] == name);
        such.unwrap()["projectId"].as_str().unwrap().to_owned()
    };
    let (workshop, hall) = (find("team", "Workshop"), find("organization", "Room"));
    let terms = Call {
        project: Some(&workshop),
        ..Call::default()
    };
    let input = json!({ "packageName": run::AGENT, "inputParams": "{\"guest\": \"Bob\"}" });
    let started = adam.client.call("agent_run", &input, terms).await.unwrap();
    let named = json!({ "runId": started.body["runId"] });
    done(&adam.client, "agent_run_stop", &named).await;
    for project in [json!(hall), json!(hall), Value::Null, json!(hall)] {
        let to = and(&named, &json!({ "projectId": project, "reason": "Tidy." }));
        done(&adam.client, "agent_run_update", &to).await;
    }
    let back = and(&named, &json!({ "projectId": workshop }));
    done(&adam.client, "agent_run_update", &back).await;
}

async fn projects(town: &Town, adam: &Person, lea: &Person, cora: &Person) {
    let ada = &town.ada.client;
    let here = town.tenant.to_string();
    let teams = town.items(ada, "teams_list", &json!({})).await;
    let crew = teams[0]["teamId"].as_str().unwrap();
    let place = |level: &str, id: &str| json!({ "ownerLevel": level, "ownerId": id });
    let create = async |person: &Person, place: &Value| {
        let input = and(&json!({ "name": "Room" }), place);
        let created = done(&person.client, "projects_create", &input).await;
        json!({ "projectId": created["projectId"] })
    };
    let own = create(lea, &place("user", &lea.user_id)).await;
    create(lea, &place("team", crew)).await;
    create(adam, &place("organization", &here)).await;
    let workspace = create(&town.ada, &place("workspace", "__workspace__")).await;
    done(ada, "projects_archive", &workspace).await;
    let up = and(&own, &place("team", crew));
    done(&lea.client, "projects_promote", &up).await;
    done(&lea.client, "projects_promote", &up).await;
    let down = and(&own, &place("user", &lea.user_id));
    refuses(
        &lea.client,
        "projects_promote",
        &down,
        (422, "RATCHET_VIOLATION"),
    )
    .await;
    let access =
        |level: &str, id: &str| and(&own, &json!({ "principalLevel": level, "principalId": id }));
    let role = |role: &str| json!({ "role": role });
    let (adams, coras, all) = (
        access("user", &adam.user_id),
        access("user", &cora.user_id),
        access("organization", &here),
    );
    done(
        &lea.client,
        "project_access_grant",
        &and(&adams, &role("admin")),
    )
    .await;
    done(
        &adam.client,
        "project_access_grant",
        &and(&coras, &role("write")),
    )
    .await;
    done(
        &adam.client,
        "project_access_grant",
        &and(&coras, &role("write")),
    )
    .await;
    done(
        &adam.client,
        "project_access_grant",
        &and(&all, &role("read")),
    )
    .await;
    let nobody = and(&access("user", UNKNOWN), &role("read"));
    refuses(
        &adam.client,
        "project_access_grant",
        &nobody,
        (404, "PRINCIPAL_NOT_FOUND"),
    )
    .await;
    let described = and(
        &own,
        &json!({ "name": "Workshop", "visibility": "discoverable" }),
    );
    done(&adam.client, "projects_update", &described).await;
    refuses(
        &cora.client,
        "projects_update",
        &described,
        (403, "ADMIN_REQUIRED"),
    )
    .await;
    done(&adam.client, "projects_archive", &own).await;
    refuses(
        &lea.client,
        "projects_update",
        &described,
        (403, "PROJECT_ARCHIVED"),
    )
    .await;
    done(&adam.client, "project_access_revoke", &all).await;
    done(&lea.client, "projects_unarchive", &own).await;
    done(&lea.client, "projects_unarchive", &own).await;
}

async fn permissions(town: &Town, adam: &Person, cora: &Person) {
    let ada = &town.ada.client;
    for name in [SKILLS, AGENT] {
        done(&adam.client, "extensions_install", &package(name, "1.0.0")).await;
    }
    let olive = town.bring("Olive", "owner").await;
    for resource in [
        the_agent(town.tenant),
        the_package(town.tenant),
        the_skill(town.tenant, "sort-mail"),
    ] {
        // By whoever installed it, and by owners of the organization.
        let hers = and(&resource, &json!({ "userId": cora.user_id }));
        done(&adam.client, "permissions_co_owners_grant", &hers).await;
        done(&olive.client, "permissions_co_owners_grant", &hers).await;
        let policy = and(&resource, &json!({ "read": "owner", "execute": "admin" }));
        done(ada, "permissions_policies_set", &policy).await;
        done(&adam.client, "permissions_policies_set", &policy).await;
        let refused = call(&cora.client, "permissions_policies_set", &policy).await;
        assert_eq!(refused.status, 403, "{}", refused.body);
        done(&adam.client, "permissions_policies_clear", &resource).await;
        done(&olive.client, "permissions_co_owners_revoke", &hers).await;
        done(ada, "permissions_co_owners_grant", &hers).await;
    }
}
