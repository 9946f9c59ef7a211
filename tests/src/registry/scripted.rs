//! A registry that answers as a test tells it to: late, wrong, or with rubbish.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use axum::body::Body;
use axum::http::{Response, StatusCode, Uri};
use serde_json::{Value, json};
use tokio::net::TcpListener;
use tokio::task::JoinHandle;

use crate::{Outcome, Packed};

/// What one path answers.
#[derive(Clone, Debug)]
pub struct Answer {
    /// HTTP status.
    pub status: u16,
    /// The body.
    pub body: Vec<u8>,
    /// How long it takes to begin.
    pub after: Duration,
}

impl Answer {
    /// 200 with a body.
    pub fn ok(body: impl Into<Vec<u8>>) -> Self {
        Self {
            status: 200,
            body: body.into(),
            after: Duration::ZERO,
        }
    }

    /// Any status, with the npm protocol's error body.
    pub fn status(status: u16) -> Self {
        Self {
            status,
            body: br#"{"error":"scripted"}"#.to_vec(),
            after: Duration::ZERO,
        }
    }

    /// The same, later.
    #[must_use]
    pub fn after(mut self, delay: Duration) -> Self {
        self.after = delay;
        self
    }
}

/// A running scripted registry; it ends with its value.
#[derive(Debug)]
pub struct Scripted {
    url: String,
    task: JoinHandle<()>,
}

impl Scripted {
    /// Serves `answers` by path, everything else as 404. Paths are as sent, `%2f` in lower case.
    pub async fn start(answers: impl FnOnce(&str) -> BTreeMap<String, Answer>) -> Outcome<Self> {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await?;
        let url = format!("http://{}", listener.local_addr()?);
        let answers = Arc::new(answers(&url));
        let app = axum::Router::new().fallback(move |uri: Uri| reply(Arc::clone(&answers), uri));
        let task = tokio::spawn(async move {
            let _ = axum::serve(listener, app).await;
        });
        Ok(Self { url, task })
    }

    /// Where it listens.
    pub fn url(&self) -> &str {
        &self.url
    }
}

impl Drop for Scripted {
    fn drop(&mut self) {
        self.task.abort();
    }
}

async fn reply(answers: Arc<BTreeMap<String, Answer>>, uri: Uri) -> Response<Body> {
    let path = uri.path().replace("%2F", "%2f");
    let answer = answers
        .get(&path)
        .cloned()
        .unwrap_or_else(|| Answer::status(404));
    tokio::time::sleep(answer.after).await;
    let mut response = Response::new(Body::from(answer.body));
    *response.status_mut() =
        StatusCode::from_u16(answer.status).unwrap_or(StatusCode::NOT_IMPLEMENTED);
    response
}

/// The paths of packages as they should be served from `base`; a test then spoils one.
pub fn honest(base: &str, packages: &[Packed]) -> BTreeMap<String, Answer> {
    let mut answers = BTreeMap::new();
    for packed in packages {
        answers.insert(
            packument_path(&packed.name),
            Answer::ok(packument(base, packed).to_string()),
        );
        answers.insert(tarball_path(packed), Answer::ok(packed.tarball.clone()));
    }
    answers
}

/// Path of a package's document.
pub fn packument_path(name: &str) -> String {
    format!("/{}", name.replace('/', "%2f"))
}

/// Path of a tarball.
pub fn tarball_path(packed: &Packed) -> String {
    format!("/tarballs/{}", packed.file_name())
}

fn packument(base: &str, packed: &Packed) -> Value {
    let mut manifest = packed.manifest.clone();
    manifest["dist"] = json!({ "integrity": packed.integrity, "tarball": format!("{base}{}", tarball_path(packed)) });
    json!({
        "name": packed.name,
        "dist-tags": { "latest": packed.version },
        "versions": { packed.version.clone(): manifest },
    })
}
