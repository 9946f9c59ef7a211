//! Install and update: plan a closure, fetch it, append it at once.
//!
//! What was fetched is kept between attempts, because a version's bytes do not change; what is installed
//! is read anew in each. Everything outside the ledger is done before the append (settled.md 8, 25).

use std::collections::{BTreeMap, BTreeSet};

use cinatra_domain::extension::closure::{
    Known, Member, MemberStep, Need, Plan, Present, Step, plan,
};
use cinatra_domain::extension::{
    self as domain, Course, ExtensionCommand, Kind, Manifest, ObjectTypesDeclared, PackageName,
    Rejection, Release, Status, Version, Warning, bytes_changed, course_of_install,
    course_of_update, extension_tag, manifest, resolve_version, undeclared,
};
use cinatra_domain::kernel::{Position, Tag, TenantId};
use cinatra_eventstore::{AppendError, Condition};
use futures_util::stream::{self, StreamExt as _, TryStreamExt as _};

use super::Extensions;
use super::facts::{Basis, FRESH, State};
use super::fetch::{Packed, Served};
use super::lifecycle::{conclude, decide};
use super::output::{Admitted, PackageRef};
use super::stop::Stop;
use crate::dispatch::{Attempt, Task};
use crate::gateway::registry::VersionEntry;
use crate::{Error, Invocation};

/// Requests to the registry, or to the ledger, at the same time.
const CONCURRENCY: usize = 4;

/// Which command brings the closure in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Mode {
    Install,
    Update,
}

/// An install or update under way.
#[derive(Debug)]
pub(super) struct Admission<'a> {
    extensions: &'a Extensions,
    tenant: TenantId,
    mode: Mode,
    package: PackageName,
    requested: String,
    served: BTreeMap<PackageName, Option<Served>>,
    packed: BTreeMap<(PackageName, Version), Packed>,
}

/// What is known of the root before its closure is planned.
struct Root {
    state: State,
    manifest: Manifest,
    course: Course,
}

/// What is installed, as read in one attempt at or after one position.
struct Installed {
    at: Position,
    states: BTreeMap<PackageName, State>,
}

impl<'a> Admission<'a> {
    pub(super) fn new(
        extensions: &'a Extensions,
        invocation: &Invocation,
        mode: Mode,
        package: PackageName,
        requested: String,
    ) -> Self {
        Self {
            extensions,
            tenant: invocation.caller.tenant,
            mode,
            package,
            requested,
            served: BTreeMap::new(),
            packed: BTreeMap::new(),
        }
    }

    async fn decide(&mut self, number: u32, basis: &mut Basis) -> Result<Admitted, Stop> {
        // Order: the position is read before the states, so that a state is never older than it.
        let Some(at) = self.extensions.store.head(self.tenant).await? else {
            return Err(AppendError::UnknownLedger(self.tenant).into());
        };
        let loaded = self.extensions.load(self.tenant, &self.package, number);
        let state = loaded.await?;
        basis.write(&self.package, &state, Vec::new());
        let root = self.root(state).await?;
        if root.course == Course::Nothing {
            return self.unchanged(&root).await;
        }
        let mut installed = Installed {
            at,
            states: BTreeMap::new(),
        };
        let (plan, drift) = match self.plan(&root, &mut installed).await {
            Ok(planned) => planned,
            Err(stop) => {
                basis.conditions.extend(installed.condition(|_| true)?);
                return Err(stop);
            }
        };
        let is_kept = |name: &PackageName| {
            let mut kept = plan.with(MemberStep::Keep);
            kept.any(|member| member.name == *name)
        };
        basis.conditions.extend(installed.condition(is_kept)?);
        let mut admitted = self.apply(&root, &plan, &installed, basis).await?;
        admitted.warnings.extend(drift);
        Ok(admitted)
    }

