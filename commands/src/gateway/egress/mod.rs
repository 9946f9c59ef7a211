//! Calls of agent runs to the outside world. Start with [`Egress`].
//!
//! What is called, and with what, comes from agents, which nobody vouches for. So nothing is called that
//! a stranger could not call too: every address is judged in the client that connects to it, redirects
//! are not followed, and no proxy of the environment lends its reach. What comes back is bounded.

mod error;
mod form;
mod peer;
mod public;
mod request;
mod resolve;
mod retry_after;
#[cfg(test)]
mod tests;

use std::error::Error as _;
use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use reqwest::{Client, StatusCode, redirect, retry};
use rustls::ClientConfig;

use super::tls;

pub use error::{EgressError, OpenError};
pub use peer::{InvalidPeer, Peer};
pub use request::{Body, Request};
pub use reqwest::Method;

use public::is_public;
use request::Call;
use resolve::{Any, Lookup, NotPublic, PublicOnly, System};

/// How calls are made.
#[derive(Clone, Debug)]
pub struct EgressOptions {
    /// Who may be called although the address is not public.
    pub allowed_private: Vec<Peer>,
    /// For one try, from connecting to the last byte.
    pub timeout: Duration,
    /// For a connection, finding the address included.
    pub connect_timeout: Duration,
    /// Before the second try; four times as long before the third.
    pub backoff: Duration,
    /// Who wants to be left alone for longer is not tried again.
    pub retry_after_max: Duration,
    /// The longest answer that is taken.
    pub bytes_max: usize,
}

impl Default for EgressOptions {
    fn default() -> Self {
        Self {
            allowed_private: Vec::new(),
            timeout: Duration::from_mins(1),
            connect_timeout: Duration::from_secs(5),
            backoff: Duration::from_millis(500),
            retry_after_max: Duration::from_mins(1),
            bytes_max: 8 * 1024 * 1024,
        }
    }
}

/// What somebody outside answered, whatever its status.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Response {
    /// Its status; one of 3xx is as final as others.
    pub status: u16,
    /// All of it.
    pub body: String,
}

impl Response {
    /// Whether the other side did what it was asked.
    pub fn is_success(&self) -> bool {
        (200..300).contains(&self.status)
    }
}

/// Calls addresses of the outside world. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Egress {
    /// Connects to public addresses only.
    guarded: Client,
    /// Connects to anything: for peers that are exceptions.
    open: Client,
    options: Arc<EgressOptions>,
}

/// How a try ended, if not by an error.
enum Tried {
    Answered(Response),
    /// The other side has no time. It may have after this.
    Busy(Duration),
}

impl Egress {
    /// How often a call is made at most.
    const TRIES: u32 = 3;
    const USER_AGENT: &'static str = concat!("cinatra/", env!("CARGO_PKG_VERSION"));

    /// A client; asks nobody yet.
    pub fn open(options: EgressOptions) -> Result<Self, OpenError> {
        Self::open_with(options, Arc::new(System))
    }

    fn open_with(options: EgressOptions, lookup: Arc<dyn Lookup>) -> Result<Self, OpenError> {
        let trust = trust()?;
        let builder = || {
            Client::builder()
                .tls_backend_preconfigured(trust.clone())
                .user_agent(Self::USER_AGENT)
                .redirect(redirect::Policy::none())
                .retry(retry::never())
                .no_proxy()
                .referer(false)
                .connect_timeout(options.connect_timeout)
        };
        let guarded = builder().dns_resolver(Arc::new(PublicOnly(Arc::clone(&lookup))));
        let open = builder().dns_resolver(Arc::new(Any(lookup)));
        Ok(Self {
            guarded: guarded.build().map_err(|e| OpenError::because(&e))?,
            open: open.build().map_err(|e| OpenError::because(&e))?,
            options: Arc::new(options),
        })
    }

