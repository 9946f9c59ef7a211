//! P13 and P14: commands and queries over HTTP, ours against a bare axum server.

use std::process::Stdio;
use std::sync::Arc;
use std::time::Duration;

use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::IntoResponse;
use axum::routing::post;
use axum::{Json, Router};
use cinatra_domain::kernel::TenantId;
use cinatra_eventstore::{EventStore, Role};
use deadpool_postgres::{Manager, ManagerConfig, Pool, RecyclingMethod};
use futures_util::future::try_join4;
use serde_json::{Value, json};
use tokio::io::{AsyncBufReadExt as _, BufReader};
use tokio::process::{Child, Command};
use tokio::sync::{mpsc, oneshot};
use tokio_postgres::types::ToSql;
use tokio_postgres::{Config, NoTls};
use uuid::Uuid;

use super::floor::{self, BareAppend, Waiting, rand_id};
use super::load::append_life;
use super::measure::{Bound, Goal, Sample, Variant, contest, load};
use crate::places::Scratch;
use crate::{Call, Database, Node, Outcome, Start, fault};

/// Installed packages that the load goes over.
const PACKAGES: usize = 1_000;
const READS_LENGTH: Duration = Duration::from_millis(2_500);
/// Longer, because read models rest for up to a second: what they have to do is to fall into the measurement.
const WRITES_LENGTH: Duration = Duration::from_secs(8);
/// The query of `extensions_get`, as the product runs it.
const GET: &str = include_str!("../../../projections/src/extension_catalog/sql/get.sql");
/// The transaction around it, as the product has it.
const BEGIN_READ: &str = include_str!("../../../eventstore/src/sql/begin_read.sql");
const SET_TENANT: &str = include_str!("../../../eventstore/src/sql/set_tenant.sql");
const COMMIT: &str = include_str!("../../../eventstore/src/sql/commit.sql");

fn name(number: usize) -> String {
    format!("@bench/p{number}-agent")
}

/// The bare program as a process of its own, so that it has no more of the machine than ours.
#[derive(Debug)]
struct Bare {
    _child: Child,
    url: String,
}

impl Bare {
    async fn start(url: &str, tenant: &str, build: &str, schema: &str) -> Outcome<Self> {
        let mut child = Command::new(std::env::current_exe()?)
            .args(["bare", url, tenant, build, schema])
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .kill_on_drop(true)
            .spawn()?;
        let out = child.stdout.take().ok_or_else(|| fault("no output"))?;
        let mut line = String::new();
        BufReader::new(out).read_line(&mut line).await?;
        let port: u16 = line.trim().parse()?;
        Ok(Self {
            _child: child,
            url: format!("http://127.0.0.1:{port}"),
        })
    }
}

#[derive(Clone, Debug)]
struct Served {
    writer: mpsc::Sender<Waiting>,
    pool: Pool,
    query: Arc<str>,
    build: i32,
    tenant: Uuid,
}

/// What the bare program does: `bare URL TENANT BUILD SCHEMA` prints its port and serves until killed.
pub async fn bare_server(arguments: &[String]) -> Outcome<()> {
    let [url, tenant, build, schema] = arguments else {
        return Err(fault("bare URL TENANT BUILD SCHEMA"));
    };
    let config: Config = url.parse()?;
    let manager_config = ManagerConfig {
        recycling_method: RecyclingMethod::Fast,
    };
    // What the database does for a reader is the same on both sides: role, policies and plans.
    let reader = Role::Reader.connect(&config);
    let manager = Manager::from_config(reader, NoTls, manager_config);
    let served = Served {
        writer: floor::start(&config, 1).await?,
        pool: Pool::builder(manager).max_size(8).build()?,
        query: GET.replace("{build}", schema).into(),
        build: build.parse()?,
        tenant: tenant.parse()?,
    };
    let app = Router::new()
        .route("/write/{stream}/{revision}", post(write))
        .route("/read", post(read))
        .with_state(served);
    let listener = tokio::net::TcpListener::bind(("127.0.0.1", 0)).await?;
    crate::console::say(listener.local_addr()?.port());
    axum::serve(listener, app).await?;
    Ok(())
}

