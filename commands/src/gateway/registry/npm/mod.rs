//! A registry that speaks the npm protocol, Verdaccio for example.
//!
//! Reading only. The token goes to addresses below the configured base and nowhere else, a redirect away
//! from it is an error, and no body is read beyond its cap. Packuments are always asked for in full: the
//! abbreviated form has no `cinatra` block. Source: spec/extensions.md 6.1.

mod address;
mod fetch;
mod search;
#[cfg(test)]
mod tests;
mod wire;

use std::sync::Arc;

use bytes::Bytes;
use secrecy::SecretString;
use serde_json::Value;

use super::{
    Answer, Found, Packument, Registry, RegistryError, SettingError, Tarball, VersionEntry, name,
};
use address::Base;
use fetch::{Ask, Fetcher, Got};

pub use fetch::Patience;

/// An npm registry below one base URL.
#[derive(Clone, Debug)]
pub struct NpmRegistry {
    base: Base,
    fetcher: Fetcher,
    patience: Patience,
}

impl NpmRegistry {
    const PACKUMENT_BYTES_MAX: u64 = 32 * 1024 * 1024;
    const TARBALL_BYTES_MAX: u64 = 64 * 1024 * 1024;
    const MANIFEST_BYTES_MAX: u64 = 2 * 1024 * 1024;

    /// A registry at a base URL, which may have a path; asks nothing yet.
    pub fn open(base_url: &str, token: Option<&SecretString>) -> Result<Self, SettingError> {
        Self::open_with(base_url, token, Patience::default())
    }

    /// Like [`NpmRegistry::open`], with other waiting times.
    pub fn open_with(
        base_url: &str,
        token: Option<&SecretString>,
        patience: Patience,
    ) -> Result<Self, SettingError> {
        let base = Base::parse(base_url)?;
        let fetcher = Fetcher::open(&base, token, patience.backoff)?;
        Ok(Self {
            base,
            fetcher,
            patience,
        })
    }

    async fn get_packument(&self, package: &str) -> Result<Packument, RegistryError> {
        name::check(package)?;
        let ask = Ask {
            url: self.base.packument(package),
            doing: format!("reading {package}"),
            accept: "application/json",
            bytes_max: Self::PACKUMENT_BYTES_MAX,
            patience: self.patience.document,
        };
        let not_found = || RegistryError::PackageNotFound {
            package: package.to_owned(),
        };
        let Got::Body(body) = self.fetcher.get(&ask).await? else {
            return Err(not_found());
        };
        let base = self.base.clone();
        let asked = package.to_owned();
        let packument = off_thread(move || wire::packument(&body, &asked, &base)).await?;
        let packument = packument.map_err(|reason| RegistryError::UnexpectedResponse {
            doing: ask.doing,
            reason,
        })?;
        // What is left of a package whose every version was unpublished.
        if packument.versions.is_empty() && packument.unusable.is_empty() {
            return Err(not_found());
        }
        Ok(packument)
    }

    async fn get_tarball(&self, version: &VersionEntry) -> Result<Tarball, RegistryError> {
        version.announced()?;
        let doing = format!("fetching {}@{}", version.name, version.version);
        let unexpected = |doing: String, reason: &str| RegistryError::UnexpectedResponse {
            doing,
            reason: reason.to_owned(),
        };
        // The locator passes through the caller's hands, so it is judged again.
        let Some(url) = self.base.tarball(&version.locator, &version.name) else {
            return Err(unexpected(doing, wire::TARBALL_ELSEWHERE));
        };
        let ask = Ask {
            url,
            doing,
            accept: "*/*",
            bytes_max: Self::TARBALL_BYTES_MAX,
            patience: self.patience.tarball,
        };
        let Got::Body(bytes) = self.fetcher.get(&ask).await? else {
            return Err(unexpected(ask.doing, "the announced tarball is not there"));
        };
        let version = version.clone();
        off_thread(move || version.verify(bytes)).await?
    }

    async fn get_manifest(
        &self,
        package: &str,
        version: &str,
    ) -> Result<Option<Value>, RegistryError> {
        let ask = Ask {
            url: self.base.manifest(package, version),
            doing: format!("reading {package}@{version}"),
            accept: "application/json",
            bytes_max: Self::MANIFEST_BYTES_MAX,
            patience: self.patience.document,
        };
        match self.fetcher.get(&ask).await? {
            Got::Body(body) => parse(&body, ask.doing).map(Some),
            Got::Nothing => Ok(None),
        }
    }
}

impl Registry for NpmRegistry {
    fn url(&self) -> &str {
        self.base.as_str()
    }

    fn packument<'a>(&'a self, name: &'a str) -> Answer<'a, Packument> {
        Box::pin(self.get_packument(name))
    }

    fn tarball<'a>(&'a self, version: &'a VersionEntry) -> Answer<'a, Tarball> {
        Box::pin(self.get_tarball(version))
    }

    fn with_token(&self, token: &SecretString) -> Result<Arc<dyn Registry>, RegistryError> {
        let fetcher = self.fetcher.with_token(token);
        let fetcher = fetcher.map_err(|_| RegistryError::Unauthorized {
            doing: "putting the organization's token into a request".to_owned(),
        })?;
        Ok(Arc::new(Self {
            fetcher,
            ..self.clone()
        }))
    }

    fn search<'a>(&'a self, query: &'a str, limit: usize) -> Answer<'a, Found> {
        Box::pin(self.find(query, limit))
    }
}

fn parse(body: &Bytes, doing: String) -> Result<Value, RegistryError> {
    serde_json::from_slice(body).map_err(|_| RegistryError::UnexpectedResponse {
        doing,
        reason: wire::NOT_JSON.to_owned(),
    })
}

/// Parsing and hashing of what may be megabytes, off the threads that serve requests.
async fn off_thread<T: Send + 'static>(
    work: impl FnOnce() -> T + Send + 'static,
) -> Result<T, RegistryError> {
    tokio::task::spawn_blocking(work)
        .await
        .map_err(|_| RegistryError::Unavailable {
            doing: "working on its answer".to_owned(),
            reason: "abandoned".to_owned(),
        })
}