    /// Chooses the exact version of the root and what the command comes to.
    async fn root(&mut self, state: State) -> Result<Root, Stop> {
        let package = self.package.clone();
        if self.mode == Mode::Update && state.state.status() != Some(Status::Active) {
            let is_compiled = self
                .extensions
                .is_compiled(self.tenant, &package, &state.state)
                .await;
            if is_compiled {
                return Err(compiled(&package).into());
            }
            // Neither absence nor suspension depends on the version.
            course_of_update(&state.state, package.as_str(), &self.requested)?;
        }
        self.serve(&package).await?;
        let served = self.served.get(&package).and_then(Option::as_ref);
        let served = served.ok_or_else(|| not_found(&package))?;
        let packument = &served.packument;
        if packument.unusable.contains_key(&self.requested) {
            packument.version(&self.requested)?;
        }
        let named = packument.dist_tags.get(&self.requested);
        let named = named.unwrap_or(&self.requested);
        if let Some(entry) = packument.versions.get(named)
            && self.extensions.is_private(&package, entry)
        {
            let package = package.to_string();
            return Err(Rejection::PackagePrivate { package }.into());
        }
        let version = resolve_version(&package, &self.requested, Some(&served.published))?;
        let served_manifest = &served.published.versions[&version];
        let kind = served_manifest.pointer("/cinatra/kind");
        if kind.is_some_and(|kind| kind == Kind::Connector.as_str()) {
            return Err(compiled(&package).into());
        }
        let (mut manifest, _) = manifest::parse_as(&package, &version, served_manifest)?;
        let course_of = match self.mode {
            Mode::Install => course_of_install,
            Mode::Update => course_of_update,
        };
        let course = course_of(&state.state, package.as_str(), version.as_str())?;
        if course == Course::Reactivate
            && let Some(release) = state.state.release()
        {
            manifest.dependencies.clone_from(&release.dependencies);
        }
        Ok(Root {
            state,
            manifest,
            course,
        })
    }

    /// The answer when the requested version is active already.
    async fn unchanged(&self, root: &Root) -> Result<Admitted, Stop> {
        let (extensions, package) = (self.extensions, &self.package);
        let missing = extensions.missing(self.tenant, package, &root.state);
        let warnings = self.bytes_changed(root).into_iter().chain(missing.await?);
        let mut admitted = self.admitted(root);
        admitted.already_installed = vec![reference(package, &root.manifest.version)];
        admitted.warnings.extend(warnings);
        Ok(admitted)
    }

    fn admitted(&self, root: &Root) -> Admitted {
        let old = root.state.state.release();
        let is_replaced = old.filter(|old| old.version != root.manifest.version.as_str());
        Admitted {
            success: true,
            package_name: self.package.to_string(),
            package_version: root.manifest.version.to_string(),
            from_version: is_replaced.map(|old| old.version.clone()),
            installed: Vec::new(),
            already_installed: Vec::new(),
            restored: Vec::new(),
            warnings: Vec::new(),
        }
    }

    fn bytes_changed(&self, root: &Root) -> Option<Warning> {
        let installed = root.state.state.release()?;
        let served = self.served.get(&self.package)?.as_ref()?;
        let entry = served.packument.versions.get(&installed.version)?;
        bytes_changed(installed, entry.integrity.as_deref()?)
    }

    /// Plans until no fact is missing and every tarball was taken at its own word.
    async fn plan(
        &mut self,
        root: &Root,
        installed: &mut Installed,
    ) -> Result<(Plan, Vec<Warning>), Stop> {
        let mut known = Known::default();
        loop {
            let packed = self.packed.iter();
            known.packed = packed
                .map(|(key, p)| (key.clone(), p.manifest.clone()))
                .collect();
            let key = (self.package.clone(), root.manifest.version.clone());
            let manifest = match known.packed.get(&key) {
                Some(packed) if root.course != Course::Reactivate => packed,
                Some(_) | None => &root.manifest,
            };
            match plan(manifest, &known)? {
                Step::Need(need) => self.look_up(need, &mut known, installed).await?,
                Step::Ready(plan) => {
                    let is_new = self.fetch(root, &plan).await?;
                    let drift = self.drift(&plan);
                    // Tarballs that arrived just now may need other packages than the registry said.
                    if !is_new || drift.is_empty() {
                        return Ok((plan, drift));
                    }
                }
            }
        }
    }

