//! A retry gets the first answer, whatever it was.

use cinatra_tests::served::Served;
use cinatra_tests::{Call, Package};
use serde_json::json;

use super::package;

const NAME: &str = "@acme/hello-skill";

fn keyed(key: &str) -> Call<'_> {
    Call {
        key: Some(key),
        ..Call::default()
    }
}

#[tokio::test]
async fn a_repeated_command_answers_as_the_first_time() {
    let served = Served::with(&[Package::skill(NAME, "1.0.0").pack().unwrap()])
        .await
        .unwrap();
    let client = served.client().unwrap();
    let input = package(NAME, "1.0.0");
    let first = client
        .call("extensions_install", &input, keyed("k"))
        .await
        .unwrap();
    let second = client
        .call("extensions_install", &input, keyed("k"))
        .await
        .unwrap();
    assert_eq!(
        (first.status, &first.body, &first.at),
        (200, &second.body, &second.at)
    );
    let other = client
        .call("extensions_install", &input, keyed("other"))
        .await
        .unwrap();
    assert_eq!(other.status, 200, "{}", other.body);
    assert_ne!(other.body["alreadyInstalled"], json!([]), "{}", other.body);
}

#[tokio::test]
async fn a_repeated_refusal_is_the_first_refusal_even_when_the_world_has_changed() {
    let served = Served::with(&[Package::skill(NAME, "1.0.0").pack().unwrap()])
        .await
        .unwrap();
    let client = served.client().unwrap();
    let input = package(NAME, "1.0.0");
    let first = client
        .call("extensions_archive", &input, keyed("k"))
        .await
        .unwrap();
    assert_eq!(first.code(), Some("NOT_INSTALLED"), "{}", first.body);
    assert_eq!(
        client
            .call("extensions_install", &input, keyed("i"))
            .await
            .unwrap()
            .status,
        200
    );
    let second = client
        .call("extensions_archive", &input, keyed("k"))
        .await
        .unwrap();
    assert_eq!(
        (first.status, &first.body, &first.at),
        (second.status, &second.body, &second.at)
    );
}

#[tokio::test]
async fn concurrent_retries_of_one_command_have_one_effect() {
    let served = Served::with(&[Package::skill(NAME, "1.0.0").pack().unwrap()])
        .await
        .unwrap();
    let client = served.client().unwrap();
    let input = package(NAME, "1.0.0");
    let retries = (0..8).map(|_| client.call("extensions_install", &input, keyed("k")));
    let replies = futures_util::future::join_all(retries).await;
    let first = replies[0].as_ref().unwrap().clone();
    for reply in replies {
        let reply = reply.unwrap();
        assert_eq!(
            (reply.status, &reply.body, &reply.at),
            (200, &first.body, &first.at)
        );
    }
    let fresh = Call {
        min_pos: first.at.as_deref(),
        strict: true,
        ..Call::default()
    };
    let named = json!({ "packageName": NAME });
    let timeline = client
        .call("extensions_timeline", &named, fresh)
        .await
        .unwrap();
    let items = timeline.body["items"].as_array().unwrap();
    let told: Vec<&str> = items
        .iter()
        .map(|item| item["wireName"].as_str().unwrap())
        .collect();
    assert_eq!(
        told,
        ["extension.installed.v1", "extension.skills_indexed.v1"]
    );
}
