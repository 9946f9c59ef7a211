//! Whatever arrives about persons, sessions and tokens, the answer is typed, names the field, and repeats nothing.

use cinatra_tests::people::PASSWORD;
use cinatra_tests::served::Served;
use cinatra_tests::{Call, Client};
use serde_json::{Value, json};

use crate::extension::{call, refused};

const ID: &str = "0190f5a0-0000-7000-8000-000000000000";
/// In every bad value that is text: no answer may repeat it.
const ECHO: &str = "echo-3f9c";

/// Primitives, a good input of each, and bad values by field.
fn cases() -> Vec<(&'static str, Value, Vec<(&'static str, Value)>)> {
    let long = format!("{ECHO}{}", "x".repeat(2_000));
    let texts = || vec![json!(7), json!(null), json!([ECHO]), json!(long)];
    let with = |more: &[&str]| {
        let mut values = texts();
        values.extend(more.iter().map(|text| json!(text)));
        values
    };
    let under = |field: &'static str, values: Vec<Value>| {
        values.into_iter().map(move |value| (field, value))
    };
    let names = || with(&["", "   ", "echo-3f9c\nx", "echo-3f9c\u{0}"]);
    let emails = || {
        with(&[
            "",
            "echo-3f9c",
            "@echo-3f9c",
            "echo-3f9c@",
            "a b@echo-3f9c",
            "a@b@echo-3f9c",
        ])
    };
    let ids = || with(&["", "echo-3f9c", "../echo-3f9c"]);
    let users = |role: Option<Value>| {
        let mut input = json!({ "userId": ID });
        if let Some(role) = role {
            input["role"] = role;
        }
        input
    };
    let register = json!({ "name": "A", "email": "a@example.test", "password": PASSWORD });
    let mut registering: Vec<_> = under("name", names()).collect();
    registering.extend(under("email", emails()));
    registering.extend(under("password", with(&["", "echo-3f9c-x"])));
    let sign_in = json!({ "email": "a@example.test", "password": PASSWORD });
    let mut entering: Vec<_> = under("email", emails()).collect();
    entering.extend(under("password", texts()));
    let passwords = json!({ "currentPassword": PASSWORD, "newPassword": PASSWORD });
    let mut setting: Vec<_> = under("newPassword", with(&["", "echo-3f9c-x"])).collect();
    setting.extend(under("currentPassword", texts()));
    let mut appointing: Vec<_> = under("userId", ids()).collect();
    appointing.extend(under("role", with(&["owner", "echo-3f9c"])));
    let mut erasing: Vec<_> = under("userId", ids()).collect();
    erasing.extend(under("confirmDestructive", vec![json!("true"), json!(1)]));
    let mut choosing: Vec<_> = under("organizationId", ids()).collect();
    choosing.push((
        "organizationId",
        json!("00000000-0000-0000-0000-000000000000"),
    ));
    choosing.extend(under("bypassReason", with(&["", "echo-3f9c"])));
    let mut creating: Vec<_> = under("label", names()).collect();
    let unknown = ["project.read", "echo-3f9c"];
    let scopes = [
        json!(["echo-3f9c"]),
        json!([""]),
        json!([7]),
        json!("project.read"),
        json!(unknown),
    ];
    creating.extend(under("scopes", scopes.to_vec()));
    let days = [
        json!(0),
        json!(-1),
        json!(3_651),
        json!(1.5),
        json!("1"),
        json!(1e99),
    ];
    creating.extend(under("expiresInDays", days.to_vec()));
    vec![
        ("users_register", register, registering),
        (
            "users_verify_email",
            json!({ "token": "x" }),
            under("token", with(&[""])).collect(),
        ),
        ("users_me", json!({}), vec![]),
        (
            "users_update",
            json!({ "name": "A" }),
            under("name", names()).collect(),
        ),
        ("users_set_password", passwords, setting),
        (
            "permissions_users_update_platform_role",
            users(Some(json!("user"))),
            appointing,
        ),
        ("users_ban", users(None), under("userId", ids()).collect()),
        ("users_unban", users(None), under("userId", ids()).collect()),
        (
            "users_erase",
            json!({ "userId": ID, "confirmDestructive": true }),
            erasing,
        ),
        ("sessions_sign_in", sign_in, entering),
        ("sessions_sign_out", json!({}), vec![]),
        ("sessions_list", json!({}), vec![]),
        (
            "sessions_revoke",
            json!({ "sessionId": ID }),
            under("sessionId", ids()).collect(),
        ),
        (
            "sessions_select_organization",
            json!({ "organizationId": ID }),
            choosing,
        ),
        ("tokens_create", json!({ "label": "x" }), creating),
        ("tokens_list", json!({}), vec![]),
        (
            "tokens_revoke",
            json!({ "tokenId": ID }),
            under("tokenId", ids()).collect(),
        ),
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
    for (primitive, good, bad) in cases() {
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
