//! Installing a dependent against uninstalling what it depends on, in every order of their steps.
//!
//! Each command runs in a stack of its own, as in a process of its own, behind a gate that holds its
//! append after its decision. Take away a condition in `commands`, and an order leaves an active
//! extension without what it needs.

use std::path::Path;
use std::sync::Arc;

use cinatra_commands::extension::PackageVersion;
use cinatra_commands::gateway::blobs::Blobs;
use cinatra_commands::gateway::registry::directory::DirectoryRegistry;
use cinatra_commands::gateway::vault::MasterKey;
use cinatra_commands::{
    Authorities, Caller, Error, Extensions, Grant, Instances, Invocation, Processes, Secrets,
};
use cinatra_domain::extension::{Extension, Status};
use cinatra_domain::kernel::{ActorId, Coded as _, CommandId, TenantId};
use cinatra_eventstore::{EventStore, Options, SystemClock};
use cinatra_tests::gate::Gate;
use cinatra_tests::orders::{Side, Step, orders};
use cinatra_tests::places::Scratch;
use cinatra_tests::registry::publish_into;
use cinatra_tests::{Database, Package};
use tokio::task::JoinHandle;
use uuid::Uuid;

const ACME: TenantId = TenantId::new(Uuid::from_u128(0xacae));
const TOP: &str = "@acme/top-skill";
const BASE: &str = "@acme/base-skill";

/// One process's worth of the system.
struct Stack {
    gate: Gate,
    store: EventStore,
    extensions: Extensions,
}

impl Stack {
    async fn open(database: &Database, folder: &Path) -> Self {
        let gate = Gate::before(database).await.unwrap();
        let store = EventStore::open(gate.config(), Arc::new(SystemClock), Options::default())
            .await
            .unwrap();
        store.create_ledger(ACME).await.unwrap();
        let registry = Arc::new(DirectoryRegistry::open(&folder.join("registry")).unwrap());
        let blobs = Blobs::open(&folder.join("blobs")).unwrap();
        let master = MasterKey::parse(&"5e".repeat(32)).unwrap();
        let secrets = Secrets::unlock(store.clone(), master, None).await.unwrap();
        let authorities = Authorities::new(store.clone(), Arc::new(SystemClock));
        let processes = Processes::new(store.clone(), authorities.clone());
        let instances = Instances::new(store.clone(), processes, None);
        Self {
            gate,
            extensions: Extensions::new(
                store.clone(),
                registry,
                blobs,
                secrets,
                instances,
                authorities,
            ),
            store,
        }
    }

    async fn status(&self, name: &str) -> Option<Status> {
        self.store
            .load_cold::<Extension>(ACME, name)
            .await
            .unwrap()
            .state
            .status()
    }
}

fn invocation(primitive: &'static str, key: &str) -> Invocation {
    let actor = ActorId::service("test");
    Invocation {
        primitive,
        command_id: CommandId::derive(&actor, key).unwrap(),
        may_repeat: true,
        request_hash: *blake3::hash(key.as_bytes()).as_bytes(),
        caller: Caller {
            tenant: ACME,
            actor,
        },
        grant: Grant::of_system("test"),
        correlation_id: Uuid::nil(),
        causation_id: None,
    }
}

fn version(name: &str) -> PackageVersion {
    PackageVersion {
        package_name: name.to_owned(),
        package_version: "1.0.0".to_owned(),
    }
}

async fn install(extensions: &Extensions, name: &str, key: &str) -> Result<(), Error> {
    extensions
        .install(&invocation("extensions_install", key), &version(name))
        .await
        .map(|_| ())
}

async fn uninstall(extensions: &Extensions, name: &str, key: &str) -> Result<(), Error> {
    extensions
        .uninstall(&invocation("extensions_uninstall", key), &version(name))
        .await
        .map(|_| ())
}

/// What a side does.
#[derive(Clone, Copy, Debug)]
enum Deed {
    InstallTop,
    UninstallBase,
    ArchiveBase,
}

