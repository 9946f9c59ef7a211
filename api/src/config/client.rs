//! How the command line reaches a server.

use axum::http::HeaderValue;
use reqwest::Url;
use secrecy::SecretString;

use super::{ConfigError, Env, invalid};

/// Address and credential for `cinatra call`.
#[derive(Clone, Debug)]
pub struct ClientConfig {
    /// `CINATRA_URL`, default the running server of this folder.
    pub url: Option<String>,
    /// `CINATRA_TOKEN`, default the session that was signed in in this folder.
    pub token: Option<SecretString>,
}

impl ClientConfig {
    /// The settings in `env`.
    pub fn from_env(env: Env<'_>) -> Result<Self, ConfigError> {
        let url = env("CINATRA_URL").map(|url| url.trim_end_matches('/').to_owned());
        if url.as_deref().is_some_and(|url| !is_base(url)) {
            return Err(invalid(
                "CINATRA_URL",
                "not http://host[:port] or https://host[:port]",
            ));
        }
        let token = env("CINATRA_TOKEN");
        if token
            .as_deref()
            .is_some_and(|token| HeaderValue::from_str(token).is_err())
        {
            return Err(invalid(
                "CINATRA_TOKEN",
                "has characters that no header can carry",
            ));
        }
        Ok(Self {
            url,
            token: token.map(SecretString::from),
        })
    }
}

/// An address that paths can be put behind.
fn is_base(text: &str) -> bool {
    Url::parse(text).is_ok_and(|url| {
        matches!(url.scheme(), "http" | "https")
            && url.has_host()
            && url.username().is_empty()
            && url.password().is_none()
            && url.query().is_none()
            && url.fragment().is_none()
    })
}
