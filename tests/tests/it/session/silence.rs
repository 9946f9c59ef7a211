//! No credential ever shows: not in the log of everything, not in the database, not in an answer but its own.

use cinatra_tests::people::{self, PASSWORD, done, nobody, secret_of_mail, sign_up};
use cinatra_tests::places::Scratch;
use cinatra_tests::{Client, Database, Node, Start, tree};
use regex::Regex;
use serde_json::json;

use super::{enter, get, post};
use crate::columns::{Canary, columns};
use crate::secret::canary::over_mcp;

/// Types that hide what they hold and can be compared, each with the reason.
const COMPARED: &[(&str, &str)] = &[
    ("EmailAddress", "a person's, and no credential"),
    ("Label", "what people call somebody or something"),
    ("Origin", "where a call came from"),
];

/// Comparing tells by its time how much of a guess was right.
#[test]
fn nothing_that_carries_a_credential_can_be_compared() {
    let hidden = Regex::new(r#""(\w+)\(hidden\)"|hidden!\(([^)]*)\)"#).unwrap();
    let product = tree::rust_files().into_iter();
    let product = product.filter(|file| file.path.contains("/src/") && file.top() != "tests");
    let (mut looked, mut comparable) = (0, Vec::new());
    for file in product {
        let found = hidden.captures_iter(&file.text);
        let texts = found.map(|found| found.get(1).or(found.get(2)).unwrap().as_str());
        for name in texts.flat_map(|texts| texts.split(',')).map(str::trim) {
            let declared =
                format!(r"((?:#\[[^\]]*\]\s*)*)pub(?:\(\w+\))? (?:struct|enum) {name}\b");
            let Some(declared) = Regex::new(&declared).unwrap().captures(&file.text) else {
                continue;
            };
            looked += 1;
            let written = Regex::new(&format!(r"PartialEq(?:<[^>]*>)? for {name}\b")).unwrap();
            let is_comparable = declared[1].contains("PartialEq") || written.is_match(&file.text);
            if is_comparable && !COMPARED.iter().any(|(known, _)| *known == name) {
                comparable.push(format!("{name} ({})", file.path));
            }
        }
    }
    assert!(looked >= 25, "{looked}");
    assert!(comparable.is_empty(), "{comparable:?}");
}

#[tokio::test]
async fn no_credential_shows_in_the_log_of_everything_or_in_the_database() {
    let home = Scratch::new("silence").unwrap();
    let database = Database::fresh().await.unwrap();
    let mut start = Start::serve(home.path(), &database.url);
    start.log = Some("trace".to_owned());
    // Order: the file goes as soon as somebody has signed up.
    let node = Node::start(start.token("unused")).await.unwrap();
    let url = node.url().to_owned();
    let first = std::fs::read_to_string(home.path().join("admin-token")).unwrap();
    let owner = sign_up(&url, "Ada").await.unwrap().client;
    let first = [PASSWORD, owner.token(), first.trim()];
    let mut secrets = first.map(str::to_owned).to_vec();

    // Signing up, by mail and by a wrong password.
    let mia = sign_up(&url, "Mia").await.unwrap();
    secrets.push(mia.client.token().to_owned());
    let proof = secret_of_mail(home.path(), &mia.email, "users_verify_email").await;
    let proof = proof.unwrap();
    let (anybody, input) = (nobody(&url).unwrap(), json!({ "token": proof }));
    for _ in 0..2 {
        post(&anybody, "users_verify_email", &input, &[]).await;
    }
    let wrong = "a wrong password that shows nowhere";
    enter(&nobody(&url).unwrap(), &mia.email, wrong).await;
    secrets.extend([proof, wrong.to_owned()]);

    // With a bearer token, with a cookie, over MCP, refused and allowed.
    let browser = nobody(&url).unwrap();
    let entered = enter(&browser, &mia.email, PASSWORD).await;
    let cookie_token = entered.body["sessionToken"].as_str().unwrap().to_owned();
    let cookie = format!("cinatra-session={cookie_token}");
    let with = [("cookie", cookie.as_str()), ("origin", url.as_str())];
    get(&browser, &with).await;
    post(&browser, "users_me", &json!({}), &with).await;
    post(&browser, "users_me", &json!({}), &with[..1]).await;
    let made = post(&browser, "tokens_create", &json!({ "label": "x" }), &with).await;
    let token = made.body["token"].as_str().unwrap().to_owned();
    let program = Client::new(&url, &token).unwrap();
    people::done(&program, "users_me", &json!({}))
        .await
        .unwrap();
    let unknown = format!("cin_{}", blake3::hash(b"of nobody").to_hex());
    let stranger = Client::new(&url, &unknown).unwrap();
    assert_eq!(stranger.get("/api/primitives").await.unwrap().status, 401);
    let told = over_mcp(&program, "users_me", &json!({})).await;
    assert!(told.contains(&mia.user_id), "{told}");
    let input = json!({ "email": mia.email, "password": PASSWORD });
    let told = over_mcp(&program, "sessions_sign_in", &input).await;
    let at = told.find("cis_").unwrap();
    secrets.push(told[at..at + 68].to_owned());
    secrets.extend([cookie_token, token, unknown]);

    // Another organization, another password, a service account.
    let me = done(&owner, "users_me", &json!({})).await.unwrap();
    let email = me["email"].as_str().unwrap();
    let mut ada = people::sign_in(&url, email).await.unwrap();
    let own = me["organizationIds"][0].as_str().unwrap();
    secrets.push(ada.client.token().to_owned());
    ada.select(own).await.unwrap();
    secrets.push(ada.client.token().to_owned());
    let input = json!({ "email": "guest@example.test", "role": "member" });
    done(&ada.client, "permissions_members_invite", &input)
        .await
        .unwrap();
    let mail = secret_of_mail(home.path(), "guest@example.test", "invitations_accept").await;
    let input = json!({ "name": "robot", "scopes": ["run.read"] });
    let robot = done(&ada.client, "service_accounts_create", &input)
        .await
        .unwrap();
    let robot = robot["secret"].as_str().unwrap().to_owned();
    assert_eq!(
        get(&browser, &[("authorization", &format!("Bearer {robot}"))])
            .await
            .status,
        200
    );
    let fresh = "another password that shows nowhere";
    let input = json!({ "currentPassword": PASSWORD, "newPassword": fresh });
    done(&ada.client, "users_set_password", &input)
        .await
        .unwrap();
    secrets.extend([mail.unwrap(), robot, fresh.to_owned()]);
    done(&ada.client, "sessions_sign_out", &json!({}))
        .await
        .unwrap();

    let log = node.log();
    for primitive in ["users_register", "sessions_sign_in", "users_me"] {
        let path = format!("path=\"/api/primitives/{primitive}\"");
        assert!(log.contains(&path), "the log is not that of everything");
    }
    let superuser = database.superuser().await.unwrap();
    let columns = columns(&superuser).await;
    for secret in &secrets {
        let prefixes = ["cin_", "cis_", "cic_", "cinatra_a2a_"];
        let digits = prefixes
            .iter()
            .find_map(|prefix| secret.strip_prefix(prefix));
        let canary = Canary::new(digits.unwrap_or(secret));
        let line = log.lines().find(|line| canary.is_in(line));
        assert_eq!(line, None, "the log shows {secret}");
        let shown: Vec<_> = columns.iter().filter(|(_, t)| canary.is_in(t)).collect();
        assert!(shown.is_empty(), "{secret}: {shown:?}");
    }
    node.stop().unwrap();
}
