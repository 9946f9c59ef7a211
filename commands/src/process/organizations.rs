//! A registered organization gets its ledger, its beginning and its first owner.

use cinatra_domain::instance::{self, Instance, InstanceEvent};
use cinatra_domain::kernel::{TenantId, UserId};
use cinatra_domain::organization::{self, Organization, OrganizationCommand};
use cinatra_eventstore::{ReadError, Recorded};

use super::{Processes, Taken};
use crate::Error;
use crate::dispatch::{self, Resource};
use crate::draft::{self, Deciding, Draft, FRESH};

impl Processes {
    pub(super) async fn follow_instance(&self, recorded: &Recorded) -> Result<(), Error> {
        let event = recorded.decode::<InstanceEvent>();
        let event = event.map_err(|source| ReadError::Decode {
            tenant: recorded.tenant,
            position: recorded.position,
            source,
        })?;
        match event {
            Some(InstanceEvent::OrganizationRegistered(registered)) => {
                let organization = registered.organization_id;
                let contents = [registered.name.id];
                let contents = self.store.contents(TenantId::SYSTEM, &contents).await?;
                let name = contents
                    .get(&registered.name.id)
                    .cloned()
                    .unwrap_or_default();
                self.begin(recorded, organization, &registered.slug, &name)
                    .await?;
                match registered.owner {
                    Some(owner) => self.own(recorded, organization, owner).await,
                    None => Ok(()),
                }
            }
            Some(InstanceEvent::AdministratorAppointed(appointed)) => {
                let system = TenantId::SYSTEM;
                let instance = draft::load::<Instance>(&self.store, system, instance::SELF, FRESH);
                let instance = instance.await?;
                match instance.state.running() {
                    Some(it) => {
                        let organization = it.default_organization_id;
                        self.own(recorded, organization, appointed.user_id).await
                    }
                    None => Ok(()),
                }
            }
            Some(
                InstanceEvent::Initialized(_)
                | InstanceEvent::NamespaceChosen(_)
                | InstanceEvent::NamespaceFrozen(_)
                | InstanceEvent::NamespaceRenamed(_),
            )
            | None => Ok(()),
        }
    }

    /// The ledger exists and says what the organization is called.
    async fn begin(
        &self,
        cause: &Recorded,
        organization_id: TenantId,
        slug: &str,
        name: &[u8],
    ) -> Result<(), Error> {
        self.store.create_ledger(organization_id).await?;
        let name = String::from_utf8_lossy(name);
        let (this, name) = (self, name.as_ref());
        let task = Deciding(move |number| async move {
            let mut draft = Draft::default();
            let answer = async {
                let id = organization::SELF;
                let state =
                    draft::load::<Organization>(&this.store, organization_id, id, number).await?;
                let create = OrganizationCommand::Create {
                    organization_id,
                    slug: slug.to_owned(),
                    name: draft.content(name),
                };
                draft.decide::<Organization>(id, &state, create, organization::tags_of)?;
                Ok(())
            }
            .await;
            draft.conclude(answer)
        });
        self.take(cause, organization_id, "organizations_begin", task)
            .await
            .map(drop)
    }

    /// The first owner belongs to it; the membership's own step tells the person.
    async fn own(
        &self,
        cause: &Recorded,
        organization_id: TenantId,
        owner: UserId,
    ) -> Result<(), Error> {
        let this = self;
        let task = Deciding(move |number| async move {
            let mut draft = Draft::default();
            let answer = async {
                let id = organization::SELF;
                let state =
                    draft::load::<Organization>(&this.store, organization_id, id, number).await?;
                let own = OrganizationCommand::AddFirstOwner(owner);
                draft.decide::<Organization>(id, &state, own, organization::tags_of)?;
                Ok(())
            }
            .await;
            draft.conclude(answer)
        });
        self.take(cause, organization_id, "organizations_own", task)
            .await?;
        self.authorities.touch(organization_id);
        Box::pin(self.catch_up(organization_id)).await
    }

    pub(super) async fn take<T>(
        &self,
        cause: &Recorded,
        ledger: TenantId,
        primitive: &'static str,
        task: T,
    ) -> Result<Taken, Error>
    where
        T: dispatch::Task,
    {
        let resource = Resource {
            kind: "process",
            id: Some(cause.event_id.0.to_string()),
        };
        let invocation = super::invocation(ledger, cause, primitive)?;
        match dispatch::run(&self.store, &self.turns, &invocation, &resource, task).await {
            Ok(_) => Ok(Taken::Done),
            // What the rules refuse once they refuse for ever: it is on record, and the next step is taken.
            Err(Error::Rejected { body, .. }) => {
                tracing::warn!(
                    code = %body.code,
                    primitive,
                    "a step of a process was refused"
                );
                Ok(Taken::Refused(body.code))
            }
            Err(error) => Err(error),
        }
    }
}
