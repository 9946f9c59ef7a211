//! Commands about runs: prepare, start, stop, answer, reject, begin again, go on; and the worker that executes them.
//!
//! A command decides, tells viewers and leaves work to do in one append (ADR-0013). What it leaves is a job; whoever
//! takes it walks the agent's plan in `worker/`, and says what came of it by appends of the same kind.

mod again;
mod answer;
mod child;
mod context;
mod erase;
mod flow;
mod frames;
mod input;
mod launch;
mod output;
mod pin;
mod place;
mod plans;
mod surface;
pub mod worker;

use cinatra_domain::authority::RunTarget;
use cinatra_domain::extension::PackageName;
use cinatra_domain::kernel::{
    ActorId, ContentRef, InvalidId, ProjectId, RunId, Tag, TenantId, UserId,
};
use cinatra_domain::permission::{Resource as Kind, ResourceId, ResourceKind};
use cinatra_domain::run::{
    AgentRun, Cascade, Code, Created, Phase, Run, RunCommand, RunEvent, RunState, Start, Status,
    Stop as StopCommand, child_runs_tag, tags_of, thread_tag, typed_tag,
};
use cinatra_domain::template::{self, Template, TemplateCommand};
use cinatra_eventstore::{Cursor, EventStore, Loaded, RunGuard, RunPage, RunRow, RunStep};

use crate::dispatch::{self, Resource, Task};
use crate::draft::{self, Deciding, Draft, FRESH};
use crate::gateway::blobs::Blobs;
use crate::stop::Stop;
use crate::turns::Turns;
use crate::{Authorities, Done, Error, Invocation, mint};

pub use child::Parent;
pub use context::{
    Artifacts, Asked, ChosenContext, NoArtifacts, Pinned, Preview, PreviewContext, Selection,
};
pub use flow::{Flow, NamedAgent};
use frames::{Open, Telling};
pub use input::{
    NamedGate, NamedRun, RejectRun, ResumeRun, StartRun, StopRun, UpdateInputs, run_id,
};
pub use output::{NoteExcluded, RunChanged, RunStarted};
use place::is_where_its_parent_is;
pub use place::{InProject, MoveRun, RunMoved};
pub use plans::PlanError;
use plans::Plans;
use worker::job;

/// What is said of a run that was to be stopped and had ended, before where it stands.
pub const ALREADY_ENDED: &str = "Run already in terminal state";
/// What makes a run that somebody asks for.
const SOURCE: &str = "agent_builder";
/// What is open began among so many last frames: a call lasts as long as what a model streams meanwhile.
const OPEN_WITHIN: i64 = 8_000;
/// Frames that are read at once.
const PAGE: i64 = 1_000;

/// Commands about runs. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Runs {
    store: EventStore,
    authorities: Authorities,
    turns: Turns,
    plans: Plans,
}

impl Runs {
    /// Over a store, and the place where what agents are made of is kept.
    pub fn new(store: EventStore, authorities: Authorities, blobs: Blobs) -> Self {
        Self {
            plans: Plans::new(blobs),
            store,
            authorities,
            turns: Turns::default(),
        }
    }

    /// What a judgement about a run looks at; nothing for a run that is not there.
    pub async fn target(&self, tenant: TenantId, run: RunId) -> Result<Option<RunTarget>, Error> {
        target(&self.store, tenant, run).await
    }

    /// Starts a run of an agent, which pins what the agent is now. Within which project, whoever calls was judged by.
    pub async fn start(
        &self,
        invocation: &Invocation,
        by: Option<UserId>,
        within: Option<ProjectId>,
        parent: Option<&Parent>,
        input: &StartRun,
    ) -> Result<Done<RunStarted>, Error> {
        let origin = (by, within, parent);
        self.create(invocation, origin, input, Start::Enqueued)
            .await
    }

    /// The same as a draft, which no worker takes until it is submitted.
    pub async fn prepare(
        &self,
        invocation: &Invocation,
        by: Option<UserId>,
        within: Option<ProjectId>,
        parent: Option<&Parent>,
        input: &StartRun,
    ) -> Result<Done<RunStarted>, Error> {
        let origin = (by, within, parent);
        self.create(invocation, origin, input, Start::DraftInput)
            .await
    }

