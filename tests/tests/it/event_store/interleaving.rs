//! Two appends that rely on each other's absence, in every order of their steps.

use cinatra_domain::kernel::Revision;
use cinatra_eventstore::{Condition, EventStore, Expected};
use cinatra_tests::Database;
use cinatra_tests::orders::{Side, Step, orders, overlap};

use super::{ACME, append, store, tags};

/// What an append is decided on.
enum Rule {
    /// Both write the next event of one stream.
    Stream,
    /// Each writes a tag that the other one read as absent.
    Tags,
    /// As `Tags`, but the condition is left out: the guard that must be missed.
    TagsWithoutCondition,
}

/// Runs one order and says which side was appended.
async fn run(store: &EventStore, rule: &Rule, name: &str, order: &[Step]) -> (bool, bool) {
    let subject = |side: Side| format!("{name}-{side:?}");
    let (mut gathered, mut done) = ([None, None], [false, false]);
    for step in order {
        let (Step::Gather(side) | Step::Append(side)) = *step;
        let (own, other) = (
            format!("{name}:{side:?}"),
            format!("{name}:{:?}", side.other()),
        );
        match step {
            Step::Gather(_) => {
                let stream = cinatra_domain::kernel::StreamId::new("extension", name);
                let revision = store
                    .read_stream(ACME, &stream, None, 10)
                    .await
                    .unwrap()
                    .last()
                    .map(|e| e.revision);
                let (found, at) = store.events_by_tag(ACME, &tags(&[&other])).await.unwrap();
                gathered[side.index()] = Some((revision, found.is_empty(), at));
            }
            Step::Append(_) => {
                let (revision, absent, at) = gathered[side.index()].unwrap();
                if !absent {
                    continue; // decided on what it saw: the rule says no
                }
                let at_revision = |r: Option<Revision>| r.map_or(Expected::NoStream, Expected::At);
                let condition = Condition {
                    tags: tags(&[&other]),
                    after: at,
                    proof: None,
                };
                let (stream, expected, conditions) = match rule {
                    Rule::Stream => (name.to_owned(), at_revision(revision), Vec::new()),
                    Rule::Tags => (subject(side), Expected::Any, vec![condition]),
                    Rule::TagsWithoutCondition => (subject(side), Expected::Any, Vec::new()),
                };
                // The stream rule is about revisions only, so that both sides may win one after the other.
                let tagged: &[&str] = if matches!(rule, Rule::Stream) {
                    &[]
                } else {
                    &[&own]
                };
                done[side.index()] = store
                    .append(append(
                        &subject(side),
                        &stream,
                        expected,
                        tagged,
                        conditions,
                    ))
                    .await
                    .map_err(|error| assert!(error.is_conflict(), "{error}"))
                    .is_ok();
            }
        }
    }
    (done[0], done[1])
}

#[tokio::test]
async fn two_appends_to_one_stream_never_both_win_from_the_same_revision() {
    let database = Database::fresh().await.unwrap();
    let store = store(&database).await;
    for (index, order) in orders().iter().enumerate() {
        let won = run(&store, &Rule::Stream, &format!("stream-{index}"), order).await;
        assert_eq!(won.0 && won.1, !overlap(order), "{order:?}");
        assert!(won.0 || won.1, "{order:?}");
    }
}

#[tokio::test]
async fn two_appends_that_rely_on_each_others_absence_never_both_win() {
    let database = Database::fresh().await.unwrap();
    let store = store(&database).await;
    for (index, order) in orders().iter().enumerate() {
        let won = run(&store, &Rule::Tags, &format!("tags-{index}"), order).await;
        assert!(won.0 ^ won.1, "{order:?}: {won:?}");
    }
}

/// The test above has teeth: without the condition, four of six orders let both win.
#[tokio::test]
async fn without_the_condition_overlapping_appends_both_win() {
    let database = Database::fresh().await.unwrap();
    let store = store(&database).await;
    let mut broken = Vec::new();
    for (index, order) in orders().iter().enumerate() {
        if run(
            &store,
            &Rule::TagsWithoutCondition,
            &format!("bare-{index}"),
            order,
        )
        .await
            == (true, true)
        {
            broken.push(order.clone());
        }
    }
    assert_eq!(
        broken,
        orders()
            .into_iter()
            .filter(|order| overlap(order))
            .collect::<Vec<_>>()
    );
}
