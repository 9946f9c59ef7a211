use std::io::Write as _;

use flate2::Compression;
use flate2::write::GzEncoder;
use tar::{EntryType, Header};

use cinatra_domain::kernel::Coded as _;

use super::*;

/// A tarball made entry by entry, with paths that a well-meant writer would refuse.
#[derive(Default)]
struct Tarball(Vec<u8>);

impl Tarball {
    fn entry(mut self, entry_type: EntryType, path: &[u8], content: &[u8]) -> Self {
        let mut header = Header::new_ustar();
        header.as_old_mut().name[..path.len()].copy_from_slice(path);
        header.set_entry_type(entry_type);
        header.set_mode(0o644);
        header.set_size(content.len().try_into().unwrap());
        header.set_cksum();
        self.0.extend_from_slice(header.as_bytes());
        self.0.extend_from_slice(content);
        self.0.resize(self.0.len().next_multiple_of(512), 0);
        self
    }

    fn file(self, path: &str, content: &str) -> Self {
        self.entry(EntryType::Regular, path.as_bytes(), content.as_bytes())
    }

    fn pax(self, entry_type: EntryType, key: &str, value: &str) -> Self {
        let body = format!(" {key}={value}\n");
        let length = (1..9).find(|digits| (body.len() + digits).to_string().len() == *digits);
        let record = format!("{}{body}", body.len() + length.unwrap());
        self.entry(entry_type, b"package/PaxHeader", record.as_bytes())
    }

    fn gzip(mut self) -> Vec<u8> {
        self.0.resize(self.0.len() + 1024, 0);
        gzip(&self.0)
    }

    fn read(self) -> Result<Archive, ArchiveError> {
        Archive::read(&self.gzip())
    }

