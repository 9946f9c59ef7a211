//! Faults that a healthy registry cannot be made to show; the rest is tested against a real one.

use std::io::{BufRead as _, BufReader, Write as _};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;

use cinatra_domain::kernel::{Class, Coded as _};
use serde_json::json;

use super::*;
use crate::gateway::digest::digests;

const NAME: &str = "@cinatra-ai/greet-agent";
const PACKUMENT: &str = "/@cinatra-ai%2fgreet-agent";
const TARBALL: &str = "/@cinatra-ai/greet-agent/-/greet-agent-1.0.0.tgz";
const TOKEN: &str = "t0p-s3cret";

/// What the server does with one request.
enum Reply {
    Status(u16, Vec<u8>),
    Json(Value),
    RedirectTo(String),
    /// Announces more bytes than it sends.
    Truncated,
    /// Sends nothing for a while.
    Silence,
    /// Sends for ever, a little at a time.
    Endless,
}

/// A request as it arrived: its path, and its headers in lower case.
#[derive(Clone, Debug)]
struct Seen {
    path: String,
    headers: String,
}

impl Seen {
    fn has_token(&self) -> bool {
        self.headers
            .contains(&format!("authorization: bearer {TOKEN}"))
    }
}

struct Server {
    url: String,
    seen: Arc<Mutex<Vec<Seen>>>,
}

impl Server {
    fn start(answer: impl Fn(&str, usize) -> Reply + Send + Sync + 'static) -> Self {
        Self::start_with(|_| answer)
    }

    /// The answers are made for the server's own address.
    fn start_with<A>(make: impl FnOnce(&str) -> A) -> Self
    where
        A: Fn(&str, usize) -> Reply + Send + Sync + 'static,
    {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let seen = Arc::new(Mutex::new(Vec::new()));
        let answer = Arc::new(make(&url));
        let log = Arc::clone(&seen);
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let (answer, log) = (Arc::clone(&answer), Arc::clone(&log));
                thread::spawn(move || serve(&stream, &*answer, &log));
            }
        });
        Self { url, seen }
    }

    fn seen(&self) -> Vec<Seen> {
        self.seen.lock().unwrap().clone()
    }

    fn registry(&self) -> NpmRegistry {
        registry(&self.url)
    }
}

fn registry(url: &str) -> NpmRegistry {
    let patience = Patience {
        document: Duration::from_millis(600),
        tarball: Duration::from_millis(600),
        backoff: Duration::from_millis(5),
    };
    NpmRegistry::open_with(url, Some(&TOKEN.into()), patience).unwrap()
}

fn serve(stream: &TcpStream, answer: &dyn Fn(&str, usize) -> Reply, log: &Mutex<Vec<Seen>>) {
    let mut lines = BufReader::new(stream).lines().map_while(Result::ok);
    let Some(first) = lines.next() else { return };
    let path = first.split(' ').nth(1).unwrap_or_default().to_owned();
    let headers = lines
        .take_while(|line| !line.is_empty())
        .collect::<Vec<_>>()
        .join("\n")
        .to_lowercase();
    let before = {
        let mut log = log.lock().unwrap();
        log.push(Seen {
            path: path.clone(),
            headers,
        });
        log.iter().filter(|seen| seen.path == path).count() - 1
    };
    // The client may have gone; that is its right.
    let _ = send(stream, answer(&path, before));
    let _ = stream.shutdown(Shutdown::Both);
}

