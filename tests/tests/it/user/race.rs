//! Two who register at the same time, each at a node of its own, in every order of their steps.
//!
//! Each node's append is held after its decision. Take away the condition on the address's tag, and two have one
//! address; take away the check of the instance's stream, and two administer it.

use std::path::Path;
use std::sync::Arc;

use cinatra_commands::credential::PasswordHasher;
use cinatra_commands::gateway::mail::Mailbox;
use cinatra_commands::gateway::vault::MasterKey;
use cinatra_commands::user::{RegisterUser, UserRegistered};
use cinatra_commands::{Authorities, Error, Instances, Invocation, Processes, Secrets, Users};
use cinatra_domain::kernel::{Coded as _, TenantId, UserId};
use cinatra_domain::organization::OrganizationRole;
use cinatra_domain::user::PlatformRole;
use cinatra_eventstore::{EventStore, Options, SystemClock};
use cinatra_tests::Database;
use cinatra_tests::gate::Gate;
use cinatra_tests::orders::{Side, Step, orders};
use cinatra_tests::people::PASSWORD;
use cinatra_tests::places::Scratch;
use serde_json::json;
use tokio::task::JoinHandle;
use uuid::Uuid;

const DEFAULT: TenantId = TenantId::new(Uuid::from_u128(0xdefa));

/// One process's worth of the system.
struct Stack {
    gate: Gate,
    store: EventStore,
    authorities: Authorities,
    instances: Instances,
    users: Users,
}

impl Stack {
    async fn open(database: &Database, mail: &Path) -> Self {
        let gate = Gate::before(database).await.unwrap();
        let clock = Arc::new(SystemClock);
        let store = EventStore::open(gate.config(), clock.clone(), Options::default());
        let store = store.await.unwrap();
        let master = MasterKey::parse(&"5e".repeat(32)).unwrap();
        let secrets = Secrets::unlock(store.clone(), master, None).await.unwrap();
        let authorities = Authorities::new(store.clone(), clock);
        let processes = Processes::new(store.clone(), authorities.clone());
        let instances = Instances::new(store.clone(), processes.clone(), None);
        let users = Users::new(
            store.clone(),
            authorities.clone(),
            secrets.fingerprints(),
            PasswordHasher::new().unwrap(),
            processes,
            Mailbox::open(mail).unwrap(),
        );
        Self {
            gate,
            store,
            authorities,
            instances,
            users,
        }
    }

    fn register(&self, name: &'static str, email: &'static str) -> JoinHandle<Registered> {
        let users = self.users.clone();
        tokio::spawn(async move {
            let input = json!({ "name": name, "email": email, "password": PASSWORD });
            let input: RegisterUser = serde_json::from_value(input).unwrap();
            let invocation = invocation("users_register");
            let done = users.register(&invocation, &input).await?;
            Ok(done.output)
        })
    }
}

type Registered = Result<UserRegistered, Error>;

#[expect(
    clippy::disallowed_methods,
    reason = "a test mints the names of its calls"
)]
fn invocation(primitive: &'static str) -> Invocation {
    Invocation::of_system(primitive, Uuid::now_v7())
}

/// What stands beside the ledger: contents, passwords, mails, mailed secrets.
async fn beside(database: &Database) -> Vec<i64> {
    let superuser = database.superuser().await.unwrap();
    let row = superuser
        .query_one(include_str!("sql/count_beside.sql"), &[])
        .await
        .unwrap();
    (0..4).map(|column| row.get(column)).collect()
}

