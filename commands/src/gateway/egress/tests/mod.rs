//! Calls to real servers on this machine, which is what must not be reached unless it is allowed.

mod guard;
mod tries;

use std::collections::VecDeque;
use std::io;
use std::net::IpAddr;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use futures_util::future::BoxFuture;
use serde_json::json;

use super::*;
use crate::gateway::scripted::{Scripted, Step, answer, opening};

/// Answers one after the other, the last for ever.
#[derive(Debug, Default)]
struct Names {
    answers: Mutex<VecDeque<Option<Vec<IpAddr>>>>,
    asked: Mutex<Vec<String>>,
}

impl Names {
    fn answering(answers: &[Option<&[&str]>]) -> Arc<Self> {
        let parse = |texts: &[&str]| texts.iter().map(|text| text.parse().unwrap()).collect();
        let answers = answers.iter().map(|texts| texts.map(parse)).collect();
        Arc::new(Self {
            answers: Mutex::new(answers),
            asked: Mutex::default(),
        })
    }

    fn asked(&self) -> Vec<String> {
        self.asked.lock().unwrap().clone()
    }
}

impl Lookup for Names {
    fn lookup(&self, host: String) -> BoxFuture<'static, io::Result<Vec<IpAddr>>> {
        self.asked.lock().unwrap().push(host);
        let mut answers = self.answers.lock().unwrap();
        let answer = match answers.len() {
            0 | 1 => answers.front().cloned().flatten(),
            _ => answers.pop_front().flatten(),
        };
        Box::pin(async move { answer.ok_or_else(|| io::Error::other("no such name")) })
    }
}

fn options(allowed: &[&str]) -> EgressOptions {
    EgressOptions {
        allowed_private: allowed.iter().map(|text| text.parse().unwrap()).collect(),
        timeout: Duration::from_secs(20),
        connect_timeout: Duration::from_secs(20),
        backoff: Duration::from_millis(2),
        retry_after_max: Duration::from_secs(2),
        bytes_max: 1000,
    }
}

/// A client that may call the server.
fn befriended(server: &Scripted) -> Egress {
    Egress::open(options(&[&format!("127.0.0.1:{}", server.port)])).unwrap()
}

fn get(url: &str) -> Request {
    Request {
        method: Method::GET,
        url: url.to_owned(),
        query: Vec::new(),
        headers: Vec::new(),
        body: Body::None,
        idempotency_key: None,
        timeout: None,
    }
}

fn to(server: &Scripted) -> Request {
    get(&format!("http://127.0.0.1:{}/path", server.port))
}

fn pairs(pairs: &[(&str, &str)]) -> Vec<(String, String)> {
    let owned = |(name, value): &(&str, &str)| ((*name).to_owned(), (*value).to_owned());
    pairs.iter().map(owned).collect()
}

