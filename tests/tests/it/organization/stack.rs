//! One process's worth of the commands about identity, behind a gate that holds its appends.

use std::path::Path;
use std::sync::{Arc, Mutex};

use cinatra_commands::credential::{Fingerprints, PasswordHasher};
use cinatra_commands::gateway::blobs::Blobs;
use cinatra_commands::gateway::mail::Mailbox;
use cinatra_commands::gateway::vault::MasterKey;
use cinatra_commands::run::Runs;
use cinatra_commands::{
    Authorities, Caller, Error, Grant, Instances, Invocation, Organizations, Permissions,
    Processes, Projects, Secrets, Users,
};
use cinatra_domain::authority::{Actor, ActorKind, Rule, Target};
use cinatra_domain::kernel::{ActorId, CommandId, Event, StreamId, Tag, TenantId, UserId};
use cinatra_domain::user::PlatformRole;
use cinatra_eventstore::{
    Append, Authority, Clock, CommandRecord, Context, EventStore, Expected, NewEvent, Options,
    SideRow, StreamAppend, SystemClock,
};
use cinatra_tests::Database;
use cinatra_tests::gate::Gate;
use cinatra_tests::orders::{Schedule, Side, Step};
use cinatra_tests::served::Served;
use futures_util::future::BoxFuture;
use jiff::Timestamp;
use tokio::task::JoinHandle;
use uuid::Uuid;

/// A clock that a test sets.
#[derive(Debug)]
pub(crate) struct At(Mutex<Timestamp>);

impl At {
    pub(crate) fn new(now: Timestamp) -> Self {
        Self(Mutex::new(now))
    }

    pub(crate) fn set(&self, now: Timestamp) {
        *self.0.lock().unwrap() = now;
    }
}

impl Clock for At {
    fn now(&self) -> Timestamp {
        *self.0.lock().unwrap()
    }
}

/// Everything that a node does about identity.
#[derive(Debug)]
pub(crate) struct Stack {
    pub(crate) gate: Gate,
    pub(crate) store: EventStore,
    pub(crate) authorities: Authorities,
    pub(crate) processes: Processes,
    pub(crate) instances: Instances,
    pub(crate) users: Users,
    pub(crate) organizations: Organizations,
    pub(crate) projects: Projects,
    pub(crate) permissions: Permissions,
    pub(crate) runs: Runs,
    pub(crate) fingerprints: Fingerprints,
}

impl Stack {
    /// A node of a database that has no server.
    pub(crate) async fn open(database: &Database, folder: &Path) -> Self {
        Self::with(database, folder, &"5e".repeat(32), Arc::new(SystemClock)).await
    }

    /// Another node beside a server, perhaps with a clock of its own.
    pub(crate) async fn beside(served: &Served, clock: Arc<dyn Clock>) -> Self {
        let key = std::fs::read_to_string(served.home().join("master-key")).unwrap();
        Self::with(served.database(), served.home(), key.trim(), clock).await
    }

    async fn with(database: &Database, folder: &Path, key: &str, clock: Arc<dyn Clock>) -> Self {
        let gate = Gate::before(database).await.unwrap();
        let options = Options::default();
        let store = EventStore::open(gate.config(), Arc::new(SystemClock), options)
            .await
            .unwrap();
        store.create_ledger(TenantId::SYSTEM).await.unwrap();
        let master = MasterKey::parse(key).unwrap();
        let secrets = Secrets::unlock(store.clone(), master, None).await.unwrap();
        let authorities = Authorities::new(store.clone(), clock);
        let processes = Processes::new(store.clone(), authorities.clone());
        let users = Users::new(
            store.clone(),
            authorities.clone(),
            secrets.fingerprints(),
            PasswordHasher::new().unwrap(),
            processes.clone(),
            Mailbox::open(&folder.join("mail")).unwrap(),
        );
        let blobs = Blobs::open(&folder.join("blobs")).unwrap();
        Self {
            gate,
            instances: Instances::new(store.clone(), processes.clone(), None),
            organizations: Organizations::new(users.clone()),
            projects: Projects::new(store.clone(), authorities.clone()),
            permissions: Permissions::new(store.clone(), authorities.clone()),
            runs: Runs::new(store.clone(), authorities.clone(), blobs),
            fingerprints: secrets.fingerprints(),
            users,
            processes,
            authorities,
            store,
        }
    }

    /// A call that needs no right.
    pub(crate) fn as_system(tenant: TenantId, primitive: &'static str) -> Invocation {
        let actor = ActorId::service("test");
        invocation((tenant, actor), Grant::of_system("test"), primitive)
    }

    /// A call of a person whose right nobody asks for.
    pub(crate) fn as_person(
        (tenant, user): (TenantId, UserId),
        primitive: &'static str,
    ) -> Invocation {
        let actor = person(tenant, user);
        invocation((tenant, actor.id), Grant::of_system("test"), primitive)
    }

    /// A call of a person, judged as the dispatcher judges it.
    pub(crate) async fn judged(
        &self,
        (tenant, user): (TenantId, UserId),
        rule: Rule,
        target: Target,
        primitive: &'static str,
    ) -> Result<Invocation, Error> {
        let actor = Arc::new(person(tenant, user));
        let grant = self.authorities.authorize(&actor, rule, target).await?;
        Ok(invocation((tenant, actor.id.clone()), grant, primitive))
    }

