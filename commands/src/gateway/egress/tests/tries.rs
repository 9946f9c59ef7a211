//! How often a call is made, and when.

use std::net::TcpListener;
use std::time::Instant;

use super::*;

async fn send(server: &Scripted) -> Result<Response, EgressError> {
    let mut request = to(server);
    request.method = Method::POST;
    request.body = Body::Text("once".to_owned());
    request.idempotency_key = Some("k1".to_owned());
    befriended(server).send(request).await
}

#[tokio::test]
async fn a_busy_server_is_asked_again_with_the_same_key_and_body() {
    let statuses = [503, 429, 200];
    let server = Scripted::start(move |number| answer(statuses[number], &[], b"done"));
    assert_eq!(send(&server).await.unwrap().body, "done");
    let seen = server.seen();
    assert_eq!(seen.len(), 3);
    for seen in seen {
        assert_eq!(seen.header("idempotency-key"), Some("k1"));
        assert_eq!(
            seen.header("content-type"),
            Some("text/plain; charset=utf-8")
        );
        assert_eq!(seen.body, "once");
    }
}

#[tokio::test]
async fn three_tries_are_all() {
    let server = Scripted::always(answer(502, &[], b"down"));
    let response = send(&server).await.unwrap();
    assert_eq!((response.status, response.body.as_str()), (502, "down"));
    assert_eq!(server.seen().len(), 3);
}

#[tokio::test]
async fn a_refusal_is_final() {
    for status in [400, 401, 403, 404, 408, 409, 422] {
        let server = Scripted::always(answer(status, &["retry-after: 0"], b"no"));
        assert_eq!(send(&server).await.unwrap().status, status);
        assert_eq!(server.seen().len(), 1, "{status}");
    }
}

#[tokio::test]
async fn silence_ends_and_is_tried_again() {
    let server = Scripted::start(|number| match number {
        0 => vec![Step::AwaitHangUp],
        1 => vec![
            opening("text/plain"),
            Step::Send(b"half".to_vec()),
            Step::AwaitHangUp,
        ],
        _ => answer(200, &[], b"awake"),
    });
    let briefly = |server: &Scripted| {
        let mut request = to(server);
        request.timeout = Some(Duration::from_millis(300));
        request
    };
    let response = befriended(&server).send(briefly(&server)).await.unwrap();
    assert_eq!(response.body, "awake");

    let server = Scripted::always(vec![Step::AwaitHangUp]);
    let mut options = options(&[&format!("127.0.0.1:{}", server.port)]);
    options.timeout = Duration::from_millis(100);
    let egress = Egress::open(options).unwrap();
    let error = egress.send(to(&server)).await.unwrap_err();
    assert_eq!(error.code(), "timed_out_call");
    assert_eq!(server.seen().len(), 3);
}

#[tokio::test]
async fn a_connection_that_breaks_is_tried_again() {
    let server = Scripted::start(|number| match number {
        0 => Vec::new(),
        1 => vec![Step::Send(
            b"HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\nhalf".to_vec(),
        )],
        _ => answer(200, &[], b"whole"),
    });
    assert_eq!(send(&server).await.unwrap().body, "whole");
    let server = Scripted::always(Vec::new());
    assert_eq!(send(&server).await.unwrap_err().code(), "broken_off");
    assert_eq!(server.seen().len(), 3);
}

#[tokio::test]
async fn nobody_there_is_unreachable() {
    let names = Names::answering(&[Some(&["127.0.0.1"])]);
    // Taken and given back, so that nobody is behind it.
    let port = TcpListener::bind("127.0.0.1:0")
        .unwrap()
        .local_addr()
        .unwrap()
        .port();
    let peer = format!("nobody.test:{port}");
    let egress = Egress::open_with(options(&[&peer]), names.clone()).unwrap();
    let error = egress
        .send(get(&format!("http://{peer}/")))
        .await
        .unwrap_err();
    assert_eq!(error.code(), "unreachable");
    assert_eq!(names.asked().len(), 3, "one for each try");
}

#[tokio::test]
async fn who_asks_for_a_pause_gets_it_within_reason() {
    let server = Scripted::start(|number| match number {
        0 => answer(429, &["retry-after: 1"], b""),
        _ => answer(200, &[], b"rested"),
    });
    let began = Instant::now();
    assert_eq!(send(&server).await.unwrap().body, "rested");
    assert!(began.elapsed() >= Duration::from_secs(1));

    let server = Scripted::always(answer(429, &["retry-after: 3600"], b"tomorrow"));
    let soon = tokio::time::timeout(Duration::from_secs(30), send(&server)).await;
    let response = soon.unwrap().unwrap();
    assert_eq!((response.status, response.body.as_str()), (429, "tomorrow"));
    assert_eq!(server.seen().len(), 1);
}

#[tokio::test]
async fn dropping_a_call_ends_it() {
    let server = Scripted::always(vec![Step::AwaitHangUp]);
    let egress = befriended(&server);
    let call = tokio::time::timeout(Duration::from_millis(500), egress.send(to(&server)));
    assert!(call.await.is_err());
    for _ in 0..50 {
        tokio::time::sleep(Duration::from_millis(20)).await;
        if server.hung_up() > 0 {
            break;
        }
    }
    assert_eq!((server.seen().len(), server.hung_up()), (1, 1));
}