fn send(mut stream: &TcpStream, reply: Reply) -> std::io::Result<()> {
    match reply {
        Reply::Status(status, body) => {
            let length = body.len();
            write!(
                stream,
                "HTTP/1.1 {status} X\r\ncontent-length: {length}\r\nconnection: close\r\n\r\n"
            )?;
            stream.write_all(&body)
        }
        Reply::Json(body) => send(stream, Reply::Status(200, body.to_string().into())),
        Reply::RedirectTo(url) => write!(
            stream,
            "HTTP/1.1 302 X\r\nlocation: {url}\r\ncontent-length: 0\r\nconnection: close\r\n\r\n"
        ),
        Reply::Truncated => write!(stream, "HTTP/1.1 200 OK\r\ncontent-length: 1000\r\n\r\n{{"),
        Reply::Silence => {
            thread::sleep(Duration::from_secs(3));
            Ok(())
        }
        Reply::Endless => {
            write!(stream, "HTTP/1.1 200 OK\r\ncontent-length: 1000\r\n\r\n")?;
            loop {
                stream.write_all(b" ")?;
                thread::sleep(Duration::from_millis(50));
            }
        }
    }
}

fn packument_with(tarball_url: &str, integrity: Option<&str>) -> Value {
    json!({
        "name": NAME,
        "dist-tags": { "latest": "1.0.0" },
        "versions": { "1.0.0": {
            "name": NAME,
            "version": "1.0.0",
            "cinatra": { "kind": "agent" },
            "dist": { "tarball": tarball_url, "integrity": integrity },
        } },
    })
}

/// A registry with one package, whose tarball is answered as told.
fn with_tarball(
    integrity: Option<&str>,
    tarball: impl Fn(usize) -> Reply + Send + Sync + 'static,
) -> Server {
    Server::start_with(|url| {
        let packument = packument_with(&format!("{url}{TARBALL}"), integrity);
        move |path: &str, before| match path {
            PACKUMENT => Reply::Json(packument.clone()),
            path if path.starts_with(TARBALL) => tarball(before),
            _ => Reply::Status(404, Vec::new()),
        }
    })
}

async fn fetch(server: &Server) -> Result<Tarball, RegistryError> {
    let registry = server.registry();
    let packument = registry.packument(NAME).await?;
    registry.tarball(packument.version("1.0.0")?).await
}

fn sri(bytes: &[u8]) -> String {
    digests(bytes).0.into_string()
}

#[tokio::test]
async fn bytes_that_match_are_fetched_with_the_token_and_no_recoding() {
    let server = with_tarball(Some(&sri(b"bytes")), |_| {
        Reply::Status(200, b"bytes".into())
    });
    let tarball = fetch(&server).await.unwrap();
    assert_eq!(tarball.bytes, "bytes");
    assert_eq!(tarball.integrity, sri(b"bytes"));
    let seen = server.seen();
    assert_eq!(seen.len(), 2);
    for request in seen {
        assert!(request.has_token(), "{request:?}");
        assert!(
            request.headers.contains("accept-encoding: identity"),
            "{request:?}"
        );
        assert!(request.headers.contains("user-agent: npm/"), "{request:?}");
        assert!(!request.headers.contains("install-v1"), "{request:?}");
    }
}

#[tokio::test]
async fn other_bytes_than_announced_are_refused_at_once() {
    let server = with_tarball(Some(&sri(b"bytes")), |_| {
        Reply::Status(200, b"BYTES".into())
    });
    let error = fetch(&server).await.unwrap_err();
    assert_eq!(error.code(), "INTEGRITY_MISMATCH");
    assert_eq!(error.class(), Class::Rejected);
    assert_eq!(error.details()["expected"], sri(b"bytes"));
    assert_eq!(server.seen().len(), 2);
}

#[tokio::test]
async fn without_a_sha512_nothing_is_fetched() {
    for integrity in [None, Some("sha1-qZk+NkcGgWq6PiVxeFDCbJzQ2J0=")] {
        let server = with_tarball(integrity, |_| Reply::Status(200, b"abc".into()));
        let error = fetch(&server).await.unwrap_err();
        assert_eq!(error.code(), "INTEGRITY_MISSING");
        assert_eq!(server.seen().len(), 1);
    }
}

