//! The rules, as a pure function of history and ledger.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::time::Duration;

use cinatra_domain::kernel::{ActorId, CommandId};
use uuid::Uuid;

use super::image::{Event, Image};
use crate::crash::history::{Action, Ended, Operation};

type Findings = Vec<String>;

/// Every rule with what breaks it. `before` is the head when the load began.
pub(super) fn judge(
    operations: &[Operation],
    image: &Image,
    before: i64,
) -> Vec<(&'static str, Findings)> {
    let sent = sent(operations, image);
    vec![
        (
            "every operation was answered, and none was refused",
            unanswered(operations),
        ),
        ("no acknowledged event lost", lost(operations, image, &sent)),
        ("no gap in the ledger", gaps(image)),
        (
            "no duplicate: each command left exactly one event",
            duplicates(image, before),
        ),
        ("nothing that nobody sent", foreign(image, before, &sent)),
        (
            "stream revisions contiguous, archived and restored by turns",
            streams(image),
        ),
        (
            "what ended before another began stands before it",
            real_time(operations),
        ),
    ]
}

/// Status of each package as its client left it.
pub(super) fn expected(operations: &[Operation]) -> Vec<(String, &'static str)> {
    let mut last = BTreeMap::new();
    for operation in operations.iter().filter(|o| acknowledged(o).is_some()) {
        last.insert(
            operation.package.clone(),
            match operation.action {
                Action::Archive => "archived",
                Action::Restore => "active",
            },
        );
    }
    last.into_iter().collect()
}

fn acknowledged(operation: &Operation) -> Option<i64> {
    match operation.ended {
        Some((_, Ended::Ok { position })) => Some(position),
        Some((_, Ended::Failed { .. })) | None => None,
    }
}

/// Command ids of what was sent. All of it came from one credential, whose actor is in every event.
fn sent<'a>(operations: &'a [Operation], image: &Image) -> HashMap<Uuid, &'a Operation> {
    let actors: HashSet<&str> = image
        .events
        .iter()
        .map(|event| event.actor.as_str())
        .collect();
    let actors: Vec<_> = actors
        .into_iter()
        .filter_map(|text| ActorId::parse(text).ok())
        .collect();
    let ids = operations.iter().flat_map(|operation| {
        let derived = actors
            .iter()
            .filter_map(|actor| CommandId::derive(actor, &operation.key).ok());
        derived.map(move |id| (id.0, operation))
    });
    ids.collect()
}

fn unanswered(operations: &[Operation]) -> Findings {
    let findings = operations
        .iter()
        .filter_map(|operation| match &operation.ended {
            None => Some(format!("{} was never answered", operation.key)),
            Some((_, Ended::Failed { why })) => {
                Some(format!("{} was refused: {why}", operation.key))
            }
            Some((_, Ended::Ok { .. })) => None,
        });
    findings.collect()
}

fn lost(operations: &[Operation], image: &Image, sent: &HashMap<Uuid, &Operation>) -> Findings {
    let by_position: HashMap<i64, &Event> = image
        .events
        .iter()
        .map(|event| (event.position, event))
        .collect();
    let mut findings = Vec::new();
    for operation in operations {
        let Some(position) = acknowledged(operation) else {
            continue;
        };
        let at = format!("{} at {position}", operation.key);
        let Some(event) = by_position.get(&position) else {
            findings.push(format!("{at}: there is no event"));
            continue;
        };
        let own = sent
            .get(&event.command)
            .is_some_and(|sender| sender.key == operation.key);
        let same = event.wire_name == operation.action.wire_name()
            && event.stream == format!("extension:{}", operation.package);
        let logged = image.commands.get(&event.command);
        if !own || !same {
            findings.push(format!(
                "{at}: another event stands there: {} of {}",
                event.wire_name, event.stream
            ));
        } else if logged
            .is_none_or(|row| (row.first, row.last) != (position, position) || row.outcome != "ok")
        {
            findings.push(format!("{at}: the command log says {logged:?}"));
        }
    }
    findings
}

fn gaps(image: &Image) -> Findings {
    let mut findings = Vec::new();
    for (expected, event) in (1..).zip(&image.events) {
        if event.position != expected {
            findings.push(format!(
                "position {} stands where {expected} should",
                event.position
            ));
            break;
        }
    }
    if image.events.last().map_or(0, |event| event.position) != image.head {
        findings.push(format!(
            "the head is {} and the last event {:?}",
            image.head,
            image.events.last()
        ));
    }
    findings
}

fn duplicates(image: &Image, before: i64) -> Findings {
    let mut count: HashMap<Uuid, usize> = HashMap::new();
    for event in image.events.iter().filter(|event| event.position > before) {
        *count.entry(event.command).or_default() += 1;
    }
    let several = count.iter().filter(|(_, count)| **count != 1);
    let mut findings: Findings = several
        .map(|(id, count)| format!("command {id} left {count} events"))
        .collect();
    let without = image
        .commands
        .iter()
        .filter(|(id, row)| row.first > before && !count.contains_key(id));
    findings.extend(
        without.map(|(id, row)| format!("command {id} is in the log and left no event: {row:?}")),
    );
    findings
}

fn foreign(image: &Image, before: i64, sent: &HashMap<Uuid, &Operation>) -> Findings {
    let loaded = image.events.iter().filter(|event| event.position > before);
    let foreign = loaded.filter(|event| !sent.contains_key(&event.command));
    foreign
        .map(|event| {
            format!(
                "{} of {} at {}",
                event.wire_name, event.stream, event.position
            )
        })
        .collect()
}

