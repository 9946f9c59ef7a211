//! Which server or database a command talks to (settled.md 33).

use cinatra_migrations::Cluster;
use secrecy::{ExposeSecret as _, SecretString};

use super::client::Client;
use super::{CliError, sign_in};
use crate::config::{ClientConfig, Env, PlaceConfig, database_url};
use crate::server::{Database, Running};

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

/// The server to call: the named one, or the one of this folder. This folder's token goes to this
/// folder's server only.
pub(super) async fn server(env: Env<'_>) -> Result<Option<Client>, CliError> {
    let place = PlaceConfig::from_env(env);
    let config = ClientConfig::from_env(env)?;
    let own = Running::find(&place.home).await.map(|running| running.url);
    let Some(url) = config.url.or_else(|| own.clone()) else {
        return Ok(None);
    };
    if config.token.is_none() && own.as_ref() != Some(&url) {
        return Err(CliError::TokenUnnamed { url });
    }
    Ok(Some(Client::new(url, Some(token(env, &place)?))?))
}

/// The database to replay: the named one, or the one behind the server of this folder.
pub(super) async fn database(env: Env<'_>) -> Result<SecretString, CliError> {
    if let Some(url) = database_url(env)? {
        return Ok(url);
    }
    let place = PlaceConfig::from_env(env);
    let home = place.home.display().to_string();
    match Running::find(&place.home).await {
        None => Err(CliError::NothingToTalkTo { home }),
        Some(Running {
            database: Database::External,
            ..
        }) => Err(CliError::DatabaseUnnamed { home }),
        Some(Running {
            database: Database::Embedded,
            ..
        }) => {
            let cluster = Cluster::find(&place.home).await?;
            let cluster = cluster.ok_or(CliError::NothingToTalkTo { home })?;
            Ok(SecretString::from(cluster.url().to_owned()))
        }
    }
}

/// The text of a secret, at the one place where it goes out.
pub(super) fn reveal(secret: &SecretString) -> &str {
    secret.expose_secret()
}
