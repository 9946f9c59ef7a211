//! Secrets that somebody wrote into a document.

use std::collections::BTreeMap;

use serde_json::Value;

use super::super::finding::{Findings, Place};

/// Keys below which secrets would be. Source: spec/runs.md 4.4.
const KEYS: &[&str] = &[
    "body",
    "config",
    "data",
    "headers",
    "message",
    "params",
    "prompt_template",
    "query_params",
    "sensitive_headers",
    "system",
    "system_prompt",
    "user",
];

/// From so many characters on, what looks random is suspicious.
const RANDOM_CHARS_MIN: usize = 24;

/// From so many bits per character on, a word looks random.
const ENTROPY_MIN: f64 = 4.5;

pub(super) fn check(value: &Value, place: &Place, is_inside: bool, findings: &mut Findings) {
    match value {
        Value::String(text) if is_inside => {
            let words = text.split(|c: char| !c.is_ascii_alphanumeric() && !"-_.+/=".contains(c));
            if words.into_iter().any(is_credential) {
                let message = "holds what looks like a credential";
                findings.blocker("literal_credential_detected", place, message);
            }
        }
        Value::Array(list) => {
            for (index, entry) in list.iter().enumerate() {
                check(entry, &place.index(index), is_inside, findings);
            }
        }
        Value::Object(object) => {
            let node = object.get("id").and_then(Value::as_str);
            let is_component = object.contains_key("component_type");
            let place = match node.filter(|_| is_component) {
                Some(id) => place.clone().of_node(id),
                None => place.clone(),
            };
            for (key, part) in object {
                let is_inside = is_inside || KEYS.contains(&key.as_str());
                check(part, &place.key(key), is_inside, findings);
            }
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

fn is_credential(word: &str) -> bool {
    let word = word.trim_matches(['.', '=', '/', '+']);
    is_of_known_shape(word) || is_random(word)
}

fn is_of_known_shape(word: &str) -> bool {
    let long_after = |prefix: &str, chars_min: usize| {
        word.strip_prefix(prefix)
            .is_some_and(|rest| rest.len() >= chars_min)
    };
    let github = ["ghp_", "gho_", "ghu_", "ghs_", "ghr_"];
    let slack = ["xoxa-", "xoxb-", "xoxp-", "xoxr-", "xoxs-"];
    let has_digit = word.contains(|c: char| c.is_ascii_digit());
    (long_after("sk-", 16) && has_digit)
        || github.iter().any(|prefix| long_after(prefix, 16))
        || slack.iter().any(|prefix| long_after(prefix, 8))
        || long_after("ya29.", 8)
        || is_access_key(word)
        || (word.starts_with("eyJ") && word.len() > 30 && word.split('.').count() == 3)
}

fn is_access_key(word: &str) -> bool {
    let is_key = |c: char| c.is_ascii_uppercase() || c.is_ascii_digit();
    let is_prefixed = word.starts_with("AKIA") || word.starts_with("ASIA");
    is_prefixed && word.len() == 20 && word.chars().all(is_key)
}

/// Paths and names are long too, but made of words: they hold few digits, or separators.
fn is_random(word: &str) -> bool {
    let has = |is: fn(&char) -> bool| word.chars().any(|c| is(&c));
    let is_mixed =
        has(char::is_ascii_digit) && has(char::is_ascii_lowercase) && has(char::is_ascii_uppercase);
    let is_plain = word
        .chars()
        .all(|c| c.is_ascii_alphanumeric() || "-_+=".contains(c));
    word.len() >= RANDOM_CHARS_MIN && is_mixed && is_plain && entropy(word) >= ENTROPY_MIN
}

/// Bits per character. Source: Shannon.
fn entropy(word: &str) -> f64 {
    let mut counts: BTreeMap<char, u32> = BTreeMap::new();
    let mut all = 0_u32;
    for c in word.chars() {
        *counts.entry(c).or_default() += 1;
        all += 1;
    }
    let share = |count: u32| f64::from(count) / f64::from(all.max(1));
    counts
        .values()
        .map(|count| -share(*count) * share(*count).log2())
        .sum()
}

#[cfg(test)]
mod tests {
    use super::is_credential;

    #[test]
    fn credentials_are_told_from_words() {
        let key = |prefix: &str| format!("{prefix}{}", "a1B2c3D4e5F6g7H8");
        for word in [
            key("sk-"),
            key("ghp_"),
            key("xoxb-"),
            key("ya29."),
            "AKIAABCDEFGHIJKLMNOP".to_owned(),
            format!("eyJ{}.{}.x", "a".repeat(20), "b".repeat(10)),
            "q7Zr2Xc9Lm4Vb8Tn1Kp6Wd3Sf5".to_owned(),
        ] {
            assert!(is_credential(&word), "{word}");
        }
        for word in [
            "sk-",
            "specificInitialDraftIds",
            "email-outreach-recipients-update",
            "agents/acme/mail-agent/cinatra/oas.json",
            "00000000-0000-0000-0000-000000000000",
        ] {
            assert!(!is_credential(word), "{word}");
        }
    }
}
