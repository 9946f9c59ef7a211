//! Commands about persons: register, prove an address, rename, set a password, appoint, ban, erase.
//!
//! All of them append to the system ledger. Name, address and password never go into an event or an answer;
//! the address is claimed by a tag with its fingerprint, under the ledger's own serialization, so that of two racing
//! registrations one wins (settled.md 5, 7). `erase.rs` takes a person out of everything.

mod erase;
mod facts;
mod forget;
pub(crate) mod input;
mod output;
mod password;
mod tries;

use cinatra_domain::instance::{self, Instance, InstanceCommand};
use cinatra_domain::kernel::{TenantId, UserId};
use cinatra_domain::user::{
    self, ChangePlatformRole, PlatformRole, Register, User, UserCommand, UserEvent, UserState,
    UserType, email_tag,
};
use cinatra_eventstore::{ChallengePurpose, EventStore, IdentityRow, SideRow};

use crate::credential::{Fingerprints, PasswordHasher, Token, TokenKind};
use crate::dispatch::{self, Resource};
use crate::draft::{self, Deciding, Draft};
use crate::gateway::mail::{Mailbox, verification};
use crate::process::Processes;
use crate::stop::Stop;
use crate::turns::Turns;
use crate::{Authorities, Done, Error, Invocation, mint};

pub(crate) use facts::{holder_of, load, present, stream};
pub use input::{
    EraseUser, NamedUser, RegisterUser, SetPassword, UpdatePlatformRole, UpdateUser, VerifyEmail,
};
pub use output::{Me, UserChanged, UserRegistered};

/// Commands about persons. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Users {
    pub(crate) store: EventStore,
    pub(crate) authorities: Authorities,
    pub(crate) fingerprints: Fingerprints,
    pub(crate) passwords: PasswordHasher,
    pub(crate) processes: Processes,
    pub(crate) mailbox: Mailbox,
    turns: Turns,
}

impl Users {
    /// Over a store, with what hashes, and where mail goes.
    pub fn new(
        store: EventStore,
        authorities: Authorities,
        fingerprints: Fingerprints,
        passwords: PasswordHasher,
        processes: Processes,
        mailbox: Mailbox,
    ) -> Self {
        Self {
            store,
            authorities,
            fingerprints,
            passwords,
            processes,
            mailbox,
            turns: Turns::default(),
        }
    }

    /// Lets somebody come to this instance. The first administers it, and owns its default organization.
    pub async fn register(
        &self,
        invocation: &Invocation,
        input: &RegisterUser,
    ) -> Result<Done<UserRegistered>, Error> {
        let (name, email) = input.parse()?;
        let phc = self.passwords.hash(&input.password).await?;
        let (user_id, digest) = (UserId(mint::id()), self.fingerprints.email(email.as_str()));
        let proof = Token::generate(TokenKind::Challenge)?;
        let (this, name, email) = (self, &name, &email);
        let (digest, phc, proof) = (&digest, &phc, &proof);
        let task = Deciding(move |number| async move {
            let mut draft = Draft::default();
            let answer = async {
                let (holder, tags, at) = holder_of(&this.store, digest).await?;
                draft.relies_on(tags, at);
                let system = TenantId::SYSTEM;
                let instance =
                    draft::load::<Instance>(&this.store, system, instance::SELF, number).await?;
                let administrator = instance.state.running().and_then(|it| it.administrator);
                let register = UserCommand::Register(Register {
                    user_id,
                    user_type: UserType::Human,
                    name: draft.content(name.as_str()),
                    email: draft.content(email.as_str()),
                    is_email_taken: holder.is_some(),
                    is_first: administrator.is_none(),
                });
                if administrator.is_none() {
                    let appoint = InstanceCommand::AppointAdministrator(user_id);
                    draft.decide::<Instance>(
                        instance::SELF,
                        &instance,
                        appoint,
                        instance::tags_of,
                    )?;
                }
                let person = load(&this.store, user_id, number).await?;
                let id = stream(user_id);
                let (_, after) = draft.decide::<User>(&id, &person, register, |event| {
                    let mut tags = user::tags_of(user_id, event)?;
                    tags.push(email_tag(digest)?);
                    Ok(tags)
                })?;
                draft.beside(IdentityRow::PutPassword {
                    user_id,
                    phc: phc.clone(),
                });
                verification(
                    &mut draft,
                    this.authorities.now_us(),
                    user_id,
                    email,
                    digest,
                    proof,
                );
                let role = after.state.person().map(|person| person.platform_role);
                Ok(UserRegistered {
                    success: true,
                    user_id: user_id.to_string(),
                    platform_role: role.unwrap_or(PlatformRole::User),
                })
            }
            .await;
            draft.conclude(answer)
        });
        let done = self.run(invocation, Some(user_id), task).await?;
        if done.output.platform_role == PlatformRole::Admin {
            // Order: now that somebody is there. If the process dies before, the next start does it.
            self.store.revoke_bootstrap_token().await?;
        }
        self.processes.catch_up_soon(TenantId::SYSTEM).await;
        Ok(done)
    }