    /// Makes a call: once, and up to twice again if nobody answered or the other side was busy. Dropping
    /// the future ends it.
    pub async fn send(&self, request: Request) -> Result<Response, EgressError> {
        let call = Call::prepare(request)?;
        let client = self.client(&call)?;
        let mut pause = self.options.backoff;
        let mut left = Self::TRIES;
        loop {
            left = left.saturating_sub(1);
            let wait = match self.once(client, &call, left == 0).await {
                Ok(Tried::Answered(response)) => return Ok(response),
                Ok(Tried::Busy(wait)) => wait,
                Err(error) if left > 0 && error.may_pass() => Duration::ZERO,
                Err(error) => return Err(error),
            };
            tracing::debug!(origin = call.origin, left, "calling again");
            tokio::time::sleep(wait.max(pause)).await;
            pause *= 4;
        }
    }

    /// Which client may call this. A literal address meets no resolver, so it is judged here; however it
    /// was written, it is an ordinary address once it was read.
    fn client(&self, call: &Call) -> Result<&Client, EgressError> {
        let peer = Peer::of(&call.url);
        if peer.is_some_and(|peer| self.options.allowed_private.contains(&peer)) {
            return Ok(&self.open);
        }
        let host = call.url.host_str().unwrap_or_default();
        let literal = host.trim_start_matches('[').trim_end_matches(']').parse();
        if literal.is_ok_and(|address: IpAddr| !is_public(address)) {
            return Err(EgressError::AddressNotAllowed {
                origin: call.origin.clone(),
            });
        }
        Ok(&self.guarded)
    }

    async fn once(&self, client: &Client, call: &Call, last: bool) -> Result<Tried, EgressError> {
        let timeout = call.timeout.unwrap_or(self.options.timeout);
        let failed = |error| failure(&error, call, timeout);
        let response = client
            .request(call.method.clone(), call.url.clone())
            .headers(call.headers.clone())
            .body(call.body.clone())
            .timeout(timeout)
            .send()
            .await
            .map_err(failed)?;
        let status = response.status();
        let busy = status == StatusCode::TOO_MANY_REQUESTS || status.is_server_error();
        let wait = retry_after::asked(response.headers()).unwrap_or_default();
        if busy && !last && wait <= self.options.retry_after_max {
            return Ok(Tried::Busy(wait));
        }
        self.read(response, call, timeout)
            .await
            .map(Tried::Answered)
    }

    async fn read(
        &self,
        mut response: reqwest::Response,
        call: &Call,
        timeout: Duration,
    ) -> Result<Response, EgressError> {
        let status = response.status().as_u16();
        let mut body = Vec::new();
        while let Some(chunk) = response
            .chunk()
            .await
            .map_err(|error| failure(&error, call, timeout))?
        {
            if body.len() + chunk.len() > self.options.bytes_max {
                return Err(EgressError::ResponseTooLarge {
                    origin: call.origin.clone(),
                    bytes_max: self.options.bytes_max,
                });
            }
            body.extend_from_slice(&chunk);
        }
        let body = String::from_utf8(body).map_err(|_| EgressError::ResponseNotText {
            origin: call.origin.clone(),
            status,
        })?;
        Ok(Response { status, body })
    }
}

/// On a machine without certificates https reaches nobody, which is no reason not to start.
fn trust() -> Result<ClientConfig, OpenError> {
    tls::platform()
        .or_else(|error| {
            tracing::warn!(%error, "no certificates: agents cannot call https addresses");
            tls::nobody()
        })
        .map_err(|error| OpenError::because(&error))
}

/// Names the kind of failure only: the error's own text has the address in it.
fn failure(error: &reqwest::Error, call: &Call, timeout: Duration) -> EgressError {
    let origin = call.origin.clone();
    let mut source = error.source();
    while let Some(inner) = source {
        if inner.is::<NotPublic>() {
            return EgressError::AddressNotAllowed { origin };
        }
        source = inner.source();
    }
    if error.is_connect() {
        EgressError::Unreachable { origin }
    } else if error.is_timeout() {
        EgressError::TimedOut { origin, timeout }
    } else {
        EgressError::BrokenOff { origin }
    }
}
