//! Whatever arrives about persons, sessions and tokens, the answer is typed, names the field, and repeats nothing.

use cinatra_tests::people::PASSWORD;
use cinatra_tests::served::Served;
use cinatra_tests::{Call, Client};
use serde_json::{Value, json};

use crate::extension::{call, refused};

const ID: &str = "0190f5a0-0000-7000-8000-000000000000";
/// In every bad value that is text: no answer may repeat it.
const ECHO: &str = "echo-3f9c";

/// A primitive, a good input of it, and bad values by field.
struct Case {
    primitive: &'static str,
    good: Value,
    bad: Vec<(&'static str, Value)>,
}

impl Case {
    fn of(primitive: &'static str, good: Value) -> Self {
        let bad = Vec::new();
        Self {
            primitive,
            good,
            bad,
        }
    }

    fn bad(mut self, field: &'static str, values: Vec<Value>) -> Self {
        self.bad
            .extend(values.into_iter().map(|value| (field, value)));
        self
    }
}

/// What is no text of the right length, and these texts.
fn texts(more: &[&str]) -> Vec<Value> {
    let long = format!("{ECHO}{}", "x".repeat(2_000));
    let mut values = vec![json!(7), json!(null), json!([ECHO]), json!(long)];
    values.extend(more.iter().map(|text| json!(text)));
    values
}

fn names() -> Vec<Value> {
    texts(&[
        "",
        "   ",
        "\u{200b}\u{2060}",
        "echo-3f9c\nx",
        "echo-3f9c\u{0}",
        "echo-3f9c\u{202e}x",
        "echo-3f9c\u{200b}",
    ])
}

fn emails() -> Vec<Value> {
    let halves = ["", "echo-3f9c", "@echo-3f9c", "echo-3f9c@"];
    texts(
        &[
            &halves[..],
            &["a b@echo-3f9c", "a@b@echo-3f9c", "a\u{200b}@echo-3f9c"],
        ]
        .concat(),
    )
}

fn ids() -> Vec<Value> {
    texts(&["", "echo-3f9c", "../echo-3f9c"])
}

fn about_persons() -> Vec<Case> {
    let register = json!({ "name": "A", "email": "a@example.test", "password": PASSWORD });
    let passwords = json!({ "currentPassword": PASSWORD, "newPassword": PASSWORD });
    let short = || texts(&["", "echo-3f9c-x"]);
    let (user, role) = (
        json!({ "userId": ID }),
        json!({ "userId": ID, "role": "user" }),
    );
    let sure = json!({ "userId": ID, "confirmDestructive": true });
    vec![
        Case::of("users_register", register)
            .bad("name", names())
            .bad("email", emails())
            .bad("password", short()),
        Case::of("users_verify_email", json!({ "token": "x" })).bad("token", texts(&[""])),
        Case::of("users_me", json!({})),
        Case::of("users_update", json!({ "name": "A" })).bad("name", names()),
        Case::of("users_set_password", passwords)
            .bad("newPassword", short())
            .bad("currentPassword", texts(&[])),
        Case::of("permissions_users_update_platform_role", role)
            .bad("userId", ids())
            .bad("role", texts(&["owner", "echo-3f9c"])),
        Case::of("users_ban", user.clone()).bad("userId", ids()),
        Case::of("users_unban", user).bad("userId", ids()),
        Case::of("users_erase", sure)
            .bad("userId", ids())
            .bad("confirmDestructive", vec![json!("true"), json!(1)]),
    ]
}

fn about_sessions() -> Vec<Case> {
    let sign_in = json!({ "email": "a@example.test", "password": PASSWORD });
    let mut organizations = ids();
    organizations.push(json!("00000000-0000-0000-0000-000000000000"));
    let scopes = [
        json!(["echo-3f9c"]),
        json!([""]),
        json!([7]),
        json!("project.read"),
        json!(["project.read", "echo-3f9c"]),
    ];
    let days = [0.0, -1.0, 3_651.0, 1.5, 1e99].map(|days| json!(days));
    let organization = json!({ "organizationId": ID });
    vec![
        Case::of("sessions_sign_in", sign_in)
            .bad("email", emails())
            .bad("password", texts(&[])),
        Case::of("sessions_sign_out", json!({})),
        Case::of("sessions_list", json!({})),
        Case::of("sessions_revoke", json!({ "sessionId": ID })).bad("sessionId", ids()),
        Case::of("sessions_select_organization", organization)
            .bad("organizationId", organizations)
            .bad("bypassReason", texts(&["", "echo-3f9c"])),
        Case::of("tokens_create", json!({ "label": "x" }))
            .bad("label", names())
            .bad("scopes", scopes.to_vec())
            .bad("expiresInDays", days.to_vec()),
        Case::of("tokens_list", json!({})),
        Case::of("tokens_revoke", json!({ "tokenId": ID })).bad("tokenId", ids()),
    ]
}

/// Sends it and expects that the field is named and nothing of what was sent comes back.
async fn named(client: &Client, primitive: &str, input: &Value, field: &str) {
    let reply = call(client, primitive, input).await;
    let sent: String = input.to_string().chars().take(200).collect();
    let said = reply.body.to_string();
    assert_eq!(reply.status, 400, "{primitive} {sent}: {said}");
    assert_eq!(
        reply.code(),
        Some("INVALID_INPUT"),
        "{primitive} {sent}: {said}"
    );
    let details = &reply.body["error"]["details"];
    let told = details["field"].as_str().unwrap();
    let is_it = told == field || told.starts_with(&format!("{field}."));
    assert!(is_it, "{primitive} {sent}: {said}");
    let reason = details["reason"].as_str().unwrap();
    assert!(!reason.is_empty(), "{primitive} {sent}: {said}");
    assert!(!said.contains(ECHO), "{primitive} {sent}: {said}");
}

/// The same; a confirmation that is none has a code of its own.
async fn refused_by(client: &Client, primitive: &str, input: &Value, field: &str) {
    if field == "confirmDestructive" {
        let told = refused(client, primitive, input).await;
        assert_eq!(told, (400, "CONFIRMATION_REQUIRED".to_owned()));
    } else {
        named(client, primitive, input, field).await;
    }
}

#[tokio::test]
async fn input_about_persons_sessions_and_tokens_is_refused_by_field_and_leaves_nothing() {
    let served = Served::with(&[]).await.unwrap();
    let ada = served.first().await.unwrap();
    let client = &ada.client;
    let listed = client.get("/api/primitives").await.unwrap().body;
    let store = served.server().store();
    let before = store.heads().await.unwrap();
    let mut about_either = about_persons();
    about_either.extend(about_sessions());
    for case in about_either {
        let Case {
            primitive,
            good,
            bad,
        } = case;
        for (field, value) in bad {
            let mut input = good.clone();
            input[field] = value;
            refused_by(client, primitive, &input, field).await;
        }
        let mut wider = good.clone();
        wider["surplus"] = json!(ECHO);
        named(client, primitive, &wider, "surplus").await;
        let described = listed["primitives"].as_array().unwrap().iter();
        let schema = described
            .clone()
            .find(|one| one["name"] == primitive)
            .unwrap();
        for required in schema["inputSchema"]["required"]
            .as_array()
            .into_iter()
            .flatten()
        {
            let field = required.as_str().unwrap();
            let mut input = good.clone();
            input.as_object_mut().unwrap().remove(field).unwrap();
            refused_by(client, primitive, &input, field).await;
        }
        for shape in [json!([]), json!("echo-3f9c"), json!(null), json!(7)] {
            named(client, primitive, &shape, "input").await;
        }
        for body in ["{", "\u{0}", "{\"echo-3f9c\":", "{\"a\":\"\\ud800\"}"] {
            let reply = client
                .post(primitive, body.to_owned(), Call::default())
                .await
                .unwrap();
            let told = (reply.status, reply.code());
            assert_eq!(told, (400, Some("INVALID_INPUT")), "{primitive} {body}");
            assert!(!reply.body.to_string().contains(ECHO));
        }
    }
    assert_eq!(store.heads().await.unwrap(), before, "nothing is on record");
}

#[tokio::test]
async fn whoever_is_named_and_is_not_there_is_not_found() {
    let served = Served::with(&[]).await.unwrap();
    let ada = served.first().await.unwrap();
    for (primitive, input, code) in [
        ("users_ban", json!({ "userId": ID }), "USER_NOT_FOUND"),
        ("users_unban", json!({ "userId": ID }), "USER_NOT_FOUND"),
        (
            "permissions_users_update_platform_role",
            json!({ "userId": ID, "role": "admin" }),
            "USER_NOT_FOUND",
        ),
        (
            "users_erase",
            json!({ "userId": ID, "confirmDestructive": true }),
            "USER_NOT_FOUND",
        ),
        ("sessions_revoke", json!({ "sessionId": ID }), "NOT_FOUND"),
        ("tokens_revoke", json!({ "tokenId": ID }), "TOKEN_NOT_FOUND"),
        (
            "sessions_select_organization",
            json!({ "organizationId": ID }),
            "NOT_FOUND",
        ),
    ] {
        let told = refused(&ada.client, primitive, &input).await;
        assert_eq!(told, (404, code.to_owned()), "{primitive}");
    }
}
