//! Which way a run goes, and with which values.

use serde_json::{Value, json};

use super::samples::{
    alone, answered, any, api, asked, below, branching, end, flow, gate, node, or, plan, question,
    responded, run, say, template, text,
};
use super::{Event, Step};
use crate::template::plan::{NodeKind, Plan, Property, Question};

fn branch_on(input: Property, mapping: &[(&str, &str)]) -> Plan {
    let inputs = [input.clone()];
    let nodes = vec![
        branching("pick", input, mapping),
        template("one", &[], "out", "one"),
        template("other", &[], "out", "other"),
        end("end", &[text("out")], "next"),
    ];
    let way = "start next pick
        pick one one
        pick default other
        one next end
        other next end";
    plan([flow(&inputs, &[text("out")], nodes, way, "")])
}

#[test]
fn a_value_chooses_the_branch() {
    let plan = branch_on(any("v"), &[("1", "one"), ("true", "one"), ("yes", "one")]);
    let taken = |value: Value| run(&plan, &json!({ "v": value }), &[]).outcome();
    for value in [json!("yes"), json!("1"), json!(1), json!(true)] {
        assert_eq!(taken(value.clone()), json!({ "out": "one" }), "{value}");
    }
    for value in [
        json!("no"),
        json!("True"),
        json!(1.0),
        json!(null),
        json!([]),
    ] {
        assert_eq!(taken(value.clone()), json!({ "out": "other" }), "{value}");
    }
    let plan = branch_on(any("v"), &[("yes", "nowhere")]);
    let failure = run(&plan, &json!({ "v": "yes" }), &[]).end.unwrap_err();
    assert_eq!(failure.code(), "branch_not_wired");
    assert_eq!(failure.node.unwrap().to_string(), "pick");
}

/// Calls until the answer says to stop; `last` takes what the call, or else the start, gave last.
fn looping(visits_max: Option<u32>) -> Plan {
    let asked = Question {
        visits_max,
        shows_inputs: true,
        ..question("answer")
    };
    let nodes = vec![
        gate("ask", &[any("last")], asked),
        node(
            "call",
            &[text("answer")],
            &[any("result"), text("action")],
            NodeKind::Api(api(json!({ "say": "{{ answer }}" }))),
        ),
        branching("again", text("action"), &[("again", "again")]),
        end("end", &[any("last")], "next"),
    ];
    let way = "start next ask
        ask next call
        call next again
        again again ask
        again default end";
    let data = "start.first ask.last
        call.result ask.last
        ask.answer call.answer
        call.action again.action
        start.first end.last
        call.result end.last";
    plan([flow(&[any("first")], &[any("last")], nodes, way, data)])
}

fn result(result: &str, action: &str) -> Event {
    responded(&json!({ "result": result, "action": action }))
}

#[test]
fn the_node_that_ran_last_gives_the_value() {
    let replies = [
        answered("a"),
        result("A", "again"),
        answered("b"),
        result("B", "stop"),
    ];
    let ran = run(&looping(None), &json!({ "first": 0 }), &replies);
    assert_eq!(ran.outcome(), json!({ "last": "B" }));
    let shown = ran.steps.iter().filter_map(|step| match step {
        Step::Ask(ask) => Some((ask.visit.to_string(), ask.values["last"].clone())),
        Step::Call(call) => Some((call.visit.to_string(), json!(null))),
        Step::Passed(_) | Step::Say { .. } | Step::Skipped { .. } | Step::Finish { .. } => None,
    });
    let expected = [
        ("ask:1".to_owned(), json!(0)),
        ("call:1".to_owned(), json!(null)),
        ("ask:2".to_owned(), json!("A")),
        ("call:2".to_owned(), json!(null)),
    ];
    assert_eq!(shown.collect::<Vec<_>>(), expected);
}

#[test]
fn a_gate_is_come_by_so_often() {
    let replies: Vec<_> = (0..30)
        .flat_map(|_| [answered("a"), result("A", "again")])
        .collect();
    let ran = run(&looping(Some(25)), &json!({ "first": 0 }), &replies);
    assert_eq!(ran.outcome(), "gate_visit_limit");
    let asked = ran.steps.iter().filter(|step| matches!(step, Step::Ask(_)));
    assert_eq!(asked.count(), 25);
}

#[test]
fn a_run_ends() {
    let nodes = vec![template("t", &[], "x", "x")];
    let way = "start next t
        t next t";
    let endless = plan([flow(&[], &[], nodes, way, "")]);
    assert_eq!(
        run(&endless, &json!({}), &[]).outcome(),
        "step_budget_exceeded"
    );

    let way = "start next t
        t next t";
    let nodes = vec![template("t", &[text("x")], "x", "{{ x }}{{ x }}")];
    let growing = plan([flow(&[text("x")], &[], nodes, way, "")]);
    let ran = run(&growing, &json!({ "x": "xxxx" }), &[]);
    assert_eq!(ran.outcome(), "text_too_long");

    let way = "start next f
        f next end";
    let nodes = vec![below("f", &[], &[], 0), end("end", &[], "next")];
    let nesting = plan([flow(&[], &[], nodes, way, "")]);
    assert_eq!(run(&nesting, &json!({}), &[]).outcome(), "flow_too_deep");

    let deep = (0..70).fold(json!(0), |value, _| json!([value]));
    let ran = run(
        &alone(say("say", &[any("x")], "")),
        &json!({ "x": deep }),
        &[],
    );
    assert_eq!(ran.outcome(), "value_too_deep");
}

