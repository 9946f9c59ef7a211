//! Calls that a run makes: to the outside through the guarded client, to Cinatra itself in process.

use std::collections::BTreeMap;

use cinatra_domain::kernel::TenantId;
use cinatra_domain::run::machine::{Address, Body, Call};
use cinatra_domain::run::{ContextSelected, Run};
use serde_json::Value;
use tokio::sync::mpsc;

use super::internal::{Asking, Internal};
use crate::Error;
use crate::gateway::egress::{self, Egress, Method};

/// What came back.
#[derive(Clone, Debug)]
pub(super) struct Answered {
    /// HTTP status.
    pub(super) status: u16,
    /// As it is.
    pub(super) body: String,
    /// What was bound to a slot by this call: the run has to remember it.
    pub(super) selected: Option<ContextSelected>,
}

/// Why nothing came back.
#[derive(Debug)]
pub(super) enum NoAnswer {
    /// The run goes wrong by it.
    Ends {
        /// Code of the run's failure.
        code: String,
        /// For people; no address beyond its origin, no credential, no body.
        message: String,
    },
    /// It may be answered later: the call is made again.
    Later(Error),
}

impl NoAnswer {
    pub(super) fn ends(code: impl Into<String>, message: impl Into<String>) -> Self {
        let (code, message) = (code.into(), message.into());
        Self::Ends { code, message }
    }
}

/// Makes calls. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Calls {
    egress: Egress,
    internal: Internal,
    environment: BTreeMap<String, String>,
}

impl Calls {
    /// By a guarded client, and what answers in process.
    pub fn new(egress: Egress, internal: Internal) -> Self {
        Self {
            egress,
            internal,
            environment: BTreeMap::new(),
        }
    }

    /// What placeholders in capitals stand for.
    pub(super) fn environment(&self) -> &BTreeMap<String, String> {
        &self.environment
    }

    /// How viewers are told of a call: by its path within Cinatra, by its method elsewhere.
    pub(super) fn name(call: &Call) -> &str {
        match &call.address {
            Address::Internal(path) => path,
            Address::External(_) => &call.method,
        }
    }

    /// Makes a call; what a model says meanwhile goes to `said`. The same key means the same call, for whoever answers to do the thing once.
    pub(super) async fn make(
        &self,
        tenant: TenantId,
        run: &Run,
        call: &Call,
        key: &str,
        said: mpsc::Sender<String>,
    ) -> Result<Answered, NoAnswer> {
        match &call.address {
            Address::Internal(path) => {
                let body = match &call.body {
                    Some(Body::Json(body)) => body.clone(),
                    Some(Body::Text(text)) => Value::from(text.as_str()),
                    None => Value::Null,
                };
                let node = &call.visit.node;
                let asking = Asking { tenant, run, node };
                self.internal.answer(&asking, path, &body, said).await
            }
            Address::External(url) => self.outside(url, call, key).await,
        }
    }

    async fn outside(&self, url: &str, call: &Call, key: &str) -> Result<Answered, NoAnswer> {
        let method = Method::from_bytes(call.method.as_bytes())
            .map_err(|_| NoAnswer::ends("method_not_allowed", "the method is none of HTTP"))?;
        let query = call.query.iter().map(|(name, value)| {
            let text = value
                .as_str()
                .map_or_else(|| value.to_string(), str::to_owned);
            (name.clone(), text)
        });
        let headers = call
            .headers
            .iter()
            .map(|(name, value)| (name.clone(), value.clone()));
        let sent = self.egress.send(egress::Request {
            method,
            url: url.to_owned(),
            query: query.collect(),
            headers: headers.collect(),
            body: match &call.body {
                Some(Body::Json(value)) => egress::Body::Json(value.clone()),
                Some(Body::Text(text)) => egress::Body::Text(text.clone()),
                None => egress::Body::None,
            },
            idempotency_key: Some(key.to_owned()),
            timeout: None,
        });
        let response = sent.await;
        let response = response.map_err(|error| NoAnswer::ends(error.code(), error.to_string()))?;
        Ok(Answered {
            status: response.status,
            body: response.body,
            selected: None,
        })
    }
}
