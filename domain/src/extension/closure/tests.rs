//! The planner against a registry and an installation that are values.

use proptest::prelude::*;
use serde_json::{Value, json};

use super::*;
use crate::extension::{manifest, resolve_version};

/// A world of published and installed packages.
#[derive(Default)]
struct World {
    published: BTreeMap<PackageName, Published>,
    installed: BTreeMap<PackageName, Present>,
}

fn name(text: &str) -> PackageName {
    PackageName::parse(if text.starts_with('@') {
        text.to_owned()
    } else {
        format!("@acme/{text}")
    })
    .unwrap()
}

/// Edges as `name range`, with `?` for an optional one.
fn edges(edges: &[&str]) -> Value {
    let entries = edges.iter().map(|edge| {
        let (target, range) = edge.split_once(' ').unwrap();
        let requirement = if target.ends_with('?') {
            "optional"
        } else {
            "required"
        };
        json!({
            "packageName": name(target.trim_end_matches('?')).as_str(),
            "edgeType": "runtime",
            "versionConstraint": { "kind": "semver-range", "range": range },
            "requirement": requirement,
        })
    });
    Value::Array(entries.collect())
}

fn package_json(of: &str, version: &str, kind: &str, needs: &[&str]) -> Value {
    json!({
        "name": name(of).as_str(),
        "version": version,
        "cinatra": { "apiVersion": "cinatra.ai/v1", "kind": kind, "dependencies": edges(needs) },
    })
}

impl World {
    fn publish_as(mut self, kind: &str, of: &str, version: &str, needs: &[&str]) -> Self {
        let published = self.published.entry(name(of)).or_default();
        let manifest = package_json(of, version, kind, needs);
        published
            .versions
            .insert(Version::parse(version).unwrap(), manifest);
        self
    }

    fn publish(self, of: &str, version: &str, needs: &[&str]) -> Self {
        self.publish_as("agent", of, version, needs)
    }

    fn install(mut self, of: &str, version: &str, status: Status, needs: &[&str]) -> Self {
        let (manifest, _) = manifest::parse(&package_json(of, version, "agent", needs)).unwrap();
        let present = Present {
            kind: manifest.kind,
            version: manifest.version,
            status,
            dependencies: manifest.dependencies,
        };
        self.installed.insert(manifest.name, present);
        self
    }

    /// Plans the latest version, looking up exactly what is asked for.
    fn plan(&self, root: &str) -> Result<Plan, ClosureRejection> {
        let root = name(root);
        let published = &self.published[&root];
        let version = resolve_version(&root, "latest", Some(published)).unwrap();
        let (root, _) = manifest::parse(&published.versions[&version])?;
        let mut known = Known::default();
        for _ in 0..100 {
            match plan(&root, &known)? {
                Step::Ready(plan) => return Ok(plan),
                Step::Need(need) => {
                    assert_ne!(need, Need::default(), "nothing is asked for");
                    for name in need.installed {
                        let present = self.installed.get(&name).cloned();
                        assert!(
                            known.installed.insert(name, present).is_none(),
                            "asked twice"
                        );
                    }
                    for name in need.published {
                        let published = self.published.get(&name).cloned();
                        assert!(
                            known.published.insert(name, published).is_none(),
                            "asked twice"
                        );
                    }
                }
            }
        }
        panic!("the planner never stops asking");
    }

    /// The plan as `name@version`, with a sign per step.
    fn steps(&self, root: &str) -> Vec<String> {
        let plan = self.plan(root).unwrap();
        let member = |member: &Member| {
            let sign = match member.step {
                MemberStep::Root => '!',
                MemberStep::Install => '+',
                MemberStep::Restore => '^',
                MemberStep::Keep => '=',
            };
            format!("{sign}{}@{}", member.name.slug(), member.version)
        };
        plan.members.iter().map(member).collect()
    }

    fn code(&self, root: &str) -> String {
        self.plan(root).unwrap_err().code().to_owned()
    }

    fn warnings(&self, root: &str) -> Vec<String> {
        let plan = self.plan(root).unwrap();
        plan.warnings
            .into_iter()
            .map(|warning| warning.code)
            .collect()
    }
}

fn world() -> World {
    World::default()
}

#[test]
fn dependencies_come_first_and_the_root_last() {
    let world = world()
        .publish("a", "1.0.0", &["c ^1.0.0", "b *"])
        .publish("b", "1.0.0", &["d *"])
        .publish("c", "1.2.0", &["d *"])
        .publish("c", "2.0.0", &[])
        .publish("d", "1.0.0", &[]);
    assert_eq!(
        world.steps("a"),
        ["+d@1.0.0", "+b@1.0.0", "+c@1.2.0", "!a@1.0.0"]
    );
}

