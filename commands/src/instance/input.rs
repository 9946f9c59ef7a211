//! What callers send about the instance, and how it becomes values of the domain.

use cinatra_domain::instance::Slug;
use cinatra_domain::kernel::Label;
use schemars::JsonSchema;
use serde::Deserialize;

use crate::Error;
use crate::hidden::hidden;

/// Choose the name that the instance publishes under.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ChooseNamespace {
    /// An npm scope without `@`: 2 to 39 lower-case letters, digits and `-`.
    #[schemars(length(max = 100))]
    pub namespace: String,
}

/// Give the instance another name.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct RenameNamespace {
    /// An npm scope without `@`: 2 to 39 lower-case letters, digits and `-`.
    #[schemars(length(max = 100))]
    pub namespace: String,
    /// Must be true: packages that were published keep the former scope.
    pub confirm_rename: bool,
}

/// Let an organization be.
#[derive(Clone, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct CreateOrganization {
    /// What it is called.
    #[schemars(length(min = 1, max = 255))]
    pub name: String,
    /// Its short name, unique on the instance.
    #[schemars(length(max = 60), regex(pattern = Slug::PATTERN))]
    pub slug: String,
}

impl CreateOrganization {
    pub(super) fn parse(&self) -> Result<(Slug, Label), Error> {
        let slug = Slug::parse(self.slug.as_str());
        let slug = slug.map_err(|invalid| Error::invalid("slug", invalid.reason))?;
        let name = Label::parse(&self.name);
        let name = name.map_err(|invalid| Error::invalid("name", invalid.reason))?;
        Ok((slug, name))
    }
}

hidden!(CreateOrganization);
