//! Changes to what is installed. None of them needs the registry.

use cinatra_domain::extension::{
    self as domain, Extension, ExtensionCommand, ExtensionEvent, ExtensionState, PackageName,
    References, Status, Version, Warning, tags_of,
};
use cinatra_domain::kernel::{Decider as _, TenantId};
use cinatra_eventstore::{NewEvent, SideRow};

use super::Extensions;
use super::facts::{Basis, State};
use super::output::{
    Archived, DanglingDependent, DanglingReferences, ForceDeleted, KeptBecause, RemovalOutcome,
    Restored, Uninstalled,
};
use super::stop::Stop;
use crate::dispatch::{Attempt, Task};
use crate::{Error, Invocation};

/// Ends an attempt: whatever was decided stands on the basis that was gathered.
pub(super) fn conclude<T>(
    basis: Basis,
    side: Vec<SideRow>,
    answer: Result<T, Stop>,
) -> Result<Attempt<T>, Error> {
    let Basis {
        mut streams,
        conditions,
    } = basis;
    let answer = match answer {
        Ok(output) => Ok(output),
        Err(Stop::Rejected(body)) => {
            // All or nothing: what members decided before another was refused does not happen.
            for stream in &mut streams {
                stream.events.clear();
            }
            Err(*body)
        }
        Err(Stop::Failed(error)) => return Err(error),
    };
    Ok(Attempt {
        streams,
        conditions,
        side,
        answer,
    })
}

/// Decides, and puts the events with their tags on the basis. Answers the events.
pub(super) fn decide(
    basis: &mut Basis,
    package: &PackageName,
    state: &State,
    command: ExtensionCommand,
) -> Result<Vec<ExtensionEvent>, Stop> {
    let events = Extension::decide(&state.state, command)?;
    let mut before = ExtensionState::clone(&state.state);
    let mut encoded = Vec::with_capacity(events.len());
    for event in &events {
        let tags = tags_of(package, &before, event)?;
        let encoding = NewEvent::encode(event, tags);
        encoded.push(encoding.map_err(|source| Stop::unwritable(source, package))?);
        before = Extension::evolve(before, event)
            .map_err(|source| Stop::Failed(Error::Undecidable { source }))?;
    }
    basis.write(package, state, encoded);
    basis.leads_to(package, before);
    Ok(events)
}

/// Uninstalls.
#[derive(Debug)]
pub(super) struct Removal<'a> {
    extensions: &'a Extensions,
    tenant: TenantId,
    package: PackageName,
    version: Version,
}

/// Archives.
#[derive(Debug)]
pub(super) struct Archival<'a> {
    extensions: &'a Extensions,
    tenant: TenantId,
    package: PackageName,
    version: Version,
}

/// Restores.
#[derive(Debug)]
pub(super) struct Restoration<'a> {
    extensions: &'a Extensions,
    tenant: TenantId,
    package: PackageName,
}

/// Destroys.
#[derive(Debug)]
pub(super) struct ForceDeletion<'a> {
    pub(super) extensions: &'a Extensions,
    pub(super) tenant: TenantId,
    pub(super) package: PackageName,
    pub(super) version: Version,
    pub(super) confirm_destructive: bool,
    pub(super) reason: Option<String>,
}

impl<'a> Removal<'a> {
    pub(super) fn new(
        extensions: &'a Extensions,
        invocation: &Invocation,
        package: PackageName,
        version: Version,
    ) -> Self {
        Self {
            extensions,
            tenant: invocation.caller.tenant,
            package,
            version,
        }
    }

    async fn decide(&self, number: u32, basis: &mut Basis) -> Result<Uninstalled, Stop> {
        let Self {
            extensions,
            tenant,
            package,
            version,
        } = self;
        let state = extensions.load(*tenant, package, number).await?;
        basis.write(package, &state, Vec::new());
        let is_compiled = extensions.is_compiled(*tenant, package, &state.state).await;
        let references = extensions
            .references(*tenant, package, number, basis)
            .await?;
        let kept_because = if references.dependents.is_empty() {
            KeptBecause::Used
        } else {
            KeptBecause::ArchivedDependent
        };
        let command = ExtensionCommand::Uninstall(domain::Uninstall {
            package: package.clone(),
            version: version.clone(),
            references,
            is_compiled,
        });
        let events = decide(basis, package, &state, command)?;
        let is_gone = matches!(events.as_slice(), [ExtensionEvent::Uninstalled(_)]);
        if is_gone {
            extensions
                .delete_permissions(*tenant, package, basis)
                .await?;
            extensions.forget_template(*tenant, package, basis).await?;
        }
        Ok(Uninstalled {
            success: true,
            package_name: package.to_string(),
            package_version: version.to_string(),
            outcome: if is_gone {
                RemovalOutcome::Deleted
            } else {
                RemovalOutcome::Archived
            },
            reason: (!is_gone).then_some(kept_because),
        })
    }
}

impl Task for Removal<'_> {
    type Output = Uninstalled;

    async fn attempt(&mut self, number: u32) -> Result<Attempt<Uninstalled>, Error> {
        let mut basis = Basis::default();
        let answer = self.decide(number, &mut basis).await;
        conclude(basis, Vec::new(), answer)
    }
}

