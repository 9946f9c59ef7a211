//! Settings, one struct per concern, read once at start.
//!
//! Every variable is named in the doc comment of the field that holds it, with its default; the table
//! in the README says the same.

mod client;
mod egress;
mod http;
mod instance;
mod log;
mod model;
mod place;
mod projections;
mod registry;
mod vault;

use std::fmt;

use secrecy::SecretString;

pub use client::ClientConfig;
pub use egress::EgressConfig;
pub use http::HttpConfig;
pub use instance::InstanceConfig;
pub use log::LogConfig;
pub use model::ModelConfig;
pub use place::PlaceConfig;
pub use projections::ProjectionsConfig;
pub use registry::{RegistryConfig, Source};
pub use vault::VaultConfig;

/// What a server needs to start.
#[derive(Clone, Debug)]
pub struct Config {
    /// Where this instance keeps its files.
    pub place: PlaceConfig,
    /// The database; its URL may carry a password.
    pub database_url: SecretString,
    /// Where it listens.
    pub http: HttpConfig,
    /// What it may be called.
    pub instance: InstanceConfig,
    /// Where packages come from.
    pub registry: RegistryConfig,
    /// How read models are run.
    pub projections: ProjectionsConfig,
    /// The key above all secrets.
    pub vault: VaultConfig,
    /// Whom agents may call.
    pub egress: EgressConfig,
    /// Which language model answers.
    pub model: ModelConfig,
}

/// Reads a variable by its name.
pub type Env<'a> = &'a dyn Fn(&str) -> Option<String>;

/// The environment of this process; an empty variable counts as absent.
pub fn process_env(name: &str) -> Option<String> {
    std::env::var(name).ok().filter(|value| !value.is_empty())
}

/// A variable that cannot be used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{variable}: {reason}")]
pub struct ConfigError {
    /// Which.
    pub variable: &'static str,
    /// What is wrong with it; its value is not repeated.
    pub reason: String,
}

fn invalid(variable: &'static str, reason: impl fmt::Display) -> ConfigError {
    ConfigError {
        variable,
        reason: reason.to_string(),
    }
}

impl Config {
    /// The settings in `env`, for the database at `database_url`.
    pub fn from_env(env: Env<'_>, database_url: SecretString) -> Result<Self, ConfigError> {
        let place = PlaceConfig::from_env(env);
        Ok(Self {
            registry: RegistryConfig::from_env(env, &place)?,
            http: HttpConfig::from_env(env)?,
            instance: InstanceConfig::from_env(env),
            projections: ProjectionsConfig::from_env(env)?,
            vault: VaultConfig::from_env(env)?,
            egress: EgressConfig::from_env(env)?,
            model: ModelConfig::from_env(env)?,
            place,
            database_url,
        })
    }
}

/// `DATABASE_URL`: the PostgreSQL server to use; without it `cinatra up` starts one of its own.
pub fn database_url(env: Env<'_>) -> Result<Option<SecretString>, ConfigError> {
    let Some(url) = env("DATABASE_URL") else {
        return Ok(None);
    };
    if url.parse::<tokio_postgres::Config>().is_err() {
        return Err(invalid("DATABASE_URL", "not a PostgreSQL URL"));
    }
    Ok(Some(SecretString::from(url)))
}

#[cfg(test)]
mod tests {
    use std::net::{IpAddr, Ipv4Addr};
    use std::path::Path;

    use super::*;

    fn read(pairs: &[(&str, &str)]) -> Result<Config, ConfigError> {
        let env = |name: &str| {
            let found = pairs.iter().find(|(key, _)| *key == name);
            found.map(|(_, value)| (*value).to_owned())
        };
        Config::from_env(&env, SecretString::from("postgresql://x"))
    }

