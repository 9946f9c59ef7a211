//! Requests about the access to resources: what stands open, what is closed, the team's agent, what Otto
//! installed, and a run.

use cinatra_domain::permission::Resource;
use serde_json::json;

use super::Request;
use crate::authority::runs::run;
use crate::authority::stage::{DESK, KIT, OTTOS, SHUT, Stage, named};

pub(super) async fn make(stage: &Stage, (primitive, variant): (&str, &str)) -> Option<Request> {
    let vic = json!(stage.cast.vic);
    Some(match primitive {
        "permissions_check" => {
            let mut request = about(read(stage, variant));
            request.input["operation"] = json!("read");
            request
        }
        "permissions_co_owners_list" | "permissions_policies_get" => about(read(stage, variant)),
        "permissions_co_owners_grant" | "permissions_co_owners_revoke" => {
            let mut request = about(managed(stage, variant));
            request.input["userId"] = vic;
            request
        }
        "permissions_policies_set" => {
            let mut request = about(managed(stage, variant));
            // As it was: who may look at it must not change.
            request.input["read"] = json!(match variant {
                "closed" | "run" => "owner".to_owned(),
                "agent" => format!("team:{}", stage.team),
                _ => "workspace".to_owned(),
            });
            request
        }
        "permissions_policies_clear" => match variant {
            "closed" => {
                stage.close(stage.skill("shut"), "owner").await;
                about(stage.skill("shut"))
            }
            "agent" => {
                let team = format!("team:{}", stage.team);
                stage.close(stage.agent(SHUT), &team).await;
                about(stage.agent(SHUT))
            }
            "run" => {
                stage.close(run(&stage.runs.over), "owner").await;
                about(run(&stage.runs.over))
            }
            _ => about(managed(stage, variant)),
        },
        _ => return None,
    })
}

fn about(resource: Resource) -> Request {
    Request::of(named(resource)).about("/resourceId")
}

/// What is looked at.
fn read(stage: &Stage, variant: &str) -> Resource {
    match variant {
        "" => stage.skill("open"),
        "closed" => stage.skill("closed"),
        "agent" => stage.agent(DESK),
        "run" => run(&stage.runs.private),
        other => panic!("no resource is {other}"),
    }
}

/// What is shared anew.
fn managed(stage: &Stage, variant: &str) -> Resource {
    match variant {
        "" => stage.package(KIT),
        "ottos" => stage.package(OTTOS),
        other => read(stage, other),
    }
}
