//! What a person leaves in every corner of the system, and that it is gone from all of them afterwards.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};

use cinatra_migrations::Durability;
use cinatra_tests::console::say;
use cinatra_tests::database::Shared;
use cinatra_tests::people::{self, PASSWORD, Person, done, nobody, sign_in, sign_up};
use cinatra_tests::places::Scratch;
use cinatra_tests::{Call, Client, Database, Node, Start, web};
use serde_json::{Value, json};

use super::{founded, gone, invited, members};
use crate::columns::{Canary, columns};
use crate::extension::call;
use crate::session::{enter, eventually, from, stops_working};

/// What everything personal here has in common.
const CANARY: &str = "canary-5ba1";
/// From where the person comes.
const PLACE: [u8; 4] = [127, 77, 5, 1];

fn canaries() -> [Canary; 2] {
    [Canary::new(CANARY), Canary::new("127.77.5.1")]
}

/// A program that calls itself something, at the person's place.
fn browser() -> reqwest::Client {
    let builder = web::builder(Duration::from_mins(2)).local_address(std::net::IpAddr::from(PLACE));
    builder.user_agent(format!("{CANARY}/1.0")).build().unwrap()
}

/// Everything there is to look into.
struct Scene {
    cluster: Shared,
    database: Database,
    home: Scratch,
    node: Node,
}

impl Scene {
    async fn set() -> Self {
        let cluster = Shared::start(Durability::TestOnlyUnsafe).await.unwrap();
        let database = cluster.copy("trace").await.unwrap();
        let home = Scratch::new("trace").unwrap();
        let mut start = Start::serve(home.path(), &database.url);
        start.log = Some("trace".to_owned());
        let node = Node::start(start).await.unwrap();
        Self {
            cluster,
            database,
            home,
            node,
        }
    }

    /// Columns of the database that show one of these.
    async fn shown(&self, canaries: &[Canary]) -> Vec<(String, String)> {
        let superuser = self.database.superuser().await.unwrap();
        let columns = columns(&superuser).await.into_iter();
        columns
            .filter(|(_, text)| canaries.iter().any(|canary| canary.is_in(text)))
            .collect()
    }

    /// Texts that are no columns: a name for each.
    async fn texts(&self) -> Vec<(String, String)> {
        let mut texts = vec![
            ("the node's log".to_owned(), self.node.log()),
            (
                "PostgreSQL's log".to_owned(),
                read(self.cluster.cluster().log()),
            ),
            ("a dump".to_owned(), self.dump()),
        ];
        for path in files(&self.home.path().join("mail")) {
            texts.push((format!("mail {}", path.display()), read(&path)));
        }
        let metrics = self.node.client().unwrap().get("/metrics").await.unwrap();
        texts.push(("the metrics".to_owned(), metrics.body.to_string()));
        texts
    }

    /// As an operator takes one; the columns say the same where there is no program for it.
    fn dump(&self) -> String {
        let server = std::fs::read_link(format!("/proc/{}/exe", self.cluster.cluster().pid()));
        let beside = server.map(|program| program.with_file_name("pg_dump"));
        let program = beside.ok().filter(|program| program.exists());
        let program = program.unwrap_or_else(|| PathBuf::from("pg_dump"));
        let url = format!("--dbname={}", self.database.admin_url);
        match Command::new(program).arg(url).output() {
            Ok(output) => {
                assert!(output.status.success(), "{output:?}");
                String::from_utf8_lossy(&output.stdout).into_owned()
            }
            Err(error) => {
                say(format!("no pg_dump: {error}"));
                String::new()
            }
        }
    }
}

fn read(path: &Path) -> String {
    String::from_utf8_lossy(&std::fs::read(path).unwrap_or_default()).into_owned()
}

fn files(folder: &Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(folder).unwrap();
    entries.map(|entry| entry.unwrap().path()).collect()
}

