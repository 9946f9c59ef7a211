//! An organization on two nodes, in which everybody is there whom a race needs.

use std::sync::Arc;

use cinatra_commands::Error;
use cinatra_commands::gateway::blobs::Blobs;
use cinatra_commands::organization::RevokeRole;
use cinatra_domain::extension::{self, ExtensionState, PackageName, Version};
use cinatra_domain::kernel::{
    ContentRef, Position, ProjectId, RunId, SnapshotId, StreamId, TeamId, TenantId, UserId,
};
use cinatra_domain::organization::{
    self, MemberAdded, OrganizationEvent, OrganizationRole, TeamCreated, TeamMemberAdded, TeamRole,
};
use cinatra_domain::project::{
    self, AccessGranted, GrantRole, Owner, Principal, ProjectEvent, ProjectVisibility,
};
use cinatra_domain::run::{self, RunEvent};
use cinatra_eventstore::{Recorded, SideRow};
use cinatra_tests::orders::Step;
use cinatra_tests::places::Scratch;
use cinatra_tests::{Database, Flow};
use serde::de::DeserializeOwned;
use serde_json::{Value, json};
use uuid::Uuid;

use super::stack::{Deed, Facts, Stack, race};
use crate::projections::history::{installed, release};

pub(crate) const ACME: TenantId = TenantId::new(Uuid::from_u128(0xacae));
/// Owners.
pub(crate) const ADA: UserId = UserId(Uuid::from_u128(1));
pub(crate) const OLIVE: UserId = UserId(Uuid::from_u128(2));
/// An administrator.
pub(crate) const OTTO: UserId = UserId(Uuid::from_u128(3));
/// A member: of the crew, and with much access.
pub(crate) const CORA: UserId = UserId(Uuid::from_u128(4));
/// An administrator who also administers the crew.
pub(crate) const LEA: UserId = UserId(Uuid::from_u128(5));
pub(crate) const CREW: TeamId = TeamId(Uuid::from_u128(6));
/// The organization's.
pub(crate) const HALL: ProjectId = ProjectId(Uuid::from_u128(11));
/// Ada's; Cora administers it.
pub(crate) const STUDY: ProjectId = ProjectId(Uuid::from_u128(12));
/// Ada's; the crew administers it.
pub(crate) const WORKSHOP: ProjectId = ProjectId(Uuid::from_u128(13));
/// Lea's.
pub(crate) const ATTIC: ProjectId = ProjectId(Uuid::from_u128(14));

/// Installed, by nobody in particular; it can be run.
pub(crate) const AGENT: &str = "@acme/mail-agent";
/// Cora's run of it, in the study, which nobody has taken yet.
pub(crate) const ERRAND: RunId = RunId(Uuid::from_u128(21));

/// Two nodes of one instance.
pub(crate) struct World {
    pub(crate) nodes: [Arc<Stack>; 2],
    _folder: Scratch,
}

impl World {
    /// In which everybody is there.
    pub(crate) async fn new() -> Self {
        let database = Database::fresh().await.unwrap();
        let folder = Scratch::new("race").unwrap();
        let nodes = [
            Arc::new(Stack::open(&database, folder.path()).await),
            Arc::new(Stack::open(&database, folder.path()).await),
        ];
        nodes[0].store.create_ledger(ACME).await.unwrap();
        let blobs = Blobs::open(&folder.path().join("blobs")).unwrap();
        let agent = Flow::of("asker", &["guest"]).asks("gate");
        let agent = agent.agent(AGENT, "1.0.0").unwrap();
        let tarball = blobs.put(ACME, agent.tarball.into()).await.unwrap();
        nodes[0].plant(ACME, society(&tarball)).await;
        for node in &nodes {
            // Each node appends once, so that later only appends stand before its gate.
            let warm = Stack::as_system(ACME, "role_grant_revoke");
            let scope = json!({ "level": "user", "recordId": CORA });
            let revoke: RevokeRole =
                input(json!({ "subjectUserId": CORA, "role": "customer", "scope": scope }));
            let revoked = node.organizations.revoke_role(&warm, &revoke).await;
            assert!(!revoked.unwrap().output.changed);
        }
        Self {
            nodes,
            _folder: folder,
        }
    }

    /// Both deeds in one order.
    pub(crate) async fn race(&self, deeds: [Deed; 2], order: &[Step]) -> [Result<(), Error>; 2] {
        race(&self.nodes, deeds, order).await
    }