#[tokio::test]
async fn a_call_arrives_as_it_was_meant() {
    let server = Scripted::always(answer(201, &[], "grüezi".as_bytes()));
    let response = befriended(&server)
        .send(Request {
            method: Method::POST,
            url: format!("http://127.0.0.1:{}/things?a=1#part", server.port),
            query: pairs(&[("q", "x y&z")]),
            headers: pairs(&[("X-Trace", "t1"), ("Authorization", "Bearer k")]),
            body: Body::Json(json!({ "n": 1 })),
            idempotency_key: Some("run-1:node:2".to_owned()),
            timeout: None,
        })
        .await
        .unwrap();
    assert_eq!((response.status, response.body.as_str()), (201, "grüezi"));
    assert!(response.is_success());
    let seen = &server.seen()[0];
    assert_eq!(seen.line, "POST /things?a=1&q=x+y%26z HTTP/1.1");
    assert_eq!(seen.header("x-trace"), Some("t1"));
    assert_eq!(seen.header("authorization"), Some("Bearer k"));
    assert_eq!(seen.header("content-type"), Some("application/json"));
    assert_eq!(seen.header("idempotency-key"), Some("run-1:node:2"));
    assert_eq!(seen.body, r#"{"n":1}"#);
}

#[tokio::test]
async fn the_content_type_makes_a_form() {
    let server = Scripted::always(answer(200, &[], b""));
    let egress = befriended(&server);
    let kind = "Application/X-WWW-Form-Urlencoded; charset=utf-8";
    for body in [
        Body::Json(json!({ "a": "x y" })),
        Body::Text("a=x+y".to_owned()),
    ] {
        let mut request = to(&server);
        request.headers = pairs(&[("content-type", kind)]);
        request.body = body;
        egress.send(request).await.unwrap();
    }
    for seen in server.seen() {
        assert_eq!(
            (seen.body.as_str(), seen.header("content-type")),
            ("a=x+y", Some(kind))
        );
    }
}

#[tokio::test]
async fn an_agents_own_idempotency_key_goes_before_ours() {
    let server = Scripted::always(answer(200, &[], b""));
    let mut request = to(&server);
    request.headers = pairs(&[("Idempotency-Key", "its own")]);
    request.idempotency_key = Some("ours".to_owned());
    befriended(&server).send(request).await.unwrap();
    assert_eq!(server.seen()[0].header("idempotency-key"), Some("its own"));
}

#[tokio::test]
async fn headers_that_are_not_an_agents_are_refused() {
    let server = Scripted::always(answer(200, &[], b""));
    let egress = befriended(&server);
    for (name, value) in [
        ("Host", "metadata"),
        ("content-length", "3"),
        ("Connection", "x"),
        ("Transfer-Encoding", "chunked"),
        ("TE", "trailers"),
        ("Upgrade", "h2c"),
        ("Expect", "100-continue"),
        ("Proxy-Authorization", "x"),
        ("Proxy-Connection", "x"),
        ("Cookie", "a=s3cret"),
        ("Accept-Encoding", "gzip"),
        ("Sec-Fetch-Site", "none"),
        ("bad name", "x"),
        ("x-split", "s3cret\r\nHost: x"),
    ] {
        let mut request = to(&server);
        request.headers = pairs(&[("x-fine", "1"), (name, value)]);
        let error = egress.send(request).await.unwrap_err();
        assert_eq!(error.code(), "header_not_allowed", "{name}");
        assert!(!format!("{error} {error:?}").contains("s3cret"), "{name}");
    }
    let mut request = to(&server);
    request.headers = pairs(&[("x-fine", "1"), ("X-Fine", "2")]);
    assert_eq!(
        egress.send(request).await.unwrap_err().code(),
        "header_not_allowed"
    );
    assert_eq!(server.seen().len(), 0);
}

#[tokio::test]
async fn an_answer_beyond_the_limit_is_not_taken() {
    for endless in [false, true] {
        let server = Scripted::start(move |_| {
            let announced = answer(200, &[], &[b'x'; 1001]);
            let streamed = vec![opening("text/plain"), Step::Send(vec![b'x'; 1 << 20])];
            if endless { streamed } else { announced }
        });
        let error = befriended(&server).send(to(&server)).await.unwrap_err();
        assert_eq!(error.code(), "response_too_large");
        assert_eq!(server.seen().len(), 1);
    }
    let server = Scripted::always(answer(200, &[], &[b'x'; 1000]));
    let response = befriended(&server).send(to(&server)).await.unwrap();
    assert_eq!(response.body.len(), 1000);
}

#[tokio::test]
async fn an_answer_that_is_no_text_is_not_taken() {
    let server = Scripted::always(answer(200, &[], b"caf\xe9"));
    let error = befriended(&server).send(to(&server)).await.unwrap_err();
    assert_eq!(error.code(), "response_not_text");
    assert_eq!(server.seen().len(), 1);
}

#[test]
fn codes_fit_their_grammar() {
    let origin = String::new;
    let (name, reason, timeout) = (origin(), "", Duration::ZERO);
    let errors = [
        EgressError::UrlNotAllowed { reason },
        EgressError::AddressNotAllowed { origin: origin() },
        EgressError::HeaderNotAllowed { name, reason },
        EgressError::BodyNotAllowed { reason },
        EgressError::Unreachable { origin: origin() },
        EgressError::TimedOut {
            origin: origin(),
            timeout,
        },
        EgressError::BrokenOff { origin: origin() },
        EgressError::ResponseTooLarge {
            origin: origin(),
            bytes_max: 0,
        },
        EgressError::ResponseNotText {
            origin: origin(),
            status: 200,
        },
    ];
    for code in errors.iter().map(EgressError::code) {
        let fits = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_';
        assert!(code.len() <= 64 && code.bytes().all(fits), "{code}");
    }
}
