//! Secrets over the public interface and past it: they come back, only in their place, and never show.

pub(crate) mod canary;
mod life;
mod master;
mod rows;

use std::sync::Arc;

use cinatra_commands::gateway::vault::MasterKey;
use cinatra_commands::secret::SetSecret;
use cinatra_commands::{Caller, Error, Grant, Invocation, Secrets};
use cinatra_domain::kernel::{ActorId, CommandId, TenantId};
use cinatra_domain::secret::SecretName;
use cinatra_eventstore::{EventStore, Options, SystemClock};
use cinatra_tests::Database;
use cinatra_tests::served::Served;
use secrecy::ExposeSecret as _;
use serde_json::json;
use uuid::Uuid;

const NAME: &str = "model.openai.api-key";
const MASTER: &str = "5eed5eed5eed5eed5eed5eed5eed5eed5eed5eed5eed5eed5eed5eed5eed5eed";
const ACME: TenantId = TenantId::new(Uuid::from_u128(0xacae));

fn master() -> MasterKey {
    MasterKey::parse(MASTER).unwrap()
}

/// Secrets in a stack of their own, as in a process of its own.
async fn stack(database: &Database, master: MasterKey) -> (EventStore, Secrets) {
    let config = database.url.parse().unwrap();
    let store = EventStore::open(config, Arc::new(SystemClock), Options::default()).await;
    let store = store.unwrap();
    let secrets = Secrets::unlock(store.clone(), master, None).await.unwrap();
    (store, secrets)
}

/// The same beside a running server, with its key.
async fn beside(served: &Served) -> Secrets {
    let file = served.registry().parent().unwrap().join("master-key");
    let key = std::fs::read_to_string(file).unwrap();
    stack(served.database(), MasterKey::parse(key.trim()).unwrap())
        .await
        .1
}

fn invocation(tenant: TenantId, primitive: &'static str, key: &str) -> Invocation {
    let actor = ActorId::service("test");
    Invocation {
        primitive,
        command_id: CommandId::derive(&actor, key).unwrap(),
        may_repeat: true,
        request_hash: *blake3::hash(key.as_bytes()).as_bytes(),
        caller: Caller { tenant, actor },
        grant: Grant::of_system("test"),
        correlation_id: Uuid::nil(),
        causation_id: None,
    }
}

fn input(name: &str, value: &str) -> SetSecret {
    serde_json::from_value(json!({ "name": name, "value": value })).unwrap()
}

/// Sets a value, however often others come first, and answers the position of its event.
async fn set(secrets: &Secrets, tenant: TenantId, name: &str, value: &str) -> i64 {
    let key = format!("{name} {value}");
    let invocation = invocation(tenant, "secrets_set", &key);
    loop {
        match secrets.set(&invocation, &input(name, value)).await {
            Ok(done) => return done.at.1.0,
            Err(Error::Contended { .. }) => {}
            Err(error) => panic!("{name}: {error}"),
        }
    }
}

async fn reveal(secrets: &Secrets, tenant: TenantId, name: &str) -> Result<Option<String>, Error> {
    let name = SecretName::parse(name).unwrap();
    let value = secrets.reveal(tenant, &name).await?;
    Ok(value.map(|value| value.expose_secret().to_owned()))
}
