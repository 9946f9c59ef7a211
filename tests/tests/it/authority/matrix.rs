//! Every cell of the table, over the public interface.

use std::collections::{BTreeMap, BTreeSet};

use cinatra_tests::console::say;
use reqwest::{Method, RequestBuilder};
use serde_json::{Value, json};

use super::cast::Who;
use super::golden::{Golden, Row};
use super::request::{Desk, Request};
use super::stage::Stage;
use crate::tidy::complain;

/// Cells that the seeds hang on, at least.
const CRITICAL_MIN: usize = 80;

/// What somebody was answered.
struct Answer {
    status: u16,
    text: String,
}

impl Answer {
    async fn to(request: RequestBuilder, token: &str) -> Self {
        let request = if token.is_empty() {
            request
        } else {
            request.bearer_auth(token)
        };
        let reply = request.send().await.unwrap();
        let status = reply.status().as_u16();
        let text = reply.text().await.unwrap();
        Self { status, text }
    }

    /// What was called about is the caller's own word and may come back.
    fn without(&self, named: &str) -> String {
        self.text.replace(named, "")
    }
}

async fn send(stage: &Stage, row: &Row, who: Who, request: &Request) -> Answer {
    let own = stage.cast.token(who, row.key.as_deref());
    let path = format!("/api/primitives/{}", row.primitive());
    let mut post = stage.client("").bare(Method::POST, &path);
    if let Some(project) = &request.within {
        post = post.header("cinatra-project", project);
    }
    let token = request.credential(who).unwrap_or(own);
    Answer::to(post.json(&request.input), token).await
}

async fn knock(stage: &Stage, row: &Row, who: Who) -> Answer {
    let client = stage.client("");
    let request = if row.name == "/api/mcp" {
        let revision = "2026-07-28";
        let listing = json!({ "jsonrpc": "2.0", "id": 1, "method": "tools/list", "params": { "_meta": {
            "io.modelcontextprotocol/protocolVersion": revision,
            "io.modelcontextprotocol/clientInfo": { "name": "test", "version": "1" },
            "io.modelcontextprotocol/clientCapabilities": {},
        } } });
        client
            .bare(Method::POST, &row.name)
            .header("accept", "application/json, text/event-stream")
            .header("mcp-protocol-version", revision)
            .header("mcp-method", "tools/list")
            .json(&listing)
    } else {
        // It has ended, and so does its stream.
        let path = row.name.replace("{id}", &stage.runs.over);
        client.bare(Method::GET, &path)
    };
    Answer::to(request, stage.cast.token(who, row.key.as_deref())).await
}

/// Who was denied which primitive first, about what.
type Denials = BTreeMap<(Who, String), Option<String>>;

#[tokio::test(flavor = "multi_thread")]
async fn everybody_is_answered_as_the_table_says() {
    let golden = Golden::read();
    let keys = golden.rows.iter().filter_map(|row| row.key.as_deref());
    let stage = Stage::set(keys).await;
    let (mut desk, mut findings, mut denials) = (Desk::new(&stage), Vec::new(), Denials::new());
    let mut cells = 0;
    for row in golden.routes() {
        for who in row.callers() {
            let answer = knock(&stage, row, who).await;
            cells += 1;
            let word = Request::plain().word(answer.status, &answer.text);
            findings.extend(compare(row, who, &word, &answer));
            if row.name.contains("{id}") && answer.status != 200 {
                // A stream is judged as its primitive is, and of a minute's denials the first is told of.
                let about = (who, "agent_run_get".to_owned());
                denials.insert(about, Some(stage.runs.over.clone()));
            }
        }
    }
    for row in golden.primitives() {
        for who in row.callers() {
            let request = desk.request(row, who).await;
            let answer = send(&stage, row, who, &request).await;
            cells += 1;
            let word = request.word(answer.status, &answer.text);
            findings.extend(compare(row, who, &word, &answer));
            if answer.status == 200 {
                desk.spend(row, who);
            } else if request.credential(who).is_none() {
                let about = (who, row.primitive().to_owned());
                let target = request.target().map(str::to_owned);
                denials.entry(about).or_insert(target);
            }
            if answer.status == 404 {
                let told = nothing_there(&stage, row, who, &request, &answer).await;
                findings.extend(told);
            }
        }
    }
    let critical = golden.rows.iter().filter(|row| row.is_critical).count() * Who::ALL.len();
    say(format!("{cells} cells, {critical} of them critical"));
    complain("the table says otherwise", &findings);
    assert!(critical >= CRITICAL_MIN, "{critical}");
    every_denial_is_on_record(&stage, &golden, &denials).await;
}

fn compare(row: &Row, who: Who, word: &str, answer: &Answer) -> Option<String> {
    let expected = row.answer(who);
    (word != expected).then(|| {
        let text: String = answer.text.chars().take(200).collect();
        let (name, who) = (&row.name, who.name());
        format!("{name} {who}: {word} instead of {expected}: {text}")
    })
}