    /// Takes a mailed secret as proof of the address that it went to.
    pub async fn verify_email(
        &self,
        invocation: &Invocation,
        input: &VerifyEmail,
    ) -> Result<Done<UserChanged>, Error> {
        let challenge_hash = input.parse()?.hash();
        let this = self;
        let task = Deciding(move |number| async move {
            let mut draft = Draft::default();
            let answer = async {
                // Order: after a retry was answered, because the first call used the secret up.
                let purpose = ChallengePurpose::Email;
                let challenge = this.store.find_challenge(&challenge_hash, purpose).await?;
                let user_id = challenge.and_then(|challenge| challenge.user_id);
                let user_id = user_id.ok_or(Error::ChallengeUnknown)?;
                let person = load(&this.store, user_id, number).await?;
                let used = [IdentityRow::DeleteChallenge { challenge_hash }.into()];
                put(
                    &mut draft,
                    user_id,
                    &person,
                    UserCommand::VerifyEmail,
                    &used,
                )
            }
            .await;
            draft.conclude(answer)
        });
        self.run(invocation, None, task).await
    }

    /// Calls the caller otherwise.
    pub async fn rename(
        &self,
        invocation: &Invocation,
        user_id: UserId,
        input: &UpdateUser,
    ) -> Result<Done<UserChanged>, Error> {
        let name = input.parse()?;
        let (this, name) = (self, &name);
        let task = Deciding(move |number| async move {
            let mut draft = Draft::default();
            let answer = async {
                let person = load(&this.store, user_id, number).await?;
                let rename = UserCommand::Rename {
                    name: draft.content(name.as_str()),
                };
                let (events, _) =
                    draft.decide::<User>(&stream(user_id), &person, rename, |event| {
                        user::tags_of(user_id, event)
                    })?;
                for event in &events {
                    if let UserEvent::Renamed(renamed) = event {
                        draft.erase([renamed.former.clone()]);
                    }
                }
                Ok(changed(user_id, !events.is_empty()))
            }
            .await;
            draft.conclude(answer)
        });
        self.run(invocation, Some(user_id), task).await
    }

    /// Lets somebody administer the instance, or not any more. The last administrator stays one.
    pub async fn change_platform_role(
        &self,
        invocation: &Invocation,
        input: &UpdatePlatformRole,
    ) -> Result<Done<UserChanged>, Error> {
        let (user_id, to) = (input.parse()?, input.role);
        // Order: what somebody may do changes, so whatever they were signed in with is asked for again.
        let rows = vec![
            IdentityRow::EndSessions {
                user_id,
                except: None,
            }
            .into(),
        ];
        let command = move |administrators| {
            UserCommand::ChangePlatformRole(ChangePlatformRole { to, administrators })
        };
        self.change_counted(invocation, user_id, command, rows)
            .await
    }

    /// Does not let somebody in any more.
    pub async fn ban(
        &self,
        invocation: &Invocation,
        input: &NamedUser,
    ) -> Result<Done<UserChanged>, Error> {
        let user_id = input.parse()?;
        let rows = vec![
            IdentityRow::EndSessions {
                user_id,
                except: None,
            }
            .into(),
        ];
        let command = |administrators| UserCommand::Ban { administrators };
        self.change_counted(invocation, user_id, command, rows)
            .await
    }

