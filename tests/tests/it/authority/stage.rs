//! What the calls are about: one organization with everything that access can be given to.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

use cinatra_api::security::{Principal, Token};
use cinatra_domain::kernel::TenantId;
use cinatra_domain::permission::Resource;
use cinatra_tests::people;
use cinatra_tests::served::Served;
use cinatra_tests::{Client, Package, Packed};
use serde_json::{Value, json};

use super::cast::{Cast, Who};
use super::runs::{Runs, agents};

/// The package of skills that stands open.
pub(super) const KIT: &str = "@acme/kit-skills";
/// The agent that is the team's.
pub(super) const DESK: &str = "@acme/desk-agent";
/// Another one.
pub(super) const SHUT: &str = "@acme/shut-agent";
/// The package that Otto installs.
pub(super) const OTTOS: &str = "@acme/ottos-skills";
/// A package that has no co-owners and no policy, whatever it is.
pub(super) const NOTE: &str = "@acme/note-artifact";
/// A type that it declares.
pub(super) const NOTE_TYPE: &str = "@acme/note:note";
/// A secret of our organization.
pub(super) const SECRET: &str = "ours.kept";
/// Packages to which things happen, by what happens.
pub(super) const PASSING: [&str; 6] = [
    "install",
    "update",
    "uninstall",
    "archive",
    "restore",
    "delete",
];

/// The stage, set.
#[derive(Debug)]
pub(super) struct Stage {
    pub(super) served: Served,
    pub(super) nobody: Client,
    pub(super) cast: Cast,
    pub(super) team: String,
    /// A service account to rotate.
    pub(super) robot: String,
    /// An invitation that was sent first.
    pub(super) invitation: String,
    /// A token of Mia's.
    pub(super) mias_token: String,
    pub(super) private: String,
    pub(super) discoverable: String,
    pub(super) shared: String,
    pub(super) teams: String,
    /// To archive.
    pub(super) shelf: String,
    pub(super) runs: Runs,
    made: AtomicU32,
}

/// The package to which that happens.
pub(super) fn passing(purpose: &str) -> String {
    format!("@acme/{purpose}-skills")
}

fn skill(name: &str) -> Vec<u8> {
    format!("---\nname: {name}\ndescription: Tells of {name}.\n---\n\nTell it.\n").into_bytes()
}

fn packages() -> Vec<Packed> {
    let kit = ["open", "closed", "shut", "team", "project"];
    let kit = kit.iter().fold(Package::skill(KIT, "1.0.0"), |kit, name| {
        kit.with_file(&format!("skills/{name}/SKILL.md"), &skill(name))
    });
    let agent = |name| Package::skill(name, "1.0.0").with("kind", json!("agent"));
    let desk = agent(DESK).with_file("skills/wider/SKILL.md", &skill("wider"));
    let types = json!({ "objectTypes": [{ "type": NOTE_TYPE, "claim": "dedicated" }] });
    let note = Package::skill(NOTE, "1.0.0")
        .with("kind", json!("artifact"))
        .with("artifact", types);
    let mut packages = vec![
        kit,
        desk,
        agent(SHUT),
        Package::skill(OTTOS, "1.0.0"),
        note,
        Package::skill(&passing("update"), "1.1.0"),
    ];
    packages.extend(PASSING.map(|purpose| Package::skill(&passing(purpose), "1.0.0")));
    let packages = packages.iter().map(|it| it.pack().unwrap());
    packages.chain(agents()).collect()
}

impl Stage {
    /// Sets it.
    pub(super) async fn set(keys: impl Iterator<Item = &str>) -> Self {
        let served = Served::with(&packages()).await.unwrap();
        let cast = Cast::assemble(&served, keys).await;
        let mut stage = Self {
            nobody: people::nobody(&served.url()).unwrap(),
            served,
            cast,
            team: String::new(),
            robot: String::new(),
            invitation: String::new(),
            mias_token: String::new(),
            private: String::new(),
            discoverable: String::new(),
            shared: String::new(),
            teams: String::new(),
            shelf: String::new(),
            runs: Runs::default(),
            made: AtomicU32::new(0),
        };
        stage.form_the_team().await;
        stage.begin_projects().await;
        stage.install_packages().await;
        stage.begin_runs().await;
        let namespace = json!({ "namespace": "acme-works" });
        stage.ada("instance_namespace_choose", &namespace).await;
        stage.keep_what_is_listed().await;
        let robot = json!({ "name": "Robot", "scopes": [] });
        stage.robot = id(
            &stage.ada("service_accounts_create", &robot).await,
            "serviceAccountId",
        );
        let token = stage
            .done(Who::Mia, "tokens_create", &json!({ "label": "mine" }))
            .await;
        stage.mias_token = id(&token, "tokenId");
        stage.settle().await;
        stage
    }

