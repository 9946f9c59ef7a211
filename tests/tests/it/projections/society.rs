//! Who could have come to an instance, belonged to an organization and been granted something there:
//! reproducible from a seed.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::atomic::{AtomicU64, Ordering};

use cinatra_domain::kernel::{
    ActorId, ContentRef, Event, InvitationId, Position, ProjectId, RunId, ServiceAccountId,
    StreamId, TeamId, TenantId, UserId,
};
use cinatra_domain::organization::{
    self, Departure, InvitationSent, MemberAdded, MemberRemoved, MemberRoleChanged,
    OrganizationEvent, OrganizationRole, RoleGranted, RoleRevoked, RoleScope, RoleScopeLevel,
    ScopedRole, ServiceAccountCreated, ServiceAccountRevoked, ServiceAccountRotated, TeamCreated,
    TeamDeleted, TeamMemberAdded, TeamMemberRemoved, TeamMemberRoleChanged, TeamRenamed, TeamRole,
};
use cinatra_domain::permission::{
    CoOwnerGranted, CoOwnerRevoked, Deleted, PermissionEvent, Policy, PolicyCleared, PolicySet,
    Resource, Visibility,
};
use cinatra_domain::project::{
    self, AccessGranted, AccessRevoked, GrantRole, Owner, Principal, ProjectEvent,
    ProjectVisibility,
};
use cinatra_domain::run::RunEvent;
use cinatra_domain::user::{
    self, Banned, EmailVerified, Erased, ErasedBy, PlatformRole, PlatformRoleChanged, Renamed,
    Unbanned, UserEvent, UserType,
};
use cinatra_eventstore::{Authority, EventStore, NewEvent, SideRow};
use uuid::Uuid;

use super::errands::Errands;
use super::history::{Act, Random};

/// Persons of the instance, the same in every organization.
const USERS: u64 = 12;
const TEAMS: u64 = 4;
/// No two commands have the same key.
static COMMANDS: AtomicU64 = AtomicU64::new(0);

pub(super) fn user(number: u64) -> UserId {
    UserId(id(1, number))
}

pub(super) fn team(number: u64) -> TeamId {
    TeamId(id(2, number))
}

pub(super) fn project(number: u64) -> ProjectId {
    ProjectId(id(3, number))
}

fn id(kind: u64, number: u64) -> Uuid {
    Uuid::from_u64_pair(kind, number)
}

/// What happens at once in one ledger.
pub(super) struct Moment {
    tenant: TenantId,
    streams: Vec<(StreamId, Vec<NewEvent>)>,
    side: Vec<SideRow>,
}

impl Moment {
    pub(super) fn of(tenant: TenantId) -> Self {
        Self {
            tenant,
            streams: Vec::new(),
            side: Vec::new(),
        }
    }

    /// Something typed, beside the ledger.
    pub(super) fn typed(&mut self, text: &str) -> ContentRef {
        let (reference, row) = SideRow::content(text.as_bytes().to_vec());
        self.side.push(row);
        reference
    }

    pub(super) fn organization(&mut self, event: impl Into<OrganizationEvent>) {
        let stream = StreamId::new("organization", organization::SELF);
        self.push(stream, &event.into());
    }

    pub(super) fn person(&mut self, of: UserId, event: impl Into<UserEvent>) {
        self.push(StreamId::new("user", &of.to_string()), &event.into());
    }

    pub(super) fn project(&mut self, of: ProjectId, event: impl Into<ProjectEvent>) {
        self.push(StreamId::new("project", &of.to_string()), &event.into());
    }

    pub(super) fn permission(&mut self, of: Resource, event: impl Into<PermissionEvent>) {
        self.push(StreamId::new("permission", &of.stream()), &event.into());
    }

    pub(super) fn run(&mut self, of: RunId, event: impl Into<RunEvent>) {
        self.push(StreamId::new("run", &of.to_string()), &event.into());
    }

    fn push<E: Event>(&mut self, stream: StreamId, event: &E) {
        let event = NewEvent::encode(event, Vec::new()).unwrap();
        match self.streams.iter_mut().find(|(of, _)| *of == stream) {
            Some((_, events)) => events.push(event),
            None => self.streams.push((stream, vec![event])),
        }
    }

