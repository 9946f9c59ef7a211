//! A value that is set, retried, refused and used is in no column, no log line and no answer.

use std::path::Path;
use std::sync::LazyLock;

use cinatra_tests::people::Person;
use cinatra_tests::places::Scratch;
use cinatra_tests::registry::{Scripted, honest};
use cinatra_tests::{Call, Client, Database, Node, Package, Reply, Start};
use serde_json::{Value, json};
use tokio_postgres::Client as Postgres;

use super::NAME;
use crate::columns::{Canary, columns};
use crate::extension::{at, call, done, package};

/// One per way that a value can take; all of them have this in common.
const CANARY: &str = "canary-7f3a";
const SKILL: &str = "@acme/hello-skill";

/// Text that shows the canary, plain or in a common disguise.
fn shows(text: &str) -> bool {
    static FORMS: LazyLock<Canary> = LazyLock::new(|| Canary::new(CANARY));
    FORMS.is_in(text)
}

/// A caller of the same organization who is no administrator.
async fn member(client: &Client, home: &Path) -> Client {
    let owner = Person {
        user_id: String::new(),
        email: String::new(),
        client: client.clone(),
    };
    owner.bring(home, "Mia", "member").await.unwrap().client
}

/// The same call as an MCP client makes it; answers the text of the reply.
pub(crate) async fn over_mcp(client: &Client, primitive: &str, arguments: &Value) -> String {
    let revision = "2026-07-28";
    let request = json!({ "jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": {
        "name": primitive,
        "arguments": arguments,
        "_meta": {
            "io.modelcontextprotocol/protocolVersion": revision,
            "io.modelcontextprotocol/clientInfo": { "name": "test", "version": "1" },
            "io.modelcontextprotocol/clientCapabilities": {},
        },
    } });
    let reply = client
        .bare(reqwest::Method::POST, "/api/mcp")
        .bearer_auth(client.token())
        .header("accept", "application/json, text/event-stream")
        .header("mcp-protocol-version", revision)
        .header("mcp-method", "tools/call")
        .header("mcp-name", primitive)
        .json(&request)
        .send()
        .await
        .unwrap();
    reply.text().await.unwrap()
}

fn value(what: &str) -> String {
    format!("{CANARY}-{what}")
}

fn named(name: &str, what: &str) -> Value {
    json!({ "name": name, "value": value(what) })
}

/// A caller that remembers everything it was told.
struct Witness<'a> {
    client: Client,
    home: &'a Path,
    superuser: Postgres,
    answers: Vec<String>,
}

