//! What is read of a package's skills, hostile ones included.

use proptest::prelude::*;
use serde_json::json;

use super::*;
use crate::extension::SkillsIndexed;
use crate::kernel::Body;

fn indexed(files: &[(&str, &[u8])]) -> SkillIndex {
    let package = PackageName::parse("@acme/mail-skills").unwrap();
    let files = Files::new([], files.iter().copied());
    index_skills(&package, &files, |bytes| format!("{:064x}", bytes.len()))
}

/// The one skill of a package, or the code for leaving it out.
fn one(content: impl AsRef<[u8]>) -> Result<IndexedSkill, String> {
    let SkillIndex { skills, warnings } = indexed(&[("skills/a/SKILL.md", content.as_ref())]);
    match (skills.into_iter().next(), warnings.into_iter().next()) {
        (Some(skill), None) => Ok(skill),
        (None, Some(warning)) => Err(warning.code),
        other => panic!("{other:?}"),
    }
}

fn described(content: &str) -> String {
    one(content).unwrap().description.unwrap()
}

fn codes(index: &SkillIndex) -> Vec<&str> {
    index.warnings.iter().map(|w| w.code.as_str()).collect()
}

fn called(name: &str) -> Vec<u8> {
    format!("---\nname: {name}\n---\n").into_bytes()
}

#[test]
fn a_skill_is_indexed_as_its_front_matter_describes_it() {
    let content =
        "---\nname: write-mail\ndescription: Writes mail.\nmatch_when:\n  - always\n---\nBody.\n";
    assert_eq!(
        one(content).unwrap(),
        IndexedSkill {
            name: "write-mail".to_owned(),
            description: Some("Writes mail.".to_owned()),
            path: "skills/a/SKILL.md".to_owned(),
            content_sha256: format!("{:064x}", content.len()),
        }
    );
    assert_eq!(one("---\nname: a\n---").unwrap().description, None);
    assert_eq!(
        one("---\nname: a\ndescription: ' '\n---")
            .unwrap()
            .description,
        None
    );
}

#[test]
fn front_matter_is_yaml_however_it_is_written() {
    let text = "Use \"it\" when: always.";
    for yaml in [
        "description: 'Use \"it\" when: always.'",
        r#"description: "Use \"it\" when: always.""#,
        "description: >-\n  Use \"it\"\n  when: always.",
        "description: |\n  Use \"it\"\n  when: always.\n",
        "description: 'Use \"it\"\n\n  when: always.'",
        "metadata:\n  description: not this one # nor this\n  list: [a, b]\ndescription: 'Use \"it\" when: always.' # yes",
    ] {
        let content = format!("---\nname: a\n{yaml}\n---\n");
        assert_eq!(described(&content), text, "{yaml}");
        assert_eq!(described(&content.replace('\n', "\r\n")), text, "{yaml}");
        assert_eq!(described(&format!("\u{feff}{content}")), text, "{yaml}");
    }
    assert_eq!(one("---  \nname: \"a-1\"\n--- \n").unwrap().name, "a-1");
    assert_eq!(
        one("---\n# comment\nname: 2026\n---\n").unwrap().name,
        "2026"
    );
}

#[test]
fn without_front_matter_that_has_a_name_there_is_no_skill() {
    for content in [
        "",
        "# a",
        "\n---\nname: a\n---\n",
        "---\nname: a\n",
        "---\n---\nname: a",
        "---\n# nothing\n---\n",
        "---\ndescription: a\n---\nname: a",
        "---\nname:\n---",
        "---\nname: ''\n---",
        "---\rname: a\r---\r",
    ] {
        assert_eq!(
            one(content),
            Err("SKILL_FRONT_MATTER".to_owned()),
            "{content:?}"
        );
    }
}

