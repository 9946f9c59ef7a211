//! Extension packages to publish: made up, or packed from a folder.

use std::collections::BTreeMap;
use std::path::Path;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use serde_json::{Value, json};
use sha2::{Digest as _, Sha512};

use crate::archive::Archive;
use crate::{Outcome, fault};

/// A made-up package. Defaults are a conforming skill; take away or add only what a test is about.
#[derive(Clone, Debug)]
pub struct Package {
    /// `package.json`, to change at will.
    pub manifest: Value,
    files: BTreeMap<String, Vec<u8>>,
}

impl Package {
    /// A skill package that depends on nothing.
    pub fn skill(name: &str, version: &str) -> Self {
        let slug = name.rsplit('/').next().unwrap_or(name);
        let skill = format!("---\nname: {slug}\ndescription: Says hello.\n---\n\nSay hello.\n");
        let manifest = json!({
            "name": name,
            "version": version,
            "license": "Apache-2.0",
            "description": "A package made for a test.",
            "cinatra": {
                "apiVersion": "cinatra.ai/v1",
                "kind": "skill",
                "displayName": slug,
                "dependencies": [],
            },
        });
        Self {
            manifest,
            files: BTreeMap::new(),
        }
        .with_file(&format!("skills/{slug}/SKILL.md"), skill.as_bytes())
    }

    /// Adds a required runtime edge to another skill.
    #[must_use]
    pub fn needs(self, name: &str, range: &str) -> Self {
        self.edge(json!({
            "packageName": name,
            "kind": "skill",
            "edgeType": "runtime",
            "versionConstraint": { "kind": "semver-range", "range": range },
            "requirement": "required",
        }))
    }

    /// Adds an edge as the manifest spells it.
    #[must_use]
    pub fn edge(mut self, edge: Value) -> Self {
        if let Some(edges) = self.manifest["cinatra"]["dependencies"].as_array_mut() {
            edges.push(edge);
        }
        self
    }

    /// Adds a file, path without the `package/` prefix.
    #[must_use]
    pub fn with_file(mut self, path: &str, bytes: &[u8]) -> Self {
        self.files.insert(path.to_owned(), bytes.to_vec());
        self
    }

    /// Sets a field of the `cinatra` block.
    #[must_use]
    pub fn with(mut self, field: &str, value: Value) -> Self {
        self.manifest["cinatra"][field] = value;
        self
    }

    /// The archive as npm would make it, still open for more entries.
    pub fn archive(&self) -> Archive {
        let manifest = format!("{:#}\n", self.manifest);
        let start = Archive::new().file("package/package.json", manifest.as_bytes());
        self.files.iter().fold(start, |archive, (path, bytes)| {
            archive.file(&format!("package/{path}"), bytes)
        })
    }

    /// Packs it.
    pub fn pack(&self) -> Outcome<Packed> {
        self.packed_as(self.archive().gzip()?)
    }

    /// The same manifest, announced with other bytes.
    pub fn packed_as(&self, tarball: Vec<u8>) -> Outcome<Packed> {
        Packed::new(self.manifest.clone(), tarball)
    }
}

/// A package as a registry takes it.
#[derive(Clone, Debug)]
pub struct Packed {
    /// npm name.
    pub name: String,
    /// Exact version.
    pub version: String,
    /// `package.json`.
    pub manifest: Value,
    /// The gzipped tar.
    pub tarball: Vec<u8>,
    /// Subresource integrity that will be announced; of the tarball unless a test changes it.
    pub integrity: String,
}

impl Packed {
    fn new(manifest: Value, tarball: Vec<u8>) -> Outcome<Self> {
        let text = |field: &str| match manifest[field].as_str() {
            Some(text) if !text.is_empty() => Ok(text.to_owned()),
            Some(_) | None => Err(fault(format!("package.json has no usable {field}"))),
        };
        Ok(Self {
            name: text("name")?,
            version: text("version")?,
            integrity: integrity(&tarball),
            manifest,
            tarball,
        })
    }

    /// Packs everything in a folder except links, `node_modules` and what begins with a dot at its top.
    /// No script of the package runs.
    pub fn folder(folder: &Path) -> Outcome<Self> {
        let bytes = std::fs::read(folder.join("package.json"))
            .map_err(|e| fault(format!("package.json cannot be read: {e}")))?;
        // npm reads past a byte order mark.
        let text = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(&bytes);
        let manifest: Value = serde_json::from_slice(text)
            .map_err(|e| fault(format!("package.json is not JSON: {e}")))?;
        let mut files = Vec::new();
        collect(folder, "", &mut files)?;
        files.sort();
        let mut archive = Archive::new();
        for path in files {
            archive = archive.file(
                &format!("package/{path}"),
                &std::fs::read(folder.join(&path))?,
            );
        }
        Self::new(manifest, archive.gzip()?)
    }

    /// File name of the tarball, as npm gives it to a scoped package.
    pub fn file_name(&self) -> String {
        let flat = self.name.trim_start_matches('@').replace('/', "-");
        format!("{flat}-{}.tgz", self.version)
    }

    /// The body that `npm publish` sends.
    pub fn publish_body(&self) -> Value {
        let attachment = format!("{}-{}.tgz", self.name, self.version);
        let mut manifest = self.manifest.clone();
        manifest["_id"] = json!(format!("{}@{}", self.name, self.version));
        manifest["dist"] = json!({
            "integrity": self.integrity,
            "tarball": format!("http://localhost/{}/-/{attachment}", self.name),
        });
        json!({
            "_id": self.name,
            "name": self.name,
            "dist-tags": { "latest": self.version },
            "versions": { self.version.clone(): manifest },
            "_attachments": { attachment: {
                "content_type": "application/octet-stream",
                "data": BASE64.encode(&self.tarball),
                "length": self.tarball.len(),
            }},
        })
    }
}

/// Subresource integrity of some bytes.
pub fn integrity(bytes: &[u8]) -> String {
    format!("sha512-{}", BASE64.encode(Sha512::digest(bytes)))
}

fn collect(root: &Path, under: &str, files: &mut Vec<String>) -> Outcome<()> {
    for entry in std::fs::read_dir(root.join(under))? {
        let entry = entry?;
        let name = entry
            .file_name()
            .into_string()
            .map_err(|n| fault(format!("the name {} is not UTF-8", n.display())))?;
        let hidden = under.is_empty() && name.starts_with('.') && !name.starts_with(".cinatra");
        let kind = entry.file_type()?;
        let path = if under.is_empty() {
            name.clone()
        } else {
            format!("{under}/{name}")
        };
        if hidden || name == "node_modules" || kind.is_symlink() {
            continue;
        }
        if kind.is_dir() {
            collect(root, &path, files)?;
        } else if kind.is_file() {
            files.push(path);
        }
    }
    Ok(())
}
