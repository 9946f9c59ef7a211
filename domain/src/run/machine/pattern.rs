//! Patterns, as Python reads them, and what they find.

use std::iter::Peekable;
use std::str::Chars;

use fancy_regex::{Captures, Regex, RegexBuilder};
use serde_json::Value;

use super::Cause;

/// Steps back that a search takes at most.
const BACKTRACK_MAX: usize = 100_000;
/// Longest pattern, in bytes; making one ready takes more than its length in time.
const PATTERN_BYTES_MAX: usize = 4_000;
/// Matches that a search finds at most.
const MATCHES_MAX: usize = 10_000;

/// All that `re.findall` finds and that is not empty: the match, or its only group, or the list of its groups.
pub(super) fn find_all(pattern: &str, text: &str) -> Result<Vec<Value>, Cause> {
    let refuse = |error: fancy_regex::Error| Cause::Pattern {
        reason: error.to_string(),
    };
    let regex = compile(pattern)?;
    let mut found = Vec::new();
    for captures in regex.captures_iter(text) {
        if found.len() >= MATCHES_MAX {
            let reason = format!("it is found more than {MATCHES_MAX} times");
            return Err(Cause::Pattern { reason });
        }
        let value = value_of(&regex, &captures.map_err(refuse)?);
        if value != "" {
            found.push(value);
        }
    }
    Ok(found)
}

fn compile(pattern: &str) -> Result<Regex, Cause> {
    if pattern.len() > PATTERN_BYTES_MAX {
        let reason = format!("it has more than {PATTERN_BYTES_MAX} bytes");
        return Err(Cause::Pattern { reason });
    }
    let mut builder = RegexBuilder::new(&translate(pattern)?);
    builder
        .backtrack_limit(BACKTRACK_MAX)
        .build()
        .map_err(|error| Cause::Pattern {
            reason: error.to_string(),
        })
}

fn value_of(regex: &Regex, captures: &Captures<'_, str>) -> Value {
    let group = |index| {
        let group = captures.get(index);
        Value::from(group.map_or("", |group| group.as_str()))
    };
    match regex.captures_len() {
        0 | 1 => group(0),
        2 => group(1),
        groups => (1..groups).map(group).collect(),
    }
}

/// A Python pattern in this crate's dialect: `$` and `\Z`, braces that count nothing, and brackets within a class.
fn translate(pattern: &str) -> Result<String, Cause> {
    let mut out = String::with_capacity(pattern.len() + 16);
    let mut rest = pattern.chars().peekable();
    let mut in_class = false;
    while let Some(character) = rest.next() {
        match character {
            '\\' => escape(&mut out, &mut rest, in_class)?,
            '[' if !in_class => {
                in_class = true;
                out.push('[');
                if rest.next_if_eq(&'^').is_some() {
                    out.push('^');
                }
                // First in a class it is a bracket, not its end.
                if rest.next_if_eq(&']').is_some() {
                    out.push_str("\\]");
                }
            }
            ']' if in_class => {
                in_class = false;
                out.push(']');
            }
            '[' | '&' | '~' if in_class => out.extend(['\\', character]),
            '$' if !in_class => out.push_str("(?:$|(?=\\n\\z))"),
            '{' if !in_class && !counts(rest.clone()) => out.push_str("\\{"),
            _ => out.push(character),
        }
    }
    Ok(out)
}

fn escape(out: &mut String, rest: &mut Peekable<Chars<'_>>, in_class: bool) -> Result<(), Cause> {
    let unknown = |reason: &str| Cause::Pattern {
        reason: reason.to_owned(),
    };
    match rest.next() {
        None => return Err(unknown("it ends within an escape")),
        Some('Z') if !in_class => out.push_str("\\z"),
        // Here these would be the bounds of a word.
        Some(character @ ('<' | '>')) => out.push(character),
        Some(character)
            if character.is_ascii_alphabetic() && !"abBdDfnrsStuUvwWx".contains(character) =>
        {
            return Err(unknown("it has an escape that Python does not know"));
        }
        Some(character) => out.extend(['\\', character]),
    }
    Ok(())
}

/// Whether `{` begins a count: `{2}`, `{2,}`, `{,3}` or `{2,3}`.
fn counts(rest: Peekable<Chars<'_>>) -> bool {
    // No count that makes sense is longer.
    let inner: String = rest.take(16).take_while(|it| *it != '}').collect();
    let is_number = |text: &str| text.chars().all(|it| it.is_ascii_digit());
    match inner.split_once(',') {
        Some((least, most)) => is_number(least) && is_number(most) && inner.len() > 1,
        None => !inner.is_empty() && is_number(&inner),
    }
}