    /// One of everything that lists show.
    async fn keep_what_is_listed(&mut self) {
        let input = json!({ "email": people::address("invited first"), "role": "member" });
        let invited = self.ada("permissions_members_invite", &input).await;
        self.invitation = id(&invited, "invitationId");
        let secret = json!({ "name": SECRET, "value": "kept" });
        self.ada("secrets_set", &secret).await;
        let scope = json!({ "level": "organization", "recordId": self.cast.organization });
        let role = json!({ "subjectUserId": self.cast.vic, "role": "customer", "scope": scope });
        self.ada("role_grant_grant", &role).await;
        let name = passing("delete");
        self.install(&name, "1.0.0").await;
        let gone = json!({
            "packageName": name, "packageVersion": "1.0.0", "confirmDestructive": true,
        });
        self.ada("extensions_force_delete", &gone).await;
    }

    async fn form_the_team(&mut self) {
        let team = json!({ "name": "Team", "slug": "team" });
        self.team = id(&self.ada("teams_create", &team).await, "teamId");
        for (who, role) in [
            (Who::Tess, "member"),
            (Who::Tina, "admin"),
            (Who::Ada, "admin"),
        ] {
            let input =
                json!({ "teamId": self.team, "userId": self.cast.user_id(who), "role": role });
            self.ada("team_members_add", &input).await;
        }
    }

    /// There are only so many teams; whoever forms one makes room for the next.
    pub(super) async fn disband_what_was_formed(&self) {
        self.settle().await;
        let teams = self.ada("teams_list", &json!({ "limit": 200 })).await;
        for team in teams["items"].as_array().unwrap() {
            if team["teamId"] != self.team.as_str() {
                let named = json!({ "teamId": team["teamId"] });
                self.ada("teams_delete", &named).await;
            }
        }
    }

    async fn begin_projects(&mut self) {
        self.private = self.project().await;
        self.shelf = self.project().await;
        let own = self.cast.user_id(Who::Ada).to_owned();
        self.discoverable = self.begin("user", &own, "discoverable").await;
        self.shared = self.begin("user", &own, "private").await;
        self.teams = self.begin("team", &self.team, "private").await;
        let organization = &self.cast.organization;
        self.share(&self.shared, "organization", organization, "read")
            .await;
    }

    async fn begin(&self, level: &str, owner: &str, visibility: &str) -> String {
        let input = json!({
            "name": "Project", "ownerLevel": level, "ownerId": owner, "visibility": visibility,
        });
        id(&self.ada("projects_create", &input).await, "projectId")
    }

    pub(super) async fn share(&self, project: &str, level: &str, principal: &str, role: &str) {
        let input = json!({
            "projectId": project, "principalLevel": level, "principalId": principal, "role": role,
        });
        self.ada("project_access_grant", &input).await;
    }

    /// A private project of Ada's: Cora administers it, the team writes in it, and Rex did.
    pub(super) async fn project(&self) -> String {
        let project = self
            .begin("user", self.cast.user_id(Who::Ada), "private")
            .await;
        let (cora, rex) = (self.cast.user_id(Who::Cora), self.cast.user_id(Who::Rex));
        self.share(&project, "user", cora, "admin").await;
        self.share(&project, "team", &self.team, "write").await;
        self.share(&project, "user", rex, "admin").await;
        let input = json!({ "projectId": project, "principalLevel": "user", "principalId": rex });
        self.ada("project_access_revoke", &input).await;
        project
    }

