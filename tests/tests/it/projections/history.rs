//! Lifecycles that could have happened, reproducible from a seed.

use std::collections::BTreeMap;

use cinatra_domain::extension::{
    ArchiveCause, Archived, DanglingReferences, DeclaredType, Dependency, EdgeType, ExtensionEvent,
    ForceDeleted, IndexedSkill, Installed, Kind, ObjectTypesDeclared, Origin, Release, Requirement,
    Restored, SkillsIndexed, Snapshot, Status, Uninstalled, Updated, Visibility,
};
use cinatra_domain::kernel::{ActorId, CommandId, Event, Position, SnapshotId, StreamId, TenantId};
use cinatra_domain::template::{Snapshotted, TemplateEvent};
use cinatra_eventstore::{
    Append, Authority, CommandRecord, Context, EventStore, Expected, NewEvent, SideRow,
    StreamAppend,
};
use uuid::Uuid;

/// splitmix64.
#[derive(Debug)]
pub(super) struct Random(pub(super) u64);

impl Random {
    pub(super) fn draw(&mut self, below: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (mixed ^ (mixed >> 31)) % below
    }
}

/// One command.
pub(super) struct Act {
    pub(super) tenant: TenantId,
    pub(super) actor: ActorId,
    /// No two commands of one actor have the same.
    pub(super) key: String,
    pub(super) authority: Authority,
    pub(super) side: Vec<SideRow>,
}

impl Act {
    /// Appends what it did; answers the last position.
    pub(super) async fn on(
        self,
        store: &EventStore,
        streams: Vec<(StreamId, Vec<NewEvent>)>,
    ) -> Position {
        let command_id = CommandId::derive(&self.actor, &self.key).unwrap();
        let streams = streams.into_iter().map(|(stream, events)| StreamAppend {
            stream,
            expected: Expected::Any,
            events,
            state: None,
        });
        let appended = store.append(Append {
            tenant: self.tenant,
            streams: streams.collect(),
            conditions: Vec::new(),
            command: CommandRecord {
                command_id,
                request_hash: [0; 32],
                outcome: "ok".to_owned(),
                result: Vec::new(),
            },
            context: Context {
                actor: self.actor,
                authority: self.authority,
                causation_id: None,
                correlation_id: command_id.0,
            },
            side: self.side,
        });
        appended.await.unwrap().last
    }
}

/// The packages of one organization and what they went through.
pub(super) struct History {
    tenant: TenantId,
    packages: u64,
    random: Random,
    commands: u64,
    installed: BTreeMap<u64, (Release, Status)>,
}

impl History {
    pub(super) fn of(tenant: TenantId, packages: u64) -> Self {
        Self {
            tenant,
            packages,
            random: Random(1),
            commands: 0,
            installed: BTreeMap::new(),
        }
    }

    /// Appends so many random steps, `at_once` in one command; answers the last position.
    pub(super) async fn live(&mut self, store: &EventStore, steps: u64, at_once: u64) -> Position {
        let mut last = Position::START;
        let mut done = 0;
        while done < steps {
            let mut streams: BTreeMap<String, Vec<NewEvent>> = BTreeMap::new();
            for _ in 0..at_once.min(steps - done) {
                let (name, event) = self.step();
                let event = NewEvent::encode(&event, Vec::new()).unwrap();
                streams.entry(name).or_default().push(event);
                done += 1;
            }
            last = self.append(store, streams, Vec::new()).await;
        }
        last
    }

    /// Appends what happened to one package.
    pub(super) async fn happen(
        &mut self,
        store: &EventStore,
        name: &str,
        event: impl Into<ExtensionEvent>,
    ) -> Position {
        let event = NewEvent::encode(&event.into(), Vec::new()).unwrap();
        self.record(store, name, event).await
    }

    /// Appends an event whatever it says.
    pub(super) async fn record(
        &mut self,
        store: &EventStore,
        name: &str,
        event: NewEvent,
    ) -> Position {
        let streams = BTreeMap::from([(name.to_owned(), vec![event])]);
        self.append(store, streams, Vec::new()).await
    }

