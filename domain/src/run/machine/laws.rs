//! What holds for every plan: laws over plans, inputs and replies drawn at random.

use std::collections::BTreeMap;
use std::fmt::Write;

use proptest::collection::{btree_map, vec};
use proptest::prelude::{Just, ProptestConfig, Strategy, prop_assert_eq, prop_oneof, proptest};
use serde_json::{Value, json};

use super::samples::{
    answered, any, api, below, branching, end, flow, gate, node, object, or, question, run_with,
    say, template,
};
use super::{Checkpoint, Event, Machine};
use crate::template::plan::{Flow, Node, NodeKind, Plan, Property, Question};

const NODES: usize = 6;
const NAMES: [&str; 4] = ["a", "b", "c", "d"];
const FLOWS: usize = 3;

/// JSON without fractions, which only MessagePack keeps exactly.
fn value() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        proptest::bool::ANY.prop_map(Value::from),
        proptest::num::i64::ANY.prop_map(Value::from),
        ".{0,6}".prop_map(Value::from),
        Just(json!("next")),
        Just(json!(1.5)),
    ];
    leaf.prop_recursive(3, 12, 4, |inner| {
        prop_oneof![
            vec(inner.clone(), 0..4).prop_map(Value::from),
            btree_map("[a-d]", inner, 0..4).prop_map(|entries| json!(entries)),
        ]
    })
}

fn name() -> impl Strategy<Value = &'static str> {
    proptest::sample::select(&NAMES[..])
}

/// All four names, so that every template can be filled in; one in fifty has no default.
fn all_inputs() -> impl Strategy<Value = Vec<Property>> {
    let defaults: Vec<_> = NAMES
        .iter()
        .map(|_| proptest::option::weighted(0.98, value()))
        .collect();
    defaults.prop_map(|defaults| {
        let named = NAMES.iter().zip(defaults);
        named
            .map(|(name, default)| match default {
                Some(default) => or(&default, any(name)),
                None => any(name),
            })
            .collect()
    })
}

/// A node of any kind; flows are numbered upwards, so none is within itself.
fn any_node(id: usize, flow: usize) -> impl Strategy<Value = Node> {
    let texts = proptest::sample::select(vec![
        "{{ a }}",
        "{{ b | tojson }} {{ c }}",
        "{% if a %}{{ d }}{% endif %}",
        "{\"a\": {{ a | tojson }}}",
        "{{ a }}{{ b }}{{ c }}{{ d }}",
        "plain",
    ]);
    let question = question(NAMES[id % NAMES.len()]);
    (all_inputs(), name(), texts, 0..12).prop_map(move |(inputs, output, text, kind)| {
        let id = format!("n{id}");
        match kind {
            0 => template(&id, &inputs, output, text),
            1 => say(&id, &inputs, text),
            2 => gate(
                &id,
                &inputs,
                Question {
                    message: Some(text.to_owned()),
                    skips_when_known: text.starts_with("{%"),
                    shows_inputs: text.starts_with("{{"),
                    visits_max: Some(5),
                    schema: Some(json!({ "required": [output] })),
                    ..question.clone()
                },
            ),
            3 => branching(
                &id,
                or(&json!("next"), any(output)),
                &[("next", "next"), ("1", "1")],
            ),
            4 | 6 if flow + 1 < FLOWS => {
                below(&id, &inputs, &[or(&json!(0), any(output))], flow + 1)
            }
            5 if text == "plain" => end(
                &id,
                &inputs,
                if text == "plain" { "next" } else { "default" },
            ),
            _ => {
                let outputs = [any(output)];
                let call = NodeKind::Api(api(json!({ "user": text, "list": [text, 1] })));
                node(&id, &inputs, &outputs, call)
            }
        }
    })
}