/// Runs one order from an instance in which nobody is yet, or somebody was before; answers both results and the
/// first node.
async fn run(
    database: &Database,
    earlier: Option<&'static str>,
    emails: [&'static str; 2],
    order: &[Step],
) -> ([Registered; 2], Stack) {
    let mail = Scratch::new("race").unwrap();
    let stacks = [
        Stack::open(database, mail.path()).await,
        Stack::open(database, mail.path()).await,
    ];
    let begun = stacks[0]
        .instances
        .begin(&invocation("begin"), DEFAULT)
        .await;
    assert_eq!(begun.unwrap(), DEFAULT);
    // Both have appended, so that later only what is decided here stands before a gate.
    let call = invocation("warm");
    let warm = stacks[1].authorities.read(&call, "user", None);
    warm.await.unwrap();
    if let Some(email) = earlier {
        stacks[1].register("Earlier", email).await.unwrap().unwrap();
    }
    let (mut begun, mut ended) = ([None, None], [None, None]);
    for step in order {
        match step {
            Step::Gather(side) => {
                let stack = &stacks[side.index()];
                stack.gate.close();
                let name = ["Left", "Right"][side.index()];
                begun[side.index()] = Some(stack.register(name, emails[side.index()]));
                stack.gate.arrival().await.unwrap();
            }
            Step::Append(side) => {
                stacks[side.index()].gate.open();
                let task = begun[side.index()].take().unwrap();
                ended[side.index()] = Some(task.await.unwrap());
            }
        }
    }
    let [one, _] = stacks;
    (ended.map(Option::unwrap), one)
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
async fn of_two_who_come_first_exactly_one_administers_the_instance_and_owns_its_organization() {
    for order in orders() {
        let database = Database::fresh().await.unwrap();
        let emails = ["left@example.test", "right@example.test"];
        let (registered, stack) = run(&database, None, emails, &order).await;
        let registered =
            registered.map(|result| result.unwrap_or_else(|e| panic!("{order:?}: {e}")));
        let winner = first(&order);
        let id = |side: Side| -> UserId { registered[side.index()].user_id.parse().unwrap() };
        let role = |side: Side| registered[side.index()].platform_role;
        assert_eq!(role(winner), PlatformRole::Admin, "{order:?}");
        assert_eq!(role(winner.other()), PlatformRole::User, "{order:?}");

        let state = stack.instances.state().await.unwrap();
        let administrator = state.running().and_then(|running| running.administrator);
        assert_eq!(administrator, Some(id(winner)), "{order:?}");
        let known = stack.authorities.fresh(DEFAULT).await.unwrap();
        let owner = known.state().member_role(id(winner));
        assert_eq!(owner, Some(OrganizationRole::Owner), "{order:?}");
        assert_eq!(
            known.state().member_role(id(winner.other())),
            None,
            "{order:?}"
        );
        assert_eq!(known.state().owner_count(), 1, "{order:?}");
        for side in [Side::Left, Side::Right] {
            let me = stack.users.me(id(side), None).await.unwrap();
            assert_eq!(me.email.as_deref(), Some(emails[side.index()]), "{order:?}");
            assert_eq!(me.platform_role, role(side), "{order:?}");
            let expected = usize::from(side == winner);
            assert_eq!(me.organization_ids.len(), expected, "{order:?}");
        }
        // The organization's name twice, a name and an address each; a password and a mail each.
        assert_eq!(beside(&database).await, [6, 2, 2, 2], "{order:?}");
        stack.store.close().await;
    }
}

#[tokio::test]
async fn of_two_who_register_with_one_address_one_hears_that_it_is_taken_and_leaves_nothing_behind()
{
    // With the instance to administer, too, and without.
    for earlier in [None, Some("earlier@example.test")] {
        for order in orders() {
            let database = Database::fresh().await.unwrap();
            let emails = ["ada@example.test", "Ada@Example.Test"];
            let (mut registered, stack) = run(&database, earlier, emails, &order).await;
            let winner = first(&order).index();
            registered.swap(0, winner);
            let [won, lost] = registered;
            let won = won.unwrap_or_else(|error| panic!("{order:?}: {error}"));
            let role = if earlier.is_none() {
                PlatformRole::Admin
            } else {
                PlatformRole::User
            };
            assert_eq!(won.platform_role, role, "{order:?}");
            assert_eq!(lost.unwrap_err().code(), "EMAIL_TAKEN", "{order:?}");
            let expected = if earlier.is_none() {
                [4, 1, 1, 1]
            } else {
                [6, 2, 2, 2]
            };
            assert_eq!(beside(&database).await, expected, "{order:?}");
            stack.store.close().await;
        }
    }
}
