//! An agent's flow, compiled while its package is fetched: what new runs will pin, and what is to be known of it.
//!
//! What does not compile is installed nevertheless, with a warning for each finding, and no run of it starts
//! (settled.md 22). Source: spec/runs.md 4.4, 12.3.

use bytes::Bytes;
use cinatra_domain::extension::{DeclaredType, Manifest, PackageName, Release, Version, Warning};
use cinatra_domain::kernel::{SnapshotId, TenantId};
use cinatra_domain::template::oas::{self, Finding, ObjectType, Severity};
use cinatra_domain::template::{self, TakeSnapshot, Template, TemplateCommand};
use sha2::{Digest as _, Sha256};

use super::Extensions;
use super::facts::{Basis, FRESH};
use super::fetch::hex;
use super::stop::Stop;
use crate::draft::{self, Draft};
use crate::mint;

/// Where an agent keeps its flow.
pub(super) const FLOW: &str = "cinatra/oas.json";
/// Most findings that an install tells of one flow; starting a run tells them all.
const FINDINGS_TOLD: usize = 100;
/// Keeps an agent from running.
const NOT_RUNNABLE: &str = "AGENT_NOT_RUNNABLE";
/// It runs, and somebody should know.
const REMARKED: &str = "AGENT_FLOW_REMARKED";

/// A flow that compiles.
#[derive(Clone, Debug)]
pub(super) struct Flow {
    oas_sha256: String,
    plan_digest: String,
}

/// What came of compiling a flow.
#[derive(Debug, Default)]
pub(super) struct Compiled {
    /// What runs pin; absent for what does not compile.
    pub(super) flow: Option<Flow>,
    /// The types of objects that it brings forth.
    pub(super) produced: Vec<DeclaredType>,
    /// What is to be known of it.
    pub(super) warnings: Vec<Warning>,
}

impl Compiled {
    fn refused(warnings: Vec<Warning>) -> Self {
        Self {
            warnings,
            ..Self::default()
        }
    }
}

impl Extensions {
    /// Compiles a flow, off the threads that answer requests, and stores it.
    pub(super) async fn compile(
        &self,
        tenant: TenantId,
        manifest: &Manifest,
        bytes: &[u8],
    ) -> Result<Compiled, Stop> {
        let (flow, owner) = (Bytes::copy_from_slice(bytes), manifest.clone());
        let compiling = tokio::task::spawn_blocking(move || {
            let compiled = oas::compile(&flow, &oas::Package::from(&owner));
            compiled.map(|it| (it.digest, it.produced_types, it.findings))
        });
        let name = manifest.name.as_str();
        let (plan_digest, produced, findings) = match compiling.await {
            Ok(Ok(compiled)) => compiled,
            Ok(Err(refused)) => {
                let warnings = told(NOT_RUNNABLE, name, &refused.findings);
                return Ok(Compiled::refused(warnings));
            }
            Err(_) => {
                let warning = Warning::new(NOT_RUNNABLE, name, "the flow cannot be compiled");
                return Ok(Compiled::refused(vec![warning]));
            }
        };
        let flow = Flow {
            oas_sha256: hex(&Sha256::digest(bytes)),
            plan_digest,
        };
        // Order: the flow is on disk before an event refers to it; one that no event refers to is legal.
        self.blobs
            .put(tenant, Bytes::copy_from_slice(bytes))
            .await?;
        Ok(Compiled {
            flow: Some(flow),
            produced: produced.into_iter().map(brought_forth).collect(),
            warnings: told(REMARKED, name, &findings),
        })
    }

    /// Takes down what becomes installed, in the same append, so that runs can pin it.
    pub(super) async fn take_down(
        &self,
        tenant: TenantId,
        package: &PackageName,
        (version, release): (&Version, &Release),
        flow: &Flow,
        basis: &mut Basis,
    ) -> Result<(), Stop> {
        let id = package.as_str();
        let loaded = draft::load::<Template>(&self.store, tenant, id, FRESH).await?;
        let take = TemplateCommand::TakeSnapshot(TakeSnapshot {
            snapshot_id: SnapshotId(mint::id()),
            version: version.clone(),
            content_sha256: release.content_sha256.clone(),
            manifest_sha256: release.manifest_sha256.clone(),
            oas_sha256: flow.oas_sha256.clone(),
            plan_digest: flow.plan_digest.clone(),
        });
        let mut draft = Draft::default();
        let tags = |event: &_| template::tags_of(package, event);
        draft.decide::<Template>(id, &loaded, take, tags)?;
        basis.streams.extend(draft.into_streams());
        Ok(())
    }

    /// What was taken down of an agent that nobody used goes with it.
    pub(super) async fn forget_template(
        &self,
        tenant: TenantId,
        package: &PackageName,
        basis: &mut Basis,
    ) -> Result<(), Stop> {
        let id = package.as_str();
        let loaded = draft::load::<Template>(&self.store, tenant, id, FRESH).await?;
        let mut draft = Draft::default();
        let tags = |event: &_| template::tags_of(package, event);
        draft.decide::<Template>(id, &loaded, TemplateCommand::Purge, tags)?;
        basis.streams.extend(draft.into_streams());
        Ok(())
    }
}

fn brought_forth(stated: ObjectType) -> DeclaredType {
    DeclaredType {
        object_type: stated.object_type,
        display_name: stated.display_name,
        category: stated.category,
        canonical_keys: stated.canonical_keys,
        identity_key: stated.identity_key,
        ..DeclaredType::default()
    }
}

/// Of a flow that is too large to be read.
pub(super) fn too_large(package: &str) -> Warning {
    let finding = Finding::too_large();
    let message = format!("{}: {}", finding.code, finding.message);
    Warning::new(NOT_RUNNABLE, package, message)
}

/// Findings as an install tells them; suggestions are for authors.
fn told(code: &str, package: &str, findings: &[Finding]) -> Vec<Warning> {
    let weighty = findings
        .iter()
        .filter(|finding| finding.severity != Severity::Suggestion);
    let warning = |finding: &Finding| {
        let message = format!("{}: {} ({})", finding.code, finding.message, finding.path);
        Warning::new(code, package, message)
    };
    weighty.take(FINDINGS_TOLD).map(warning).collect()
}
