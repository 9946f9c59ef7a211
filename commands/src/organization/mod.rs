//! Commands about an organization: members, invitations, teams, further roles, service accounts.
//!
//! All of them append to the organization's own ledger, mostly to its one stream. `members.rs` also revokes, in the
//! same append, what a removed member was granted on projects and resources (`departure.rs`); `invitations.rs` mails
//! secrets by rows that commit with the event.

pub(crate) mod departure;
mod input;
mod invitations;
mod members;
mod output;
mod roles;
mod service_accounts;
mod teams;

use cinatra_domain::kernel::{InvalidId, Tag, TenantId};
use cinatra_domain::organization::{
    Organization, OrganizationCommand, OrganizationEvent, OrganizationRole, OrganizationState,
    SELF, tags_of,
};
use cinatra_eventstore::{EventStore, Loaded, SideRow};

use crate::credential::Fingerprints;
use crate::dispatch::{self, Resource, Task};
use crate::draft::{self, Deciding, Draft};
use crate::process::Processes;
use crate::stop::Stop;
use crate::turns::Turns;
use crate::{Authorities, Done, Error, Invocation, Users};

pub use input::{
    AcceptInvitation, CreateServiceAccount, CreateTeam, GrantRole, InviteMember, NamedInvitation,
    NamedMember, NamedScope, NamedServiceAccount, NamedTeam, NamedTeamMember, RevokeRole,
    TeamMember, UpdateMemberRole, UpdateOrganization, UpdateTeam,
};
pub use output::{
    InvitationAccepted, MemberInvited, OrganizationChanged, ServiceAccountSecret, TeamCreated,
};

/// How the audit names what a command is about, as the catalogue does.
const ORGANIZATION: &str = "organization";
const MEMBER: &str = "member";
const INVITATION: &str = "invitation";
const TEAM: &str = "team";
const ROLE_GRANT: &str = "role_grant";
const SERVICE_ACCOUNT: &str = "service_account";

/// Commands about organizations. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Organizations {
    store: EventStore,
    users: Users,
    authorities: Authorities,
    fingerprints: Fingerprints,
    processes: Processes,
    turns: Turns,
}

impl Organizations {
    /// Over what keeps persons.
    pub fn new(users: Users) -> Self {
        Self {
            store: users.store.clone(),
            authorities: users.authorities.clone(),
            fingerprints: users.fingerprints.clone(),
            processes: users.processes.clone(),
            turns: Turns::default(),
            users,
        }
    }

    /// Calls the organization otherwise.
    pub async fn update(
        &self,
        invocation: &Invocation,
        input: &UpdateOrganization,
    ) -> Result<Done<OrganizationChanged>, Error> {
        let name = input::label("name", &input.name)?;
        let name = &name;
        let rename = move |draft: &mut Draft, _: &Loaded<OrganizationState>| {
            Ok(OrganizationCommand::Rename(draft.content(name.as_str())))
        };
        let id = invocation.caller.tenant;
        self.change(invocation, about(ORGANIZATION, &id), rename)
            .await
    }

    async fn load(
        &self,
        tenant: TenantId,
        attempt: u32,
    ) -> Result<Loaded<OrganizationState>, Stop> {
        Ok(draft::load::<Organization>(&self.store, tenant, SELF, attempt).await?)
    }

    /// A command to the organization's stream alone: what it is may depend on where the stream stands.
    async fn change(
        &self,
        invocation: &Invocation,
        about: Resource,
        command: impl Fn(&mut Draft, &Loaded<OrganizationState>) -> Result<OrganizationCommand, Stop>
        + Send
        + Sync,
    ) -> Result<Done<OrganizationChanged>, Error> {
        self.change_with(invocation, about, Vec::new(), command)
            .await
    }

    /// The same with rows that commit when it has an effect.
    async fn change_with(
        &self,
        invocation: &Invocation,
        about: Resource,
        rows: Vec<SideRow>,
        command: impl Fn(&mut Draft, &Loaded<OrganizationState>) -> Result<OrganizationCommand, Stop>
        + Send
        + Sync,
    ) -> Result<Done<OrganizationChanged>, Error> {
        let tenant = invocation.caller.tenant;
        let (this, command, rows) = (self, &command, &rows);
        let task = Deciding(move |number| async move {
            let mut draft = Draft::default();
            let answer = async {
                let state = this.load(tenant, number).await?;
                let command = command(&mut draft, &state)?;
                let (events, _) = draft.decide::<Organization>(SELF, &state, command, tags_of)?;
                for row in rows {
                    draft.beside(row.clone());
                }
                Ok(OrganizationChanged {
                    success: true,
                    changed: !events.is_empty(),
                })
            }
            .await;
            draft.conclude(answer)
        });
        self.run(invocation, about, task).await
    }

    async fn run<T: Task>(
        &self,
        invocation: &Invocation,
        about: Resource,
        task: T,
    ) -> Result<Done<T::Output>, Error> {
        dispatch::run(&self.store, &self.turns, invocation, &about, task).await
    }
}

/// What a command is about: the audit tells it whatever became of the command.
fn about(kind: &'static str, id: &impl ToString) -> Resource {
    Resource {
        kind,
        id: Some(id.to_string()),
    }
}

/// What who asks is in the organization. Whoever was allowed without belonging to it acts in the owner's place.
fn rank(invocation: &Invocation, state: &OrganizationState) -> OrganizationRole {
    let user = invocation.caller.actor.user_id();
    let role = user.and_then(|user| state.role_of(user));
    role.unwrap_or(OrganizationRole::Owner)
}

/// Tags of an event, and the one that claims an invited address for its fingerprint.
fn tags_with_address(
    event: &OrganizationEvent,
    address: Option<&Tag>,
) -> Result<Vec<Tag>, InvalidId> {
    let mut tags = tags_of(event)?;
    if let OrganizationEvent::InvitationSent(_) = event {
        tags.extend(address.cloned());
    }
    Ok(tags)
}
