//! Bodies as agents send them, and texts as models write them.

use cinatra_domain::kernel::{Class, Coded as _};
use serde_json::{Value, json};

use super::super::ModelError;
use super::*;

fn parse(body: &Value) -> Result<BridgeRequest, BridgeError> {
    BridgeRequest::parse(body)
}

fn refused(body: &Value) -> (u16, String) {
    let error = parse(body).unwrap_err();
    (error.status(), error.code().to_owned())
}

fn with(name: &str, value: Value) -> Value {
    let mut body = json!({ "user": "hello" });
    body[name] = value;
    body
}

fn reference(id: usize) -> Value {
    json!({
        "artifactId": format!("a{id}"), "representationRevisionId": "r1", "digest": "d",
        "mime": "text/plain", "originKind": "upload",
    })
}

fn references(count: usize) -> Vec<Value> {
    (0..count).map(reference).collect()
}

#[test]
fn a_bare_question_gets_the_defaults() {
    let request = parse(&json!({ "user": "hello", "system": null, "unknown": 1 })).unwrap();
    assert_eq!((request.user.as_str(), request.max_steps), ("hello", 6));
    assert_eq!(request.toolbox_ids, ["cinatra-mcp"]);
    assert_eq!(
        (request.system.as_ref(), request.attachments.len()),
        (None, 0)
    );
    let prompt = request.prompt().unwrap();
    assert_eq!((prompt.user.as_str(), prompt.model), ("hello", None));
}

#[test]
fn everything_an_agent_says_is_taken() {
    let schema = json!({ "type": "object" });
    let request = parse(&json!({
        "user": "u", "user_envelope": false, "system": "s", "max_steps": 20,
        "agent_run_id": "run", "agent_id": "planner-agent", "package_version": "1.0.0",
        "agent_spec_version": "26.1.0", "model_id": "gpt-4o", "toolbox_ids": ["web_search"],
        "output_schema": schema, "skill_source_path": "skills/x/SKILL.md",
        "cinatra_llm": {
            "preferredProvider": "openai", "preferredModel": "gpt-5.5", "capabilityRequired": "c",
        },
        "media": { "url": "https://x.test/a.png", "kind": "image" },
        "attachments": references(20),
    }))
    .unwrap();
    assert_eq!((request.max_steps, request.attachments.len()), (20, 20));
    assert_eq!(request.agent_run_id.as_deref(), Some("run"));
    assert_eq!(request.toolbox_ids, ["web_search"]);
    assert_eq!(request.preference.capability.as_deref(), Some("c"));
    let prompt = request.prompt().unwrap();
    assert_eq!(
        prompt.model.as_deref(),
        Some("gpt-4o"),
        "insisting goes before preferring"
    );
    assert_eq!(prompt.system.as_deref(), Some("s"));
    assert_eq!(prompt.output_schema, Some(schema));
    assert!(
        prompt
            .user
            .starts_with("u\n\n[ATTACHMENTS\n- a0 (text/plain, artifact a0")
    );
    assert!(
        prompt
            .user
            .ends_with("]\n\n[MEDIA image: https://x.test/a.png]")
    );
}

#[test]
fn a_preferred_model_is_asked_for() {
    let body = with("cinatra_llm", json!({ "preferredModel": "gpt-5.5" }));
    let prompt = parse(&body).unwrap().prompt().unwrap();
    assert_eq!(prompt.model.as_deref(), Some("gpt-5.5"));
    let body = with("cinatra_llm", json!({ "preferredProvider": "anthropic" }));
    let error = parse(&body).unwrap().prompt().unwrap_err();
    assert_eq!(
        (error.status(), error.code()),
        (503, "PREFERRED_PROVIDER_UNAVAILABLE")
    );
}

#[test]
fn a_field_outside_its_grammar_is_named_and_not_repeated() {
    for (field, value) in [
        ("user", json!(null)),
        ("user", json!({ "s3cret": 1 })),
        ("system", json!(["s3cret"])),
        ("user_envelope", json!("s3cret")),
        ("max_steps", json!(0)),
        ("max_steps", json!(21)),
        ("max_steps", json!(256 + 6)),
        ("max_steps", json!(2.5)),
        ("max_steps", json!("6")),
        ("agent_run_id", json!(1)),
        ("model_id", json!(1)),
        ("toolbox_ids", json!("s3cret")),
        ("toolbox_ids", json!([1])),
        ("output_schema", json!("s3cret")),
        ("cinatra_llm", json!("s3cret")),
        ("cinatra_llm", json!({ "preferredModel": 5 })),
        ("media", json!({ "url": "https://s3cret" })),
        ("attachments", json!([{ "artifactId": "s3cret" }])),
        ("attachments", json!(references(21))),
    ] {
        let error = parse(&with(field, value.clone())).unwrap_err();
        assert_eq!(
            (error.status(), error.code()),
            (400, "INVALID_INPUT"),
            "{field}: {value}"
        );
        assert_eq!(error.details()["field"], field);
        assert!(!error.to_string().contains("s3cret"), "{error}");
    }
    assert_eq!(refused(&json!("hello")).0, 400);
    assert_eq!(refused(&json!({})).0, 400);
}

