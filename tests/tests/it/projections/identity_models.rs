//! What is in an organization, and who was granted what.

use cinatra_domain::kernel::{InvitationId, ServiceAccountId};
use cinatra_domain::organization::{
    self, Departure, InvitationErased, InvitationSent, MemberRemoved, OrganizationRole,
    RoleGranted, RoleScope, RoleScopeLevel, ScopedRole, ServiceAccountCreated,
    ServiceAccountRevoked, TeamCreated, TeamDeleted, TeamMemberAdded, TeamRole,
};
use cinatra_domain::permission::{
    CoOwnerGranted, CoOwnerRevoked, Deleted, Policy, PolicySet, Resource, Visibility,
};
use cinatra_domain::project::{
    self, AccessGranted, GrantRole, Level, Owner, Principal, ProjectRole,
};
use cinatra_projections::organization_directory::{self as directory, InvitationStatus};
use cinatra_projections::{Error, Keyset, ViewerScope, project_list, resource_permissions};
use uuid::Uuid;

use super::society::{Moment, created, project, team, user};
use super::{ACME, ANY, OTHER, System, erase};

fn joined(of: u64, number: u64) -> TeamMemberAdded {
    TeamMemberAdded {
        team_id: team(of),
        user_id: user(number),
        role: TeamRole::Member,
    }
}

