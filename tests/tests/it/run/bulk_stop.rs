//! Many runs stopped at once, each by its own right.

use serde_json::json;

use super::{AGENT, asker, reaches, serving, start};
use crate::extension::{done, refused};

#[tokio::test(flavor = "multi_thread")]
async fn those_are_stopped_that_the_caller_may_stop_and_the_rest_is_counted() {
    let (served, ada) = serving(&[], &[asker()]).await;
    let mia = ada.bring(served.home(), "Mia", "member").await.unwrap();
    let guest = json!({ "guest": "Bob" });
    let adas = start(&ada.client, AGENT, &guest).await;
    let mut own = Vec::new();
    for _ in 0..3 {
        let run = start(&mia.client, AGENT, &guest).await;
        reaches(&mia.client, &run, "pending_approval").await;
        own.push(run);
    }
    reaches(&ada.client, &adas, "pending_approval").await;
    done(&mia.client, "agent_run_stop", &json!({ "runId": own[0] })).await;
    let nothing = uuid::Uuid::nil().to_string();
    let named = json!({ "runIds": [own[0], own[1], own[1], adas, nothing] });
    let stopped = done(&mia.client, "agent_runs_stop", &named).await;
    assert_eq!(
        stopped,
        json!({ "stopped": 1, "alreadyTerminal": 1, "total": 4 })
    );
    reaches(&mia.client, &own[1], "stopped").await;
    reaches(&ada.client, &adas, "pending_approval").await;

    let agent = done(&ada.client, "agent_get", &json!({ "packageName": AGENT })).await;
    let all = json!({ "templateId": agent["templateId"] });
    let stopped = done(&mia.client, "agent_runs_stop", &all).await;
    assert_eq!(stopped["stopped"], 1, "her own that is left: {stopped}");
    let stopped = done(&ada.client, "agent_runs_stop", &all).await;
    assert_eq!(stopped["stopped"], 1, "{stopped}");
    reaches(&ada.client, &adas, "stopped").await;
    for input in [json!({}), json!({ "runIds": [] })] {
        let refusal = refused(&ada.client, "agent_runs_stop", &input).await;
        assert_eq!(refusal, (400, "INVALID_INPUT".to_owned()));
    }
}
