//! Commands about extensions: install, update, uninstall, archive, restore, force-delete; and search.
//!
//! `admit.rs` plans and fetches a whole closure and appends it at once; `lifecycle.rs` changes what is
//! installed; `facts.rs` reads what other streams say and names the conditions under which it stays true.
//! Commands on what is installed work while the registry is down.

mod admit;
mod facts;
mod fetch;
mod flow;
mod input;
mod known;
mod lifecycle;
mod output;
mod search;
mod stop;

use std::sync::Arc;

use cinatra_domain::extension::{PackageName, Visibility};
use cinatra_domain::kernel::TenantId;
use cinatra_domain::secret::SecretName;
use cinatra_eventstore::EventStore;

use crate::dispatch::{self, Resource, Task};
use crate::gateway::blobs::Blobs;
use crate::gateway::registry::Registry;
use crate::turns::Turns;
use crate::{Authorities, Done, Error, Instances, Invocation, Secrets};

use admit::{Admission, Mode};
use lifecycle::{Archival, ForceDeletion, Removal, Restoration};

pub use input::{ForceDelete, Package, PackageVersion, Search};
pub use output::{
    Admitted, Archived, DanglingDependent, DanglingReferences, ForceDeleted, KeptBecause, Offer,
    Offers, PackageRef, RemovalOutcome, Restored, Uninstalled,
};

/// Name of the secret with which an organization reads the registry; without it,
/// `CINATRA_REGISTRY_TOKEN` counts.
const READ_TOKEN: &str = "registry.default.read-token";

/// Commands about extensions. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Extensions {
    store: EventStore,
    registry: Arc<dyn Registry>,
    blobs: Blobs,
    secrets: Secrets,
    dependents: known::KnownDependents,
    turns: Turns,
    instances: Instances,
    authorities: Authorities,
    /// `@scope` of this instance, as of the call; `None` sees what is public only.
    viewer_scope: Option<String>,
}

impl Extensions {
    /// Over a store, a registry, the place for tarballs, what organizations keep secret, what the instance is called,
    /// and who may do what with what is installed.
    pub fn new(
        store: EventStore,
        registry: Arc<dyn Registry>,
        blobs: Blobs,
        secrets: Secrets,
        instances: Instances,
        authorities: Authorities,
    ) -> Self {
        Self {
            store,
            registry,
            blobs,
            secrets,
            dependents: known::KnownDependents::default(),
            turns: Turns::default(),
            instances,
            authorities,
            viewer_scope: None,
        }
    }

    /// Makes a package and everything it needs available, or nothing.
    pub async fn install(
        &self,
        invocation: &Invocation,
        input: &PackageVersion,
    ) -> Result<Done<Admitted>, Error> {
        let (package, requested) = input.parse_requested()?;
        let own = self.credentialed(invocation.caller.tenant).await?;
        let admission = Admission::new(&own, invocation, Mode::Install, package.clone(), requested);
        self.run(invocation, &package, admission).await
    }

    /// Replaces the active version by a newer one, with everything that one needs.
    pub async fn update(
        &self,
        invocation: &Invocation,
        input: &PackageVersion,
    ) -> Result<Done<Admitted>, Error> {
        let (package, requested) = input.parse_requested()?;
        let own = self.credentialed(invocation.caller.tenant).await?;
        let admission = Admission::new(&own, invocation, Mode::Update, package.clone(), requested);
        self.run(invocation, &package, admission).await
    }

    /// Removes a package, or archives it where it was used or something archived needs it.
    pub async fn uninstall(
        &self,
        invocation: &Invocation,
        input: &PackageVersion,
    ) -> Result<Done<Uninstalled>, Error> {
        let (package, version) = input.parse_exact()?;
        let removal = Removal::new(self, invocation, package.clone(), version);
        self.run(invocation, &package, removal).await
    }

    /// Suspends a package and keeps everything of it.
    pub async fn archive(
        &self,
        invocation: &Invocation,
        input: &PackageVersion,
    ) -> Result<Done<Archived>, Error> {
        let (package, version) = input.parse_exact()?;
        let archival = Archival::new(self, invocation, package.clone(), version);
        self.run(invocation, &package, archival).await
    }

    /// Makes an archived package available again at its version, without the registry.
    pub async fn restore(
        &self,
        invocation: &Invocation,
        input: &Package,
    ) -> Result<Done<Restored>, Error> {
        let package = input.parse()?;
        let restoration = Restoration::new(self, invocation, package.clone());
        self.run(invocation, &package, restoration).await
    }

    /// Destroys a package whatever refers to it.
    pub async fn force_delete(
        &self,
        invocation: &Invocation,
        input: &ForceDelete,
    ) -> Result<Done<ForceDeleted>, Error> {
        let (package, version, reason) = input.parse()?;
        let deletion = ForceDeletion {
            extensions: self,
            tenant: invocation.caller.tenant,
            package: package.clone(),
            version,
            confirm_destructive: input.confirm_destructive,
            reason,
        };
        self.run(invocation, &package, deletion).await
    }

    /// What the registry offers to this instance, asked with the organization's credential.
    pub async fn search(&self, tenant: TenantId, input: &Search) -> Result<Offers, Error> {
        search::run(&self.credentialed(tenant).await?, input).await
    }

    /// The same with the organization's own credential for the registry, if it keeps one, and with the scope that the
    /// instance has now.
    async fn credentialed(&self, tenant: TenantId) -> Result<Self, Error> {
        let mut own = self.clone();
        let name = SecretName::parse(READ_TOKEN)
            .map_err(|invalid| Error::invalid("name", invalid.reason))?;
        if let Some(token) = self.secrets.reveal(tenant, &name).await? {
            let registry = self.registry.with_token(&token);
            own.registry = registry.map_err(|source| Error::Registry { source })?;
        }
        let instance = self.instances.state().await?;
        let namespace = instance.running().and_then(|it| it.namespace.as_deref());
        own.viewer_scope = namespace.map(|namespace| format!("@{namespace}"));
        Ok(own)
    }

    async fn run<T: Task>(
        &self,
        invocation: &Invocation,
        package: &PackageName,
        task: T,
    ) -> Result<Done<T::Output>, Error> {
        let resource = Resource {
            kind: "extension",
            id: Some(package.to_string()),
        };
        dispatch::run(&self.store, &self.turns, invocation, &resource, task).await
    }

    /// Whether this instance may see a package of a visibility and scope.
    fn may_see(&self, visibility: Visibility, scope: &str) -> bool {
        visibility == Visibility::Public || self.viewer_scope.as_deref() == Some(scope)
    }
}
