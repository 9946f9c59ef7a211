//! P5: rebuilding a read model over a million events, against a bare program that reads the same events
//! and writes the same rows.
#![expect(
    clippy::wildcard_enum_match_arm,
    reason = "the history that it makes has three events"
)]

use std::collections::HashMap;
use std::time::Instant;

use cinatra_domain::extension::{ExtensionEvent, Release};
use cinatra_domain::kernel::{Event as _, TenantId};
use cinatra_eventstore::EventStore;
use cinatra_projections::Projections;
use jiff::Timestamp;
use tokio_postgres::{Client, Config, NoTls, Row};
use uuid::Uuid;

use super::append::ledgers;
use super::load::append_life;
use super::measure::{Bound, Goal, Sample, Variant, contest};
use crate::{Outcome, fault};

/// Events in the history.
const EVENTS: usize = 1_000_000;
/// Events of each extension.
const EACH: usize = 100;
/// Events that the bare program reads and writes at once.
const PAGE: i64 = 5_000;

/// Fills a fresh ledger with the lives of 10,000 extensions.
pub async fn fill(store: &EventStore) -> Outcome<TenantId> {
    let tenant = ledgers(store, 1)
        .await?
        .pop()
        .ok_or_else(|| fault("no ledger"))?;
    let mut tasks = tokio::task::JoinSet::new();
    for worker in 0..8 {
        let store = store.clone();
        tasks.spawn(async move {
            for number in (worker..EVENTS / EACH).step_by(8) {
                append_life(&store, tenant, &format!("@bench/r{number}-agent"), EACH).await?;
            }
            Ok::<_, crate::Fault>(())
        });
    }
    while let Some(done) = tasks.join_next().await {
        done??;
    }
    Ok(tenant)
}

async fn ours(projections: &Projections, name: &str) -> Outcome<Sample> {
    let rebuilt = projections.rebuild(name, &|_| {}).await?;
    if rebuilt
        .compared
        .as_ref()
        .is_some_and(|compared| !compared.equal)
    {
        return Err(fault(format!("{name} came to other rows")));
    }
    let events = u32::try_from(rebuilt.events)?;
    Ok(Sample {
        figure: f64::from(events) / rebuilt.backfill_seconds,
        p99_ms: rebuilt.seconds,
    })
}

/// What the bare program does with a page.
#[derive(Clone, Copy, Debug)]
enum Shape {
    /// A row per event.
    Timeline,
    /// A row per extension, folded in memory.
    Catalog,
}

async fn connect(config: &Config) -> Outcome<Client> {
    let (client, connection) = config.connect(NoTls).await?;
    tokio::spawn(connection);
    Ok(client)
}

/// Reads ahead on one connection while it writes on another, a checkpoint with every page.
async fn bare(config: &Config, tenant: TenantId, shape: Shape) -> Outcome<Sample> {
    let (reader, mut writer) = (connect(config).await?, connect(config).await?);
    writer
        .batch_execute(include_str!("sql/create_floor_models.sql"))
        .await?;
    let read = reader.prepare(include_str!("sql/read_floor.sql")).await?;
    let write = writer
        .prepare(match shape {
            Shape::Timeline => include_str!("sql/insert_floor_entries.sql"),
            Shape::Catalog => include_str!("sql/upsert_floor_extensions.sql"),
        })
        .await?;
    let checkpoint = writer
        .prepare(include_str!("sql/move_floor_checkpoint.sql"))
        .await?;
    let began = Instant::now();
    let (sender, mut pages) = tokio::sync::mpsc::channel::<Vec<Row>>(2);
    let reading = tokio::spawn(async move {
        let mut after = 0_i64;
        loop {
            let rows = reader
                .query(&read, &[&tenant.uuid(), &after, &PAGE])
                .await?;
            let Some(last) = rows.last() else {
                return Ok::<_, tokio_postgres::Error>(());
            };
            after = last.get(0);
            if sender.send(rows).await.is_err() {
                return Ok(());
            }
        }
    });
    let (mut count, mut known) = (0_u32, HashMap::new());
    while let Some(rows) = pages.recv().await {
        count += u32::try_from(rows.len())?;
        let transaction = writer.transaction().await?;
        match shape {
            Shape::Timeline => {
                let entries = Entries::of(tenant, &rows)?;
                transaction.execute(&write, &entries.params()).await?;
            }
            Shape::Catalog => {
                let folded = Folded::of(tenant, &rows, &mut known)?;
                transaction.execute(&write, &folded.params()).await?;
            }
        }
        let last: i64 = rows.last().map_or(0, |row| row.get(0));
        transaction.execute(&checkpoint, &[&last]).await?;
        transaction.commit().await?;
    }
    reading.await??;
    let seconds = began.elapsed().as_secs_f64();
    Ok(Sample {
        figure: f64::from(count) / seconds,
        p99_ms: seconds,
    })
}

