//! What each kind of node does.

use serde_json::{Value, json};

use super::samples::{
    alone, answered, any, api, asked, end, flow, gate, node, or, plan as plan_of, property,
    question, responded, run, say, template, text,
};
use super::{Address, Body, Call, Cause, Event, Step};
use crate::template::plan::{Api, NodeKind, Plan, Question};

fn calling(inputs: &[&str], api: Api) -> Plan {
    let inputs: Vec<_> = inputs.iter().map(|title| any(title)).collect();
    alone(node("call", &inputs, &[any("output")], NodeKind::Api(api)))
}

fn called(plan: &Plan, inputs: &Value) -> Call {
    let ran = run(plan, inputs, &[responded(&json!({ "output": 1 }))]);
    match ran.steps.into_iter().next() {
        Some(Step::Call(call)) => call,
        other => panic!("no call but {other:?}, {:?}", ran.end),
    }
}

#[test]
fn a_start_drops_what_the_flow_does_not_declare_and_knows_its_run() {
    let inputs = [text("topic"), text("agent_run_id"), or(&json!(3), any("n"))];
    let plan = alone(template(
        "t",
        &inputs,
        "out",
        "{{ topic }} {{ n }} {{ agent_run_id }}",
    ));
    let inputs = json!({ "topic": "tea", "agent_run_id": "run-of-somebody-else", "spy": 1 });
    assert_eq!(
        run(&plan, &inputs, &[]).outcome(),
        json!({ "out": "tea 3 run-1" })
    );
    let failure = run(&plan, &json!({}), &[]).end.unwrap_err();
    assert_eq!((failure.code(), &failure.node), ("missing_input", &None));
    let cause = Cause::MissingInput {
        name: "topic".to_owned(),
    };
    assert_eq!(failure.cause, cause);
}

#[test]
fn a_call_has_its_templates_filled_in_and_its_keys_left_alone() {
    let mut sent = api(json!({
        "user": "About {{ topic }}", "{{ topic }}": ["{{ list }}", "{{ list | tojson }}", 7, null],
    }));
    sent.query.insert("q".to_owned(), json!("{{ topic }}"));
    sent.headers.insert("X-Count".to_owned(), json!(3));
    let plan = calling(&["topic", "list"], sent);
    let call = called(
        &plan,
        &json!({ "topic": "tea & co", "list": [true, "it's"] }),
    );
    assert_eq!(call.visit.to_string(), "call:1");
    assert_eq!(
        call.address,
        Address::Internal("/api/llm-bridge".to_owned())
    );
    let body = json!({
        "user": "About tea & co",
        "{{ topic }}": ["[True, \"it's\"]", "[true, \"it\\u0027s\"]", 7, null],
    });
    assert_eq!(call.body, Some(Body::Json(body)));
    assert_eq!(call.query["q"], json!("tea & co"));
    assert_eq!(call.headers["X-Count"], "3");
    assert_eq!(call.outputs, ["output"]);
}

#[test]
fn a_value_never_changes_where_a_call_leads() {
    let mut sent = api(json!({}));
    sent.url = "{{ CINATRA_BASE_URL }}/api/{{ id }}?n={{ n }}&r={{ REGION }}".to_owned();
    let inputs = json!({ "id": "../ä b?x=1", "n": 2.0 });
    let call = called(&calling(&["id", "n"], sent.clone()), &inputs);
    let path = "/api/..%2F%C3%A4+b%3Fx%3D1?n=2.0&r=eu".to_owned();
    assert_eq!(call.address, Address::Internal(path));
    assert_eq!(call.body, None);

    sent.url = "https://example.com/{{ id }}".to_owned();
    let call = called(&calling(&["id", "n"], sent.clone()), &inputs);
    let url = "https://example.com/..%2F%C3%A4+b%3Fx%3D1".to_owned();
    assert_eq!(call.address, Address::External(url));

    sent.url = "https://example.com/{{ CINATRA_BASE_URL }}".to_owned();
    let ran = run(&calling(&[], sent.clone()), &json!({}), &[]);
    assert_eq!(ran.outcome(), "template_error");
    sent.url = "https://example.com/{{ id }}".to_owned();
    let ran = run(&calling(&["id"], sent), &json!({ "id": ["a list"] }), &[]);
    assert_eq!(ran.outcome(), "template_error");
}

