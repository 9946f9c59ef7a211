//! `cinatra run`: an agent from its start to what it answers, on a terminal or without one.

use std::io::{BufRead as _, BufReader, Write as _};
use std::process::Stdio;

use cinatra_tests::places::Scratch;
use cinatra_tests::{Database, Node, Start};
use serde_json::{Value, json};

use super::asker;
use crate::cli::{out, typed};
use crate::extension::done;

const SAMPLE: &str = "@cinatra-ai/meeting-opener-agent";

/// A node on a fresh machine, with its sample packages, as `make up` leaves it.
async fn fresh(home: &Scratch) -> Node {
    let database = Database::fresh().await.unwrap();
    let registry = home.path().join("registry");
    cinatra_api::samples::seed(&registry).unwrap();
    cinatra_tests::registry::publish_into(&registry, &asker()).unwrap();
    Node::start(Start::serve(home.path(), &database.url))
        .await
        .unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn the_sample_agent_runs_asks_and_answers_by_one_command() {
    let home = Scratch::new("run").unwrap();
    let node = fresh(&home).await;
    let start = node.start_again();
    let run = ["run", SAMPLE, "--input", "guest=Bob", "--install", "latest"];
    // Somebody types the answer.
    let said = "Good morning, Bob, and a \"warm\" welcome!";
    let output = typed(start, &run, said);
    assert_eq!(output.status.code(), Some(0), "{}", out(&output));
    let answered: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(answered, json!({ "opening": said, "records": [] }));
    let told = String::from_utf8_lossy(&output.stderr);
    for part in [
        "is installed",
        "calls ",
        "I would open with: Good morning, Bob!",
        "it waits for an approval",
        "The words to open with (agreed):",
    ] {
        assert!(told.contains(part), "{part}: {told}");
    }
    // It looked away to ask, and went on after what it had seen.
    assert_eq!(told.matches("I would open with").count(), 1, "{told}");
    // Or it is given beforehand; the other branch, and the field that is missing is a question as well.
    let given = [
        "run",
        SAMPLE,
        "--input",
        "language=de",
        "--answer",
        "agreed=Moin!",
    ];
    let output = start.run(&[&given[..], &["--answer", "guest=Eve"]].concat());
    let output = output.unwrap();
    assert_eq!(output.status.code(), Some(0), "{}", out(&output));
    assert!(out(&output).contains("Guten Tag, Eve!"), "{}", out(&output));
    let answered: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(answered["opening"], "Moin!");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_comes_to_nothing_has_its_code_and_its_exit() {
    let home = Scratch::new("run").unwrap();
    let node = fresh(&home).await;
    let start = node.start_again();
    let ends = |arguments: &[&str], code: i32, parts: &[&str]| {
        let output = start.run(arguments).unwrap();
        assert_eq!(output.status.code(), Some(code), "{}", out(&output));
        for part in parts {
            assert!(out(&output).contains(part), "{part}: {}", out(&output));
        }
        assert!(output.stdout.is_empty(), "{}", out(&output));
        out(&output)
    };
    ends(&["run", super::AGENT], 5, &["NOT_FOUND", "--install"]);
    ends(
        &["run", super::AGENT, "--input", "guest"],
        2,
        &["name=value"],
    );
    let run = [
        "run",
        super::AGENT,
        "--install",
        "1.0.0",
        "--input",
        "guest=Bob",
    ];
    // Nobody is there to answer: the run waits on, and can be answered.
    let said = ends(&run, 2, &["Hello, Bob!", "goes on waiting", "--answer"]);
    let id = said
        .lines()
        .find_map(|line| line.strip_prefix("run "))
        .unwrap();
    let client = node.client().unwrap();
    super::reaches(&client, id, "pending_approval").await;
    super::answer(&client, id, "late").await;
    super::reaches(&client, id, "completed").await;
    // A field that does not fit is the server's word.
    let wrong = [&run[..2], &["--answer", "guest:=7"]].concat();
    ends(&wrong, 8, &["GATE_FIELDS_INVALID"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_run_that_somebody_else_ends_or_answers_is_told_so() {
    let home = Scratch::new("run").unwrap();
    let node = fresh(&home).await;
    let client = node.client().unwrap();
    let run = [
        "run",
        super::AGENT,
        "--install",
        "1.0.0",
        "--input",
        "guest=Bob",
    ];
    for (name, code, part) in [
        ("agent_run_stop", 1, "GATE_SUPERSEDED"),
        ("agent_run_resume", 0, "somebody else has answered"),
    ] {
        let mut command = node.start_again().command(&run).unwrap();
        command.stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut child = command.stderr(Stdio::piped()).spawn().unwrap();
        let mut told = BufReader::new(child.stderr.take().unwrap()).lines();
        let mut id = String::new();
        // It asks; before anything is typed, somebody else acts.
        for line in told.by_ref() {
            let line = line.unwrap();
            if let Some(run) = line.strip_prefix("run ") {
                run.clone_into(&mut id);
            }
            if line == "Answer (answer):" {
                break;
            }
        }
        let mut input = json!({ "runId": id });
        if name == "agent_run_resume" {
            input["userResponse"] = "first".into();
        }
        done(&client, name, &input).await;
        writeln!(child.stdin.take().unwrap(), "second").unwrap();
        let rest: Vec<String> = told.map(Result::unwrap).collect();
        let output = child.wait_with_output().unwrap();
        assert!(rest.join("\n").contains(part), "{rest:?}");
        if code == 0 {
            let answered: Value = serde_json::from_slice(&output.stdout).unwrap();
            assert_eq!(answered, json!({ "said": "first" }));
        }
        assert_eq!(output.status.code() == Some(0), code == 0, "{rest:?}");
    }
}
