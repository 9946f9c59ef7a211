//! Set, list, replace, rotate, delete; alone and at the same time as others.

use cinatra_commands::secret::NamedSecret;
use cinatra_domain::kernel::TenantId;
use cinatra_tests::served::Served;
use cinatra_tests::{Call, Client, Database};
use futures_util::future::join_all;
use serde_json::{Value, json};

use super::{ACME, NAME, beside, invocation, master, reveal, set, stack};
use crate::extension::{at, call, done, refused};

fn tenant(at: &str) -> TenantId {
    at.split_once(':').unwrap().0.parse().unwrap()
}

async fn listed(client: &Client) -> Vec<Value> {
    let listed = done(client, "secrets_list", &json!({})).await;
    listed["items"].as_array().unwrap().clone()
}

#[tokio::test]
async fn a_secret_is_kept_listed_replaced_and_forgotten() {
    let served = Served::with(&[]).await.unwrap();
    let client = served.client().unwrap();
    let (named, with) = (
        json!({ "name": NAME }),
        |value: &str| json!({ "name": NAME, "value": value }),
    );
    assert_eq!(listed(&client).await, Vec::<Value>::new());
    let reply = call(&client, "secrets_set", &with("one")).await;
    assert_eq!(reply.body, json!({ "success": true, "name": NAME }));
    let (tenant, secrets) = (tenant(at(&reply)), beside(&served).await);
    let value = reveal(&secrets, tenant, NAME).await.unwrap();
    assert_eq!(value.as_deref(), Some("one"));
    let first = listed(&client).await;
    assert_eq!(
        (&first[0]["name"], &first[0]["createdBy"]),
        (&json!(NAME), &json!("service:bootstrap-admin"))
    );
    done(&client, "secrets_set", &with("two")).await;
    let value = reveal(&secrets, tenant, NAME).await.unwrap();
    assert_eq!(value.as_deref(), Some("two"));
    let second = listed(&client).await;
    assert_eq!(second.len(), 1);
    assert_eq!(second[0]["createdAt"], first[0]["createdAt"]);
    assert_ne!(second[0]["updatedAt"], first[0]["updatedAt"]);

    let rotated = done(&client, "secrets_rotate_keys", &json!({})).await;
    assert_eq!(
        rotated,
        json!({ "success": true, "rotated": true, "secrets": 1 })
    );
    let value = reveal(&secrets, tenant, NAME).await.unwrap();
    assert_eq!(value.as_deref(), Some("two"));
    assert_eq!(listed(&client).await, second, "nobody changed the value");

    for deleted in [true, false] {
        let answer = done(&client, "secrets_delete", &named).await;
        assert_eq!(answer["deleted"], deleted, "{answer}");
    }
    assert_eq!(reveal(&secrets, tenant, NAME).await.unwrap(), None);
    assert_eq!(listed(&client).await, Vec::<Value>::new());
}

#[tokio::test]
async fn every_act_is_in_the_trail_by_name() {
    let served = Served::with(&[]).await.unwrap();
    let client = served.client().unwrap();
    let named = json!({ "name": NAME });
    done(&client, "secrets_rotate_keys", &json!({})).await;
    done(&client, "secrets_delete", &named).await;
    done(
        &client,
        "secrets_set",
        &json!({ "name": NAME, "value": "v" }),
    )
    .await;
    done(&client, "secrets_rotate_keys", &json!({})).await;
    let last = call(&client, "secrets_delete", &named).await;
    let fresh = Call {
        min_pos: Some(at(&last)),
        strict: true,
        ..Call::default()
    };
    let about = json!({ "resourceType": "secret" });
    let trail = client.call("audit_events_list", &about, fresh).await;
    let trail = trail.unwrap().body;
    let acts = trail["items"].as_array().unwrap().iter().rev().map(|row| {
        let outcome = row["metadata"]["outcome"].as_str().unwrap_or("done");
        let (operation, about) = (&row["operation"], &row["resourceId"]);
        format!("{operation} {about} {outcome}").replace('"', "")
    });
    assert_eq!(
        acts.collect::<Vec<_>>(),
        [
            "rotate_keys keys no_effect".to_owned(),
            format!("delete {NAME} no_effect"),
            format!("set {NAME} done"),
            "rotate_keys keys done".to_owned(),
            format!("delete {NAME} done"),
        ],
        "{trail}"
    );
}

#[tokio::test]
async fn a_retry_is_the_first_call_and_another_value_under_its_key_is_refused() {
    let served = Served::with(&[]).await.unwrap();
    let client = served.client().unwrap();
    let keyed = Call {
        key: Some("k"),
        ..Call::default()
    };
    let with = |value: &str| json!({ "name": NAME, "value": value });
    let (one, other) = (with("one"), with("other"));
    let first = client.call("secrets_set", &one, keyed.clone()).await;
    let again = client.call("secrets_set", &one, keyed.clone()).await;
    let (first, again) = (first.unwrap(), again.unwrap());
    assert_eq!((&first.body, &first.at), (&again.body, &again.at));
    let reused = client.call("secrets_set", &other, keyed).await.unwrap();
    assert_eq!(reused.code(), Some("IDEMPOTENCY_KEY_REUSED"));
    let value = reveal(&beside(&served).await, tenant(at(&first)), NAME).await;
    assert_eq!(value.unwrap().as_deref(), Some("one"));
}