#[test]
fn only_some_models_can_be_insisted_on() {
    for id in BridgeRequest::MODEL_IDS {
        assert_eq!(
            parse(&with("model_id", json!(id)))
                .unwrap()
                .model_id
                .as_deref(),
            Some(id)
        );
    }
    let unknown = (400, "UNKNOWN_MODEL_ID".to_owned());
    for id in ["", "GPT-5.5", "gpt-5.5 ", "gpt-3"] {
        assert_eq!(refused(&with("model_id", json!(id))), unknown);
    }
}

fn envelope(user: &Value, attachments: usize) -> Value {
    json!({
        "user": user.to_string(), "user_envelope": true, "attachments": references(attachments),
    })
}

#[test]
fn an_envelope_is_opened_when_it_was_announced_only() {
    let inside = json!({ "text": "yes", "attachments": references(2) });
    let request = parse(&envelope(&inside, 18)).unwrap();
    assert_eq!(
        (request.user.as_str(), request.attachments.len()),
        ("yes", 20)
    );
    let request = parse(&envelope(&json!({ "text": "yes" }), 0)).unwrap();
    assert_eq!(request.prompt().unwrap().user, "yes");
    let looks_like_one = " {\"text\": \"yes\"}\n";
    let request = parse(&json!({ "user": looks_like_one })).unwrap();
    assert_eq!(request.prompt().unwrap().user, looks_like_one);
}

#[test]
fn what_is_announced_as_an_envelope_and_is_none_is_refused() {
    let invalid = (400, "INVALID_USER_ENVELOPE".to_owned());
    let mut odd = reference(1);
    odd["extra"] = json!(1);
    let mut foreign = reference(1);
    foreign["originKind"] = json!("stolen");
    for inside in [
        json!("yes"),
        json!({}),
        json!({ "text": 1 }),
        json!({ "text": "yes", "junk": 1 }),
        json!({ "text": "yes", "attachments": null }),
        json!({ "text": "yes", "attachments": [odd] }),
        json!({ "text": "yes", "attachments": [foreign] }),
        json!({ "text": "yes", "attachments": references(21) }),
    ] {
        assert_eq!(refused(&envelope(&inside, 0)), invalid, "{inside}");
    }
    let both = json!({ "text": "yes", "attachments": references(3) });
    assert_eq!(refused(&envelope(&both, 18)), invalid);
    let plain = json!({ "user": "yes", "user_envelope": true });
    assert_eq!(refused(&plain), invalid);
}

#[test]
fn an_object_is_the_reply_and_anything_else_is_its_output() {
    let object = json!({ "title": "t", "n": [1] });
    for text in [
        r#"{"title":"t","n":[1]}"#,
        "\n  {\"title\": \"t\", \"n\": [1]}\n",
        "```json\n{\"title\":\"t\",\"n\":[1]}\n```",
        "  ```JSON\r\n{\"title\":\"t\",\"n\":[1]}\r\n```\n",
        "```\n{\"title\":\"t\",\"n\":[1]}```",
    ] {
        assert_eq!(Value::Object(reply(text)), object, "{text}");
    }
    for text in [
        "",
        "plain",
        "[1]",
        "\"quoted\"",
        "{\"title\":",
        "{} {}",
        "```json\n[1]\n```",
        "```yaml\n{}\n```",
        "Here:\n```json\n{}\n```",
        "```json\n{}\n```\n```json\n{}\n```",
        "```json",
        "``````",
    ] {
        assert_eq!(
            Value::Object(reply(text)),
            json!({ "output": text }),
            "{text}"
        );
    }
}

#[test]
fn a_model_that_is_not_there_is_told_apart() {
    let none = BridgeError::from(ModelError::NoProvider);
    assert_eq!((none.status(), none.code()), (503, "NO_LLM_PROVIDER"));
    let mute = BridgeError::from(ModelError::Interrupted);
    assert_eq!((mute.status(), mute.code()), (503, "MODEL_UNAVAILABLE"));
    assert_eq!(mute.class(), Class::Unavailable);
    assert_eq!(mute.details(), json!({ "cause": "model_interrupted" }));
}