    /// Members whose tarball says otherwise than the registry said of it. The tarball is what counts.
    fn drift(&self, plan: &Plan) -> Vec<Warning> {
        let drifted = |member: &Member| {
            let packed = self
                .packed
                .get(&(member.name.clone(), member.version.clone()))?;
            let served = self.served.get(&member.name)?.as_ref()?;
            let served = manifest::parse(served.published.versions.get(&member.version)?).ok();
            let is_same = served.is_some_and(|(served, _)| {
                served.kind == packed.manifest.kind
                    && served.dependencies == packed.manifest.dependencies
            });
            let message = "the registry's manifest differs from the one inside the tarball";
            (!is_same).then(|| Warning::new("MANIFEST_DRIFT", member.name.as_str(), message))
        };
        plan.members.iter().filter_map(drifted).collect()
    }

    /// Answers what the planner asked for.
    async fn look_up(
        &mut self,
        need: Need,
        known: &mut Known,
        installed: &mut Installed,
    ) -> Result<(), Stop> {
        let (extensions, tenant) = (self.extensions, self.tenant);
        let states: Vec<(PackageName, State)> = stream::iter(need.installed)
            .map(|name| async move {
                let state = extensions.load_cold(tenant, &name).await?;
                Ok::<_, Stop>((name, state))
            })
            .buffered(CONCURRENCY)
            .try_collect()
            .await?;
        for (name, state) in states {
            known.installed.insert(name.clone(), present(&state));
            installed.states.insert(name, state);
        }
        let unasked: BTreeSet<PackageName> = need
            .published
            .iter()
            .filter(|name| !self.served.contains_key(*name))
            .cloned()
            .collect();
        let served: Vec<(PackageName, Option<Served>)> = stream::iter(unasked)
            .map(|name| async move {
                let served = extensions.served(&name).await?;
                Ok::<_, Stop>((name, served))
            })
            .buffered(CONCURRENCY)
            .try_collect()
            .await?;
        self.served.extend(served);
        for name in need.published {
            let served = self.served.get(&name).cloned().flatten();
            known
                .published
                .insert(name, served.map(|served| served.published));
        }
        Ok(())
    }

    async fn serve(&mut self, package: &PackageName) -> Result<(), Stop> {
        if !self.served.contains_key(package) {
            let served = self.extensions.served(package).await?;
            self.served.insert(package.clone(), served);
        }
        Ok(())
    }

    /// Fetches every member that is not here yet; answers whether there was one.
    async fn fetch(&mut self, root: &Root, plan: &Plan) -> Result<bool, Stop> {
        let mut missing: Vec<(PackageName, Version, VersionEntry)> = Vec::new();
        for member in &plan.members {
            let is_fetched = match member.step {
                MemberStep::Root => root.course != Course::Reactivate,
                MemberStep::Install => true,
                MemberStep::Restore | MemberStep::Keep => false,
            };
            let key = (member.name.clone(), member.version.clone());
            if is_fetched && !self.packed.contains_key(&key) {
                let served = self.served.get(&member.name).and_then(Option::as_ref);
                let served = served.ok_or_else(|| not_found(&member.name))?;
                let entry = served.packument.version(member.version.as_str())?;
                missing.push((key.0, key.1, entry.clone()));
            }
        }
        let (extensions, tenant) = (self.extensions, self.tenant);
        let packed: Vec<_> = stream::iter(missing)
            .map(|(name, version, entry)| async move {
                let packed = extensions.fetch(tenant, &name, &version, &entry).await?;
                Ok::<_, Stop>(((name, version), packed))
            })
            .buffered(CONCURRENCY)
            .try_collect()
            .await?;
        let is_new = !packed.is_empty();
        self.packed.extend(packed);
        Ok(is_new)
    }