/// Comes to the instance, and is heard, seen and refused in many ways.
async fn live(scene: &Scene, ada: &Person, there: &Person) -> Person {
    let (url, home) = (scene.node.url().to_owned(), scene.home.path());
    let stranger = nobody(&url).unwrap().over(browser());
    let email = format!("{CANARY}@example.test");
    let register = json!({ "name": format!("{CANARY} One"), "email": email, "password": PASSWORD });
    let keyed = |key| Call {
        key: Some(key),
        ..Call::default()
    };
    done(&stranger, "users_register", &register).await.unwrap();
    for _ in 0..2 {
        let rejected = stranger
            .call("users_register", &register, keyed("r"))
            .await
            .unwrap();
        assert_eq!(rejected.code(), Some("EMAIL_TAKEN"));
    }
    let wrong = format!("{CANARY} is not the password");
    assert_eq!(enter(&stranger, &email, &wrong).await.status, 401);
    let entered = enter(&stranger, &email, PASSWORD).await.body;
    let token = entered["sessionToken"].as_str().unwrap();
    let mut person = Person {
        user_id: entered["userId"].as_str().unwrap().to_owned(),
        email: email.clone(),
        client: Client::new(&url, token).unwrap().over(browser()),
    };
    // Invited twice, by two organizations; one of them is followed.
    let secret = invited(home, ada, &email).await;
    invited(home, there, &email).await;
    let input = json!({ "token": secret });
    let accepted = done(&person.client, "invitations_accept", &input).await;
    let own = accepted.unwrap()["organizationId"]
        .as_str()
        .unwrap()
        .to_owned();
    person.select(&own).await.unwrap();
    let http = browser();
    person.client = person.client.clone().over(http);
    for (primitive, input) in [
        ("users_update", json!({ "name": format!("{CANARY} Two") })),
        (
            "tokens_create",
            json!({ "label": format!("{CANARY} nightly") }),
        ),
    ] {
        for _ in 0..2 {
            let reply = person
                .client
                .call(primitive, &input, keyed(primitive))
                .await
                .unwrap();
            assert_eq!(reply.status, 200, "{}", reply.body);
        }
    }
    let denied = json!({ "name": CANARY, "slug": CANARY });
    assert_eq!(
        call(&person.client, "organizations_create", &denied)
            .await
            .status,
        403
    );
    let bad = json!({ "name": [CANARY] });
    assert_eq!(call(&person.client, "users_update", &bad).await.status, 400);
    person
}

/// A team, a project and a further role that go with the person.
async fn entrusted(ada: &Person, person: &Person) -> (Value, Value) {
    let team = done(
        &ada.client,
        "teams_create",
        &json!({ "name": "T", "slug": "t" }),
    )
    .await;
    let team = json!({ "teamId": team.unwrap()["teamId"] });
    let mut member = team.clone();
    member["userId"] = json!(person.user_id);
    member["role"] = json!("member");
    done(&ada.client, "team_members_add", &member)
        .await
        .unwrap();
    let place = json!({ "name": "P", "ownerLevel": "user", "ownerId": ada.user_id });
    let project = done(&ada.client, "projects_create", &place).await.unwrap();
    let project = json!({ "projectId": project["projectId"] });
    let mut grant = project.clone();
    grant["principalLevel"] = json!("user");
    grant["principalId"] = json!(person.user_id);
    grant["role"] = json!("read");
    done(&ada.client, "project_access_grant", &grant)
        .await
        .unwrap();
    (team, project)
}

async fn mentions(client: &Client, primitive: &str, input: &Value, id: &str) -> bool {
    let reply = call(client, primitive, input).await;
    reply.is_ok() && reply.body.to_string().contains(id)
}