#[test]
fn what_is_installed_and_fits_is_kept_though_newer_is_published() {
    let world = world()
        .publish("a", "1.0.0", &["b ^1.0.0"])
        .publish("b", "1.9.0", &[])
        .install("b", "1.1.0", Status::Active, &["c *"])
        .install("c", "1.0.0", Status::Active, &[]);
    assert_eq!(world.steps("a"), ["=c@1.0.0", "=b@1.1.0", "!a@1.0.0"]);
}

#[test]
fn an_archived_member_is_restored_at_its_version() {
    let world = world()
        .publish("a", "1.0.0", &["b ^1.0.0"])
        .install("b", "1.1.0", Status::Active, &["c *"])
        .install("c", "1.0.0", Status::Archived, &[]);
    assert_eq!(world.steps("a"), ["^c@1.0.0", "=b@1.1.0", "!a@1.0.0"]);
}

#[test]
fn the_greatest_version_that_every_requirer_accepts_is_chosen() {
    let world = world()
        .publish("a", "1.0.0", &["b *", "c *"])
        .publish("b", "1.0.0", &["d ^1.0.0"])
        .publish("c", "1.0.0", &["d <1.5.0"])
        .publish("d", "1.4.0", &[])
        .publish("d", "1.6.0", &["gone *"])
        .publish("d", "2.0.0", &["gone *"]);
    assert_eq!(
        world.steps("a"),
        ["+d@1.4.0", "+b@1.0.0", "+c@1.0.0", "!a@1.0.0"]
    );
}

#[test]
fn what_a_replaced_version_needed_is_not_part_of_the_closure() {
    let world = world()
        .publish("a", "1.0.0", &["b *", "c *"])
        .publish("b", "2.0.0", &["d ^2.0.0"])
        .publish("b", "1.0.0", &["d ^1.0.0"])
        .publish("c", "1.0.0", &["b ^1.0.0"])
        .publish("d", "1.0.0", &[]);
    assert_eq!(
        world.steps("a"),
        ["+d@1.0.0", "+b@1.0.0", "+c@1.0.0", "!a@1.0.0"]
    );
}

#[test]
fn an_unsatisfiable_range_names_who_needs_what() {
    let rejection = world()
        .publish("a", "1.0.0", &["b ^0.1.0"])
        .publish("b", "0.2.1", &[])
        .plan("a")
        .unwrap_err();
    assert_eq!(
        rejection,
        ClosureRejection::RangeViolation {
            package: "@acme/b".to_owned(),
            required_by: vec![Requirer {
                package_name: "@acme/a".to_owned(),
                range: "^0.1.0".to_owned()
            }],
            available: vec!["0.2.1".to_owned()],
        }
    );
    assert_eq!(
        rejection.to_string(),
        "no version of @acme/b satisfies @acme/a (^0.1.0) (available: 0.2.1)"
    );
}

#[test]
fn an_installed_version_does_not_hide_that_nothing_satisfies() {
    let base = || world().publish("a", "1.0.0", &["b ^0.1.0"]);
    let installed = |world: World| world.install("b", "0.2.1", Status::Active, &[]);
    assert_eq!(
        installed(base().publish("b", "0.2.1", &[])).code("a"),
        "RANGE_VIOLATION"
    );
    assert_eq!(installed(base()).code("a"), "RANGE_VIOLATION");
    let updatable = installed(base().publish("b", "0.1.5", &[]));
    assert_eq!(updatable.code("a"), "INSTALLED_VERSION_CONFLICT");
}

#[test]
fn ranges_that_exclude_each_other_are_a_violation() {
    let world = world()
        .publish("a", "1.0.0", &["b *", "c ^1.0.0"])
        .publish("b", "1.0.0", &["c ^2.0.0"])
        .publish("c", "1.0.0", &[])
        .publish("c", "2.0.0", &[]);
    assert_eq!(world.code("a"), "RANGE_VIOLATION");
}

#[test]
fn a_missing_member_is_named() {
    let world = world()
        .publish("a", "1.0.0", &["b *"])
        .publish("b", "1.0.0", &["c *"]);
    assert_eq!(
        world.plan("a").unwrap_err().to_string(),
        "@acme/c, required by @acme/b (*), is not in the registry"
    );
}

