//! The life of every command: look up, attempt, append, answer; again when others were faster.
//!
//! Outcomes are on record, refusals included, and a retry hears the first one. Conflicts and failures are
//! not: a retry may fare better (settled.md 6).

use std::future::Future;

use cinatra_domain::authority::{AuthorityEvent, Decided, Outcome, every_authority_tag};
use cinatra_domain::kernel::{Class, Decider as _, Position, StreamId, TenantId};
use cinatra_domain::user::User;
use cinatra_eventstore::{
    Append, AppendError, Appended, CommandRecord, Condition, EventStore, Expected, NewEvent,
    SideRow, StreamAppend,
};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use crate::turns::Turns;
use crate::{Done, Error, ErrorBody, Invocation, user};

/// How often a command decides before it gives up against others.
const ATTEMPTS_MAX: u32 = 5;

/// What a command is about, for the audit.
#[derive(Clone, Debug)]
pub(crate) struct Resource {
    /// Its kind, for example `extension`.
    pub(crate) kind: &'static str,
    /// Which one.
    pub(crate) id: Option<String>,
}

/// What one attempt decided.
#[derive(Debug)]
pub(crate) struct Attempt<T> {
    /// Events by stream; a stream without events only checks that what was read of it still holds.
    pub(crate) streams: Vec<StreamAppend>,
    /// Facts of other streams that the decision relied on.
    pub(crate) conditions: Vec<Condition>,
    /// Rows that commit with the events.
    pub(crate) side: Vec<SideRow>,
    /// What the caller is told.
    pub(crate) answer: Result<T, ErrorBody>,
}

/// A command that can be attempted several times.
pub(crate) trait Task: Send {
    /// What the caller is told on success.
    type Output: Serialize + DeserializeOwned + Send;

    /// Gathers facts and decides. Nothing is appended yet; whatever is fetched may be kept for the next
    /// attempt. `number` counts from 0; later attempts must not trust cached states.
    fn attempt(
        &mut self,
        number: u32,
    ) -> impl Future<Output = Result<Attempt<Self::Output>, Error>> + Send;
}

/// The result that the command log keeps.
#[derive(Serialize, Deserialize)]
enum Stored<T> {
    Ok(T),
    Rejected(ErrorBody),
}

/// Runs a command to its answer.
pub(crate) async fn run<T: Task>(
    store: &EventStore,
    turns: &Turns,
    invocation: &Invocation,
    resource: &Resource,
    mut task: T,
) -> Result<Done<T::Output>, Error> {
    let tenant = invocation.caller.tenant;
    if invocation.may_repeat
        && let Some(appended) = store.command(tenant, invocation.command_id).await?
    {
        return repeat(invocation, &appended);
    }
    let mut invocation = invocation.clone();
    let mut number = 0;
    let mut turn = None;
    loop {
        let mut attempt = task.attempt(number).await?;
        number += 1;
        rely_on_actor(store, &invocation, &mut attempt.streams).await?;
        let (append, answer) = compose(&invocation, resource, attempt)?;
        let changes_authority = changes_authority(&append)?;
        match store.append(append).await {
            Ok(appended) if appended.repeated.is_some() => return repeat(&invocation, &appended),
            Ok(appended) => {
                if changes_authority {
                    invocation.grant.touch(tenant);
                }
                let at = (tenant, appended.last);
                return match answer {
                    Ok(output) => Ok(Done {
                        output,
                        at,
                        repeated: false,
                    }),
                    Err(body) => Err(refused(body, at)),
                };
            }
            Err(source) if source.is_conflict() && number < ATTEMPTS_MAX => {
                tracing::debug!(%source, number, primitive = invocation.primitive, "deciding again");
                if turn.is_none() {
                    turn = Some(turns.take(tenant, &contended(&source, resource)).await);
                }
                // Order: judged before anything else is decided again, because what conflicted may be the right.
                let judged = invocation.grant.judged_again(&invocation, resource).await;
                invocation.grant = judged?;
            }
            Err(source) if source.is_conflict() => {
                return Err(Error::Contended {
                    attempts: number,
                    source,
                });
            }
            Err(source) => return Err(Error::Append { source }),
        }
    }
}

