//! Who may be reached.

use reqwest::dns::{Name, Resolve as _};

use super::*;

fn guarded(names: &Arc<Names>, allowed: &[&str]) -> Egress {
    Egress::open_with(options(allowed), names.clone()).unwrap()
}

#[tokio::test]
async fn this_machine_is_not_reached_however_its_address_is_written() {
    let server = Scripted::always(answer(200, &[], b"inside"));
    let egress = Egress::open(options(&[])).unwrap();
    for host in [
        "127.0.0.1",
        "127.0.0.1.",
        "127.1",
        "2130706433",
        "0x7f000001",
        "0x7f.0.0.1",
        "0177.0.0.1",
        "017700000001",
        "127%2e0%2E0.1",
        "127。0。0。1",
        "①②⑦.0.0.1",
        "0.0.0.0",
        "0",
        "[::1]",
        "[::]",
        "[0:0:0:0:0:0:0:1]",
        "[::ffff:127.0.0.1]",
        "[::ffff:7f00:1]",
        "[::127.0.0.1]",
        "[64:ff9b::127.0.0.1]",
        "[2002:7f00:1::]",
        "169.254.169.254",
        "localhost",
    ] {
        let url = format!("http://{host}:{}/s3cret?key=s3cret", server.port);
        let error = egress.send(get(&url)).await.unwrap_err();
        assert_eq!(error.code(), "address_not_allowed", "{host}");
        assert!(!format!("{error} {error:?}").contains("s3cret"));
    }
    assert_eq!(server.seen().len(), 0);
}

#[tokio::test]
async fn an_exception_is_made_for_one_host_and_port() {
    let server = Scripted::always(answer(200, &[], b"inside"));
    let other = Scripted::always(answer(200, &[], b"other"));
    let egress = befriended(&server);
    let response = egress.send(to(&server)).await.unwrap();
    assert_eq!(response.body, "inside");
    let same = format!("http://0x7f.1:{}/", server.port);
    assert_eq!(egress.send(get(&same)).await.unwrap().body, "inside");
    let error = egress.send(to(&other)).await.unwrap_err();
    assert_eq!(error.code(), "address_not_allowed");
    assert_eq!(other.seen().len(), 0);
}

#[tokio::test]
async fn a_name_that_leads_inside_is_not_called() {
    let server = Scripted::always(answer(200, &[], b"inside"));
    let inside: [&[&str]; 5] = [
        &["127.0.0.1"],
        &["::1"],
        &["::ffff:127.0.0.1"],
        &["8.8.8.8", "127.0.0.1"],
        &["127.0.0.1", "8.8.8.8"],
    ];
    for addresses in inside {
        let names = Names::answering(&[Some(addresses)]);
        let url = format!("http://innocent.test:{}/", server.port);
        let error = guarded(&names, &[]).send(get(&url)).await.unwrap_err();
        assert_eq!(error.code(), "address_not_allowed", "{addresses:?}");
        assert_eq!(names.asked(), ["innocent.test"], "refused for good");
    }
    assert_eq!(server.seen().len(), 0);
}

#[tokio::test]
async fn a_name_is_asked_for_once_and_what_was_answered_is_connected_to() {
    let server = Scripted::always(answer(200, &[], b"inside"));
    // The second answer would lead to nobody.
    let names = Names::answering(&[Some(&["127.0.0.1"]), Some(&["127.0.0.2"])]);
    let peer = format!("service.test:{}", server.port);
    let egress = guarded(&names, &[&peer]);
    let response = egress.send(get(&format!("http://{peer}/"))).await.unwrap();
    assert_eq!(response.body, "inside");
    assert_eq!(names.asked(), ["service.test"]);
}

#[tokio::test]
async fn a_name_that_turns_inward_is_judged_again() {
    let names = Names::answering(&[Some(&["8.8.8.8", "1.1.1.1"]), Some(&["127.0.0.1"])]);
    let resolver = PublicOnly(names.clone());
    let name = || -> Name { "turning.test".parse().unwrap() };
    let first: Vec<_> = resolver.resolve(name()).await.unwrap().collect();
    assert_eq!(
        first,
        ["8.8.8.8:0".parse().unwrap(), "1.1.1.1:0".parse().unwrap()]
    );
    let second = resolver.resolve(name()).await.err().unwrap();
    assert!(second.is::<NotPublic>());

    // A try without an answer is followed by one whose address is judged like the first.
    let server = Scripted::always(answer(200, &[], b"inside"));
    let names = Names::answering(&[None, Some(&["127.0.0.1"])]);
    let url = format!("http://turning.test:{}/", server.port);
    let error = guarded(&names, &[]).send(get(&url)).await.unwrap_err();
    assert_eq!(error.code(), "address_not_allowed");
    assert_eq!(names.asked().len(), 2);
    assert_eq!(server.seen().len(), 0);
}

#[tokio::test]
async fn a_redirect_is_an_answer_and_nobody_follows_it() {
    let inside = Scripted::always(answer(200, &[], b"inside"));
    let location = format!("location: http://127.0.0.1:{}/", inside.port);
    let server = Scripted::start(move |_| answer(307, &[&location], b"there"));
    let both = [server.port, inside.port].map(|port| format!("127.0.0.1:{port}"));
    let egress = Egress::open(options(&[&both[0], &both[1]])).unwrap();
    let response = egress.send(to(&server)).await.unwrap();
    assert_eq!((response.status, response.body.as_str()), (307, "there"));
    assert!(!response.is_success());
    assert_eq!((server.seen().len(), inside.seen().len()), (1, 0));
}

#[tokio::test]
async fn what_is_no_plain_web_address_is_refused() {
    let server = Scripted::always(answer(200, &[], b""));
    let egress = befriended(&server);
    let port = server.port;
    for url in [
        "ftp://127.0.0.1/".to_owned(),
        "file:///etc/passwd".to_owned(),
        "/relative".to_owned(),
        "http://".to_owned(),
        format!("http://s3cret@127.0.0.1:{port}/"),
        format!("http://user:s3cret@127.0.0.1:{port}/"),
        format!("http://:s3cret@127.0.0.1:{port}/"),
        format!("gopher://127.0.0.1:{port}/s3cret"),
    ] {
        let error = egress.send(get(&url)).await.unwrap_err();
        assert_eq!(error.code(), "url_not_allowed", "{url}");
        assert!(!format!("{error} {error:?}").contains("s3cret"), "{url}");
    }
    let mut request = to(&server);
    request.method = Method::CONNECT;
    assert_eq!(
        egress.send(request).await.unwrap_err().code(),
        "url_not_allowed"
    );
    assert_eq!(server.seen().len(), 0);
}
