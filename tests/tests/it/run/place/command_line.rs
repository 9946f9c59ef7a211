//! The command line, within a project.

use cinatra_tests::Database;
use cinatra_tests::places::Scratch;
use serde_json::json;

use super::{UNKNOWN, begin, node};
use crate::cli::{out, typed};
use crate::extension::done;
use crate::run::AGENT;
use crate::session::eventually;

#[tokio::test(flavor = "multi_thread")]
async fn the_command_line_runs_an_agent_within_a_project() {
    let home = Scratch::new("within").unwrap();
    let node = node(&home, &Database::fresh().await.unwrap()).await;
    let client = node.client().unwrap();
    let me = done(&client, "users_me", &json!({})).await;
    let input = json!({ "name": "Study", "ownerLevel": "user", "ownerId": me["userId"] });
    let study = done(&client, "projects_create", &input).await["projectId"].clone();
    let study = study.as_str().unwrap();
    let listed = async |count: usize| {
        let inside = json!({ "projectId": study });
        eventually("they are listed", async || {
            let page = done(&client, "agent_run_list", &inside).await;
            (page["items"].as_array().unwrap().len() == count).then_some(())
        })
        .await;
    };
    let run = [
        "run",
        AGENT,
        "--install",
        "1.0.0",
        "--input",
        "guest=Bob",
        "--project",
    ];
    let run = [&run[..], &[study]].concat();
    let output = typed(node.start_again(), &run, "yes");
    assert!(output.status.success(), "{}", out(&output));
    listed(1).await;
    let unknown = [&run[..run.len() - 1], &[UNKNOWN]].concat();
    let output = typed(node.start_again(), &unknown, "yes");
    assert_eq!(output.status.code(), Some(5), "{}", out(&output));
    let begin = begin().to_string();
    let call = ["call", "agent_run", &begin, "--project", study];
    let output = node.start_again().run(&call).unwrap();
    assert!(output.status.success(), "{}", out(&output));
    listed(2).await;
    let wrong = ["call", "agent_run", &begin, "--project", "a\nb"];
    let output = node.start_again().run(&wrong).unwrap();
    assert_eq!(output.status.code(), Some(2), "{}", out(&output));
}