#[test]
fn defaults_stand_in_for_what_was_not_given() {
    let nodes = vec![
        template("never", &[], "x", "x"),
        template("t", &[or(&json!(null), any("x"))], "y", "{{ x }}"),
        end("end", &[text("y"), any("z")], "next"),
    ];
    let way = "start next t
        t next end
        never next end";
    let data = "never.x t.x
        t.y end.y
        never.x end.z";
    let outputs = [text("y"), or(&json!(7), any("z"))];
    let ran = run(
        &plan([flow(&[], &outputs, nodes.clone(), way, data)]),
        &json!({}),
        &[],
    );
    assert_eq!(ran.outcome(), json!({ "y": "None", "z": 7 }));

    let ran = run(
        &plan([flow(&[], &[any("z")], nodes.clone(), way, data)]),
        &json!({}),
        &[],
    );
    assert_eq!(ran.outcome(), "missing_output");

    let mut nodes = nodes;
    nodes[1] = template("t", &[any("x")], "y", "{{ x }}");
    let ran = run(
        &plan([flow(&[], &outputs, nodes, way, data)]),
        &json!({}),
        &[],
    );
    let failure = ran.end.unwrap_err();
    assert_eq!(
        failure.to_string(),
        "t: nothing has given a value for the input `x`"
    );
}

#[test]
fn what_is_null_is_not_given_and_a_default_stands_in_for_it() {
    let outputs = [
        any("bare"),
        or(&json!("filled"), any("filled")),
        or(&json!(null), any("empty")),
    ];
    let nodes = vec![end("end", &outputs, "next")];
    let data = "start.v end.bare
        start.v end.filled
        start.v end.empty";
    let inputs = [or(&json!(null), any("v"))];
    let plan = plan([flow(&inputs, &outputs, nodes, "start next end", data)]);
    let ended = |v: Value| run(&plan, &json!({ "v": v }), &[]).outcome();
    assert_eq!(ended(json!(null)), json!({ "filled": "filled" }));
    assert_eq!(
        ended(json!(1)),
        json!({ "bare": 1, "filled": 1, "empty": 1 })
    );
}

/// A flow within a flow within a flow: the innermost asks, and ends one way or the other.
fn nested() -> Plan {
    let innermost = flow(
        &[text("topic")],
        &[text("verdict")],
        vec![
            gate("ask", &[], question("verdict")),
            branching("pick", text("verdict"), &[("no", "no")]),
            end("good", &[text("verdict")], "next"),
            end("bad", &[text("verdict")], "rejected"),
        ],
        "start next ask
            ask next pick
            pick default good
            pick no bad",
        "",
    );
    let middle = flow(
        &[text("topic"), or(&json!("de"), text("language"))],
        &[text("verdict"), text("language")],
        vec![
            say("hint", &[text("topic")], "{\"hint\": \"{{ topic }}\"}"),
            below("inner", &[text("topic")], &[text("verdict")], 2),
            end("good", &[text("verdict"), text("language")], "next"),
            end("bad", &[text("verdict"), text("language")], "rejected"),
        ],
        "start next hint
            hint next inner
            inner next good
            inner rejected bad",
        "",
    );
    let outputs = [text("verdict"), text("language"), text("way")];
    let root = flow(
        &[text("topic")],
        &outputs,
        vec![
            below("middle", &[text("topic")], &outputs[..2], 1),
            template("good", &[], "way", "good"),
            template("bad", &[], "way", "bad"),
            end("end", &outputs, "next"),
        ],
        "start next middle
            middle next good
            middle rejected bad
            good next end
            bad next end",
        "",
    );
    plan([root, middle, innermost])
}

#[test]
fn a_flow_below_has_values_of_its_own_and_ends_along_a_branch() {
    let inputs = json!({ "topic": "tea", "language": "is not the root's" });
    let ran = run(&nested(), &inputs, &[answered("yes")]);
    let outputs = json!({ "verdict": "yes", "language": "de", "way": "good" });
    assert_eq!(ran.outcome(), outputs);
    let Some(Step::Ask(ask)) = ran.steps.last() else {
        panic!("nothing was asked");
    };
    assert_eq!(ask.visit.to_string(), "middle/inner/ask:1");
    let said = "{\"hint\": \"tea\"}";
    let values = json!({ "topic": "tea", "hint": "tea", "output": said });
    assert_eq!(Value::Object(ask.values.clone()), values);

    let ran = run(&nested(), &inputs, &[answered("no")]);
    let outputs = json!({ "verdict": "no", "language": "de", "way": "bad" });
    assert_eq!(ran.outcome(), outputs);
}

#[test]
fn what_was_said_before_an_answer_is_no_longer_shown() {
    let nodes = vec![
        say("say", &[], "{\"candidates\": [1]}"),
        gate("first", &[], question("a")),
        gate("second", &[], question("b")),
        end("end", &[], "next"),
    ];
    let way = "start next say
        say next first
        first next second
        second next end";
    let ran = run(
        &plan([flow(&[], &[], nodes, way, "")]),
        &json!({}),
        &[answered("x")],
    );
    let shown = ran
        .steps
        .iter()
        .filter_map(asked)
        .map(|ask| ask.values.len());
    assert_eq!(shown.collect::<Vec<_>>(), [2, 0]);
}

#[test]
fn a_plan_that_lacks_something_fails() {
    let way = "start next nowhere";
    let ran = run(&plan([flow(&[], &[], vec![], way, "")]), &json!({}), &[]);
    assert_eq!(ran.outcome(), "plan_invalid");
    assert_eq!(run(&plan([]), &json!({}), &[]).outcome(), "plan_invalid");
    let ran = run(&alone(below("f", &[], &[], 9)), &json!({}), &[]);
    assert_eq!(ran.outcome(), "plan_invalid");
}