impl Deed {
    fn begin(self, stack: &Stack) -> JoinHandle<Result<(), Error>> {
        let extensions = stack.extensions.clone();
        tokio::spawn(async move {
            match self {
                Self::InstallTop => install(&extensions, TOP, "top").await,
                Self::UninstallBase => uninstall(&extensions, BASE, "gone").await,
                Self::ArchiveBase => {
                    let archived = extensions
                        .archive(&invocation("extensions_archive", "cold"), &version(BASE))
                        .await;
                    archived.map(|_| ())
                }
            }
        })
    }
}

/// Runs one order from a world in which only the base is installed; answers both results and the world.
async fn run(
    deeds: [Deed; 2],
    order: &[Step],
) -> ([Result<(), Error>; 2], Option<Status>, Option<Status>) {
    let database = Database::fresh().await.unwrap();
    let folder = Scratch::new("race").unwrap();
    let packages = [
        Package::skill(TOP, "1.0.0").needs(BASE, "^1.0.0"),
        Package::skill(BASE, "1.0.0"),
    ];
    for package in packages {
        publish_into(&folder.path().join("registry"), &package.pack().unwrap()).unwrap();
    }
    let stacks = [
        Stack::open(&database, folder.path()).await,
        Stack::open(&database, folder.path()).await,
    ];
    // Both stacks append once, so that later only appends stand before a gate.
    install(&stacks[0].extensions, BASE, "base").await.unwrap();
    let warm = uninstall(&stacks[1].extensions, "@acme/absent-skill", "warm").await;
    assert_eq!(warm.unwrap_err().code(), "NOT_INSTALLED");

    let (mut begun, mut ended) = ([None, None], [None, None]);
    for step in order {
        match step {
            Step::Gather(side) => {
                let stack = &stacks[side.index()];
                stack.gate.close();
                begun[side.index()] = Some(deeds[side.index()].begin(stack));
                stack.gate.arrival().await.unwrap();
            }
            Step::Append(side) => {
                stacks[side.index()].gate.open();
                let task = begun[side.index()].take().unwrap();
                ended[side.index()] = Some(task.await.unwrap());
            }
        }
    }
    let world = (stacks[0].status(TOP).await, stacks[0].status(BASE).await);
    (ended.map(Option::unwrap), world.0, world.1)
}

/// Which side appended first: the order that the ledger shows.
fn first(order: &[Step]) -> Side {
    let sides = order.iter().find_map(|step| match step {
        Step::Append(side) => Some(*side),
        Step::Gather(_) => None,
    });
    sides.unwrap()
}

#[tokio::test]
async fn an_active_extension_never_loses_what_it_needs() {
    for order in orders() {
        let ([installed, uninstalled], top, base) =
            run([Deed::InstallTop, Deed::UninstallBase], &order).await;
        installed.unwrap_or_else(|error| panic!("{order:?}: {error}"));
        assert_eq!(
            (top, base),
            (Some(Status::Active), Some(Status::Active)),
            "{order:?}: {uninstalled:?}"
        );
        // Whoever came second decided on what the first one had done.
        match first(&order) {
            Side::Left => assert_eq!(
                uninstalled.unwrap_err().code(),
                "ACTIVE_DEPENDENT",
                "{order:?}"
            ),
            Side::Right => uninstalled.unwrap_or_else(|error| panic!("{order:?}: {error}")),
        }
    }
}

#[tokio::test]
async fn two_conflicting_commands_on_one_extension_end_as_if_one_came_after_the_other() {
    for order in orders() {
        let ([archived, uninstalled], _, base) =
            run([Deed::ArchiveBase, Deed::UninstallBase], &order).await;
        uninstalled.unwrap_or_else(|error| panic!("{order:?}: {error}"));
        match first(&order) {
            Side::Left => archived.unwrap_or_else(|error| panic!("{order:?}: {error}")),
            Side::Right => assert_eq!(archived.unwrap_err().code(), "NOT_INSTALLED", "{order:?}"),
        }
        assert_eq!(base, None, "{order:?}");
    }
}
