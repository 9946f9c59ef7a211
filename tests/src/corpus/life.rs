//! One package: installed, then a rotating selection of what can happen to it, each read back.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use serde_json::{Value, json};

use super::tally::Tally;
use crate::{Call, Client, Packed, Reply};

/// What follows the installation.
#[derive(Clone, Copy, Debug)]
pub(super) enum Plan {
    ArchiveRestore,
    UninstallInstall,
    ArchiveForceDeleteInstall,
    ForceDeleteInstall,
}

impl Plan {
    /// The plan of the n-th package.
    pub(super) fn rotating(index: usize) -> Self {
        match index % 4 {
            0 => Self::ArchiveRestore,
            1 => Self::UninstallInstall,
            2 => Self::ArchiveForceDeleteInstall,
            _ => Self::ForceDeleteInstall,
        }
    }

    fn steps(self) -> &'static [&'static str] {
        match self {
            Self::ArchiveRestore => &["archive", "restore"],
            Self::UninstallInstall => &["uninstall", "install"],
            Self::ArchiveForceDeleteInstall => &["archive", "force_delete", "install"],
            Self::ForceDeleteInstall => &["force_delete", "install"],
        }
    }
}

/// What a step came to.
enum Ended {
    /// It did what was asked for.
    Done(Value),
    /// A refusal with a code.
    Refused(String, String),
    /// Neither.
    Broken,
}

/// The one caller, and what it expects the system to hold.
#[derive(Debug)]
pub(super) struct Life {
    client: Client,
    /// Status by package.
    expected: BTreeMap<String, &'static str>,
    warned: BTreeSet<(String, String)>,
    calls: usize,
}

impl Life {
    pub(super) fn new(client: Client) -> Self {
        Self {
            client,
            expected: BTreeMap::new(),
            warned: BTreeSet::new(),
            calls: 0,
        }
    }

    /// Installs a package, leads it through the plan, answers its line.
    pub(super) async fn lead(&mut self, packed: &Packed, plan: Plan, tally: &mut Tally) -> String {
        let who = format!("{}@{}", packed.name, packed.version);
        let output = match self.step("install", packed, tally).await {
            Ended::Done(output) => output,
            Ended::Refused(code, message) => {
                let line = format!("refused  {who}  {code}  {message}");
                let name = packed.name.clone();
                tally.not_installed.insert(name, code.clone());
                *tally.refused.entry(code).or_default() += 1;
                return line;
            }
            Ended::Broken => return format!("broken  {who}"),
        };
        tally.installed += 1;
        let warnings = self.count_warnings(&output, tally);
        let count = |field: &str| output[field].as_array().map_or(0, Vec::len);
        let mut line = format!(
            "installed  {who}  new {} present {} restored {}",
            count("installed"),
            count("alreadyInstalled"),
            count("restored")
        );
        for name in plan.steps() {
            let said = match self.step(name, packed, tally).await {
                Ended::Done(output) => match output["outcome"].as_str() {
                    Some(outcome) => format!("{name} {outcome}"),
                    None => format!("{name} ok"),
                },
                Ended::Refused(code, _) => format!("{name} {code}"),
                Ended::Broken => format!("{name} BROKEN"),
            };
            *tally.steps.entry(said.replace(' ', ":")).or_default() += 1;
            line.push_str(", ");
            line.push_str(&said);
        }
        if !warnings.is_empty() {
            let _ = write!(line, "  [{}]", warnings.join(" "));
        }
        line
    }

    /// One command, and what the catalogue shows right after it.
    async fn step(&mut self, name: &str, packed: &Packed, tally: &mut Tally) -> Ended {
        let (primitive, input) = request(name, packed);
        self.calls += 1;
        let key = format!("corpus-{}", self.calls);
        let call = Call {
            key: Some(&key),
            ..Call::default()
        };
        let what = format!("{primitive} {}@{}", packed.name, packed.version);
        let reply = match self.client.call(&primitive, &input, call).await {
            Ok(reply) => reply,
            Err(error) => {
                tally.broken(format!("{what}: no answer: {error:?}"));
                return Ended::Broken;
            }
        };
        match classify(&reply) {
            Ok(Ended::Done(output)) => {
                self.expect(name, packed, &output);
                self.read_back(&what, &packed.name, &reply, tally).await;
                Ended::Done(output)
            }
            Ok(other) => other,
            Err(why) => {
                tally.broken(format!("{what}: {why}"));
                Ended::Broken
            }
        }
    }

    /// Notes what the catalogue has to show from now on.
    fn expect(&mut self, name: &str, packed: &Packed, output: &Value) {
        let own = packed.name.clone();
        match (name, output["outcome"].as_str()) {
            ("archive", _) | ("uninstall", Some("archived")) => {
                // A connector's archive writes the audit only; connectors are never in the catalogue.
                self.expected
                    .entry(own)
                    .and_modify(|status| *status = "archived");
            }
            ("uninstall" | "force_delete", _) => {
                self.expected.remove(&own);
            }
            _ => {
                let listed = ["installed", "alreadyInstalled", "restored"];
                let members = listed
                    .iter()
                    .filter_map(|field| output[*field].as_array())
                    .flatten();
                let names =
                    members.filter_map(|member| member["packageName"].as_str().or(member.as_str()));
                self.expected
                    .extend(names.map(|name| (name.to_owned(), "active")));
                self.expected.insert(own, "active");
            }
        }
    }

