//! A database that neither answers nor closes its connections: everybody hears so in time.

use std::time::{Duration, Instant};

use cinatra_tests::places::Scratch;
use cinatra_tests::process::{self, Signal};
use cinatra_tests::{Node, Start};
use serde_json::json;

use crate::extension::{call, done};
use crate::up::postmaster;

/// A postmaster and its children, stopped for as long as the value lives.
struct Frozen(Vec<u32>);

impl Frozen {
    fn whole(postmaster: u32) -> Self {
        process::send(Signal::STOP, postmaster).unwrap();
        let mut frozen = Self(vec![postmaster]);
        for child in process::children(postmaster) {
            // A backend may end by itself in between.
            if process::send(Signal::STOP, child).is_ok() {
                frozen.0.push(child);
            }
        }
        frozen
    }
}

impl Drop for Frozen {
    fn drop(&mut self) {
        for process in &self.0 {
            let _ = process::send(Signal::CONT, *process);
        }
    }
}

#[tokio::test]
async fn while_the_database_is_frozen_reads_and_readiness_answer_503_in_time() {
    let home = Scratch::new("frozen").unwrap();
    let node = Node::start(Start::up(&home.path().join("home")))
        .await
        .unwrap();
    let client = node.client().unwrap();
    done(&client, "extensions_list", &json!({})).await;
    let frozen = Frozen::whole(postmaster(node.start_again()));
    let began = Instant::now();
    // The token is remembered for half a second: this one gets as far as the read model.
    let read = call(&client, "extensions_list", &json!({})).await;
    let took = began.elapsed();
    assert_eq!(
        (read.status, read.code()),
        (503, Some("READ_MODEL_UNAVAILABLE")),
        "{}",
        read.body
    );
    assert!(took < Duration::from_secs(9), "{took:?}");
    // More than there are connections, each of which has to find its own way out.
    let list = json!({});
    let many = (0..20).map(|_| call(&client, "extensions_list", &list));
    let began = Instant::now();
    for read in futures_util::future::join_all(many).await {
        assert_eq!(read.status, 503, "{}", read.body);
    }
    assert!(began.elapsed() < Duration::from_secs(9));
    let began = Instant::now();
    let ready = client.get("/readyz").await.unwrap();
    assert_eq!((ready.status, ready.code()), (503, Some("NOT_READY")));
    assert!(
        began.elapsed() < Duration::from_secs(4),
        "{:?}",
        began.elapsed()
    );

    drop(frozen);
    let thawed = Instant::now();
    while !call(&client, "extensions_list", &json!({})).await.is_ok()
        || !client.get("/readyz").await.unwrap().is_ok()
    {
        assert!(thawed.elapsed() < Duration::from_secs(20));
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    // Whatever connection answers, it answers what was asked.
    for _ in 0..40 {
        let listed = done(&client, "extensions_list", &json!({})).await;
        assert_eq!(listed, json!({ "items": [] }));
    }
    node.stop().unwrap();
}