#[test]
fn a_cycle_is_named_with_its_path() {
    let direct = world()
        .publish("a", "1.0.0", &["b *"])
        .publish("b", "1.0.0", &["a *"]);
    let ring = |path: &[&str]| ClosureRejection::Cycle {
        path: path.iter().map(|slug| format!("@acme/{slug}")).collect(),
    };
    assert_eq!(direct.plan("a").unwrap_err(), ring(&["a", "b", "a"]));
    assert_eq!(direct.plan("b").unwrap_err(), ring(&["b", "a", "b"]));
    let deep = world()
        .publish("a", "1.0.0", &["d *", "e *"])
        .publish("b", "1.0.0", &["c *", "e *"])
        .publish("c", "1.0.0", &["d *"])
        .publish("d", "1.0.0", &["b *"])
        .publish("e", "1.0.0", &[]);
    assert_eq!(deep.plan("a").unwrap_err(), ring(&["b", "c", "d", "b"]));
}

#[test]
fn only_the_scope_of_the_root_and_ours_may_appear() {
    let world = world()
        .publish("a", "1.0.0", &["@cinatra-ai/b-agent *"])
        .publish("@cinatra-ai/b-agent", "1.0.0", &["@evil/x-agent *"])
        .publish("@evil/x-agent", "1.0.0", &[]);
    assert_eq!(world.code("a"), "DEPENDENCY_SCOPE");
    // A first-party root must not bring along other scopes, whoever runs this instance.
    assert_eq!(world.code("@cinatra-ai/b-agent"), "DEPENDENCY_SCOPE");
}

#[test]
fn no_fact_is_asked_for_about_a_foreign_scope() {
    let world = world().publish("a", "1.0.0", &["@evil/x-agent *", "b *"]);
    let (root, _) = manifest::parse(
        &world.published[&name("a")]
            .versions
            .values()
            .next()
            .unwrap()
            .clone(),
    )
    .unwrap();
    let Ok(Step::Need(need)) = plan(&root, &Known::default()) else {
        panic!("the planner knows nothing yet");
    };
    assert_eq!(need.installed, BTreeSet::from([name("b")]));
}

#[test]
fn a_git_reference_cannot_be_installed_from() {
    let base = || world().publish("a", "1.0.0", &["b git+https://example.test/b.git"]);
    assert_eq!(
        base().publish("b", "1.0.0", &[]).code("a"),
        "UNSUPPORTED_CONSTRAINT"
    );
    let present = base().install("b", "1.0.0", Status::Active, &[]);
    assert_eq!(present.steps("a"), ["=b@1.0.0", "!a@1.0.0"]);
}

#[test]
fn a_connector_never_blocks_whatever_its_range() {
    let stated = json!([{
        "packageName": "@acme/mail-connector", "kind": "connector", "edgeType": "runtime",
        "versionConstraint": { "kind": "semver-range", "range": "^9.0.0" },
        "requirement": "required",
    }]);
    let mut manifest = package_json("a", "1.0.0", "agent", &[]);
    manifest["cinatra"]["dependencies"] = stated;
    let (root, _) = manifest::parse(&manifest).unwrap();
    let Ok(Step::Ready(plan)) = plan(&root, &Known::default()) else {
        panic!("nothing has to be known about a connector");
    };
    assert_eq!(plan.warnings[0].code, "CONNECTOR_NOT_COMPILED");
    assert_eq!(plan.members.len(), 1);
}

#[test]
fn a_connector_is_recognized_by_its_manifest_or_failing_that_by_its_name() {
    let published = world()
        .publish("a", "1.0.0", &["b ^9.0.0", "c *"])
        .publish_as("connector", "b", "1.0.0", &["missing *"])
        .publish_as("connector", "c", "1.0.0", &["missing *"]);
    assert_eq!(published.steps("a"), ["!a@1.0.0"]);
    assert_eq!(
        published.warnings("a"),
        ["CONNECTOR_NOT_COMPILED", "CONNECTOR_NOT_COMPILED"]
    );
    let kinds = published.plan("a").unwrap().members[0].dependencies.clone();
    assert!(kinds.iter().all(|edge| edge.kind == Some(Kind::Connector)));
    let unpublished = world().publish("a", "1.0.0", &["mail-connector *"]);
    assert_eq!(unpublished.warnings("a"), ["CONNECTOR_NOT_COMPILED"]);
}

#[test]
fn an_optional_edge_brings_nothing_along() {
    let world = world()
        .publish("a", "1.0.0", &["b? *"])
        .publish("b", "1.0.0", &[]);
    assert_eq!(world.steps("a"), ["!a@1.0.0"]);
    assert_eq!(world.warnings("a"), ["OPTIONAL_NOT_ACTIVE"]);
    let present = world.install("b", "1.0.0", Status::Active, &[]);
    assert_eq!(present.warnings("a"), Vec::<String>::new());
}

