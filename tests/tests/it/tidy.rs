//! The house rules that a compiler cannot see. Each failure names the file and what is missing.

use std::collections::{BTreeMap, BTreeSet};

use cinatra_tests::console::say;
use cinatra_tests::tree::{self, File};
use regex::Regex;

/// Which crates a crate may import. `domain` imports nothing of ours; nobody imports `tests`.
const ARROWS: &[(&str, &[&str])] = &[
    (
        "api",
        &[
            "domain",
            "eventstore",
            "commands",
            "projections",
            "replay",
            "migrations",
        ],
    ),
    ("commands", &["domain", "eventstore"]),
    ("domain", &[]),
    ("eventstore", &["domain"]),
    ("migrations", &[]),
    ("projections", &["domain", "eventstore"]),
    ("replay", &["domain", "eventstore", "projections"]),
];

/// Outside crates that would break a layer.
const FOREIGN: &[(&str, &[&str])] = &[
    (
        "commands",
        &["axum", "tokio-postgres", "deadpool-postgres", "rmcp"],
    ),
    (
        "domain",
        &[
            "tokio",
            "tokio-postgres",
            "axum",
            "tracing",
            "reqwest",
            "jiff",
        ],
    ),
    ("eventstore", &["axum", "reqwest", "rmcp"]),
    ("migrations", &["axum", "reqwest"]),
    ("projections", &["axum", "reqwest", "rmcp"]),
    ("replay", &["axum", "reqwest", "rmcp"]),
];

/// Siblings of a noun that do not exist, each with the reason.
const EXEMPT: &[(&str, &str)] = &[(
    "commands/src/template.rs",
    "a template is taken down and forgotten with its extension: commands/src/extension/flow.rs, run/pin.rs",
)];

/// Read models are named for their question; this says whose facts each answers from.
const QUESTIONS: &[(&str, &str)] = &[
    ("instance", "audit_events"),
    ("authority", "audit_events"),
    ("permission", "resource_permissions"),
    ("secret", "audit_events"),
    ("template", "extension_catalog"),
    ("user", "people"),
];

/// Words that say nothing about a file.
const EMPTY_WORDS: &[&str] = &[
    "util", "utils", "common", "helper", "helpers", "misc", "manager", "service", "services",
    "impl", "base", "data", "info", "topic", "bookmark",
];

pub(crate) fn complain(about: &str, findings: &[String]) {
    assert!(findings.is_empty(), "{about}:\n  {}", findings.join("\n  "));
}

/// Names of the dependencies in the sections that `wanted` accepts.
fn dependencies(manifest: &str, wanted: impl Fn(&str) -> bool) -> BTreeSet<String> {
    let text = tree::text(manifest);
    let (mut section, mut names) = (String::new(), BTreeSet::new());
    for line in text.lines().map(str::trim) {
        if let Some(header) = line.strip_prefix('[') {
            header.trim_end_matches(']').clone_into(&mut section);
            if let Some((parent, name)) = section.clone().rsplit_once('.')
                && parent.ends_with("dependencies")
            {
                names.extend(wanted(parent).then(|| name.to_owned()));
            }
        } else if section.ends_with("dependencies") && wanted(&section) && !line.starts_with('#') {
            let name = line.split(['.', '=', ' ']).next().unwrap_or("");
            names.extend((!name.is_empty()).then(|| name.to_owned()));
        }
    }
    names
}

#[test]
fn crates_import_along_the_arrows_only() {
    let mut findings = Vec::new();
    for (krate, allowed) in ARROWS {
        let manifest = format!("{krate}/Cargo.toml");
        for name in dependencies(&manifest, |section| section != "dev-dependencies") {
            match name.strip_prefix("cinatra-") {
                Some(ours) if !allowed.contains(&ours) => {
                    findings.push(format!("{manifest} imports {ours}"));
                }
                Some(_) | None => {}
            }
        }
        if dependencies(&manifest, |_| true).contains("cinatra-tests") {
            findings.push(format!("{manifest} imports tests"));
        }
    }
    for (krate, forbidden) in FOREIGN {
        let manifest = format!("{krate}/Cargo.toml");
        let names = dependencies(&manifest, |section| section != "dev-dependencies");
        findings.extend(
            forbidden
                .iter()
                .filter(|f| names.contains(**f))
                .map(|f| format!("{manifest} imports {f}")),
        );
    }
    complain("arrows of docs/ARCHITECTURE.md", &findings);
}

