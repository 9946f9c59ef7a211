//! What a run of events comes to, row by row: only the net effect of a batch is written.

use std::collections::HashMap;
use std::hash::Hash;

use cinatra_eventstore::Recorded;
use serde::Serialize;

use crate::Poison;

/// A row, or what of it changes: absent fields keep what they have.
pub(crate) trait Merge {
    /// What happened later counts.
    fn merge(&mut self, later: Self);
}

/// The later value counts, if there is one.
pub(crate) fn replace<T>(value: &mut Option<T>, later: Option<T>) {
    if later.is_some() {
        *value = later;
    }
}

/// Rows that events add, change and remove, by key. What cannot have happened is refused, as far as the
/// batch can tell; the rest is refused by the number of rows that the statements touch.
#[derive(Debug)]
pub(crate) struct Rows<K, R>(HashMap<K, Net<R>>);

#[derive(Debug)]
struct Net<R> {
    /// Whether the row was there before the batch: its first event did not add it.
    stood: bool,
    after: After<R>,
}

#[derive(Debug)]
enum After<R> {
    Gone,
    Placed(R),
    Changed(R),
}

/// A row with its key, as one flat object.
#[derive(Debug, Serialize)]
pub(crate) struct Keyed<K, R> {
    #[serde(flatten)]
    key: K,
    #[serde(flatten)]
    row: R,
}

/// Rows by what is done to them, in this order.
#[derive(Debug)]
pub(crate) struct Split<K, R> {
    pub(crate) gone: Vec<K>,
    pub(crate) placed: Vec<Keyed<K, R>>,
    pub(crate) changed: Vec<Keyed<K, R>>,
}

impl<K, R> Default for Rows<K, R> {
    fn default() -> Self {
        Self(HashMap::new())
    }
}

impl<K: Clone + Eq + Hash, R: Merge> Rows<K, R> {
    /// There is a row now.
    pub(crate) fn place(&mut self, recorded: &Recorded, key: K, row: R) -> Result<(), Poison> {
        let after = After::Placed(row);
        match self.0.get_mut(&key) {
            None => {
                let net = Net {
                    stood: false,
                    after,
                };
                self.0.insert(key, net);
            }
            Some(net) if matches!(net.after, After::Gone) => net.after = after,
            Some(_) => return Err(impossible(recorded)),
        }
        Ok(())
    }

    /// The row is another one in part.
    pub(crate) fn change(&mut self, recorded: &Recorded, key: K, change: R) -> Result<(), Poison> {
        match self.0.get_mut(&key).map(|net| &mut net.after) {
            None => {
                let after = After::Changed(change);
                self.0.insert(key, Net { stood: true, after });
            }
            Some(After::Placed(row) | After::Changed(row)) => row.merge(change),
            Some(After::Gone) => return Err(impossible(recorded)),
        }
        Ok(())
    }

    /// There is no row any more.
    pub(crate) fn remove(&mut self, recorded: &Recorded, key: K) -> Result<(), Poison> {
        match self.0.get_mut(&key) {
            None => {
                let after = After::Gone;
                self.0.insert(key, Net { stood: true, after });
            }
            Some(net) if matches!(net.after, After::Gone) => return Err(impossible(recorded)),
            Some(net) => net.after = After::Gone,
        }
        Ok(())
    }

    /// These rows are removed before all others, whether they are in the batch or not, by a statement of
    /// the caller's.
    pub(crate) fn forget(&mut self, is_of: impl Fn(&K) -> bool) {
        self.0.retain(|key, _| !is_of(key));
    }

    pub(crate) fn len(&self) -> usize {
        self.0.len()
    }

    pub(crate) fn split(self) -> Split<K, R> {
        let mut split = Split {
            gone: Vec::new(),
            placed: Vec::new(),
            changed: Vec::new(),
        };
        for (key, Net { stood, after }) in self.0 {
            match after {
                After::Gone if stood => split.gone.push(key),
                After::Gone => {}
                After::Placed(row) => {
                    if stood {
                        split.gone.push(key.clone());
                    }
                    split.placed.push(Keyed { key, row });
                }
                After::Changed(row) => split.changed.push(Keyed { key, row }),
            }
        }
        split
    }
}

/// Rows that events put whole, whether they were there or not, and take away, by key.
#[derive(Debug)]
pub(crate) struct Puts<K, R>(HashMap<K, Option<R>>);

impl<K, R> Default for Puts<K, R> {
    fn default() -> Self {
        Self(HashMap::new())
    }
}

impl<K: Eq + Hash, R> Puts<K, R> {
    /// This is the row now.
    pub(crate) fn put(&mut self, key: K, row: R) {
        self.0.insert(key, Some(row));
    }

    /// There is no row any more.
    pub(crate) fn take(&mut self, key: K) {
        self.0.insert(key, None);
    }

    /// See [`Rows::forget`].
    pub(crate) fn forget(&mut self, is_of: impl Fn(&K) -> bool) {
        self.0.retain(|key, _| !is_of(key));
    }

