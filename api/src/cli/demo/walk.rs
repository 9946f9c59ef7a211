//! The steps of the demonstration, in the order of an extension's life.

use std::process::ExitCode;

use cinatra_replay::Scope;
use serde_json::{Value, json};

use crate::cli::client::{Answer, Beside, Client};
use crate::cli::replay::{Archive, particulars, rebuild, verify};
use crate::cli::{CliError, Terminal};

const AGENT: &str = "@cinatra-ai/meeting-recorder-agent";
const SKILLS: &str = "@cinatra-ai/meeting-skills";
const WORKFLOW: &str = "@cinatra-ai/meeting-followup-workflow";

/// Who calls, where it is written down, and how far the caller's ledger is.
pub(super) struct Walk<'a> {
    client: &'a Client,
    terminal: &'a mut Terminal,
    seen: Option<String>,
    step: u32,
}

impl<'a> Walk<'a> {
    pub(super) fn new(client: &'a Client, terminal: &'a mut Terminal) -> Self {
        Self {
            client,
            terminal,
            seen: None,
            step: 0,
        }
    }

    /// All of it; the first thing that does not go as it should ends it.
    pub(super) async fn whole(mut self, archive: &Archive) -> Result<(), CliError> {
        self.arrive().await?;
        self.suspend().await?;
        self.change().await?;
        self.destroy().await?;
        self.look_back().await?;
        self.prove(archive).await
    }

    async fn arrive(&mut self) -> Result<(), CliError> {
        self.heading("What the registry offers")?;
        let offers = self
            .call("extensions_search", json!({ "query": "meeting" }))
            .await?;
        self.rows(&offers, "packageName packageVersion kind description")?;

        self.heading("Install an agent: what it depends on comes along, in one append")?;
        let installed = self
            .call("extensions_install", package(AGENT, "0.1.0"))
            .await?;
        self.fields(&installed, "installed warnings")?;
        let installed = self
            .call("extensions_install", package(WORKFLOW, "0.1.0"))
            .await?;
        self.fields(&installed, "installed alreadyInstalled")?;

        self.heading("What is installed, and who depends on it")?;
        self.list().await
    }

    async fn suspend(&mut self) -> Result<(), CliError> {
        self.heading("Archive: suspended, nothing lost, dependents are named")?;
        let archived = self
            .call("extensions_archive", package(AGENT, "0.1.0"))
            .await?;
        self.fields(&archived, "status warnings/0/message")?;
        self.heading("Restore: available again at its version, without the registry")?;
        let restored = self
            .call("extensions_restore", json!({ "packageName": AGENT }))
            .await?;
        self.fields(&restored, "packageVersion warnings")
    }

    async fn change(&mut self) -> Result<(), CliError> {
        self.heading("Update: a newer version takes its place")?;
        let updated = self
            .call("extensions_update", package(AGENT, "0.2.0"))
            .await?;
        self.fields(&updated, "fromVersion packageVersion alreadyInstalled")?;
        self.heading("Uninstall what others need: refused, and the dependents are named")?;
        self.refused(
            "extensions_uninstall",
            package(SKILLS, "0.1.0"),
            "ACTIVE_DEPENDENT",
        )
        .await
    }

    async fn destroy(&mut self) -> Result<(), CliError> {
        self.heading("Force-delete it nevertheless: first without, then with the confirmation")?;
        let mut input = package(SKILLS, "0.1.0");
        self.refused(
            "extensions_force_delete",
            input.clone(),
            "CONFIRMATION_REQUIRED",
        )
        .await?;
        input["confirmDestructive"] = json!(true);
        input["reason"] = json!("The skills are withdrawn by their author.");
        let deleted = self.call("extensions_force_delete", input).await?;
        self.fields(&deleted, "danglingReferences/dependentExtensions")?;
        self.list().await
    }

    async fn look_back(&mut self) -> Result<(), CliError> {
        self.heading("The audit of what was destroyed: who, why, and the row as it was")?;
        let audit = self
            .call("extension_lifecycle_audit_list", json!({}))
            .await?;
        self.rows(&audit, "createdAt actorId operation packageName reason")?;
        self.rows(&audit, "danglingReferences/dependent_extensions")?;
        self.rows(
            &audit,
            "destroyedRowSnapshot/status destroyedRowSnapshot/release/integrity",
        )?;

        self.heading("An extension's history; removed ones keep theirs")?;
        for name in [AGENT, SKILLS] {
            let history = self
                .call("extensions_timeline", json!({ "packageName": name }))
                .await?;
            self.rows(&history, "position recordedAt actor wireName summary/fromVersion summary/version summary/cause")?;
        }

        self.heading("Every decision, refusals and readings of the audit included")?;
        let trail = self
            .call("audit_events_list", json!({ "limit": 20 }))
            .await?;
        self.rows(
            &trail,
            "position createdAt operation resourceId decision metadata/outcome metadata/code",
        )
    }