async fn write(
    State(served): State<Served>,
    Path((stream, revision)): Path<(String, i64)>,
    Json(input): Json<Value>,
) -> impl IntoResponse {
    let (reply, done) = oneshot::channel();
    let append = BareAppend {
        ledger: 0,
        tag: format!("ext:{stream}"),
        stream: (stream, revision),
        command: Uuid::from_u128(rand_id()),
        payloads: vec![input["packageVersion"].to_string().into_bytes()],
    };
    if served.writer.send((append, reply)).await.is_err() || done.await.is_err() {
        return StatusCode::SERVICE_UNAVAILABLE.into_response();
    }
    Json(json!({ "success": true, "packageName": input["packageName"] })).into_response()
}

/// The input comes as ours does: a body costs a server more than a path (docs/PERFORMANCE.md).
async fn read(State(served): State<Served>, Json(input): Json<Value>) -> impl IntoResponse {
    match query(&served, input["packageName"].as_str().unwrap_or_default()).await {
        Ok(body) => Json(body).into_response(),
        Err(_) => StatusCode::SERVICE_UNAVAILABLE.into_response(),
    }
}

async fn query(served: &Served, package: &str) -> Outcome<Value> {
    let client = served.pool.get().await?;
    let told = client.prepare_cached(SET_TENANT).await?;
    let statement = client.prepare_cached(&served.query).await?;
    let scope: Option<&str> = None;
    let tenant: [&(dyn ToSql + Sync); 1] = [&served.tenant];
    let hidden: &[String] = &[];
    let params: [&(dyn ToSql + Sync); 5] =
        [&served.build, &served.tenant, &scope, &package, &hidden];
    // The same four messages in one trip as the product's.
    let ((), _, row, ()) = try_join4(
        client.batch_execute(BEGIN_READ),
        client.query_one(&told, &tenant),
        client.query_one(&statement, &params),
        client.batch_execute(COMMIT),
    )
    .await?;
    Ok(json!({
        "at": row.get::<_, i64>("at"),
        "packageName": row.get::<_, String>("package_name"),
        "version": row.get::<_, String>("version"),
        "status": row.get::<_, String>("status"),
        "kind": row.get::<_, String>("kind"),
        "origin": row.get::<_, Value>("origin"),
        "dependencies": row.get::<_, Value>("dependencies"),
        "dependents": row.get::<_, Value>("dependents"),
    }))
}

async fn our_writes(node: &Node, clients: usize) -> Outcome<Sample> {
    let (url, token) = (node.url().to_owned(), node.token().to_owned());
    load(clients, WRITES_LENGTH, 1, |number| {
        let (http, url, token) = (reqwest::Client::new(), url.clone(), token.clone());
        move |turn: u64| {
            let (http, url, token) = (http.clone(), url.clone(), token.clone());
            async move {
                let (package, archive) = choice(number, turn, clients);
                let package = name(package);
                let (primitive, input) = if archive {
                    let input = json!({ "packageName": package, "packageVersion": "1.0.0" });
                    ("extensions_archive", input)
                } else {
                    ("extensions_restore", json!({ "packageName": package }))
                };
                let request = http.post(format!("{url}/api/primitives/{primitive}"));
                done(request.bearer_auth(token).json(&input)).await
            }
        }
    })
    .await
}

/// Both sides answer the same kind of client, which reads the body and looks at the status only.
async fn done(request: reqwest::RequestBuilder) -> Outcome<()> {
    let response = request.send().await?;
    let status = response.status();
    let body = response.text().await?;
    if status.is_success() {
        Ok(())
    } else {
        Err(fault(body))
    }
}

/// Each client has packages of its own; it archives one, then restores it, then takes the next.
fn choice(number: usize, turn: u64, clients: usize) -> (usize, bool) {
    let own = PACKAGES / clients;
    let turn = usize::try_from(turn).unwrap_or(0);
    (number * own + (turn / 2) % own, turn.is_multiple_of(2))
}

async fn bare_writes(bare: &Bare, clients: usize) -> Outcome<Sample> {
    let run = rand_id();
    load(clients, WRITES_LENGTH, 1, |number| {
        let (http, url) = (reqwest::Client::new(), bare.url.clone());
        move |turn: u64| {
            let (http, url) = (http.clone(), url.clone());
            async move {
                let url = format!("{url}/write/{run}-{number}/{turn}");
                let input = json!({ "packageName": name(number), "packageVersion": "1.0.0" });
                done(http.post(url).json(&input)).await
            }
        }
    })
    .await
}

