//! What a request says twice is not guessed at.

use std::io::{Read as _, Write as _};
use std::net::TcpStream;

use cinatra_tests::served::Served;
use serde_json::Value;

/// Sends a request of exactly these headers; answers status and body.
fn exchange(served: &Served, headers: &[(&str, &str)]) -> (u16, Value) {
    let mut request = "POST /api/primitives/extensions_list HTTP/1.1\r\n".to_owned();
    for (name, value) in headers {
        request.extend([name, ": ", value, "\r\n"]);
    }
    request.push_str("Content-Length: 2\r\nConnection: close\r\n\r\n{}");
    let mut stream = TcpStream::connect(served.server().address()).unwrap();
    stream.write_all(request.as_bytes()).unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    let (head, body) = answer.split_once("\r\n\r\n").unwrap();
    let status = head.split(' ').nth(1).unwrap().parse().unwrap();
    (status, serde_json::from_str(body).unwrap())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_header_that_decides_may_not_be_repeated() {
    let served = Served::with(&[]).await.unwrap();
    let client = served.client().unwrap();
    let host = format!("localhost:{}", served.server().address().port());
    let bearer = format!("Bearer {}", client.token());
    let own = [
        ("Host", host.as_str()),
        ("Authorization", bearer.as_str()),
        ("Idempotency-Key", "k"),
        ("Cinatra-Min-Pos", "00000000-0000-0000-0000-000000000000:0"),
        ("Cinatra-Strict", "true"),
        ("Origin", "http://localhost"),
    ];
    let (status, body) = exchange(&served, &own[..2]);
    assert_eq!(status, 200, "{body}");
    for (name, value) in own {
        for second in [value, "another"] {
            let mut headers = own[..2].to_vec();
            headers.retain(|(other, _)| *other != name);
            headers.extend([(name, value), (name, second)]);
            let (status, body) = exchange(&served, &headers);
            assert_eq!(status, 400, "{name}: {body}");
            assert_eq!(body["error"]["code"], "BAD_REQUEST", "{name}");
            let named = body["error"]["details"]["header"].as_str();
            assert_eq!(named, Some(name.to_ascii_lowercase().as_str()));
        }
    }
}
