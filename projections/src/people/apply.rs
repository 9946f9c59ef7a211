//! How events become persons and memberships.

use cinatra_domain::Fact;
use cinatra_domain::kernel::{TenantId, UserId};
use cinatra_domain::organization::{OrganizationEvent, OrganizationRole};
use cinatra_domain::user::{PlatformRole, UserEvent, UserType};
use cinatra_eventstore::Recorded;
use jiff::Timestamp;
use serde::Serialize;
use uuid::Uuid;

use crate::net::{Merge, Rows, replace};
use crate::{Delivered, OnPoison, Poison, Projection, WriteError, Writer};

const DELETE_MEMBERSHIPS: &str = include_str!("sql/delete_memberships.sql");
const INSERT_MEMBERSHIPS: &str = include_str!("sql/insert_memberships.sql");
const UPDATE_MEMBERSHIPS: &str = include_str!("sql/update_memberships.sql");
const INSERT_PEOPLE: &str = include_str!("sql/insert_people.sql");
const UPDATE_PEOPLE: &str = include_str!("sql/update_people.sql");

/// Writer of the people.
#[derive(Debug)]
pub struct People;

/// Net effect of a run of events.
#[derive(Debug, Default)]
pub struct Batch {
    people: Rows<PersonKey, Person>,
    memberships: Rows<MembershipKey, Membership>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
struct PersonKey {
    user_id: UserId,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
struct MembershipKey {
    tenant_id: TenantId,
    user_id: UserId,
}

/// Name and e-mail by the keys of their contents: the texts never are in this process.
#[derive(Debug, Default, Serialize)]
struct Person {
    user_type: Option<UserType>,
    name_id: Option<Uuid>,
    email_id: Option<Uuid>,
    is_email_verified: Option<bool>,
    platform_role: Option<PlatformRole>,
    is_banned: Option<bool>,
    registered_at: Option<Timestamp>,
    erased_at: Option<Timestamp>,
}

#[derive(Debug, Default, Serialize)]
struct Membership {
    role: Option<OrganizationRole>,
    joined_at: Option<Timestamp>,
}

impl Merge for Person {
    fn merge(&mut self, later: Self) {
        replace(&mut self.user_type, later.user_type);
        replace(&mut self.name_id, later.name_id);
        replace(&mut self.email_id, later.email_id);
        replace(&mut self.is_email_verified, later.is_email_verified);
        replace(&mut self.platform_role, later.platform_role);
        replace(&mut self.is_banned, later.is_banned);
        replace(&mut self.registered_at, later.registered_at);
        replace(&mut self.erased_at, later.erased_at);
    }
}

impl Merge for Membership {
    fn merge(&mut self, later: Self) {
        replace(&mut self.role, later.role);
        replace(&mut self.joined_at, later.joined_at);
    }
}

impl Projection for People {
    const NAME: &'static str = "people";
    const VERSION: i32 = 2;
    const SCHEMA: &'static str = include_str!("schema.sql");
    const ON_POISON: OnPoison = OnPoison::ParkStream;
    const HOLDS_CONTENT: bool = true;
    type Batch = Batch;

    fn fold(batch: &mut Batch, event: &Delivered) -> Result<(), Poison> {
        match event.fact()? {
            Some(Fact::User(fact)) => batch.person(fact, &event.recorded),
            Some(Fact::Organization(fact)) => batch.membership(fact, &event.recorded),
            Some(
                Fact::Authority(_)
                | Fact::Extension(_)
                | Fact::Instance(_)
                | Fact::Permission(_)
                | Fact::Project(_)
                | Fact::Run(_)
                | Fact::Secret(_)
                | Fact::Template(_),
            )
            | None => Ok(()),
        }
    }

    fn rows(batch: &Batch) -> usize {
        batch.people.len() + batch.memberships.len()
    }

