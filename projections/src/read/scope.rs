//! For whom a read model is read.

use cinatra_domain::kernel::TenantId;

/// The viewer: every query takes one, so no row is ever read without saying for whom.
///
/// A query sees the viewer's own ledger only. Rows of private extensions are visible to viewers whose
/// instance has the extension's scope as its namespace; without a namespace, to nobody, an
/// organization's own installs included: the rule is one for all read paths, and what one may not see
/// one could not have installed either. The audit read models are not filtered: a trail with holes
/// proves nothing, and reading it needs a permission of its own.
/// Source: spec/extensions.md 4.2, 4.3.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ViewerScope {
    tenant: TenantId,
    scope: Option<String>,
}

impl ViewerScope {
    /// A viewer of one organization whose instance has no namespace.
    pub const fn new(tenant: TenantId) -> Self {
        Self {
            tenant,
            scope: None,
        }
    }

    /// The same viewer on an instance with a namespace, without `@`.
    #[must_use]
    pub fn with_namespace(mut self, namespace: &str) -> Self {
        self.scope = Some(format!("@{namespace}"));
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
}
