//! `cinatra up` on a machine of its own: found again, killed, started again, stopped.

use std::time::Duration;

use cinatra_tests::places::Scratch;
use cinatra_tests::{Node, Package, Start, process, registry};
use serde_json::json;

use crate::extension::{done, package};

const NAME: &str = "@acme/hello-skill";

fn start(home: &Scratch) -> Start {
    let folder = home.path().join("packages");
    registry::publish_into(&folder, &Package::skill(NAME, "1.0.0").pack().unwrap()).unwrap();
    Start::up(&home.path().join("home")).registry(format!("directory:{}", folder.display()))
}

/// The process id of the database of this home; 0 when there is none.
pub(crate) fn postmaster(start: &Start) -> u32 {
    let file = std::fs::read_to_string(start.home.join("pg/data/postmaster.pid"));
    file.ok()
        .and_then(|text| text.lines().next()?.parse().ok())
        .unwrap_or(0)
}

#[tokio::test]
async fn up_survives_a_kill_of_everything_with_what_was_acknowledged() {
    let home = Scratch::new("up").unwrap();
    let mut node = Node::start(start(&home)).await.unwrap();
    done(
        &node.client().unwrap(),
        "extensions_install",
        &package(NAME, "1.0.0"),
    )
    .await;
    node.process().kill().unwrap();
    let node = Node::start(start(&home)).await.unwrap();
    let row = done(
        &node.client().unwrap(),
        "extensions_get",
        &json!({ "packageName": NAME }),
    )
    .await;
    assert_eq!(row["status"], "active");
    node.stop().unwrap();
}

#[tokio::test]
async fn a_second_up_points_at_the_first_and_a_stop_stops_the_database() {
    let home = Scratch::new("up").unwrap();
    let node = Node::start(start(&home)).await.unwrap();
    let second = node.start_again().run(&["up"]).unwrap();
    let said = String::from_utf8_lossy(&second.stdout).into_owned();
    assert!(
        second.status.success() && said.contains(&node.process_id().to_string()),
        "{said}"
    );
    let postmaster = postmaster(node.start_again());
    assert!(postmaster == 0 || process::is_alive(postmaster));
    node.stop().unwrap();
    std::thread::sleep(Duration::from_millis(100));
    assert!(postmaster == 0 || !process::is_alive(postmaster));
}

#[tokio::test]
async fn a_replay_without_a_server_has_the_database_started_and_stopped_for_it() {
    let home = Scratch::new("up").unwrap();
    let start = start(&home);
    let replay = |start: &Start| {
        let output = start.run(&["replay", "verify"]).unwrap();
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        (output.status.code(), said)
    };
    let only = "for this command only";
    let (code, said) = replay(&start);
    assert_eq!(code, Some(10), "{said}");
    assert!(said.contains("cinatra up"), "{said}");
    assert!(!start.home.exists(), "nothing is created to be replayed");

    let node = Node::start(start).await.unwrap();
    let install = package(NAME, "1.0.0");
    done(&node.client().unwrap(), "extensions_install", &install).await;
    let (code, said) = replay(node.start_again());
    assert!(code == Some(0) && !said.contains(only), "{said}");
    let start = node.start_again().clone();
    node.stop().unwrap();
    for _ in 0..2 {
        let (code, said) = replay(&start);
        assert!(code == Some(0) && said.contains(only), "{said}");
        assert_eq!(postmaster(&start), 0);
    }
    let node = Node::start(start).await.unwrap();
    let named = json!({ "packageName": NAME });
    let row = done(&node.client().unwrap(), "extensions_get", &named).await;
    assert_eq!(row["status"], "active");
    node.stop().unwrap();
}

#[tokio::test]
async fn what_a_first_start_says_can_be_done_in_its_order() {
    let home = Scratch::new("up").unwrap();
    // Nobody signs up here by the way.
    let start = Start::up(&home.path().join("home")).token("unused");
    let node = Node::start(start).await.unwrap();
    let mut said = node.log();
    for _ in 0..100 {
        if said.contains("--email YOUR-ADDRESS") {
            break;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
        said = node.log();
    }
    let install = said.find("extensions_install").unwrap();
    let sign_up = said.find("cinatra sign-up").unwrap();
    assert!(install < sign_up, "{said}");
    node.stop().unwrap();
}

#[test]
fn a_setting_that_cannot_be_used_is_named_before_anything_is_created() {
    let scratch = Scratch::new("up").unwrap();
    let home = scratch.path().join("home");
    for (variable, value) in [
        ("CINATRA_PORT", "70000"),
        ("CINATRA_BIND", "everywhere"),
        ("CINATRA_PUBLIC_URL", "cinatra.example"),
        ("CINATRA_REGISTRY", "http://robot:s3cret@localhost:1"),
        ("DATABASE_URL", "s3cret"),
        ("CINATRA_DEV_PROJECTIONS", "maybe"),
    ] {
        for sub in ["up", "serve"] {
            let mut command = Start::up(&home).command(&[sub]).unwrap();
            if sub == "serve" {
                command.env("DATABASE_URL", "postgresql://localhost:1/x");
            }
            let output = command.env(variable, value).output().unwrap();
            let said = String::from_utf8_lossy(&output.stderr).into_owned();
            assert_eq!(output.status.code(), Some(2), "{sub} {variable}: {said}");
            assert!(said.contains(variable), "{sub} {variable}: {said}");
            assert!(!said.contains(value), "{sub} {variable}: {said}");
            assert!(!home.exists(), "{sub} {variable} left a home behind");
        }
    }
    // An address of another machine is found out before there is a cluster (TEST-NET-1, RFC 5737).
    let mut command = Start::up(&home).command(&["up"]).unwrap();
    let output = command.env("CINATRA_BIND", "192.0.2.1").output().unwrap();
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!(output.status.code(), Some(2), "{said}");
    assert!(said.contains("CINATRA_BIND"), "{said}");
    assert!(!home.join("pg").exists());
}

#[tokio::test]
async fn a_port_in_use_is_named() {
    let home = Scratch::new("up").unwrap();
    let taken = std::net::TcpListener::bind(("127.0.0.1", 0)).unwrap();
    let port = taken.local_addr().unwrap().port().to_string();
    let output = start(&home)
        .command(&["up"])
        .unwrap()
        .env("CINATRA_PORT", &port)
        .output()
        .unwrap();
    assert!(!output.status.success());
    assert!(
        String::from_utf8_lossy(&output.stderr).contains(&port),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
}