fn developer(number: u64) -> RoleGranted {
    RoleGranted {
        user_id: user(number),
        role: ScopedRole::Developer,
        scope: RoleScope {
            level: RoleScopeLevel::Organization,
            record_id: ACME.uuid(),
        },
        expires_at_us: None,
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_leaves_an_organization_leaves_its_teams_and_roles_in_one_command_or_in_many() {
    let system = System::fresh().await;
    let runner = system.start().await;
    let mut acme = Moment::of(ACME);
    let name = acme.typed("Acme");
    acme.organization(organization::Created {
        organization_id: ACME,
        slug: "acme".to_owned(),
        name,
    });
    for of in [0, 1] {
        let name = acme.typed(&format!("Team {of}"));
        acme.organization(TeamCreated {
            team_id: team(of),
            slug: format!("team-{of}"),
            name,
        });
    }
    for number in [1, 2] {
        acme.organization(joined(0, number));
        acme.organization(joined(1, number));
        acme.organization(developer(number));
    }
    acme.happen(&system.store).await;
    let viewer = ViewerScope::new(ACME);
    let (projections, keyset) = (&system.projections, Keyset::default());
    let in_teams = async || {
        system.settle().await;
        let mut found = Vec::new();
        for of in [0, 1] {
            let page = directory::team_members(projections, &viewer, team(of), &keyset, ANY);
            let page = page.await.unwrap().rows.items;
            found.extend(page.into_iter().map(|member| (of, member.user_id)));
        }
        found
    };
    let developers = async || {
        let page = directory::role_grants(projections, &viewer, None, &keyset, ANY).await;
        let page = page.unwrap().rows.items.into_iter();
        page.map(|grant| grant.user_id).collect::<Vec<_>>()
    };
    let all = [(0, user(1)), (0, user(2)), (1, user(1)), (1, user(2))];
    assert_eq!(in_teams().await, all);
    assert_eq!(developers().await, [user(1), user(2)]);

    // Leaves, and comes back to one of the teams at once.
    acme.organization(MemberRemoved {
        user_id: user(1),
        departure: Departure::Removed,
    });
    acme.organization(joined(1, 1));
    acme.happen(&system.store).await;
    let left = [(0, user(2)), (1, user(1)), (1, user(2))];
    assert_eq!(in_teams().await, left);
    assert_eq!(developers().await, [user(2)]);
    let of_one = directory::role_grants(projections, &viewer, Some(user(1)), &keyset, ANY).await;
    assert_eq!(of_one.unwrap().rows.items, []);

    acme.organization(TeamDeleted { team_id: team(1) });
    let name = acme.typed("Another");
    acme.organization(TeamCreated {
        team_id: team(1),
        slug: "another".to_owned(),
        name,
    });
    acme.organization(joined(1, 3));
    acme.happen(&system.store).await;
    assert_eq!(in_teams().await, [(0, user(2)), (1, user(3))]);
    let teams = directory::teams(projections, &viewer, &keyset, ANY).await;
    let teams = teams.unwrap().rows.items.into_iter();
    let teams: Vec<_> = teams.map(|team| (team.slug, team.name.unwrap())).collect();
    let expected = [("another", "Another"), ("team-0", "Team 0")];
    assert_eq!(
        teams,
        expected.map(|(slug, name)| (slug.into(), name.into()))
    );
    let organization = directory::organization(projections, &viewer, ANY).await;
    assert_eq!(organization.unwrap().rows.name.as_deref(), Some("Acme"));
    let strangers = ViewerScope::new(OTHER);
    let nothing = directory::organization(projections, &strangers, ANY).await;
    assert!(matches!(nothing, Err(Error::NotFound)));
    runner.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_invitation_tells_its_address_until_that_is_erased_and_then_does_not_stay_pending() {
    let system = System::fresh().await;
    let runner = system.start().await;
    let mut acme = Moment::of(ACME);
    let invitation = |number| InvitationId(Uuid::from_u128(number));
    let mut addresses = Vec::new();
    for number in [1, 2, 3] {
        let email = acme.typed("bob@example.test");
        addresses.push(email.clone());
        acme.organization(InvitationSent {
            invitation_id: invitation(number),
            email,
            role: OrganizationRole::Admin,
            team_id: Some(team(0)),
            expires_at_us: i64::MAX,
        });
    }
    acme.organization(organization::InvitationAccepted {
        invitation_id: invitation(2),
        user_id: user(2),
    });
    let service_account_id = ServiceAccountId(Uuid::from_u128(9));
    let name = acme.typed("A program");
    acme.organization(ServiceAccountCreated {
        service_account_id,
        name: name.clone(),
        scopes: vec!["agent.read".to_owned(), "run.read".to_owned()],
    });
    acme.happen(&system.store).await;
    let viewer = ViewerScope::new(ACME);
    let (projections, keyset) = (&system.projections, Keyset::default());
    let invitations = async |status| {
        system.settle().await;
        let page = directory::invitations(projections, &viewer, status, &keyset, ANY).await;
        let page = page.unwrap().rows.items.into_iter();
        page.map(|each| (each.invitation_id, each.email, each.status))
            .collect::<Vec<_>>()
    };
    let bob = || Some("bob@example.test".to_owned());
    let pending = InvitationStatus::Pending;
    let (accepted, canceled) = (InvitationStatus::Accepted, InvitationStatus::Canceled);
    assert_eq!(
        invitations(Some(pending)).await,
        [
            (invitation(1), bob(), pending),
            (invitation(3), bob(), pending)
        ]
    );
    let account = async || {
        let page = directory::service_accounts(projections, &viewer, &keyset, ANY).await;
        page.unwrap().rows.items.remove(0)
    };
    assert_eq!(account().await.name.as_deref(), Some("A program"));
    assert_eq!(account().await.scopes, ["agent.read", "run.read"]);

    let gone = [&addresses[0], &addresses[1], &name];
    erase(&system, ACME, &gone).await;
    for number in [1, 2] {
        acme.organization(InvitationErased {
            invitation_id: invitation(number),
            email: addresses[0].clone(),
        });
    }
    acme.organization(ServiceAccountRevoked { service_account_id });
    acme.happen(&system.store).await;
    assert_eq!(
        invitations(None).await,
        [
            (invitation(1), None, canceled),
            (invitation(2), None, accepted),
            (invitation(3), bob(), pending)
        ]
    );
    let account = account().await;
    assert!(account.is_revoked && account.name.is_none());
    let rebuilt = projections.rebuild("organization_directory", &|_| ());
    assert!(rebuilt.await.unwrap().compared.unwrap().equal);
    runner.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn projects_are_listed_as_far_as_they_may_be_read_and_tell_who_has_access() {
    let system = System::fresh().await;
    let runner = system.start().await;
    let mut acme = Moment::of(ACME);
    for number in 0..6 {
        let owner = Owner::User(user(number % 2));
        let event = created(&mut acme, number, owner);
        acme.project(project(number), event);
    }
    let reason = None;
    acme.project(project(5), project::Archived { reason });
    acme.happen(&system.store).await;
    system.settle().await;
    let viewer = ViewerScope::new(ACME);
    let projections = &system.projections;
    let list = async |filter: project_list::Filter, keyset: Keyset| {
        let readable = [1, 2, 4, 5].map(|number| project(number).0);
        let page = project_list::list(projections, &viewer, &readable, &filter, &keyset, ANY);
        page.await.unwrap().rows
    };
    let ids = |page: &[project_list::Project]| {
        let ids = page.iter().map(|project| project.project_id);
        ids.collect::<Vec<_>>()
    };
    let page = list(project_list::Filter::default(), Keyset::first(2)).await;
    assert_eq!(ids(&page.items), [project(1), project(2)]);
    let keyset = Keyset {
        cursor: page.next_cursor,
        ..Keyset::first(2)
    };
    let page = list(project_list::Filter::default(), keyset).await;
    assert_eq!(
        (ids(&page.items), page.next_cursor),
        (vec![project(4)], None)
    );
    let of_one = project_list::Filter {
        owner_level: Some(Level::User),
        owner_id: Some(user(1).to_string()),
        include_archived: true,
    };
    let page = list(of_one, Keyset::default()).await;
    assert_eq!(ids(&page.items), [project(1), project(5)]);
    assert!(page.items[1].archived_at.is_some());

    let granted = |principal, role| AccessGranted { principal, role };
    let everybody = granted(Principal::Organization, GrantRole::Read);
    acme.project(project(1), everybody);
    acme.project(
        project(1),
        granted(Principal::User(user(3)), GrantRole::Read),
    );
    acme.project(
        project(1),
        granted(Principal::User(user(3)), GrantRole::Admin),
    );
    let (from, to) = (Owner::User(user(1)), Owner::Team(team(1)));
    acme.project(project(1), project::Promoted { from, to });
    let name = acme.typed("Renamed");
    acme.project(
        project(1),
        project::Updated {
            name,
            description: None,
            visibility: project::ProjectVisibility::Discoverable,
        },
    );
    acme.happen(&system.store).await;
    system.settle().await;
    let access = project_list::access(projections, &viewer, project(1), ANY).await;
    let access = access.unwrap().rows.into_iter();
    let access: Vec<_> = access
        .map(|each| (each.principal_level, each.principal_id, each.role))
        .collect();
    assert_eq!(
        access,
        [
            (Level::Team, team(1).to_string(), ProjectRole::Owner),
            (Level::Organization, ACME.to_string(), ProjectRole::Read),
            (Level::User, user(3).to_string(), ProjectRole::Admin),
        ]
    );
    let one = project_list::get(projections, &viewer, project(1), ANY).await;
    let one = one.unwrap().rows;
    assert_eq!(one.name.as_deref(), Some("Renamed"));
    assert_eq!((one.description, one.owner_level), (None, Level::Team));
    let strangers = ViewerScope::new(OTHER);
    let foreign = project_list::get(projections, &strangers, project(1), ANY).await;
    assert!(matches!(foreign, Err(Error::NotFound)));
    let foreign = project_list::access(projections, &strangers, project(1), ANY).await;
    assert!(matches!(foreign, Err(Error::NotFound)));
    runner.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_granted_on_a_resource_goes_with_it() {
    let system = System::fresh().await;
    let runner = system.start().await;
    let mut acme = Moment::of(ACME);
    let [kept, gone] =
        ["@acme/a-agent", "@acme/b-agent"].map(|package| Resource::agent_template(ACME, package));
    for resource in [kept, gone] {
        for number in [1, 2] {
            let user_id = user(number);
            acme.permission(resource, CoOwnerGranted { resource, user_id });
        }
        let policy = Policy {
            read: Some(Visibility::Org),
            execute: Some(Visibility::Team(team(1))),
            share: None,
        };
        acme.permission(resource, PolicySet { resource, policy });
    }
    let user_id = user(2);
    acme.permission(
        kept,
        CoOwnerRevoked {
            resource: kept,
            user_id,
        },
    );
    acme.happen(&system.store).await;
    acme.permission(gone, Deleted { resource: gone });
    let anew = CoOwnerGranted {
        resource: gone,
        user_id: user(3),
    };
    acme.permission(gone, anew);
    acme.happen(&system.store).await;
    system.settle().await;
    let (projections, viewer) = (&system.projections, ViewerScope::new(ACME));
    let co_owners = async |resource| {
        let found = resource_permissions::co_owners(projections, &viewer, resource, ANY).await;
        let found = found.unwrap().rows.into_iter();
        found.map(|each| each.user_id).collect::<Vec<_>>()
    };
    let policy = async |resource| {
        let found = resource_permissions::policy(projections, &viewer, resource, ANY).await;
        found.unwrap().rows
    };
    assert_eq!(co_owners(kept).await, [user(1)]);
    assert_eq!(co_owners(gone).await, [user(3)]);
    let policy_of_kept = policy(kept).await.unwrap();
    assert_eq!(policy_of_kept.read.as_deref(), Some("org"));
    assert_eq!(policy_of_kept.execute, Some(format!("team:{}", team(1))));
    assert_eq!(policy_of_kept.share, None);
    assert_eq!(policy(gone).await, None);
    runner.stop().await;
}
