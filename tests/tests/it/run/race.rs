//! Two who want the same of one run, or of one agent.

use cinatra_tests::Call;
use futures_util::future::join_all;
use serde_json::json;

use super::{AGENT, asker, reaches, serving, start};
use crate::extension::{call, done, package, refused};

#[tokio::test(flavor = "multi_thread")]
async fn the_first_answer_wins_and_the_same_one_again_is_nothing() {
    let (served, ada) = serving(&[], &[asker()]).await;
    let other = served.beside().await.unwrap();
    let there = cinatra_tests::people::sign_in(&other.url(), &ada.email)
        .await
        .unwrap();
    for _ in 0..5 {
        let run = start(&ada.client, AGENT, &json!({ "guest": "Bob" })).await;
        reaches(&ada.client, &run, "pending_approval").await;
        let gate = format!("wayflow-{run}:1");
        let answers = (0..8).map(|number| {
            let client = if number % 2 == 0 {
                &ada.client
            } else {
                &there.client
            };
            let input =
                json!({ "runId": run, "gateId": gate, "userResponse": format!("answer {number}") });
            async move { call(client, "agent_run_resume", &input).await }
        });
        let replies = join_all(answers).await;
        let won: Vec<usize> = (0..8)
            .filter(|number| replies[*number].status == 200)
            .collect();
        assert_eq!(won.len(), 1, "{replies:?}");
        let lost = replies
            .iter()
            .filter(|reply| reply.code() == Some("GATE_ALREADY_ANSWERED"));
        assert_eq!(lost.count(), 7, "{replies:?}");
        let over = reaches(&ada.client, &run, "completed").await;
        let said = format!("answer {}", won[0]);
        assert_eq!(over["outputs"]["said"], json!(said));
        let same = json!({ "runId": run, "gateId": gate, "userResponse": said });
        done(&ada.client, "agent_run_resume", &same).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_key_starts_one_run() {
    let (_served, ada) = serving(&[], &[asker()]).await;
    let input = json!({ "packageName": AGENT, "inputParams": "{\"guest\": \"Bob\"}" });
    let starts = (0..30).map(|_| {
        let terms = Call {
            key: Some("one"),
            ..Call::default()
        };
        ada.client.call("agent_run", &input, terms)
    });
    let mut runs: Vec<String> = join_all(starts)
        .await
        .into_iter()
        .map(|reply| reply.unwrap().body["runId"].as_str().unwrap().to_owned())
        .collect();
    runs.dedup();
    assert_eq!(runs.len(), 1);
    reaches(&ada.client, &runs[0], "pending_approval").await;
    let listed = done(&ada.client, "agent_run_list", &json!({})).await;
    assert_eq!(listed["items"].as_array().unwrap().len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn starting_and_uninstalling_have_one_outcome() {
    let (_served, ada) = serving(&[], &[asker()]).await;
    for _ in 0..6 {
        let input = json!({ "packageName": AGENT, "inputParams": "{\"guest\": \"Bob\"}" });
        let (gone, removing) = (package(AGENT, "1.0.0"), "extensions_uninstall");
        let (started, removed) = futures_util::future::join(
            call(&ada.client, "agent_run", &input),
            call(&ada.client, removing, &gone),
        )
        .await;
        assert_eq!(removed.status, 200, "{}", removed.body);
        if started.status == 200 {
            // Used before it was removed: it is kept, and the run goes on.
            assert_eq!(removed.body["outcome"], "archived", "{}", started.body);
            let run = started.body["runId"].as_str().unwrap();
            reaches(&ada.client, run, "pending_approval").await;
            let input = json!({ "packageName": AGENT, "packageVersion": "1.0.0",
                "confirmDestructive": true });
            done(&ada.client, "agent_run_stop", &json!({ "runId": run })).await;
            done(&ada.client, "extensions_force_delete", &input).await;
        } else {
            let code = started.code().unwrap();
            let is_either = ["TEMPLATE_NOT_FOUND", "TEMPLATE_ARCHIVED", "NOT_FOUND"];
            assert!(is_either.contains(&code), "{}", started.body);
            if removed.body["outcome"] == "archived" {
                let input = json!({ "packageName": AGENT, "packageVersion": "1.0.0",
                    "confirmDestructive": true });
                done(&ada.client, "extensions_force_delete", &input).await;
            }
        }
        done(&ada.client, "extensions_install", &package(AGENT, "1.0.0")).await;
    }
    let gone = json!({ "runId": uuid::Uuid::nil() });
    assert_eq!(refused(&ada.client, "agent_run_get", &gone).await.0, 404);
}
