//! What templates print and how values are taken, against what the Python runtime did.
//!
//! Source: recorded with `wayflowcore` 26.3.1, whose template engine is `jinja2` 3.1.6, on Python 3.11. A line is
//! `[template, values, text]`, `null` where it fails; or `[schema, value, value taken]`.

use std::fmt::Write;

use serde_json::{Map, Value, json};

use super::Cause;
use super::coerce::{admit, coerce};
use super::samples::property;
use super::template::render;

#[test]
fn templates_print_what_python_prints() {
    let mut wrong = Vec::new();
    for line in include_str!("printing.jsonl").lines() {
        let (template, values, text): (String, Map<String, Value>, Option<String>) =
            serde_json::from_str(line).unwrap();
        let printed = render(&template, &values);
        if printed.as_ref().ok() != text.as_ref() {
            wrong.push(format!("{line}\n  {printed:?}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn values_are_taken_as_python_takes_them() {
    let taken = |schema: &Value, value| coerce(&property("x", schema), value);
    assert_eq!(differing(include_str!("coercion.jsonl"), taken), "");
}

#[test]
fn a_flow_takes_its_inputs_as_python_does() {
    let taken = |schema: &Value, value| admit(&property("x", schema), value);
    assert_eq!(differing(include_str!("admission.jsonl"), taken), "");
}

/// The lines that come out otherwise, and how.
fn differing(lines: &str, taken: impl Fn(&Value, Value) -> Result<Value, Cause>) -> String {
    let mut wrong = String::new();
    for line in lines.lines() {
        let [schema, value, expected]: [Value; 3] = serde_json::from_str(line).unwrap();
        let taken = taken(&schema, value).unwrap_or_else(|cause| cause.code().into());
        if taken != expected {
            let _ = writeln!(wrong, "{line}\n  {taken}");
        }
    }
    wrong
}

#[test]
fn no_template_goes_on_without_end() {
    let times = 20_000;
    let refused = [
        "{% if 1 %}".repeat(times) + &"{% endif %}".repeat(times),
        "{% if 1 %}".repeat(199),
        format!("{{{{ {}1{} }}}}", "(".repeat(490), ")".repeat(490)),
        format!("{{{{ {}1 }}}}", "not ".repeat(times)),
        format!("{{{{ '}}}}' ~ {}1 }}}}", "not ".repeat(times)),
        format!(r#"{{{{ "\"}}}}" ~ {}1 }}}}"#, "not ".repeat(times)),
        format!(
            "{{% raw %}}{{% endraw %}}{{{{ {}1 }}}}",
            "not ".repeat(times)
        ),
        format!("{{#}} #}}{{{{ {}1 }}}}", "not ".repeat(times)),
        format!("{{% if 1 %}}{}{{% endif %}}", "{% elif 1 %}".repeat(times)),
        format!("{{{{ 1{} }}}}", "|nofilter".repeat(100)),
        "{{ {'a': {'b': 1}} }}".to_owned(),
        "{% set x = 'x' %}".to_owned() + &"{% set x = x ~ x %}".repeat(40),
        "{{ 'x' * 100000000 }}".to_owned(),
        "{{ range(100000) }}".to_owned(),
        "{{ x | join(x) }}".to_owned(),
        "{% for a in x recursive %}{{ loop(x) }}{% endfor %}".to_owned(),
        "{% for a in x %}".repeat(7) + &"{% endfor %}".repeat(7),
        "{".repeat(times),
    ];
    let values = json!({ "x": vec![1; 20] });
    let values = values.as_object().unwrap();
    for template in refused {
        let head: String = template.chars().take(60).collect();
        assert!(render(&template, values).is_err(), "{head}");
    }
    let filled_in = [
        "{% if 1 %}".repeat(100) + &"{% endif %}".repeat(100),
        format!("{{% if 0 %}}{}{{% endif %}}", "{% elif 0 %}".repeat(198)),
        format!("{{{{ {}1 }}}}", "-".repeat(980)),
        format!("{{{{ {}1 }}}}", "not ".repeat(245)),
        format!("{{{{ 1{} }}}}", "|string".repeat(140)),
        format!("{{{{ 1{} }}}}", "~1".repeat(490)),
        format!("{{% raw %}}{{{{ {}{{% endraw %}}", "not ".repeat(times)),
        format!("{{# {} #}}", "{{ not ".repeat(times)),
    ];
    for template in filled_in {
        let head: String = template.chars().take(60).collect();
        let filled_in = render(&template, values);
        assert!(
            filled_in.is_ok(),
            "{head} {:?}",
            filled_in.map(|it| it.len())
        );
    }
}
