//! `cinatra run`: an agent from its start to what it answers, with its questions asked here.
//!
//! What it answers goes to standard output; what happens meanwhile is told beside it.

mod answers;
mod given;
mod stream;

use std::process::ExitCode;

use cinatra_domain::run::frame::{Finish, FrameBody, Interrupt};
use serde_json::{Map, Value, json};

use super::arguments::Run;
use super::call::ask;
use super::client::{Beside, Client};
use super::{CliError, Terminal, find};
use crate::config::{ClientConfig, Env, PlaceConfig};

use answers::Answers;
pub(super) use given::Given;
use stream::{Stream, Told};

/// Runs an agent, and prints what it answers.
pub(super) async fn run(
    asked: Run,
    terminal: &mut Terminal,
    env: Env<'_>,
) -> Result<ExitCode, CliError> {
    let place = PlaceConfig::from_env(env);
    let Some(client) = find::server(env).await? else {
        let home = place.home.display().to_string();
        return Err(CliError::NothingToTalkTo { home });
    };
    let own = ClientConfig::from_env(env)?.token.is_none();
    let caller = Caller {
        place: own.then_some(&place),
        client: &client,
    };
    if let Some(version) = &asked.install {
        caller.install(&asked.package, version, terminal).await?;
    }
    let run_id = caller.start(&asked, terminal).await?;
    terminal.remark(format_args!("run {run_id}"))?;
    let answers = Answers::of(asked.answer);
    let output = caller.follow(&run_id, answers, terminal).await?;
    terminal.value(&output)?;
    Ok(ExitCode::SUCCESS)
}

/// Who runs agents, and where it is remembered how far they were answered.
struct Caller<'a> {
    place: Option<&'a PlaceConfig>,
    client: &'a Client,
}

impl Caller<'_> {
    async fn call(&self, name: &str, input: &Value) -> Result<Value, CliError> {
        self.call_beside(name, input, Beside::default()).await
    }

    async fn call_beside(
        &self,
        name: &str,
        input: &Value,
        beside: Beside<'_>,
    ) -> Result<Value, CliError> {
        let answer = ask(self.place, self.client, name, input, beside);
        Ok(answer.await?.output)
    }

    /// Installs the agent where it is not.
    async fn install(
        &self,
        package: &str,
        version: &str,
        terminal: &mut Terminal,
    ) -> Result<(), CliError> {
        let input = json!({ "packageName": package, "packageVersion": version });
        match self.call("extensions_install", &input).await {
            Ok(_) => Ok(terminal.remark(format_args!("{package} is installed"))?),
            Err(error) if error.code() == Some("ALREADY_INSTALLED") => Ok(()),
            Err(error) => Err(error),
        }
    }

    async fn start(&self, asked: &Run, terminal: &mut Terminal) -> Result<String, CliError> {
        let inputs = asked.input.iter().cloned();
        let inputs: Map<String, Value> = inputs.map(|given| (given.name, given.value)).collect();
        let mut input = json!({
            "packageName": asked.package, "inputParams": Value::Object(inputs).to_string() });
        if let Some(seconds) = asked.timeout {
            input["timeoutSeconds"] = seconds.into();
        }
        let within = Beside {
            project: asked.project.as_deref(),
            ..Beside::default()
        };
        let started = self.call_beside("agent_run", &input, within).await;
        if let Err(error) = &started
            && matches!(error.code(), Some("NOT_FOUND" | "TEMPLATE_NOT_FOUND"))
            && asked.project.is_none()
        {
            terminal.remark("no such agent is installed here; --install latest installs it")?;
        }
        let started = started?;
        Ok(started["runId"].as_str().unwrap_or_default().to_owned())
    }

    /// Tells what happens, answers what is asked, until there is something to answer with.
    async fn follow(
        &self,
        run_id: &str,
        mut answers: Answers,
        terminal: &mut Terminal,
    ) -> Result<Value, CliError> {
        let mut stream = Stream::of(self.client, run_id);
        let mut saying = String::new();
        while let Some(told) = stream.next().await? {
            let frame = match told {
                Told::Frame(frame) => *frame,
                Told::Anew(reason) => {
                    saying.clear();
                    terminal.remark(format_args!("told from the beginning: {reason}"))?;
                    continue;
                }
            };
            match frame {
                FrameBody::RunFinished { status, result, .. } => {
                    return match status {
                        Finish::Completed => Ok(result.unwrap_or(Value::Null)),
                        Finish::Stopped => Err(ended(run_id, "RUN_STOPPED", "It was stopped.")),
                    };
                }
                FrameBody::RunError { code, message, .. } => {
                    return Err(ended(run_id, &code, &message));
                }
                FrameBody::Interrupt(asked) => {
                    stream.leave();
                    self.answer(&asked, &mut answers, terminal).await?;
                }
                FrameBody::TextMessageContent { delta, .. } => saying.push_str(&delta),
                FrameBody::TextMessageEnd { .. } => {
                    terminal.remark(std::mem::take(&mut saying))?;
                }
                FrameBody::ToolCallStart { tool_call_name, .. } => {
                    terminal.remark(format_args!("calls {tool_call_name}"))?;
                }
                FrameBody::Resume { .. } => terminal.remark("answered; it goes on")?,
                FrameBody::RunStarted { .. }
                | FrameBody::StepStarted { .. }
                | FrameBody::StepFinished { .. }
                | FrameBody::TextMessageStart { .. }
                | FrameBody::ToolCallEnd { .. }
                | FrameBody::StateSnapshot { .. }
                | FrameBody::DataPart { .. } => {}
            }
        }
        let message = "It is over, and its stream does not say how; agent_run_get does.";
        Err(ended(run_id, "RUN_OVER", message))
    }

    /// Somebody else may be quicker: then the run goes on with what they said.
    async fn answer(
        &self,
        asked: &Interrupt,
        answers: &mut Answers,
        terminal: &mut Terminal,
    ) -> Result<(), CliError> {
        let wants = if asked.is_confirmation {
            "an approval"
        } else {
            "an answer"
        };
        terminal.remark(format_args!("it waits for {wants} ({})", asked.gate_id))?;
        if let Some(message) = &asked.message {
            terminal.remark(message)?;
        }
        let answer = answers.to(asked, terminal)?;
        let input = json!({
            "runId": asked.run_id, "gateId": asked.gate_id, "userResponse": answer });
        match self.call("agent_run_resume", &input).await {
            Ok(_) => Ok(()),
            Err(error) if error.code() == Some("GATE_ALREADY_ANSWERED") => {
                Ok(terminal.remark("somebody else has answered")?)
            }
            Err(error) => Err(error),
        }
    }
}

/// A run that came to nothing, as servers say what they refuse.
fn ended(run_id: &str, code: &str, message: &str) -> CliError {
    let details = json!({ "runId": run_id });
    let envelope = json!({ "error": { "code": code, "message": message, "details": details } });
    CliError::RunEnded { envelope }
}