#[test]
fn a_closure_has_bounds() {
    let mut deep = world().publish("p0", "1.0.0", &["p1 *"]);
    for at in 1..=DEPTH_MAX {
        deep = deep.publish(&format!("p{at}"), "1.0.0", &[&format!("p{} *", at + 1)]);
    }
    assert_eq!(deep.code("p0"), "DEPENDENCY_LIMIT");
    let first: Vec<String> = (0..250).map(|n| format!("w{n} *")).collect();
    let second: Vec<String> = (250..NODES_MAX).map(|n| format!("w{n} *")).collect();
    let first: Vec<&str> = first.iter().map(String::as_str).collect();
    let second: Vec<&str> = second.iter().map(String::as_str).collect();
    let mut wide = world()
        .publish("a", "1.0.0", &first)
        .publish("w0", "1.0.0", &second);
    for n in 1..NODES_MAX {
        wide = wide.publish(&format!("w{n}"), "1.0.0", &[]);
    }
    assert_eq!(wide.code("a"), "DEPENDENCY_LIMIT");
}

#[test]
fn a_member_whose_manifest_lies_about_its_name_is_refused() {
    let mut world = world()
        .publish("a", "1.0.0", &["b *"])
        .publish("b", "1.0.0", &[]);
    let version = Version::parse("1.0.0").unwrap();
    let lie = package_json("c", "1.0.0", "agent", &[]);
    world
        .published
        .get_mut(&name("b"))
        .unwrap()
        .versions
        .insert(version, lie);
    assert_eq!(world.code("a"), "MANIFEST_INVALID");
}

#[test]
fn a_packed_manifest_wins_over_the_served_one() {
    let world = world()
        .publish("a", "1.0.0", &["b *"])
        .publish("b", "1.0.0", &[]);
    let version = Version::parse("1.0.0").unwrap();
    let (root, _) = manifest::parse(&world.published[&name("a")].versions[&version]).unwrap();
    let (packed, _) = manifest::parse(&package_json("b", "1.0.0", "agent", &["c *"])).unwrap();
    let mut known = Known::default();
    known.packed.insert((name("b"), version), packed);
    known
        .published
        .insert(name("b"), world.published.get(&name("b")).cloned());
    known.published.insert(name("c"), None);
    known
        .installed
        .extend([(name("b"), None), (name("c"), None)]);
    assert_eq!(
        plan(&root, &known).unwrap_err().code(),
        "MEMBER_UNRESOLVABLE"
    );
}

proptest! {
    #[test]
    fn a_plan_is_closed_and_ordered(
        packages in proptest::collection::vec(
            proptest::collection::vec((0..8_usize, 0..4_u8), 0..4), 8
        ),
        present in proptest::collection::vec(0..3_u8, 8),
    ) {
        let mut world = World::default();
        for (at, needs) in packages.iter().enumerate() {
            let mut texts: Vec<String> = Vec::new();
            for (to, range) in needs {
                let range = ["*", "^1.0.0", "^2.0.0", "<1.5.0"][usize::from(*range)];
                if *to != at && !texts.iter().any(|t| t.starts_with(&format!("p{to} "))) {
                    texts.push(format!("p{to} {range}"));
                }
            }
            let needs: Vec<&str> = texts.iter().map(String::as_str).collect();
            let own = format!("p{at}");
            world = world.publish(&own, "1.0.0", &needs).publish(&own, "1.6.0", &[]);
            world = match present[at] {
                1 => world.install(&own, "1.0.0", Status::Active, &needs),
                2 => world.install(&own, "1.6.0", Status::Archived, &[]),
                _ => world,
            };
        }
        let Ok(plan) = world.plan("p0") else { return Ok(()) };
        let mut available: BTreeMap<&str, &Version> = BTreeMap::new();
        for member in &plan.members {
            for edge in member.dependencies.iter().filter(|edge| edge.blocks()) {
                let version = available.get(edge.package_name.as_str());
                let constraint = crate::extension::Constraint::parse(&edge.range).unwrap();
                prop_assert!(version.is_some_and(|v| constraint.admits(v)), "{edge:?}");
            }
            let again = available.insert(member.name.as_str(), &member.version);
            prop_assert!(again.is_none());
        }
        prop_assert_eq!(plan.members.last().map(|m| m.step), Some(MemberStep::Root));
    }
}