    /// Force-deletes a package with a typed reason.
    pub(super) async fn force_delete(
        &mut self,
        store: &EventStore,
        name: &str,
        reason: &str,
    ) -> (Position, Uuid) {
        let (reference, side) = SideRow::content(reason.as_bytes().to_vec());
        let content = reference.id;
        let event = ExtensionEvent::ForceDeleted(ForceDeleted {
            snapshot: Snapshot {
                release: release(name, "1.0.0"),
                status: Status::Active,
            },
            dangling: DanglingReferences::default(),
            reason: Some(reference),
        });
        let event = NewEvent::encode(&event, Vec::new()).unwrap();
        let streams = BTreeMap::from([(name.to_owned(), vec![event])]);
        (self.append(store, streams, vec![side]).await, content)
    }

    async fn append(
        &mut self,
        store: &EventStore,
        streams: BTreeMap<String, Vec<NewEvent>>,
        side: Vec<SideRow>,
    ) -> Position {
        let streams = streams.into_iter();
        let streams = streams.map(|(name, events)| (StreamId::new("extension", &name), events));
        self.act(side).on(store, streams.collect()).await
    }

    /// Takes down the flow of every agent that is installed; answers how many events that was.
    pub(super) async fn take_down(&mut self, store: &EventStore) -> i64 {
        let taken = |(package, (release, _)): (&u64, &(Release, Status))| {
            let digest = "ab".repeat(32);
            let event = TemplateEvent::Snapshotted(Snapshotted {
                snapshot_id: SnapshotId(Uuid::from_u64_pair(6, *package)),
                number: 1,
                version: release.version.clone(),
                content_sha256: digest.clone(),
                manifest_sha256: digest.clone(),
                oas_sha256: digest.clone(),
                plan_digest: digest,
            });
            let stream = StreamId::new("template", &format!("@acme/p{package}-agent"));
            (stream, vec![NewEvent::encode(&event, Vec::new()).unwrap()])
        };
        let streams: Vec<_> = self.installed.iter().map(taken).collect();
        let count = i64::try_from(streams.len()).unwrap();
        self.act(Vec::new()).on(store, streams).await;
        count
    }

    fn act(&mut self, side: Vec<SideRow>) -> Act {
        self.commands += 1;
        Act {
            tenant: self.tenant,
            actor: ActorId::service("test"),
            key: self.commands.to_string(),
            authority: Authority {
                permission: "extensions.install".to_owned(),
                via: "platform_admin".to_owned(),
                judged_at: Vec::new(),
                primitive: String::new(),
            },
            side,
        }
    }

    /// One more step of some package.
    fn step(&mut self) -> (String, ExtensionEvent) {
        let package = self.draw(self.packages);
        let name = format!("@acme/p{package}-agent");
        let Some((before, status)) = self.installed.remove(&package) else {
            let mut release = release(&name, "1.0.0");
            for _ in 0..self.draw(3) {
                let on = format!("@acme/p{}-agent", self.draw(self.packages));
                release.dependencies.push(dependency(&on));
            }
            self.installed
                .insert(package, (release.clone(), Status::Active));
            return (
                name,
                ExtensionEvent::Installed(Installed {
                    release,
                    required_by: None,
                }),
            );
        };
        let version = before.version.clone();
        let event = match (self.draw(10), status) {
            (0, _) => ExtensionEvent::Uninstalled(Uninstalled {
                version,
                kind: before.kind,
            }),
            (1, _) => ExtensionEvent::ForceDeleted(ForceDeleted {
                snapshot: Snapshot {
                    release: before,
                    status,
                },
                dangling: DanglingReferences::default(),
                reason: None,
            }),
            (2 | 3, Status::Active) => {
                let release = release(&name, &format!("1.{}.0", self.draw(100)));
                self.installed.insert(package, (release.clone(), status));
                ExtensionEvent::Updated(Updated {
                    from_version: version,
                    release,
                })
            }
            (6, Status::Active) => {
                self.installed.insert(package, (before, status));
                let names = ["@acme/mail:draft", "@acme/mail:thread"];
                object_types_declared(&names[..self.below(3)])
            }
            (4 | 5, Status::Active) => {
                self.installed.insert(package, (before, status));
                skills_indexed(&["a-skill", "b-skill", "c-skill"][..self.below(4)])
            }
            (_, Status::Active) => {
                self.installed.insert(package, (before, Status::Archived));
                archived(&version)
            }
            (_, Status::Archived) => {
                self.installed.insert(package, (before, Status::Active));
                ExtensionEvent::Restored(Restored { version })
            }
        };
        (name, event)
    }

