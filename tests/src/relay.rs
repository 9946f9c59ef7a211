//! Somebody between a client and a server: cuts streams, or puts something into them.

use std::convert::Infallible;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::{Request, State};
use axum::http::{HeaderName, StatusCode, header};
use axum::response::{Html, IntoResponse as _, Response};
use futures_util::stream::try_unfold;
use tokio::net::TcpListener;
use tokio::task::JoinHandle;

use crate::{Fault, Outcome, fault, web};

/// Where a page stands that does nothing of its own.
pub const PAGE: &str = "/page";
/// Longest body that is passed on.
const BODY_BYTES_MAX: usize = 1024 * 1024;

/// How long a stream rests before it is cut.
const CUT_AFTER: Duration = Duration::from_millis(50);

/// A running relay; it ends with its value.
#[derive(Debug)]
pub struct Relay {
    url: String,
    task: JoinHandle<()>,
    shared: Arc<Shared>,
}

#[derive(Debug)]
struct Shared {
    http: reqwest::Client,
    server: String,
    /// Put into every stream of events after its first one.
    plant: Option<String>,
    /// With which cursors streams were asked for, by their address.
    cursors: Mutex<Vec<(String, String)>>,
}

impl Relay {
    /// In front of a server. A stream whose address says `cut=K` is cut after K frames, unless it comes with a cursor.
    pub async fn before(server: &str) -> Outcome<Self> {
        Self::start(server, None).await
    }

    /// The same, and every stream of events has this one as its second.
    pub async fn planting(server: &str, event: &str) -> Outcome<Self> {
        Self::start(server, Some(format!("data: {event}\n\n"))).await
    }

    async fn start(server: &str, plant: Option<String>) -> Outcome<Self> {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await?;
        let shared = Arc::new(Shared {
            http: web::client(Duration::from_mins(10))?,
            server: server.to_owned(),
            plant,
            cursors: Mutex::default(),
        });
        let url = format!("http://{}", listener.local_addr()?);
        let router = Router::new().fallback(pass).with_state(shared.clone());
        let task = tokio::spawn(async move {
            let _ = axum::serve(listener, router).await;
        });
        Ok(Self { url, task, shared })
    }

    /// Where it answers.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// With which cursors streams were asked for, by path and query.
    pub fn cursors(&self) -> Vec<(String, String)> {
        let cursors = self.shared.cursors.lock();
        cursors.unwrap_or_else(PoisonError::into_inner).clone()
    }
}

impl Drop for Relay {
    fn drop(&mut self) {
        self.task.abort();
    }
}

async fn pass(State(shared): State<Arc<Shared>>, request: Request) -> Result<Response, Infallible> {
    if request.uri().path() == PAGE {
        return Ok(Html("<!doctype html><title>page</title>").into_response());
    }
    let passed = shared.pass(request).await;
    let failed = |fault: Fault| (StatusCode::BAD_GATEWAY, fault.to_string()).into_response();
    Ok(passed.unwrap_or_else(failed))
}

impl Shared {
    async fn pass(&self, request: Request) -> Outcome<Response> {
        let (parts, body) = request.into_parts();
        let address = parts.uri.path_and_query().map_or("/", |it| it.as_str());
        let mut passed = self
            .http
            .request(parts.method.clone(), format!("{}{address}", self.server));
        for (name, value) in &parts.headers {
            if *name != header::HOST && *name != header::ORIGIN && *name != header::CONTENT_LENGTH {
                passed = passed.header(name, value);
            }
        }
        let cursor = parts.headers.get("last-event-id");
        let cursor = cursor.and_then(|value| value.to_str().ok());
        if let Some(cursor) = cursor {
            let cursors = self.cursors.lock();
            let mut cursors = cursors.unwrap_or_else(PoisonError::into_inner);
            cursors.push((address.to_owned(), cursor.to_owned()));
        }
        let query = parts.uri.query().unwrap_or_default().split('&');
        let mut cuts = query.filter_map(|pair| pair.strip_prefix("cut=")?.parse().ok());
        let cut: Option<usize> = cuts.next().filter(|_| cursor.is_none());
        let body = axum::body::to_bytes(body, BODY_BYTES_MAX).await?;
        let answer = passed.body(body).send().await?;
        let mut response = Response::new(Body::empty());
        *response.status_mut() = answer.status();
        for (name, value) in answer.headers() {
            if !is_of_one_connection(name) {
                response.headers_mut().append(name, value.clone());
            }
        }
        *response.body_mut() = self.body(answer, cut);
        Ok(response)
    }

    fn body(&self, answer: reqwest::Response, cut: Option<usize>) -> Body {
        let kind = answer.headers().get(header::CONTENT_TYPE);
        let is_stream = kind.is_some_and(|kind| kind.as_bytes().starts_with(b"text/event-stream"));
        let editing = Editing {
            plant: self.plant.clone().filter(|_| is_stream),
            left: cut.filter(|_| is_stream),
            rest: Vec::new(),
        };
        Body::from_stream(try_unfold(
            (answer, editing),
            async |(mut answer, mut editing)| {
                if editing.left == Some(0) {
                    // What was passed on before is written only while nothing else is there to do.
                    tokio::time::sleep(CUT_AFTER).await;
                    return Err(fault("cut"));
                }
                match answer.chunk().await? {
                    None => Ok(None),
                    Some(chunk) => {
                        let edited = editing.edit(&chunk);
                        Ok(Some((edited, (answer, editing))))
                    }
                }
            },
        ))
    }
}

fn is_of_one_connection(name: &HeaderName) -> bool {
    *name == header::TRANSFER_ENCODING
        || *name == header::CONNECTION
        || *name == header::CONTENT_LENGTH
}

/// What is done to one stream.
struct Editing {
    plant: Option<String>,
    /// How many frames may pass yet.
    left: Option<usize>,
    /// The beginning of an event whose end has not come.
    rest: Vec<u8>,
}

impl Editing {
    fn edit(&mut self, chunk: &[u8]) -> Bytes {
        if self.plant.is_none() && self.left.is_none() {
            return Bytes::copy_from_slice(chunk);
        }
        self.rest.extend_from_slice(chunk);
        let mut out = Vec::new();
        while let Some(end) = self.rest.windows(2).position(|pair| pair == b"\n\n") {
            if self.left == Some(0) {
                break;
            }
            let event: Vec<u8> = self.rest.drain(..end + 2).collect();
            let holds = |line: &[u8]| event.windows(line.len()).any(|part| part == line);
            let (is_event, is_frame) = (holds(b"data: "), event.starts_with(b"id: "));
            out.extend_from_slice(&event);
            if is_event && let Some(plant) = self.plant.take() {
                out.extend_from_slice(plant.as_bytes());
            }
            if is_frame {
                self.left = self.left.map(|left| left - 1);
            }
        }
        out.into()
    }
}
