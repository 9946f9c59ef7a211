//! The npm protocol's documents, read with distrust.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::Value;

use super::address::Base;
use crate::gateway::registry::{Packument, RegistryError, VersionEntry};

pub(super) const NOT_JSON: &str = "not the JSON that the npm protocol promises";
pub(super) const TARBALL_ELSEWHERE: &str = "its tarball is outside the registry";

#[derive(Deserialize)]
struct WirePackument {
    name: String,
    #[serde(rename = "dist-tags", default)]
    dist_tags: BTreeMap<String, String>,
    #[serde(default)]
    versions: BTreeMap<String, Value>,
}

/// Reads a packument. A version that makes no sense is set aside; a document that makes none is an error.
pub(super) fn packument(body: &[u8], asked: &str, base: &Base) -> Result<Packument, String> {
    let wire: WirePackument = serde_json::from_slice(body).map_err(|_| NOT_JSON.to_owned())?;
    if wire.name != asked {
        return Err("it is about another package".to_owned());
    }
    let mut packument = Packument {
        name: wire.name,
        dist_tags: wire.dist_tags,
        ..Packument::default()
    };
    for (version, manifest) in wire.versions {
        match entry(&packument.name, &version, manifest, base) {
            Ok(entry) => {
                packument.versions.insert(version, entry);
            }
            Err(reason) => {
                let unusable = RegistryError::UnexpectedResponse {
                    doing: format!("reading {asked}@{version}"),
                    reason: reason.to_owned(),
                };
                packument.unusable.insert(version, unusable);
            }
        }
    }
    Ok(packument)
}

fn entry(
    name: &str,
    version: &str,
    manifest: Value,
    base: &Base,
) -> Result<VersionEntry, &'static str> {
    if manifest["name"] != name || manifest["version"] != version {
        return Err("its manifest is another version's");
    }
    let advertised = manifest["dist"]["tarball"]
        .as_str()
        .ok_or("it has no tarball")?;
    let locator = base.tarball(advertised, name).ok_or(TARBALL_ELSEWHERE)?;
    Ok(VersionEntry {
        name: name.to_owned(),
        version: version.to_owned(),
        integrity: manifest["dist"]["integrity"].as_str().map(str::to_owned),
        locator: locator.into(),
        deprecated: deprecated(&manifest),
        manifest,
    })
}

/// An empty notice takes a deprecation back.
pub(super) fn deprecated(manifest: &Value) -> Option<String> {
    let notice = manifest["deprecated"].as_str()?;
    (!notice.is_empty()).then(|| notice.to_owned())
}

/// One page of search results.
#[derive(Debug, Deserialize)]
pub(super) struct Page {
    #[serde(default)]
    pub(super) objects: Vec<Object>,
}

/// One result; its `package` has a name, a version and some of the manifest.
#[derive(Debug, Deserialize)]
pub(super) struct Object {
    pub(super) package: Value,
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    const NAME: &str = "@cinatra-ai/greet-agent";

    fn read(body: &Value) -> Result<Packument, String> {
        let base = Base::parse("http://localhost:4873").unwrap();
        packument(&serde_json::to_vec(body).unwrap(), NAME, &base)
    }

    fn version(version: &str, dist: &Value) -> Value {
        json!({ "name": NAME, "version": version, "cinatra": { "kind": "agent" }, "dist": dist })
    }

    #[test]
    fn a_packument_keeps_manifests_and_sets_odd_versions_aside() {
        let tarball = format!("http://localhost:4873/{NAME}/-/greet-agent-1.0.0.tgz");
        let dist = json!({ "tarball": tarball, "integrity": "sha512-x" });
        let mut old = version("0.9.0", &dist);
        old["deprecated"] = json!("use 1.0.0");
        let mut forgiven = version("0.9.1", &json!({ "tarball": tarball }));
        forgiven["deprecated"] = json!("");
        let elsewhere = json!({ "tarball": "http://evil.example/x.tgz" });
        let read = read(&json!({
            "name": NAME,
            "dist-tags": { "latest": "1.0.0" },
            "versions": {
                "1.0.0": version("1.0.0", &dist),
                "0.9.0": old,
                "0.9.1": forgiven,
                "2.0.0": version("1.0.0", &dist),
                "3.0.0": version("3.0.0", &json!({})),
                "4.0.0": version("4.0.0", &elsewhere),
                "5.0.0": "not a manifest",
            },
        }))
        .unwrap();
        let usable: Vec<_> = read.versions.keys().map(String::as_str).collect();
        assert_eq!(usable, ["0.9.0", "0.9.1", "1.0.0"]);
        let unusable: Vec<_> = read.unusable.keys().map(String::as_str).collect();
        assert_eq!(unusable, ["2.0.0", "3.0.0", "4.0.0", "5.0.0"]);
        let latest = read.latest().unwrap();
        assert_eq!(latest.manifest["cinatra"]["kind"], "agent");
        assert_eq!(latest.integrity.as_deref(), Some("sha512-x"));
        assert_eq!(latest.locator, tarball);
        assert_eq!(latest.deprecated, None);
        let notice = read.versions["0.9.0"].deprecated.as_deref();
        assert_eq!(notice, Some("use 1.0.0"));
        assert_eq!(read.versions["0.9.1"].deprecated, None);
        assert_eq!(read.versions["0.9.1"].integrity, None);
    }

    #[test]
    fn a_document_about_something_else_is_refused() {
        for body in [
            json!([]),
            json!({}),
            json!({ "name": "@cinatra-ai/other-agent" }),
        ] {
            assert!(read(&body).is_err(), "{body}");
        }
    }
}