#[test]
fn every_crate_of_the_workspace_is_in_the_table_of_arrows() {
    let root = tree::text("Cargo.toml");
    let members = root
        .lines()
        .find_map(|line| line.strip_prefix("members = "))
        .unwrap();
    let members: Vec<&str> = members
        .trim_matches(['[', ']'])
        .split(',')
        .map(|m| m.trim().trim_matches('"'))
        .collect();
    let known: Vec<&str> = ARROWS
        .iter()
        .map(|(krate, _)| *krate)
        .chain(["tests"])
        .collect();
    complain(
        "crates without a row in ARROWS",
        &members
            .iter()
            .filter(|m| !known.contains(m))
            .map(ToString::to_string)
            .collect::<Vec<_>>(),
    );
}

#[test]
fn the_event_store_knows_the_kernel_of_the_domain_and_no_noun() {
    let import = Regex::new(r"cinatra_domain::(\{|\w+)").unwrap();
    let mut findings = Vec::new();
    for file in tree::rust_files()
        .iter()
        .filter(|f| f.path.starts_with("eventstore/src/"))
    {
        let foreign = import
            .captures_iter(&file.text)
            .filter(|c| &c[1] != "kernel" && &c[1] != "events");
        findings.extend(foreign.map(|c| format!("{} imports {}", file.path, &c[0])));
    }
    complain("eventstore -> domain::kernel only", &findings);
}

#[test]
fn a_noun_has_the_same_name_in_every_crate() {
    let mut findings = Vec::new();
    let models = tree::folders("projections/src");
    for noun in tree::folders("domain/src")
        .iter()
        .filter(|n| *n != "kernel")
    {
        let question = QUESTIONS
            .iter()
            .find(|(of, _)| of == noun)
            .map_or(noun.as_str(), |(_, question)| question);
        let siblings = [
            vec![format!("domain/src/{noun}/mod.rs")],
            vec![format!("domain/fixtures/{noun}")],
            vec![
                format!("commands/src/{noun}.rs"),
                format!("commands/src/{noun}/mod.rs"),
            ],
            vec![
                format!("api/src/primitive/{noun}.rs"),
                format!("api/src/primitive/{noun}/mod.rs"),
            ],
            vec![
                format!("tests/tests/it/{noun}.rs"),
                format!("tests/tests/it/{noun}/mod.rs"),
            ],
        ];
        for places in siblings {
            let missing = !places.iter().any(|place| tree::exists(place));
            if missing
                && !EXEMPT
                    .iter()
                    .any(|(path, _)| places.iter().any(|p| p == path))
            {
                findings.push(format!("{noun}: no {}", places[0]));
            }
        }
        if !models
            .iter()
            .any(|model| model == question || model.starts_with(&format!("{noun}_")))
        {
            findings.push(format!("{noun}: no projections/src/{noun}_<question>"));
        }
    }
    complain("symmetry of docs/ADDING.md", &findings);
}

#[test]
fn exemptions_are_still_needed_and_have_a_reason() {
    let needless = EXEMPT
        .iter()
        .filter(|(path, reason)| tree::exists(path) || reason.len() < 20);
    complain(
        "EXEMPT",
        &needless
            .map(|(path, _)| path.to_string())
            .collect::<Vec<_>>(),
    );
}

#[test]
fn every_wire_name_has_a_frozen_fixture() {
    let mut findings = Vec::new();
    for name in cinatra_domain::wire_names() {
        let noun = name.split('.').next().unwrap();
        let place = format!("domain/fixtures/{noun}/{name}.json");
        if !tree::exists(&place) {
            findings.push(format!("no {place}"));
        }
    }
    complain("fixtures", &findings);
}