#[test]
fn what_cannot_be_read_is_left_out() {
    let bomb = (1..40).fold("---\na0: &a0 [x]\n".to_owned(), |text, n| {
        let before = format!("*a{}", n - 1);
        let list = [before.as_str(); 9].join(", ");
        format!("{text}a{n}: &a{n} [{list}]\n")
    });
    let deep = "[".repeat(10_000);
    let long = "x".repeat(40_000);
    for content in [
        b"---\nname: \xff\n---\n".to_vec(),
        b"\xff\xfe-\0-\0-\0".to_vec(),
        b"---\nname: [a]\n---\n".to_vec(),
        b"---\nname: {a: b}\n---\n".to_vec(),
        b"---\nname: a\nname: b\n---\n".to_vec(),
        b"---\nname: 'a\n---\n".to_vec(),
        b"---\nname: a\n\tx: y\n---\n".to_vec(),
        b"---\njust a text\n---\n".to_vec(),
        b"---\nname: *nobody\n---\n".to_vec(),
        format!("{bomb}name: a\n---\n").into_bytes(),
        format!("---\nname: a\nx: {deep}\n---\n").into_bytes(),
        format!("---\nname: a\nx: {long}\n---\n").into_bytes(),
    ] {
        let shown = String::from_utf8_lossy(&content[..content.len().min(60)]).into_owned();
        assert_eq!(
            one(content),
            Err("SKILL_UNREADABLE".to_owned()),
            "{shown:?}"
        );
    }
}

#[test]
fn a_file_that_was_too_large_to_be_kept_is_left_out() {
    let package = PackageName::parse("@acme/mail-skills").unwrap();
    let small = called("small");
    let files = Files::new(
        ["skills/huge/SKILL.md"],
        [("skills/small/SKILL.md", &small[..])],
    );
    let index = index_skills(&package, &files, |_| String::new());
    assert_eq!(codes(&index), ["SKILL_UNREADABLE"]);
    assert_eq!(index.skills.len(), 1);
}

#[test]
fn a_name_has_a_grammar() {
    let longest = "a".repeat(SKILL_NAME_CHARS_MAX);
    assert_eq!(one(called(&longest)).unwrap().name, longest);
    for name in [
        "Write",
        "write mail",
        "write_mail",
        "-write",
        "write-",
        "write--mail",
        "../write",
        "émile",
        "\"a\\0b\"",
        &"a".repeat(SKILL_NAME_CHARS_MAX + 1),
    ] {
        assert_eq!(
            one(called(name)),
            Err("SKILL_NAME_FORM".to_owned()),
            "{name:?}"
        );
    }
}

#[test]
fn nul_and_other_control_characters_are_not_kept() {
    let content = "---\nname: a\ndescription: \"a\\0b\\ec\\td\\ne\"\n---\n\0body";
    assert_eq!(described(content), "abc d e");
    let raw = one("---\nname: a\ndescription: a\0b\n---\n");
    assert!(raw.is_err_and(|code| code == "SKILL_UNREADABLE"));
}

#[test]
fn of_two_skills_with_one_name_the_first_by_path_counts() {
    let (same, other) = (called("same"), called("other"));
    let index = indexed(&[
        ("skills/b/SKILL.md", &same),
        ("skills/a/SKILL.md", &same),
        ("skills/c/SKILL.md", &other),
    ]);
    let paths: Vec<&str> = index.skills.iter().map(|s| s.path.as_str()).collect();
    assert_eq!(paths, ["skills/a/SKILL.md", "skills/c/SKILL.md"]);
    assert_eq!(codes(&index), ["SKILL_NAME_DUPLICATE"]);
}

#[test]
fn a_skill_lies_in_a_folder_of_skills() {
    let content = called("a");
    let long = format!("skills/{}/SKILL.md", "a".repeat(PATH_BYTES_MAX));
    let index = indexed(&[
        ("SKILL.md", &content),
        ("skills/SKILL.md", &content),
        ("skills/a/b/SKILL.md", &content),
        ("skills/a/skill.md", &content),
        ("skills/a/references/SKILL.md", &content),
        ("cinatra/skills/a/SKILL.md", &content),
    ]);
    assert_eq!(index, SkillIndex::default());
    assert_eq!(codes(&indexed(&[(&long, &content)])), ["SKILL_UNREADABLE"]);
}

