//! Search over the npm protocol, which promises little: results lack the `cinatra` block, servers rank
//! and page as they like, some have no search at all. Source: spec/extensions.md 6.1, line 10.

use std::collections::{BTreeMap, BTreeSet};

use cinatra_domain::extension::Version;
use futures_util::{Stream, StreamExt as _, stream};
use serde_json::Value;
use tokio::time::{Instant, timeout_at};

use super::wire::{NOT_JSON, Page, deprecated};
use super::{Ask, Got, NpmRegistry};
use crate::gateway::registry::words::Words;
use crate::gateway::registry::{Found, Hit, RegistryError, name};

/// Names that the registry's own search answered, each with the version or tag to describe it by.
#[derive(Debug, Default)]
struct Candidates {
    versions: BTreeMap<String, String>,
    incomplete: bool,
}

impl NpmRegistry {
    const CANDIDATES_MAX: usize = 250;
    const PAGES_MAX: usize = 8;
    const SIMULTANEOUS: usize = 8;

    /// Asks the registry's search, then every candidate's manifest, and at last for the query as a name.
    pub(super) async fn find(&self, query: &str, limit: usize) -> Result<Found, RegistryError> {
        let candidates = self.candidates(query).await?;
        let mut found = Found {
            hits: Vec::new(),
            incomplete: candidates.incomplete,
        };
        let exact = query.trim();
        if exact.starts_with('@') && !candidates.versions.contains_key(exact) {
            match self.find_exactly(exact).await {
                Ok(hit) => found.hits.extend(hit),
                Err(_) => found.incomplete = true,
            }
        }
        let deadline = Instant::now() + self.patience.document;
        let mut described = std::pin::pin!(self.describe(candidates.versions));
        while found.hits.len() < limit {
            match timeout_at(deadline, described.next()).await {
                Ok(Some(Ok(Some(hit)))) => found.hits.push(hit),
                Ok(Some(Ok(None))) => {}
                Ok(Some(Err(_))) => found.incomplete = true,
                Ok(None) => break,
                Err(_) => {
                    found.incomplete = true;
                    break;
                }
            }
        }
        found.hits.truncate(limit);
        found.hits.sort_by(|one, other| one.name.cmp(&other.name));
        Ok(found)
    }

    /// The package of this very name, if there is one.
    async fn find_exactly(&self, package: &str) -> Result<Option<Hit>, RegistryError> {
        match self.get_packument(package).await {
            Ok(packument) => Ok(packument
                .latest()
                .and_then(|entry| hit(entry.name.clone(), entry.manifest.clone()))),
            Err(RegistryError::PackageNotFound { .. } | RegistryError::NameInvalid { .. }) => {
                Ok(None)
            }
            Err(error) => Err(error),
        }
    }

    /// Every spelling's pages together: Verdaccio compares letters with their case, and writes names small.
    async fn candidates(&self, query: &str) -> Result<Candidates, RegistryError> {
        let words = Words::of(query);
        let mut candidates = Candidates::default();
        for spelling in BTreeSet::from([query.trim().to_owned(), query.trim().to_lowercase()]) {
            self.turn_pages(&spelling, &words, &mut candidates).await?;
        }
        Ok(candidates)
    }

    /// Turns pages until one brings nothing new: totals and page ends are not to be relied upon.
    async fn turn_pages(
        &self,
        text: &str,
        words: &Words,
        candidates: &mut Candidates,
    ) -> Result<(), RegistryError> {
        let mut seen = BTreeSet::new();
        let mut from = 0;
        for _ in 0..Self::PAGES_MAX {
            let Some(page) = self.page(text, from).await? else {
                break;
            };
            from += page.objects.len();
            let seen_before = seen.len();
            for package in page.objects.into_iter().map(|object| object.package) {
                let Some(name) = package["name"].as_str() else {
                    continue;
                };
                if name::check(name).is_ok()
                    && seen.insert(name.to_owned())
                    && words.are_in(name, &package)
                {
                    let version = shown_version(&package);
                    candidates.versions.insert(name.to_owned(), version);
                }
            }
            if seen.len() == seen_before {
                return Ok(());
            }
            if candidates.versions.len() >= Self::CANDIDATES_MAX {
                break;
            }
        }
        candidates.incomplete = true;
        Ok(())
    }

    /// `None` when the registry has no search.
    async fn page(&self, text: &str, from: usize) -> Result<Option<Page>, RegistryError> {
        let ask = Ask {
            url: self.base.search(text, Self::CANDIDATES_MAX, from),
            doing: "searching".to_owned(),
            accept: "application/json",
            bytes_max: Self::PACKUMENT_BYTES_MAX,
            patience: self.patience.document,
        };
        match self.fetcher.get(&ask).await {
            Ok(Got::Body(body)) => serde_json::from_slice(&body).map(Some).map_err(|_| {
                RegistryError::UnexpectedResponse {
                    doing: ask.doing,
                    reason: NOT_JSON.to_owned(),
                }
            }),
            Ok(Got::Nothing) | Err(RegistryError::BadRequest { .. }) => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// The manifests of candidates, by name; `None` for a package that is no extension.
    fn describe(
        &self,
        versions: BTreeMap<String, String>,
    ) -> impl Stream<Item = Result<Option<Hit>, RegistryError>> {
        stream::iter(versions)
            .map(move |(name, version)| async move {
                match self.get_manifest(&name, &version).await? {
                    Some(manifest) => Ok(hit(name, manifest)),
                    None => Err(RegistryError::VersionNotFound {
                        package: name,
                        version,
                    }),
                }
            })
            .buffered(Self::SIMULTANEOUS)
    }
}

/// Npm's own registry shows a `version`, Verdaccio the `dist-tags`.
fn shown_version(package: &Value) -> String {
    package["version"]
        .as_str()
        .or_else(|| package["dist-tags"]["latest"].as_str())
        .filter(|version| Version::parse(*version).is_ok())
        .unwrap_or("latest")
        .to_owned()
}

/// `None` when the manifest is no extension's.
fn hit(name: String, manifest: Value) -> Option<Hit> {
    let version = manifest["version"].as_str()?.to_owned();
    manifest["cinatra"].is_object().then(|| Hit {
        name,
        version,
        deprecated: deprecated(&manifest),
        manifest,
    })
}
