//! Our side: the real server, and beside it a door through which frames come into the log of a run as its worker's would.
//!
//! The door is in the server's process because workers are, so that viewers are told at once. It goes through the event
//! store's own interface: a model cannot be made to say something exactly 200 times a second.

use std::sync::Arc;

use axum::Router;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::routing::post;
use cinatra_api::Config;
use cinatra_api::server::Server;
use cinatra_domain::kernel::TenantId;
use cinatra_domain::run::frame::Channel;
use cinatra_eventstore::{EventStore, NewFrame};
use secrecy::SecretString;
use tokio::net::TcpListener;
use tokio::sync::Mutex;
use uuid::Uuid;

use crate::console::say;
use crate::{Outcome, fault};

/// The run that is written to, its lease and its last place.
type Writing = Option<(Uuid, i64, i64)>;

#[derive(Clone, Debug)]
struct Door {
    store: EventStore,
    tenant: TenantId,
    writing: Arc<Mutex<Writing>>,
}

/// What our side does: `ours URL HOME TENANT` prints where it serves and the port of its door, and serves until killed.
pub async fn serve(arguments: &[String]) -> Outcome<()> {
    let [url, home, tenant] = arguments else {
        return Err(fault("ours URL HOME TENANT"));
    };
    let environment = |name: &str| match name {
        "CINATRA_HOME" => Some(home.clone()),
        "CINATRA_PORT" => Some("0".to_owned()),
        _ => None,
    };
    let config = Config::from_env(&environment, SecretString::from(url.clone()))?;
    let mut server = Server::start(config).await?;
    let door = Door {
        store: server.store().clone(),
        tenant: tenant.parse()?,
        writing: Arc::default(),
    };
    let listener = TcpListener::bind(("127.0.0.1", 0)).await?;
    say(format!(
        "{} {}",
        server.address().port(),
        listener.local_addr()?.port()
    ));
    let router = Router::new()
        .route("/frames/{run}", post(append))
        .with_state(door);
    tokio::select! {
        error = server.failed() => Err(error.into()),
        ended = axum::serve(listener, router) => Ok(ended?),
    }
}

async fn append(
    State(door): State<Door>,
    Path(run): Path<Uuid>,
    body: String,
) -> Result<String, (StatusCode, String)> {
    let written = door.append(run, &body).await;
    written
        .map(|last| last.to_string())
        .map_err(|error| (StatusCode::INTERNAL_SERVER_ERROR, error.to_string()))
}

impl Door {
    /// Frames, a line each; answers the last place.
    async fn append(&self, run: Uuid, lines: &str) -> Outcome<i64> {
        let mut writing = self.writing.lock().await;
        let (lease, last) = match *writing {
            Some((known, lease, last)) if known == run => (lease, last),
            Some(_) | None => {
                let head = self.store.run_head(self.tenant, run).await?;
                let head = head.ok_or_else(|| fault("no such run"))?;
                (head.lease_epoch, head.last_seq)
            }
        };
        let frame = |line: &str| NewFrame {
            channel: Channel::AgUi.code(),
            data: line.as_bytes().to_vec(),
        };
        let frames: Vec<NewFrame> = lines.lines().map(frame).collect();
        let last = self
            .store
            .append_frames(self.tenant, run, lease, last, &frames)
            .await?;
        *writing = Some((run, lease, last));
        Ok(last)
    }
}