    /// Everything that the organization's ledger says.
    pub(crate) async fn ledger(&self) -> Vec<Recorded> {
        let store = &self.nodes[0].store;
        let ledger = store.read_ledger(ACME, Position::START, 10_000);
        ledger.await.unwrap()
    }
}

/// What a caller sends.
pub(crate) fn input<T: DeserializeOwned>(value: Value) -> T {
    serde_json::from_value(value).unwrap()
}

/// The agent is what the tarball of this digest says.
fn society(tarball: &str) -> Facts {
    let (mut facts, mut side) = (Facts::new(1), Vec::new());
    let mut typed = |text: &str| -> ContentRef {
        let (reference, row) = SideRow::content(text.as_bytes().to_vec());
        side.push(row);
        reference
    };
    let mut of_organization: Vec<OrganizationEvent> = vec![
        organization::Created {
            organization_id: ACME,
            slug: "acme".to_owned(),
            name: typed("Acme"),
        }
        .into(),
    ];
    for (user_id, role) in [
        (ADA, OrganizationRole::Owner),
        (OLIVE, OrganizationRole::Owner),
        (OTTO, OrganizationRole::Admin),
        (LEA, OrganizationRole::Admin),
        (CORA, OrganizationRole::Member),
    ] {
        let invitation_id = None;
        let added = MemberAdded {
            user_id,
            role,
            invitation_id,
        };
        of_organization.push(added.into());
    }
    let team = TeamCreated {
        team_id: CREW,
        slug: "crew".to_owned(),
        name: typed("Crew"),
    };
    of_organization.push(team.into());
    for (user_id, role) in [(LEA, TeamRole::Admin), (CORA, TeamRole::Member)] {
        let team_id = CREW;
        let added = TeamMemberAdded {
            team_id,
            user_id,
            role,
        };
        of_organization.push(added.into());
    }
    let rooms = [
        (HALL, Owner::Organization, None),
        (STUDY, Owner::User(ADA), Some(Principal::User(CORA))),
        (WORKSHOP, Owner::User(ADA), Some(Principal::Team(CREW))),
        (ATTIC, Owner::User(LEA), None),
    ];
    let mut of_projects = Vec::new();
    for (project_id, owner, principal) in rooms {
        let created = project::Created {
            project_id,
            name: typed("Room"),
            description: None,
            owner,
            visibility: ProjectVisibility::Private,
        };
        of_projects.push((project_id, ProjectEvent::from(created)));
        of_projects.extend(principal.map(|principal| {
            let role = GrantRole::Admin;
            (project_id, AccessGranted { principal, role }.into())
        }));
    }
    let inputs = typed("{}");
    facts.side = side;
    for event in &of_organization {
        let stream = StreamId::new("organization", organization::SELF);
        let tags = organization::tags_of(event).unwrap();
        facts = facts.with(stream, event, tags);
    }
    for (project_id, event) in &of_projects {
        let stream = StreamId::new("project", &project_id.to_string());
        let tags = project::tags_of(*project_id, event).unwrap();
        facts = facts.with(stream, event, tags);
    }
    let package = PackageName::parse(AGENT).unwrap();
    let mut release = release(AGENT, "1.0.0");
    tarball.clone_into(&mut release.content_sha256);
    let installed = installed(release);
    let tags = extension::tags_of(&package, &ExtensionState::default(), &installed).unwrap();
    facts = facts.with(StreamId::new("extension", AGENT), &installed, tags);
    let errand = RunEvent::from(errand(package, inputs));
    let tags = run::tags_of(ERRAND, &errand).unwrap();
    facts.with(StreamId::new("run", &ERRAND.to_string()), &errand, tags)
}

fn errand(package_name: PackageName, inputs: ContentRef) -> run::Created {
    let digest = |letter: &str| run::Digest::parse(letter.repeat(64)).unwrap();
    run::Created {
        run_id: ERRAND,
        pin: run::Pin {
            package_name,
            version: Version::parse("1.0.0").unwrap(),
            snapshot_id: SnapshotId(Uuid::from_u128(22)),
            oas_sha256: digest("a"),
            plan_digest: digest("b"),
        },
        run_by: Some(CORA),
        project_id: Some(STUDY),
        parent_run_id: None,
        timeout_seconds: None,
        source: run::Code::parse("agent_builder").unwrap(),
        inputs,
        title: None,
        policy: None,
        start: run::Start::Enqueued,
    }
}