    /// Lets every member decide, dependencies first.
    async fn apply(
        &self,
        root: &Root,
        plan: &Plan,
        installed: &Installed,
        basis: &mut Basis,
    ) -> Result<Admitted, Stop> {
        let mut admitted = self.admitted(root);
        for member in &plan.members {
            let this = reference(&member.name, &member.version);
            match member.step {
                MemberStep::Keep => admitted.already_installed.push(this),
                MemberStep::Restore => {
                    let command = ExtensionCommand::Restore(domain::Restore {
                        package: member.name.clone(),
                        is_compiled: false,
                    });
                    decide(basis, &member.name, installed.state(&member.name)?, command)?;
                    admitted.restored.push(this);
                }
                MemberStep::Install => {
                    let packed = self.packed(member)?;
                    let release = self.extensions.release(packed, member);
                    let command = ExtensionCommand::Install(domain::Install {
                        release: release.clone(),
                        skills: packed.skills.clone(),
                        object_types: packed.object_types.clone(),
                        required_by: Some(self.package.clone()),
                        dependents: Vec::new(),
                    });
                    decide(basis, &member.name, installed.state(&member.name)?, command)?;
                    self.take_down(member, &release, packed, basis).await?;
                    admitted.warnings.extend(packed.warnings.iter().cloned());
                    admitted.installed.push(this);
                }
                MemberStep::Root => {
                    let warnings = self.apply_root(root, member, basis).await?;
                    admitted.warnings.extend(warnings);
                    match root.course {
                        Course::Fresh => admitted.installed.push(this),
                        Course::Reactivate => admitted.restored.push(this),
                        Course::Nothing | Course::Replace => {}
                    }
                }
            }
        }
        admitted.warnings.extend(plan.warnings.iter().cloned());
        admitted.warnings.extend(self.undeclared(plan, installed));
        Ok(admitted)
    }

    /// Agents of the closure that bring forth objects of types which no artifact of it declares.
    fn undeclared(&self, plan: &Plan, installed: &Installed) -> Vec<Warning> {
        let key = |member: &Member| (member.name.clone(), member.version.clone());
        let packed = |member: &Member| self.packed.get(&key(member));
        let mut declared = BTreeSet::new();
        for member in &plan.members {
            if let Some(packed) = packed(member) {
                let is_artifact = packed.manifest.kind == Kind::Artifact;
                let types = packed.object_types.types.iter().filter(|_| is_artifact);
                declared.extend(types.map(|each| each.object_type.as_str()));
            } else if let Some(kept) = installed.states.get(&member.name)
                && let Some(kept) = kept.state.installation()
                && kept.release.kind == Kind::Artifact
            {
                declared.extend(kept.object_types.iter().map(String::as_str));
            }
        }
        let agents = plan.members.iter().filter_map(|member| {
            let packed = packed(member).filter(|packed| packed.manifest.kind == Kind::Agent)?;
            undeclared(&member.name, &packed.object_types.types, &declared)
        });
        agents.collect()
    }

    /// Lets the root decide, knowing who depends on it. Answers what to warn of.
    async fn apply_root(
        &self,
        root: &Root,
        member: &Member,
        basis: &mut Basis,
    ) -> Result<Vec<Warning>, Stop> {
        let (extensions, package) = (self.extensions, &self.package);
        let pinned = root.state.state.release();
        let pinned = pinned.filter(|_| root.course == Course::Reactivate);
        // What comes back as it was keeps the lists of what it brings: nothing is fetched and nothing is said.
        let (release, (skills, object_types), mut warnings) = if let Some(release) = pinned {
            let changed = self.bytes_changed(root);
            let nothing = (Vec::new(), ObjectTypesDeclared::default());
            (release.clone(), nothing, changed.into_iter().collect())
        } else {
            let packed = self.packed(member)?;
            let release = extensions.release(packed, member);
            let brought = (packed.skills.clone(), packed.object_types.clone());
            (release, brought, packed.warnings.clone())
        };
        let dependents = extensions
            .dependents(self.tenant, package, FRESH, basis)
            .await?;
        if root.course == Course::Fresh {
            warnings.extend(unsatisfied(&release, &member.version, &dependents));
        }
        let command = match self.mode {
            Mode::Install => ExtensionCommand::Install(domain::Install {
                release: release.clone(),
                skills,
                object_types,
                required_by: None,
                dependents,
            }),
            Mode::Update => ExtensionCommand::Update(domain::Update {
                release: release.clone(),
                skills,
                object_types,
                dependents,
            }),
        };
        decide(basis, package, &root.state, command)?;
        if root.course != Course::Reactivate {
            let packed = self.packed(member)?;
            self.take_down(member, &release, packed, basis).await?;
        }
        Ok(warnings)
    }