#[tokio::test]
async fn nothing_tells_afterwards_who_it_was_and_everything_still_proves() {
    let scene = Scene::set().await;
    let url = scene.node.url().to_owned();
    let ada = sign_in(&url, &people::address("Ada")).await.unwrap();
    let (_, there) = founded(&ada, "second").await;
    let person = live(&scene, &ada, &there).await;
    let id = person.user_id.clone();
    let (team, project) = entrusted(&ada, &person).await;
    members(&ada, 2).await;
    let named = json!({ "query": CANARY });
    let found = call(&ada.client, "permissions_members_list", &named).await;
    assert!(
        found.body.to_string().contains(&person.email),
        "{}",
        found.body
    );
    for (primitive, input) in [
        ("team_members_list", &team),
        ("project_access_list", &project),
    ] {
        eventually(primitive, async || {
            mentions(&ada.client, primitive, input, &id)
                .await
                .then_some(())
        })
        .await;
    }
    // Before, it is everywhere that it should be, and would be found.
    let shown = scene.shown(&canaries()).await;
    for wanted in [
        "public.contents.bytes",
        "public.sessions.address",
        "public.sessions.user_agent",
        "public.tokens.label",
        ".people.name",
        ".people.email",
    ] {
        assert!(
            shown.iter().any(|(place, _)| place.ends_with(wanted)),
            "{wanted}: {shown:?}"
        );
    }
    let texts = scene.texts().await;
    assert!(
        texts
            .iter()
            .filter(|(_, text)| canaries()[0].is_in(text))
            .count()
            >= 4
    );

    let told = done(&person.client, "users_erase", &gone(&person))
        .await
        .unwrap();
    let since = Instant::now();
    assert_eq!(told["changed"], true);
    stops_working(&person.client, since).await;
    eventually("it is gone from every column", async || {
        let shown = scene.shown(&canaries()).await;
        shown.is_empty().then_some(())
    })
    .await;
    prove(&scene, "after the erasure").await;
    for arguments in [
        &["replay", "verify"][..],
        &["replay", "rebuild", "--all"],
        &["replay", "verify"],
        &["replay", "status"],
    ] {
        let output = scene.node.start_again().run(arguments).unwrap();
        let said = [output.stdout, output.stderr].concat();
        let said = String::from_utf8_lossy(&said).into_owned();
        assert!(output.status.success(), "{arguments:?}: {said}");
        assert!(!said.contains("DIFFERS"), "{said}");
        assert!(
            !canaries().iter().any(|canary| canary.is_in(&said)),
            "{said}"
        );
    }
    prove(&scene, "after the rebuild").await;
    remembered(&scene, &ada, &id).await;
    for (primitive, input) in [
        ("team_members_list", &team),
        ("project_access_list", &project),
    ] {
        eventually(primitive, async || {
            (!mentions(&ada.client, primitive, input, &id).await).then_some(())
        })
        .await;
    }
    // Somebody may come with the address again, and is somebody else.
    let stranger = nobody(&url).unwrap().over(from(PLACE));
    let input = json!({ "name": "Other", "email": person.email, "password": PASSWORD });
    let other = done(&stranger, "users_register", &input).await.unwrap();
    assert_ne!(other["userId"], id.as_str());
    let again = done(&ada.client, "users_erase", &gone(&person))
        .await
        .unwrap();
    assert_eq!(again["changed"], false);
    assert_eq!(enter(&stranger, &person.email, PASSWORD).await.status, 200);
    assert!(sign_up(&url, "Moe").await.is_ok());
    scene.node.stop().unwrap();
    scene.cluster.stop().await.unwrap();
}

/// Nowhere a trace.
async fn prove(scene: &Scene, when: &str) {
    let canaries = canaries();
    let shown = scene.shown(&canaries).await;
    assert!(shown.is_empty(), "{when}: {shown:?}");
    for (name, text) in scene.texts().await {
        let line = text
            .lines()
            .find(|line| canaries.iter().any(|canary| canary.is_in(line)));
        assert_eq!(line, None, "{when}: {name} shows it");
    }
}

/// The history keeps an id, and the read model says that nobody can tell whose.
async fn remembered(scene: &Scene, ada: &Person, id: &str) {
    let superuser = scene.database.superuser().await.unwrap();
    let columns = columns(&superuser).await;
    let of = |wanted: &str| -> Vec<&str> {
        let found = columns.iter().filter(|(place, _)| place.ends_with(wanted));
        found.map(|(_, text)| text.as_str()).collect()
    };
    let events = of("public.events.actor")
        .into_iter()
        .filter(|actor| actor.contains(id))
        .count();
    assert!(events >= 3, "{events}");
    assert!(
        of("public.events.stream_id")
            .iter()
            .any(|stream| stream.contains(id))
    );
    let erased = of(".people.erased_at");
    assert_eq!(
        erased.iter().filter(|at| **at != "null").count(),
        1,
        "{erased:?}"
    );
    let names = of(".people.name");
    assert_eq!(
        names.iter().filter(|name| **name == "null").count(),
        1,
        "{names:?}"
    );
    let actor = json!({ "actor": format!("user:{id}") });
    eventually("the trail has the id", async || {
        mentions(&ada.client, "audit_events_list", &actor, id)
            .await
            .then_some(())
    })
    .await;
}