fn streams(image: &Image) -> Findings {
    let mut last: HashMap<&str, &Event> = HashMap::new();
    let mut findings = Vec::new();
    for event in &image.events {
        let before = last.insert(&event.stream, event);
        let expected = before.map_or(0, |before| before.revision + 1);
        if event.revision != expected {
            findings.push(format!(
                "{} has revision {} where {expected} should be",
                event.stream, event.revision
            ));
        }
        let turns = [Action::Archive.wire_name(), Action::Restore.wire_name()]
            .contains(&event.wire_name.as_str());
        if turns && before.is_some_and(|before| before.wire_name == event.wire_name) {
            findings.push(format!(
                "{} twice in {} at {}",
                event.wire_name, event.stream, event.position
            ));
        }
    }
    findings
}

/// The order of the ledger never contradicts the order that clients could observe.
fn real_time(operations: &[Operation]) -> Findings {
    let mut ends: Vec<(Duration, i64)> = operations
        .iter()
        .filter_map(|o| match o.ended {
            Some((at, Ended::Ok { position })) => Some((at, position)),
            Some((_, Ended::Failed { .. })) | None => None,
        })
        .collect();
    ends.sort_unstable();
    let mut begins: Vec<_> = operations
        .iter()
        .filter_map(|o| Some((o.invoked, acknowledged(o)?, &o.key)))
        .collect();
    begins.sort_unstable();
    let (mut ended, mut highest, mut findings) = (ends.into_iter().peekable(), 0, Vec::new());
    for (invoked, position, key) in begins {
        while let Some((_, end)) = ended.next_if(|(at, _)| *at < invoked) {
            highest = highest.max(end);
        }
        if position < highest {
            findings.push(format!(
                "{key} stands at {position}, though {highest} was acknowledged before it was sent"
            ));
        }
    }
    findings
}

#[cfg(test)]
mod tests {
    use super::super::image::Command;
    use super::*;

    const ACTOR: &str = "service:admin";

    fn id(key: &str) -> Uuid {
        CommandId::derive(&ActorId::parse(ACTOR).unwrap(), key)
            .unwrap()
            .0
    }

    fn operation(key: &str, action: Action, position: i64, times: (u64, u64)) -> Operation {
        Operation {
            key: key.into(),
            client: 0,
            package: "@a/b".into(),
            action,
            invoked: Duration::from_millis(times.0),
            ended: Some((Duration::from_millis(times.1), Ended::Ok { position })),
            unknown: false,
        }
    }

    fn event(position: i64, key: &str, wire_name: &str) -> Event {
        Event {
            position,
            stream: "extension:@a/b".into(),
            revision: position - 1,
            wire_name: wire_name.into(),
            command: id(key),
            actor: ACTOR.into(),
        }
    }

    fn good() -> (Vec<Operation>, Image) {
        let operations = vec![
            operation("k1", Action::Archive, 2, (0, 5)),
            operation("k2", Action::Restore, 3, (6, 9)),
        ];
        let events = vec![
            event(1, "install", "extension.installed.v1"),
            event(2, "k1", "extension.archived.v1"),
            event(3, "k2", "extension.restored.v1"),
        ];
        let commands = events.iter().map(|event| {
            let row = Command {
                outcome: "ok".into(),
                first: event.position,
                last: event.position,
            };
            (event.command, row)
        });
        (
            operations,
            Image {
                head: 3,
                commands: commands.collect(),
                events,
            },
        )
    }

    fn broken(operations: &[Operation], image: &Image) -> Vec<&'static str> {
        let verdicts = judge(operations, image, 1).into_iter();
        verdicts
            .filter(|(_, findings)| !findings.is_empty())
            .map(|(name, _)| name)
            .collect()
    }

    #[test]
    fn a_good_run_has_no_finding() {
        let (operations, image) = good();
        assert!(broken(&operations, &image).is_empty());
        assert_eq!(expected(&operations), [("@a/b".to_owned(), "active")]);
    }

    #[test]
    fn a_lost_acknowledged_event_is_found() {
        let (operations, mut image) = good();
        image.events.pop();
        image.head = 2;
        assert!(broken(&operations, &image).contains(&"no acknowledged event lost"));
    }

    #[test]
    fn a_gap_is_found() {
        let (operations, mut image) = good();
        image.events.remove(1);
        assert!(broken(&operations, &image).contains(&"no gap in the ledger"));
    }

    #[test]
    fn a_double_write_is_found() {
        let (operations, mut image) = good();
        image.events.push(event(4, "k2", "extension.restored.v1"));
        image.head = 4;
        assert!(
            broken(&operations, &image)
                .contains(&"no duplicate: each command left exactly one event")
        );
        let (operations, mut image) = good();
        image
            .events
            .push(event(4, "other", "extension.restored.v1"));
        image.head = 4;
        let found = broken(&operations, &image);
        assert!(found.contains(&"nothing that nobody sent"), "{found:?}");
        assert!(
            found.contains(&"stream revisions contiguous, archived and restored by turns"),
            "{found:?}"
        );
    }

    #[test]
    fn an_unanswered_or_refused_operation_is_found() {
        let (mut operations, image) = good();
        operations[1].ended = None;
        assert!(!broken(&operations, &image).is_empty());
        operations[1].ended = Some((Duration::ZERO, Ended::Failed { why: "409".into() }));
        assert!(!broken(&operations, &image).is_empty());
    }

    #[test]
    fn an_order_that_clients_could_not_have_seen_is_found() {
        let (mut operations, mut image) = good();
        (operations[0].ended, operations[1].ended) = (
            Some((Duration::from_millis(5), Ended::Ok { position: 3 })),
            Some((Duration::from_millis(9), Ended::Ok { position: 2 })),
        );
        image.events.swap(1, 2);
        assert!(
            broken(&operations, &image)
                .contains(&"what ended before another began stands before it")
        );
    }
}
