//! Whoever was erased is nowhere, and does nothing any more: not even what they began before.
//!
//! An invitation is accepted while its addressee is erased, in every order of the appends of both. Take away the check that
//! the person's history did not move since they were set free, or the step that ends a membership which nobody can
//! join, and an order leaves a member whom nobody can name.

use std::sync::Arc;

use cinatra_commands::Error;
use cinatra_commands::credential::{Token, TokenKind};
use cinatra_commands::instance::CreateOrganization;
use cinatra_commands::organization::{AcceptInvitation, UpdateMemberRole};
use cinatra_commands::user::{EraseUser, NamedUser, UpdateUser};
use cinatra_domain::kernel::{
    Coded as _, ContentRef, InvitationId, Position, StreamId, TenantId, UserId,
};
use cinatra_domain::organization::{
    self, Created, InvitationSent, MemberAdded, OrganizationEvent, OrganizationRole,
};
use cinatra_domain::user::{
    self, EmailVerified, Erased, ErasedBy, PlatformRole, Registered, UserEvent, UserState,
    UserType, email_tag,
};
use cinatra_eventstore::{ChallengePurpose, IdentityRow, NewChallenge, SideRow};
use cinatra_tests::Database;
use cinatra_tests::orders::Schedule;
use cinatra_tests::places::Scratch;
use futures_util::FutureExt as _;
use serde_json::json;
use uuid::Uuid;

use crate::organization::stack::{Facts, Stack, interleave};
use crate::organization::world::input;

const FIRST: TenantId = TenantId::new(Uuid::from_u128(0xf1));
/// Whose credential an invited person has.
const OLD: TenantId = TenantId::new(Uuid::from_u128(0x01d));
/// Where they are invited to.
const NEW: TenantId = TenantId::new(Uuid::from_u128(0x4e3));
/// Owns both.
const ADA: UserId = UserId(Uuid::from_u128(1));
const FAR: i64 = 4_000_000_000_000_000;

/// Two nodes of an instance that has begun, with two organizations of Ada's.
struct World {
    nodes: [Arc<Stack>; 2],
    keys: u64,
    _folder: Scratch,
}

impl World {
    async fn new() -> Self {
        let database = Database::fresh().await.unwrap();
        let folder = Scratch::new("ghost").unwrap();
        let nodes = [
            Arc::new(Stack::open(&database, folder.path()).await),
            Arc::new(Stack::open(&database, folder.path()).await),
        ];
        let begin = Stack::as_system(TenantId::SYSTEM, "instance_begin");
        nodes[0].instances.begin(&begin, FIRST).await.unwrap();
        let mut world = Self {
            nodes,
            keys: 1_000,
            _folder: folder,
        };
        world.register(ADA, PlatformRole::Admin).await;
        for tenant in [OLD, NEW] {
            world.nodes[0].store.create_ledger(tenant).await.unwrap();
            let (name, row) = content("An organization");
            let created = Created {
                organization_id: tenant,
                slug: format!("o-{tenant}"),
                name,
            };
            let facts = [created.into(), added(ADA, OrganizationRole::Owner)];
            world.tell(tenant, &facts, vec![row]).await;
        }
        world.settle().await;
        // Every lane of each node has appended, so that later each append stands before the gate once.
        for node in &world.nodes {
            for tenant in [TenantId::SYSTEM, OLD, NEW] {
                let call = Stack::as_system(tenant, "warm");
                let warm = node.authorities.read(&call, "user", None);
                warm.await.unwrap();
            }
        }
        world
    }

    fn facts(&mut self) -> Facts {
        self.keys += 1;
        Facts::new(self.keys)
    }

    async fn tell(&mut self, tenant: TenantId, events: &[OrganizationEvent], side: Vec<SideRow>) {
        let mut facts = self.facts();
        facts.side = side;
        for event in events {
            let stream = StreamId::new("organization", organization::SELF);
            let mut tags = organization::tags_of(event).unwrap();
            if let OrganizationEvent::InvitationSent(sent) = event {
                let digest = self.nodes[0]
                    .fingerprints
                    .email(&address(sent.invitation_id.0));
                tags.push(email_tag(&digest).unwrap());
            }
            facts = facts.with(stream, event, tags);
        }
        self.nodes[0].plant(tenant, facts).await;
    }

