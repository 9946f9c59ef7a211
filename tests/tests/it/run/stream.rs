//! A viewer who was cut off goes on without a gap and without a repetition.

use cinatra_tests::{Flow, Seen, Viewer};
use serde_json::json;

use super::{AGENT, answer, asker, reaches, serving, start};

/// An agent that says so many things and is done.
fn talker(sentences: usize) -> cinatra_tests::Packed {
    let mut flow = Flow::of("talker", &["guest"]);
    for number in 0..sentences {
        let id = format!("say{number}");
        flow = flow
            .says(&id, "Zeile\u{2028}{{ guest }} \u{1F3AC}\nend", &["guest"])
            .feeds("start", "guest", &id, "guest");
    }
    flow.answers("guest", "start", "guest")
        .agent("@acme/talker-agent", "1.0.0")
        .unwrap()
}

fn ids(seen: &[Seen]) -> Vec<&str> {
    seen.iter()
        .filter_map(|event| event.id.as_deref())
        .collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn every_split_of_a_stream_comes_to_the_whole() {
    let (_served, ada) = serving(&[], &[talker(40)]).await;
    let run = start(
        &ada.client,
        "@acme/talker-agent",
        &json!({ "guest": "Bob" }),
    )
    .await;
    reaches(&ada.client, &run, "completed").await;
    for query in ["", "?dialect=ag-ui"] {
        let mut viewer = Viewer::open(&ada.client, &run, query, None).await.unwrap();
        let whole = viewer.take(usize::MAX).await.unwrap();
        assert_eq!(whole.len(), 2 + 3 * 40);
        for split in 1..whole.len() {
            let at = whole[split - 1].id.as_deref();
            let mut viewer = Viewer::open(&ada.client, &run, query, at).await.unwrap();
            assert_eq!(viewer.reset, None);
            let rest = viewer.take(usize::MAX).await.unwrap();
            // In the strict dialect whoever comes in later hears first what went before.
            let rest: Vec<_> = rest
                .into_iter()
                .filter(|event| event.id.is_some())
                .collect();
            assert_eq!(rest, whole[split..], "{query} after {at:?}");
        }
        let last = whole.last().unwrap().id.as_deref();
        let viewer = Viewer::open(&ada.client, &run, query, last).await.unwrap();
        assert_eq!(viewer.status, 204);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stream_stays_open_through_a_gate_and_ends_with_the_run() {
    let (served, ada) = serving(&[], &[asker()]).await;
    let other = served.beside().await.unwrap();
    let there = cinatra_tests::people::sign_in(&other.url(), &ada.email)
        .await
        .unwrap();
    let run = start(&ada.client, AGENT, &json!({ "guest": "Bob" })).await;
    let mut here = Viewer::open(&ada.client, &run, "", None).await.unwrap();
    let mut far = Viewer::open(&there.client, &run, "", None).await.unwrap();
    let mut seen = here.until("INTERRUPT").await.unwrap();
    assert_eq!(far.until("INTERRUPT").await.unwrap(), seen);
    reaches(&ada.client, &run, "pending_approval").await;
    answer(&there.client, &run, "yes").await;
    let rest = here.take(usize::MAX).await.unwrap();
    assert_eq!(rest[0].kind(), "RESUME");
    let last = rest.last().unwrap();
    assert_eq!(last.kind(), "RUN_FINISHED", "{last:?}");
    assert_eq!(far.take(usize::MAX).await.unwrap(), rest);
    seen.extend(rest);
    let mut again = Viewer::open(&there.client, &run, "", None).await.unwrap();
    assert_eq!(again.take(usize::MAX).await.unwrap(), seen);
    let numbers = ids(&seen);
    let mut sorted = numbers.clone();
    sorted.dedup();
    assert_eq!(numbers, sorted);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_cursor_that_cannot_be_gone_on_from_is_told_so() {
    let (_served, ada) = serving(&[], &[talker(2)]).await;
    let run = start(
        &ada.client,
        "@acme/talker-agent",
        &json!({ "guest": "Bob" }),
    )
    .await;
    reaches(&ada.client, &run, "completed").await;
    let mut whole = Viewer::open(&ada.client, &run, "", None).await.unwrap();
    let whole = whole.take(usize::MAX).await.unwrap();
    for (cursor, reason) in [
        ("nonsense", "malformed"),
        ("1-999", "future"),
        ("9-1", "foreign_epoch"),
    ] {
        let mut viewer = Viewer::open(&ada.client, &run, "", Some(cursor))
            .await
            .unwrap();
        assert_eq!(viewer.reset.as_deref(), Some(reason));
        let seen = viewer.take(usize::MAX).await.unwrap();
        assert_eq!(
            seen[0].value(),
            json!({ "type": "reset", "reason": reason })
        );
        assert_eq!(seen[0].id, None);
        assert_eq!(seen[1..], whole[..]);
        // The official clients take nothing before a run's start.
        let strict = Viewer::open(&ada.client, &run, "?dialect=ag-ui", Some(cursor));
        let seen = strict.await.unwrap().take(usize::MAX).await.unwrap();
        let told =
            json!({ "type": "CUSTOM", "name": "cinatra.reset", "value": { "reason": reason } });
        assert_eq!(seen[0].kind(), "RUN_STARTED");
        assert_eq!((seen[1].value(), &seen[1].id), (told, &None));
    }
    let zero = Viewer::open(&ada.client, &run, "", Some("0-0")).await;
    assert_eq!(zero.unwrap().take(usize::MAX).await.unwrap(), whole);
}