#[tokio::test]
async fn each_refusal_has_its_name_and_none_has_the_token() {
    for (status, code, requests) in [
        (401, "REGISTRY_UNAUTHORIZED", 1),
        (403, "REGISTRY_FORBIDDEN", 1),
        (404, "PACKAGE_NOT_FOUND", 1),
        (400, "REGISTRY_BAD_REQUEST", 1),
        (422, "REGISTRY_BAD_REQUEST", 1),
        (204, "REGISTRY_UNEXPECTED_RESPONSE", 1),
        (429, "REGISTRY_UNAVAILABLE", 3),
        (500, "REGISTRY_UNAVAILABLE", 3),
        (503, "REGISTRY_UNAVAILABLE", 3),
    ] {
        // A registry that reflects the credential in its body.
        let server = Server::start(move |_, _| Reply::Status(status, TOKEN.into()));
        let error = server.registry().packument(NAME).await.unwrap_err();
        assert_eq!(error.code(), code);
        assert_eq!(server.seen().len(), requests, "{status}");
        let told = format!("{error} {error:?} {}", error.details());
        assert!(!told.contains(TOKEN), "{told}");
    }
    let told = format!("{:?}", registry("http://localhost:1"));
    assert!(!told.contains(TOKEN), "{told}");
}

#[tokio::test]
async fn a_failure_that_passes_is_not_noticed() {
    let packument = packument_with("http://inner/x.tgz", None);
    let server = Server::start(move |_, before| match before {
        0 => Reply::Status(503, Vec::new()),
        1 => Reply::Truncated,
        _ => Reply::Json(packument.clone()),
    });
    assert!(server.registry().packument(NAME).await.is_ok());
    assert_eq!(server.seen().len(), 3);
}

#[tokio::test]
async fn a_registry_that_is_down_slow_or_cut_off_is_unavailable() {
    let closed = TcpListener::bind("127.0.0.1:0")
        .unwrap()
        .local_addr()
        .unwrap();
    let down = registry(&format!("http://{closed}"));
    let silent = Server::start(|_, _| Reply::Silence);
    let endless = Server::start(|_, _| Reply::Endless);
    let truncated = Server::start(|_, _| Reply::Truncated);
    for (registry, reason) in [
        (down, "connect"),
        (silent.registry(), "timeout"),
        (endless.registry(), "timeout"),
        (truncated.registry(), "truncated"),
    ] {
        let error = registry.packument(NAME).await.unwrap_err();
        assert_eq!(error.code(), "REGISTRY_UNAVAILABLE");
        assert_eq!(error.class(), Class::Unavailable);
        assert_eq!(error.details()["reason"], reason);
    }
}

#[tokio::test]
async fn a_truncated_tarball_is_fetched_again_and_then_given_up() {
    let server = with_tarball(Some(&sri(b"bytes")), |_| Reply::Truncated);
    let error = fetch(&server).await.unwrap_err();
    assert_eq!(error.code(), "REGISTRY_UNAVAILABLE");
    assert_eq!(error.details()["reason"], "truncated");
    assert_eq!(server.seen().len(), 4);
}

#[tokio::test]
async fn a_redirect_is_followed_within_the_registry_only() {
    let elsewhere = Server::start(|_, _| Reply::Status(200, b"bytes".into()));
    let away = elsewhere.url.clone();
    let leading_away = with_tarball(Some(&sri(b"bytes")), move |_| {
        Reply::RedirectTo(format!("{away}/x"))
    });
    let error = fetch(&leading_away).await.unwrap_err();
    assert_eq!(error.code(), "REGISTRY_UNEXPECTED_RESPONSE");
    assert_eq!(elsewhere.seen().len(), 0);

    let hops = Arc::new(Mutex::new(0));
    let within = with_tarball(Some(&sri(b"bytes")), move |_| {
        let mut hops = hops.lock().unwrap();
        *hops += 1;
        match *hops {
            1 => Reply::RedirectTo(format!("{TARBALL}?again")),
            _ => Reply::Status(200, b"bytes".into()),
        }
    });
    assert_eq!(fetch(&within).await.unwrap().bytes, "bytes");
    let seen = within.seen();
    assert_eq!(seen[2].path, format!("{TARBALL}?again"));
    assert!(seen[2].has_token());

    let circle = with_tarball(Some(&sri(b"bytes")), |_| {
        Reply::RedirectTo(TARBALL.to_owned())
    });
    let error = fetch(&circle).await.unwrap_err();
    assert_eq!(error.code(), "REGISTRY_UNEXPECTED_RESPONSE");
    assert!(circle.seen().len() < 10);
}

