//! The public HTTP interface, as any client would use it.

use std::time::Duration;

use serde_json::Value;

use crate::{Outcome, web};

/// A caller with one token.
#[derive(Clone, Debug)]
pub struct Client {
    http: reqwest::Client,
    url: String,
    token: String,
}

/// What a call carries beside its input.
#[derive(Clone, Debug, Default)]
pub struct Call<'a> {
    /// `Idempotency-Key`.
    pub key: Option<&'a str>,
    /// `Cinatra-Min-Pos`, `<ledger>:<position>`.
    pub min_pos: Option<&'a str>,
    /// `Cinatra-Strict`.
    pub strict: bool,
    /// `Cinatra-Project`.
    pub project: Option<&'a str>,
}

/// What came back.
#[derive(Clone, Debug)]
pub struct Reply {
    /// HTTP status.
    pub status: u16,
    /// The body; a JSON string when it was not JSON.
    pub body: Value,
    /// `Cinatra-At`, `<ledger>:<position>`.
    pub at: Option<String>,
    /// `Cinatra-Stale`.
    pub stale: Option<bool>,
}

impl Client {
    /// A caller of the server at `url`; with an empty token it shows none.
    pub fn new(url: impl Into<String>, token: impl Into<String>) -> Outcome<Self> {
        let http = web::client(Duration::from_mins(2))?;
        Ok(Self {
            http,
            url: url.into(),
            token: token.into(),
        })
    }

    /// The same caller by another way: from another address, for example.
    #[must_use]
    pub fn over(mut self, http: reqwest::Client) -> Self {
        self.http = http;
        self
    }

    /// A caller of the same server with another token.
    #[must_use]
    pub fn holding(&self, token: &str) -> Self {
        Self {
            token: token.to_owned(),
            ..self.clone()
        }
    }

    /// Where the server is.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// The credential.
    pub fn token(&self) -> &str {
        &self.token
    }

    /// Calls a primitive. Only a lost connection is an error here.
    pub async fn call(
        &self,
        primitive: &str,
        input: &Value,
        call: Call<'_>,
    ) -> reqwest::Result<Reply> {
        self.post(primitive, input.to_string(), call).await
    }

    /// Calls a primitive with a body of any shape.
    pub async fn post(
        &self,
        primitive: &str,
        body: String,
        call: Call<'_>,
    ) -> reqwest::Result<Reply> {
        let mut request = self
            .http
            .post(format!("{}/api/primitives/{primitive}", self.url))
            .header("content-type", "application/json")
            .body(body);
        if !self.token.is_empty() {
            request = request.bearer_auth(&self.token);
        }
        if let Some(key) = call.key {
            request = request.header("idempotency-key", key);
        }
        if let Some(min_pos) = call.min_pos {
            request = request.header("cinatra-min-pos", min_pos);
        }
        if call.strict {
            request = request.header("cinatra-strict", "true");
        }
        if let Some(project) = call.project {
            request = request.header("cinatra-project", project);
        }
        Reply::read(request.send().await?).await
    }

    /// Fetches a path with the token.
    pub async fn get(&self, path: &str) -> reqwest::Result<Reply> {
        let mut request = self.http.get(format!("{}{path}", self.url));
        if !self.token.is_empty() {
            request = request.bearer_auth(&self.token);
        }
        Reply::read(request.send().await?).await
    }

    /// A request under construction, without the token.
    pub fn bare(&self, method: reqwest::Method, path: &str) -> reqwest::RequestBuilder {
        self.http.request(method, format!("{}{path}", self.url))
    }
}

impl Reply {
    /// Reads a response to its end.
    pub async fn read(response: reqwest::Response) -> reqwest::Result<Self> {
        let header = |name: &str| {
            response
                .headers()
                .get(name)
                .and_then(|v| v.to_str().ok())
                .map(str::to_owned)
        };
        let (at, stale) = (
            header("cinatra-at"),
            header("cinatra-stale").map(|text| text == "true"),
        );
        let status = response.status().as_u16();
        let text = response.text().await?;
        let body = serde_json::from_str(&text).unwrap_or(Value::String(text));
        Ok(Self {
            status,
            body,
            at,
            stale,
        })
    }

    /// Whether it succeeded.
    pub fn is_ok(&self) -> bool {
        self.status == 200
    }

    /// The code of the error envelope; `None` when there is no envelope.
    pub fn code(&self) -> Option<&str> {
        let error = self.body.get("error")?.as_object()?;
        let typed = error.get("message").is_some_and(Value::is_string)
            && error.get("details").is_some_and(Value::is_object);
        error.get("code")?.as_str().filter(|_| typed)
    }

    /// The position in the answer's `at`.
    pub fn position(&self) -> Option<i64> {
        self.at.as_deref()?.rsplit_once(':')?.1.parse().ok()
    }
}