#[test]
fn a_package_has_so_many_skills_and_no_more() {
    let files: Vec<(String, Vec<u8>)> = (0..SKILLS_MAX + 3)
        .map(|n| {
            (
                format!("skills/s{n:03}/SKILL.md"),
                called(&format!("s{n:03}")),
            )
        })
        .collect();
    let files: Vec<(&str, &[u8])> = files.iter().map(|(p, c)| (p.as_str(), &c[..])).collect();
    let index = indexed(&files);
    assert_eq!(index.skills.len(), SKILLS_MAX);
    assert_eq!(codes(&index), ["SKILL_LIMIT"]);
    assert_eq!(index.skills[SKILLS_MAX - 1].name, "s199");
}

#[test]
fn a_long_description_is_cut() {
    let longest = "é".repeat(DESCRIPTION_CHARS_MAX);
    let content = |text: &str| format!("---\nname: a\ndescription: {text}\n---\n");
    assert_eq!(described(&content(&longest)), longest);
    let index = indexed(&[(
        "skills/a/SKILL.md",
        content(&format!("{longest}é")).as_bytes(),
    )]);
    let kept = index.skills[0].description.as_deref().unwrap();
    assert_eq!(kept.chars().count(), DESCRIPTION_CHARS_MAX);
    assert!(kept.ends_with('…'));
    assert_eq!(codes(&index), ["SKILL_DESCRIPTION_CUT"]);
}

#[test]
fn short_descriptions_leave_their_room_to_long_ones() {
    let text = "x".repeat(DESCRIPTION_CHARS_MAX);
    let skill = |n: usize, text: &str| IndexedSkill {
        name: format!("s{n}"),
        description: Some(text.to_owned()),
        path: format!("skills/s{n}/SKILL.md"),
        content_sha256: "0".repeat(64),
    };
    let mut some: Vec<_> = (0..200)
        .map(|n| skill(n, if n < 30 { &text } else { "short" }))
        .collect();
    assert!(!fit::shorten(&mut some));
    let mut many: Vec<_> = (0..200)
        .map(|n| skill(n, if n < 100 { &text } else { "short" }))
        .collect();
    assert!(fit::shorten(&mut many));
    assert_eq!(many[150], skill(150, "short"));
    let kept = many[0].description.as_ref().unwrap().len();
    assert!((300..DESCRIPTION_CHARS_MAX).contains(&kept), "{kept}");
}

proptest! {
    #[test]
    fn an_index_fits_into_an_event(lengths in proptest::collection::vec(0..1_200_usize, 0..=SKILLS_MAX)) {
        let mut skills: Vec<_> = lengths
            .into_iter()
            .enumerate()
            .map(|(n, length)| IndexedSkill {
                name: format!("{n:0>SKILL_NAME_CHARS_MAX$}"),
                description: (length > 0).then(|| "\u{1f34b}".repeat(length)),
                path: format!("{n:0>PATH_BYTES_MAX$}"),
                content_sha256: "0".repeat(64),
            })
            .collect();
        fit::shorten(&mut skills);
        let event = crate::extension::ExtensionEvent::from(SkillsIndexed { skills });
        let packed = rmp_serde::to_vec_named(&Body(&event)).unwrap();
        prop_assert!(packed.len() < 64 * 1024, "{}", packed.len());
    }

    #[test]
    fn any_bytes_are_a_skill_or_a_warning(bytes in proptest::collection::vec(any::<u8>(), 0..300)) {
        let _ = one(&bytes);
        let _ = one([b"---\n".as_slice(), &bytes, b"\n---\n"].concat());
    }

    #[test]
    fn any_text_survives_as_a_description(text in "[ -~é🍋\n\t]{1,200}") {
        // JSON is YAML.
        let content = format!("---\nname: a\ndescription: {}\n---\n", json!(text));
        let kept = one(content).unwrap().description.unwrap_or_default();
        let words: Vec<&str> = text.split_whitespace().collect();
        prop_assert_eq!(kept, words.join(" "));
    }
}