#[test]
fn sql_stands_in_files_of_its_own() {
    let statement = Regex::new(
        r"(?is)^\s*(select\s.+\sfrom\s|select\s+[a-z_]+\(|insert\s+into\s|update\s+\S+\s+set\s|delete\s+from\s|truncate\s+(table\s|[a-z_]+\s*$)|with\s+[a-z_]+\s+as\s*\(|(create|alter|drop)\s+(table|schema|database|role|user|index|unique|trigger|function|extension|view|type)\s|grant\s.+\s(to|on)\s|revoke\s.+\sfrom\s)",
    )
    .unwrap();
    let mut findings = Vec::new();
    for file in tree::rust_files() {
        for (line, literal) in tree::string_literals(&file.text) {
            if statement.is_match(&literal) {
                let start: String = literal
                    .split_whitespace()
                    .take(6)
                    .collect::<Vec<_>>()
                    .join(" ");
                findings.push(format!("{}:{line}: {start}", file.path));
            }
        }
    }
    complain(
        "SQL in Rust (put one statement into <crate>/src/**/sql/<verb_noun>.sql)",
        &findings,
    );
}

#[test]
fn there_is_one_integration_test_binary() {
    let stray = tree::rust_files().into_iter().map(|file| file.path);
    // Beside a crate's `src`; a folder of that name within it holds a module's own tests.
    let is_binary = |path: &String| path.split('/').nth(1) == Some("tests");
    let stray = stray.filter(|path| is_binary(path) && !path.starts_with("tests/tests/it/"));
    complain(
        "every further test binary links the world again",
        &stray.collect::<Vec<_>>(),
    );
}

#[test]
fn paths_use_words_that_mean_something() {
    let mut findings = Vec::new();
    for File { path, .. } in tree::files() {
        // A service account is the field's word for a program with a credential of its own.
        let told = path.replace("service_account", "account");
        let words = told.split(['/', '_', '-', '.']);
        findings.extend(
            words
                .filter(|w| EMPTY_WORDS.contains(w))
                .map(|w| format!("{path} ({w})")),
        );
    }
    complain("names that say nothing", &findings);
}

#[test]
fn nothing_names_a_registry_host_or_this_machine() {
    let host = |parts: &[&str]| parts.join(".");
    let hosts = [
        host(&["registry", "npmjs", "org"]),
        host(&["registry", "yarnpkg", "com"]),
        host(&["pypi", "org"]),
        host(&["index", "crates", "io"]),
    ];
    // Homebrew's folder on Linux, /home/linuxbrew, is no machine's own.
    let place = Regex::new(r"(^|[^\w.])/(work|farm|root|home/[a-km-z]\w*)/[\w.]").unwrap();
    let mut findings = Vec::new();
    for file in tree::files().iter().filter(|f| f.path != "Cargo.lock") {
        findings.extend(
            hosts
                .iter()
                .filter(|h| file.text.contains(*h))
                .map(|h| format!("{}: {h}", file.path)),
        );
        for (index, line) in file
            .text
            .lines()
            .enumerate()
            .filter(|(_, line)| place.is_match(line))
        {
            findings.push(format!("{}:{}: {}", file.path, index + 1, line.trim()));
        }
        if file.path.ends_with("package-lock.json") && file.text.contains("\"resolved\"") {
            findings.push(format!(
                "{}: made without --omit-lockfile-registry-resolved",
                file.path
            ));
        }
    }
    complain("hosts and paths", &findings);
}

#[test]
fn decisions_are_indexed_numbered_and_short() {
    let index = tree::text("docs/adr/README.md");
    let name = Regex::new(r"^docs/adr/(\d{4})-[a-z0-9-]+\.md$").unwrap();
    let (mut findings, mut numbers) = (Vec::new(), BTreeMap::new());
    for file in tree::files()
        .iter()
        .filter(|f| f.path.starts_with("docs/adr/") && f.path != "docs/adr/README.md")
    {
        let Some(parts) = name.captures(&file.path) else {
            findings.push(format!("{} is not NNNN-title.md", file.path));
            continue;
        };
        if let Some(other) = numbers.insert(parts[1].to_owned(), file.path.clone()) {
            findings.push(format!("{} has the number of {other}", file.path));
        }
        let short = file.path.trim_start_matches("docs/adr/");
        if !index.contains(short) {
            findings.push(format!("docs/adr/README.md does not list {short}"));
        }
        if file.lines() > 80 {
            findings.push(format!(
                "{} has {} lines, at most 80",
                file.path,
                file.lines()
            ));
        }
    }
    if numbers.is_empty() {
        findings.push("docs/adr/ holds no decision".to_owned());
    }
    complain("docs/adr", &findings);
}