    #[track_caller]
    fn breaks(self, rule: Rule, entry: &str) {
        let refused = self.read().unwrap_err();
        let entry = entry.to_owned();
        assert_eq!(refused, ArchiveError::Unsafe { rule, entry });
    }
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

fn good() -> Tarball {
    Tarball::default()
        .entry(EntryType::Directory, b"package/", b"")
        .file("package/package.json", "{}")
        .file("package/LICENSE", "Apache-2.0")
        .file("package/cinatra/oas.json", "[]")
        .file("package/skills/greet/SKILL.md", "# Greet")
        .file("package/skills/greet/picture.svg", "<svg/>")
}

#[track_caller]
fn is_corrupt(result: &Result<Archive, ArchiveError>) {
    assert!(
        matches!(result, Err(ArchiveError::Corrupt { .. })),
        "{result:?}"
    );
}

#[test]
fn a_package_is_read_below_its_wrapping_folder() {
    let archive = good().read().unwrap();
    let entries: Vec<_> = archive
        .entries()
        .iter()
        .map(|entry| (entry.path.as_str(), entry.size))
        .collect();
    assert_eq!(
        entries,
        [
            ("package.json", 2),
            ("LICENSE", 10),
            ("cinatra/oas.json", 2),
            ("skills/greet/SKILL.md", 7),
            ("skills/greet/picture.svg", 6),
        ]
    );
    let kept: Vec<_> = archive.files().map(|(path, _)| path).collect();
    assert_eq!(
        kept,
        ["cinatra/oas.json", "package.json", "skills/greet/SKILL.md"]
    );
    assert!(archive.contains("LICENSE"));
    assert_eq!(archive.file("package.json").unwrap(), "{}".as_bytes());
}

#[test]
fn exactly_one_component_is_stripped_whatever_its_name() {
    let archive = Tarball::default()
        .file("stray", "")
        .file("any-name/package/package.json", "1")
        .file("./any-name//./package.json", "2")
        .read()
        .unwrap();
    assert_eq!(archive.file("package.json").unwrap(), "2".as_bytes());
    assert!(archive.contains("package/package.json"));
    assert_eq!(archive.entries().len(), 2);
}

#[test]
fn paths_that_lead_elsewhere_are_refused() {
    for (path, rule) in [
        ("/etc/passwd", Rule::AbsolutePath),
        ("C:/windows", Rule::AbsolutePath),
        ("package/../../etc/passwd", Rule::ParentPath),
        ("..", Rule::ParentPath),
        ("package\\..\\evil", Rule::Backslash),
    ] {
        good().file(path, "x").breaks(rule, path);
    }
}

#[test]
fn names_that_file_systems_read_differently_are_refused() {
    let not_utf8 = good().entry(EntryType::Regular, b"package/\xff", b"");
    not_utf8.breaks(Rule::NotUtf8, "package/\u{fffd}");
    let nul = good()
        .pax(EntryType::XHeader, "path", "package/a\0b")
        .file("package/a", "");
    nul.breaks(Rule::Nul, "package/a\0b");
    let long = format!("package/{}", "x".repeat(1024));
    let too_long = good()
        .entry(EntryType::GNULongName, b"././@LongLink", long.as_bytes())
        .file("package/x", "");
    too_long.breaks(Rule::PathLength, &long[..200]);
}

#[test]
fn whatever_is_neither_file_nor_folder_is_refused() {
    for (entry_type, rule) in [
        (EntryType::Symlink, Rule::Symlink),
        (EntryType::Link, Rule::Hardlink),
        (EntryType::Char, Rule::Device),
        (EntryType::Block, Rule::Device),
        (EntryType::Fifo, Rule::Fifo),
        (EntryType::GNUSparse, Rule::Sparse),
        (EntryType::new(b'V'), Rule::EntryType),
    ] {
        let archive = good().entry(entry_type, b"package/odd", b"");
        archive.breaks(rule, "package/odd");
    }
}

#[test]
fn two_entries_of_one_place_are_refused() {
    good()
        .file("package/package.json", "{}")
        .breaks(Rule::Duplicate, "package.json");
    good()
        .file("other/package.json", "{}")
        .breaks(Rule::Duplicate, "package.json");
    good()
        .file("package/LICENSE/text", "")
        .breaks(Rule::Duplicate, "LICENSE");
    good()
        .file("package/skills", "")
        .breaks(Rule::Duplicate, "skills");
    let repeated_folder = good()
        .entry(EntryType::Directory, b"package/skills/", b"")
        .entry(EntryType::Directory, b"package/skills", b"");
    assert!(repeated_folder.read().is_ok());
}

#[test]
fn paths_that_differ_only_in_case_or_form_are_refused() {
    good()
        .file("package/license", "")
        .breaks(Rule::CaseTwin, "license");
    good()
        .file("package/Skills/other/SKILL.md", "")
        .breaks(Rule::CaseTwin, "Skills");
    Tarball::default()
        .file("package/stra\u{df}e", "")
        .file("package/STRASSE", "")
        .breaks(Rule::CaseTwin, "STRASSE");
    Tarball::default()
        .file("package/caf\u{e9}", "")
        .file("package/cafe\u{301}", "")
        .breaks(Rule::CaseTwin, "cafe\u{301}");
}

#[test]
fn depth_and_number_of_entries_are_bounded() {
    let path = format!("package{}", "/d".repeat(33));
    good().file(&path, "").breaks(Rule::Depth, &path);
    let deepest_allowed = format!("package{}", "/d".repeat(32));
    assert!(good().file(&deepest_allowed, "").read().is_ok());

    let many = (0..10_001).fold(Tarball::default(), |tarball, number| {
        tarball.file(&format!("package/{number}"), "")
    });
    many.breaks(Rule::EntryCount, "package/10000");
}

#[test]
fn a_gibibyte_of_zeros_stops_inflating_at_a_cap() {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    let mut header = Header::new_ustar();
    header.set_path("package/zeros").unwrap();
    header.set_size(1 << 30);
    header.set_cksum();
    encoder.write_all(header.as_bytes()).unwrap();
    let zeros = vec![0; 1 << 20];
    for _ in 0..1024 {
        encoder.write_all(&zeros).unwrap();
    }
    let bomb = encoder.finish().unwrap();
    assert!(bomb.len() < 8 << 20, "{} bytes", bomb.len());

    let refused = |limits: &Limits| Archive::read_within(&bomb, limits).unwrap_err();
    let broken = |rule| ArchiveError::Unsafe {
        rule,
        entry: String::new(),
    };
    let no_ratio = Limits {
        ratio_max: u64::MAX,
        ..Limits::default()
    };
    assert_eq!(refused(&no_ratio), broken(Rule::UnpackedBytes));
    let low_ratio = Limits {
        ratio_max: 20,
        ..Limits::default()
    };
    assert_eq!(refused(&low_ratio), broken(Rule::Ratio));
    assert_eq!(
        Archive::manifest_of(&bomb).unwrap_err().code(),
        "ARCHIVE_UNSAFE"
    );
}

#[test]
fn a_bomb_behind_the_end_of_the_tar_is_noticed() {
    let mut tar = good().0;
    tar.resize(tar.len() + (16 << 20), 0);
    let refused = Archive::read(&gzip(&tar)).unwrap_err();
    assert_eq!(
        refused,
        ArchiveError::Unsafe {
            rule: Rule::Ratio,
            entry: String::new()
        }
    );
}

#[test]
fn a_tarball_larger_than_the_cap_is_not_even_inflated() {
    let limits = Limits {
        compressed_bytes_max: 10,
        ..Limits::default()
    };
    let refused = Archive::read_within(&good().gzip(), &limits).unwrap_err();
    let rule = Rule::CompressedBytes;
    assert_eq!(
        refused,
        ArchiveError::Unsafe {
            rule,
            entry: String::new()
        }
    );
}

#[test]
fn large_files_are_listed_but_not_kept_and_a_large_manifest_is_refused() {
    let large = format!("{:?}", (0..200_000).collect::<Vec<u32>>());
    let archive = Tarball::default()
        .file("package/cinatra/oas.json", &large)
        .read()
        .unwrap();
    assert!(archive.contains("cinatra/oas.json"));
    assert_eq!(archive.file("cinatra/oas.json"), None);
    Tarball::default()
        .file("package/package.json", &large)
        .breaks(Rule::ManifestBytes, "package/package.json");
}

#[test]
fn long_names_are_read_in_both_dialects() {
    let long = format!("package/skills/{}/SKILL.md", "name-".repeat(40));
    let gnu = Tarball::default()
        .entry(
            EntryType::GNULongName,
            b"././@LongLink",
            format!("{long}\0").as_bytes(),
        )
        .file("package/skills/name", "gnu");
    let pax = Tarball::default()
        .pax(EntryType::XGlobalHeader, "comment", "0123abcd")
        .pax(EntryType::XHeader, "path", &long)
        .file("package/skills/name", "pax");
    for (tarball, content) in [(gnu, "gnu"), (pax, "pax")] {
        let archive = tarball.read().unwrap();
        let inner = long.strip_prefix("package/").unwrap();
        assert_eq!(archive.file(inner).unwrap(), content.as_bytes());
    }
}

#[test]
fn a_long_name_is_checked_like_a_short_one_and_counts_once() {
    good()
        .pax(EntryType::XHeader, "path", "package/../evil")
        .file("package/innocent", "")
        .breaks(Rule::ParentPath, "package/../evil");
    let archive = good()
        .pax(EntryType::XHeader, "path", "package/renamed")
        .file("package/a", "")
        .file("package/b", "")
        .read()
        .unwrap();
    assert!(archive.contains("renamed") && archive.contains("b"));
    assert!(!archive.contains("a"));
}

#[test]
fn extended_headers_that_readers_disagree_about_are_refused() {
    good()
        .pax(EntryType::XHeader, "size", "0")
        .file("package/a", "hidden")
        .breaks(Rule::ExtendedHeader, "package/a");
    good()
        .pax(EntryType::XHeader, "GNU.sparse.major", "1")
        .file("package/a", "")
        .breaks(Rule::Sparse, "");
    good()
        .pax(EntryType::XGlobalHeader, "path", "package/elsewhere")
        .breaks(Rule::ExtendedHeader, "path");
    good()
        .pax(EntryType::XHeader, "comment", &"x".repeat(70_000))
        .breaks(Rule::ExtendedHeader, "package/PaxHeader");
    // A line break inside a value does not begin another record.
    let archive = good()
        .pax(EntryType::XHeader, "comment", "\n17 path=package/b")
        .file("package/a", "")
        .read()
        .unwrap();
    assert!(archive.contains("a"));
}

#[test]
fn bytes_that_are_no_whole_gzip_of_a_tar_are_corrupt() {
    let whole = good().gzip();
    is_corrupt(&Archive::read(b""));
    is_corrupt(&Archive::read(b"PK\x03\x04"));
    is_corrupt(&Archive::read(&gzip(b"not a tar")));
    is_corrupt(&Archive::read(&gzip(&[b'x'; 2048])));
    for length in 1..whole.len() {
        is_corrupt(&Archive::read(&whole[..length]));
    }
    let mut wrong_checksum = whole.clone();
    let last = wrong_checksum.len() - 5;
    wrong_checksum[last] ^= 1;
    is_corrupt(&Archive::read(&wrong_checksum));
    let cut_tar = &good().0[..good().0.len() - 512];
    is_corrupt(&Archive::read(&gzip(cut_tar)));
}

#[test]
fn a_manifest_is_found_beside_what_would_be_refused() {
    let tarball = good().file("package/../evil", "").gzip();
    assert_eq!(
        Archive::manifest_of(&tarball).unwrap().unwrap(),
        "{}".as_bytes()
    );
    let without = Tarball::default().file("package/README.md", "").gzip();
    assert_eq!(Archive::manifest_of(&without), Ok(None));
}

#[test]
fn a_refusal_names_its_rule_and_entry() {
    let refused = good().file("/etc/passwd", "").read().unwrap_err();
    assert_eq!(refused.code(), "ARCHIVE_UNSAFE");
    assert_eq!(
        refused.details(),
        serde_json::json!({ "rule": "absolute_path", "entry": "/etc/passwd" })
    );
}
