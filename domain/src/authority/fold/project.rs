//! What facts about projects do.

use std::collections::BTreeMap;

use super::{AuthorityState, Refusal, Room};
use crate::kernel::StreamId;
use crate::project::ProjectEvent;

impl AuthorityState {
    /// Only the first fact names its project: the others are in its stream.
    pub(super) fn apply_project(
        &mut self,
        event: &ProjectEvent,
        stream_id: &StreamId,
    ) -> Result<(), Refusal> {
        match event {
            ProjectEvent::Created(e) => {
                let room = Room {
                    owner: e.owner,
                    visibility: e.visibility,
                    is_archived: false,
                    access: BTreeMap::new(),
                };
                self.projects.insert(e.project_id, room);
            }
            ProjectEvent::Updated(e) => self.room(stream_id)?.visibility = e.visibility,
            ProjectEvent::Promoted(e) => self.room(stream_id)?.owner = e.to,
            ProjectEvent::Archived(_) => self.room(stream_id)?.is_archived = true,
            ProjectEvent::Unarchived(_) => self.room(stream_id)?.is_archived = false,
            ProjectEvent::AccessGranted(e) => {
                self.room(stream_id)?.access.insert(e.principal, e.role);
            }
            ProjectEvent::AccessRevoked(e) => {
                self.room(stream_id)?.access.remove(&e.principal);
            }
        }
        Ok(())
    }

    fn room(&mut self, stream_id: &StreamId) -> Result<&mut Room, Refusal> {
        let project = stream_id.id().parse().map_err(|_| "without a project")?;
        self.projects
            .get_mut(&project)
            .ok_or("without this project")
    }
}