    async fn create(
        &self,
        invocation: &Invocation,
        (by, within, parent): (Option<UserId>, Option<ProjectId>, Option<&Parent>),
        input: &StartRun,
        start: Start,
    ) -> Result<Done<RunStarted>, Error> {
        let tenant = invocation.caller.tenant;
        let (inputs, timeout) = (input.inputs()?, input.timeout()?);
        let named = NamedAgent {
            template_id: input.template_id.clone(),
            package_name: input.package_name.clone(),
        };
        let package = self.package(tenant, &named).await?;
        let run_id = RunId(mint::id());
        let inputs = serde_json::Value::Object(inputs).to_string();
        let (this, package, inputs) = (self, &package, inputs.as_str());
        let task = Deciding(move |number| async move {
            let mut draft = Draft::default();
            let answer = async {
                let project_id = match parent {
                    Some(parent) => {
                        let inherited = this.inherit(&mut draft, invocation, parent, number);
                        is_where_its_parent_is(within, inherited.await?)?
                    }
                    None => within,
                };
                let parent_run_id = parent.map(|parent| parent.run_id);
                let pin = this
                    .pin(&mut draft, tenant, package, run_id, number)
                    .await?;
                let loaded = this.load(tenant, run_id, number).await?;
                let create = Created {
                    run_id,
                    pin,
                    run_by: by,
                    project_id,
                    parent_run_id,
                    timeout_seconds: timeout,
                    source: code(SOURCE)?,
                    inputs: draft.content(inputs),
                    title: None,
                    policy: None,
                    start,
                };
                let create = RunCommand::Create(Box::new(create));
                let tags = |event: &RunEvent| {
                    let mut tags = tags_by(&invocation.caller.actor, run_id, event)?;
                    tags.push(thread_tag(invocation.correlation_id)?);
                    Ok(tags)
                };
                let id = run_id.to_string();
                let (_, after) = draft.decide::<AgentRun>(&id, &loaded, create, tags)?;
                let frames = this.begin(run_id, parent_run_id);
                log(&mut draft, run_id, vec![RunStep::Open, frames]);
                if start == Start::Enqueued {
                    draft.beside(job::execute(present(&after)?));
                }
                Ok(RunStarted {
                    run_id: run_id.to_string(),
                    status: present(&after)?.status(),
                })
            }
            .await;
            draft.conclude(answer)
        });
        self.run(invocation, run_id, task).await
    }

    /// Stops a run and what it started. One that has ended stays as it is.
    pub async fn stop(
        &self,
        invocation: &Invocation,
        input: &StopRun,
    ) -> Result<Done<RunChanged>, Error> {
        let run_id = run_id(&input.run_id)?;
        let reason = input.reason.as_deref().map(input::reason).transpose()?;
        let done = self.stop_one(invocation, run_id, reason, None).await?;
        self.stop_children(invocation, run_id).await?;
        Ok(done)
    }

    async fn stop_one(
        &self,
        invocation: &Invocation,
        run_id: RunId,
        reason: Option<&str>,
        cascade: Option<Cascade>,
    ) -> Result<Done<RunChanged>, Error> {
        let (this, tenant) = (self, invocation.caller.tenant);
        let task = Deciding(move |number| async move {
            let mut draft = Draft::default();
            let answer = async {
                let loaded = this.load(tenant, run_id, number).await?;
                let stop = StopCommand {
                    reason: reason.map(|text| draft.content(text)),
                    cascade,
                    now_us: this.authorities.now_us(),
                };
                let stop = RunCommand::Stop(stop);
                let actor = &invocation.caller.actor;
                let (events, after) = decide_by(actor, &mut draft, run_id, &loaded, stop)?;
                let status = present(&after)?.status();
                if events.is_empty() {
                    let word = status.as_str();
                    let message = format!("{ALREADY_ENDED}: {word}");
                    return Ok::<_, Stop>(changed(run_id, &after, &message)?);
                }
                this.end(&mut draft, tenant, &loaded, run_id, Telling::stopped)
                    .await?;
                Ok(changed(run_id, &after, "Run stopped.")?)
            }
            .await;
            draft.conclude(answer)
        });
        self.run(invocation, run_id, task).await
    }