    /// Appends facts as they are, whatever the rules say.
    pub(crate) async fn plant(&self, tenant: TenantId, facts: Facts) {
        let key = Uuid::from_u128(u128::from(facts.key));
        let append = Append {
            tenant,
            streams: facts.streams,
            conditions: Vec::new(),
            command: CommandRecord {
                command_id: CommandId(key),
                request_hash: [0; 32],
                outcome: "ok".to_owned(),
                result: Vec::new(),
            },
            context: Context {
                actor: ActorId::system("test"),
                authority: Authority {
                    permission: "system".to_owned(),
                    via: "test".to_owned(),
                    judged_at: Vec::new(),
                    primitive: "test".to_owned(),
                },
                causation_id: None,
                correlation_id: key,
            },
            side: facts.side,
        };
        self.store.append(append).await.unwrap();
    }
}

/// Facts to plant in one ledger.
pub(crate) struct Facts {
    key: u64,
    streams: Vec<StreamAppend>,
    pub(crate) side: Vec<SideRow>,
}

impl Facts {
    /// Under a key that no other facts of the test have.
    pub(crate) fn new(key: u64) -> Self {
        Self {
            key,
            streams: Vec::new(),
            side: Vec::new(),
        }
    }

    /// One more, in the order of their happening.
    #[must_use]
    pub(crate) fn with<E: Event>(mut self, stream: StreamId, event: &E, tags: Vec<Tag>) -> Self {
        let event = NewEvent::encode(event, tags).unwrap();
        let known = self.streams.iter_mut().find(|one| one.stream == stream);
        match known {
            Some(known) => known.events.push(event),
            None => self.streams.push(StreamAppend {
                stream,
                expected: Expected::Any,
                events: vec![event],
                state: None,
            }),
        }
        self
    }
}

/// A person as their credential says.
pub(crate) fn person(tenant: TenantId, user: UserId) -> Actor {
    Actor {
        id: ActorId::user(user),
        kind: ActorKind::User(user),
        organization: Some(tenant),
        platform_role: PlatformRole::User,
        scopes: None,
        bypass: None,
    }
}

fn invocation(
    (tenant, actor): (TenantId, ActorId),
    grant: Grant,
    primitive: &'static str,
) -> Invocation {
    let id = unique();
    Invocation {
        caller: Caller { tenant, actor },
        grant,
        primitive,
        command_id: CommandId(id),
        may_repeat: false,
        request_hash: [0; 32],
        correlation_id: id,
        causation_id: None,
    }
}

/// Every call is a command of its own.
fn unique() -> Uuid {
    use std::sync::atomic::{AtomicU64, Ordering};
    static NEXT: AtomicU64 = AtomicU64::new(1);
    let next = NEXT.fetch_add(1, Ordering::Relaxed);
    Uuid::from_u64_pair(u64::from(std::process::id()), next)
}

/// What one side of a race does, on a node of its own.
pub(crate) type Deed = fn(Arc<Stack>) -> BoxFuture<'static, Result<(), Error>>;

/// Runs two deeds on two nodes in one order of their steps, and answers what became of each.
///
/// A deed stands before its gate once it has decided; one that is refused before it decides anything never gets there.
pub(crate) async fn race(
    nodes: &[Arc<Stack>; 2],
    deeds: [Deed; 2],
    order: &[Step],
) -> [Result<(), Error>; 2] {
    let (mut begun, mut ended) = ([None, None], [None, None]);
    for step in order {
        match step {
            Step::Gather(side) => {
                let (side, node) = (side.index(), &nodes[side.index()]);
                node.gate.close();
                let mut task = tokio::spawn(deeds[side](node.clone()));
                tokio::select! {
                    arrived = node.gate.arrival() => {
                        arrived.unwrap();
                        begun[side] = Some(task);
                    }
                    result = &mut task => ended[side] = Some(result.unwrap()),
                }
            }
            Step::Append(side) => {
                let (side, node) = (side.index(), &nodes[side.index()]);
                node.gate.open();
                if let Some(task) = begun[side].take() {
                    ended[side] = Some(task.await.unwrap());
                }
            }
        }
    }
    ended.map(Option::unwrap)
}

/// Runs two deeds on two nodes, one append at a time, in the order that the schedule chooses; answers what became of each.
pub(crate) async fn interleave(
    nodes: &[Arc<Stack>; 2],
    deeds: [BoxFuture<'static, Result<(), Error>>; 2],
    schedule: &mut Schedule,
) -> [Result<(), Error>; 2] {
    for node in nodes {
        node.gate.close();
    }
    let mut tasks = deeds.map(|deed| Some(tokio::spawn(deed)));
    let mut ended = [None, None];
    for side in [Side::Left, Side::Right] {
        arrive(nodes, &mut tasks, &mut ended, side).await;
    }
    loop {
        let side = match (&tasks[0], &tasks[1]) {
            (Some(_), Some(_)) => schedule.choose(),
            (Some(_), None) => Side::Left,
            (None, Some(_)) => Side::Right,
            (None, None) => break,
        };
        nodes[side.index()].gate.open_once();
        arrive(nodes, &mut tasks, &mut ended, side).await;
    }
    for node in nodes {
        node.gate.open();
    }
    ended.map(Option::unwrap)
}

/// Until a side stands before its gate, or has come to its end.
async fn arrive(
    nodes: &[Arc<Stack>; 2],
    tasks: &mut [Option<JoinHandle<Result<(), Error>>>; 2],
    ended: &mut [Option<Result<(), Error>>; 2],
    side: Side,
) {
    let index = side.index();
    let mut task = tasks[index].take().unwrap();
    tokio::select! {
        arrived = nodes[index].gate.arrival() => {
            arrived.unwrap();
            tasks[index] = Some(task);
        }
        result = &mut task => ended[index] = Some(result.unwrap()),
    }
}

/// Which side appended first: the order that the ledger shows.
pub(crate) fn first(order: &[Step]) -> Side {
    let sides = order.iter().find_map(|step| match step {
        Step::Append(side) => Some(*side),
        Step::Gather(_) => None,
    });
    sides.unwrap()
}