fn any_flow(index: usize) -> impl Strategy<Value = Flow> {
    let nodes: Vec<_> = (0..NODES).map(|id| any_node(id, index)).collect();
    // Mostly forwards; from a gate, which bounds its visits, one in four anywhere, also back.
    let ways = |id: usize| {
        let to = prop_oneof![3 => id + 1..=NODES, 1 => 0..=NODES];
        [to.clone(), to.clone(), to].prop_map(move |to| (id, to))
    };
    let way: Vec<_> = (0..NODES).map(ways).collect();
    let data = vec((0..=NODES, name(), 0..=NODES, name()), 0..24);
    let parts = (all_inputs(), all_inputs(), nodes, way, data);
    parts.prop_map(|(inputs, outputs, mut nodes, way, data)| {
        let name = |id: usize, last: &str| match id {
            NODES => last.to_owned(),
            id => format!("n{id}"),
        };
        nodes.push(end("end", &outputs, "next"));
        let mut lines = "start next n0\n".to_owned();
        for (from, to) in way {
            let is_gate = matches!(nodes[from].kind, NodeKind::InputMessage(_));
            let to = to.map(|to| if is_gate { to } else { to.max(from + 1) });
            for (branch, to) in ["next", "default", "1"].iter().zip(to) {
                let _ = writeln!(lines, "n{from} {branch} {}", name(to, "end"));
            }
        }
        let mut edges = String::new();
        for (from, output, to, input) in data {
            let (from, to) = (name(from, "start"), name(to, "end"));
            let _ = writeln!(edges, "{from}.{output} {to}.{input}");
        }
        flow(&inputs, &outputs, nodes, &lines, &edges)
    })
}

fn any_plan() -> impl Strategy<Value = Plan> {
    let flows: Vec<_> = (0..FLOWS).map(any_flow).collect();
    flows.prop_map(super::samples::plan)
}

/// What comes back; the machine is not told whether it fits.
fn replies() -> impl Strategy<Value = Vec<Value>> {
    vec(value(), 1..8)
}

/// Answers whatever is waited for with the reply whose turn it is.
fn run(
    plan: &Plan,
    inputs: &Value,
    replies: &[Value],
    between: impl Fn(&Machine<'_>, Checkpoint) -> Checkpoint,
) -> super::samples::Ran {
    let replies: Vec<[Event; 2]> = replies
        .iter()
        .map(|reply| {
            let body = json!({ "a": reply, "b": reply, "c": 1, "d": "next" }).to_string();
            let status = if reply == &json!(false) { 500 } else { 200 };
            [
                Event::Responded { status, body },
                answered(&reply.to_string()),
            ]
        })
        .collect();
    run_with(plan, inputs, &replies, between)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(96))]

    #[test]
    fn a_restart_at_every_step_changes_nothing(
        plan in any_plan(),
        inputs in btree_map("[a-e]", value(), 0..5),
        replies in replies(),
    ) {
        let inputs = json!(inputs);
        let through = run(&plan, &inputs, &replies, |_, checkpoint| checkpoint);
        let restarted = run(&plan, &inputs, &replies, |machine, checkpoint| {
            let packed = rmp_serde::to_vec_named(&checkpoint).unwrap();
            let unpacked: Checkpoint = rmp_serde::from_slice(&packed).unwrap();
            assert_eq!(unpacked, checkpoint);
            let text = serde_json::to_string(&unpacked).unwrap();
            let read: Checkpoint = serde_json::from_str(&text).unwrap();
            assert_eq!(machine.digest(), read.plan);
            read
        });
        prop_assert_eq!(&through, &restarted);
    }

    #[test]
    fn asking_what_is_waited_for_changes_nothing(
        plan in any_plan(),
        inputs in btree_map("[a-e]", value(), 0..5),
        replies in replies(),
    ) {
        let inputs = json!(inputs);
        let through = run(&plan, &inputs, &replies, |_, checkpoint| checkpoint);
        let asked = run(&plan, &inputs, &replies, |machine, checkpoint| {
            if checkpoint.waits == super::Wait::Turn {
                return checkpoint;
            }
            let (same, _) = machine.step(checkpoint.clone(), Event::Go).unwrap();
            assert_eq!(same, checkpoint);
            same
        });
        prop_assert_eq!(through, asked);
    }
}

#[test]
fn plans_of_one_digest_are_one_plan() {
    let environment = BTreeMap::new();
    let plan = super::samples::alone(say("say", &[], "hello"));
    let other = super::samples::alone(say("say", &[], "bye"));
    let machine = Machine::new(&plan, &environment);
    let again = Machine::new(&plan, &environment);
    assert_eq!(machine.digest(), again.digest());
    let checkpoint = machine.start("run-1", &object(&json!({}))).unwrap();
    assert!(again.step(checkpoint.clone(), Event::Go).is_ok());
    let foreign = Machine::new(&other, &environment);
    let failure = foreign.step(checkpoint, Event::Go).unwrap_err();
    assert_eq!(failure.code(), "plan_changed");
}
