//! Requests about runs: Ada's, which Cora owns, too.

use serde_json::{Value, json};

use super::Request;
use crate::authority::UNKNOWN;
use crate::authority::cast::Who;
use crate::authority::runs::{ASKER, KEPT, SHY};
use crate::authority::stage::{DESK, Stage};
use crate::run::dead_letter::bury;

pub(super) async fn make(
    stage: &Stage,
    (primitive, variant): (&str, &str),
    who: Who,
) -> Option<Request> {
    Some(match primitive {
        "agent_list" | "agent_run_counts" | "jobs_dead_list" if variant.is_empty() => {
            Request::plain()
        }
        "agent_list" => Request::whole().seeking(DESK),
        "agent_run_counts" => Request::of(json!({ "packageName": KEPT })).seeking(KEPT),
        "agent_get" | "agent_version_list" => agent(stage, variant),
        "agent_runs_stop" if variant.is_empty() => Request::of(json!({ "runIds": [UNKNOWN] })),
        "agent_runs_stop" => {
            let run = waiting(stage, "").await;
            Request::of(json!({ "runIds": [run] })).seeking(r#""stopped":1"#)
        }
        "jobs_dead_retry" => dead_letter(stage, who).await,
        "agent_run" | "agent_run_prepare" => start(stage, variant),
        "agent_run_update" => elsewhere(stage, variant).await,
        "agent_run_list" if variant == "inside" => {
            Request::of(json!({ "projectId": stage.private })).about("/projectId")
        }
        "agent_run_get"
        | "agent_run_gates_list"
        | "agent_run_messages_list"
        | "agent_run_events_list"
        | "agent_run_context_list"
        | "agent_run_hitl_prompts_list" => about(kept(stage, variant), json!({})),
        "agent_run_list" if variant.is_empty() => Request::plain(),
        "agent_run_list" => {
            let listed = Request::of(json!({ "packageName": KEPT, "limit": 200 }));
            listed.seeking(kept(stage, variant))
        }
        "agent_run_resume" => {
            let answer = json!({ "userResponse": "yes" });
            about(&waiting(stage, variant).await, answer)
        }
        "agent_run_reject" | "agent_run_stop" => about(&waiting(stage, variant).await, json!({})),
        "agent_run_retry" | "agent_run_reset" => {
            let run = waiting(stage, variant).await;
            stage.fail(&run).await;
            about(&run, json!({}))
        }
        "agent_run_resume_stopped" => {
            let run = waiting(stage, variant).await;
            stage.stop(&run).await;
            about(&run, json!({}))
        }
        "agent_run_submit" => about(&draft(stage, variant).await, json!({})),
        "agent_run_inputs_update" => {
            let inputs = json!({ "inputParams": "{\"guest\": \"Eve\"}" });
            about(&draft(stage, variant).await, inputs)
        }
        "agent_run_hitl_prompts_exclude" => {
            let run = waiting(stage, variant).await;
            stage.note(&run).await;
            about(&run, json!({ "gateId": format!("wayflow-{run}:1") }))
        }
        _ => return None,
    })
}

fn about(run: &str, mut input: Value) -> Request {
    input["runId"] = json!(run);
    Request::of(input).about("/runId")
}

fn agent(stage: &Stage, variant: &str) -> Request {
    let name = if variant == "open" { ASKER } else { DESK };
    Request::of(json!({ "templateId": stage.agent(name).id })).about("/templateId")
}

/// Of the organization that its caller acts in.
async fn dead_letter(stage: &Stage, who: Who) -> Request {
    let store = stage.served.server().app().backend().store.clone();
    let tenant = if who == Who::Pia {
        stage.principal(stage.cast.token(who, None)).await.tenant()
    } else {
        stage.cast.organization.parse().unwrap()
    };
    let queue = format!("letter-{}", stage.next());
    let job = bury(&store, tenant, &queue).await;
    Request::of(json!({ "jobId": job })).each()
}

fn start(stage: &Stage, variant: &str) -> Request {
    let mut input = json!({ "inputParams": "{\"guest\": \"Bob\"}" });
    if variant == "closed" {
        input["packageName"] = json!(SHY);
        return Request::of(input).about("/packageName");
    }
    input["templateId"] = json!(stage.agent(ASKER).id);
    let request = Request::of(input).about("/templateId");
    match variant {
        "" => request,
        "private" => request.within(&stage.private),
        "discoverable" => request.within(&stage.discoverable),
        "shared" => request.within(&stage.shared),
        other => panic!("no project is {other}"),
    }
}

/// A run that has failed: into the private project, or out of it.
async fn elsewhere(stage: &Stage, variant: &str) -> Request {
    let run = waiting(stage, if variant.is_empty() { "" } else { "open" }).await;
    stage.fail(&run).await;
    let into = json!({ "runId": run, "projectId": stage.private });
    if variant != "out" {
        return Request::of(into).about("/runId");
    }
    stage.ada("agent_run_update", &into).await;
    about(&run, json!({ "projectId": null }))
}

fn kept<'s>(stage: &'s Stage, variant: &str) -> &'s str {
    match variant {
        "" | "private" => &stage.runs.private,
        "team" => &stage.runs.team,
        "open" => &stage.runs.open,
        other => panic!("no run is {other}"),
    }
}

/// A run that nobody has answered.
async fn waiting(stage: &Stage, variant: &str) -> String {
    match variant {
        "" => stage.run().await,
        "open" => stage.open_run().await,
        other => panic!("no run is {other}"),
    }
}

/// A run that nobody has started.
async fn draft(stage: &Stage, variant: &str) -> String {
    match variant {
        "" => stage.draft().await,
        "open" => stage.open_draft().await,
        other => panic!("no draft is {other}"),
    }
}