    /// Appends what has been said since the last time; answers the last position.
    pub(super) async fn happen(&mut self, store: &EventStore) -> Position {
        self.happen_by(store, authority("")).await
    }

    pub(super) async fn happen_by(&mut self, store: &EventStore, authority: Authority) -> Position {
        let act = Act {
            tenant: self.tenant,
            actor: ActorId::user(user(0)),
            key: format!("moment {}", COMMANDS.fetch_add(1, Ordering::Relaxed)),
            authority,
            side: std::mem::take(&mut self.side),
        };
        act.on(store, std::mem::take(&mut self.streams)).await
    }
}

pub(super) fn authority(primitive: &str) -> Authority {
    Authority {
        permission: "organization.manageMembers".to_owned(),
        via: "org_owner".to_owned(),
        judged_at: Vec::new(),
        primitive: primitive.to_owned(),
    }
}

/// An instance with two organizations.
pub(super) struct World {
    crowd: Crowd,
    societies: [Society; 2],
}

impl World {
    pub(super) fn of(organizations: [TenantId; 2]) -> Self {
        Self {
            crowd: Crowd::gather(),
            societies: organizations.map(Society::of),
        }
    }

    /// Persons come and go and belong to the organizations, `at_once` events in one command; answers how many
    /// events that was.
    pub(super) async fn live(&mut self, store: &EventStore, steps: u64, at_once: u64) -> i64 {
        self.crowd.live(store, steps, at_once).await;
        for society in &mut self.societies {
            society.live(store, 3 * steps, at_once).await;
        }
        i64::try_from(7 * steps).unwrap()
    }
}

/// Everybody who came to the instance, in the system ledger.
struct Crowd {
    moment: Moment,
    random: Random,
    names: BTreeMap<u64, ContentRef>,
    erased: BTreeSet<u64>,
}

impl Crowd {
    fn gather() -> Self {
        Self {
            moment: Moment::of(TenantId::SYSTEM),
            random: Random(2),
            names: BTreeMap::new(),
            erased: BTreeSet::new(),
        }
    }

    async fn live(&mut self, store: &EventStore, steps: u64, at_once: u64) {
        for done in 1..=steps {
            self.step();
            if done % at_once == 0 || done == steps {
                self.moment.happen(store).await;
            }
        }
    }

    fn step(&mut self) {
        let number = self.random.draw(USERS);
        let who = user(number);
        let Some(former) = self.names.get(&number).cloned() else {
            let registered = registered(&mut self.moment, number);
            self.names.insert(number, registered.name.clone());
            return self.moment.person(who, registered);
        };
        if self.erased.contains(&number) {
            return self.moment.person(who, user::PasswordSet {});
        }
        match self.random.draw(8) {
            0 if number > 4 => {
                self.erased.insert(number);
                let (by, contents) = (ErasedBy::Person, vec![former]);
                self.moment.person(who, Erased { by, contents });
            }
            0 | 1 => self.moment.person(who, EmailVerified {}),
            2 | 3 => {
                let name = self.moment.typed(&format!("Person {number} anew"));
                self.names.insert(number, name.clone());
                self.moment.person(who, Renamed { name, former });
            }
            4 => self.moment.person(who, Banned {}),
            5 => self.moment.person(who, Unbanned {}),
            6 => self.moment.person(
                who,
                PlatformRoleChanged {
                    from: PlatformRole::User,
                    to: PlatformRole::Admin,
                },
            ),
            _ => self.moment.person(who, user::PasswordSet {}),
        }
    }
}

/// Somebody comes, with a name and an address that tell the number.
pub(super) fn registered(moment: &mut Moment, number: u64) -> user::Registered {
    user::Registered {
        user_id: user(number),
        user_type: UserType::Human,
        name: moment.typed(&format!("Person {number}")),
        email: moment.typed(&format!("person{number}@example.test")),
        platform_role: PlatformRole::User,
    }
}

/// One organization.
struct Society {
    moment: Moment,
    random: Random,
    is_founded: bool,
    members: BTreeSet<u64>,
    teams: BTreeMap<u64, BTreeSet<u64>>,
    invitations: BTreeMap<u64, bool>,
    accounts: BTreeMap<u64, bool>,
    projects: BTreeMap<u64, bool>,
    errands: Errands,
}

