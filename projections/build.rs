//! Computes each read model's code hash: blake3 over its folder's `.rs` and `.sql` files, tests excepted.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::{env, error, fs, io};

fn main() -> Result<(), Box<dyn error::Error>> {
    println!("cargo:rerun-if-changed=src");
    let mut table = String::from("&[\n");
    for folder in sorted(Path::new("src"))?
        .iter()
        .filter(|path| path.join("schema.sql").is_file())
    {
        let name = folder.file_name().ok_or("a folder without a name")?;
        let hash = code_hash(folder)?;
        let bytes = hash.as_bytes();
        writeln!(table, "    (\"{}\", {bytes:?}),", name.display())?;
    }
    table.push_str("]\n");
    fs::write(
        PathBuf::from(env::var("OUT_DIR")?).join("code_hashes.rs"),
        table,
    )?;
    Ok(())
}

/// Names and lengths are hashed too, so that moving a line from one file to the next is a change.
fn code_hash(folder: &Path) -> io::Result<blake3::Hash> {
    let mut files = Vec::new();
    collect(folder, &mut files)?;
    let mut hasher = blake3::Hasher::new();
    for file in files {
        let text = fs::read(&file)?;
        let name = file.strip_prefix(folder).unwrap_or(&file);
        hasher.update(name.display().to_string().as_bytes());
        hasher.update(&[0]);
        hasher.update(text.len().to_string().as_bytes());
        hasher.update(&[0]);
        hasher.update(&text);
    }
    Ok(hasher.finalize())
}

fn collect(folder: &Path, files: &mut Vec<PathBuf>) -> io::Result<()> {
    for path in sorted(folder)? {
        if path.is_dir() {
            collect(&path, files)?;
        } else if is_code(&path) {
            files.push(path);
        }
    }
    Ok(())
}

fn is_code(path: &Path) -> bool {
    let is_test = path
        .file_stem()
        .is_some_and(|stem| stem == "tests" || stem.to_string_lossy().ends_with("_test"));
    let has_code_extension = path
        .extension()
        .is_some_and(|extension| extension == "rs" || extension == "sql");
    has_code_extension && !is_test
}

fn sorted(folder: &Path) -> io::Result<Vec<PathBuf>> {
    let mut paths = fs::read_dir(folder)?
        .map(|entry| entry.map(|entry| entry.path()))
        .collect::<io::Result<Vec<_>>>()?;
    paths.sort();
    Ok(paths)
}