#[tokio::test]
async fn a_redirect_out_of_the_path_prefix_is_not_followed() {
    let server = Server::start(|path, _| match path {
        "/npm/@cinatra-ai%2fgreet-agent" => Reply::RedirectTo("/other/x".to_owned()),
        _ => Reply::Json(json!({})),
    });
    let error = registry(&format!("{}/npm", server.url))
        .packument(NAME)
        .await
        .unwrap_err();
    assert_eq!(error.code(), "REGISTRY_UNEXPECTED_RESPONSE");
    assert_eq!(server.seen().len(), 1);
}

#[tokio::test]
async fn a_tarball_advertised_elsewhere_is_fetched_from_the_registry_or_not_at_all() {
    let elsewhere = Server::start(|_, _| Reply::Status(200, b"bytes".into()));
    for (advertised, expected) in [
        (format!("{}/inner{TARBALL}", elsewhere.url), None),
        (
            format!("{}/x.tgz", elsewhere.url),
            Some("REGISTRY_UNEXPECTED_RESPONSE"),
        ),
    ] {
        let packument = packument_with(&advertised, Some(&sri(b"bytes")));
        let server = Server::start(move |path, _| match path {
            PACKUMENT => Reply::Json(packument.clone()),
            _ => Reply::Status(200, b"bytes".into()),
        });
        let fetched = fetch(&server).await;
        let code = fetched.as_ref().err().map(|error| error.code().to_owned());
        assert_eq!(code.as_deref(), expected);
    }
    assert_eq!(elsewhere.seen().len(), 0);
}

#[tokio::test]
async fn a_locator_of_another_origin_never_sees_the_token() {
    let elsewhere = Server::start(|_, _| Reply::Status(200, b"bytes".into()));
    let entry = VersionEntry {
        name: NAME.to_owned(),
        version: "1.0.0".to_owned(),
        manifest: Value::Null,
        integrity: Some(sri(b"bytes")),
        locator: format!("{}/x.tgz", elsewhere.url),
        deprecated: None,
    };
    let server = Server::start(|_, _| Reply::Silence);
    let error = server.registry().tarball(&entry).await.unwrap_err();
    assert_eq!(error.code(), "REGISTRY_UNEXPECTED_RESPONSE");
    assert_eq!((server.seen().len(), elsewhere.seen().len()), (0, 0));
}

#[tokio::test]
async fn a_body_beyond_its_cap_is_not_read() {
    let server = Server::start(|_, _| Reply::Status(200, vec![b' '; 33 << 20]));
    let error = server.registry().packument(NAME).await.unwrap_err();
    assert_eq!(error.code(), "REGISTRY_PAYLOAD_TOO_LARGE");
}

