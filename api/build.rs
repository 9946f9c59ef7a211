//! Puts the sample packages into the binary: every file of every folder that holds a `package.json`.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::{env, error, fs, io};

fn main() -> Result<(), Box<dyn error::Error>> {
    println!("cargo:rerun-if-changed=samples");
    let manifest = PathBuf::from(env::var("CARGO_MANIFEST_DIR")?);
    let mut packages = Vec::new();
    find(&manifest.join("samples"), &mut packages)?;
    let mut table = String::from("&[\n");
    for package in packages {
        writeln!(table, "    &[")?;
        for file in files(&package)? {
            let path = file.strip_prefix(&package)?.display().to_string();
            let below = file.strip_prefix(&manifest)?.display();
            writeln!(
                table,
                "        ({path:?}, include_bytes!(concat!(env!(\"CARGO_MANIFEST_DIR\"), {:?}))),",
                format!("/{below}")
            )?;
        }
        writeln!(table, "    ],")?;
    }
    table.push_str("]\n");
    fs::write(
        PathBuf::from(env::var("OUT_DIR")?).join("samples.rs"),
        table,
    )?;
    Ok(())
}

fn find(folder: &Path, packages: &mut Vec<PathBuf>) -> io::Result<()> {
    if folder.join("package.json").is_file() {
        packages.push(folder.to_owned());
        return Ok(());
    }
    for path in sorted(folder)?.into_iter().filter(|path| path.is_dir()) {
        find(&path, packages)?;
    }
    Ok(())
}

fn files(folder: &Path) -> io::Result<Vec<PathBuf>> {
    let mut files = Vec::new();
    for path in sorted(folder)? {
        if path.is_dir() {
            files.extend(self::files(&path)?);
        } else {
            files.push(path);
        }
    }
    Ok(files)
}

fn sorted(folder: &Path) -> io::Result<Vec<PathBuf>> {
    let mut paths = fs::read_dir(folder)?
        .map(|entry| entry.map(|entry| entry.path()))
        .collect::<io::Result<Vec<_>>>()?;
    paths.sort();
    Ok(paths)
}