    /// The same for a length.
    fn below(&mut self, end: u64) -> usize {
        usize::try_from(self.draw(end)).unwrap()
    }

    fn draw(&mut self, below: u64) -> u64 {
        self.random.draw(below)
    }
}

/// The package became available.
pub(crate) fn installed(release: Release) -> ExtensionEvent {
    ExtensionEvent::Installed(Installed {
        release,
        required_by: None,
    })
}

/// Somebody asked for it to be suspended.
pub(super) fn archived(version: &str) -> ExtensionEvent {
    ExtensionEvent::Archived(Archived {
        version: version.to_owned(),
        cause: ArchiveCause::Explicit,
        archived_dependents: Vec::new(),
    })
}

/// The package's skills are these from now on.
pub(super) fn skills_indexed(names: &[&str]) -> ExtensionEvent {
    let skills = names.iter().map(|name| IndexedSkill {
        name: (*name).to_owned(),
        description: Some(format!("What {name} is for, with a NUL \0.")),
        path: format!("skills/{name}/SKILL.md"),
        content_sha256: "00".to_owned(),
    });
    ExtensionEvent::SkillsIndexed(SkillsIndexed {
        skills: skills.collect(),
    })
}

/// The package's types of objects are these from now on.
pub(super) fn object_types_declared(names: &[&str]) -> ExtensionEvent {
    let types = names.iter().map(|name| DeclaredType {
        object_type: (*name).to_owned(),
        display_name: Some("With a NUL \0.".to_owned()),
        canonical_keys: vec!["subject".to_owned()],
        schema: Some(
            serde_json::json!({ "type": "object", "title": "quotes \" ' \\ and \u{1f34b}" }),
        ),
        ..DeclaredType::default()
    });
    ExtensionEvent::ObjectTypesDeclared(ObjectTypesDeclared {
        types: types.collect(),
        satisfies: vec!["@acme/note-artifact".to_owned()],
    })
}

/// A public agent without dependencies. The description tries the database's patience.
pub(crate) fn release(name: &str, version: &str) -> Release {
    Release {
        kind: Kind::Agent,
        version: version.to_owned(),
        display_name: Some(format!("The {name}")),
        description: Some("quotes \" ' \\ and a NUL \0 and \u{1f34b}".to_owned()),
        origin: Origin {
            package_name: name.to_owned(),
            version: version.to_owned(),
            scope: "@acme".to_owned(),
            destination_id: None,
            registry_url: "directory:test".to_owned(),
            visibility: Visibility::Public,
        },
        integrity: "sha512-x".to_owned(),
        content_sha256: "00".to_owned(),
        manifest_sha256: "00".to_owned(),
        dependencies: Vec::new(),
        warnings: vec!["LICENSE_MISSING".to_owned()],
    }
}

/// A required runtime edge.
pub(super) fn dependency(on: &str) -> Dependency {
    Dependency {
        package_name: on.to_owned(),
        kind: Some(Kind::Agent),
        edge_type: EdgeType::Runtime,
        range: "^1.0.0".to_owned(),
        requirement: Requirement::Required,
    }
}

/// An archived event whose body is not one.
pub(super) fn malformed() -> NewEvent {
    let mut event = NewEvent::encode(&archived("1.0.0"), Vec::new()).unwrap();
    assert_eq!(event.wire_name, archived("1.0.0").wire_name());
    event.payload = vec![0xc1];
    event
}
