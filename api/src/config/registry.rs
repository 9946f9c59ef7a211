//! Where packages come from.

use std::fmt;
use std::path::PathBuf;

use cinatra_commands::gateway::registry::{self, SettingError};
use secrecy::SecretString;

use super::{ConfigError, Env, PlaceConfig, invalid};

/// A registry.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Source {
    /// The base URL of a server that speaks npm's protocol.
    Npm(String),
    /// A folder of tarballs.
    Directory(PathBuf),
}

impl fmt::Display for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Npm(url) => f.write_str(url),
            Self::Directory(path) => write!(f, "directory:{}", path.display()),
        }
    }
}

/// The registry and the credential for it.
#[derive(Clone, Debug)]
pub struct RegistryConfig {
    /// `CINATRA_REGISTRY`, default `directory:<home>/registry`: a base URL, or `directory:<path>`.
    pub source: Source,
    /// `CINATRA_REGISTRY_TOKEN`, default none: sent to an npm registry.
    pub token: Option<SecretString>,
}

impl RegistryConfig {
    /// The settings in `env`.
    pub fn from_env(env: Env<'_>, place: &PlaceConfig) -> Result<Self, ConfigError> {
        let source = match env("CINATRA_REGISTRY") {
            None => Source::Directory(place.registry()),
            Some(text) => match text.strip_prefix("directory:") {
                Some("") => return Err(invalid("CINATRA_REGISTRY", "directory: needs a path")),
                Some(path) => Source::Directory(path.into()),
                None if is_web(&text) => Source::Npm(text.trim_end_matches('/').to_owned()),
                None => {
                    let reason = "neither http://…, https://… nor directory:<path>";
                    return Err(invalid("CINATRA_REGISTRY", reason));
                }
            },
        };
        let token = env("CINATRA_REGISTRY_TOKEN").map(SecretString::from);
        // Opening asks nothing of the registry; it finds out whether there is something to ask.
        registry::open(&source.to_string(), token.as_ref()).map_err(|error| {
            let variable = match &error {
                SettingError::Token => "CINATRA_REGISTRY_TOKEN",
                SettingError::Registry { .. } | SettingError::Client { .. } => "CINATRA_REGISTRY",
            };
            invalid(variable, error)
        })?;
        Ok(Self { source, token })
    }
}

fn is_web(text: &str) -> bool {
    ["http://", "https://"]
        .iter()
        .any(|scheme| text.starts_with(scheme))
}
