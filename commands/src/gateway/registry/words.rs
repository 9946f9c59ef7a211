//! What it means that a package matches a query.

use serde_json::Value;

/// The words of a query, of which a package has to contain every one.
#[derive(Debug)]
pub(super) struct Words(Vec<String>);

impl Words {
    pub(super) fn of(query: &str) -> Self {
        Self(query.split_whitespace().map(str::to_lowercase).collect())
    }

    /// Whether name, title, description and keywords together contain every word, in whatever case.
    pub(super) fn are_in(&self, name: &str, manifest: &Value) -> bool {
        let texts = [
            Some(name),
            manifest["cinatra"]["displayName"].as_str(),
            manifest["description"].as_str(),
        ];
        let keywords = manifest["keywords"].as_array().into_iter().flatten();
        let text = texts
            .into_iter()
            .flatten()
            .chain(keywords.filter_map(Value::as_str))
            .collect::<Vec<_>>()
            .join("\n")
            .to_lowercase();
        self.0.iter().all(|word| text.contains(word.as_str()))
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn every_word_has_to_occur_somewhere() {
        let manifest = json!({
            "description": "Writes a greeting",
            "keywords": ["cinatra", "hello"],
            "cinatra": { "displayName": "Greeter" },
        });
        for (query, expected) in [
            ("", true),
            ("GREETER", true),
            ("hello ai/greet writes", true),
            ("hello goodbye", false),
        ] {
            let found = Words::of(query).are_in("@cinatra-ai/greet-agent", &manifest);
            assert_eq!(found, expected, "{query}");
        }
        assert!(!Words::of("x").are_in("@a/b", &json!("not an object")));
    }
}
