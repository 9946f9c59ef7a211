//! Commands about the instance: its beginning, its namespace, its organizations.
//!
//! All of them append to the system ledger; an organization's own ledger follows by a process manager (ADR-0005).

mod input;
mod output;

use std::path::PathBuf;
use std::sync::Arc;

use cinatra_domain::instance::{
    Instance, InstanceCommand, InstanceEvent, InstanceState, Namespace, RegisterOrganization, SELF,
    Slug, tags_of,
};
use cinatra_domain::kernel::{Label, TenantId};
use cinatra_eventstore::{EventStore, Loaded};

use crate::dispatch::{self, Resource};
use crate::draft::{self, Deciding, Draft, FRESH};
use crate::process::Processes;
use crate::turns::Turns;
use crate::{Done, Error, Invocation, mint};

pub use input::{ChooseNamespace, CreateOrganization, RenameNamespace};
pub use output::{InstanceShown, NamespaceSet, OrganizationCreated};

/// Slug of the organization that an instance begins with.
const DEFAULT_SLUG: &str = "default";
/// What it is called until somebody says otherwise.
const DEFAULT_NAME: &str = "Default organization";

/// Commands about the instance. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Instances {
    store: EventStore,
    processes: Processes,
    turns: Turns,
    /// File with the reserved namespaces that this instance may have, one a line.
    approved: Option<Arc<PathBuf>>,
}

impl Instances {
    /// Over a store.
    pub fn new(store: EventStore, processes: Processes, approved: Option<PathBuf>) -> Self {
        Self {
            store,
            processes,
            turns: Turns::default(),
            approved: approved.map(Arc::new),
        }
    }

    /// Where the instance stands, as the ledger says now.
    pub async fn state(&self) -> Result<Arc<InstanceState>, Error> {
        Ok(self.load(FRESH).await?.state)
    }

    async fn load(&self, attempt: u32) -> Result<Loaded<InstanceState>, Error> {
        let system = TenantId::SYSTEM;
        Ok(draft::load::<Instance>(&self.store, system, SELF, attempt).await?)
    }

    /// Lets the instance begin with one organization; nothing happens when it did. The caller holds the migration
    /// lock. Answers the default organization.
    pub async fn begin(
        &self,
        invocation: &Invocation,
        organization: TenantId,
    ) -> Result<TenantId, Error> {
        self.store.create_ledger(TenantId::SYSTEM).await?;
        let this = self;
        let instance_id = mint::id();
        let task = Deciding(move |number| async move {
            let mut draft = Draft::default();
            let answer = async {
                let state = this.load(number).await?;
                let initialize = InstanceCommand::Initialize {
                    instance_id,
                    default_organization_id: organization,
                };
                let (_, state) = draft.decide::<Instance>(SELF, &state, initialize, tags_of)?;
                let registered = state.state.running();
                if registered.is_some_and(|it| it.organizations.is_empty()) {
                    let slug = Slug::parse(DEFAULT_SLUG);
                    let register = InstanceCommand::RegisterOrganization(RegisterOrganization {
                        organization_id: organization,
                        slug: slug.map_err(|invalid| Error::invalid("slug", invalid.reason))?,
                        name: draft.content(DEFAULT_NAME),
                        owner: None,
                    });
                    draft.decide::<Instance>(SELF, &state, register, tags_of)?;
                }
                Ok(())
            }
            .await;
            draft.conclude(answer)
        });
        self.run(invocation, task).await?;
        self.processes.catch_up(TenantId::SYSTEM).await?;
        let state = self.state().await?;
        Ok(state
            .running()
            .map_or(organization, |it| it.default_organization_id))
    }

    /// Gives the instance its name.
    pub async fn choose_namespace(
        &self,
        invocation: &Invocation,
        input: &ChooseNamespace,
    ) -> Result<Done<NamespaceSet>, Error> {
        let namespace = self.parse(&input.namespace)?;
        self.name(invocation, InstanceCommand::ChooseNamespace(namespace))
            .await
    }

    /// Gives the instance another name, deliberately.
    pub async fn rename_namespace(
        &self,
        invocation: &Invocation,
        input: &RenameNamespace,
    ) -> Result<Done<NamespaceSet>, Error> {
        if !input.confirm_rename {
            return Err(Error::invalid("confirmRename", "is not true"));
        }
        let namespace = self.parse(&input.namespace)?;
        self.name(invocation, InstanceCommand::RenameNamespace(namespace))
            .await
    }

