//! What both sides are held up to: a database with a run that waits for a person, and its first frames.

use cinatra_domain::kernel::TenantId;
use cinatra_eventstore::{Cursor, EventStore, Options, RunPage, SystemClock};
use serde_json::json;
use std::sync::Arc;
use std::time::Duration;
use uuid::Uuid;

use super::side::{Log, Side};
use crate::places::Scratch;
use crate::registry::publish_into;
use crate::{Client, Database, Flow, Outcome, Viewer, fault, people};

const AGENT: &str = "@bench/asker-agent";
/// More than a waiting run has said.
const FIRST: i64 = 1_000;

/// The database, and how our side is started on it.
#[derive(Debug)]
pub(super) struct Stage {
    database: Database,
    home: Scratch,
    tenant: TenantId,
    token: String,
}

/// A run that waits, and what it has said up to there.
#[derive(Debug)]
pub(super) struct Waiting {
    pub(super) run: String,
    said: Vec<String>,
}

impl Stage {
    /// Lets a server begin there, and somebody sign up who runs an agent.
    pub(super) async fn build(database: Database) -> Outcome<Self> {
        let home = Scratch::new("stream")?;
        let agent = Flow::of("asker", &[]).asks("gate");
        let agent = agent.answers("said", "gate", "answer");
        publish_into(&home.path().join("registry"), &agent.agent(AGENT, "1.0.0")?)?;
        let mut stage = Self {
            database,
            home,
            tenant: TenantId::new(Uuid::nil()),
            token: String::new(),
        };
        let side = stage.ours().await?;
        let row = stage.database.superuser().await?;
        let row = row
            .query_one(include_str!("../sql/default_tenant.sql"), &[])
            .await?;
        stage.tenant = TenantId::new(row.get(0));
        let client = people::sign_up(&side.url(), "Ada").await?.client;
        client.token().clone_into(&mut stage.token);
        let input = json!({ "packageName": AGENT, "packageVersion": "1.0.0" });
        people::done(&client, "extensions_install", &input).await?;
        side.stop().await?;
        Ok(stage)
    }

    /// Our side.
    pub(super) async fn ours(&self) -> Outcome<Side> {
        let (home, tenant) = (self.home.path().display().to_string(), self.tenant);
        let arguments = ["ours", &self.database.url, &home, &tenant.to_string()];
        Side::start(&arguments, &self.token).await
    }

    /// The bare one.
    pub(super) async fn bare(&self) -> Outcome<Side> {
        Side::start(&["bare"], "").await
    }

    /// The bare one that reads the database.
    pub(super) async fn stored(&self) -> Outcome<Side> {
        Side::start(&["stored", &self.database.admin_url], "").await
    }

    /// Starts a run and waits until it asks.
    pub(super) async fn waiting(&self, ours: &Side) -> Outcome<Waiting> {
        let client = Client::new(ours.url(), self.token.clone())?;
        let input = json!({ "packageName": AGENT, "inputParams": "{}" });
        let started = people::done(&client, "agent_run", &input).await?;
        let run = started["runId"].as_str().unwrap_or_default().to_owned();
        let mut viewer = Viewer::open(&client, &run, "", None).await?;
        viewer.until("INTERRUPT").await?;
        // What is still to be said of it.
        tokio::time::sleep(Duration::from_millis(500)).await;
        let (clock, options) = (Arc::new(SystemClock), Options::default());
        let store = EventStore::open(self.database.url.parse()?, clock, options).await?;
        let page = store
            .read_frames(self.tenant, run.parse()?, Cursor::START, FIRST)
            .await?;
        store.close().await;
        let RunPage::Frames { frames, .. } = page else {
            return Err(fault("the run has no log"));
        };
        let said = frames
            .iter()
            .map(|frame| String::from_utf8(frame.data.to_vec()));
        Ok(Waiting {
            said: said.collect::<Result<_, _>>()?,
            run,
        })
    }
}

impl Waiting {
    /// The run's own log.
    pub(super) fn ours<'s>(&'s self, side: &'s Side) -> Log<'s> {
        let last = i64::try_from(self.said.len()).unwrap_or(i64::MAX);
        Log::at(side, &self.run, last)
    }

    /// The same on the bare side.
    pub(super) async fn bare<'s>(&'s self, side: &'s Side) -> Outcome<Log<'s>> {
        let log = Log::at(side, &self.run, 0);
        log.take_in(self.said.join("\n")).await?;
        Ok(log)
    }
}
