//! Who is in an organization, what they are called, and that an erased person is nowhere.

use std::time::Duration;

use cinatra_domain::kernel::{Coded as _, ContentRef, TenantId};
use cinatra_domain::organization::{
    Departure, MemberAdded, MemberRemoved, MemberRoleChanged, OrganizationRole,
};
use cinatra_domain::user::{Erased, ErasedBy, Renamed};
use cinatra_migrations::role;
use cinatra_projections::{Error, Keyset, Options, ViewerScope, people};
use tokio::sync::{Notify, watch};
use uuid::Uuid;

use super::society::{Moment, registered, user};
use super::{ACME, ANY, OTHER, System, erase};

fn added(number: u64, role: OrganizationRole) -> MemberAdded {
    MemberAdded {
        user_id: user(number),
        role,
        invitation_id: None,
    }
}

/// Persons 0 to 4 come; 0 to 2 belong to the first organization, 2 and 3 to the other one, 4 to none.
async fn inhabit(system: &System) -> (Moment, Moment, Vec<(ContentRef, ContentRef)>) {
    let mut instance = Moment::of(TenantId::SYSTEM);
    let mut contents = Vec::new();
    for number in 0..5 {
        let event = registered(&mut instance, number);
        contents.push((event.name.clone(), event.email.clone()));
        instance.person(user(number), event);
    }
    instance.happen(&system.store).await;
    let mut acme = Moment::of(ACME);
    acme.organization(added(0, OrganizationRole::Owner));
    acme.organization(added(1, OrganizationRole::Member));
    acme.organization(added(2, OrganizationRole::Member));
    acme.happen(&system.store).await;
    let mut other = Moment::of(OTHER);
    other.organization(added(2, OrganizationRole::Owner));
    other.organization(added(3, OrganizationRole::Admin));
    other.happen(&system.store).await;
    (instance, acme, contents)
}

async fn members(system: &System, viewer: TenantId, filter: people::Filter) -> Vec<people::Member> {
    system.settle().await;
    let (viewer, keyset) = (ViewerScope::new(viewer), Keyset::default());
    let page = people::members(&system.projections, &viewer, &filter, &keyset, ANY);
    page.await.unwrap().rows.items
}

fn names(members: &[people::Member]) -> Vec<&str> {
    let names = members.iter();
    names
        .map(|each| each.name.as_deref().unwrap_or("?"))
        .collect()
}

