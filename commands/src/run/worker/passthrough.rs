//! `/api/agents/passthrough`: a run uses a tool of Cinatra, one of a list. Source: spec/runs.md 1.11, R29, settled.md 39.
//!
//! A tool acts as the run, for whoever the run is. What of the list is not built ends the run, so that nobody takes an
//! echo for something that was done.

use std::collections::{BTreeMap, BTreeSet};

use cinatra_domain::authority::{Actor, ActorKind};
use cinatra_domain::extension::{Extension, Kind, PackageName, Status};
use cinatra_domain::kernel::{ActorId, ContentRef, Decider as _, StreamId, TenantId, UserId};
use cinatra_domain::permission::Resource;
use cinatra_domain::run::{AgentRun, GateAnswered, GateId, GateKind, Place, RunEvent};
use cinatra_domain::user::PlatformRole;
use cinatra_eventstore::{EventStore, ReadError};
use jiff::Timestamp;
use serde_json::{Value, json};

use super::call::{Answered, NoAnswer};
use super::internal::{Asking, error, not_implemented, ok};
use crate::{Authorities, Error};

const PATH: &str = "/api/agents/passthrough";
/// Tools that agents use and nothing answers yet, by what their names begin with.
const LATER: [&str; 3] = ["email_", "objects_", "trigger_config_"];
/// Events that are read at once.
const PAGE: i64 = 1_000;

/// Uses tools for runs. Cheap to clone.
#[derive(Clone, Debug)]
pub(super) struct Passthrough {
    store: EventStore,
    authorities: Authorities,
}

impl Passthrough {
    pub(super) const fn new(store: EventStore, authorities: Authorities) -> Self {
        Self { store, authorities }
    }

    pub(super) async fn answer(
        &self,
        asking: &Asking<'_>,
        body: &Value,
    ) -> Result<Answered, NoAnswer> {
        let (Some(tool), Some(run)) = (body["tool"].as_str(), body["agent_run_id"].as_str()) else {
            return Ok(error(
                400,
                "invalid_body",
                "tool and agent_run_id are texts",
            ));
        };
        if run != asking.run.run_id.to_string() {
            let message = "agent_run_id is not the run that calls";
            return Ok(error(403, "agent_run_mismatch", message));
        }
        match tool {
            "agent_run_hitl_prompts_list" => self.prompts(asking).await,
            "skills_installed_resolve_for_agent" => self.skills(asking, &body["input"]).await,
            _ if LATER.iter().any(|family| tool.starts_with(family)) => {
                Err(not_implemented(PATH, body))
            }
            _ => Ok(error(403, "tool_not_allowed", "runs do not use this tool")),
        }
    }

    /// What was noted with the answers to this run's reviews, in order. Source: spec/runs.md 3.8.
    async fn prompts(&self, asking: &Asking<'_>) -> Result<Answered, NoAnswer> {
        let answers = self.answers(asking).await.map_err(NoAnswer::Later)?;
        let mut prompts = Vec::new();
        for answer in answers {
            let (tenant, body) = (asking.tenant, &answer.body);
            let noted = self.text(tenant, body.prompt.as_ref());
            let noted = noted.await.map_err(NoAnswer::Later)?;
            let submitted = self.text(tenant, Some(&body.answer));
            let submitted = submitted.await.map_err(NoAnswer::Later)?;
            let submitted = submitted.and_then(|text| serde_json::from_str::<Value>(&text).ok());
            let message = noted.unwrap_or_default();
            let captured_at = Timestamp::from_microsecond(body.at_us).ok();
            prompts.push(json!({
                "id": body.gate_id.to_string(),
                "runId": asking.run.run_id,
                "agentId": asking.run.pin.package_name.as_str(),
                "stepKey": answer.place.map(|place| place.node.to_string()),
                "excluded": answer.is_excluded || message.is_empty(),
                "message": message,
                "submittedValues": submitted.filter(Value::is_object),
                "schemaSnapshot": null,
                "capturedAt": captured_at,
            }));
        }
        Ok(ok(&json!({ "total": prompts.len(), "prompts": prompts })))
    }