#[test]
fn links_between_documents_lead_somewhere() {
    let link = Regex::new(r"\]\(([^)#\s]+)(#[^)]*)?\)").unwrap();
    let mut findings = Vec::new();
    for file in tree::files().iter().filter(|f| f.is("md")) {
        let folder = file.path.rsplit_once('/').map_or(".", |(folder, _)| folder);
        for target in link.captures_iter(&file.text).map(|c| c[1].to_owned()) {
            let outside = target.contains("://") || target.starts_with("mailto:");
            if !outside && !tree::exists(&format!("{folder}/{target}")) {
                findings.push(format!("{} -> {target}", file.path));
            }
        }
    }
    complain("broken links", &findings);
}

#[test]
fn the_readme_is_short_and_the_first_documents_exist() {
    let lines = tree::text("README.md").lines().count();
    assert!(lines <= 120, "README.md has {lines} lines, at most 120");
    let wanted = [
        "README.md",
        "docs/ARCHITECTURE.md",
        "docs/ADDING.md",
        "docs/ERRORS.md",
        "docs/adr/README.md",
    ];
    complain(
        "missing",
        &wanted
            .iter()
            .filter(|w| !tree::exists(w))
            .map(ToString::to_string)
            .collect::<Vec<_>>(),
    );
}

#[test]
fn the_readme_lists_every_variable_that_is_read_and_no_other() {
    let variable = Regex::new(r"\b(CINATRA_[A-Z_]+|DATABASE_URL)\b").unwrap();
    let readme = tree::text("README.md");
    let told: BTreeSet<&str> = variable.find_iter(&readme).map(|m| m.as_str()).collect();
    let mut read = BTreeSet::new();
    let product = |f: &&File| f.path.contains("/src/") && !matches!(f.top(), "tests" | "domain");
    for file in tree::rust_files().iter().filter(product) {
        for (_, literal) in tree::string_literals(&file.text) {
            read.extend(
                variable
                    .find(&literal)
                    .filter(|m| m.len() == literal.len())
                    .map(|m| m.as_str().to_owned()),
            );
        }
    }
    let untold = read
        .iter()
        .filter(|name| !told.contains(name.as_str()))
        .map(|name| format!("README.md lacks {name}"));
    let unread = told
        .iter()
        .filter(|name| !read.contains(**name))
        .map(|name| format!("nothing reads {name}"));
    complain("variables", &untold.chain(unread).collect::<Vec<_>>());
}

#[test]
fn nothing_is_left_unfinished_or_skipped() {
    let stub = Regex::new(r"\b(todo|unimplemented)!\(|#\[ignore|assert!\(true\)").unwrap();
    let mut findings = Vec::new();
    for file in tree::rust_files()
        .iter()
        .filter(|f| f.path != "tests/tests/it/tidy.rs")
    {
        let lines = file
            .text
            .lines()
            .enumerate()
            .filter(|(_, line)| stub.is_match(line));
        findings.extend(
            lines.map(|(index, line)| format!("{}:{}: {}", file.path, index + 1, line.trim())),
        );
    }
    complain("unfinished", &findings);
}

/// Sizes are aims: this prints what is longest, and fails only where a file has become several.
#[test]
fn files_stay_readable() {
    let mut sizes: Vec<_> = tree::rust_files()
        .iter()
        .map(|f| (f.lines(), f.path.clone()))
        .collect();
    sizes.sort_unstable_by(|a, b| b.cmp(a));
    for (lines, path) in sizes.iter().take_while(|(lines, _)| *lines > 400) {
        say(format!("{lines:5} {path}"));
    }
    let several = sizes.iter().take_while(|(lines, _)| *lines > 700);
    complain(
        "files over 700 lines",
        &several
            .map(|(lines, path)| format!("{lines} {path}"))
            .collect::<Vec<_>>(),
    );
}