    #[test]
    fn defaults_serve_this_machine_from_this_folder() {
        let config = read(&[]).unwrap();
        assert_eq!(config.place.home, Path::new(".cinatra"));
        assert_eq!(config.http.bind, IpAddr::V4(Ipv4Addr::LOCALHOST));
        assert_eq!(config.http.port, 7171);
        let registry = Source::Directory(".cinatra/registry".into());
        assert_eq!(config.registry.source, registry);
        assert_eq!(config.egress.allowed_private, []);
        assert_eq!(config.model.endpoint, None);
    }

    #[test]
    fn variables_replace_defaults() {
        let config = read(&[
            ("CINATRA_HOME", "/srv/cinatra"),
            ("CINATRA_PORT", "0"),
            ("CINATRA_REGISTRY", "http://127.0.0.1:4873/"),
            ("CINATRA_EGRESS_ALLOW", "crm.internal:8080, 127.0.0.1:9,"),
            ("CINATRA_MODEL_URL", "http://127.0.0.1:9000/v1"),
            ("CINATRA_MODEL", "local"),
        ]);
        let config = config.unwrap();
        assert_eq!(config.http.port, 0);
        assert_eq!(
            config.registry.source,
            Source::Npm("http://127.0.0.1:4873".into())
        );
        assert_eq!(config.place.home, Path::new("/srv/cinatra"));
        let allowed: Vec<_> = config
            .egress
            .allowed_private
            .iter()
            .map(ToString::to_string)
            .collect();
        assert_eq!(allowed, ["crm.internal:8080", "127.0.0.1:9"]);
        let options = config.model.options();
        let endpoint = options.endpoint.unwrap();
        assert_eq!(endpoint.to_string(), "http://127.0.0.1:9000/v1");
        assert_eq!(options.model, "local");
    }

    #[test]
    fn a_bad_value_names_its_variable_and_is_not_repeated() {
        for (variable, value) in [
            ("CINATRA_PORT", "seventy"),
            ("CINATRA_BIND", "everywhere"),
            ("CINATRA_REGISTRY", "ftp://s3cret@x"),
            ("CINATRA_REGISTRY", "http://robot:s3cret@x"),
            ("CINATRA_REGISTRY", "directory:/"),
            ("CINATRA_PUBLIC_URL", "cinatra.example"),
            ("CINATRA_PUBLIC_URL", "https://cinatra.example/path"),
            ("CINATRA_ENCRYPTION_KEY", "abcdef"),
            ("CINATRA_ENCRYPTION_KEY_PREVIOUS", "s3cret"),
            ("CINATRA_EGRESS_ALLOW", "crm.internal"),
            ("CINATRA_MODEL_URL", "http://robot:s3cret@x/v1"),
            ("CINATRA_MODEL_KEY", "a\nb"),
        ] {
            let error = read(&[(variable, value)]).unwrap_err();
            assert_eq!(error.variable, variable);
            assert!(!error.to_string().contains(value));
        }
        let registry = ("CINATRA_REGISTRY", "http://127.0.0.1:1");
        let token = ("CINATRA_REGISTRY_TOKEN", "a\nb");
        let error = read(&[registry, token]).unwrap_err();
        assert_eq!(error.variable, "CINATRA_REGISTRY_TOKEN");
        let env = |name: &str| (name == "DATABASE_URL").then(|| "s3cret".to_owned());
        let error = database_url(&env).unwrap_err();
        assert_eq!(error.variable, "DATABASE_URL");
        assert!(!error.to_string().contains("s3cret"));
    }

    #[test]
    fn secrets_are_not_shown_by_accident() {
        let key = "5ec2e7".repeat(11)[..64].to_owned();
        let config = read(&[
            ("CINATRA_REGISTRY_TOKEN", "s3cret"),
            ("CINATRA_ENCRYPTION_KEY", &key),
            ("CINATRA_MODEL_KEY", "s3cret"),
        ]);
        let config = format!("{:?}", config.unwrap());
        assert!(!config.contains("s3cret") && !config.contains("5ec2e7"));
    }
}