    async fn of_person(&mut self, user: UserId, events: &[UserEvent], side: Vec<SideRow>) {
        let mut facts = self.facts();
        facts.side = side;
        for event in events {
            let stream = StreamId::new("user", &user.to_string());
            let mut tags = user::tags_of(user, event).unwrap();
            if let UserEvent::Registered(_) = event {
                let digest = self.nodes[0].fingerprints.email(&address(user.0));
                tags.push(email_tag(&digest).unwrap());
            }
            facts = facts.with(stream, event, tags);
        }
        self.nodes[0].plant(TenantId::SYSTEM, facts).await;
    }

    async fn register(&mut self, user: UserId, platform_role: PlatformRole) {
        let ((name, named), (email, addressed)) = (content("Somebody"), content(&address(user.0)));
        let registered = Registered {
            user_id: user,
            user_type: UserType::Human,
            name,
            email,
            platform_role,
        };
        let events = [registered.into(), EmailVerified {}.into()];
        self.of_person(user, &events, vec![named, addressed]).await;
    }

    /// Somebody who is invited to the new organization with the secret.
    async fn invited(&mut self, user: UserId) -> String {
        self.register(user, PlatformRole::User).await;
        let ((email, row), invitation_id) = (content(&address(user.0)), InvitationId(user.0));
        let sent = InvitationSent {
            invitation_id,
            email,
            role: OrganizationRole::Owner,
            team_id: None,
            expires_at_us: FAR,
        };
        let secret = Token::generate(TokenKind::Challenge).unwrap();
        let challenge = IdentityRow::PutChallenge(NewChallenge {
            challenge_hash: secret.hash(),
            purpose: ChallengePurpose::Invitation,
            user_id: None,
            invitation_id: Some(invitation_id),
            expires_at: jiff::Timestamp::from_microsecond(FAR).unwrap(),
        });
        self.tell(NEW, &[sent.into()], vec![row, challenge.into()])
            .await;
        self.settle().await;
        secret.reveal()
    }

    /// Whatever one ledger says, the others have followed.
    async fn settle(&self) {
        for _ in 0..2 {
            for tenant in [TenantId::SYSTEM, FIRST, OLD, NEW] {
                self.nodes[0].processes.catch_up(tenant).await.unwrap();
            }
        }
    }

    /// The process managers believe that they have followed everything: what an older build left behind.
    async fn forget_steps(&self, tenant: TenantId) {
        let store = &self.nodes[0].store;
        let from = store.checkpoint("identity", tenant).await.unwrap();
        let head = store.head(tenant).await.unwrap().unwrap();
        let moved = store.move_checkpoint("identity", tenant, from, head);
        moved.await.unwrap();
    }

    async fn role(&self, tenant: TenantId, user: UserId) -> Option<OrganizationRole> {
        let known = self.nodes[0].authorities.fresh(tenant).await.unwrap();
        known.state().member_role(user)
    }

    async fn is_erased(&self, user: UserId) -> bool {
        let id = user.to_string();
        let store = &self.nodes[0].store;
        let loaded = store.load_cold::<user::User>(TenantId::SYSTEM, &id).await;
        *loaded.unwrap().state == UserState::Erased
    }
}

fn address(id: Uuid) -> String {
    format!("p-{id}@example.test")
}

fn content(text: &str) -> (ContentRef, SideRow) {
    SideRow::content(text.as_bytes().to_vec())
}

fn added(user_id: UserId, role: OrganizationRole) -> OrganizationEvent {
    MemberAdded {
        user_id,
        role,
        invitation_id: None,
    }
    .into()
}

fn erased() -> UserEvent {
    let by = ErasedBy::Administrator;
    let contents = Vec::new();
    Erased { by, contents }.into()
}

async fn erase(node: Arc<Stack>, user: UserId) -> Result<(), Error> {
    let call = Stack::as_person((TenantId::SYSTEM, ADA), "users_erase");
    let erase: EraseUser = input(json!({ "userId": user, "confirmDestructive": true }));
    let beside = (&node.organizations, &node.runs);
    let erased = node.users.erase(&call, beside, &erase).await;
    erased.map(drop)
}

async fn accept(node: Arc<Stack>, user: UserId, token: String) -> Result<(), Error> {
    let call = Stack::as_person((OLD, user), "invitations_accept");
    let accept: AcceptInvitation = input(json!({ "token": token }));
    let accepted = node
        .organizations
        .accept_invitation(&call, user, None, &accept);
    accepted.await.map(drop)
}