    /// Lets somebody in again.
    pub async fn unban(
        &self,
        invocation: &Invocation,
        input: &NamedUser,
    ) -> Result<Done<UserChanged>, Error> {
        self.change(invocation, input.parse()?, UserCommand::Unban, Vec::new())
            .await
    }

    /// What a person may know of themselves.
    pub async fn me(&self, user_id: UserId, active: Option<TenantId>) -> Result<Me, Error> {
        let loaded = load(&self.store, user_id, draft::FRESH).await?;
        let person = loaded.state.person().ok_or(Error::Absent)?;
        let ids = [person.name.id, person.email.id];
        let contents = self.store.contents(TenantId::SYSTEM, &ids).await?;
        let text = |id| {
            let bytes: &Vec<u8> = contents.get(&id)?;
            String::from_utf8(bytes.clone()).ok()
        };
        Ok(Me {
            user_id: user_id.to_string(),
            name: text(person.name.id),
            email: text(person.email.id),
            email_verified: person.is_email_verified,
            platform_role: person.platform_role,
            organization_ids: person
                .organizations
                .iter()
                .map(ToString::to_string)
                .collect(),
            active_organization_id: active.map(|id| id.to_string()),
        })
    }

    /// A command to one person's history, with rows that commit when it has an effect.
    pub(crate) async fn change(
        &self,
        invocation: &Invocation,
        user_id: UserId,
        command: UserCommand,
        rows: Vec<SideRow>,
    ) -> Result<Done<UserChanged>, Error> {
        let (this, command, rows) = (self, &command, &rows);
        let task = Deciding(move |number| async move {
            let mut draft = Draft::default();
            let answer = async {
                let person = load(&this.store, user_id, number).await?;
                put(&mut draft, user_id, &person, command.clone(), rows)
            }
            .await;
            draft.conclude(answer)
        });
        self.run(invocation, Some(user_id), task).await
    }

    /// The same, where it matters how many administrators there are.
    async fn change_counted(
        &self,
        invocation: &Invocation,
        user_id: UserId,
        command: impl Fn(u64) -> UserCommand + Sync,
        rows: Vec<SideRow>,
    ) -> Result<Done<UserChanged>, Error> {
        let (this, command, rows) = (self, &command, &rows);
        let task = Deciding(move |number| async move {
            let mut draft = Draft::default();
            let answer = async {
                let (administrators, tags, at) = facts::administrators(&this.store).await?;
                draft.relies_on(tags, at);
                let person = load(&this.store, user_id, number).await?;
                put(&mut draft, user_id, &person, command(administrators), rows)
            }
            .await;
            draft.conclude(answer)
        });
        self.run(invocation, Some(user_id), task).await
    }

    /// Everything about a person is in the system ledger, whichever organization the credential is for.
    pub(crate) async fn run<T>(
        &self,
        invocation: &Invocation,
        user_id: Option<UserId>,
        task: T,
    ) -> Result<Done<T::Output>, Error>
    where
        T: dispatch::Task,
    {
        let resource = Resource {
            kind: "user",
            id: user_id.map(|id| id.to_string()),
        };
        let invocation = invocation.in_ledger(TenantId::SYSTEM);
        dispatch::run(&self.store, &self.turns, &invocation, &resource, task).await
    }
}

pub(crate) fn changed(user_id: UserId, changed: bool) -> UserChanged {
    UserChanged {
        success: true,
        user_id: user_id.to_string(),
        changed,
    }
}

/// Decides, and lets rows go with the events.
fn put(
    draft: &mut Draft,
    user_id: UserId,
    person: &cinatra_eventstore::Loaded<UserState>,
    command: UserCommand,
    rows: &[SideRow],
) -> Result<UserChanged, Stop> {
    let tags = |event: &UserEvent| user::tags_of(user_id, event);
    let (events, _) = draft.decide::<User>(&stream(user_id), person, command, tags)?;
    for row in rows {
        draft.beside(row.clone());
    }
    Ok(changed(user_id, !events.is_empty()))
}
