//! What goes with whom: a membership ends with everything that was given to it, and none of it comes back.

use cinatra_domain::permission::Resource;
use cinatra_tests::Package;
use cinatra_tests::people::{Person, secret_of_next_mail};
use serde_json::{Value, json};

use super::{Town, column, refuses};
use crate::extension::{call, done, package};

const SKILLS: &str = "@acme/mail-skill";

/// A member who was given everything that can be given, and where.
struct Estate {
    town: Town,
    mia: Person,
    team: String,
    projects: [String; 2],
    skill: Value,
}

impl Estate {
    async fn new() -> Self {
        let town = Town::with(&[Package::skill(SKILLS, "1.0.0").pack().unwrap()]).await;
        let mia = town.bring("Mia", "member").await;
        let ada = &town.ada.client;
        let team = town.team("crew").await;
        town.join(&team, &mia, "admin").await;
        let mut projects = Vec::new();
        for role in ["write", "admin"] {
            let input = json!({ "name": role, "ownerLevel": "user",
                "ownerId": town.ada.user_id });
            let created = done(ada, "projects_create", &input).await;
            let grant = json!({ "projectId": created["projectId"], "principalLevel": "user",
                "principalId": mia.user_id, "role": role });
            done(ada, "project_access_grant", &grant).await;
            projects.push(created["projectId"].as_str().unwrap().to_owned());
        }
        done(ada, "extensions_install", &package(SKILLS, "1.0.0")).await;
        let skill = Resource::skill(town.tenant, SKILLS, "mail-skill");
        let skill = json!({ "resourceKind": "skill", "resourceId": skill.id });
        let mut owner = skill.clone();
        owner["userId"] = json!(mia.user_id);
        done(ada, "permissions_co_owners_grant", &owner).await;
        let policy = json!({ "resourceKind": "skill", "resourceId": skill["resourceId"],
            "read": "owner", "execute": "owner" });
        done(ada, "permissions_policies_set", &policy).await;
        let role = json!({ "subjectUserId": mia.user_id, "role": "developer",
            "scope": { "level": "organization", "recordId": town.tenant.to_string() } });
        done(ada, "role_grant_grant", &role).await;
        Self {
            town,
            mia,
            team,
            projects: projects.try_into().unwrap(),
            skill,
        }
    }

    /// Who is named where, by what anybody is shown.
    async fn named(&self) -> Value {
        let (town, ada) = (&self.town, &self.town.ada.client);
        let mut access = Vec::new();
        for project in &self.projects {
            let input = json!({ "projectId": project });
            let rows = town.items(ada, "project_access_list", &input).await;
            let users = rows
                .iter()
                .filter(|row| row["principalId"] == self.mia.user_id);
            access.push(users.count());
        }
        let team = json!({ "teamId": self.team });
        let roles = json!({ "filterSubjectUserId": self.mia.user_id });
        let lists = [
            ("permissions_co_owners_list", &self.skill),
            ("team_members_list", &team),
            ("role_grant_list", &roles),
        ];
        let mut counts = Vec::new();
        for (primitive, input) in lists {
            counts.push(town.items(ada, primitive, input).await.len());
        }
        json!({ "access": access, "coOwners, team, roles": counts })
    }

    /// What the member can still reach.
    async fn reaches(&self, person: &Person) -> Vec<u16> {
        let mut skill = self.skill.clone();
        skill["operation"] = json!("execute");
        let project = json!({ "projectId": self.projects[0] });
        let rename = json!({ "teamId": self.team, "name": "Mine", "slug": "mine" });
        let mut reached = Vec::new();
        for (primitive, input) in [
            ("permissions_check", &skill),
            ("project_access_check", &project),
            ("teams_update", &rename),
        ] {
            reached.push(call(&person.client, primitive, input).await.status);
        }
        reached
    }
}

fn everything() -> Value {
    json!({ "access": [1, 1], "coOwners, team, roles": [1, 1, 1] })
}

fn nothing() -> Value {
    json!({ "access": [0, 0], "coOwners, team, roles": [0, 0, 0] })
}

