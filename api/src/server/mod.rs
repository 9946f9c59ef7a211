//! A running instance: database, ledgers, read models, routes, in the order of their dependence.
//!
//! Start with [`Server::start`]; it is the same for `cinatra up`, `cinatra serve` and the tests.

mod app;
mod error;
mod identity;
mod node;
mod open;
mod running;

use std::future::IntoFuture as _;
use std::io;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use axum::serve::ListenerExt as _;
use cinatra_eventstore::EventStore;
use cinatra_projections::Runner;
use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio::task::JoinHandle;

pub use app::App;
pub use error::StartError;
pub use identity::Instance;
pub use running::{Database, Running};

use crate::config::Config;
use crate::primitive::Catalogue;
use crate::security::{AllowedHosts, Cookies};
use node::Node;

/// How long requests may take to end once a stop was asked for.
const DRAIN_MAX: Duration = Duration::from_secs(20);

/// How long workers may take to give back what they hold.
const HAND_OVER_MAX: Duration = Duration::from_secs(2);

/// A server that answers.
#[derive(Debug)]
pub struct Server {
    url: String,
    address: SocketAddr,
    token_file: Option<PathBuf>,
    app: Arc<App>,
    runner: Runner,
    upkeep: Vec<JoinHandle<()>>,
    working: JoinHandle<()>,
    _node: Node,
    stop: watch::Sender<bool>,
    serving: JoinHandle<io::Result<()>>,
}

impl Server {
    /// Binds, migrates, opens, and answers from then on.
    pub async fn start(config: Config) -> Result<Self, StartError> {
        crate::http::install_meter();
        // Order: what may be refused comes before what would have to be closed again.
        let listener = bind(&config).await?;
        let address = listener.local_addr().map_err(StartError::Listen)?;
        let public_url = config.http.public_url.as_deref();
        let hosts = AllowedHosts::new(address.port(), public_url)?;
        let catalogue = Catalogue::build()?;
        let opened = open::open(&config).await?;
        let home = &config.place.home;
        let node = Node::of(home);
        let node = node.map_err(|source| StartError::Home(home.display().to_string(), source))?;
        if !node.is_its_folders() {
            tracing::warn!("another server runs in this folder; this one is a node of its own");
        }
        let cookies = Cookies::of(public_url);
        let (stop, stopped) = watch::channel(false);
        let app = App::new(catalogue, opened.backend, hosts, cookies, stopped.clone());
        let app = Arc::new(app);
        let background = opened.background;
        let working = tokio::spawn(opened.workers.run(node.id(), stopped.clone()));
        let serving = tokio::spawn(serve(listener, app.clone(), stopped));
        Ok(Self {
            url: format!("http://localhost:{}", address.port()),
            address,
            token_file: opened.token_file,
            app,
            runner: opened.runner,
            upkeep: vec![tokio::spawn(crate::http::keep_up_meter()), background],
            working,
            _node: node,
            stop,
            serving,
        })
    }

    /// Whether the port and the address of these settings are to be had, at this moment.
    pub async fn can_listen(config: &Config) -> Result<(), StartError> {
        bind(config).await.map(drop)
    }

    /// Where it answers, as `http://localhost:<port>`.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// The socket it listens on.
    pub const fn address(&self) -> SocketAddr {
        self.address
    }

    /// The file with the admin token, when this home has it.
    pub fn token_file(&self) -> Option<&Path> {
        self.token_file.as_deref()
    }

    /// Names this run in `/healthz`.
    pub fn instance(&self) -> Instance {
        self.app.instance()
    }

    /// What the routes share, for a test that calls the catalogue itself.
    pub const fn app(&self) -> &Arc<App> {
        &self.app
    }

    /// The ledgers, for what a test has to look at or plant.
    pub fn store(&self) -> &EventStore {
        &self.app.backend().store
    }

    /// Ends when the listener does, which it does not do by itself.
    pub async fn failed(&mut self) -> io::Error {
        match (&mut self.serving).await {
            Ok(Err(error)) => error,
            Ok(Ok(())) => io::Error::other("the listener ended"),
            Err(error) => io::Error::other(error),
        }
    }

    /// Stops in the order in which work flows: no new requests, those under way end, then the read
    /// models, then the lanes.
    pub async fn shutdown(self) {
        self.stop.send_replace(true);
        // Order: what workers hold is given back at once, while the requests under way still end.
        let mut working = self.working;
        if tokio::time::timeout(HAND_OVER_MAX, &mut working)
            .await
            .is_err()
        {
            tracing::warn!("jobs were not handed over in time; their leases run out");
            working.abort();
        }
        let mut serving = self.serving;
        if tokio::time::timeout(DRAIN_MAX, &mut serving).await.is_err() {
            tracing::warn!("requests were still under way and are cut off");
            serving.abort();
        }
        for task in self.upkeep {
            task.abort();
        }
        self.runner.stop().await;
        // Order: after the last call that can be denied, before nothing can be appended any more.
        self.app.backend().authorities.flush().await;
        self.app.backend().store.close().await;
    }
}

async fn bind(config: &Config) -> Result<TcpListener, StartError> {
    let wanted = SocketAddr::new(config.http.bind, config.http.port);
    let port = config.http.port;
    let bound = TcpListener::bind(wanted).await;
    bound.map_err(|source| {
        let kind = source.kind();
        if kind == io::ErrorKind::AddrInUse {
            StartError::PortInUse { port }
        } else if kind == io::ErrorKind::AddrNotAvailable {
            StartError::NotOurAddress(config.http.bind)
        } else if kind == io::ErrorKind::PermissionDenied {
            StartError::PortForbidden { port }
        } else {
            StartError::Listen(source)
        }
    })
}

async fn serve(
    listener: TcpListener,
    app: Arc<App>,
    mut stopped: watch::Receiver<bool>,
) -> io::Result<()> {
    let listener = listener.tap_io(|stream| {
        if let Err(error) = stream.set_nodelay(true) {
            tracing::debug!(%error, "no TCP_NODELAY");
        }
    });
    let until = async move {
        let _ = stopped.wait_for(|stop| *stop).await;
    };
    let router = crate::http::router(&app);
    let service = router.into_make_service_with_connect_info::<SocketAddr>();
    axum::serve(listener, service)
        .with_graceful_shutdown(until)
        .into_future()
        .await
}
