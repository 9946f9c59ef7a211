//! For whom a read model is read.

use std::sync::Arc;

use cinatra_domain::kernel::TenantId;
use uuid::Uuid;

/// The viewer: every query takes one, so no row is ever read without saying for whom.
///
/// A query sees the viewer's own ledger only. Rows of private extensions are visible to viewers whose
/// instance has the extension's scope as its namespace; without a namespace, to nobody, an
/// organization's own installs included: the rule is one for all read paths, and what one may not see
/// one could not have installed either. Packages that the viewer may not read, by their policies, are hidden in
/// the same way; who hides them has judged that before, because it is not in the rows. The audit read models are
/// not filtered: a trail with holes proves nothing, and reading it needs a permission of its own.
/// Source: spec/extensions.md 4.2, 4.3.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ViewerScope {
    tenant: TenantId,
    scope: Option<String>,
    hidden_packages: Arc<[String]>,
    hidden_skills: Arc<[Uuid]>,
}

impl ViewerScope {
    /// A viewer of one organization whose instance has no namespace.
    pub fn new(tenant: TenantId) -> Self {
        Self {
            tenant,
            scope: None,
            hidden_packages: Arc::default(),
            hidden_skills: Arc::default(),
        }
    }

    /// The same viewer on an instance with a namespace, without `@`.
    #[must_use]
    pub fn with_namespace(mut self, namespace: &str) -> Self {
        self.scope = Some(format!("@{namespace}"));
        self
    }

    /// The same viewer, to whom these packages look as if they did not exist.
    #[must_use]
    pub fn hiding(mut self, packages: impl Into<Arc<[String]>>) -> Self {
        self.hidden_packages = packages.into();
        self
    }

    /// The same viewer, to whom these skills look as if they did not exist: by their own policies, or their package's.
    #[must_use]
    pub fn hiding_skills(mut self, skills: impl Into<Arc<[Uuid]>>) -> Self {
        self.hidden_skills = skills.into();
        self
    }

    /// Whose ledger.
    pub const fn tenant(&self) -> TenantId {
        self.tenant
    }

    /// `@scope` of private extensions that the viewer sees.
    pub(crate) fn scope(&self) -> Option<&str> {
        self.scope.as_deref()
    }

    /// Skills that look to the viewer as if they did not exist.
    pub(crate) fn hidden_skills(&self) -> &[Uuid] {
        &self.hidden_skills
    }

    /// Packages that look to the viewer as if they did not exist.
    pub fn hidden_packages(&self) -> &[String] {
        &self.hidden_packages
    }
}
