//! Which server a command talks to (settled.md 33).

use secrecy::{ExposeSecret as _, SecretString};

use super::client::Client;
use super::{CliError, sign_in};
use crate::config::{ClientConfig, Env, PlaceConfig};
use crate::server::Running;

/// The token that calls are made with.
pub(super) fn token(env: Env<'_>, place: &PlaceConfig) -> Result<SecretString, CliError> {
    if let Some(token) = ClientConfig::from_env(env)?.token {
        return Ok(token);
    }
    let kept = sign_in::kept(&place.home).map(SecretString::from);
    kept.ok_or_else(|| CliError::NoToken {
        home: place.home.display().to_string(),
    })
}

/// The server to sign in at: no credential is needed, and none is sent.
pub(super) async fn server_for_anybody(env: Env<'_>) -> Result<Option<Client>, CliError> {
    let place = PlaceConfig::from_env(env);
    let own = Running::find(&place.home).await.map(|running| running.url);
    let url = ClientConfig::from_env(env)?.url.or(own);
    url.map(|url| Client::new(url, None)).transpose()
}

/// The server to call: the named one, or the one of this folder. This folder's token goes to this folder's server
/// and to the one that it is from, and nowhere else.
pub(super) async fn server(env: Env<'_>) -> Result<Option<Client>, CliError> {
    let place = PlaceConfig::from_env(env);
    let config = ClientConfig::from_env(env)?;
    let own = Running::find(&place.home).await.map(|running| running.url);
    let Some(url) = config.url.or_else(|| own.clone()) else {
        return Ok(None);
    };
    let is_for = |known: Option<String>| known.as_ref() == Some(&url);
    if config.token.is_none() && !is_for(own) && !is_for(sign_in::kept_from(&place.home)) {
        return Err(CliError::TokenUnnamed { url });
    }
    Ok(Some(Client::new(url, Some(token(env, &place)?))?))
}

/// The text of a secret, at the one place where it goes out.
pub(super) fn reveal(secret: &SecretString) -> &str {
    secret.expose_secret()
}
