//! From what a caller names to an exact version.

use super::closure::Published;
use super::{PackageName, Rejection, Version};

/// Most versions that a refusal lists.
const VERSIONS_LISTED_MAX: usize = 20;

/// The exact version behind a version or tag. A version that is absent is never replaced by another;
/// `latest` without a tag of that name is the greatest release.
pub fn resolve_version(
    package: &PackageName,
    requested: &str,
    published: Option<&Published>,
) -> Result<Version, Rejection> {
    let Some(published) = published else {
        return Err(Rejection::PackageNotFound {
            package: package.to_string(),
        });
    };
    let exact = |text: &str| {
        let version = Version::parse(text).ok()?;
        let found = published.versions.get_key_value(&version);
        found.map(|(version, _)| version.clone())
    };
    let tagged = || published.dist_tags.get(requested).and_then(|to| exact(to));
    let greatest = || {
        let all = || published.versions.keys();
        let greatest = all().filter(|v| !v.is_prerelease()).max();
        greatest.or_else(|| all().max()).cloned()
    };
    exact(requested)
        .or_else(tagged)
        .or_else(|| (requested == "latest").then(greatest).flatten())
        .ok_or_else(|| Rejection::VersionNotFound {
            package: package.to_string(),
            requested: requested.to_owned(),
            available: published
                .versions
                .keys()
                .rev()
                .take(VERSIONS_LISTED_MAX)
                .map(ToString::to_string)
                .collect(),
        })
}
