//! From a model's text to what an agent hears.

use serde_json::{Map, Value, json};

/// The object that the text is, bare or in one code fence; otherwise the text, untouched, as `output`.
pub fn reply(text: &str) -> Map<String, Value> {
    object(text)
        .or_else(|| object(fenced(text)?))
        .unwrap_or_else(|| Map::from_iter([("output".to_owned(), json!(text))]))
}

fn object(text: &str) -> Option<Map<String, Value>> {
    serde_json::from_str(text).ok()
}

/// What is in a fence, if the fence is all there is.
fn fenced(text: &str) -> Option<&str> {
    let inner = text.trim().strip_prefix("```")?.strip_suffix("```")?;
    let (kind, inner) = inner.split_once('\n')?;
    let known = kind.trim().is_empty() || kind.trim().eq_ignore_ascii_case("json");
    known.then_some(inner)
}