/// The builds of the people and their states.
async fn builds(system: &System) -> Vec<(i32, String)> {
    let superuser = system.database.superuser().await.unwrap();
    let list = include_str!("sql/list_builds.sql");
    let rows = superuser.query(list, &[&"people"]).await.unwrap();
    rows.iter().map(|row| (row.get(0), row.get(1))).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_person_is_seen_by_the_organizations_they_belong_to_and_by_nobody_else() {
    let system = System::fresh().await;
    let runner = system.start().await;
    let (_, mut acme, _) = inhabit(&system).await;
    let all = people::Filter::default;
    let of_acme = members(&system, ACME, all()).await;
    assert_eq!(names(&of_acme), ["Person 0", "Person 1", "Person 2"]);
    assert_eq!(of_acme[0].role, OrganizationRole::Owner);
    assert_eq!(of_acme[1].email.as_deref(), Some("person1@example.test"));
    let of_other = members(&system, OTHER, all()).await;
    assert_eq!(names(&of_other), ["Person 2", "Person 3"]);
    let nobody = TenantId::new(Uuid::from_u128(0x00b0_d1e5));
    for stranger in [nobody, TenantId::SYSTEM] {
        assert_eq!(members(&system, stranger, all()).await, []);
    }

    // Whatever a statement asks for.
    let everybody = include_str!("sql/count_people.sql").replace("{schema}", "p_people_1");
    for (viewer, seen) in [(ACME, 3), (OTHER, 2), (nobody, 0), (TenantId::SYSTEM, 0)] {
        let rows = system.store.query_scoped(viewer, &everybody, &[]).await;
        assert_eq!(rows.unwrap()[0].get::<_, i64>(0), seen, "{viewer}");
    }
    let reader = system.database.role(role::READER);
    let untold = reader.await.unwrap().query(&everybody, &[]).await;
    untold.unwrap_err();

    let person = async |viewer: TenantId, number: u64| {
        let viewer = ViewerScope::new(viewer);
        let person = people::person(&system.projections, &viewer, user(number), ANY).await;
        person.map(|found| found.rows)
    };
    assert_eq!(
        person(OTHER, 2).await.unwrap().role,
        OrganizationRole::Owner
    );
    assert!(matches!(person(OTHER, 1).await, Err(Error::NotFound)));
    assert!(matches!(person(ACME, 4).await, Err(Error::NotFound)));
    acme.organization(MemberRemoved {
        user_id: user(2),
        departure: Departure::Left,
    });
    acme.organization(MemberRoleChanged {
        user_id: user(1),
        from: OrganizationRole::Member,
        to: OrganizationRole::Admin,
    });
    acme.happen(&system.store).await;
    system.settle().await;
    assert!(matches!(person(ACME, 2).await, Err(Error::NotFound)));
    assert_eq!(person(ACME, 1).await.unwrap().role, OrganizationRole::Admin);
    assert!(person(OTHER, 2).await.is_ok());
    runner.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn members_are_found_by_name_address_role_and_id_and_paged_without_their_names() {
    let system = System::fresh().await;
    let runner = system.start().await;
    inhabit(&system).await;
    let found = async |filter| members(&system, ACME, filter).await;
    for text in ["PERSON 1", "person1@"] {
        let by_text = people::Filter {
            text: Some(text.to_owned()),
            ..people::Filter::default()
        };
        assert_eq!(names(&found(by_text).await), ["Person 1"]);
    }
    let by_role = people::Filter {
        role: Some(OrganizationRole::Owner),
        ..people::Filter::default()
    };
    assert_eq!(names(&found(by_role).await), ["Person 0"]);
    let by_id = people::Filter {
        user_ids: Some(vec![user(2), user(3), user(4)]),
        ..people::Filter::default()
    };
    assert_eq!(names(&found(by_id).await), ["Person 2"]);

    let (mut keyset, mut seen) = (Keyset::first(2), Vec::new());
    loop {
        let (viewer, filter) = (ViewerScope::new(ACME), people::Filter::default());
        let page = people::members(&system.projections, &viewer, &filter, &keyset, ANY);
        let page = page.await.unwrap().rows;
        assert!(!format!("{page:?}").contains("Person"), "{page:?}");
        seen.extend(page.items.into_iter().map(|member| member.user_id));
        let Some(cursor) = page.next_cursor else {
            break;
        };
        assert!(!cursor.contains("Person"), "{cursor}");
        keyset.cursor = Some(cursor);
    }
    assert_eq!(seen, [user(0), user(1), user(2)]);
    runner.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_erased_person_is_nowhere_and_no_rebuild_brings_them_back() {
    let system = System::fresh().await;
    let runner = system.start().await;
    let (mut instance, _, contents) = inhabit(&system).await;
    let renamed = Renamed {
        name: instance.typed("Somebody Else"),
        former: contents[1].0.clone(),
    };
    let (name, email) = (renamed.name.clone(), contents[1].1.clone());
    instance.person(user(1), renamed);
    instance.happen(&system.store).await;
    let found = members(&system, ACME, people::Filter::default()).await;
    assert_eq!(names(&found), ["Person 0", "Somebody Else", "Person 2"]);

    let rebuilt = system.projections.rebuild("people", &|_| ()).await.unwrap();
    assert_eq!((rebuilt.build, rebuilt.before), (2, Some(1)));
    assert!(rebuilt.compared.is_none());
    assert_eq!(builds(&system).await, [(2, "live".to_owned())]);
    erase(&system, TenantId::SYSTEM, &[&contents[1].0, &name, &email]).await;
    instance.person(
        user(1),
        Erased {
            by: ErasedBy::Person,
            contents: vec![name, email],
        },
    );
    instance.happen(&system.store).await;
    for build in [2, 3] {
        let found = members(&system, ACME, people::Filter::default()).await;
        assert_eq!(names(&found), ["Person 0", "?", "Person 2"], "{build}");
        assert!(found[1].is_erased && found[1].email.is_none(), "{build}");
        assert!(!found[0].is_erased);
        let rows = system.people().await.join("\n");
        for gone in ["Somebody", "Person 1", "person1@"] {
            assert!(!rows.contains(gone), "{rows}");
        }
        assert_eq!(builds(&system).await, [(build, "live".to_owned())]);
        if build == 2 {
            system.projections.rebuild("people", &|_| ()).await.unwrap();
        }
    }
    let refused = system.projections.roll_back("people", &|_| ()).await;
    assert_eq!(refused.unwrap_err().code(), "NOTHING_TO_ROLL_BACK");
    let refused = system.projections.digest("people", &|_| ()).await;
    assert_eq!(refused.unwrap_err().code(), "NOT_DIGESTED");
    runner.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn dropping_what_served_disturbs_no_reader() {
    let system = System::fresh().await;
    let runner = system.start().await;
    inhabit(&system).await;
    system.settle().await;
    let (stop, stopped) = watch::channel(false);
    let mut readers = Vec::new();
    for _ in 0..4 {
        let (projections, stopped) = (system.projections.clone(), stopped.clone());
        readers.push(tokio::spawn(async move {
            let (viewer, filter) = (ViewerScope::new(ACME), people::Filter::default());
            let (keyset, mut reads) = (Keyset::default(), 0);
            while !*stopped.borrow() {
                let page = people::members(&projections, &viewer, &filter, &keyset, ANY).await;
                assert_eq!(page.unwrap().rows.items.len(), 3);
                reads += 1;
            }
            reads
        }));
    }
    let rebuilding = system.beside(Options::default()).await;
    for build in 2..10 {
        rebuilding.rebuild("people", &|_| ()).await.unwrap();
        assert_eq!(builds(&system).await, [(build, "live".to_owned())]);
    }
    stop.send(true).unwrap();
    for reader in readers {
        assert!(reader.await.unwrap() > 10);
    }
    runner.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_name_that_cannot_be_stored_holds_no_erasure_up() {
    let system = System::fresh().await;
    let runner = system.start().await;
    let (mut instance, ..) = inhabit(&system).await;
    let mut strange = registered(&mut instance, 7);
    strange.name = instance.typed("Per\0son");
    let content = strange.name.clone();
    instance.person(user(7), strange);
    instance.happen(&system.store).await;
    let mut acme = Moment::of(ACME);
    acme.organization(added(7, OrganizationRole::Member));
    acme.happen(&system.store).await;
    let found = members(&system, ACME, people::Filter::default()).await;
    assert_eq!(names(&found).last(), Some(&"?"));
    assert!(!found[3].is_erased && found[3].email.is_some());
    erase(&system, TenantId::SYSTEM, &[&content]).await;
    let (by, contents) = (ErasedBy::Administrator, vec![content]);
    instance.person(user(7), Erased { by, contents });
    instance.happen(&system.store).await;
    let found = members(&system, ACME, people::Filter::default()).await;
    assert!(found[3].is_erased && found[3].email.is_none());
    runner.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn copies_of_contents_that_nobody_keeps_up_are_dropped() {
    let system = System::fresh().await;
    let runner = system.start().await;
    inhabit(&system).await;
    system.settle().await;

    // A rebuild that died, and one that another node must not disturb.
    let slow = || Options {
        page_events: 1,
        batch_rows: 1,
        ..Options::default()
    };
    let dying = system.beside(slow()).await;
    let began = Notify::new();
    let told = |_| began.notify_one();
    tokio::select! {
        _ = dying.rebuild("people", &told) => panic!("it was too quick"),
        () = began.notified() => {}
    }
    drop(dying);
    tokio::time::sleep(Duration::from_millis(200)).await;
    assert_eq!(builds(&system).await[1], (2, "building".to_owned()));
    let node = system.beside(Options::default()).await;
    node.start().await.unwrap().stop().await;
    assert_eq!(builds(&system).await, [(1, "live".to_owned())]);
    let rebuilding = system.beside(slow()).await;
    let rebuilt = tokio::spawn(async move { rebuilding.rebuild("people", &|_| ()).await });
    while !rebuilt.is_finished() {
        let node = system.beside(Options::default()).await;
        node.start().await.unwrap().stop().await;
    }
    rebuilt.await.unwrap().unwrap();
    assert_eq!(builds(&system).await, [(2, "live".to_owned())]);

    // A version before: kept while a node runs it, gone with the last one.
    // The node that runs does not know the version any more; its leases are made to last.
    let superuser = system.database.superuser().await.unwrap();
    let held = async || {
        let count = include_str!("sql/count_held_leases.sql");
        let row = superuser.query_one(count, &[&"people", &2]).await.unwrap();
        row.get::<_, i64>(0)
    };
    while held().await < 4 {
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    system
        .as_superuser(include_str!("sql/make_people_older.sql"))
        .await;
    node.start().await.unwrap().stop().await;
    assert_eq!(builds(&system).await, [(2, "live".to_owned())]);
    runner.stop().await;
    node.start().await.unwrap().stop().await;
    assert_eq!(builds(&system).await, []);
}