    async fn write(batch: Batch, writer: &Writer<'_>) -> Result<(), WriteError> {
        let people = batch.people.split();
        writer.execute_each(INSERT_PEOPLE, &people.placed).await?;
        writer.execute_each(UPDATE_PEOPLE, &people.changed).await?;
        let memberships = batch.memberships.split();
        writer
            .execute_each(DELETE_MEMBERSHIPS, &memberships.gone)
            .await?;
        writer
            .execute_each(INSERT_MEMBERSHIPS, &memberships.placed)
            .await?;
        writer
            .execute_each(UPDATE_MEMBERSHIPS, &memberships.changed)
            .await
    }
}

impl Batch {
    fn person(&mut self, fact: &UserEvent, recorded: &Recorded) -> Result<(), Poison> {
        if recorded.tenant != TenantId::SYSTEM {
            return Err(Poison("a person outside the system ledger".to_owned()));
        }
        let change = match fact {
            UserEvent::Registered(body) => {
                let key = PersonKey {
                    user_id: body.user_id,
                };
                let person = Person {
                    user_type: Some(body.user_type),
                    name_id: Some(body.name.id),
                    email_id: Some(body.email.id),
                    is_email_verified: Some(false),
                    platform_role: Some(body.platform_role),
                    is_banned: Some(false),
                    registered_at: Some(recorded.recorded_at),
                    erased_at: None,
                };
                return self.people.place(recorded, key, person);
            }
            UserEvent::EmailVerified(_) => Person {
                is_email_verified: Some(true),
                ..Person::default()
            },
            UserEvent::Renamed(body) => Person {
                name_id: Some(body.name.id),
                ..Person::default()
            },
            UserEvent::PlatformRoleChanged(body) => Person {
                platform_role: Some(body.to),
                ..Person::default()
            },
            UserEvent::Banned(_) => Person {
                is_banned: Some(true),
                ..Person::default()
            },
            UserEvent::Unbanned(_) => Person {
                is_banned: Some(false),
                ..Person::default()
            },
            UserEvent::Erased(_) => Person {
                erased_at: Some(recorded.recorded_at),
                ..Person::default()
            },
            UserEvent::PasswordSet(_)
            | UserEvent::Joined(_)
            | UserEvent::Left(_)
            | UserEvent::TokenCreated(_)
            | UserEvent::TokenRevoked(_) => return Ok(()),
        };
        let key = PersonKey {
            user_id: of_stream(recorded)?,
        };
        self.people.change(recorded, key, change)
    }

    fn membership(&mut self, fact: &OrganizationEvent, recorded: &Recorded) -> Result<(), Poison> {
        if recorded.tenant == TenantId::SYSTEM {
            return Err(Poison("an organization in the system ledger".to_owned()));
        }
        let key = |user_id| MembershipKey {
            tenant_id: recorded.tenant,
            user_id,
        };
        match fact {
            OrganizationEvent::MemberAdded(body) => {
                let membership = Membership {
                    role: Some(body.role),
                    joined_at: Some(recorded.recorded_at),
                };
                self.memberships
                    .place(recorded, key(body.user_id), membership)
            }
            OrganizationEvent::MemberRoleChanged(body) => {
                let change = Membership {
                    role: Some(body.to),
                    joined_at: None,
                };
                self.memberships.change(recorded, key(body.user_id), change)
            }
            OrganizationEvent::MemberRemoved(body) => {
                self.memberships.remove(recorded, key(body.user_id))
            }
            OrganizationEvent::Created(_)
            | OrganizationEvent::Updated(_)
            | OrganizationEvent::InvitationSent(_)
            | OrganizationEvent::InvitationAccepted(_)
            | OrganizationEvent::InvitationCanceled(_)
            | OrganizationEvent::InvitationErased(_)
            | OrganizationEvent::TeamCreated(_)
            | OrganizationEvent::TeamRenamed(_)
            | OrganizationEvent::TeamDeleted(_)
            | OrganizationEvent::TeamMemberAdded(_)
            | OrganizationEvent::TeamMemberRoleChanged(_)
            | OrganizationEvent::TeamMemberRemoved(_)
            | OrganizationEvent::RoleGranted(_)
            | OrganizationEvent::RoleRevoked(_)
            | OrganizationEvent::ServiceAccountCreated(_)
            | OrganizationEvent::ServiceAccountRotated(_)
            | OrganizationEvent::ServiceAccountRevoked(_) => Ok(()),
        }
    }
}

/// Whose history it is.
fn of_stream(recorded: &Recorded) -> Result<UserId, Poison> {
    let id = recorded.stream.id().parse();
    id.map_err(|_| Poison(format!("{} names no person", recorded.stream)))
}