impl Society {
    fn of(tenant: TenantId) -> Self {
        Self {
            moment: Moment::of(tenant),
            random: Random(3),
            is_founded: false,
            members: BTreeSet::new(),
            teams: BTreeMap::new(),
            invitations: BTreeMap::new(),
            accounts: BTreeMap::new(),
            projects: BTreeMap::new(),
            errands: Errands::default(),
        }
    }

    async fn live(&mut self, store: &EventStore, steps: u64, at_once: u64) {
        for done in 1..=steps {
            self.step();
            if done % at_once == 0 || done == steps {
                self.moment.happen(store).await;
            }
        }
    }

    fn step(&mut self) {
        if !self.is_founded {
            self.is_founded = true;
            let created = organization::Created {
                organization_id: self.moment.tenant,
                slug: "acme".to_owned(),
                name: self.moment.typed("Acme"),
            };
            return self.moment.organization(created);
        }
        let number = self.random.draw(USERS);
        match self.random.draw(13) {
            0 | 1 => self.member_step(number),
            2..=4 => self.team_step(number),
            5 => self.invitation_step(),
            6 => self.role_step(number),
            7 => self.account_step(),
            8 => self.project_step(number),
            9 => self.permission_step(number),
            _ => self.errands.step(&mut self.moment, &mut self.random),
        }
    }

    fn member_step(&mut self, number: u64) {
        let user_id = user(number);
        if self.members.insert(number) {
            return self.moment.organization(MemberAdded {
                user_id,
                role: OrganizationRole::Member,
                invitation_id: None,
            });
        }
        if self.random.draw(3) > 0 {
            return self.moment.organization(MemberRoleChanged {
                user_id,
                from: OrganizationRole::Member,
                to: OrganizationRole::Admin,
            });
        }
        self.members.remove(&number);
        for members in self.teams.values_mut() {
            members.remove(&number);
        }
        let departure = Departure::Left;
        let removed = MemberRemoved { user_id, departure };
        self.moment.organization(removed);
    }

    fn team_step(&mut self, number: u64) {
        let of = self.random.draw(TEAMS);
        let (team_id, slug) = (team(of), format!("team-{of}"));
        let Some(members) = self.teams.get_mut(&of) else {
            self.teams.insert(of, BTreeSet::new());
            let name = self.moment.typed("A team");
            return self.moment.organization(TeamCreated {
                team_id,
                slug,
                name,
            });
        };
        let (user_id, role) = (user(number), TeamRole::Member);
        if self.members.contains(&number) && members.insert(number) {
            let added = TeamMemberAdded {
                team_id,
                user_id,
                role,
            };
            return self.moment.organization(added);
        }
        match self.random.draw(6) {
            0 => {
                self.teams.remove(&of);
                self.moment.organization(TeamDeleted { team_id });
            }
            1 | 2 if members.contains(&number) => {
                let role = TeamRole::Admin;
                self.moment.organization(TeamMemberRoleChanged {
                    team_id,
                    user_id,
                    role,
                });
            }
            3 | 4 if members.remove(&number) => {
                let removed = TeamMemberRemoved { team_id, user_id };
                self.moment.organization(removed);
            }
            _ => {
                let name = self.moment.typed("A team called otherwise");
                self.moment.organization(TeamRenamed {
                    team_id,
                    slug,
                    name,
                });
            }
        }
    }

    fn invitation_step(&mut self) {
        let number = self.random.draw(10);
        let invitation_id = InvitationId(id(4, number));
        let email = self.moment.typed("somebody@example.test");
        match self.invitations.insert(number, false) {
            None => {
                self.invitations.insert(number, true);
                self.moment.organization(InvitationSent {
                    invitation_id,
                    email,
                    role: OrganizationRole::Member,
                    team_id: None,
                    expires_at_us: 4_000_000_000_000_000,
                });
            }
            Some(true) if self.random.draw(2) == 0 => {
                let canceled = organization::InvitationCanceled { invitation_id };
                self.moment.organization(canceled);
            }
            Some(true) if self.random.draw(2) == 0 => {
                let user_id = user(0);
                self.moment.organization(organization::InvitationAccepted {
                    invitation_id,
                    user_id,
                });
            }
            Some(_) => self.moment.organization(organization::InvitationErased {
                invitation_id,
                email,
            }),
        }
    }

