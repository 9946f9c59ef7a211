//! `/api/llm-bridge`: a run asks a model. Source: spec/runs.md 4.8.
//!
//! Who asks is the run itself; what the body says of that is not looked at. A refusal for want of a model ends the run
//! with a code of its own, any other is the answer to the call.

use cinatra_domain::kernel::{Coded as _, TenantId};
use cinatra_domain::secret::SecretName;
use futures_util::StreamExt as _;
use secrecy::SecretString;
use serde_json::Value;
use tokio::sync::mpsc;

use super::call::{Answered, NoAnswer};
use super::internal::{error, ok};
use crate::gateway::model::bridge::{BridgeError, BridgeRequest, reply};
use crate::gateway::model::{Delta, Model};
use crate::{Error, Secrets};

/// The organization's own credential for the model; without it the operator's counts.
const KEY: &str = "model.openai.api-key";

/// Asks a model for runs. Cheap to clone.
#[derive(Clone, Debug)]
pub(super) struct Bridge {
    model: Model,
    secrets: Secrets,
}

impl Bridge {
    pub(super) const fn new(model: Model, secrets: Secrets) -> Self {
        Self { model, secrets }
    }

    /// Asks, and hands on what the model says while it says it.
    pub(super) async fn answer(
        &self,
        tenant: TenantId,
        body: &Value,
        said: mpsc::Sender<String>,
    ) -> Result<Answered, NoAnswer> {
        match self.ask(tenant, body, said).await {
            Ok(text) => Ok(ok(&Value::Object(reply(&text)))),
            Err(Refused::Failed(failed)) => {
                Err(NoAnswer::ends("secret_unavailable", failed.to_string()))
            }
            Err(Refused::Bridge(refused)) if refused.status() == 503 => Err(NoAnswer::ends(
                refused.code().to_lowercase(),
                format!("{}: {refused}", refused.code()),
            )),
            Err(Refused::Bridge(refused)) => Ok(error(
                refused.status(),
                refused.code(),
                &refused.to_string(),
            )),
        }
    }

    async fn ask(
        &self,
        tenant: TenantId,
        body: &Value,
        said: mpsc::Sender<String>,
    ) -> Result<String, Refused> {
        let prompt = BridgeRequest::parse(body)?.prompt()?;
        let key = self.key(tenant).await.map_err(Refused::Failed)?;
        let mut deltas = Box::pin(self.model.stream(prompt, key));
        let mut text = String::new();
        while let Some(delta) = deltas.next().await {
            match delta.map_err(BridgeError::from)? {
                Delta::Text(more) => {
                    text.push_str(&more);
                    // Whoever listens may have gone; the answer is wanted all the same.
                    let _ = said.send(more).await;
                }
                Delta::Finished(_) | Delta::Usage(_) => {}
            }
        }
        Ok(text)
    }

    async fn key(&self, tenant: TenantId) -> Result<Option<SecretString>, Error> {
        let name = SecretName::parse(KEY);
        let name = name.map_err(|invalid| Error::invalid("name", invalid.reason))?;
        self.secrets.reveal(tenant, &name).await
    }
}

enum Refused {
    Bridge(BridgeError),
    Failed(Error),
}

impl From<BridgeError> for Refused {
    fn from(error: BridgeError) -> Self {
        Self::Bridge(error)
    }
}
