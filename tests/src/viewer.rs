//! Somebody who watches a run over HTTP, and comes back.

use std::time::Duration;

use reqwest::{Method, RequestBuilder};
use serde_json::Value;
use tokio::time::timeout;

use crate::{Client, Outcome, fault};

/// How long a viewer waits for the next frame.
const PATIENCE: Duration = Duration::from_secs(30);
/// How long a viewer watches.
const LONGEST: Duration = Duration::from_mins(10);

/// One event of the stream.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Seen {
    /// The place of the frame; what is no frame has none.
    pub id: Option<String>,
    /// The line of data, byte for byte.
    pub data: String,
}

impl Seen {
    /// What the data says.
    pub fn value(&self) -> Value {
        serde_json::from_str(&self.data).unwrap_or_default()
    }

    /// The kind of event.
    pub fn kind(&self) -> String {
        self.value()["type"].as_str().unwrap_or_default().to_owned()
    }
}

/// An open stream.
pub struct Viewer {
    response: reqwest::Response,
    rest: String,
    torn: Vec<u8>,
    /// Of the answer.
    pub status: u16,
    /// Why the server did not go on from the cursor, by its header.
    pub reset: Option<String>,
    /// Which run it is, by a header of the standard's endpoint.
    pub run: Option<String>,
}

impl std::fmt::Debug for Viewer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Viewer")
            .field("status", &self.status)
            .finish_non_exhaustive()
    }
}

impl Viewer {
    /// Opens the stream of a run, after a cursor if there is one; `query` begins with `?` or is empty.
    pub async fn open(
        client: &Client,
        run: &str,
        query: &str,
        after: Option<&str>,
    ) -> Outcome<Self> {
        let path = format!("/api/agents/runs/{run}/stream{query}");
        Self::watch(client, client.bare(Method::GET, &path), after).await
    }

    /// The same over connections that are there: for many viewers.
    pub async fn over(
        http: &reqwest::Client,
        client: &Client,
        run: &str,
        query: &str,
        after: Option<&str>,
    ) -> Outcome<Self> {
        let url = format!("{}/api/agents/runs/{run}/stream{query}", client.url());
        Self::watch(client, http.get(url), after).await
    }

    /// Posts an input of the standard to an agent, named `vendor/slug`, as its clients do.
    pub async fn post(
        client: &Client,
        agent: &str,
        input: &Value,
        after: Option<&str>,
    ) -> Outcome<Self> {
        let path = format!("/api/ag-ui/agents/{agent}");
        let request = client.bare(Method::POST, &path);
        let request = request
            .header("accept", "text/event-stream")
            .header("content-type", "application/json")
            .body(input.to_string());
        Self::watch(client, request, after).await
    }

    async fn watch(client: &Client, request: RequestBuilder, after: Option<&str>) -> Outcome<Self> {
        let request = request.bearer_auth(client.token()).timeout(LONGEST);
        let request = match after {
            Some(after) => request.header("last-event-id", after),
            None => request,
        };
        let response = request.send().await?;
        let header = |name: &str| {
            let value = response.headers().get(name)?.to_str().ok()?;
            Some(value.to_owned())
        };
        Ok(Self {
            status: response.status().as_u16(),
            reset: header("cinatra-stream-reset"),
            run: header("cinatra-run"),
            response,
            rest: String::new(),
            torn: Vec::new(),
        })
    }

    /// Everything that is left of the answer, as it came over the wire.
    pub async fn bytes(self) -> Outcome<Vec<u8>> {
        Ok(self.response.bytes().await?.to_vec())
    }

    /// The next event; nothing once the server has closed the stream.
    pub async fn next(&mut self) -> Outcome<Option<Seen>> {
        loop {
            while let Some(end) = self.rest.find("\n\n") {
                let block: String = self.rest.drain(..end + 2).collect();
                if block.contains('\r') {
                    return Err(fault("CR on the wire"));
                }
                let line = |name: &str| block.lines().find_map(|line| line.strip_prefix(name));
                if let Some(data) = line("data: ") {
                    return Ok(Some(Seen {
                        id: line("id: ").map(str::to_owned),
                        data: data.to_owned(),
                    }));
                }
            }
            let chunk = timeout(PATIENCE, self.response.chunk()).await;
            match chunk.map_err(|_| fault("nothing came"))?? {
                None => return Ok(None),
                Some(chunk) => self.torn.extend_from_slice(&chunk),
            }
            // A chunk may end within a character.
            let whole = match std::str::from_utf8(&self.torn) {
                Ok(_) => self.torn.len(),
                Err(error) => error.valid_up_to(),
            };
            let whole: Vec<u8> = self.torn.drain(..whole).collect();
            self.rest.push_str(&String::from_utf8(whole)?);
        }
    }

    /// So many events, or all until the stream ends.
    pub async fn take(&mut self, count: usize) -> Outcome<Vec<Seen>> {
        let mut seen = Vec::new();
        while seen.len() < count {
            let Some(event) = self.next().await? else {
                break;
            };
            seen.push(event);
        }
        Ok(seen)
    }

    /// Everything up to and including an event of this kind.
    pub async fn until(&mut self, kind: &str) -> Outcome<Vec<Seen>> {
        let mut seen = Vec::new();
        loop {
            let next = self.next().await?;
            let event =
                next.ok_or_else(|| fault(format!("the stream ended before {kind}: {seen:?}")))?;
            let is_it = event.kind() == kind;
            seen.push(event);
            if is_it {
                return Ok(seen);
            }
        }
    }
}