    /// What a run started for the same person stops with it, and what that started; each by an append of its own, so
    /// repeating this does no harm.
    async fn stop_children(&self, invocation: &Invocation, parent: RunId) -> Result<(), Error> {
        let tenant = invocation.caller.tenant;
        let run_by = self.owner(tenant, parent).await?;
        let mut stopped = vec![parent];
        while let Some(from) = stopped.pop() {
            let tags = [child_runs_tag(from)?];
            let (children, _) = self.store.events_by_tag(tenant, &tags).await?;
            for child in children {
                let Ok(child) = child.stream.id().parse() else {
                    continue;
                };
                if run_by.is_none() || self.owner(tenant, child).await? != run_by {
                    continue;
                }
                let cascade = Some(Cascade { from, run_by });
                let own = invocation.once();
                match self.stop_one(&own, child, None, cascade).await {
                    // What has ended otherwise hands nothing on.
                    Ok(done) if done.output.status == Status::Stopped => stopped.push(child),
                    Ok(_) | Err(Error::Rejected { .. }) => {}
                    Err(error) => return Err(error),
                }
            }
        }
        Ok(())
    }

    /// Whose a run is; nobody's when it is not there.
    async fn owner(&self, tenant: TenantId, run_id: RunId) -> Result<Option<UserId>, Error> {
        let known = self.target(tenant, run_id).await?;
        Ok(known.and_then(|run| run.owner))
    }

    /// The frames and the log of a segment that ends by a command: its surface goes, its worker is fenced off.
    async fn end(
        &self,
        draft: &mut Draft,
        tenant: TenantId,
        before: &Loaded<RunState>,
        run_id: RunId,
        tell: impl FnOnce(&mut Telling),
    ) -> Result<(), Stop> {
        let mut telling = self.telling(run_id);
        let run = before.state.run();
        if let Some(gate) = run.and_then(Run::open_gate) {
            telling.surface(surface::deleted(gate.gate_id));
        }
        if run.is_some_and(|run| run.phase() == Phase::Executing) {
            telling.goes_on(self.open(tenant, run_id).await?);
        }
        tell(&mut telling);
        let frames = RunStep::Frames(telling.into_frames());
        log(draft, run_id, vec![frames, RunStep::Fence]);
        draft.beside(job::seal(run_id));
        Ok(())
    }

    /// The package of an agent, however it is named.
    pub async fn package(
        &self,
        tenant: TenantId,
        input: &NamedAgent,
    ) -> Result<PackageName, Error> {
        let one = "Pass exactly one of templateId or packageName to agent_run.";
        match (&input.template_id, &input.package_name) {
            (Some(id), None) => {
                let id: ResourceId = id
                    .parse()
                    .map_err(|_| Error::invalid("templateId", "is not a UUID"))?;
                let kind = ResourceKind::AgentTemplate;
                let known = self.authorities.recent(tenant).await?;
                let name = known.state().package_of(Kind { kind, id });
                let name = name.and_then(|name| PackageName::parse(name).ok());
                name.ok_or(Error::Absent)
            }
            (None, Some(name)) => PackageName::parse(name)
                .map_err(|invalid| Error::invalid("packageName", invalid.to_string())),
            (Some(_), Some(_)) | (None, None) => Err(Error::invalid("templateId", one)),
        }
    }

    fn telling(&self, run_id: RunId) -> Telling {
        Telling::new(run_id, self.authorities.now_us())
    }

    /// What viewers are told where a segment begins, whether a worker takes it at once or somebody is still at its inputs.
    fn begin(&self, run_id: RunId, parent: Option<RunId>) -> RunStep {
        let mut telling = self.telling(run_id);
        telling.started(parent);
        RunStep::Frames(telling.into_frames())
    }

    async fn load(
        &self,
        tenant: TenantId,
        run_id: RunId,
        attempt: u32,
    ) -> Result<Loaded<RunState>, Stop> {
        let id = run_id.to_string();
        Ok(draft::load::<AgentRun>(&self.store, tenant, &id, attempt).await?)
    }

