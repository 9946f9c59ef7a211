//! Names that a template asks for. Templates are Jinja2; only what the catalogue writes is understood.
//!
//! The specification counts every `{{ name }}` as an input, those in comments too: authors put names there that
//! are otherwise only used with filters. What is really used is asked for apart from that.

use std::collections::BTreeSet;

use serde_json::Value;

/// Longest tag that is looked at, in bytes.
const TAG_BYTES_MAX: usize = 256;

/// Words of expressions that name nothing.
const KEYWORDS: &[&str] = &[
    "and", "elif", "else", "false", "False", "if", "in", "is", "none", "None", "not", "or", "true",
    "True",
];

/// Every `{{ name }}`, wherever it stands. Source: pyagentspec 26.3.1, `templating.py`.
pub(super) fn named(text: &str) -> BTreeSet<String> {
    collect(text, |after| after.starts_with("}}"))
}

/// Every `{{ name }}` that is filled in: not in a comment, not in raw text.
pub(super) fn filled(text: &str) -> BTreeSet<String> {
    named(&live(text))
}

/// Every name that is filled in through a filter, or decides a condition.
pub(super) fn filtered(text: &str) -> BTreeSet<String> {
    let live = live(text);
    let mut names = collect(&live, |after| after.starts_with('|'));
    let mut rest = live.as_str();
    while let Some(at) = rest.find("{%") {
        rest = rest.get(at..).unwrap_or_default();
        let Some((tag, after)) = tag(rest) else {
            rest = rest.get(2..).unwrap_or_default();
            continue;
        };
        match tag.split_whitespace().next() {
            Some("for" | "set" | "macro" | "with" | "call") => return BTreeSet::new(),
            Some("if" | "elif") => names.extend(variables(tag)),
            Some(_) | None => {}
        }
        rest = after;
    }
    names
}

/// Whether a name is a variable of the place where it runs, not of the flow.
pub(super) fn is_environment(name: &str) -> bool {
    let is_upper = |c: char| c.is_ascii_uppercase() || c.is_ascii_digit() || c == '_';
    name.chars().all(is_upper) && name.contains(|c: char| c.is_ascii_uppercase())
}

/// Applies `find` to every text of a value, keys included.
pub(super) fn in_value(value: &Value, find: fn(&str) -> BTreeSet<String>) -> BTreeSet<String> {
    match value {
        Value::String(text) => find(text),
        Value::Array(list) => list.iter().flat_map(|v| in_value(v, find)).collect(),
        Value::Object(object) => {
            let of_key = object.keys().flat_map(|key| find(key));
            let of_value = object.values().flat_map(|v| in_value(v, find));
            of_key.chain(of_value).collect()
        }
        Value::Null | Value::Bool(_) | Value::Number(_) => BTreeSet::new(),
    }
}

/// Names that follow `{{` and are followed by what is wanted.
fn collect(text: &str, is_wanted: impl Fn(&str) -> bool) -> BTreeSet<String> {
    let mut names = BTreeSet::new();
    let mut rest = text;
    while let Some(at) = rest.find("{{") {
        let inner = rest.get(at + 2..).unwrap_or_default().trim_start();
        let end = inner.find(|c| !is_word(c)).unwrap_or(inner.len());
        let (name, after) = inner.split_at(end);
        if !name.is_empty() && is_wanted(after.trim_start()) {
            names.insert(name.to_owned());
        }
        rest = rest.get(at + 1..).unwrap_or_default();
    }
    names
}

/// The text without comments and without what stands between `raw` and `endraw`.
fn live(text: &str) -> String {
    let mut kept = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find('{') {
        let (before, from) = rest.split_at(at);
        kept.push_str(before);
        if let Some(comment) = from.strip_prefix("{#") {
            rest = comment.split_once("#}").map_or("", |(_, after)| after);
        } else if let Some(("raw", after)) = tag(from) {
            rest = after_raw(after);
        } else {
            kept.push('{');
            rest = from.get(1..).unwrap_or_default();
        }
    }
    kept.push_str(rest);
    kept
}

fn after_raw(text: &str) -> &str {
    let mut rest = text;
    while let Some(at) = rest.find("{%") {
        rest = rest.get(at..).unwrap_or_default();
        match tag(rest) {
            Some(("endraw", after)) => return after,
            Some(_) | None => rest = rest.get(2..).unwrap_or_default(),
        }
    }
    ""
}

/// What stands in a tag at the beginning of a text, and what follows it.
fn tag(text: &str) -> Option<(&str, &str)> {
    let inner = text.strip_prefix("{%")?;
    let window = inner.get(..inner.floor_char_boundary(TAG_BYTES_MAX))?;
    let end = window.find("%}")?;
    let tag = inner
        .get(..end)?
        .trim_matches(|c: char| c == '-' || c.is_whitespace());
    Some((tag, inner.get(end + 2..)?))
}

/// The variables of a condition: words that are no keyword, no filter, no attribute, no test and no text.
fn variables(condition: &str) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    let mut before = ' ';
    let mut is_test = false;
    for (index, part) in condition.split(['\'', '"']).enumerate() {
        if index % 2 == 1 {
            continue;
        }
        for piece in part.split_inclusive(|c| !is_word(c)) {
            let word = piece.trim_end_matches(|c| !is_word(c));
            let is_name = !word.is_empty() && !word.starts_with(|c: char| c.is_ascii_digit());
            if is_name && !is_test && before != '|' && before != '.' && !KEYWORDS.contains(&word) {
                found.insert(word.to_owned());
            }
            if !word.is_empty() {
                is_test = word == "is" || (is_test && word == "not");
                before = ' ';
            }
            before = piece
                .chars()
                .rfind(|c| !is_word(*c) && !c.is_whitespace())
                .unwrap_or(before);
        }
    }
    found
}

fn is_word(c: char) -> bool {
    c.is_alphanumeric() || c == '_'
}

#[cfg(test)]
mod tests {
    use super::{filled, filtered, is_environment, named};

    fn names(list: &[&str]) -> std::collections::BTreeSet<String> {
        list.iter().map(|name| (*name).to_owned()).collect()
    }

    #[test]
    fn names_in_comments_count_but_are_not_filled_in() {
        let text = "{# {{ a }} #}{{ b }} {{c|tojson}} {% raw %}{{ d }}{% endraw %}{{ e.f }}";
        assert_eq!(named(text), names(&["a", "b", "d"]));
        assert_eq!(filled(text), names(&["b"]));
        assert_eq!(filtered(text), names(&["c"]));
    }

    #[test]
    fn conditions_name_what_they_ask_for() {
        let text =
            "{% if matches and (matches|length > 0) or x.y is defined %}a{% elif 'q' == z %}";
        assert_eq!(filtered(text), names(&["matches", "x", "z"]));
        assert_eq!(
            filtered("{% for x in xs %}{{ x | tojson }}{% endfor %}"),
            names(&[])
        );
    }

    #[test]
    fn what_is_not_closed_is_no_name() {
        for text in [
            "{{",
            "{{ a",
            "{{ a }",
            "{%",
            "{% raw %}{{ a }}",
            "{# {{ b }}",
            "{{{",
            "{{}}",
        ] {
            assert_eq!(filled(text), names(&[]), "{text}");
        }
        assert_eq!(filled("{{{ a }}}"), names(&["a"]));
    }

    #[test]
    fn upper_case_is_the_environment() {
        assert!(is_environment("CINATRA_BASE_URL") && is_environment("A1"));
        assert!(!is_environment("a") && !is_environment("_1") && !is_environment("Ab"));
    }
}
