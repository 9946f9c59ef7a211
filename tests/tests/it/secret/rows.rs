//! What lies in the database opens in its own place only, and says nothing when it does not.

use cinatra_domain::kernel::{Class, Coded as _, Position, StreamId, TenantId};
use cinatra_domain::secret::{Deleted, SecretEvent, vault_tag};
use cinatra_eventstore::{
    Append, Authority, CommandRecord, Condition, Context, Expected, NewEvent, SideRow,
    StreamAppend, VaultRow,
};
use cinatra_tests::Database;
use cinatra_tests::served::Served;
use serde_json::json;
use uuid::Uuid;

use super::{ACME, NAME, invocation, master, reveal, set, stack};
use crate::extension::{call, done, package};

const OTHER: TenantId = TenantId::new(Uuid::from_u128(0x07e5));

/// What a row is given, and how.
const TAMPERINGS: &[(&str, &str)] = &[
    ("another name's value", include_str!("sql/swap_names.sql")),
    (
        "another organization's value",
        include_str!("sql/swap_tenants.sql"),
    ),
    (
        "another organization's key",
        include_str!("sql/swap_keys.sql"),
    ),
    ("a key of another name", include_str!("sql/rename_key.sql")),
    ("no key", include_str!("sql/lose_keys.sql")),
    ("another byte", include_str!("sql/alter_value.sql")),
];

#[tokio::test]
async fn a_row_in_anothers_place_does_not_open() {
    for (what, tampering) in TAMPERINGS {
        let database = Database::fresh().await.unwrap();
        let (store, secrets) = stack(&database, master()).await;
        for tenant in [ACME, OTHER] {
            store.create_ledger(tenant).await.unwrap();
            set(&secrets, tenant, NAME, "one").await;
            if *what == "another name's value" {
                set(&secrets, tenant, "another", "two").await;
            }
        }
        assert!(reveal(&secrets, ACME, NAME).await.is_ok());
        let superuser = database.superuser().await.unwrap();
        let changed = superuser.execute(*tampering, &[]).await.unwrap();
        assert!(changed > 0, "{what}");
        let error = reveal(&secrets, ACME, NAME).await.unwrap_err();
        assert_eq!(error.code(), "SECRET_DECRYPT_FAILED", "{what}");
        assert_eq!(error.class(), Class::Corrupt, "{what}");
        assert_eq!(error.details(), json!({}), "{what}");
    }
}

#[tokio::test]
async fn a_caller_learns_that_it_is_broken_and_nothing_else() {
    let served = Served::with(&[]).await.unwrap();
    let client = served.client().unwrap();
    let token = json!({ "name": "registry.default.read-token", "value": "s3cret" });
    done(&client, "secrets_set", &token).await;
    let superuser = served.database().superuser().await.unwrap();
    let altered = superuser.execute(include_str!("sql/alter_value.sql"), &[]);
    assert_eq!(altered.await.unwrap(), 1);
    let input = package("@acme/hello-skill", "1.0.0");
    let reply = call(&client, "extensions_install", &input).await;
    assert_eq!(
        (reply.status, reply.code()),
        (500, Some("SECRET_DECRYPT_FAILED")),
        "{}",
        reply.body
    );
    assert_eq!(reply.body["error"]["details"], json!({}));
    // What is listed needs no key, and a new value mends it.
    done(&client, "secrets_list", &json!({})).await;
    done(&client, "secrets_set", &token).await;
    let reply = call(&client, "extensions_install", &input).await;
    assert_eq!(reply.code(), Some("PACKAGE_NOT_FOUND"), "{}", reply.body);
}

/// Forgets the secret on condition that nothing about it stands after a position.
fn forgetting(tenant: TenantId, after: Position) -> Append {
    let invoked = invocation(tenant, "secrets_delete", &format!("forget after {after}"));
    let name = NAME.to_owned();
    let event = SecretEvent::from(Deleted { name: name.clone() });
    Append {
        tenant,
        streams: vec![StreamAppend {
            stream: StreamId::new("secret", NAME),
            expected: Expected::Any,
            events: vec![NewEvent::encode(&event, Vec::new()).unwrap()],
            state: None,
        }],
        conditions: vec![Condition {
            tags: vec![vault_tag().unwrap()],
            after,
            proof: None,
        }],
        command: CommandRecord {
            command_id: invoked.command_id,
            request_hash: invoked.request_hash,
            outcome: "ok".to_owned(),
            result: Vec::new(),
        },
        context: Context {
            actor: invoked.caller.actor,
            authority: Authority {
                permission: "secrets.delete".to_owned(),
                via: "test".to_owned(),
                judged_at: Vec::new(),
                primitive: String::new(),
            },
            causation_id: None,
            correlation_id: Uuid::nil(),
        },
        side: vec![SideRow::Vault(VaultRow::Delete { name })],
    }
}

#[tokio::test]
async fn a_refused_append_writes_no_row_and_those_beside_it_write_theirs() {
    let database = Database::fresh().await.unwrap();
    let (store, secrets) = stack(&database, master()).await;
    for tenant in [ACME, OTHER] {
        store.create_ledger(tenant).await.unwrap();
        set(&secrets, tenant, NAME, "v").await;
    }
    let (refused, made) = futures_util::future::join(
        store.append(forgetting(ACME, Position::START)),
        store.append(forgetting(OTHER, Position(1))),
    )
    .await;
    assert!(refused.unwrap_err().is_conflict());
    made.unwrap();
    let kept = reveal(&secrets, ACME, NAME).await.unwrap();
    assert_eq!(kept.as_deref(), Some("v"));
    assert_eq!(reveal(&secrets, OTHER, NAME).await.unwrap(), None);
}

#[tokio::test]
async fn the_role_of_requests_reads_neither_table() {
    let database = Database::fresh().await.unwrap();
    let reader = database.role("cinatra_reader").await.unwrap();
    for query in [
        include_str!("sql/read_secrets.sql"),
        include_str!("sql/read_keys.sql"),
    ] {
        let error = reader.query(query, &[]).await.unwrap_err();
        assert!(error.to_string().contains("db error"), "{error}");
        let refusal = error.as_db_error().unwrap().message().to_owned();
        assert!(refusal.contains("permission denied"), "{refusal}");
    }
}