    fn parse(&self, text: &str) -> Result<Namespace, Error> {
        let approved = match &self.approved {
            Some(path) => std::fs::read_to_string(path.as_path()).unwrap_or_default(),
            None => String::new(),
        };
        let approved: Vec<String> = approved
            .lines()
            .map(|line| line.trim().to_owned())
            .collect();
        let parsed = Namespace::parse_approved(text, &approved);
        parsed.map_err(|invalid| Error::invalid("namespace", invalid.to_string()))
    }

    async fn name(
        &self,
        invocation: &Invocation,
        command: InstanceCommand,
    ) -> Result<Done<NamespaceSet>, Error> {
        let (this, command) = (self, &command);
        let task = Deciding(move |number| async move {
            let mut draft = Draft::default();
            let answer = async {
                let state = this.load(number).await?;
                let decided = draft.decide::<Instance>(SELF, &state, command.clone(), tags_of)?;
                let (events, after) = decided;
                let namespace = after.state.running().and_then(|it| it.namespace.clone());
                Ok(NamespaceSet {
                    success: true,
                    namespace: namespace.unwrap_or_default(),
                    changed: !events.is_empty(),
                })
            }
            .await;
            draft.conclude(answer)
        });
        self.run(invocation, task).await
    }

    /// Lets an organization be, with the caller as its first owner.
    pub async fn create_organization(
        &self,
        invocation: &Invocation,
        input: &CreateOrganization,
    ) -> Result<Done<OrganizationCreated>, Error> {
        let (slug, name) = input.parse()?;
        // Without an owner nobody could ever come in.
        let owner = invocation.caller.actor.user_id();
        let owner = Some(owner.ok_or(Error::SessionRequired)?);
        let (this, organization_id) = (self, TenantId::new(mint::id()));
        let (slug, name): (&Slug, &Label) = (&slug, &name);
        let task = Deciding(move |number| async move {
            let mut draft = Draft::default();
            let answer = async {
                let state = this.load(number).await?;
                let register = InstanceCommand::RegisterOrganization(RegisterOrganization {
                    organization_id,
                    slug: slug.clone(),
                    name: draft.content(name.as_str()),
                    owner,
                });
                let (events, _) = draft.decide::<Instance>(SELF, &state, register, tags_of)?;
                let registered = events.iter().find_map(|event| match event {
                    InstanceEvent::OrganizationRegistered(it) => Some(it.organization_id),
                    InstanceEvent::Initialized(_)
                    | InstanceEvent::AdministratorAppointed(_)
                    | InstanceEvent::NamespaceChosen(_)
                    | InstanceEvent::NamespaceFrozen(_)
                    | InstanceEvent::NamespaceRenamed(_) => None,
                });
                Ok(OrganizationCreated {
                    success: true,
                    organization_id: registered.unwrap_or(organization_id).to_string(),
                    slug: slug.as_str().to_owned(),
                })
            }
            .await;
            draft.conclude(answer)
        });
        let about = Resource {
            kind: "organization",
            id: Some(organization_id.to_string()),
        };
        let done = self.run_about(invocation, &about, task).await?;
        // Order: the organization is registered whatever happens now; its ledger follows at the latest in a second.
        self.processes.catch_up_soon(TenantId::SYSTEM).await;
        Ok(done)
    }

    /// What callers may know of the instance.
    pub async fn show(&self) -> Result<InstanceShown, Error> {
        let state = self.state().await?;
        let running = state.running();
        Ok(InstanceShown {
            namespace: running.and_then(|it| it.namespace.clone()),
            namespace_frozen: running.is_some_and(|it| it.is_namespace_frozen),
            former_namespaces: running.map_or_else(Vec::new, |it| it.former_namespaces.clone()),
            has_administrator: running.is_some_and(|it| it.administrator.is_some()),
        })
    }

    async fn run<T: dispatch::Task>(
        &self,
        invocation: &Invocation,
        task: T,
    ) -> Result<Done<T::Output>, Error> {
        let resource = Resource {
            kind: "instance",
            id: None,
        };
        self.run_about(invocation, &resource, task).await
    }

    async fn run_about<T: dispatch::Task>(
        &self,
        invocation: &Invocation,
        resource: &Resource,
        task: T,
    ) -> Result<Done<T::Output>, Error> {
        let invocation = invocation.in_ledger(TenantId::SYSTEM);
        dispatch::run(&self.store, &self.turns, &invocation, resource, task).await
    }
}
