//! Runs call Cinatra itself.

use cinatra_tests::{Flow, Package, Packed};
use serde_json::{Value, json};

use super::{answer, reaches, serving, start};
use crate::extension::done;

const LINTER: &str = "@acme/linter-agent";

/// Has a flow looked at, and answers what was found.
fn linter() -> Packed {
    let address = "{{CINATRA_BASE_URL}}/api/oas-lint/scan-all";
    let mut flow = Flow::of("linter", &["oas"])
        .calls("scan", address, &json!({ "oasJson": "{{ oas }}" }))
        .feeds("start", "oas", "scan", "oas")
        .answers("found", "scan", "findings")
        .document();
    let given = json!([{ "title": "findings", "type": "string" }]);
    flow["$referenced_components"]["scan"]["outputs"] = given;
    let mut package =
        Package::skill(LINTER, "1.0.0").with_file("cinatra/oas.json", flow.to_string().as_bytes());
    package.manifest["cinatra"]["kind"] = "agent".into();
    package.pack().unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn an_agent_has_flows_looked_at() {
    let (_served, ada) = serving(&[], &[linter()]).await;
    let sound = Flow::of("sound", &["word"]).says("say", "{{ word }}", &["word"]);
    let sound = sound.feeds("start", "word", "say", "word").document();
    let mut broken = sound.clone();
    broken["nodes"].as_array_mut().unwrap().pop();
    for (oas, expected) in [
        (sound.to_string(), &[][..]),
        (
            broken.to_string(),
            &["END_NODE_MISSING", "EDGE_NODE_UNKNOWN"][..],
        ),
        ("no flow".to_owned(), &["OAS_UNREADABLE"][..]),
    ] {
        let run = start(&ada.client, LINTER, &json!({ "oas": oas })).await;
        let over = reaches(&ada.client, &run, "completed").await;
        let found = over["outputs"]["found"].as_str().unwrap();
        let found: Vec<Value> = serde_json::from_str(found).unwrap();
        let codes: Vec<&str> = found
            .iter()
            .map(|it| it["code"].as_str().unwrap())
            .collect();
        assert_eq!(codes, expected);
        assert!(
            found.iter().all(|it| it["severity"] == "blocker"),
            "{found:?}"
        );
    }
}

/// Uses a tool, after a review that somebody answers, and answers what came back.
fn user_of(name: &str, tool: &str, given: &Value, output: &str, run_id: &str) -> Packed {
    let data = json!({ "tool": tool, "input": given, "agent_run_id": run_id });
    let mut flow = Flow::of("asker", &["word", "cinatra_run_id"])
        .asks("review")
        .calls("call", PASSTHROUGH, &data)
        .answers("heard", "call", output);
    if run_id == OWN {
        flow = flow.feeds("start", "cinatra_run_id", "call", "cinatra_run_id");
    }
    let mut flow = knowing_itself(flow);
    let list = |title: &str| json!([{ "title": title, "type": "array" }]);
    flow["outputs"] = list("heard");
    flow["$referenced_components"]["call"]["outputs"] = list(output);
    flow["$referenced_components"]["end"]["outputs"] = list("heard");
    packed(name, &flow)
}

/// The run's id is an input that nobody gives.
fn knowing_itself(flow: Flow) -> Value {
    let mut flow = flow.document();
    let start = &mut flow["$referenced_components"]["start"];
    start["metadata"]["cinatra"]["required"] = json!(["word"]);
    start["inputs"][1]["default"] = json!("");
    flow["inputs"][1]["default"] = json!("");
    flow
}

fn packed(name: &str, flow: &Value) -> Packed {
    let agent = Package::skill(name, "1.0.0").with("kind", json!("agent"));
    agent
        .with_file("cinatra/oas.json", flow.to_string().as_bytes())
        .pack()
        .unwrap()
}

const PASSTHROUGH: &str = "{{CINATRA_BASE_URL}}/api/agents/passthrough";
const OWN: &str = "{{ cinatra_run_id }}";

#[tokio::test(flavor = "multi_thread")]
async fn a_run_hears_what_was_noted_with_its_own_answers() {
    let tool = "agent_run_hitl_prompts_list";
    let agent = user_of("@acme/listener-agent", tool, &json!({}), "prompts", OWN);
    let (_served, ada) = serving(&[], &[agent]).await;
    for (note, excluded) in [("Be brief. ", false), ("", true)] {
        let run = start(&ada.client, "@acme/listener-agent", &json!({ "word": "x" })).await;
        reaches(&ada.client, &run, "pending_approval").await;
        let mut input = json!({ "runId": run, "userResponse": "{\"choice\":1}" });
        if !note.is_empty() {
            input["approvalNote"] = json!(note);
        }
        done(&ada.client, "agent_run_resume", &input).await;
        let over = reaches(&ada.client, &run, "completed").await;
        let heard = over["outputs"]["heard"].as_array().unwrap();
        assert_eq!(
            heard.len(),
            1,
            "another run's are not among them: {heard:?}"
        );
        let prompt = &heard[0];
        assert_eq!(
            (
                &prompt["message"],
                &prompt["excluded"],
                &prompt["stepKey"],
                &prompt["submittedValues"]
            ),
            (
                &json!(note.trim()),
                &json!(excluded),
                &json!("review"),
                &json!({ "choice": 1 })
            )
        );
        assert_eq!(prompt["agentId"], "@acme/listener-agent");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_run_hears_which_skills_an_agent_has() {
    let drafter = Package::skill("@acme/drafter-agent", "1.0.0")
        .with("kind", json!("agent"))
        .needs("@acme/mail-skills", "*")
        .pack()
        .unwrap();
    let mail = Package::skill("@acme/mail-skills", "1.0.0").pack().unwrap();
    let tool = "skills_installed_resolve_for_agent";
    let of = |name: &str, agent: &str| {
        user_of(name, tool, &json!({ "agentId": agent }), "skillIds", OWN)
    };
    let packages = [
        mail,
        drafter,
        of("@acme/asks-agent", "@acme/drafter-agent"),
        of("@acme/lost-agent", "@acme/random-agent"),
    ];
    let (_served, ada) = serving(&[], &packages).await;
    let both = json!([
        "@acme/drafter-agent:drafter-agent",
        "@acme/mail-skills:mail-skills"
    ]);
    for (agent, expected) in [("@acme/asks-agent", both), ("@acme/lost-agent", json!([]))] {
        let run = start(&ada.client, agent, &json!({ "word": "x" })).await;
        reaches(&ada.client, &run, "pending_approval").await;
        answer(&ada.client, &run, "yes").await;
        let over = reaches(&ada.client, &run, "completed").await;
        assert_eq!(over["outputs"]["heard"], expected);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_run_uses_no_tool_for_another_run_and_none_that_is_not_listed() {
    let nobody = "00000000-0000-4000-8000-000000000001";
    let prompts = "agent_run_hitl_prompts_list";
    let (other, tool) = ("@acme/other-agent", "@acme/tool-agent");
    let packages = [
        user_of(other, prompts, &json!({}), "prompts", nobody),
        user_of(tool, "permissions_members_remove", &json!({}), "x", OWN),
    ];
    let (_served, ada) = serving(&[], &packages).await;
    for agent in [other, tool] {
        let run = start(&ada.client, agent, &json!({ "word": "x" })).await;
        reaches(&ada.client, &run, "pending_approval").await;
        answer(&ada.client, &run, "yes").await;
        let failed = reaches(&ada.client, &run, "failed").await;
        assert_eq!(failed["errorCode"], "call_failed", "{agent}");
        let message = failed["errorMessage"].as_str().unwrap();
        assert!(message.contains("403"), "{agent}: {message}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_not_built_says_so() {
    let data = json!({ "tool": "trigger_config_set", "agent_run_id": OWN });
    let asker = Flow::of("asker", &["word", "cinatra_run_id"])
        .calls("call", PASSTHROUGH, &data)
        .feeds("start", "cinatra_run_id", "call", "cinatra_run_id")
        .answers("heard", "call", "answer");
    let asker = packed("@acme/passer-agent", &knowing_itself(asker));
    let (_served, ada) = serving(&[], &[asker]).await;
    let run = start(&ada.client, "@acme/passer-agent", &json!({ "word": "x" })).await;
    let failed = reaches(&ada.client, &run, "failed").await;
    assert_eq!(
        (&failed["errorCode"], &failed["failedNode"]),
        (&json!("not_implemented"), &json!("call"))
    );
    let message = failed["errorMessage"].as_str().unwrap();
    assert!(
        message.contains("/api/agents/passthrough for the tool trigger_config_set"),
        "{message}"
    );
}