    async fn install_packages(&self) {
        for name in [KIT, DESK, SHUT, NOTE] {
            self.install(name, "1.0.0").await;
        }
        let input = json!({ "packageName": OTTOS, "packageVersion": "1.0.0" });
        self.done(Who::Otto, "extensions_install", &input).await;
        let team = format!("team:{}", self.team);
        let policies = [
            (self.skill("open"), "workspace"),
            (self.skill("closed"), "owner"),
            (self.skill("shut"), "owner"),
            (self.skill("team"), &team),
            (self.skill("project"), &format!("project:{}", self.private)),
            (self.agent(DESK), &team),
            (self.agent(SHUT), &team),
            (self.wider(), "workspace"),
        ];
        for (resource, read) in policies {
            self.close(resource, read).await;
        }
        let owned = [
            self.package(KIT),
            self.skill("closed"),
            self.skill("shut"),
            self.agent(DESK),
            self.agent(SHUT),
        ];
        for resource in owned {
            self.own_together(resource).await;
        }
    }

    /// Says who may look at a resource; nobody but its owner uses it.
    pub(super) async fn close(&self, resource: Resource, read: &str) {
        let mut input = named(resource);
        (input["read"], input["execute"]) = (json!(read), json!("owner"));
        self.ada("permissions_policies_set", &input).await;
    }

    fn tenant(&self) -> TenantId {
        self.cast.organization.parse().unwrap()
    }

    pub(super) fn skill(&self, name: &str) -> Resource {
        Resource::skill(self.tenant(), KIT, name)
    }

    /// The skill that is for more people than the agent that brings it.
    pub(super) fn wider(&self) -> Resource {
        Resource::skill(self.tenant(), DESK, "wider")
    }

    pub(super) fn package(&self, name: &str) -> Resource {
        Resource::skill_package(self.tenant(), name)
    }

    pub(super) fn agent(&self, name: &str) -> Resource {
        Resource::agent_template(self.tenant(), name)
    }

    /// Installs a package in our organization; nothing happens when it is there.
    pub(super) async fn install(&self, name: &str, version: &str) {
        let input = json!({ "packageName": name, "packageVersion": version });
        self.ada("extensions_install", &input).await;
    }

    /// A number that was not there before.
    pub(super) fn next(&self) -> u32 {
        self.made.fetch_add(1, Ordering::Relaxed)
    }

    /// Calls as somebody, and expects that it works.
    pub(super) async fn done(&self, who: Who, primitive: &str, input: &Value) -> Value {
        let client = self.client(self.cast.token(who, None));
        people::done(&client, primitive, input)
            .await
            .unwrap_or_else(|error| panic!("{who:?} {primitive}: {error}"))
    }

    /// Calls as Ada.
    pub(super) async fn ada(&self, primitive: &str, input: &Value) -> Value {
        self.done(Who::Ada, primitive, input).await
    }

    pub(super) fn client(&self, token: &str) -> Client {
        self.nobody.holding(token)
    }

    /// Whom a credential stands for.
    pub(super) async fn principal(&self, token: &str) -> Arc<Principal> {
        let nobody = || Arc::new(Principal::anonymous());
        let Ok(token) = Token::parse(token) else {
            return nobody();
        };
        let gate = self.served.server().app().gate();
        gate.authenticate(&token)
            .await
            .unwrap()
            .unwrap_or_else(nobody)
    }

    /// Waits until the read models hold everything that happened.
    pub(super) async fn settle(&self) {
        let (projections, began) = (
            &self.served.server().app().backend().projections,
            Instant::now(),
        );
        loop {
            let statuses = projections.status().await.unwrap();
            if statuses.iter().all(|status| status.lag == 0) {
                return;
            }
            assert!(began.elapsed() < Duration::from_mins(1), "{statuses:?}");
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }
}

/// A field of an answer.
pub(super) fn id(body: &Value, field: &str) -> String {
    let text = body[field].as_str().map(str::to_owned);
    text.unwrap_or_else(|| panic!("no {field} in {body}"))
}

/// A resource as callers name it.
pub(super) fn named(resource: Resource) -> Value {
    json!({ "resourceKind": resource.kind, "resourceId": resource.id.to_string() })
}
