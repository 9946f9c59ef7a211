//! Signing in, sessions and tokens over the public interface: who gets in, with what, and for how long.

mod cookie;
mod life;
mod sign_in;
mod silence;
mod tokens;

use std::net::{IpAddr, Ipv4Addr};
use std::time::{Duration, Instant};

use cinatra_eventstore::{Clock as _, SystemClock};
use cinatra_tests::{Client, web};
use jiff::Timestamp;
use reqwest::header::HeaderMap;
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

/// Longest time after which what was since away still works somewhere.
const REVOKED_MAX: Duration = Duration::from_secs(1);
/// How long a test waits for that before it says that it never comes.
const PATIENCE: Duration = Duration::from_secs(20);

/// An HTTP client that calls from another address of this machine, and is somebody else to the server.
pub(crate) fn from(address: [u8; 4]) -> reqwest::Client {
    let address = IpAddr::V4(Ipv4Addr::from(address));
    let builder = web::builder(Duration::from_mins(2)).local_address(address);
    builder.build().unwrap()
}

/// What came back, headers included.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Value,
}

impl Answer {
    pub(crate) fn code(&self) -> &str {
        self.body["error"]["code"].as_str().unwrap_or_default()
    }

    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name)?.to_str().ok()
    }
}

/// Calls a primitive with these headers and no others.
pub(crate) async fn post(
    client: &Client,
    primitive: &str,
    input: &Value,
    headers: &[(&str, &str)],
) -> Answer {
    send(client, Method::POST, primitive, headers, Some(input)).await
}

/// Fetches what the caller may call, with these headers and no others.
pub(crate) async fn get(client: &Client, headers: &[(&str, &str)]) -> Answer {
    send(client, Method::GET, "", headers, None).await
}

async fn send(
    client: &Client,
    method: Method,
    primitive: &str,
    headers: &[(&str, &str)],
    input: Option<&Value>,
) -> Answer {
    let path = format!("/api/primitives/{primitive}");
    let mut request = client.bare(method, path.trim_end_matches('/'));
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    if let Some(input) = input {
        request = request.json(input);
    }
    let response = request.send().await.unwrap();
    Answer {
        status: response.status().as_u16(),
        headers: response.headers().clone(),
        body: response.json().await.unwrap(),
    }
}

/// Tries to sign in.
pub(crate) async fn enter(client: &Client, email: &str, password: &str) -> Answer {
    let input = json!({ "email": email, "password": password });
    post(client, "sessions_sign_in", &input, &[]).await
}

/// Whether a credential lets somebody in.
pub(crate) async fn works(client: &Client) -> bool {
    let reply = client.get("/api/primitives").await.unwrap();
    let is_in = reply.status == StatusCode::OK;
    assert!(is_in || reply.status == 401, "{}", reply.body);
    is_in
}

/// Watches a credential that was since away at a moment: no call that begins a second later, or ever after,
/// lets it in.
pub(crate) async fn stops_working(client: &Client, since: Instant) {
    loop {
        let began = Instant::now();
        let is_in = works(client).await;
        let age = began.duration_since(since);
        assert!(!is_in || age < REVOKED_MAX, "it still works after {age:?}");
        if !is_in {
            return;
        }
        assert!(age < PATIENCE);
    }
}

/// The present.
pub(crate) fn now() -> Timestamp {
    SystemClock.now()
}

/// Waits until something is so.
pub(crate) async fn eventually<T>(what: &str, mut look: impl AsyncFnMut() -> Option<T>) -> T {
    let until = Instant::now() + PATIENCE;
    loop {
        if let Some(found) = look().await {
            return found;
        }
        assert!(Instant::now() < until, "{what}: not in time");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}
