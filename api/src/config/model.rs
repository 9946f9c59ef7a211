//! Which language model answers.

use cinatra_commands::gateway::model::{Endpoint, Model, ModelOptions, OpenError};
use secrecy::SecretString;

use super::{ConfigError, Env, invalid};

/// A language model and the credential for it.
#[derive(Clone, Debug)]
pub struct ModelConfig {
    /// `CINATRA_MODEL_URL`, default none, which means no model: the base URL of an endpoint that speaks
    /// the chat completions of `OpenAI`, such as `http://127.0.0.1:9000/v1`.
    pub endpoint: Option<Endpoint>,
    /// `CINATRA_MODEL`, default `gpt-5.5`: the model where an agent names none.
    pub model: String,
    /// `CINATRA_MODEL_KEY`, default none: sent where an organization has no key of its own.
    pub key: Option<SecretString>,
}

impl Default for ModelConfig {
    fn default() -> Self {
        Self {
            endpoint: None,
            model: ModelOptions::default().model,
            key: None,
        }
    }
}

impl ModelConfig {
    /// The settings in `env`.
    pub fn from_env(env: Env<'_>) -> Result<Self, ConfigError> {
        let endpoint = env("CINATRA_MODEL_URL").map(|url| url.parse()).transpose();
        let endpoint = endpoint.map_err(|error| invalid("CINATRA_MODEL_URL", error))?;
        let config = Self {
            endpoint,
            model: env("CINATRA_MODEL").unwrap_or(Self::default().model),
            key: env("CINATRA_MODEL_KEY").map(SecretString::from),
        };
        // Opening asks nothing of the model; it finds out whether there is something to ask.
        Model::open(config.options()).map_err(|error| {
            let variable = match &error {
                OpenError::Key => "CINATRA_MODEL_KEY",
                OpenError::Client { .. } => "CINATRA_MODEL_URL",
            };
            invalid(variable, error)
        })?;
        Ok(config)
    }

    /// How the model is asked.
    pub fn options(&self) -> ModelOptions {
        ModelOptions {
            endpoint: self.endpoint.clone(),
            model: self.model.clone(),
            key: self.key.clone(),
            ..ModelOptions::default()
        }
    }
}