    /// Asks the catalogue for no less than the command's own position.
    async fn read_back(&self, what: &str, package: &str, reply: &Reply, tally: &mut Tally) {
        let Some(at) = reply.at.as_deref() else {
            tally.broken(format!("{what}: the answer does not say where it stands"));
            return;
        };
        let input = json!({ "packageName": package });
        let call = Call {
            min_pos: Some(at),
            strict: true,
            ..Call::default()
        };
        let seen = match self.client.call("extensions_get", &input, call).await {
            Ok(reply) if reply.is_ok() => status(&reply.body).map(str::to_owned),
            Ok(reply) if reply.status == 404 && reply.code().is_some() => None,
            Ok(reply) => {
                tally.broken(format!(
                    "{what}: extensions_get answered {} {}",
                    reply.status, reply.body
                ));
                return;
            }
            Err(error) => {
                tally.broken(format!("{what}: extensions_get did not answer: {error:?}"));
                return;
            }
        };
        let expected = self.expected.get(package).copied();
        if seen.as_deref() != expected {
            tally.broken(format!(
                "{what}: the catalogue shows {seen:?} and not {expected:?} at {at}"
            ));
        }
    }

    /// At the end the whole list shows what all answers together promised.
    pub(super) async fn compare_with_the_list(&self, tally: &mut Tally) {
        let mut seen = BTreeMap::new();
        let mut cursor = Value::Null;
        loop {
            let mut input = json!({ "limit": 200 });
            if cursor.is_string() {
                input["cursor"] = cursor;
            }
            let reply = match self
                .client
                .call("extensions_list", &input, Call::default())
                .await
            {
                Ok(reply) if reply.is_ok() => reply,
                Ok(reply) => {
                    return tally.broken(format!(
                        "extensions_list answered {} {}",
                        reply.status, reply.body
                    ));
                }
                Err(error) => {
                    return tally.broken(format!("extensions_list did not answer: {error:?}"));
                }
            };
            for item in reply.body["items"].as_array().into_iter().flatten() {
                let name = item["packageName"].as_str().unwrap_or_default().to_owned();
                seen.insert(name, status(item).unwrap_or_default().to_owned());
            }
            cursor = reply.body["nextCursor"].clone();
            if !cursor.is_string() {
                break;
            }
        }
        for name in self
            .expected
            .keys()
            .chain(seen.keys())
            .collect::<BTreeSet<_>>()
        {
            let (expected, seen) = (
                self.expected.get(name).copied(),
                seen.get(name).map(String::as_str),
            );
            if expected != seen {
                tally.broken(format!(
                    "{name}: the list shows {seen:?} and not {expected:?}"
                ));
            }
        }
    }

    fn count_warnings(&mut self, output: &Value, tally: &mut Tally) -> Vec<String> {
        let mut codes = BTreeSet::new();
        for warning in output["warnings"].as_array().into_iter().flatten() {
            let code = warning["code"].as_str().unwrap_or("UNTYPED").to_owned();
            if code == "UNTYPED" {
                tally.broken(format!("a warning without a code: {warning}"));
            }
            let package = warning["packageName"]
                .as_str()
                .unwrap_or_default()
                .to_owned();
            if self.warned.insert((package, code.clone())) {
                *tally.warnings.entry(code.clone()).or_default() += 1;
            }
            codes.insert(code);
        }
        codes.into_iter().collect()
    }
}

fn request(step: &str, packed: &Packed) -> (String, Value) {
    let mut input = json!({ "packageName": packed.name, "packageVersion": packed.version });
    match step {
        "restore" => input = json!({ "packageName": packed.name }),
        "force_delete" => {
            input["confirmDestructive"] = json!(true);
            input["reason"] = json!("The corpus asks for it.");
        }
        _ => {}
    }
    (format!("extensions_{step}"), input)
}

/// `extensions_get` answers the row itself or wraps it.
fn status(body: &Value) -> Option<&str> {
    body["status"]
        .as_str()
        .or(body["extension"]["status"].as_str())
}

/// Done, refused with a code, or the reason why the answer is no answer.
fn classify(reply: &Reply) -> Result<Ended, String> {
    if reply.status >= 500 {
        return Err(format!("answered {}: {}", reply.status, reply.body));
    }
    if reply.is_ok() {
        return Ok(Ended::Done(reply.body.clone()));
    }
    match reply.code() {
        Some(code) => {
            let message = reply.body["error"]["message"].as_str().unwrap_or_default();
            Ok(Ended::Refused(code.to_owned(), message.to_owned()))
        }
        None => Err(format!(
            "answered {} without a code: {}",
            reply.status, reply.body
        )),
    }
}
