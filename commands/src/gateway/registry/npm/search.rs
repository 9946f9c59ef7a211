//! Search over the npm protocol, which promises little: results lack the `cinatra` block, servers rank
//! and page as they like, some have no search at all. Source: spec/extensions.md 6.1, line 10.

use std::collections::BTreeMap;

use futures_util::{Stream, StreamExt as _, stream};
use serde_json::Value;
use tokio::time::{Instant, timeout_at};

use super::wire::{NOT_JSON, Page, deprecated};
use super::{Ask, Got, NpmRegistry};
use crate::gateway::registry::words::Words;
use crate::gateway::registry::{Found, Hit, RegistryError, name};

/// Names that the registry's own search answered, each with the version it showed.
#[derive(Debug, Default)]
struct Candidates {
    versions: BTreeMap<String, String>,
    incomplete: bool,
}

impl NpmRegistry {
    const CANDIDATES_MAX: usize = 250;
    const PAGES_MAX: usize = 20;
    const SIMULTANEOUS: usize = 8;

    /// Asks the registry's search, then every candidate's manifest, and at last for the query as a name.
    pub(super) async fn find(&self, query: &str, limit: usize) -> Result<Found, RegistryError> {
        let candidates = self.candidates(query).await?;
        let exact = query.trim();
        let exact_is_missing = exact.starts_with('@')
            && name::check(exact).is_ok()
            && !candidates.versions.contains_key(exact);
        let mut found = Found {
            hits: Vec::new(),
            incomplete: candidates.incomplete,
        };
        if exact_is_missing {
            match self.get_packument(exact).await {
                Ok(packument) => found.hits.extend(packument.latest().and_then(|entry| {
                    hit(
                        entry.name.clone(),
                        entry.version.clone(),
                        entry.manifest.clone(),
                    )
                })),
                Err(RegistryError::PackageNotFound { .. }) => {}
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

    /// Turns pages until one brings nothing new: totals and page ends are not to be relied upon.
    async fn candidates(&self, query: &str) -> Result<Candidates, RegistryError> {
        let words = Words::of(query);
        let mut candidates = Candidates::default();
        let mut seen = BTreeMap::new();
        let mut from = 0;
        for _ in 0..Self::PAGES_MAX {
            let Some(page) = self.page(query, from).await? else {
                candidates.incomplete = true;
                return Ok(candidates);
            };
            from += page.objects.len();
            let seen_before = seen.len();
            for package in page.objects.into_iter().map(|object| object.package) {
                if let (Some(name), Some(version)) =
                    (package["name"].as_str(), package["version"].as_str())
                    && name::check(name).is_ok()
                {
                    seen.insert(name.to_owned(), version.to_owned());
                    if words.are_in(name, &package) {
                        candidates
                            .versions
                            .insert(name.to_owned(), version.to_owned());
                    }
                }
            }
            if seen.len() == seen_before {
                return Ok(candidates);
            }
            if candidates.versions.len() >= Self::CANDIDATES_MAX {
                break;
            }
        }
        candidates.incomplete = true;
        Ok(candidates)
    }

    /// `None` when the registry has no search.
    async fn page(&self, query: &str, from: usize) -> Result<Option<Page>, RegistryError> {
        let ask = Ask {
            url: self.base.search(query.trim(), Self::CANDIDATES_MAX, from),
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
                    Some(manifest) => Ok(hit(name, version, manifest)),
                    None => Err(RegistryError::VersionNotFound {
                        package: name,
                        version,
                    }),
                }
            })
            .buffered(Self::SIMULTANEOUS)
    }
}

fn hit(name: String, version: String, manifest: Value) -> Option<Hit> {
    manifest["cinatra"].is_object().then(|| Hit {
        name,
        version,
        deprecated: deprecated(&manifest),
        manifest,
    })
}