#[tokio::test(flavor = "multi_thread")]
async fn with_a_member_goes_everything_that_was_given_to_them_and_it_does_not_come_back() {
    let mut estate = Estate::new().await;
    assert_eq!(estate.named().await, everything());
    assert_eq!(estate.reaches(&estate.mia).await, [200, 200, 200]);
    let ada = &estate.town.ada.client;
    let named = json!({ "userId": estate.mia.user_id });
    let before = estate.town.ledger().await.len();
    done(ada, "permissions_members_remove", &named).await;

    let ledger = estate.town.ledger().await;
    let mut gone: Vec<_> = ledger[before..].iter().collect();
    gone.retain(|event| event.wire_name != "authority.decided.v1");
    let commands: std::collections::BTreeSet<_> = gone.iter().map(|e| e.command_id.0).collect();
    assert_eq!(commands.len(), 1, "in one append: {gone:?}");
    let mut wire_names: Vec<_> = gone.iter().map(|event| event.wire_name.as_str()).collect();
    wire_names.sort_unstable();
    assert_eq!(
        wire_names,
        [
            "organization.member_removed.v1",
            "permission.co_owner_revoked.v1",
            "project.access_revoked.v1",
            "project.access_revoked.v1",
        ]
    );
    assert_eq!(estate.named().await, nothing());
    // The session is there, and acts in no organization.
    let me = done(&estate.mia.client, "users_me", &json!({})).await;
    assert_eq!(me["organizationIds"], json!([]));
    assert_eq!(estate.reaches(&estate.mia).await, [403, 403, 403]);
    let select = json!({ "organizationId": estate.town.tenant.to_string() });
    let absent = (404, "NOT_FOUND");
    refuses(
        &estate.mia.client,
        "sessions_select_organization",
        &select,
        absent,
    )
    .await;
    refuses(
        ada,
        "permissions_members_remove",
        &named,
        (404, "MEMBER_NOT_FOUND"),
    )
    .await;

    let home = estate.town.served.home();
    let back = estate.town.ada.bring_in(home, &mut estate.mia, "member");
    back.await.unwrap();
    assert_eq!(estate.named().await, nothing());
    assert_eq!(estate.reaches(&estate.mia).await, [404, 404, 403]);
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_leaves_leaves_everything_that_was_given_to_them() {
    let estate = Estate::new().await;
    let token = estate.mia.token().await.unwrap();
    let program = cinatra_tests::Client::new(estate.town.served.url(), token).unwrap();
    done(&program, "projects_list", &json!({})).await;
    done(&estate.mia.client, "organizations_leave", &json!({})).await;
    assert_eq!(estate.named().await, nothing());
    let refused = call(&estate.mia.client, "projects_list", &json!({})).await;
    assert_eq!(refused.status, 403, "{}", refused.body);
    let refused = call(&program, "projects_list", &json!({})).await;
    assert!(matches!(refused.status, 401 | 403), "{}", refused.body);
    let ada = &estate.town.ada.client;
    let members = estate
        .town
        .items(ada, "permissions_members_list", &json!({}))
        .await;
    assert_eq!(
        column(&members, "userId"),
        [estate.town.ada.user_id.as_str()]
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_mail_that_a_removed_member_still_has_does_not_bring_them_back() {
    let town = Town::with(&[]).await;
    let mia = town.stranger("Mia").await;
    let accept = "invitations_accept";
    let mut secrets = Vec::new();
    for role in ["member", "admin"] {
        let input = json!({ "email": mia.email, "role": role });
        done(&town.ada.client, "permissions_members_invite", &input).await;
        let secret = secret_of_next_mail(town.served.home(), &mia.email, accept, &secrets);
        let secret = secret.await.unwrap();
        secrets.push(secret);
    }
    let (used, unused) = (
        json!({ "token": secrets[0] }),
        json!({ "token": secrets[1] }),
    );
    done(&mia.client, accept, &used).await;
    let named = json!({ "userId": mia.user_id });
    done(&town.ada.client, "permissions_members_remove", &named).await;
    // What she followed is used up, and what she did not follow is taken back.
    refuses(&mia.client, accept, &used, (409, "INVITATION_ACCEPTED")).await;
    let reply = call(&mia.client, accept, &unused).await;
    assert_eq!(reply.status, 404, "{}", reply.body);
    let me = done(&mia.client, "users_me", &json!({})).await;
    assert_eq!(me["organizationIds"], json!([]));
}
