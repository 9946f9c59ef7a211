//! The project's own files, for tests that read the house instead of running it.

use std::path::Path;

use crate::places;

/// One text file of the project.
#[derive(Clone, Debug)]
pub struct File {
    /// Path from the project's root, with forward slashes.
    pub path: String,
    /// Its text.
    pub text: String,
}

impl File {
    /// Number of lines.
    pub fn lines(&self) -> usize {
        self.text.lines().count()
    }

    /// Whether its name ends with `.extension`.
    pub fn is(&self, extension: &str) -> bool {
        Path::new(&self.path)
            .extension()
            .is_some_and(|e| e == extension)
    }

    /// First part of the path: the crate, for most.
    pub fn top(&self) -> &str {
        self.path.split('/').next().unwrap_or("")
    }
}

/// Every text file in order of path, without what is built, fetched or running.
pub fn files() -> Vec<File> {
    let mut found = Vec::new();
    walk(&places::project(), "", &mut found);
    found.sort_by(|a, b| a.path.cmp(&b.path));
    found
}

/// Every Rust file.
pub fn rust_files() -> Vec<File> {
    files().into_iter().filter(|file| file.is("rs")).collect()
}

/// One file's text; empty when it is absent.
pub fn text(path: &str) -> String {
    std::fs::read_to_string(places::project().join(path)).unwrap_or_default()
}

/// Whether a file or a folder of this path exists.
pub fn exists(path: &str) -> bool {
    places::project().join(path).exists()
}

/// Names of the folders right under a path, in order.
pub fn folders(under: &str) -> Vec<String> {
    let entries = std::fs::read_dir(places::project().join(under))
        .into_iter()
        .flatten()
        .flatten();
    let folders = entries.filter(|entry| entry.file_type().is_ok_and(|kind| kind.is_dir()));
    let mut names: Vec<_> = folders
        .filter_map(|entry| entry.file_name().into_string().ok())
        .collect();
    names.sort();
    names
}

/// The string literals of a Rust file with their line numbers. Comments do not count.
pub fn string_literals(source: &str) -> Vec<(usize, String)> {
    let text: Vec<char> = source.chars().collect();
    let (mut at, mut line, mut found) = (0, 1, Vec::new());
    while at < text.len() {
        let rest = &text[at..];
        let step = match rest {
            ['/', '/', ..] => until(rest, &['\n']),
            ['/', '*', ..] => until(rest, &['*', '/']) + 2,
            ['\'', '\\', ..] => 3 + until(&rest[3..], &['\'']) + 1,
            ['\'', _, '\'', ..] => 3,
            ['r', '"' | '#', ..] if !is_word_before(&text, at) => raw(rest, line, &mut found),
            ['"', ..] => plain(rest, line, &mut found),
            _ => 1,
        };
        let step = step.clamp(1, rest.len());
        line += rest[..step].iter().filter(|c| **c == '\n').count();
        at += step;
    }
    found
}

fn is_word_before(text: &[char], at: usize) -> bool {
    at > 0 && (text[at - 1].is_alphanumeric() || text[at - 1] == '_')
}

fn until(rest: &[char], end: &[char]) -> usize {
    rest.windows(end.len())
        .position(|w| w == end)
        .unwrap_or(rest.len())
}

/// A plain literal at the beginning of `rest`; returns its length.
fn plain(rest: &[char], line: usize, found: &mut Vec<(usize, String)>) -> usize {
    let mut end = 1;
    while end < rest.len() && rest[end] != '"' {
        end += if rest[end] == '\\' { 2 } else { 1 };
    }
    found.push((line, rest[1..end.min(rest.len())].iter().collect()));
    end + 1
}

/// A raw literal at the beginning of `rest`; returns its length. `r#name` is not one.
fn raw(rest: &[char], line: usize, found: &mut Vec<(usize, String)>) -> usize {
    let fence = rest[1..].iter().take_while(|c| **c == '#').count();
    if rest.get(1 + fence) != Some(&'"') {
        return 1 + fence;
    }
    let close: Vec<char> = std::iter::once('"')
        .chain(std::iter::repeat_n('#', fence))
        .collect();
    let body = &rest[2 + fence..];
    let end = until(body, &close);
    found.push((line, body[..end].iter().collect()));
    2 + fence + end + close.len()
}

const SKIPPED: &[&str] = &[
    "target",
    ".git",
    ".cache",
    ".cinatra",
    "node_modules",
    "__pycache__",
];

fn walk(root: &Path, under: &str, found: &mut Vec<File>) {
    for entry in std::fs::read_dir(root.join(under))
        .into_iter()
        .flatten()
        .flatten()
    {
        let Ok(name) = entry.file_name().into_string() else {
            continue;
        };
        let path = if under.is_empty() {
            name.clone()
        } else {
            format!("{under}/{name}")
        };
        if entry.file_type().is_ok_and(|kind| kind.is_dir()) {
            if !SKIPPED.contains(&name.as_str()) {
                walk(root, &path, found);
            }
        } else if let Ok(text) = std::fs::read_to_string(entry.path()) {
            found.push(File { path, text });
        }
    }
}

#[cfg(test)]
mod tests {
    use super::string_literals;

    #[test]
    fn literals_are_found_and_comments_are_not() {
        let source = "// \"no\"\nlet a = \"one\"; /* \"no\" */ let c = '\"';\nlet b = r#\"two \"2\"\"#; f(\"th\\\"ree\")";
        let found = string_literals(source);
        let texts: Vec<_> = found
            .iter()
            .map(|(line, text)| (*line, text.as_str()))
            .collect();
        assert_eq!(texts, [(2, "one"), (3, "two \"2\""), (3, "th\\\"ree")]);
    }
}
