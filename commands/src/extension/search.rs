//! What the registry offers to this instance.

use cinatra_domain::extension::manifest::visibility_of;
use cinatra_domain::extension::{Kind, PackageName};
use serde_json::Value;

use super::Extensions;
use super::input::Search;
use super::output::{Offer, Offers};
use crate::Error;
use crate::gateway::registry::Hit;

/// Packages looked at before the search is cut: what this instance may not see does not count.
const SCANNED_MAX: usize = 1_000;
/// Longest texts of an offer, in characters.
const TEXT_CHARS_MAX: usize = 300;

/// Hidden packages are left out before the limit applies, so that they never displace visible ones:
/// when they leave too few, the registry is asked for more.
pub(super) async fn run(extensions: &Extensions, input: &Search) -> Result<Offers, Error> {
    let (query, limit) = input.parse()?;
    let mut wanted = limit;
    loop {
        let found = extensions.registry.search(query, wanted).await;
        let found = found.map_err(|source| Error::Registry { source })?;
        let is_all = found.hits.len() < wanted;
        let visible = found
            .hits
            .into_iter()
            .filter(|hit| is_visible(extensions, hit));
        let items: Vec<Offer> = visible.take(limit).map(offer).collect();
        let is_enough = items.len() >= limit;
        if is_enough || is_all || wanted >= SCANNED_MAX {
            return Ok(Offers {
                items,
                incomplete: found.incomplete || !(is_enough || is_all),
            });
        }
        wanted = wanted.saturating_mul(4).min(SCANNED_MAX);
    }
}

fn is_visible(extensions: &Extensions, hit: &Hit) -> bool {
    // What cannot be named cannot be installed either.
    PackageName::parse(hit.name.as_str()).is_ok_and(|name| {
        let (visibility, scope) = visibility_of(&name, &hit.manifest);
        extensions.may_see(visibility, &scope)
    })
}

fn offer(hit: Hit) -> Offer {
    let text = |pointer: &str| -> Option<String> {
        let stated = hit.manifest.pointer(pointer).and_then(Value::as_str)?;
        Some(stated.chars().take(TEXT_CHARS_MAX).collect())
    };
    Offer {
        kind: text("/cinatra/kind").as_deref().and_then(Kind::parse),
        display_name: text("/cinatra/displayName"),
        description: text("/description"),
        package_name: hit.name,
        package_version: hit.version,
        deprecated: hit.deprecated,
    }
}