/// What is hidden looks like what is not there, to the byte.
async fn nothing_there(
    stage: &Stage,
    row: &Row,
    who: Who,
    request: &Request,
    hidden: &Answer,
) -> Option<String> {
    let (astray, nothing) = request.astray()?;
    let absent = send(stage, row, who, &astray).await;
    let named = request.target().unwrap();
    let same = absent.status == hidden.status && absent.without(nothing) == hidden.without(named);
    (!same).then(|| {
        let (name, who) = (&row.name, who.name());
        format!("{name} {who} can tell {} from {}", hidden.text, absent.text)
    })
}

/// In the organization that the caller acts in, or on the instance, under the caller's name, with what it was about.
async fn every_denial_is_on_record(stage: &Stage, golden: &Golden, denials: &Denials) {
    stage.settle().await;
    let mut trails = BTreeMap::new();
    for owner in [Who::Ada, Who::Sue, Who::Pia] {
        trails.insert(owner, denied(stage, owner, "audit_events_list").await);
    }
    let of_the_instance = denied(stage, Who::Ada, "instance_audit_events_list").await;
    trails.insert(Who::Nils, of_the_instance);
    let (mut findings, mut found) = (Vec::new(), 0);
    for ((who, primitive), target) in denials {
        let row = golden.of(primitive).next().unwrap();
        if !is_judged(row, *who) {
            continue;
        }
        let principal = stage.principal(stage.cast.token(*who, None)).await;
        let actor = principal.actor.id.as_str();
        let trail = trails.get(who).unwrap_or_else(|| &trails[&who.owner()]);
        let is_it = |event: &&Value| {
            event["actorPrincipalId"] == actor
                && event["metadata"]["primitive"] == primitive.as_str()
                && event["resourceId"].as_str() == target.as_deref()
        };
        match trail.iter().find(is_it) {
            Some(_) => found += 1,
            None => findings.push(format!("{primitive} by {} about {target:?}", who.name())),
        }
    }
    complain("denials that are not on record", &findings);
    say(format!("{found} denials are on record"));
}

/// Whether the first answer was a denial, and the caller has a name of their own: what commands find out later is on
/// record as their refusal, not as a denial.
fn is_judged(row: &Row, who: Who) -> bool {
    let has_a_name = !matches!(who, Who::Nobody | Who::Ada | Who::Narrow | Who::Key);
    let looks_at_it = ["inside:", "project:", "resource:", "run:", "team:"];
    let is_hidden = looks_at_it.iter().any(|rule| row.access.starts_with(rule));
    let answer = row.answer(who);
    has_a_name && (answer == "403" || answer == "404" && is_hidden)
}

async fn denied(stage: &Stage, reader: Who, primitive: &str) -> Vec<Value> {
    let (mut all, mut input) = (Vec::new(), json!({ "decision": "denied", "limit": 200 }));
    loop {
        let page = stage.done(reader, primitive, &input).await;
        all.extend(page["items"].as_array().unwrap().iter().cloned());
        if page["nextCursor"].is_null() {
            return all;
        }
        input["cursor"] = page["nextCursor"].clone();
    }
}

#[tokio::test]
async fn the_table_has_every_primitive_and_route_and_says_what_the_catalogue_says() {
    let golden = Golden::read();
    let served = cinatra_tests::served::Served::with(&[]).await.unwrap();
    let client = served.client().unwrap();
    let listed = client.get("/api/primitives").await.unwrap().body;
    let mut findings = Vec::new();
    let mut names = BTreeSet::new();
    for listed in listed["primitives"].as_array().unwrap() {
        let name = listed["name"].as_str().unwrap();
        names.insert(name.to_owned());
        if golden.of(name).next().is_none() {
            findings.push(format!("{name} has no row"));
        }
        for row in golden.of(name) {
            if listed["access"] != row.access.as_str() {
                findings.push(format!("{} is for {}", row.name, listed["access"]));
            }
        }
    }
    let strangers = golden
        .primitives()
        .filter(|row| !names.contains(row.primitive()));
    findings.extend(strangers.map(|row| format!("{} is no primitive", row.name)));
    let document = client.get("/api/openapi.json").await.unwrap().body;
    // An alias is judged as its primitive is.
    let is_own = |operation: &Value| operation["x-cinatra-primitive"].is_null();
    let paths = document["paths"].as_object().unwrap().iter();
    let own = paths.filter(|(_, path)| path.as_object().unwrap().values().any(is_own));
    let routes = own
        .map(|(path, _)| path.clone())
        .filter(|path| !path.starts_with("/api/primitives/"));
    let routes: BTreeSet<String> = routes.chain(["/api/mcp".to_owned()]).collect();
    let rows: BTreeSet<String> = golden.routes().map(|row| row.name.clone()).collect();
    complain("the table", &findings);
    assert_eq!(rows, routes);
}
