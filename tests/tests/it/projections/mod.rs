//! The read models' promises, tried against a real database: a rebuild equals what serves, whatever the
//! batches; nothing is applied twice; what cannot be applied halts or is parked; a flip disturbs nobody.

mod contract;
mod errands;
mod flip;
pub(crate) mod history;
mod identity;
mod identity_models;
mod object_types;
mod people;
mod poison;
mod queries;
mod skills;
mod society;
mod trail;
mod walls;

use std::sync::Arc;
use std::time::Duration;

use cinatra_domain::kernel::{ContentRef, TenantId};
use cinatra_eventstore::{EventStore, SystemClock};
use cinatra_projections::{Digest, Error, Freshness, Options, Projections, Runner};
use cinatra_tests::Database;
use uuid::Uuid;

use self::history::History;
use self::society::World;

/// The organization of these tests.
const ACME: TenantId = TenantId::new(Uuid::from_u128(0xacae));
/// Another one.
const OTHER: TenantId = TenantId::new(Uuid::from_u128(0x07e5));

/// Read models that have a digest: people, who can be erased, have none.
fn digested() -> impl Iterator<Item = &'static str> {
    Projections::names().filter(|name| *name != "people")
}

/// A system with three empty ledgers.
struct System {
    database: Database,
    store: EventStore,
    projections: Projections,
}

impl System {
    async fn fresh() -> Self {
        Self::with(Options::default()).await
    }

    async fn with(options: Options) -> Self {
        let database = Database::fresh().await.unwrap();
        let store = Self::another_store(&database).await;
        for tenant in [TenantId::SYSTEM, ACME, OTHER] {
            store.create_ledger(tenant).await.unwrap();
        }
        let projections = Self::open(&database, &store, options).await;
        Self {
            database,
            store,
            projections,
        }
    }

    /// What another process would have.
    async fn another_store(database: &Database) -> EventStore {
        let config = database.url.parse().unwrap();
        let options = cinatra_eventstore::Options::default();
        EventStore::open(config, Arc::new(SystemClock), options)
            .await
            .unwrap()
    }

    async fn open(database: &Database, store: &EventStore, options: Options) -> Projections {
        let config = database.url.parse().unwrap();
        Projections::open(config, store.clone(), options)
            .await
            .unwrap()
    }

    /// The same system from another process, with other options.
    async fn beside(&self, options: Options) -> Projections {
        let store = Self::another_store(&self.database).await;
        Self::open(&self.database, &store, options).await
    }

    async fn start(&self) -> Runner {
        self.projections.start().await.unwrap()
    }

    /// Waits until every read model holds everything.
    async fn settle(&self) {
        let until = tokio::time::Instant::now() + Duration::from_mins(1);
        loop {
            let status = self.projections.status().await.unwrap();
            if status.iter().all(|status| status.lag == 0) {
                return;
            }
            assert!(tokio::time::Instant::now() < until, "{status:#?}");
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }

    async fn digests(&self) -> Vec<Digest> {
        let mut digests = Vec::new();
        for name in Projections::names() {
            match self.projections.digest(name, &|_| ()).await {
                Err(Error::NotDigested(_)) => {}
                digest => digests.push(digest.unwrap()),
            }
        }
        digests
    }

    /// Every row of the live build of the people, which have no digest.
    async fn people(&self) -> Vec<String> {
        let status = self.projections.status().await.unwrap();
        let people = status.iter().find(|status| status.name == "people");
        let schema = format!("p_people_{}", people.unwrap().build.unwrap());
        let mut rows = Vec::new();
        for table in ["people", "memberships"] {
            rows.extend(self.dump(&format!("{schema}.{table}")).await);
        }
        rows
    }

    /// Every row of a table as text.
    async fn dump(&self, table: &str) -> Vec<String> {
        let superuser = self.database.superuser().await.unwrap();
        let dump = include_str!("sql/dump_rows.sql").replace("{table}", table);
        let rows = superuser.query(&dump, &[]).await.unwrap();
        rows.iter().map(|row| row.get(0)).collect()
    }

    async fn as_superuser(&self, sql: &str) {
        let superuser = self.database.superuser().await.unwrap();
        superuser.batch_execute(sql).await.unwrap();
    }
}

/// Contents are taken away from beside the ledger, as an erasure does.
async fn erase(system: &System, tenant: TenantId, contents: &[&ContentRef]) {
    let superuser = system.database.superuser().await.unwrap();
    let ids: Vec<Uuid> = contents.iter().map(|content| content.id).collect();
    let erase = include_str!("sql/erase_content.sql");
    superuser
        .execute(erase, &[&tenant.uuid(), &ids])
        .await
        .unwrap();
}

/// Whatever there is.
const ANY: Freshness = Freshness {
    min_pos: None,
    strict: false,
};
