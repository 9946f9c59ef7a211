//! The skills that a package brings: what its `SKILL.md` files say of themselves, within bounds.
//!
//! A skill is `skills/<folder>/SKILL.md` in a package of whatever kind; its front matter names it. What cannot
//! be read is left out of the index and warned of, never a refusal (settled.md 22). The index goes into one
//! event, so its descriptions are shortened until it fits there ([`fit`]).
//! Source: spec/workspace.md 9.1, spec/extensions.md 1.6.

mod fit;
mod front_matter;
#[cfg(test)]
mod tests;

use std::collections::BTreeSet;

use super::conformance::Files;
use super::name::is_kebab;
use super::warning::cut;
use super::{IndexedSkill, PackageName, Warning};

/// Most skills of one package.
pub const SKILLS_MAX: usize = 200;

/// Longest name of a skill, in characters.
pub const SKILL_NAME_CHARS_MAX: usize = 64;

/// What is kept of a skill's description, in characters.
const DESCRIPTION_CHARS_MAX: usize = 1_024;

/// Longest path of a skill, in bytes.
const PATH_BYTES_MAX: usize = 96;

/// What an install indexes of a package's skills.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SkillIndex {
    /// The skills, by path.
    pub skills: Vec<IndexedSkill>,
    /// What was left out or shortened, and why.
    pub warnings: Vec<Warning>,
}

/// Why a skill is left out.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Fault {
    code: &'static str,
    reason: String,
}

impl Fault {
    fn new(code: &'static str, reason: impl Into<String>) -> Self {
        let reason = reason.into();
        Self { code, reason }
    }
}

/// Indexes the skills among a package's files; `sha256` answers lower-case hex.
pub fn index_skills(
    package: &PackageName,
    files: &Files<'_>,
    sha256: impl Fn(&[u8]) -> String,
) -> SkillIndex {
    let mut index = SkillIndex::default();
    let mut warn = |code: &str, message: String| {
        let warning = Warning::new(code, package.as_str(), message);
        index.warnings.push(warning);
    };
    let mut names = BTreeSet::new();
    let mut paths = files.paths().filter(|path| is_skill(path));
    for path in paths.by_ref().take(SKILLS_MAX) {
        let content = files.content(path);
        match content.map_or_else(|| Err(too_large()), |content| read(path, content, &sha256)) {
            Ok(skill) if names.contains(&skill.name) => {
                let message = format!("{path} is left out: another skill is called {}", skill.name);
                warn("SKILL_NAME_DUPLICATE", message);
            }
            Ok(skill) => {
                names.insert(skill.name.clone());
                index.skills.push(skill);
            }
            Err(fault) => warn(fault.code, format!("{path} is left out: {}", fault.reason)),
        }
    }
    let unread = paths.count();
    if unread > 0 {
        let message = format!("{unread} skills after the first {SKILLS_MAX} are left out");
        warn("SKILL_LIMIT", message);
    }
    if fit::shorten(&mut index.skills) {
        let message = "descriptions of skills are shortened";
        warn("SKILL_DESCRIPTION_CUT", message.to_owned());
    }
    index
}

/// Whether a file is a skill's: deeper folders hold what skills refer to.
fn is_skill(path: &str) -> bool {
    path.strip_prefix("skills/")
        .and_then(|rest| rest.strip_suffix("/SKILL.md"))
        .is_some_and(|folder| !folder.is_empty() && !folder.contains('/'))
}

/// A file that is there without its content was larger than what is kept of an archive.
fn too_large() -> Fault {
    Fault::new("SKILL_UNREADABLE", "it is too large")
}

fn read(
    path: &str,
    content: &[u8],
    sha256: impl Fn(&[u8]) -> String,
) -> Result<IndexedSkill, Fault> {
    if path.len() > PATH_BYTES_MAX {
        let reason = format!("its path is longer than {PATH_BYTES_MAX} bytes");
        return Err(Fault::new("SKILL_UNREADABLE", reason));
    }
    let (name, description) = front_matter::read(content)?;
    if !is_kebab(&name) || name.len() > SKILL_NAME_CHARS_MAX {
        let reason = format!(
            "its name is not of a-z and 0-9 with single hyphens between, at most {SKILL_NAME_CHARS_MAX}"
        );
        return Err(Fault::new("SKILL_NAME_FORM", reason));
    }
    // Line breaks of the source mean nothing; other control characters go without a trace.
    let words = |text: String| text.split_whitespace().collect::<Vec<_>>().join(" ");
    let description = description.map(words).filter(|text| !text.is_empty());
    Ok(IndexedSkill {
        name,
        description,
        path: path.to_owned(),
        content_sha256: sha256(content),
    })
}