    async fn prove(&mut self, archive: &Archive) -> Result<(), CliError> {
        self.heading("Rebuild every read model beside the live one, and compare")?;
        rebuild(archive, &Scope::All, self.terminal).await?;
        self.heading("Prove the ledger: chain, positions, revisions, tags, commands")?;
        if verify(archive, None, self.terminal).await? == ExitCode::SUCCESS {
            return Ok(());
        }
        Err(CliError::Demo("the ledger is not intact".into()))
    }

    async fn list(&mut self) -> Result<(), CliError> {
        let listed = self.call("extensions_list", json!({})).await?;
        self.rows(&listed, "packageName version kind status dependents")
    }

    /// Reads its own writes: every call asks for what the call before has answered.
    async fn call(&mut self, name: &str, input: Value) -> Result<Value, CliError> {
        self.terminal.line(format_args!("  {name} {input}"))?;
        let beside = Beside {
            min_pos: self.seen.as_deref(),
            strict: true,
            ..Beside::default()
        };
        let Answer { output, at, .. } = self.client.call(name, &input, beside).await?;
        self.seen = at.or(self.seen.take());
        Ok(output)
    }

    async fn refused(&mut self, name: &str, input: Value, code: &str) -> Result<(), CliError> {
        match self.call(name, input).await {
            Err(CliError::Refused { status, envelope }) if envelope["error"]["code"] == code => {
                let message = envelope["error"]["message"].as_str().unwrap_or_default();
                Ok(self
                    .terminal
                    .line(format_args!("    refused with {status} {code}: {message}"))?)
            }
            Err(other) => Err(other),
            Ok(_) => Err(CliError::Demo(format!(
                "{name} was not refused with {code}"
            ))),
        }
    }

    fn heading(&mut self, text: &str) -> Result<(), CliError> {
        self.step += 1;
        Ok(self
            .terminal
            .line(format_args!("\n{}. {text}", self.step))?)
    }

    /// Chosen places of an object, a line each; `a/b` is `b` within `a`.
    fn fields(&mut self, output: &Value, places: &str) -> Result<(), CliError> {
        for place in places.split_whitespace() {
            let shown = flat(at(output, place));
            if !shown.is_empty() {
                let name = place.split('/').next().unwrap_or(place);
                self.terminal.line(format_args!("    {name}: {shown}"))?;
            }
        }
        Ok(())
    }

    /// Chosen places of each item, a line per item.
    fn rows(&mut self, output: &Value, places: &str) -> Result<(), CliError> {
        for item in output["items"].as_array().into_iter().flatten() {
            let cells = places.split_whitespace().map(|place| flat(at(item, place)));
            let cells: Vec<String> = cells.filter(|cell| !cell.is_empty()).collect();
            self.terminal
                .line(format_args!("    {}", cells.join("  ")))?;
        }
        Ok(())
    }
}

fn package(name: &str, version: &str) -> Value {
    json!({ "packageName": name, "packageVersion": version })
}

/// What stands at a place like `metadata/code`; null when nothing does.
fn at<'a>(value: &'a Value, place: &str) -> &'a Value {
    place
        .split('/')
        .fold(value, |value, step| match step.parse::<usize>() {
            Ok(index) => &value[index],
            Err(_) => &value[step],
        })
}

/// A value on one line: packages as `name@version`, without what is absent.
fn flat(value: &Value) -> String {
    match value {
        Value::Array(items) => items.iter().map(flat).collect::<Vec<_>>().join(", "),
        Value::Object(fields) => {
            let text = |name: &str| fields.get(name).and_then(Value::as_str);
            let version = text("packageVersion").or(text("version"));
            match (text("packageName").or(text("package_name")), version) {
                (Some(name), Some(version)) => format!("{name}@{version}"),
                _ => particulars(value),
            }
        }
        Value::Null => String::new(),
        Value::Bool(_) | Value::Number(_) | Value::String(_) => particulars(value),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lists_of_packages_read_as_sentences() {
        let value = json!([package("@a/b", "1.0.0"), package("@a/c", "2.0.0")]);
        assert_eq!(flat(&value), "@a/b@1.0.0, @a/c@2.0.0");
        assert_eq!(flat(&json!([])), "");
    }
}