impl Witness<'_> {
    async fn set(&mut self, input: &Value, key: Option<&str>) -> Reply {
        let terms = Call {
            key,
            ..Call::default()
        };
        let reply = self.client.call("secrets_set", input, terms).await.unwrap();
        self.answers.push(reply.body.to_string());
        reply
    }

    /// Set, retried, set otherwise under the same key, replaced; answers where.
    async fn store(&mut self) -> String {
        for (what, status) in [("kept", 200), ("kept", 200), ("other", 422)] {
            let reply = self.set(&named(NAME, what), Some("k")).await;
            assert_eq!(reply.status, status, "{}", reply.body);
        }
        let placed = self.set(&named(NAME, "replaced"), None).await;
        at(&placed).to_owned()
    }

    /// Refused by the schema, by the bounds, by the parser, by the rule of access.
    async fn be_refused(&mut self) {
        for input in [
            json!({ "name": NAME, "value": format!("{CANARY}{}", "ä".repeat(4_096)) }),
            json!({ "name": NAME, "value": [value("list")] }),
            json!({ "name": NAME, "value": value("extra"), "other": value("field") }),
            json!({ "value": value("nameless") }),
            named("Not A Name", "misnamed"),
        ] {
            let reply = self.set(&input, None).await;
            assert_eq!(reply.status, 400, "{}", reply.body);
        }
        let broken = format!("{{\"name\":\"{NAME}\",\"value\":\"{CANARY}");
        let broken = self.client.post("secrets_set", broken, Call::default());
        let broken = broken.await.unwrap();
        assert_eq!(broken.status, 400, "{}", broken.body);
        let nobody = member(&self.client, self.home).await;
        let denied = call(&nobody, "secrets_set", &named(NAME, "denied")).await;
        assert_eq!(denied.status, 403);
        let bodies = [broken.body, denied.body];
        self.answers.extend(bodies.map(|body| body.to_string()));
    }

    async fn speak_mcp(&mut self) {
        let good = over_mcp(&self.client, "secrets_set", &named(NAME, "mcp")).await;
        assert!(good.contains("\"isError\":false"), "{good}");
        let bad = over_mcp(&self.client, "secrets_set", &named("Not A Name", "mcp")).await;
        assert!(bad.contains("INVALID_INPUT"), "{bad}");
        self.answers.extend([good, bad]);
    }

    /// Used, rotated, listed, deleted.
    async fn live(&mut self) {
        let token = named("registry.default.read-token", "token");
        assert!(self.set(&token, None).await.is_ok());
        for (primitive, input) in [
            ("extensions_search", json!({ "query": "hello" })),
            ("extensions_install", package(SKILL, "1.0.0")),
            ("secrets_rotate_keys", json!({})),
            ("secrets_list", json!({})),
            ("secrets_delete", json!({ "name": NAME })),
            ("audit_events_list", json!({})),
        ] {
            let answer = done(&self.client, primitive, &input).await;
            self.answers.push(answer.to_string());
        }
    }

    /// Rejected by the rules, which is on record, and retried.
    async fn be_rejected(&mut self, place: &str) {
        let tenant: uuid::Uuid = place.split_once(':').unwrap().0.parse().unwrap();
        let filled = self
            .superuser
            .execute(include_str!("sql/fill_secrets.sql"), &[&tenant])
            .await;
        assert_eq!(filled.unwrap(), 999);
        for _ in 0..2 {
            let one_more = named("one-more", "rejected");
            let reply = self.set(&one_more, Some("rejected")).await;
            assert_eq!((reply.status, reply.code()), (422, Some("SECRET_LIMIT")));
        }
        let replaced = named("registry.default.read-token", "again");
        assert!(self.set(&replaced, None).await.is_ok());
    }

    /// The proofs pass, and the read models say the same when they are built anew.
    fn prove(&mut self, start: &Start) {
        for arguments in [
            &["replay", "verify"][..],
            &["replay", "rebuild", "--all"],
            &["replay", "verify"],
        ] {
            let output = start.run(arguments).unwrap();
            let said = [output.stdout, output.stderr].concat();
            let said = String::from_utf8_lossy(&said).into_owned();
            assert!(output.status.success(), "{arguments:?}: {said}");
            self.answers.push(said);
        }
    }
}

#[tokio::test]
async fn a_value_shows_nowhere() {
    let packed = Package::skill(SKILL, "1.0.0").pack().unwrap();
    let registry = Scripted::start(|base| honest(base, &[packed])).await;
    let registry = registry.unwrap();
    let home = Scratch::new("canary").unwrap();
    let database = Database::fresh().await.unwrap();
    let mut start = Start::serve(home.path(), &database.url).registry(registry.url());
    start.log = Some("trace".to_owned());
    let node = Node::start(start).await.unwrap();
    let mut witness = Witness {
        client: node.client().unwrap(),
        home: home.path(),
        superuser: database.superuser().await.unwrap(),
        answers: Vec::new(),
    };
    let place = witness.store().await;
    witness.be_refused().await;
    witness.speak_mcp().await;
    witness.live().await;
    witness.be_rejected(&place).await;
    witness.prove(node.start_again());

    for answer in &witness.answers {
        assert!(!shows(answer), "an answer shows it: {answer}");
    }
    let log = node.log();
    let line = log.lines().find(|line| shows(line));
    assert_eq!(line, None, "the log shows it");
    assert!(log.contains("TRACE"), "the log is not that of everything");
    let columns = columns(&witness.superuser).await;
    for wanted in [
        "public.secrets.ciphertext",
        "public.command_log.result",
        "public.events.payload",
    ] {
        assert!(columns.iter().any(|(place, _)| place == wanted), "{wanted}");
    }
    let shown: Vec<_> = columns.iter().filter(|(_, text)| shows(text)).collect();
    assert!(shown.is_empty(), "{shown:?}");
    // What is looked for would be found.
    assert!(columns.iter().any(|(_, text)| text.contains(NAME)));
    node.stop().unwrap();
}