    /// What a worker has begun to tell and not ended.
    async fn open(&self, tenant: TenantId, run_id: RunId) -> Result<Open, Error> {
        let mut open = Open::default();
        let Some(head) = self.store.run_head(tenant, run_id.0).await? else {
            return Ok(open);
        };
        let mut at = Cursor {
            epoch: head.epoch,
            seq: (head.last_seq - OPEN_WITHIN).max(head.trimmed_seq),
        };
        while at.seq < head.last_seq {
            let page = self.store.read_frames(tenant, run_id.0, at, PAGE).await?;
            let RunPage::Frames { frames, .. } = page else {
                break;
            };
            let Some(last) = frames.last() else {
                break;
            };
            at = last.cursor;
            open.follow(&frames);
        }
        Ok(open)
    }

    async fn text(&self, tenant: TenantId, content: &ContentRef) -> Result<Option<String>, Error> {
        let bytes = self.store.content(tenant, content.id).await?;
        Ok(bytes.map(|bytes| String::from_utf8_lossy(&bytes).into_owned()))
    }

    async fn run<T: Task>(
        &self,
        invocation: &Invocation,
        run_id: RunId,
        task: T,
    ) -> Result<Done<T::Output>, Error> {
        let resource = Resource {
            kind: "run",
            id: Some(run_id.to_string()),
        };
        dispatch::run(&self.store, &self.turns, invocation, &resource, task).await
    }
}

/// See [`Runs::target`].
pub(crate) async fn target(
    store: &EventStore,
    tenant: TenantId,
    run_id: RunId,
) -> Result<Option<RunTarget>, Error> {
    let loaded = store.load::<AgentRun>(tenant, &run_id.to_string()).await?;
    Ok(loaded.state.run().map(|run| RunTarget {
        run_id,
        owner: run.run_by,
        policy: run.policy,
    }))
}

/// What has to be done about an agent's runs when it is destroyed: in the same append, its template is forgotten, and
/// somebody will destroy them.
pub(crate) async fn destroyed(
    store: &EventStore,
    draft: &mut Draft,
    tenant: TenantId,
    package: &PackageName,
) -> Result<(), Stop> {
    let id = package.as_str();
    let loaded = draft::load::<Template>(store, tenant, id, FRESH).await?;
    if loaded.state.lineage().is_some() {
        let tags = |event: &_| template::tags_of(package, event);
        draft.decide::<Template>(id, &loaded, TemplateCommand::Purge, tags)?;
        draft.beside(job::purge(package));
    }
    Ok(())
}

fn decide(
    draft: &mut Draft,
    run_id: RunId,
    loaded: &Loaded<RunState>,
    command: RunCommand,
) -> Result<(Vec<RunEvent>, Loaded<RunState>), Stop> {
    let tags = |event: &RunEvent| tags_of(run_id, event);
    draft.decide::<AgentRun>(&run_id.to_string(), loaded, command, tags)
}

/// The same for what somebody says, so that it can be found when they are erased.
fn decide_by(
    by: &ActorId,
    draft: &mut Draft,
    run_id: RunId,
    loaded: &Loaded<RunState>,
    command: RunCommand,
) -> Result<(Vec<RunEvent>, Loaded<RunState>), Stop> {
    let tags = |event: &RunEvent| tags_by(by, run_id, event);
    draft.decide::<AgentRun>(&run_id.to_string(), loaded, command, tags)
}

fn tags_by(by: &ActorId, run_id: RunId, event: &RunEvent) -> Result<Vec<Tag>, InvalidId> {
    let mut tags = tags_of(run_id, event)?;
    if let (Some(user), false) = (by.user_id(), event.contents().is_empty()) {
        tags.push(typed_tag(user)?);
    }
    Ok(tags)
}

/// Does something to the run's log with the events, whoever else writes to it.
fn log(draft: &mut Draft, run_id: RunId, steps: Vec<RunStep>) {
    draft.beside(RunRow {
        run_id: run_id.0,
        guard: RunGuard::Any,
        steps,
    });
}

fn present(loaded: &Loaded<RunState>) -> Result<&Run, Error> {
    loaded.state.run().ok_or(Error::Absent)
}

fn changed(run_id: RunId, after: &Loaded<RunState>, message: &str) -> Result<RunChanged, Error> {
    Ok(RunChanged {
        run_id: run_id.to_string(),
        status: present(after)?.status(),
        message: message.to_owned(),
    })
}

fn code(text: &str) -> Result<Code, Error> {
    Code::parse(text).map_err(|invalid| Error::invalid("code", invalid.reason))
}
