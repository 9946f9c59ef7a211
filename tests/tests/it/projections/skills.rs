//! Which skills readers see, and from which package.

use cinatra_domain::extension::{
    Kind, Release, Restored, Status, Uninstalled, Updated, Visibility,
};
use cinatra_domain::kernel::Position;
use cinatra_domain::permission::Resource;
use cinatra_projections::extension_catalog::skill::{self, Filter, Skill};
use cinatra_projections::{Error, Freshness, Keyset, Options, ViewerScope};

use super::history::{archived, installed, release, skills_indexed};
use super::{ACME, ANY, History, OTHER, System};

const MAIL: &str = "@acme/mail-skills";

fn skill_release(name: &str, version: &str) -> Release {
    Release {
        kind: Kind::Skill,
        ..release(name, version)
    }
}

/// All skills of a viewer, no older than that.
async fn all(system: &System, viewer: &ViewerScope, filter: &Filter, at: Position) -> Vec<Skill> {
    let fresh = Freshness {
        min_pos: Some(at),
        strict: true,
    };
    let keyset = Keyset::default();
    let page = skill::list(&system.projections, viewer, filter, &keyset, fresh).await;
    page.unwrap().rows.items
}

fn names(skills: &[Skill]) -> Vec<(&str, &str)> {
    skills
        .iter()
        .map(|skill| (skill.package_name.as_str(), skill.name.as_str()))
        .collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn skills_come_change_and_go_with_their_package() {
    // One event a batch, so that nothing about a package is known from the batch itself.
    let options = Options {
        page_events: 1,
        ..Options::default()
    };
    let system = System::with(options).await;
    let runner = system.start().await;
    let (store, viewer, filter) = (&system.store, ViewerScope::new(ACME), Filter::default());
    let mut acme = History::of(ACME, 1);
    let place = installed(skill_release(MAIL, "1.0.0"));
    acme.happen(store, MAIL, place.clone()).await;
    let both = skills_indexed(&["sort-mail", "write-mail"]);
    let at = acme.happen(store, MAIL, both.clone()).await;
    let found = all(&system, &viewer, &filter, at).await;
    assert_eq!(names(&found), [(MAIL, "sort-mail"), (MAIL, "write-mail")]);
    let first = &found[0];
    assert_eq!(first.skill_id, Resource::skill(ACME, MAIL, "sort-mail").id);
    assert_eq!(first.package_id, Resource::skill_package(ACME, MAIL).id);
    assert_eq!(
        (first.status, first.version.as_str(), first.position),
        (Status::Active, "1.0.0", at)
    );

    let at = acme.happen(store, MAIL, archived("1.0.0")).await;
    let found = all(&system, &viewer, &filter, at).await;
    assert!(found.iter().all(|skill| skill.status == Status::Archived));
    let version = "1.0.0".to_owned();
    let at = acme.happen(store, MAIL, Restored { version }).await;
    let found = all(&system, &viewer, &filter, at).await;
    assert!(found.len() == 2 && found.iter().all(|skill| skill.status == Status::Active));

    let updated = Updated {
        from_version: "1.0.0".to_owned(),
        release: release(MAIL, "1.1.0"),
    };
    acme.happen(store, MAIL, updated).await;
    let one = skills_indexed(&["write-mail"]);
    let at = acme.happen(store, MAIL, one).await;
    let found = all(&system, &viewer, &filter, at).await;
    assert_eq!(names(&found), [(MAIL, "write-mail")]);
    assert_eq!(found[0].version, "1.1.0");
    // It has become an agent.
    assert_eq!(found[0].package_kind, Kind::Agent);
    assert_eq!(found[0].package_id, Resource::agent_template(ACME, MAIL).id);

    let uninstalled = Uninstalled {
        version: "1.1.0".to_owned(),
        kind: Kind::Skill,
    };
    let at = acme.happen(store, MAIL, uninstalled).await;
    assert!(all(&system, &viewer, &filter, at).await.is_empty());
    let at = acme.happen(store, MAIL, place).await;
    let bare = all(&system, &viewer, &filter, at).await;
    assert!(bare.is_empty(), "what was removed does not come back");
    let at = acme.happen(store, MAIL, both).await;
    assert_eq!(all(&system, &viewer, &filter, at).await.len(), 2);
    let rebuilt = system
        .projections
        .rebuild("extension_catalog", &|_| ())
        .await;
    assert!(rebuilt.unwrap().compared.unwrap().equal);
    runner.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn skills_of_private_packages_are_for_their_own_scope_only() {
    let system = System::fresh().await;
    let runner = system.start().await;
    let mut acme = History::of(ACME, 1);
    let mut at = Position::START;
    for (name, visibility) in [
        ("@acme/private-skills", Visibility::Private),
        ("@acme/public-skills", Visibility::Public),
    ] {
        let mut placed = skill_release(name, "1.0.0");
        placed.origin.visibility = visibility;
        acme.happen(&system.store, name, installed(placed)).await;
        let skills = skills_indexed(&["a-skill"]);
        at = acme.happen(&system.store, name, skills).await;
    }
    let own = ViewerScope::new(ACME).with_namespace("acme");
    let private = Resource::skill(ACME, "@acme/private-skills", "a-skill").id;
    let get =
        async |viewer: &ViewerScope| skill::get(&system.projections, viewer, private, ANY).await;
    let filter = Filter::default();
    let seen = all(&system, &own, &filter, at).await;
    assert_eq!(seen.len(), 2);
    assert_eq!(get(&own).await.unwrap().rows, seen[0]);
    let foreign = ViewerScope::new(ACME).with_namespace("evil");
    for viewer in [&ViewerScope::new(ACME), &foreign] {
        let seen = all(&system, viewer, &filter, at).await;
        assert_eq!(names(&seen), [("@acme/public-skills", "a-skill")]);
        assert!(matches!(get(viewer).await, Err(Error::NotFound)));
    }
    let strangers = ViewerScope::new(OTHER).with_namespace("acme");
    assert!(
        all(&system, &strangers, &filter, Position::START)
            .await
            .is_empty()
    );
    assert!(matches!(get(&strangers).await, Err(Error::NotFound)));
    runner.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn skills_are_filtered_and_paged_by_package_and_name() {
    let system = System::fresh().await;
    let runner = system.start().await;
    let mut acme = History::of(ACME, 1);
    let mut at = Position::START;
    // '-' sorts before ':', so a list that were ordered by the joined names would be another one.
    for name in ["@acme/a", "@acme/a-b", "@acme/c"] {
        let placed = installed(skill_release(name, "1.0.0"));
        acme.happen(&system.store, name, placed).await;
        let skills = skills_indexed(&["x", "x-y", "z"]);
        at = acme.happen(&system.store, name, skills).await;
    }
    at = acme
        .happen(&system.store, "@acme/c", archived("1.0.0"))
        .await
        .max(at);
    let viewer = ViewerScope::new(ACME);
    let everything = all(&system, &viewer, &Filter::default(), at).await;
    let expected = ["@acme/a", "@acme/a-b", "@acme/c"]
        .iter()
        .flat_map(|package| ["x", "x-y", "z"].map(|name| (*package, name)));
    assert_eq!(names(&everything), expected.collect::<Vec<_>>());
    let (mut cursor, mut paged) = (None, Vec::new());
    loop {
        let keyset = Keyset {
            list: "skills",
            limit: 2,
            cursor,
        };
        let filter = Filter::default();
        let page = skill::list(&system.projections, &viewer, &filter, &keyset, ANY).await;
        let page = page.unwrap().rows;
        paged.extend(page.items);
        cursor = page.next_cursor;
        if cursor.is_none() {
            break;
        }
    }
    assert_eq!(paged, everything);

    let of_package = Filter {
        package_name: Some("@acme/a-b".to_owned()),
        ..Filter::default()
    };
    assert_eq!(
        all(&system, &viewer, &of_package, at).await,
        everything[3..6]
    );
    let usable = Filter {
        status: Some(Status::Active),
        ..Filter::default()
    };
    assert_eq!(all(&system, &viewer, &usable, at).await, everything[..6]);
    let text = |text: &str| Filter {
        text: Some(text.to_owned()),
        ..Filter::default()
    };
    let found = all(&system, &viewer, &text("X-Y IS FOR"), at).await;
    assert_eq!(found.len(), 3);
    assert_eq!(all(&system, &viewer, &text("ACME/C"), at).await.len(), 3);
    assert!(
        all(&system, &viewer, &text("\0nothing"), at)
            .await
            .is_empty()
    );
    runner.stop().await;
}