/// What somebody does in the system's ledger lasts there whoever they are, so they have to be there at its position:
/// neither erased nor banned, which a remembered credential may not know yet. An organization's ledger says so itself
/// (ADR-0011).
async fn rely_on_actor(
    store: &EventStore,
    invocation: &Invocation,
    streams: &mut Vec<StreamAppend>,
) -> Result<(), Error> {
    let caller = &invocation.caller;
    let Some(user_id) = caller
        .actor
        .user_id()
        .filter(|_| caller.tenant == TenantId::SYSTEM)
    else {
        return Ok(());
    };
    // Order: after what was decided about their own stream, which that decision checks; so this is not older.
    let person = user::present(store, user_id).await?;
    let stream = StreamId::new(User::CATEGORY, &user::stream(user_id));
    if streams.iter().all(|known| known.stream != stream) {
        streams.push(StreamAppend {
            stream,
            expected: person.revision.map_or(Expected::NoStream, Expected::At),
            events: Vec::new(),
            state: None,
        });
    }
    Ok(())
}

/// What others changed meanwhile, as far as that is known: many commands about different things may be to one stream.
fn contended(source: &AppendError, resource: &Resource) -> String {
    if let AppendError::Conflict { stream, .. } = source {
        return stream.to_string();
    }
    resource.id.clone().unwrap_or_default()
}

/// Whether somebody may do more or less after it.
fn changes_authority(append: &Append) -> Result<bool, Error> {
    let tag = every_authority_tag()?;
    let mut events = append.streams.iter().flat_map(|stream| &stream.events);
    Ok(events.any(|event| event.tags.contains(&tag)))
}

/// Answers what was answered before, unless the same key came with another request.
fn repeat<T: DeserializeOwned>(
    invocation: &Invocation,
    appended: &Appended,
) -> Result<Done<T>, Error> {
    let record = appended.repeated.as_ref().ok_or(Error::ResultUnreadable)?;
    if record.request_hash != invocation.request_hash {
        return Err(Error::Append {
            source: AppendError::CommandReused,
        });
    }
    let at = (invocation.caller.tenant, appended.last);
    match rmp_serde::from_slice(&record.result) {
        Ok(Stored::Ok(output)) => Ok(Done {
            output,
            at,
            repeated: true,
        }),
        Ok(Stored::Rejected(body)) => Err(refused(body, at)),
        Err(_) => Err(Error::ResultUnreadable),
    }
}

fn refused(body: ErrorBody, at: (TenantId, Position)) -> Error {
    let body = Box::new(body);
    Error::Rejected { body, at }
}

/// One append: the attempt's events, or the decision that there are none.
fn compose<T: Serialize>(
    invocation: &Invocation,
    resource: &Resource,
    attempt: Attempt<T>,
) -> Result<(Append, Result<T, ErrorBody>), Error> {
    let Attempt {
        mut streams,
        mut conditions,
        side,
        answer,
    } = attempt;
    conditions.extend(
        invocation
            .grant
            .condition(invocation.caller.tenant)
            .cloned(),
    );
    if streams.iter().all(|stream| stream.events.is_empty()) {
        let (outcome, code) = match &answer {
            Ok(_) => (Outcome::NoEffect, None),
            // What somebody may not do they were denied, whoever knew it.
            Err(body) if body.class() == Class::Forbidden => {
                (Outcome::Denied, Some(body.code.clone()))
            }
            Err(body) => (Outcome::Rejected, Some(body.code.clone())),
        };
        streams.push(decision(invocation, resource, outcome, code, 1)?);
    }
    let stored = match answer {
        Ok(output) => Stored::Ok(output),
        Err(body) => Stored::Rejected(body),
    };
    let append = Append {
        tenant: invocation.caller.tenant,
        streams,
        conditions,
        command: record(invocation, &stored)?,
        context: invocation.context(),
        side,
    };
    let answer = match stored {
        Stored::Ok(output) => Ok(output),
        Stored::Rejected(body) => Err(body),
    };
    Ok((append, answer))
}

