//! The master key: where it comes from, what happens without it, and how it is changed.

use std::os::unix::fs::PermissionsExt as _;
use std::process::Output;

use cinatra_commands::gateway::vault::MasterKey;
use cinatra_commands::secret::UnlockError;
use cinatra_tests::places::Scratch;
use cinatra_tests::{Database, Node, Start};
use serde_json::json;

use super::{ACME, MASTER, NAME, master, reveal, set, stack};
use crate::extension::done;

const OTHER: &str = "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef";

fn said(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

#[tokio::test]
async fn a_key_of_a_wrong_length_is_counted_before_anything_is_made() {
    let scratch = Scratch::new("master").unwrap();
    let home = scratch.path().join("home");
    let start = Start::up(&home);
    for (key, counted) in [
        (&MASTER[1..], "63 hexadecimal digits"),
        ("c2hvcnQ=", "base64 of 5 bytes"),
        ("not-a-key", "9 characters"),
    ] {
        let mut start = start.clone().encryption_key(key);
        let output = start.run(&["up"]).unwrap();
        assert_eq!(output.status.code(), Some(2), "{}", said(&output));
        let text = said(&output);
        assert!(text.contains("CINATRA_ENCRYPTION_KEY: "), "{text}");
        assert!(text.contains(counted) && !text.contains(key), "{text}");
        start = Start::serve(&home, "postgresql://nobody@127.0.0.1:1/none").encryption_key(key);
        assert_eq!(start.run(&["serve"]).unwrap().status.code(), Some(2));
        assert!(!home.exists(), "something was made");
    }
}

#[tokio::test]
async fn the_first_start_makes_a_file_and_the_next_one_uses_it() {
    let scratch = Scratch::new("master").unwrap();
    let database = Database::fresh().await.unwrap();
    let start = Start::serve(scratch.path(), &database.url);
    let node = Node::start(start.clone()).await.unwrap();
    let secret = json!({ "name": NAME, "value": "v" });
    done(&node.client().unwrap(), "secrets_set", &secret).await;
    node.stop().unwrap();
    let path = scratch.path().join("master-key");
    let (mode, key) = (
        std::fs::metadata(&path).unwrap().permissions().mode(),
        std::fs::read_to_string(&path).unwrap(),
    );
    assert_eq!((mode & 0o777, key.trim().len()), (0o600, 64));
    let node = Node::start(start.clone()).await.unwrap();
    done(&node.client().unwrap(), "secrets_rotate_keys", &json!({})).await;
    assert!(!node.log().contains(key.trim()));
    node.stop().unwrap();

    // Without the file it does not start, says so in one sentence, and makes no other key.
    std::fs::rename(&path, scratch.path().join("elsewhere")).unwrap();
    let output = start.run(&["serve"]).unwrap();
    assert_eq!(output.status.code(), Some(10), "{}", said(&output));
    assert!(
        said(&output).contains("under another master key"),
        "{}",
        said(&output)
    );
    assert!(!path.exists());
    let output = start.clone().encryption_key(OTHER).run(&["serve"]).unwrap();
    assert!(
        said(&output).contains("under another master key"),
        "{}",
        said(&output)
    );
    // The same key in the variable is as good as the file.
    let given = start.encryption_key(key.trim());
    Node::start(given).await.unwrap().stop().unwrap();
}

#[tokio::test]
async fn a_new_master_key_takes_over_from_the_previous_one_at_a_start() {
    let database = Database::fresh().await.unwrap();
    let (store, secrets) = stack(&database, master()).await;
    store.create_ledger(ACME).await.unwrap();
    set(&secrets, ACME, NAME, "kept").await;
    store.close().await;

    let scratch = Scratch::new("master").unwrap();
    let mut start = Start::serve(scratch.path(), &database.url).encryption_key(OTHER);
    start.previous_key = Some("ab".repeat(32));
    let output = start.run(&["serve"]).unwrap();
    assert!(
        said(&output).contains("under another master key"),
        "{}",
        said(&output)
    );
    start.previous_key = Some(MASTER.to_owned());
    Node::start(start.clone()).await.unwrap().stop().unwrap();
    // Once more with both, and then without the former one.
    Node::start(start.clone()).await.unwrap().stop().unwrap();
    start.previous_key = None;
    Node::start(start.clone()).await.unwrap().stop().unwrap();
    assert!(!scratch.path().join("master-key").exists());

    let other = MasterKey::parse(OTHER).unwrap();
    let (store, secrets) = stack(&database, other).await;
    let value = reveal(&secrets, ACME, NAME).await.unwrap();
    assert_eq!(value.as_deref(), Some("kept"));
    let former = cinatra_commands::Secrets::unlock(store, master(), None).await;
    assert!(matches!(former, Err(UnlockError::UnknownMaster)));
}