#[tokio::test]
async fn what_is_no_packument_is_unexpected_and_an_emptied_one_is_absent() {
    for (body, code) in [
        ("<html>", "REGISTRY_UNEXPECTED_RESPONSE"),
        ("{}", "REGISTRY_UNEXPECTED_RESPONSE"),
        (r#"{"name":"other"}"#, "REGISTRY_UNEXPECTED_RESPONSE"),
        (r#"{"name":"@cinatra-ai/greet-agent"}"#, "PACKAGE_NOT_FOUND"),
    ] {
        let server = Server::start(move |_, _| Reply::Status(200, body.into()));
        let error = server.registry().packument(NAME).await.unwrap_err();
        assert_eq!(error.code(), code, "{body}");
    }
}

#[tokio::test]
async fn search_turns_pages_until_nothing_new_comes_and_drops_what_is_no_extension() {
    let server = Server::start(|path, _| {
        let packages = |list: Value| {
            let wrapped = |package: &Value| json!({ "package": package });
            let objects: Vec<_> = list.as_array().unwrap().iter().map(wrapped).collect();
            Reply::Json(json!({ "objects": objects }))
        };
        if path.contains("search?text=a%2F&size=250&from=0") {
            return packages(json!([
                { "name": "@a/b-agent", "version": "1.0.0" },
                { "name": "@a/lib", "version": "1.0.0" },
                { "name": "@b/other-agent", "version": "1.0.0" },
                { "version": "1.0.0" },
            ]));
        }
        // Some servers begin again instead of ending, and some show tags instead of a version.
        if path.contains("search") {
            return packages(json!([
                { "name": "@a/b-agent", "version": "1.0.0" },
                { "name": "@a/a-agent", "dist-tags": { "latest": "2.0.0" } },
                { "name": "@a/c-agent" },
            ]));
        }
        match path {
            "/@a%2fb-agent/1.0.0" => Reply::Json(json!({ "version": "1.0.0", "cinatra": {} })),
            "/@a%2fa-agent/2.0.0" => Reply::Json(json!({ "version": "2.0.0", "cinatra": {} })),
            "/@a%2fc-agent/latest" => Reply::Json(json!({ "version": "3.0.0", "cinatra": {} })),
            _ => Reply::Json(json!({ "version": "1.0.0" })),
        }
    });
    let found = server.registry().search("a/", 20).await.unwrap();
    let hits: Vec<_> = found
        .hits
        .iter()
        .map(|hit| (hit.name.as_str(), hit.version.as_str()))
        .collect();
    assert_eq!(
        hits,
        [
            ("@a/a-agent", "2.0.0"),
            ("@a/b-agent", "1.0.0"),
            ("@a/c-agent", "3.0.0")
        ]
    );
    assert!(!found.incomplete);
    let seen = server.seen();
    let pages = seen.iter().filter(|seen| seen.path.contains("search"));
    assert_eq!(pages.count(), 3);
}

#[tokio::test]
async fn a_query_in_capitals_is_asked_in_small_letters_too() {
    let server = Server::start(|path, _| match path {
        "/-/v1/search?text=mail&size=250&from=0" => {
            let package = json!({ "name": "@a/mail-agent", "version": "1.0.0" });
            Reply::Json(json!({ "objects": [{ "package": package }] }))
        }
        path if path.contains("search") => Reply::Json(json!({ "objects": [] })),
        _ => Reply::Json(json!({ "version": "1.0.0", "cinatra": {} })),
    });
    let found = server.registry().search(" Mail", 20).await.unwrap();
    assert_eq!(found.hits.len(), 1);
    assert!(!found.incomplete);
}

#[tokio::test]
async fn without_a_search_the_query_is_tried_as_a_name() {
    let server = with_tarball(None, |_| Reply::Silence);
    let found = server.registry().search(NAME, 20).await.unwrap();
    assert_eq!(found.hits.len(), 1);
    assert!(found.incomplete);
    let nothing = server.registry().search("@cinatra-ai/none-agent", 20).await;
    assert_eq!(nothing.unwrap().hits, []);
    let down = Server::start(|_, _| Reply::Status(503, Vec::new()));
    let error = down.registry().search(NAME, 20).await.unwrap_err();
    assert_eq!(error.code(), "REGISTRY_UNAVAILABLE");
}

#[tokio::test]
async fn a_name_that_npm_cannot_have_is_never_asked_for() {
    let server = Server::start(|_, _| Reply::Json(json!({})));
    let error = server
        .registry()
        .packument("../../admin")
        .await
        .unwrap_err();
    assert_eq!(error.code(), "INVALID_INPUT");
    assert_eq!(server.seen().len(), 0);
}

#[test]
fn a_token_that_no_header_can_carry_is_refused_without_being_repeated() {
    let token = "t0p\ns3cret".into();
    let refused = NpmRegistry::open("http://localhost", Some(&token)).unwrap_err();
    assert_eq!(refused, SettingError::Token);
}
