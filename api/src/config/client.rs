//! How the command line reaches a server.

use secrecy::SecretString;

use super::Env;

/// Address and credential for `cinatra call`.
#[derive(Clone, Debug)]
pub struct ClientConfig {
    /// `CINATRA_URL`, default the running server of this folder.
    pub url: Option<String>,
    /// `CINATRA_TOKEN`, default the content of `<home>/admin-token`.
    pub token: Option<SecretString>,
}

impl ClientConfig {
    /// The settings in `env`.
    pub fn from_env(env: Env<'_>) -> Self {
        Self {
            url: env("CINATRA_URL").map(|url| url.trim_end_matches('/').to_owned()),
            token: env("CINATRA_TOKEN").map(SecretString::from),
        }
    }
}
