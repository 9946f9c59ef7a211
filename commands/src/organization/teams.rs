//! Teams and who is in them.

use cinatra_domain::authority::team_tag;
use cinatra_domain::kernel::TeamId;
use cinatra_domain::organization::{Organization, OrganizationCommand, SELF, tags_of};

use super::input::{label, slug, team_id};
use super::{
    CreateTeam, NamedTeam, NamedTeamMember, OrganizationChanged, Organizations, TEAM, TeamCreated,
    TeamMember, UpdateTeam, about,
};
use crate::draft::{Deciding, Draft};
use crate::user::input::user_id;
use crate::{Done, Error, Invocation, mint};

impl Organizations {
    /// Lets members work together as a team.
    pub async fn create_team(
        &self,
        invocation: &Invocation,
        input: &CreateTeam,
    ) -> Result<Done<TeamCreated>, Error> {
        let (name, slug) = (label("name", &input.name)?, slug(&input.slug)?);
        let (tenant, team_id) = (invocation.caller.tenant, TeamId(mint::id()));
        let (this, name, slug) = (self, &name, &slug);
        let task = Deciding(move |number| async move {
            let mut draft = Draft::default();
            let answer = async {
                let state = this.load(tenant, number).await?;
                let create = OrganizationCommand::CreateTeam {
                    team_id,
                    slug: slug.clone(),
                    name: draft.content(name.as_str()),
                };
                draft.decide::<Organization>(SELF, &state, create, tags_of)?;
                Ok(TeamCreated {
                    success: true,
                    team_id: team_id.to_string(),
                })
            }
            .await;
            draft.conclude(answer)
        });
        self.run(invocation, about(TEAM, &team_id), task).await
    }

    /// Calls a team otherwise.
    pub async fn update_team(
        &self,
        invocation: &Invocation,
        input: &UpdateTeam,
    ) -> Result<Done<OrganizationChanged>, Error> {
        let (name, slug) = (label("name", &input.name)?, slug(&input.slug)?);
        let (team_id, name, slug) = (team_id(&input.team_id)?, &name, &slug);
        self.change(invocation, about(TEAM, &team_id), move |draft, _| {
            Ok(OrganizationCommand::RenameTeam {
                team_id,
                slug: slug.clone(),
                name: draft.content(name.as_str()),
            })
        })
        .await
    }

    /// Lets a team be no more, unless it owns projects.
    pub async fn delete_team(
        &self,
        invocation: &Invocation,
        input: &NamedTeam,
    ) -> Result<Done<OrganizationChanged>, Error> {
        let (tenant, team_id) = (invocation.caller.tenant, team_id(&input.team_id)?);
        let this = self;
        let task = Deciding(move |number| async move {
            let mut draft = Draft::default();
            let answer = async {
                let snapshot = this.authorities.fresh(tenant).await?;
                let owned = snapshot.state().projects_owned_by_team(team_id);
                draft.relies_on(vec![team_tag(team_id)?], snapshot.at());
                let state = this.load(tenant, number).await?;
                let delete = OrganizationCommand::DeleteTeam {
                    team_id,
                    owns_projects: u64::try_from(owned).unwrap_or(u64::MAX),
                };
                let (events, _) = draft.decide::<Organization>(SELF, &state, delete, tags_of)?;
                Ok(OrganizationChanged {
                    success: true,
                    changed: !events.is_empty(),
                })
            }
            .await;
            draft.conclude(answer)
        });
        self.run(invocation, about(TEAM, &team_id), task).await
    }

    /// Lets a member belong to a team.
    pub async fn add_team_member(
        &self,
        invocation: &Invocation,
        input: &TeamMember,
    ) -> Result<Done<OrganizationChanged>, Error> {
        let (team_id, user_id) = (team_id(&input.team_id)?, user_id(&input.user_id)?);
        let role = input.role;
        self.change(invocation, about(TEAM, &team_id), move |_, _| {
            Ok(OrganizationCommand::AddTeamMember {
                team_id,
                user_id,
                role,
            })
        })
        .await
    }

    /// Gives a member of a team another role in it.
    pub async fn update_team_member_role(
        &self,
        invocation: &Invocation,
        input: &TeamMember,
    ) -> Result<Done<OrganizationChanged>, Error> {
        let (team_id, user_id) = (team_id(&input.team_id)?, user_id(&input.user_id)?);
        let role = input.role;
        self.change(invocation, about(TEAM, &team_id), move |_, _| {
            Ok(OrganizationCommand::ChangeTeamMemberRole {
                team_id,
                user_id,
                role,
            })
        })
        .await
    }

    /// Lets a member not belong to a team any more.
    pub async fn remove_team_member(
        &self,
        invocation: &Invocation,
        input: &NamedTeamMember,
    ) -> Result<Done<OrganizationChanged>, Error> {
        let (team_id, user_id) = (team_id(&input.team_id)?, user_id(&input.user_id)?);
        self.change(invocation, about(TEAM, &team_id), move |_, _| {
            Ok(OrganizationCommand::RemoveTeamMember { team_id, user_id })
        })
        .await
    }
}