    fn role_step(&mut self, number: u64) {
        let (user_id, role) = (user(number), ScopedRole::Developer);
        let scope = RoleScope {
            level: RoleScopeLevel::Team,
            record_id: team(self.random.draw(2)).0,
        };
        if self.random.draw(3) == 0 {
            return self.moment.organization(RoleRevoked {
                user_id,
                role,
                scope,
            });
        }
        let expires_at_us = (self.random.draw(2) == 0).then_some(4_000_000_000_000_000);
        self.moment.organization(RoleGranted {
            user_id,
            role,
            scope,
            expires_at_us,
        });
    }

    fn account_step(&mut self) {
        let number = self.random.draw(6);
        let service_account_id = ServiceAccountId(id(5, number));
        match self.accounts.get(&number) {
            None => {
                self.accounts.insert(number, true);
                let name = self.moment.typed("A program");
                self.moment.organization(ServiceAccountCreated {
                    service_account_id,
                    name,
                    scopes: vec!["agent.read".to_owned(), "a \" and a NUL \0".to_owned()],
                });
            }
            Some(true) if self.random.draw(2) == 0 => {
                self.moment.organization(ServiceAccountRotated {
                    service_account_id,
                    grace_seconds: 60,
                });
            }
            Some(_) => {
                self.accounts.insert(number, false);
                self.moment
                    .organization(ServiceAccountRevoked { service_account_id });
            }
        }
    }

    fn project_step(&mut self, number: u64) {
        let of = self.random.draw(5);
        let Some(archived) = self.projects.get_mut(&of) else {
            self.projects.insert(of, false);
            let created = created(&mut self.moment, of, Owner::User(user(number)));
            return self.moment.project(project(of), created);
        };
        let principal = Principal::User(user(number % 3));
        match self.random.draw(7) {
            0 if *archived => {
                *archived = false;
                let unarchived = project::Unarchived { reason: None };
                self.moment.project(project(of), unarchived);
            }
            0 => {
                *archived = true;
                let reason = None;
                self.moment
                    .project(project(of), project::Archived { reason });
            }
            1 => {
                let (from, to) = (Owner::User(user(number)), Owner::Organization);
                self.moment
                    .project(project(of), project::Promoted { from, to });
            }
            2 | 3 => {
                let revoked = AccessRevoked { principal };
                self.moment.project(project(of), revoked);
            }
            4 => {
                let name = self.moment.typed("A project called otherwise");
                let updated = project::Updated {
                    name,
                    description: None,
                    visibility: ProjectVisibility::Discoverable,
                };
                self.moment.project(project(of), updated);
            }
            _ => {
                let role = GrantRole::Write;
                let granted = AccessGranted { principal, role };
                self.moment.project(project(of), granted);
            }
        }
    }

    fn permission_step(&mut self, number: u64) {
        let package = format!("@acme/p{}-agent", self.random.draw(3));
        let resource = Resource::agent_template(self.moment.tenant, &package);
        let user_id = user(number % 4);
        let event = match self.random.draw(10) {
            0 => PermissionEvent::Deleted(Deleted { resource }),
            1 => PermissionEvent::PolicyCleared(PolicyCleared { resource }),
            2 | 3 => PermissionEvent::CoOwnerRevoked(CoOwnerRevoked { resource, user_id }),
            4..=6 => PermissionEvent::CoOwnerGranted(CoOwnerGranted { resource, user_id }),
            _ => PermissionEvent::PolicySet(PolicySet {
                resource,
                policy: Policy {
                    read: Some(Visibility::Org),
                    execute: Some(Visibility::Team(team(number))),
                    share: None,
                },
            }),
        };
        self.moment.permission(resource, event);
    }
}

/// A private project with a description.
pub(super) fn created(moment: &mut Moment, number: u64, owner: Owner) -> project::Created {
    project::Created {
        project_id: project(number),
        name: moment.typed(&format!("Project {number}")),
        description: Some(moment.typed("What it is for")),
        owner,
        visibility: ProjectVisibility::Private,
    }
}