fn record<T: Serialize>(
    invocation: &Invocation,
    stored: &Stored<T>,
) -> Result<CommandRecord, Error> {
    let outcome = match stored {
        Stored::Ok(_) => "ok",
        Stored::Rejected(body) => &body.code,
    };
    Ok(CommandRecord {
        command_id: invocation.command_id,
        request_hash: invocation.request_hash,
        outcome: outcome.to_owned(),
        result: rmp_serde::to_vec_named(stored).map_err(|_| Error::ResultUnreadable)?,
    })
}

/// The event of a privileged decision that has no event of its own (settled.md 9).
pub(crate) fn decision(
    invocation: &Invocation,
    resource: &Resource,
    outcome: Outcome,
    code: Option<String>,
    count: u32,
) -> Result<StreamAppend, Error> {
    let event = AuthorityEvent::Decided(Decided {
        primitive: invocation.primitive.to_owned(),
        resource_type: resource.kind.to_owned(),
        resource_id: resource.id.clone(),
        outcome,
        code,
        count,
    });
    let event = NewEvent::encode(&event, Vec::new()).map_err(|source| Error::Append { source })?;
    Ok(StreamAppend {
        stream: StreamId::new("authority", invocation.caller.actor.as_str()),
        expected: Expected::Any,
        events: vec![event],
        state: None,
    })
}

/// Appends one decision without an answer to keep.
pub(crate) async fn record_decision(
    store: &EventStore,
    invocation: &Invocation,
    stream: StreamAppend,
    outcome: &str,
) -> Result<Appended, Error> {
    let append = Append {
        tenant: invocation.caller.tenant,
        streams: vec![stream],
        conditions: Vec::new(),
        command: CommandRecord {
            command_id: invocation.command_id,
            request_hash: invocation.request_hash,
            outcome: outcome.to_owned(),
            result: Vec::new(),
        },
        context: invocation.context(),
        side: Vec::new(),
    };
    store
        .append(append)
        .await
        .map_err(|source| Error::Append { source })
}

#[cfg(test)]
mod tests {
    use cinatra_domain::extension::{Rejection, Warning};
    use cinatra_domain::kernel::{Class, Coded as _};
    use serde_json::json;

    use super::*;
    use crate::extension::{Admitted, PackageRef};

    fn stored<T: Serialize + DeserializeOwned>(stored: &Stored<T>) -> Stored<T> {
        let bytes = rmp_serde::to_vec_named(stored).unwrap();
        rmp_serde::from_slice(&bytes).unwrap()
    }

    #[test]
    fn a_retry_hears_the_same_refusal() {
        let rejection = Rejection::VersionMismatch {
            package: "@acme/a-agent".to_owned(),
            installed: "1.0.0".to_owned(),
            requested: "2.0.0".to_owned(),
        };
        let body = ErrorBody::of(&rejection);
        let Stored::Rejected(again) = stored::<()>(&Stored::Rejected(body.clone())) else {
            panic!("not a refusal");
        };
        assert_eq!(again, body);
        assert_eq!(again.class(), Class::Conflict);
        assert_eq!(again.code, "VERSION_MISMATCH");
        assert_eq!(again.details, rejection.details());
    }

    #[test]
    fn a_retry_hears_the_same_answer() {
        let admitted = Admitted {
            success: true,
            package_name: "@acme/a-agent".to_owned(),
            package_version: "1.0.0".to_owned(),
            from_version: None,
            installed: vec![PackageRef {
                package_name: "@acme/a-agent".to_owned(),
                package_version: "1.0.0".to_owned(),
            }],
            already_installed: vec![],
            restored: vec![],
            warnings: vec![Warning::new("CODE", "@acme/a-agent", "why")],
        };
        let Stored::Ok(again) = stored(&Stored::Ok(admitted.clone())) else {
            panic!("not an answer");
        };
        assert_eq!(again, admitted);
    }

    #[test]
    fn details_of_every_json_kind_survive_the_command_log() {
        let mut body = ErrorBody::of(&Rejection::NotInstalled {
            package: "@acme/a-agent".to_owned(),
        });
        body.details = json!({ "a": [1, -2, 2.5, null, true, { "b": "c" }], "d": u64::MAX });
        let Stored::Rejected(again) = stored::<()>(&Stored::Rejected(body.clone())) else {
            panic!("not a refusal");
        };
        assert_eq!(again, body);
    }
}