fn event_of(row: &Row) -> Outcome<ExtensionEvent> {
    let mut bytes = rmp_serde::Deserializer::from_read_ref(row.get::<_, &[u8]>(6));
    ExtensionEvent::deserialize_body(row.get(4), &mut bytes)?.ok_or_else(|| fault("a name"))
}

fn package(row: &Row) -> &str {
    row.get::<_, &str>(1).trim_start_matches("extension:")
}

#[derive(Debug, Default)]
struct Entries<'r> {
    tenants: Vec<Uuid>,
    packages: Vec<&'r str>,
    positions: Vec<i64>,
    revisions: Vec<i64>,
    ids: Vec<Uuid>,
    names: Vec<&'r str>,
    actors: Vec<&'r str>,
    times: Vec<Timestamp>,
    summaries: Vec<String>,
}

impl<'r> Entries<'r> {
    fn of(tenant: TenantId, rows: &'r [Row]) -> Outcome<Self> {
        let mut columns = Self::default();
        for row in rows {
            let event = event_of(row)?;
            columns.tenants.push(tenant.uuid());
            columns.packages.push(package(row));
            columns.positions.push(row.get(0));
            columns.revisions.push(row.get(2));
            columns.ids.push(row.get(3));
            columns.names.push(row.get(4));
            columns.times.push(row.get(5));
            columns.actors.push(row.get(7));
            columns.summaries.push(match &event {
                ExtensionEvent::Installed(body) => serde_json::to_string(&body.release.version)?,
                ExtensionEvent::Archived(body) => serde_json::to_string(&body.version)?,
                ExtensionEvent::Restored(body) => serde_json::to_string(&body.version)?,
                _ => "{}".to_owned(),
            });
        }
        Ok(columns)
    }

    fn params(&self) -> [&(dyn tokio_postgres::types::ToSql + Sync); 9] {
        [
            &self.tenants,
            &self.packages,
            &self.positions,
            &self.revisions,
            &self.ids,
            &self.names,
            &self.actors,
            &self.times,
            &self.summaries,
        ]
    }
}

#[derive(Debug, Default)]
struct Folded {
    tenants: Vec<Uuid>,
    packages: Vec<String>,
    releases: Vec<String>,
    statuses: Vec<&'static str>,
    positions: Vec<i64>,
}

impl Folded {
    fn of(tenant: TenantId, rows: &[Row], known: &mut HashMap<String, Release>) -> Outcome<Self> {
        let mut last: HashMap<&str, (&'static str, i64)> = HashMap::new();
        for row in rows {
            let status = match event_of(row)? {
                ExtensionEvent::Installed(body) => {
                    known.insert(package(row).to_owned(), body.release);
                    "active"
                }
                ExtensionEvent::Archived(_) => "archived",
                _ => "active",
            };
            last.insert(package(row), (status, row.get(0)));
        }
        let mut columns = Self::default();
        for (package, (status, position)) in last {
            columns.tenants.push(tenant.uuid());
            columns.packages.push(package.to_owned());
            columns
                .releases
                .push(serde_json::to_string(&known.get(package))?);
            columns.statuses.push(status);
            columns.positions.push(position);
        }
        Ok(columns)
    }

    fn params(&self) -> [&(dyn tokio_postgres::types::ToSql + Sync); 5] {
        [
            &self.tenants,
            &self.packages,
            &self.releases,
            &self.statuses,
            &self.positions,
        ]
    }
}

/// Measures both read models. `url` is the serving login's, `config` the bare program's.
pub async fn variants(store: &EventStore, url: &str, config: &Config) -> Outcome<Vec<Variant>> {
    let tenant = fill(store).await?;
    let options = cinatra_projections::Options::default();
    let projections = Projections::open(url.parse()?, store.clone(), options).await?;
    // Order: the first builds are made and the loop is stopped at once, so that it takes nothing of the
    // machine while the rebuilds are measured.
    projections.start().await?.stop().await;
    let goal = Goal {
        bound: Bound::AtLeast(0.6),
        p99_max: None,
    };
    let mut variants = Vec::new();
    for (name, shape) in [
        ("extension_timeline", Shape::Timeline),
        ("extension_catalog", Shape::Catalog),
    ] {
        let ours = || ours(&projections, name);
        variants.push(contest(name, goal, ours, || bare(config, tenant, shape)).await?);
    }
    Ok(variants)
}