#[tokio::test]
async fn the_command_log_does_not_help_to_guess_a_value() {
    let served = Served::with(&[]).await.unwrap();
    let client = served.client().unwrap();
    let (set, delete) = (
        json!({ "name": NAME, "value": "1234" }),
        json!({ "name": NAME }),
    );
    done(&client, "secrets_set", &set).await;
    done(&client, "secrets_delete", &delete).await;
    let superuser = served.database().superuser().await.unwrap();
    let rows = superuser
        .query(include_str!("sql/read_request_hashes.sql"), &[])
        .await;
    let kept: Vec<Vec<u8>> = rows.unwrap().iter().map(|row| row.get(0)).collect();
    // What anybody can compute, as for the primitive beside it, whose input is no secret.
    let computed = |primitive: &str, input: &Value| {
        let mut hasher = blake3::Hasher::new();
        hasher.update(&u64::try_from(primitive.len()).unwrap().to_be_bytes());
        hasher.update(primitive.as_bytes());
        hasher.update(input.to_string().as_bytes());
        hasher.finalize().as_bytes().to_vec()
    };
    assert!(kept.contains(&computed("secrets_delete", &delete)));
    assert!(!kept.contains(&computed("secrets_set", &set)));
}

#[tokio::test]
async fn what_is_no_secret_is_refused() {
    let served = Served::with(&[]).await.unwrap();
    let client = served.client().unwrap();
    let refusals = [
        (json!({ "name": "A", "value": "v" }), "name"),
        (json!({ "name": "keys", "value": "v" }), "name"),
        (json!({ "name": "a".repeat(129), "value": "v" }), "name"),
        (json!({ "name": NAME, "value": "" }), "value"),
        (json!({ "name": NAME, "value": "ä".repeat(4_097) }), "value"),
        (json!({ "name": NAME, "value": "v".repeat(8_193) }), "value"),
    ];
    for (input, field) in refusals {
        let reply = call(&client, "secrets_set", &input).await;
        assert_eq!(reply.status, 400, "{}", reply.body);
        assert_eq!(reply.body["error"]["details"]["field"], field);
    }
    let longest = json!({ "name": "a".repeat(128), "value": "v".repeat(8_192) });
    done(&client, "secrets_set", &longest).await;
    let (status, code) = refused(&client, "secrets_delete", &json!({ "name": "a b" })).await;
    assert_eq!((status, code.as_str()), (400, "INVALID_INPUT"));
}

#[tokio::test]
async fn concurrent_sets_of_one_name_end_as_the_last_of_them() {
    let database = Database::fresh().await.unwrap();
    let (store, left) = stack(&database, master()).await;
    let (_, right) = stack(&database, master()).await;
    store.create_ledger(ACME).await.unwrap();
    let values: Vec<String> = (0..24).map(|number| format!("value {number}")).collect();
    let sets = values.iter().enumerate().map(|(number, value)| {
        let secrets = if number % 2 == 0 { &left } else { &right };
        async move { (set(secrets, ACME, NAME, value).await, value) }
    });
    let mut placed = join_all(sets).await;
    placed.sort_unstable();
    placed.dedup_by_key(|(position, _)| *position);
    assert_eq!(placed.len(), values.len(), "each is one event");
    let last = placed.last().unwrap().1;
    assert_eq!(
        reveal(&left, ACME, NAME).await.unwrap().as_ref(),
        Some(last)
    );
}

#[tokio::test]
async fn first_secrets_sets_and_rotations_at_the_same_time_lose_nothing() {
    let database = Database::fresh().await.unwrap();
    let (store, left) = stack(&database, master()).await;
    let (_, right) = stack(&database, master()).await;
    store.create_ledger(ACME).await.unwrap();
    let names: Vec<String> = (0..40).map(|number| format!("secret-{number}")).collect();
    let sets = join_all(names.iter().map(|name| set(&left, ACME, name, name)));
    let rotations = async {
        for number in 0..10 {
            let invocation = invocation(ACME, "secrets_rotate_keys", &number.to_string());
            // Beaten five times in a row is an answer too; nothing was written then.
            let _ = right.rotate_keys(&invocation).await;
        }
    };
    futures_util::future::join(sets, rotations).await;
    for name in &names {
        let value = reveal(&right, ACME, name).await.unwrap();
        assert_eq!(value.as_ref(), Some(name));
    }
    let superuser = database.superuser().await.unwrap();
    let counted = superuser
        .query_one(include_str!("sql/count_keys.sql"), &[&ACME.uuid()])
        .await;
    assert_eq!(counted.unwrap().get::<_, i64>(0), 1, "one key at a time");
}

#[tokio::test]
async fn a_set_and_a_delete_at_the_same_time_agree_with_the_ledger() {
    let database = Database::fresh().await.unwrap();
    let (store, left) = stack(&database, master()).await;
    let (_, right) = stack(&database, master()).await;
    store.create_ledger(ACME).await.unwrap();
    for round in 0..10 {
        let (name, key) = (format!("secret-{round}"), format!("delete {round}"));
        let named: NamedSecret = serde_json::from_value(json!({ "name": name })).unwrap();
        let invocation = invocation(ACME, "secrets_delete", &key);
        let (set, deleted) = futures_util::future::join(
            set(&left, ACME, &name, "v"),
            right.delete(&invocation, &named),
        )
        .await;
        let is_there = reveal(&left, ACME, &name).await.unwrap().is_some();
        assert_eq!(is_there, set > deleted.unwrap().at.1.0, "round {round}");
    }
}
