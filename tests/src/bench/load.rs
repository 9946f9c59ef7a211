//! P4: loading and folding a stream of 100 events, cold and warm.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use cinatra_domain::extension::{
    ArchiveCause, Archived, Extension, ExtensionEvent, Installed, Kind, Origin, Release, Restored,
    Visibility,
};
use cinatra_domain::kernel::{Event as _, StreamId, TenantId};
use cinatra_eventstore::{EventStore, Expected, NewEvent, StreamAppend};
use tokio_postgres::{Client, Config, NoTls};

use super::append::{append, ledgers};
use super::measure::{Bound, Goal, Sample, Variant, contest, load};
use crate::{Outcome, fault};

/// Streams to load from, so that no two loads in a row touch the same.
const STREAMS: usize = 200;
/// Events of each.
const EVENTS: usize = 100;

/// A release as an install records it.
pub fn release(package: &str) -> Release {
    Release {
        kind: Kind::Agent,
        version: "1.0.0".to_owned(),
        display_name: Some("Bench".to_owned()),
        description: Some("An agent that exists to be counted.".to_owned()),
        origin: Origin {
            package_name: package.to_owned(),
            version: "1.0.0".to_owned(),
            scope: "@bench".to_owned(),
            destination_id: None,
            registry_url: "directory:bench".to_owned(),
            visibility: Visibility::Public,
        },
        integrity: "sha512-bench".to_owned(),
        content_sha256: "0".repeat(64),
        manifest_sha256: "0".repeat(64),
        dependencies: Vec::new(),
        warnings: Vec::new(),
    }
}

/// An extension's whole life: installed, then archived and restored in turn.
pub fn life(package: &str, events: usize) -> Vec<ExtensionEvent> {
    let mut life = vec![
        Installed {
            release: release(package),
            required_by: None,
        }
        .into(),
    ];
    for number in 1..events {
        let version = "1.0.0".to_owned();
        life.push(if number % 2 == 1 {
            let (cause, archived_dependents) = (ArchiveCause::Explicit, Vec::new());
            Archived {
                version,
                cause,
                archived_dependents,
            }
            .into()
        } else {
            Restored { version }.into()
        });
    }
    life
}

/// Appends one extension's life as one command.
pub async fn append_life(store: &EventStore, tenant: TenantId, id: &str, n: usize) -> Outcome<()> {
    let stream = StreamId::new("extension", id);
    let mut command = append(tenant, &stream, 0, 1);
    let tags = cinatra_domain::kernel::Tag::new("ext", id)
        .into_iter()
        .collect::<Vec<_>>();
    let events: Result<Vec<_>, _> = life(id, n)
        .iter()
        .map(|event| NewEvent::encode(event, tags.clone()))
        .collect();
    command.streams = vec![StreamAppend {
        stream,
        expected: Expected::NoStream,
        events: events?,
        state: None,
    }];
    store.append(command).await?;
    Ok(())
}

fn name(number: usize) -> String {
    format!("@bench/p{}-agent", number % STREAMS)
}

async fn connect(config: &Config) -> Outcome<Client> {
    let (client, connection) = config.connect(NoTls).await?;
    tokio::spawn(connection);
    Ok(client)
}

async fn bare(config: &Config, tenant: TenantId, clients: usize) -> Outcome<Sample> {
    let mut connections = Vec::new();
    for _ in 0..clients {
        let client = connect(config).await?;
        let statement = client.prepare(include_str!("sql/load_floor.sql")).await?;
        connections.push(Arc::new((client, statement)));
    }
    let next = Arc::new(AtomicUsize::new(0));
    load(clients, LENGTH, 1, |number| {
        let connection = connections.get(number).cloned();
        let next = Arc::clone(&next);
        move |_| {
            let (connection, number) = (connection.clone(), next.fetch_add(1, Ordering::Relaxed));
            async move {
                let connection = connection.ok_or_else(|| fault("no connection"))?;
                let stream = StreamId::new("extension", &name(number)).key();
                let key: &[u8] = &stream.0;
                let rows = connection
                    .0
                    .query(&connection.1, &[&tenant.uuid(), &key])
                    .await?;
                let mut archived = 0;
                for row in &rows {
                    let mut bytes = rmp_serde::Deserializer::from_read_ref(row.get::<_, &[u8]>(1));
                    let event = ExtensionEvent::deserialize_body(row.get(0), &mut bytes)?;
                    archived += usize::from(matches!(event, Some(ExtensionEvent::Archived(_))));
                }
                if archived == EVENTS / 2 {
                    Ok(())
                } else {
                    Err(fault("a stream is short"))
                }
            }
        }
    })
    .await
}

const LENGTH: Duration = Duration::from_millis(1_500);

async fn cold(store: &EventStore, tenant: TenantId, clients: usize) -> Outcome<Sample> {
    let next = Arc::new(AtomicUsize::new(0));
    load(clients, LENGTH, 1, |_| {
        let (store, next) = (store.clone(), Arc::clone(&next));
        move |_| {
            let (store, number) = (store.clone(), next.fetch_add(1, Ordering::Relaxed));
            async move {
                let loaded = store.load_cold::<Extension>(tenant, &name(number)).await?;
                loaded
                    .revision
                    .map(|_| ())
                    .ok_or_else(|| fault("a stream is missing"))
            }
        }
    })
    .await
}

async fn warm(store: &EventStore, tenant: TenantId) -> Outcome<Sample> {
    for number in 0..STREAMS {
        store.load::<Extension>(tenant, &name(number)).await?;
    }
    let next = Arc::new(AtomicUsize::new(0));
    load(1, LENGTH, 1, |_| {
        let (store, next) = (store.clone(), Arc::clone(&next));
        move |_| {
            let (store, number) = (store.clone(), next.fetch_add(1, Ordering::Relaxed));
            async move {
                let loaded = store.load::<Extension>(tenant, &name(number)).await?;
                loaded
                    .revision
                    .map(|_| ())
                    .ok_or_else(|| fault("a stream is missing"))
            }
        }
    })
    .await
}

/// Measures loading: cold at 1 and 8 against the bare program, warm against cold.
pub async fn variants(store: &EventStore, config: &Config) -> Outcome<Vec<Variant>> {
    let tenant = ledgers(store, 1)
        .await?
        .pop()
        .ok_or_else(|| fault("no ledger"))?;
    for number in 0..STREAMS {
        append_life(store, tenant, &name(number), EVENTS).await?;
    }
    let goal = Goal {
        bound: Bound::AtLeast(0.6),
        p99_max: None,
    };
    let warm_goal = Goal {
        bound: Bound::AtLeast(20.0),
        p99_max: None,
    };
    Ok(vec![
        contest(
            "cold, 1 client",
            goal,
            || cold(store, tenant, 1),
            || bare(config, tenant, 1),
        )
        .await?,
        contest(
            "cold, 8 clients",
            goal,
            || cold(store, tenant, 8),
            || bare(config, tenant, 8),
        )
        .await?,
        contest(
            "warm against cold",
            warm_goal,
            || warm(store, tenant),
            || cold(store, tenant, 1),
        )
        .await?,
    ])
}
