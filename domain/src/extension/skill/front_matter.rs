//! The YAML between the first two lines `---` of a `SKILL.md`.

use serde::Deserialize;

use super::Fault;

/// Longest front matter, in bytes.
const BYTES_MAX: usize = 32 * 1024;

const FENCE: &str = "---";

/// The fields that are indexed; others mean nothing here.
#[derive(Default, Deserialize)]
struct Fields {
    name: Option<String>,
    description: Option<String>,
}

/// The name that a skill gives itself, and what it says it is for.
pub(super) fn read(content: &[u8]) -> Result<(String, Option<String>), Fault> {
    let content = content.strip_prefix(b"\xef\xbb\xbf").unwrap_or(content);
    let text = std::str::from_utf8(content)
        .map_err(|_| Fault::new("SKILL_UNREADABLE", "it is not UTF-8"))?;
    let yaml = between_fences(text).ok_or_else(nameless)?;
    if yaml.len() > BYTES_MAX {
        let reason = format!("its front matter is longer than {BYTES_MAX} bytes");
        return Err(Fault::new("SKILL_UNREADABLE", reason));
    }
    let fields: Option<Fields> =
        serde_saphyr::from_str_with_options(yaml, options()).map_err(|error| {
            let at = error.location().map_or_else(String::new, |location| {
                // The opening fence is the first line of the file.
                format!(" at line {}", location.line() + 1)
            });
            Fault::new(
                "SKILL_UNREADABLE",
                format!("its front matter is not readable as YAML{at}"),
            )
        })?;
    let Fields { name, description } = fields.unwrap_or_default();
    let name = name.map(|name| name.trim().to_owned());
    let name = name.filter(|name| !name.is_empty()).ok_or_else(nameless)?;
    Ok((name, description))
}

fn nameless() -> Fault {
    let reason = "it does not start with front matter that has a name";
    Fault::new("SKILL_FRONT_MATTER", reason)
}

/// What stands between the first line and the next that are nothing but `---`.
fn between_fences(text: &str) -> Option<&str> {
    let mut lines = text.split_inclusive('\n');
    let first = lines.next().filter(|line| line.trim_end() == FENCE)?;
    let mut end = first.len();
    for line in lines {
        if line.trim_end() == FENCE {
            return text.get(first.len()..end);
        }
        end += line.len();
    }
    None
}

/// Far above what front matter needs, and far below what a hostile one could make of aliases.
fn options() -> serde_saphyr::Options {
    serde_saphyr::options! {
        budget: serde_saphyr::budget! {
            max_aliases: 64,
            max_anchors: 64,
            max_depth: 32,
            max_documents: 1,
            max_events: 20_000,
            max_nodes: 10_000,
            max_recorded_anchor_events: 20_000,
        },
        with_snippet: false,
    }
}