    /// What runs is taken down with its install. What comes back as it was is what was taken down before.
    async fn take_down(
        &self,
        member: &Member,
        release: &Release,
        packed: &Packed,
        basis: &mut Basis,
    ) -> Result<(), Stop> {
        let Some(flow) = &packed.flow else {
            return Ok(());
        };
        let of = (&member.version, release);
        let taken = self
            .extensions
            .take_down(self.tenant, &member.name, of, flow, basis);
        taken.await
    }

    fn packed(&self, member: &Member) -> Result<&Packed, Stop> {
        let key = (member.name.clone(), member.version.clone());
        self.packed.get(&key).ok_or_else(|| not_found(&member.name))
    }
}

impl Task for Admission<'_> {
    type Output = Admitted;

    async fn attempt(&mut self, number: u32) -> Result<Attempt<Admitted>, Error> {
        let mut basis = Basis::default();
        let answer = self.decide(number, &mut basis).await;
        conclude(basis, Vec::new(), answer)
    }
}

impl Installed {
    fn state(&self, package: &PackageName) -> Result<&State, Stop> {
        self.states.get(package).ok_or_else(|| not_found(package))
    }

    /// "None of these packages has changed since", unless there are none.
    fn condition(
        &self,
        is_relied_on: impl Fn(&PackageName) -> bool,
    ) -> Result<Option<Condition>, Stop> {
        let relied_on = self.states.keys().filter(|name| is_relied_on(name));
        let tags: Result<Vec<Tag>, _> = relied_on.map(extension_tag).collect();
        let tags = tags?;
        Ok((!tags.is_empty()).then_some(Condition {
            tags,
            after: self.at,
            proof: None,
        }))
    }
}

fn present(state: &State) -> Option<Present> {
    let release = state.state.release()?;
    Some(Present {
        kind: release.kind,
        version: Version::parse(release.version.as_str()).ok()?,
        status: state.state.status()?,
        dependencies: release.dependencies.clone(),
    })
}

/// Tells when a package that comes back does not satisfy what still depends on it.
fn unsatisfied(
    release: &Release,
    version: &Version,
    dependents: &[domain::Dependent],
) -> Option<Warning> {
    let names: Vec<String> = dependents
        .iter()
        .filter(|dependent| dependent.status == Status::Active && !dependent.admits(version))
        .map(|dependent| dependent.package_name.clone())
        .collect();
    let package = release.origin.package_name.as_str();
    (!names.is_empty()).then(|| {
        let message = format!("{version} is not what these need: {}", names.join(", "));
        Warning::new("DEPENDENTS_UNSATISFIED", package, message).about(names)
    })
}

fn reference(package: &PackageName, version: &Version) -> PackageRef {
    PackageRef {
        package_name: package.to_string(),
        package_version: version.to_string(),
    }
}

fn compiled(package: &PackageName) -> Rejection {
    Rejection::ConnectorWorkspaceCompiled {
        package: package.to_string(),
    }
}

fn not_found(package: &PackageName) -> Stop {
    let package = package.to_string();
    Rejection::PackageNotFound { package }.into()
}