impl<'a> Archival<'a> {
    pub(super) fn new(
        extensions: &'a Extensions,
        invocation: &Invocation,
        package: PackageName,
        version: Version,
    ) -> Self {
        Self {
            extensions,
            tenant: invocation.caller.tenant,
            package,
            version,
        }
    }

    async fn decide(&self, number: u32, basis: &mut Basis) -> Result<Archived, Stop> {
        let Self {
            extensions,
            tenant,
            package,
            version,
        } = self;
        let state = extensions.load(*tenant, package, number).await?;
        basis.write(package, &state, Vec::new());
        let is_compiled = extensions.is_compiled(*tenant, package, &state.state).await;
        let command = ExtensionCommand::Archive(domain::Archive {
            package: package.clone(),
            version: version.clone(),
            is_compiled,
        });
        decide(basis, package, &state, command)?;
        // Dependents are for the admin to know; the condition keeps what is known of them true.
        let dependents = extensions
            .dependents(*tenant, package, number, basis)
            .await?;
        let active: Vec<String> = dependents
            .into_iter()
            .filter(|dependent| dependent.status == Status::Active)
            .map(|dependent| dependent.package_name)
            .collect();
        let mut warnings = Vec::new();
        if !active.is_empty() {
            let message = format!("active extensions depend on it: {}", active.join(", "));
            let warning = Warning::new("ACTIVE_DEPENDENTS", package.as_str(), message);
            warnings.push(warning.about(active));
        }
        Ok(Archived {
            success: true,
            package_name: package.to_string(),
            package_version: version.to_string(),
            status: Status::Archived,
            warnings,
        })
    }
}

impl Task for Archival<'_> {
    type Output = Archived;

    async fn attempt(&mut self, number: u32) -> Result<Attempt<Archived>, Error> {
        let mut basis = Basis::default();
        let answer = self.decide(number, &mut basis).await;
        conclude(basis, Vec::new(), answer)
    }
}

impl<'a> Restoration<'a> {
    pub(super) fn new(
        extensions: &'a Extensions,
        invocation: &Invocation,
        package: PackageName,
    ) -> Self {
        Self {
            extensions,
            tenant: invocation.caller.tenant,
            package,
        }
    }

    async fn decide(&self, number: u32, basis: &mut Basis) -> Result<Restored, Stop> {
        let Self {
            extensions,
            tenant,
            package,
        } = self;
        let state = extensions.load(*tenant, package, number).await?;
        basis.write(package, &state, Vec::new());
        let is_compiled = extensions.is_compiled(*tenant, package, &state.state).await;
        let command = ExtensionCommand::Restore(domain::Restore {
            package: package.clone(),
            is_compiled,
        });
        decide(basis, package, &state, command)?;
        let missing = extensions.missing(*tenant, package, &state).await?;
        let release = state.state.release();
        Ok(Restored {
            success: true,
            package_name: package.to_string(),
            package_version: release.map(|release| release.version.clone()),
            warnings: missing.into_iter().collect(),
        })
    }
}

impl Task for Restoration<'_> {
    type Output = Restored;

    async fn attempt(&mut self, number: u32) -> Result<Attempt<Restored>, Error> {
        let mut basis = Basis::default();
        let answer = self.decide(number, &mut basis).await;
        conclude(basis, Vec::new(), answer)
    }
}

impl ForceDeletion<'_> {
    async fn decide(
        &self,
        number: u32,
        basis: &mut Basis,
        side: &mut Vec<SideRow>,
    ) -> Result<ForceDeleted, Stop> {
        let (tenant, package) = (self.tenant, &self.package);
        let state = self.extensions.load(tenant, package, number).await?;
        basis.write(package, &state, Vec::new());
        let is_compiled = self
            .extensions
            .is_compiled(tenant, package, &state.state)
            .await;
        let references: References = self
            .extensions
            .references(tenant, package, number, basis)
            .await?;
        let (reason, row) = self
            .reason
            .as_ref()
            .map(|reason| SideRow::content(reason.clone().into_bytes()))
            .unzip();
        let command = ExtensionCommand::ForceDelete(domain::ForceDelete {
            package: package.clone(),
            version: self.version.clone(),
            confirm_destructive: self.confirm_destructive,
            reason,
            references: references.clone(),
            is_compiled,
        });
        decide(basis, package, &state, command)?;
        self.extensions
            .delete_permissions(tenant, package, basis)
            .await?;
        self.extensions
            .delete_runs(tenant, package, basis, side)
            .await?;
        side.extend(row);
        let dependent_extensions = references
            .dependents
            .into_iter()
            .map(|dependent| DanglingDependent {
                package_name: dependent.package_name,
                package_version: dependent.version,
                status: dependent.status,
            })
            .collect();
        Ok(ForceDeleted {
            success: true,
            package_name: package.to_string(),
            package_version: self.version.to_string(),
            dangling_references: DanglingReferences {
                dependent_extensions,
                uses: references.uses,
            },
        })
    }
}

impl Task for ForceDeletion<'_> {
    type Output = ForceDeleted;

    async fn attempt(&mut self, number: u32) -> Result<Attempt<ForceDeleted>, Error> {
        let (mut basis, mut side) = (Basis::default(), Vec::new());
        let answer = self.decide(number, &mut basis, &mut side).await;
        conclude(basis, side, answer)
    }
}