async fn create(node: Arc<Stack>, user: UserId, slug: String) -> Result<(), Error> {
    let call = Stack::as_person((TenantId::SYSTEM, user), "organizations_create");
    let create: CreateOrganization = input(json!({ "name": "Theirs", "slug": slug }));
    let created = node.instances.create_organization(&call, &create).await;
    created.map(drop)
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_accepts_an_invitation_while_they_are_erased_is_a_member_nowhere() {
    let mut world = World::new().await;
    let (mut next, mut number) = (Some(Schedule::default()), 100);
    let mut accepted_at_all = 0;
    while let Some(mut schedule) = next {
        number += 1;
        let person = UserId(Uuid::from_u128(number));
        let secret = world.invited(person).await;
        let deeds = [
            accept(world.nodes[0].clone(), person, secret).boxed(),
            erase(world.nodes[1].clone(), person).boxed(),
        ];
        let [accepted, gone] = interleave(&world.nodes, deeds, &mut schedule).await;
        let told = format!("{:?}: {accepted:?}", schedule.chosen());
        gone.unwrap_or_else(|error| panic!("{told}: {error}"));
        world.settle().await;
        assert!(world.is_erased(person).await, "{told}");
        for tenant in [OLD, NEW] {
            assert_eq!(world.role(tenant, person).await, None, "{told}");
            let owner = world.role(tenant, ADA).await;
            assert_eq!(owner, Some(OrganizationRole::Owner), "{told}");
        }
        accepted_at_all += usize::from(accepted.is_ok());
        next = schedule.next();
    }
    assert!(number > 120, "only {number} orders");
    assert!(accepted_at_all > 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_membership_that_nobody_can_join_ends_even_if_nobody_owns_the_organization_then() {
    let mut world = World::new().await;
    let ghost = UserId(Uuid::from_u128(7));
    world.register(ghost, PlatformRole::User).await;
    world.of_person(ghost, &[erased()], Vec::new()).await;
    let left = organization::MemberRoleChanged {
        user_id: ADA,
        from: OrganizationRole::Owner,
        to: OrganizationRole::Member,
    };
    let events = [added(ghost, OrganizationRole::Owner), left.into()];
    world.tell(NEW, &events, Vec::new()).await;
    world.settle().await;
    assert_eq!(world.role(NEW, ghost).await, None);
    let ledger = world.nodes[1].store.read_ledger(NEW, Position::START, 100);
    let ledger = ledger.await.unwrap();
    let removals = ledger
        .iter()
        .filter(|event| event.wire_name == "organization.member_removed.v1");
    assert_eq!(removals.count(), 1);
    // Whoever looks again, on whatever node, finds nothing to do.
    world.nodes[1].processes.catch_up(NEW).await.unwrap();
    let after = world.nodes[1].store.read_ledger(NEW, Position::START, 100);
    assert_eq!(after.await.unwrap().len(), ledger.len());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_ghost_owner_counts_for_nothing_and_erasing_them_again_takes_them_out() {
    let mut world = World::new().await;
    let ghost = UserId(Uuid::from_u128(7));
    world.register(ghost, PlatformRole::User).await;
    world.of_person(ghost, &[erased()], Vec::new()).await;
    for tenant in [OLD, NEW] {
        let haunted = [added(ghost, OrganizationRole::Owner)];
        world.tell(tenant, &haunted, Vec::new()).await;
        world.forget_steps(tenant).await;
    }
    let node = &world.nodes[0];
    let call = Stack::as_person((NEW, ADA), "permissions_members_update_role");
    let change: UpdateMemberRole = input(json!({ "userId": ADA, "role": "member" }));
    let refused = node.organizations.update_member_role(&call, &change).await;
    assert_eq!(refused.unwrap_err().code(), "LAST_OWNER");
    let call = Stack::as_person((NEW, ADA), "organizations_leave");
    let refused = node.organizations.leave(&call, ADA).await;
    assert_eq!(refused.unwrap_err().code(), "LAST_OWNER");
    // Of the instance Ada is not the last: somebody else administers it, too.
    let other = UserId(Uuid::from_u128(8));
    world.register(other, PlatformRole::Admin).await;
    let refused = erase(world.nodes[0].clone(), ADA).await.unwrap_err();
    assert_eq!(refused.code(), "LAST_OWNER");
    assert_eq!(
        refused.details()["organizationIds"],
        json!([OLD, NEW].map(|id| id.to_string()))
    );

    erase(world.nodes[1].clone(), ghost).await.unwrap();
    for tenant in [OLD, NEW] {
        assert_eq!(world.role(tenant, ghost).await, None);
        let owner = world.role(tenant, ADA).await;
        assert_eq!(owner, Some(OrganizationRole::Owner));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_is_gone_or_banned_does_nothing_in_the_ledger_of_the_system_whatever_is_remembered()
{
    let mut world = World::new().await;
    let person = UserId(Uuid::from_u128(7));
    world.register(person, PlatformRole::Admin).await;
    let node = &world.nodes[0].clone();
    let ban = async |banned: bool| {
        let call = Stack::as_person((TenantId::SYSTEM, ADA), "users_ban");
        let named: NamedUser = input(json!({ "userId": person }));
        // On another node, so that this one's memory is the older.
        let users = &world.nodes[1].users;
        let done = if banned {
            users.ban(&call, &named).await
        } else {
            users.unban(&call, &named).await
        };
        done.unwrap();
    };
    let refused = async |slug: &str| {
        let created = create(node.clone(), person, slug.to_owned()).await;
        assert_eq!(created.unwrap_err().code(), "UNAUTHENTICATED", "{slug}");
        let call = Stack::as_person((TenantId::SYSTEM, person), "users_update");
        let update: UpdateUser = input(json!({ "name": "Another" }));
        let renamed = node.users.rename(&call, person, &update).await;
        assert_eq!(renamed.unwrap_err().code(), "UNAUTHENTICATED", "{slug}");
    };
    create(node.clone(), person, "before".to_owned())
        .await
        .unwrap();
    ban(true).await;
    refused("banned").await;
    ban(false).await;
    create(node.clone(), person, "between".to_owned())
        .await
        .unwrap();
    world.of_person(person, &[erased()], Vec::new()).await;
    let created = create(world.nodes[0].clone(), person, "gone".to_owned()).await;
    assert_eq!(created.unwrap_err().code(), "UNAUTHENTICATED");
    let head = world.nodes[0].store.head(TenantId::SYSTEM).await.unwrap();
    let secret = Token::generate(TokenKind::Challenge).unwrap().reveal();
    assert!(
        accept(world.nodes[0].clone(), person, secret)
            .await
            .is_err()
    );
    let after = world.nodes[0].store.head(TenantId::SYSTEM).await.unwrap();
    assert_eq!(after, head);
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_registers_an_organization_behind_their_erasure_and_what_came_before_is_left() {
    let mut world = World::new().await;
    let (mut next, mut number) = (Some(Schedule::default()), 100);
    let mut told_all = Vec::new();
    while let Some(mut schedule) = next {
        number += 1;
        let person = UserId(Uuid::from_u128(number));
        world.register(person, PlatformRole::Admin).await;
        let deeds = [
            create(world.nodes[0].clone(), person, format!("o-{number}")).boxed(),
            erase(world.nodes[1].clone(), person).boxed(),
        ];
        let [created, gone] = interleave(&world.nodes, deeds, &mut schedule).await;
        let told = format!("{:?}: {created:?}, {gone:?}", schedule.chosen());
        told_all.push(told.clone());
        world.settle().await;
        let store = &world.nodes[1].store;
        let ledger = store
            .read_ledger(TenantId::SYSTEM, Position::START, 10_000)
            .await
            .unwrap();
        let end = ledger.iter().position(|event| {
            event.wire_name == "user.erased.v1" && event.stream.id() == person.to_string()
        });
        let actor = format!("user:{person}");
        let last = ledger
            .iter()
            .rposition(|event| event.actor.as_str() == actor);
        assert_eq!(end.is_some(), gone.is_ok(), "{told}");
        if let (Some(end), Some(last)) = (end, last) {
            assert!(last < end, "{told}");
        }
        // Whoever owns it is there.
        let instance = world.nodes[0].instances.state().await.unwrap();
        let slug = format!("o-{number}");
        let organizations = &instance.running().unwrap().organizations;
        if let Some(organization) = organizations.get(&slug) {
            let processes = &world.nodes[0].processes;
            processes.catch_up(*organization).await.unwrap();
            let role = world.role(*organization, person).await;
            assert!(role.is_none() || end.is_none(), "{told}");
        }
        next = schedule.next();
    }
    assert!(number > 102, "only {told_all:#?}");
}
