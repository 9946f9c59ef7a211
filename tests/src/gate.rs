//! Holds a process's appends between its decision and the database, as long as a test wants.
//!
//! A proxy in front of the database: connections of append lanes wait at a closed gate, all others
//! pass. So the code under test needs no hook.

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream, UnixStream};
use tokio::sync::{Notify, watch};
use tokio::task::JoinHandle;
use tokio_postgres::Config;
use tokio_postgres::config::Host;

use crate::{Database, Outcome, fault};

/// What a held connection calls itself in its first message.
const LANE: &[u8] = b"cinatra_lane";

/// How a transaction ends.
const COMMIT: &[u8] = b"commit";

/// How long a held append may take to arrive.
const ARRIVAL: Duration = Duration::from_secs(20);

/// A way to the database with a gate for appends; open at first.
#[derive(Debug)]
pub struct Gate {
    config: Config,
    open: watch::Sender<bool>,
    /// Whether the gate closes behind the next append.
    is_last: Arc<AtomicBool>,
    /// Whether answers wait until a whole transaction was sent.
    held: watch::Sender<bool>,
    arrivals: Arc<Notify>,
    task: JoinHandle<()>,
}

#[derive(Clone, Debug)]
enum Target {
    Socket(PathBuf),
    Port(u16),
}

impl Gate {
    /// Puts one in front of a database.
    pub async fn before(database: &Database) -> Outcome<Self> {
        let direct: Config = database.url.parse()?;
        let target = target(&direct)?;
        let listener = TcpListener::bind(("127.0.0.1", 0)).await?;
        let mut config = Config::new();
        config.host("127.0.0.1").port(listener.local_addr()?.port());
        config.user(direct.get_user().unwrap_or_default());
        config.password(direct.get_password().unwrap_or_default());
        config.dbname(direct.get_dbname().unwrap_or_default());
        let (open, _) = watch::channel(true);
        let is_last = Arc::new(AtomicBool::new(false));
        let (held, _) = watch::channel(false);
        let arrivals = Arc::new(Notify::new());
        let turnstile = Turnstile {
            open: open.clone(),
            is_last: is_last.clone(),
            arrivals: arrivals.clone(),
            held: held.clone(),
        };
        let task = tokio::spawn(serve(listener, target, turnstile));
        Ok(Self {
            config,
            open,
            is_last,
            held,
            arrivals,
            task,
        })
    }

    /// How to reach the database through it.
    pub fn config(&self) -> Config {
        self.config.clone()
    }

    /// From now on appends wait.
    pub fn close(&self) {
        self.is_last.store(false, Ordering::SeqCst);
        self.open.send_replace(false);
    }

    /// Lets what waits pass, and everything after it.
    pub fn open(&self) {
        self.is_last.store(false, Ordering::SeqCst);
        self.open.send_replace(true);
    }

    /// Lets one append pass; those after it wait.
    pub fn open_once(&self) {
        self.is_last.store(true, Ordering::SeqCst);
        self.open.send_replace(true);
    }

    /// From now on no answer comes back until somebody has sent a commit: whoever waits for an answer
    /// before that waits for ever.
    pub fn hold_answers(&self) {
        self.held.send_replace(true);
    }

    /// Waits until an append stands before the closed gate.
    pub async fn arrival(&self) -> Outcome<()> {
        tokio::time::timeout(ARRIVAL, self.arrivals.notified())
            .await
            .map_err(|_| fault("no append arrived at the gate"))
    }
}

impl Drop for Gate {
    fn drop(&mut self) {
        self.task.abort();
    }
}

fn target(config: &Config) -> Outcome<Target> {
    let port = *config.get_ports().first().unwrap_or(&5432);
    match config.get_hosts().first() {
        Some(Host::Unix(folder)) => Ok(Target::Socket(folder.join(format!(".s.PGSQL.{port}")))),
        Some(Host::Tcp(_)) => Ok(Target::Port(port)),
        None => Err(fault("the database has no address")),
    }
}

/// What every connection passes.
#[derive(Clone)]
struct Turnstile {
    open: watch::Sender<bool>,
    is_last: Arc<AtomicBool>,
    arrivals: Arc<Notify>,
    held: watch::Sender<bool>,
}

async fn serve(listener: TcpListener, target: Target, turnstile: Turnstile) {
    while let Ok((client, _)) = listener.accept().await {
        let (target, turnstile) = (target.clone(), turnstile.clone());
        tokio::spawn(async move {
            // A broken connection is the business of its two ends.
            let _ = match target {
                Target::Socket(path) => match UnixStream::connect(path).await {
                    Ok(server) => join(client, server, turnstile).await,
                    Err(error) => Err(error),
                },
                Target::Port(port) => match TcpStream::connect(("127.0.0.1", port)).await {
                    Ok(server) => join(client, server, turnstile).await,
                    Err(error) => Err(error),
                },
            };
        });
    }
}

async fn join(
    client: TcpStream,
    server: impl AsyncRead + AsyncWrite,
    turnstile: Turnstile,
) -> std::io::Result<()> {
    let mut is_open = turnstile.open.subscribe();
    let mut is_held = turnstile.held.subscribe();
    client.set_nodelay(true)?;
    let (mut from_client, mut to_client) = client.into_split();
    let (mut from_server, mut to_server) = tokio::io::split(server);
    let upwards = async {
        let mut buffer = vec![0; 64 * 1024];
        let mut is_lane = None;
        loop {
            let count = from_client.read(&mut buffer).await?;
            if count == 0 {
                return to_server.shutdown().await;
            }
            let bytes = &buffer[..count];
            let lane = *is_lane.get_or_insert_with(|| bytes.windows(LANE.len()).any(|w| w == LANE));
            if lane && !*is_open.borrow() {
                turnstile.arrivals.notify_one();
                let _ = is_open.wait_for(|open| *open).await;
            }
            if bytes.windows(COMMIT.len()).any(|window| window == COMMIT) {
                turnstile.held.send_replace(false);
                if lane && turnstile.is_last.swap(false, Ordering::SeqCst) {
                    turnstile.open.send_replace(false);
                }
            }
            to_server.write_all(bytes).await?;
        }
    };
    let downwards = async {
        let mut buffer = vec![0; 64 * 1024];
        loop {
            let count = from_server.read(&mut buffer).await?;
            if count == 0 {
                return Ok(());
            }
            // The gate outlives its connections, so nobody is left waiting here.
            let _ = is_held.wait_for(|held| !held).await;
            to_client.write_all(&buffer[..count]).await?;
        }
    };
    tokio::select! {
        ended = upwards => ended,
        ended = downwards => ended,
    }
}