    pub(crate) fn len(&self) -> usize {
        self.0.len()
    }

    /// What is gone, and what is put.
    pub(crate) fn split(self) -> (Vec<K>, Vec<Keyed<K, R>>) {
        let (mut gone, mut put) = (Vec::new(), Vec::new());
        for (key, row) in self.0 {
            match row {
                Some(row) => put.push(Keyed { key, row }),
                None => gone.push(key),
            }
        }
        (gone, put)
    }
}

/// The event contradicts what the batch holds.
pub(crate) fn impossible(recorded: &Recorded) -> Poison {
    Poison(format!(
        "{} cannot follow what happened to {} before",
        recorded.wire_name, recorded.stream
    ))
}

#[cfg(test)]
mod tests {
    use cinatra_domain::kernel::{
        ActorId, CommandId, EventId, Position, Revision, StreamId, TenantId,
    };
    use cinatra_eventstore::Recorded;
    use jiff::Timestamp;
    use uuid::Uuid;

    use super::{Merge, Puts, Rows, Split, replace};

    #[derive(Debug, PartialEq)]
    struct Row(Option<u8>, Option<u8>);

    impl Merge for Row {
        fn merge(&mut self, later: Self) {
            replace(&mut self.0, later.0);
            replace(&mut self.1, later.1);
        }
    }

    fn recorded() -> Recorded {
        Recorded {
            tenant: TenantId::SYSTEM,
            position: Position(1),
            stream: StreamId::new("a", "b"),
            revision: Revision(0),
            event_id: EventId(Uuid::nil()),
            wire_name: "a.happened.v1".to_owned(),
            recorded_at: Timestamp::UNIX_EPOCH,
            actor: ActorId::system("test"),
            authority: String::new(),
            command_id: CommandId(Uuid::nil()),
            causation_id: None,
            correlation_id: Uuid::nil(),
            payload: Vec::new(),
            hash: [0; 32],
        }
    }

    /// What is gone, and what is placed and changed of one key.
    fn net(rows: Rows<&'static str, Row>) -> (usize, Vec<Row>, Vec<Row>) {
        let Split {
            gone,
            placed,
            changed,
        } = rows.split();
        let rows = |keyed: Vec<super::Keyed<&str, Row>>| {
            let rows = keyed.into_iter();
            rows.map(|each| each.row).collect()
        };
        (gone.len(), rows(placed), rows(changed))
    }

    #[test]
    fn a_batch_writes_what_is_left_in_the_end() {
        let of = recorded();
        let mut rows = Rows::default();
        rows.place(&of, "a", Row(Some(1), Some(1))).unwrap();
        rows.change(&of, "a", Row(Some(2), None)).unwrap();
        assert_eq!(net(rows), (0, vec![Row(Some(2), Some(1))], vec![]));

        let mut rows = Rows::default();
        rows.change(&of, "a", Row(Some(2), None)).unwrap();
        rows.change(&of, "a", Row(None, Some(3))).unwrap();
        assert_eq!(net(rows), (0, vec![], vec![Row(Some(2), Some(3))]));

        let mut rows = Rows::default();
        rows.change(&of, "a", Row(Some(2), None)).unwrap();
        rows.remove(&of, "a").unwrap();
        rows.place(&of, "a", Row(Some(4), None)).unwrap();
        assert_eq!(net(rows), (1, vec![Row(Some(4), None)], vec![]));

        let mut rows = Rows::default();
        rows.place(&of, "a", Row(Some(1), None)).unwrap();
        rows.remove(&of, "a").unwrap();
        assert_eq!(net(rows), (0, vec![], vec![]));
    }

    #[test]
    fn what_cannot_have_happened_is_refused_and_changes_nothing() {
        let of = recorded();
        let mut rows = Rows::default();
        rows.place(&of, "a", Row(Some(1), None)).unwrap();
        rows.place(&of, "a", Row(Some(2), None)).unwrap_err();
        rows.place(&of, "b", Row(Some(1), None)).unwrap();
        rows.remove(&of, "b").unwrap();
        rows.remove(&of, "b").unwrap_err();
        rows.change(&of, "b", Row(Some(2), None)).unwrap_err();
        assert_eq!(net(rows), (0, vec![Row(Some(1), None)], vec![]));
    }

    #[test]
    fn what_is_forgotten_begins_anew() {
        let of = recorded();
        let mut rows = Rows::default();
        rows.change(&of, "a", Row(Some(2), None)).unwrap();
        rows.remove(&of, "b").unwrap();
        rows.forget(|_| true);
        rows.place(&of, "a", Row(Some(3), None)).unwrap();
        assert_eq!(net(rows), (0, vec![Row(Some(3), None)], vec![]));

        let mut puts = Puts::default();
        puts.put("a", 1);
        puts.forget(|_| true);
        puts.put("b", 2);
        puts.take("c");
        puts.put("c", 3);
        puts.put("d", 4);
        puts.take("d");
        let (gone, put) = puts.split();
        assert_eq!((gone, put.len()), (vec!["d"], 2));
    }
}
