//! What callers send about the access to resources, and how it becomes values of the domain.

use cinatra_domain::permission::{Policy, Resource, ResourceKind, Visibility};
use schemars::JsonSchema;
use serde::Deserialize;

use crate::Error;

/// A resource.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct NamedResource {
    /// Of which kind.
    pub resource_kind: ResourceKind,
    /// Which.
    #[schemars(length(max = 36))]
    pub resource_id: String,
}

/// A co-owner of a resource.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct CoOwner {
    /// Of which kind.
    pub resource_kind: ResourceKind,
    /// Which.
    #[schemars(length(max = 36))]
    pub resource_id: String,
    /// Who.
    #[schemars(length(max = 36))]
    pub user_id: String,
}

/// Say anew what those may do who are neither owner nor co-owner. Each value is `owner`, `org`, `org:<id>`, `team:<id>`,
/// `project:<id>`, `workspace` or `admin`; what is absent falls through to a skill's package, or the default.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct SetPolicy {
    /// Of which kind.
    pub resource_kind: ResourceKind,
    /// Which.
    #[schemars(length(max = 36))]
    pub resource_id: String,
    /// Who may look.
    #[schemars(length(max = 64))]
    pub read: Option<String>,
    /// Who may use it.
    #[schemars(length(max = 64))]
    pub execute: Option<String>,
    /// Who may hand it on.
    #[schemars(length(max = 64))]
    pub share: Option<String>,
}

/// What is to be done with a resource.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Deed {
    /// Look at it.
    Read,
    /// Use it.
    Execute,
    /// Hand it on.
    Share,
    /// Say who may use it.
    Manage,
}

/// May the caller do that?
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct CheckAccess {
    /// Of which kind.
    pub resource_kind: ResourceKind,
    /// Which.
    #[schemars(length(max = 36))]
    pub resource_id: String,
    /// What is to be done.
    pub operation: Deed,
}

/// A resource, as callers write it.
pub fn resource(kind: ResourceKind, id: &str) -> Result<Resource, Error> {
    let parsed = id.parse();
    let id = parsed.map_err(|_| Error::invalid("resourceId", "is not a UUID"))?;
    Ok(Resource { kind, id })
}

impl SetPolicy {
    pub(super) fn policy(&self) -> Result<Policy, Error> {
        Ok(Policy {
            read: visibility("read", self.read.as_deref())?,
            execute: visibility("execute", self.execute.as_deref())?,
            share: visibility("share", self.share.as_deref())?,
        })
    }
}

fn visibility(field: &'static str, text: Option<&str>) -> Result<Option<Visibility>, Error> {
    let parsed = text
        .map(|text| Visibility::try_from(text.to_owned()))
        .transpose();
    parsed.map_err(|invalid| Error::invalid(field, format!("is {invalid}")))
}
