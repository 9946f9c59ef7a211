//! Where an instance keeps its files.

use std::path::PathBuf;

use super::Env;

/// The home folder and what is in it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PlaceConfig {
    /// `CINATRA_HOME`, default `./.cinatra`.
    pub home: PathBuf,
}

impl PlaceConfig {
    /// The settings in `env`.
    pub fn from_env(env: Env<'_>) -> Self {
        Self {
            home: env("CINATRA_HOME").map_or_else(|| ".cinatra".into(), PathBuf::from),
        }
    }

    /// Fetched packages by digest.
    pub fn blobs(&self) -> PathBuf {
        self.home.join("blobs")
    }

    /// Mail that was handed over.
    pub fn mail(&self) -> PathBuf {
        self.home.join("mail")
    }

    /// The folder of tarballs that is the default registry.
    pub fn registry(&self) -> PathBuf {
        self.home.join("registry")
    }
}
