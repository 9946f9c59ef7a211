//! Names under which the events of a run are found by decisions about others.

use uuid::Uuid;

use super::RunEvent;
use crate::extension::{PackageName, use_tag};
use crate::kernel::{InvalidId, RunId, Tag, UserId};
use crate::permission::{Resource, resource_tag};

/// Carried by what makes or destroys a run of the agent: which runs there are.
pub fn template_runs_tag(package: &PackageName) -> Result<Tag, InvalidId> {
    Tag::new("template-runs", package.as_str())
}

/// Carried by what makes a run that this one started: whom a stop reaches.
pub fn child_runs_tag(parent: RunId) -> Result<Tag, InvalidId> {
    Tag::new("child-runs", &parent.to_string())
}

/// Carried by what makes a run: which runs belong to a conversation, as their envelopes name it.
pub fn thread_tag(conversation: Uuid) -> Result<Tag, InvalidId> {
    Tag::new("run-thread", &conversation.to_string())
}

/// Carried by events with what a person typed: which runs an erasure of theirs concerns.
pub fn typed_tag(user: UserId) -> Result<Tag, InvalidId> {
    Tag::new("run-typed", &user.to_string())
}

/// Tags of an event. Whoever relied on whose a run is, or in which project, relied on what is tagged as the resource;
/// the run as such is found by its stream. Each run that is made is a use of its agent, destroyed or not.
pub fn tags_of(run_id: RunId, event: &RunEvent) -> Result<Vec<Tag>, InvalidId> {
    let access = resource_tag(Resource::agent_run(run_id))?;
    match event {
        RunEvent::Created(created) => {
            let package = &created.pin.package_name;
            let mut tags = vec![access, use_tag(package)?, template_runs_tag(package)?];
            tags.extend(created.parent_run_id.map(child_runs_tag).transpose()?);
            Ok(tags)
        }
        RunEvent::Moved(_) => Ok(vec![access]),
        RunEvent::Purged(purged) => Ok(vec![access, template_runs_tag(&purged.package_name)?]),
        RunEvent::InputsChanged(_)
        | RunEvent::TriggerAsked(_)
        | RunEvent::Armed(_)
        | RunEvent::Disarmed(_)
        | RunEvent::Enqueued(_)
        | RunEvent::Withdrawn(_)
        | RunEvent::Released(_)
        | RunEvent::Started(_)
        | RunEvent::Checkpointed(_)
        | RunEvent::ContextSelected(_)
        | RunEvent::GateOpened(_)
        | RunEvent::GateSkipped(_)
        | RunEvent::GateAnswered(_)
        | RunEvent::PromptExcluded(_)
        | RunEvent::ReleaseAwaited(_)
        | RunEvent::Resumed(_)
        | RunEvent::Completed(_)
        | RunEvent::Failed(_)
        | RunEvent::Stopped(_)
        | RunEvent::Reset(_)
        | RunEvent::Sealed(_) => Ok(Vec::new()),
    }
}
