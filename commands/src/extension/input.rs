//! What callers send, and how it becomes values of the domain.
//!
//! Every text is bounded by its schema and again here, for callers that come without one.

use cinatra_domain::extension::{PackageName, Version};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::Error;

/// Longest reason, in characters.
const REASON_CHARS_MAX: usize = 2000;
/// Longest search text, in characters.
const QUERY_CHARS_MAX: usize = 200;
/// Most hits of a search.
const SEARCH_LIMIT_MAX: u32 = 200;
/// Hits of a search that does not say.
const SEARCH_LIMIT: u32 = 20;

/// A package at a version or tag.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct PackageVersion {
    /// Scoped package name, for example `@acme/mail-agent`.
    #[schemars(length(max = 214), regex(pattern = PackageName::PATTERN))]
    pub package_name: String,
    /// Exact version; to install or update also a tag of the registry, for example `latest`.
    #[schemars(length(min = 1, max = 256))]
    pub package_version: String,
}

/// A package.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Package {
    /// Scoped package name, for example `@acme/mail-agent`.
    #[schemars(length(max = 214), regex(pattern = PackageName::PATTERN))]
    pub package_name: String,
}

/// A package to destroy.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ForceDelete {
    /// Scoped package name, for example `@acme/mail-agent`.
    #[schemars(length(max = 214), regex(pattern = PackageName::PATTERN))]
    pub package_name: String,
    /// Exact installed version.
    #[schemars(length(min = 1, max = 256))]
    pub package_version: String,
    /// Must be true.
    #[schemars(extend("const" = true))]
    pub confirm_destructive: bool,
    /// Why, for the audit.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 2000))]
    pub reason: Option<String>,
}

/// A search of the registry.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Search {
    /// Words that all have to occur; everything when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 200))]
    pub query: Option<String>,
    /// Most packages to answer with; 20 when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 1, max = 200))]
    pub limit: Option<u32>,
}

impl PackageVersion {
    /// For commands that fetch: the version may be a tag.
    pub(super) fn parse_requested(&self) -> Result<(PackageName, String), Error> {
        let package = package_name(&self.package_name)?;
        let requested = self.package_version.as_str();
        let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || b"._+-".contains(&byte);
        if requested.is_empty() || requested.len() > Version::BYTES_MAX {
            return Err(Error::invalid(
                VERSION,
                "has no or more than 256 characters",
            ));
        }
        if !requested.bytes().all(is_plain) {
            return Err(Error::invalid(VERSION, "is neither a version nor a tag"));
        }
        Ok((package, requested.to_owned()))
    }

    /// For commands on what is installed: the version is exact.
    pub(super) fn parse_exact(&self) -> Result<(PackageName, Version), Error> {
        let package = package_name(&self.package_name)?;
        Ok((package, exact_version(&self.package_version)?))
    }
}

impl Package {
    pub(super) fn parse(&self) -> Result<PackageName, Error> {
        package_name(&self.package_name)
    }
}

impl ForceDelete {
    pub(super) fn parse(&self) -> Result<(PackageName, Version, Option<String>), Error> {
        let package = package_name(&self.package_name)?;
        let version = exact_version(&self.package_version)?;
        let reason = self.reason.as_deref().map(str::trim);
        let reason = reason.filter(|reason| !reason.is_empty());
        if reason.is_some_and(|reason| reason.chars().count() > REASON_CHARS_MAX) {
            return Err(Error::invalid("reason", "has more than 2000 characters"));
        }
        Ok((package, version, reason.map(str::to_owned)))
    }
}

impl Search {
    pub(super) fn parse(&self) -> Result<(&str, usize), Error> {
        let query = self.query.as_deref().unwrap_or_default();
        if query.chars().count() > QUERY_CHARS_MAX {
            return Err(Error::invalid("query", "has more than 200 characters"));
        }
        let limit = self.limit.unwrap_or(SEARCH_LIMIT);
        if !(1..=SEARCH_LIMIT_MAX).contains(&limit) {
            return Err(Error::invalid("limit", "is not within 1 and 200"));
        }
        Ok((query, usize::try_from(limit).unwrap_or(usize::MAX)))
    }
}

const VERSION: &str = "packageVersion";

fn package_name(text: &str) -> Result<PackageName, Error> {
    PackageName::parse(text).map_err(|invalid| Error::invalid("packageName", invalid.reason))
}

fn exact_version(text: &str) -> Result<Version, Error> {
    Version::parse(text).map_err(|_| Error::invalid(VERSION, "is not an exact version"))
}

#[cfg(test)]
mod tests {
    use cinatra_domain::kernel::Coded as _;
    use serde_json::json;

    use super::*;

    fn version(name: &str, version: &str) -> PackageVersion {
        PackageVersion {
            package_name: name.to_owned(),
            package_version: version.to_owned(),
        }
    }

    fn field(error: &Error) -> serde_json::Value {
        assert_eq!(error.code(), "INVALID_INPUT");
        error.details()["field"].clone()
    }

    #[test]
    fn a_tag_is_a_version_only_to_commands_that_fetch() {
        let latest = version("@acme/a-agent", "latest");
        assert_eq!(latest.parse_requested().unwrap().1, "latest");
        assert_eq!(field(&latest.parse_exact().unwrap_err()), "packageVersion");
    }

    #[test]
    fn a_bad_field_is_named() {
        for text in ["", "a b", "^1.0.0", "../1", "1.0.0\n", &"1".repeat(257)] {
            let bad = version("@acme/a-agent", text);
            assert_eq!(field(&bad.parse_requested().unwrap_err()), "packageVersion");
        }
        let bad = version("acme", "1.0.0");
        assert_eq!(field(&bad.parse_requested().unwrap_err()), "packageName");
        assert_eq!(field(&bad.parse_exact().unwrap_err()), "packageName");
        let search = Search {
            query: Some("x".repeat(201)),
            limit: None,
        };
        assert_eq!(field(&search.parse().unwrap_err()), "query");
        let search = Search {
            query: None,
            limit: Some(0),
        };
        assert_eq!(field(&search.parse().unwrap_err()), "limit");
    }

    #[test]
    fn a_reason_is_bounded_and_an_empty_one_is_none() {
        let with = |reason: &str| ForceDelete {
            package_name: "@acme/a-agent".to_owned(),
            package_version: "1.0.0".to_owned(),
            confirm_destructive: true,
            reason: Some(reason.to_owned()),
        };
        assert_eq!(with("  ").parse().unwrap().2, None);
        assert_eq!(with(" why ").parse().unwrap().2.as_deref(), Some("why"));
        assert_eq!(
            field(&with(&"x".repeat(2001)).parse().unwrap_err()),
            "reason"
        );
    }

    #[test]
    fn unknown_fields_are_refused() {
        let input = json!({ "packageName": "@a/b", "packageVersion": "1.0.0", "force": true });
        assert!(serde_json::from_value::<PackageVersion>(input).is_err());
    }
}