    /// The answers to the run's reviews, as its stream has them.
    async fn answers(&self, asking: &Asking<'_>) -> Result<Vec<Review>, Error> {
        let stream = StreamId::new(AgentRun::CATEGORY, &asking.run.run_id.to_string());
        let mut places: BTreeMap<GateId, Place> = BTreeMap::new();
        let mut excluded = BTreeSet::new();
        let mut answers = Vec::new();
        let mut after = None;
        loop {
            let page = self
                .store
                .read_stream(asking.tenant, &stream, after, PAGE)
                .await?;
            let Some(last) = page.last() else {
                break;
            };
            after = Some(last.revision);
            for recorded in &page {
                let event = recorded.decode::<RunEvent>();
                let event = event.map_err(|source| ReadError::Decode {
                    tenant: recorded.tenant,
                    position: recorded.position,
                    source,
                })?;
                match event {
                    Some(RunEvent::GateOpened(body)) => {
                        places.extend(body.place.map(|place| (body.gate_id, place)));
                    }
                    Some(RunEvent::GateAnswered(body)) if body.gate_id.kind == GateKind::Review => {
                        answers.push(body);
                    }
                    Some(RunEvent::PromptExcluded(body)) => {
                        excluded.insert(body.gate_id);
                    }
                    _ => {}
                }
            }
        }
        let reviews = answers.into_iter().map(|body| Review {
            place: places.get(&body.gate_id).cloned(),
            is_excluded: excluded.contains(&body.gate_id),
            body,
        });
        Ok(reviews.collect())
    }

    async fn text(
        &self,
        tenant: TenantId,
        content: Option<&ContentRef>,
    ) -> Result<Option<String>, Error> {
        let Some(content) = content else {
            return Ok(None);
        };
        let bytes = self.store.content(tenant, content.id).await?;
        Ok(bytes.map(|bytes| String::from_utf8_lossy(&bytes).into_owned()))
    }

    /// The skills that an installed agent brings, and those of the packages of skills that it declares: all that the
    /// run's owner may read. Ids are as manifests write them, `@scope/package:skill`.
    async fn skills(&self, asking: &Asking<'_>, input: &Value) -> Result<Answered, NoAnswer> {
        let agent = input["agentId"].as_str();
        let Some(agent) = agent.and_then(|name| PackageName::parse(name).ok()) else {
            return Ok(error(400, "invalid_body", "agentId names no package"));
        };
        let found = self.skills_of(asking.tenant, &agent).await;
        let found = found.map_err(NoAnswer::Later)?;
        let hidden = self.hidden(asking.tenant, asking.run.run_by).await;
        let hidden = hidden.map_err(NoAnswer::Later)?;
        let readable = found.into_iter().filter(|(package, skill)| {
            let resource = Resource::skill(asking.tenant, package, skill);
            hidden
                .as_ref()
                .is_some_and(|hidden| !hidden.contains(&resource))
        });
        let ids: Vec<String> = readable
            .map(|(package, skill)| format!("{package}:{skill}"))
            .collect();
        Ok(ok(&json!({ "skillIds": ids })))
    }

    /// Skills by package and name. What is archived is not used.
    async fn skills_of(
        &self,
        tenant: TenantId,
        agent: &PackageName,
    ) -> Result<Vec<(String, String)>, Error> {
        let mut packages = vec![agent.to_string()];
        let mut skills = Vec::new();
        let mut at = 0;
        while let Some(package) = packages.get(at).cloned() {
            at += 1;
            let loaded = self.store.load_cold::<Extension>(tenant, &package).await?;
            let is_active = loaded.state.status() == Some(Status::Active);
            let Some(installed) = loaded.state.installation().filter(|_| is_active) else {
                continue;
            };
            skills.extend(
                installed
                    .skills
                    .iter()
                    .map(|name| (package.clone(), name.clone())),
            );
            if package == agent.as_str() {
                let edges = installed.release.dependencies.iter();
                let of_skills = edges.filter(|edge| edge.kind == Some(Kind::Skill));
                packages.extend(of_skills.map(|edge| edge.package_name.clone()));
            }
        }
        Ok(skills)
    }

    /// The skills that a person may not read; absent for nobody in person, who may read none.
    async fn hidden(
        &self,
        tenant: TenantId,
        user: Option<UserId>,
    ) -> Result<Option<BTreeSet<Resource>>, Error> {
        let Some(user) = user else {
            return Ok(None);
        };
        let actor = Actor {
            id: ActorId::user(user),
            kind: ActorKind::User(user),
            organization: Some(tenant),
            platform_role: PlatformRole::User,
            scopes: None,
            bypass: None,
        };
        let known = self.authorities.fresh(tenant).await?;
        let now_us = self.authorities.now_us();
        let hidden = known.state().hidden_skills(&actor, now_us);
        Ok(Some(hidden.into_iter().collect()))
    }
}

/// An answer to a review.
struct Review {
    body: GateAnswered,
    place: Option<Place>,
    is_excluded: bool,
}