#[test]
fn the_answer_gives_the_declared_outputs() {
    let outputs = [
        text("title"),
        property("count", &json!({ "type": "integer" })),
        or(&json!([]), any("tags")),
        text("http_response"),
        any("http_status_code"),
    ];
    let plan = alone(node("call", &[], &outputs, NodeKind::Api(api(json!({})))));
    let body = r#"{"title": {"a": 1}, "count": 3.0, "more": true}"#;
    let reply = |status, body: &str| Event::Responded {
        status,
        body: body.to_owned(),
    };
    let ran = run(&plan, &json!({}), &[reply(201, body)]);
    let outputs = json!({
        "title": "{\"a\": 1}", "count": 3, "tags": [], "http_response": body, "http_status_code": 201,
    });
    assert_eq!(ran.outcome(), outputs);

    let failing = |status, body| {
        run(&plan, &json!({}), &[reply(status, body)])
            .end
            .unwrap_err()
    };
    let failure = failing(503, "{}");
    assert_eq!(failure.cause, Cause::CallFailed { status: 503 });
    assert_eq!(
        failure.to_string(),
        "call: the call was answered with status 503"
    );
    for body in ["{}", "[1]", "no JSON", ""] {
        assert_eq!(failing(200, body).code(), "missing_output", "{body}");
    }
    let failure = failing(200, r#"{"title": "", "count": "many"}"#);
    assert_eq!(failure.code(), "type_mismatch");
}

#[test]
fn an_answer_gives_no_number_as_a_text_and_an_input_reads_it() {
    let number = [property("n", &json!({ "type": "integer" }))];
    let call = NodeKind::Api(api(json!({ "n": "{{ n }}" })));
    let plan = alone(node("call", &number, &number, call));
    let given = |n: Value| run(&plan, &json!({ "n": 1 }), &[responded(&json!({ "n": n }))]);
    assert_eq!(given(json!(2.9)).outcome(), json!({ "n": 2 }));
    assert_eq!(given(json!("2")).outcome(), "type_mismatch");
    let nodes = vec![
        template("print", &[text("n")], "text", "{{ n }}"),
        template("read", &number, "sum", "{{ n + 1 }}"),
        end("end", &[text("sum")], "next"),
    ];
    let way = "start next print
        print next read
        read next end";
    let data = "start.n print.n
        print.text read.n
        read.sum end.sum";
    let plan = plan_of([flow(&[text("n")], &[text("sum")], nodes, way, data)]);
    let ran = run(&plan, &json!({ "n": "41" }), &[]);
    assert_eq!(ran.outcome(), json!({ "sum": "42" }));
}

#[test]
fn only_the_answer_that_is_waited_for_is_taken() {
    let plan = calling(&[], api(json!({})));
    let ran = run(&plan, &json!({}), &[answered("yes")]);
    assert_eq!(ran.outcome(), "unexpected_event");
    let plan = alone(gate("ask", &[], question("answer")));
    let ran = run(&plan, &json!({}), &[responded(&json!({}))]);
    assert_eq!(ran.outcome(), "unexpected_event");
}

#[test]
fn an_answer_is_taken_word_for_word() {
    let asked = Question {
        message: Some("Which of {{ options }}?".to_owned()),
        renderer: Some("@acme/x:pick".to_owned()),
        shows_inputs: true,
        ..question("choice")
    };
    let plan = alone(gate("ask", &[any("options")], asked));
    let ran = run(
        &plan,
        &json!({ "options": ["a", "b"] }),
        &[answered(" {\"a\" : 1}\n")],
    );
    assert_eq!(ran.outcome(), json!({ "choice": " {\"a\" : 1}\n" }));
    let Some(Step::Ask(ask)) = ran.steps.first() else {
        panic!("nothing was asked");
    };
    let message = "Which of ['a', 'b']?";
    assert_eq!(ask.message.as_deref(), Some(message));
    assert_eq!(ask.renderer.as_deref(), Some("@acme/x:pick"));
    let values = json!({ "options": ["a", "b"], "output": message });
    assert_eq!(Value::Object(ask.values.clone()), values);
}

#[test]
fn a_question_is_answered_by_what_is_known() {
    let form = json!({ "required": ["to"], "properties": { "to": {}, "cc": {}, "bcc": {} } });
    let form_of = |schema: &Value| Question {
        schema: Some(schema.clone()),
        skips_when_known: true,
        ..question("answer")
    };
    let inputs = [or(&json!(null), any("to")), or(&json!("c"), any("cc"))];
    let plan = alone(gate("ask", &inputs, form_of(&form)));
    let ran = run(&plan, &json!({ "to": "b" }), &[]);
    assert_eq!(ran.outcome(), json!({ "answer": r#"{"cc":"c","to":"b"}"# }));
    assert!(matches!(&ran.steps[..], [Step::Skipped { visit, .. }] if visit.count == 1));
    let ran = run(&plan, &json!({}), &[answered("me")]);
    assert_eq!(ran.outcome(), json!({ "answer": "me" }));

    let form = json!({ "required": ["answer"] });
    let plan = alone(gate("ask", &[any("answer")], form_of(&form)));
    let ran = run(&plan, &json!({ "answer": "as it is" }), &[]);
    assert_eq!(ran.outcome(), json!({ "answer": "as it is" }));
    let ran = run(
        &alone(gate("ask", &[], form_of(&json!({})))),
        &json!({}),
        &[answered("")],
    );
    assert_eq!(ran.outcome(), json!({ "answer": "" }));
}

#[test]
fn a_text_is_said() {
    let plan = alone(say(
        "say",
        &[any("list")],
        "{# {{ list }} #}{\"l\":{{ list | tojson }}}",
    ));
    let ran = run(&plan, &json!({ "list": ["é"] }), &[]);
    assert!(
        matches!(&ran.steps[..], [Step::Say { text, .. }] if text == r#"{"l":["\u00e9"]}"#),
        "{ran:?}"
    );
}

#[test]
fn a_pattern_finds_as_python_does() {
    let find = |pattern: &str, within: &str, first_only| {
        let pattern = pattern.to_owned();
        let kind = NodeKind::Regex {
            pattern,
            first_only,
        };
        let outputs = [any("output")];
        let plan = alone(node("find", &[text("renamed")], &outputs, kind));
        let outcome = run(&plan, &json!({ "renamed": within }), &[]).outcome();
        outcome.get("output").cloned().unwrap_or(outcome)
    };
    let uuid = "^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$";
    let id = "018f2b6e-7a3c-4c1d-9e2f-0123456789ab";
    assert_eq!(find(uuid, id, true), id);
    assert_eq!(find(uuid, &format!("{id}\n"), true), id);
    assert_eq!(find(uuid, &format!("{id}0"), true), "");
    assert_eq!(find(uuid, &format!("{id}0"), false), json!([]));
    assert_eq!(find(r"\w+", "a bb", false), json!(["a", "bb"]));
    assert_eq!(find(r"\w*", "a bb", false), json!(["a", "bb"]));
    assert_eq!(find(r"(\w)=\d", "a=1 b=2", false), json!(["a", "b"]));
    assert_eq!(
        find(r"(\w)=(\d)?", "a=1 b=", false),
        json!([["a", "1"], ["b", ""]])
    );
    assert_eq!(find(r"(?P<x>a)(?!b)", "ab ac", true), "a");
    assert_eq!(find(r"a{,2}\Z", "aaa", true), "aa");
    assert_eq!(find(r"x{y}", "x{y}", true), "x{y}");
    assert_eq!(find(r"[]a[]+", "a[]b", true), "a[]");
    assert_eq!(find(r"\<b\>", "<b>", true), "<b>");
    let deep = "(".repeat(2_000) + &")".repeat(2_000);
    let many = "{".repeat(4_000);
    let long = "a".repeat(4_001);
    assert_eq!(find(&many, &many, true), many);
    for pattern in ["(", r"\y", "a**", r"\", &deep, &long] {
        assert_eq!(find(pattern, "a", true), "pattern_error", "{pattern}");
    }
    let slow = find(r"((a|aa)+)\2?(?!x)c", &"a".repeat(40), true);
    assert_eq!(slow, "pattern_error");
}

#[test]
fn asking_again_says_the_same() {
    let environment = std::collections::BTreeMap::new();
    let plan = alone(gate(
        "ask",
        &[],
        Question {
            message: Some("Sure?".to_owned()),
            visits_max: Some(1),
            ..question("answer")
        },
    ));
    let machine = super::Machine::new(&plan, &environment);
    let checkpoint = machine.start("run-1", &serde_json::Map::new()).unwrap();
    let (checkpoint, _) = machine.step(checkpoint, Event::Go).unwrap();
    let (first, first_step) = machine.step(checkpoint, Event::Go).unwrap();
    let (second, again) = machine.step(first.clone(), Event::Go).unwrap();
    assert_eq!(asked(&first_step).map(|ask| ask.visit.count), Some(1));
    assert_eq!((&first, first_step), (&second, again));
}