async fn our_reads(node: &Node, clients: usize, min_pos: &str) -> Outcome<Sample> {
    let (url, token) = (node.url().to_owned(), node.token().to_owned());
    let url = format!("{url}/api/primitives/extensions_get");
    load(clients, READS_LENGTH, 1, |number| {
        let (http, url, token) = (reqwest::Client::new(), url.clone(), token.clone());
        let min_pos = min_pos.to_owned();
        move |turn: u64| {
            let input = json!({ "packageName": name(spread(number, turn)) });
            let request = http.post(&url).bearer_auth(&token).json(&input);
            done(request.header("cinatra-min-pos", &min_pos))
        }
    })
    .await
}

async fn bare_reads(bare: &Bare, clients: usize) -> Outcome<Sample> {
    load(clients, READS_LENGTH, 1, |number| {
        let (http, url) = (reqwest::Client::new(), format!("{}/read", bare.url));
        move |turn: u64| {
            let input = json!({ "packageName": name(spread(number, turn)) });
            done(http.post(&url).json(&input))
        }
    })
    .await
}

fn spread(number: usize, turn: u64) -> usize {
    (number * 37 + usize::try_from(turn).unwrap_or(0) * 101) % PACKAGES
}

/// The stage of both rows: a server with installed packages, and the bare server beside it.
#[derive(Debug)]
pub struct Stage {
    node: Node,
    bare: Bare,
    store: EventStore,
    tenant: TenantId,
    min_pos: String,
    _home: Scratch,
}

impl Stage {
    /// Starts both on one database and waits until the catalogue has caught up.
    pub async fn start(database: &Database, store: &EventStore) -> Outcome<Self> {
        let home = Scratch::new("bench")?;
        let node = Node::start(Start::serve(home.path(), &database.url)).await?;
        let admin = database.superuser().await?;
        let row = admin
            .query_one(include_str!("sql/default_tenant.sql"), &[])
            .await?;
        let tenant = TenantId::new(row.get(0));
        for number in 0..PACKAGES {
            append_life(store, tenant, &name(number), 1).await?;
        }
        let min_pos = caught_up(&node, store, tenant).await?;
        let row = admin
            .query_one(include_str!("sql/live_catalog.sql"), &[])
            .await?;
        let build: i32 = row.get(0);
        let schema = format!("p_extension_catalog_{build}");
        let bare = Bare::start(
            &database.admin_url,
            &tenant.to_string(),
            &build.to_string(),
            &schema,
        )
        .await?;
        Ok(Self {
            node,
            bare,
            store: store.clone(),
            tenant,
            min_pos,
            _home: home,
        })
    }

    /// P13: archive and restore in turn.
    pub async fn writes(&self) -> Outcome<Vec<Variant>> {
        let goal = Goal {
            bound: Bound::AtLeast(0.6),
            p99_max: Some(2.0),
        };
        let mut variants = Vec::new();
        for clients in [1, 32, 256] {
            let title = format!("{clients} connections");
            // What is left to the read models is not to weigh on the bare program.
            let ours = async || {
                let sample = our_writes(&self.node, clients).await?;
                caught_up(&self.node, &self.store, self.tenant).await?;
                Ok(sample)
            };
            let bare = || bare_writes(&self.bare, clients);
            variants.push(contest(&title, goal, ours, bare).await?);
        }
        Ok(variants)
    }

    /// P14: one extension by name, at a position.
    pub async fn reads(&self) -> Outcome<Vec<Variant>> {
        let goal = Goal {
            bound: Bound::AtLeast(0.8),
            p99_max: None,
        };
        let mut variants = Vec::new();
        for clients in [1, 32] {
            let title = format!("extensions_get with min_pos, {clients} connections");
            let ours = || our_reads(&self.node, clients, &self.min_pos);
            let bare = || bare_reads(&self.bare, clients);
            variants.push(contest(&title, goal, ours, bare).await?);
        }
        Ok(variants)
    }
}

/// Waits until the catalogue is where the ledger is; answers where that is.
async fn caught_up(node: &Node, store: &EventStore, tenant: TenantId) -> Outcome<String> {
    let (client, head) = (node.client()?, store.head(tenant).await?);
    let head = head.ok_or_else(|| fault("no ledger"))?;
    let min_pos = format!("{tenant}:{head}");
    let input = json!({ "packageName": name(PACKAGES - 1) });
    for _ in 0..60 {
        let call = Call {
            min_pos: Some(&min_pos),
            strict: true,
            ..Call::default()
        };
        if client.call("extensions_get", &input, call).await?.is_ok() {
            return Ok(min_pos);
        }
        tokio::time::sleep(Duration::from_millis(500)).await;
    }
    Err(fault("the catalogue did not catch up"))
}
