//! What people note with their answers.

use cinatra_tests::{Client, Flow};
use serde_json::{Value, json};

use super::{asks, reaches, serving, start};
use crate::extension::{call, done, refused};

const AGENT: &str = "@acme/twice-agent";

async fn prompts(client: &Client, run: &str) -> Vec<Value> {
    let listed = done(
        client,
        "agent_run_hitl_prompts_list",
        &json!({ "runId": run }),
    )
    .await;
    listed["items"].as_array().unwrap().clone()
}

/// Waits for a gate of a run, and answers it.
async fn answers(client: &Client, run: &str, gate: u32, answer: &str, note: Option<&str>) {
    let gate = format!("wayflow-{run}:{gate}");
    asks(client, run, &gate).await;
    let mut input = json!({ "runId": run, "gateId": gate, "userResponse": answer });
    if let Some(note) = note {
        input["approvalNote"] = json!(note);
    }
    done(client, "agent_run_resume", &input).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_note_is_listed_until_somebody_takes_it_out_and_then_teaches_nothing() {
    let flow = Flow::of("twice", &["guest"]).asks("first").asks("second");
    let flow = flow.answers("said", "second", "answer");
    let (served, ada) = serving(&[], &[flow.agent(AGENT, "1.0.0").unwrap()]).await;
    let mia = ada.bring(served.home(), "Mia", "member").await.unwrap();
    let owner = json!(format!("user:{}", ada.user_id));
    let ada = &ada.client;
    let run = start(ada, AGENT, &json!({})).await;
    reaches(ada, &run, "pending_approval").await;
    let fields = json!({ "runId": run, "userResponse": "{\"guest\": \"Bob\"}", "approvalNote": "no review" });
    done(ada, "agent_run_resume", &fields).await;
    let form = json!({ "tone": "dry" });
    answers(ada, &run, 2, &form.to_string(), Some("  Shorter, please. ")).await;
    answers(ada, &run, 3, "[1]", None).await;
    reaches(ada, &run, "completed").await;
    let known = prompts(ada, &run).await;
    assert_eq!(known.len(), 2, "{known:?}");
    let (noted, silent) = (&known[0], &known[1]);
    let gate = format!("wayflow-{run}:2");
    assert_eq!(noted["gateId"], json!(gate));
    assert_eq!(
        (&noted["node"], &noted["visit"]),
        (&json!("first"), &json!(1))
    );
    assert_eq!(
        (&noted["message"], &noted["excluded"]),
        (&json!("Shorter, please."), &json!(false))
    );
    assert_eq!(
        (&noted["packageName"], &noted["submittedValues"]),
        (&json!(AGENT), &form)
    );
    assert_eq!(noted["capturedBy"], owner);
    assert!(noted["schemaSnapshot"].is_object() && noted["capturedAt"].is_string());
    assert_eq!(
        (&silent["message"], &silent["excluded"]),
        (&json!(""), &json!(true))
    );
    assert_eq!(silent["submittedValues"], Value::Null);

    let named = |run: &str, gate: &str| json!({ "runId": run, "gateId": gate });
    let exclude = "agent_run_hitl_prompts_exclude";
    let hidden = call(&mia.client, exclude, &named(&run, &gate)).await;
    assert_eq!(hidden.status, 404);
    for _ in 0..2 {
        let excluded = done(ada, exclude, &named(&run, &gate)).await;
        assert_eq!(
            excluded,
            json!({ "runId": run, "gateId": gate, "excluded": true })
        );
    }
    for _ in 0..500 {
        if prompts(ada, &run).await[0]["excluded"] == json!(true) {
            break;
        }
        tokio::time::sleep(std::time::Duration::from_millis(20)).await;
    }
    let known = prompts(ada, &run).await;
    assert_eq!(
        (&known[0]["message"], &known[0]["excluded"]),
        (&json!("Shorter, please."), &json!(true))
    );
    let other = start(ada, AGENT, &json!({ "guest": "Bob" })).await;
    for gate in [
        format!("wayflow-{run}:3"),
        format!("setup-{run}:1"),
        format!("wayflow-{other}:1"),
    ] {
        let refusal = refused(ada, exclude, &named(&run, &gate)).await;
        assert_eq!(refusal, (404, "PROMPT_NOT_FOUND".to_owned()), "{gate}");
    }
    let malformed = refused(ada, exclude, &named(&run, "nonsense")).await;
    assert_eq!(malformed, (400, "INVALID_INPUT".to_owned()));
}
