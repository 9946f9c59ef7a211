//! From a published version to verified bytes in the blob store and a release for the ledger.

use cinatra_domain::extension::closure::{Member, Published};
use cinatra_domain::extension::conformance::{self, Files};
use cinatra_domain::extension::manifest::{self, InvalidManifest, visibility_of};
use cinatra_domain::extension::{
    IndexedSkill, Kind, Manifest, ObjectTypesDeclared, Origin, PackageName, Release, Version,
    Visibility, Warning, index_object_types, index_skills,
};
use cinatra_domain::kernel::TenantId;
use sha2::{Digest as _, Sha256};

use super::Extensions;
use super::flow::{FLOW, Flow, too_large};
use super::stop::Stop;
use crate::gateway::archive::Archive;
use crate::gateway::registry::{Packument, RegistryError, VersionEntry};

/// A package as it lies in the blob store.
#[derive(Clone, Debug)]
pub(super) struct Packed {
    /// The manifest inside the tarball.
    pub(super) manifest: Manifest,
    /// What was accepted though it does not conform.
    pub(super) warnings: Vec<Warning>,
    /// The skills that it brings.
    pub(super) skills: Vec<IndexedSkill>,
    /// The object types that it brings.
    pub(super) object_types: ObjectTypesDeclared,
    /// What runs of it pin; absent for what does not run.
    pub(super) flow: Option<Flow>,
    integrity: String,
    content_sha256: String,
    manifest_sha256: String,
}

/// What the registry serves of one package, as this instance sees it.
#[derive(Clone, Debug)]
pub(super) struct Served {
    pub(super) packument: Packument,
    pub(super) published: Published,
}

impl Extensions {
    /// Asks the registry for a package; `None` when it does not have it.
    pub(super) async fn served(&self, package: &PackageName) -> Result<Option<Served>, Stop> {
        match self.registry.packument(package.as_str()).await {
            Ok(packument) => {
                let published = self.published(package, &packument);
                Ok(Some(Served {
                    packument,
                    published,
                }))
            }
            Err(RegistryError::PackageNotFound { .. }) => Ok(None),
            Err(error) => Err(error.into()),
        }
    }

    /// Versions that this instance may see. One that is no exact version cannot be installed.
    fn published(&self, package: &PackageName, packument: &Packument) -> Published {
        let versions = packument.versions.values().filter_map(|entry| {
            let version = Version::parse(entry.version.as_str()).ok()?;
            let (visibility, scope) = visibility_of(package, &entry.manifest);
            let is_visible = self.may_see(visibility, &scope);
            is_visible.then(|| (version, entry.manifest.clone()))
        });
        Published {
            dist_tags: packument.dist_tags.clone(),
            versions: versions.collect(),
        }
    }

    /// Fetches one version, compares its bytes with what was announced, reads it within bounds, and
    /// stores it. Nothing of it is kept when any of that fails.
    pub(super) async fn fetch(
        &self,
        tenant: TenantId,
        package: &PackageName,
        version: &Version,
        entry: &VersionEntry,
    ) -> Result<Packed, Stop> {
        let tarball = self.registry.tarball(entry).await?;
        let archive = Archive::unpack(tarball.bytes.clone())
            .await
            .map_err(|error| Stop::archive(&error, package.as_str(), version.as_str()))?;
        let Some(bytes) = archive.file(Archive::MANIFEST) else {
            let reason = format!("{package}@{version} contains none");
            return Err(InvalidManifest::Unreadable { reason }.into());
        };
        let (manifest, mut warnings) = manifest::parse_bytes(bytes)?;
        manifest.must_be(package, version)?;
        let files = Files::new(
            archive.entries().iter().map(|entry| entry.path.as_str()),
            archive.files().map(|(path, content)| (path, &content[..])),
        );
        warnings.extend(conformance::inspect(&manifest, &files)?);
        let sha256 = |bytes: &[u8]| hex(&Sha256::digest(bytes));
        let index = index_skills(package, &files, sha256);
        warnings.extend(index.warnings);
        let manifest_sha256 = sha256(bytes);
        let flow = archive.file(FLOW).filter(|_| manifest.kind == Kind::Agent);
        let (flow, produced) = match flow {
            Some(flow) => {
                let compiled = self.compile(tenant, &manifest, flow).await?;
                warnings.extend(compiled.warnings);
                (compiled.flow, compiled.produced)
            }
            None if manifest.kind == Kind::Agent && archive.contains(FLOW) => {
                // It is larger than any file of a package that is read.
                warnings.push(too_large(package.as_str()));
                (None, Vec::new())
            }
            None => (None, Vec::new()),
        };
        let types = index_object_types(&manifest, produced);
        warnings.extend(types.warnings);
        let content_sha256 = self.blobs.put(tenant, tarball.bytes).await?;
        Ok(Packed {
            manifest,
            warnings,
            skills: index.skills,
            object_types: types.declared,
            flow,
            integrity: tarball.integrity,
            content_sha256,
            manifest_sha256,
        })
    }

    /// What the ledger records of a fetched member.
    pub(super) fn release(&self, packed: &Packed, member: &Member) -> Release {
        let manifest = &packed.manifest;
        let mut warnings: Vec<String> = packed.warnings.iter().map(|w| w.code.clone()).collect();
        warnings.sort();
        warnings.dedup();
        Release {
            kind: manifest.kind,
            version: manifest.version.to_string(),
            display_name: manifest.display_name.clone(),
            description: manifest.description.clone(),
            origin: Origin {
                package_name: manifest.name.to_string(),
                version: manifest.version.to_string(),
                scope: manifest.scope.clone(),
                destination_id: None,
                registry_url: self.registry.url_of(manifest.name.as_str()).to_owned(),
                visibility: manifest.visibility,
            },
            integrity: packed.integrity.clone(),
            content_sha256: packed.content_sha256.clone(),
            manifest_sha256: packed.manifest_sha256.clone(),
            dependencies: member.dependencies.clone(),
            warnings,
        }
    }

    /// Whether every visible trace of a package is hidden from this instance.
    pub(super) fn is_private(&self, package: &PackageName, entry: &VersionEntry) -> bool {
        let (visibility, scope) = visibility_of(package, &entry.manifest);
        visibility == Visibility::Private && !self.may_see(visibility, &scope)
    }
}

pub(super) fn hex(bytes: &[u8]) -> String {
    use std::fmt::Write as _;
    bytes.iter().fold(String::new(), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}
