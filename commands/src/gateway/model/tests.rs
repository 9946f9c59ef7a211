//! Answers of a real server on this machine, cut where it hurts.

use futures_util::StreamExt as _;
use serde_json::json;

use super::*;
use crate::gateway::scripted::{Scripted, Step, answer, opening};

const KEY: &str = "sk-s3cret";

fn options(server: &Scripted) -> ModelOptions {
    ModelOptions {
        endpoint: Some(
            format!("http://127.0.0.1:{}/v1/", server.port)
                .parse()
                .unwrap(),
        ),
        model: "local".to_owned(),
        key: Some(KEY.into()),
        idle: Duration::from_secs(20),
        bytes_max: 4000,
        ..ModelOptions::default()
    }
}

fn prompt() -> Prompt {
    Prompt {
        system: Some("be brief".to_owned()),
        user: "hello s3cret".to_owned(),
        ..Prompt::default()
    }
}

async fn ask(server: &Scripted) -> Vec<Result<Delta, ModelError>> {
    let model = Model::open(options(server)).unwrap();
    model.stream(prompt(), None).collect().await
}

async fn error_of(server: &Scripted) -> ModelError {
    let all = ask(server).await;
    assert!(
        all.iter().rev().skip(1).all(Result::is_ok),
        "an error is the last"
    );
    all.last().unwrap().clone().unwrap_err()
}

fn said(text: &str) -> String {
    let choice = json!({ "index": 0, "delta": { "content": text }, "finish_reason": null });
    format!(
        "data: {}\n\n",
        json!({ "choices": [choice], "usage": null })
    )
}

fn finished(reason: &str) -> String {
    let choice = json!({ "index": 0, "delta": {}, "finish_reason": reason });
    format!("data: {}\n\n", json!({ "choices": [choice] }))
}

fn usual() -> String {
    let role = json!({ "index": 0, "delta": { "role": "assistant", "content": "" } });
    let role = json!({ "choices": [role] });
    let usage = json!({ "prompt_tokens": 7, "completion_tokens": 2, "total_tokens": 9 });
    let usage = json!({ "choices": [], "usage": usage });
    let (said, end) = (said("Grüezi") + &said(" mitenand ☃"), finished("stop"));
    format!(": hold on\n\ndata: {role}\n\n{said}{end}data: {usage}\n\ndata: [DONE]\n\n")
}

fn expected() -> Vec<Result<Delta, ModelError>> {
    let usage = Usage {
        input: 7,
        output: 2,
    };
    vec![
        Ok(Delta::Text("Grüezi".to_owned())),
        Ok(Delta::Text(" mitenand ☃".to_owned())),
        Ok(Delta::Finished(Finish::Complete)),
        Ok(Delta::Usage(usage)),
    ]
}

fn streaming(pieces: &[&[u8]], then: Option<Step>) -> Scripted {
    let mut steps = vec![opening("text/event-stream")];
    for piece in pieces {
        steps.push(Step::Send(piece.to_vec()));
        steps.push(Step::Pause(Duration::from_millis(1)));
    }
    steps.extend(then);
    Scripted::always(steps)
}

#[tokio::test]
async fn an_answer_streams_whatever_the_pieces_and_line_ends() {
    for text in [usual(), usual().replace('\n', "\r\n")] {
        for size in [1, 2, 3, 7, 64, 10_000] {
            let pieces: Vec<&[u8]> = text.as_bytes().chunks(size).collect();
            let server = streaming(&pieces, None);
            assert_eq!(ask(&server).await, expected(), "pieces of {size}");
        }
    }
}

#[tokio::test]
async fn the_question_is_put_as_the_protocol_says() {
    let server = streaming(&[usual().as_bytes()], None);
    let model = Model::open(options(&server)).unwrap();
    let schema = json!({ "type": "object" });
    let special = Prompt {
        system: None,
        user: "u".to_owned(),
        model: Some("gpt-4o".to_owned()),
        output_schema: Some(schema.clone()),
    };
    assert_eq!(
        model.stream(prompt(), None).collect::<Vec<_>>().await,
        expected()
    );
    let own = Some("sk-own".into());
    assert_eq!(
        model.stream(special, own).collect::<Vec<_>>().await,
        expected()
    );
    let seen = server.seen();
    let body = |number: usize| -> Value { serde_json::from_str(&seen[number].body).unwrap() };
    assert_eq!(seen[0].line, "POST /v1/chat/completions HTTP/1.1");
    assert_eq!(seen[0].header("authorization"), Some("Bearer sk-s3cret"));
    assert_eq!(
        body(0),
        json!({
            "model": "local",
            "messages": [
                { "role": "system", "content": "be brief" },
                { "role": "user", "content": "hello s3cret" },
            ],
            "stream": true,
            "stream_options": { "include_usage": true },
        })
    );
    assert_eq!(seen[1].header("authorization"), Some("Bearer sk-own"));
    assert_eq!(body(1)["model"], "gpt-4o");
    assert_eq!(
        body(1)["messages"],
        json!([{ "role": "user", "content": "u" }])
    );
    assert_eq!(body(1)["response_format"]["json_schema"]["schema"], schema);
}

#[tokio::test]
async fn text_arrives_while_the_rest_is_still_to_come() {
    let server = streaming(&[said("first").as_bytes()], Some(Step::AwaitHangUp));
    let model = Model::open(options(&server)).unwrap();
    let mut stream = Box::pin(model.stream(prompt(), None));
    let first = stream.next().await.unwrap().unwrap();
    assert_eq!(first, Delta::Text("first".to_owned()));
    assert_eq!(server.hung_up(), 0);
    drop(stream);
    for _ in 0..200 {
        tokio::time::sleep(Duration::from_millis(20)).await;
        if server.hung_up() > 0 {
            break;
        }
    }
    assert_eq!(server.hung_up(), 1, "dropping the stream ends the request");
}

#[tokio::test]
async fn an_answer_that_breaks_off_is_half_of_one() {
    let cut = said("half");
    for pieces in [
        vec![cut.as_bytes()],
        vec![cut.as_bytes(), b"data: {\"cho"],
        vec![
            cut.as_bytes(),
            b"data: {\"error\":{\"message\":\"s3cret\"}}\n\n",
        ],
        vec![],
    ] {
        assert_eq!(
            error_of(&streaming(&pieces, None)).await,
            ModelError::Interrupted
        );
    }
    let chunk = format!("{:x}\r\n{cut}\r\nff\r\nhalf", cut.len());
    let head = "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n";
    let server = Scripted::always(vec![Step::Send(format!("{head}{chunk}").into_bytes())]);
    let all = ask(&server).await;
    let text = Delta::Text("half".to_owned());
    assert_eq!(all, [Ok(text), Err(ModelError::Interrupted)]);
}

#[tokio::test]
async fn the_last_word_is_not_needed_and_nothing_counts_after_it() {
    let text = said("all") + &finished("length");
    let all = ask(&streaming(&[text.as_bytes()], None)).await;
    let end = Ok(Delta::Finished(Finish::Length));
    assert_eq!(all, [Ok(Delta::Text("all".to_owned())), end]);
    let text = usual() + &said("more");
    let server = streaming(&[text.as_bytes()], Some(Step::AwaitHangUp));
    assert_eq!(ask(&server).await, expected());
}

#[tokio::test]
async fn calls_of_tools_and_other_choices_are_left_aside() {
    let call = json!({ "delta": { "content": null, "tool_calls": [{ "index": 0 }] } });
    let other = json!({ "index": 1, "delta": { "content": "other" }, "finish_reason": "stop" });
    let odd = json!({ "choices": [call, other], "service_tier": "default" });
    let text = format!("data: {odd}\n\n{}", finished("tool_calls"));
    let all = ask(&streaming(&[text.as_bytes()], None)).await;
    assert_eq!(all, [Ok(Delta::Finished(Finish::Other))]);
}

async fn ask_impatiently(server: &Scripted) -> Vec<Result<Delta, ModelError>> {
    let mut options = options(server);
    options.idle = Duration::from_secs(1);
    let model = Model::open(options).unwrap();
    model.stream(prompt(), None).collect().await
}

#[tokio::test]
async fn silence_ends_before_the_answer_and_within_it() {
    for (server, before) in [
        (Scripted::always(vec![Step::AwaitHangUp]), 0),
        (
            streaming(&[said("and").as_bytes()], Some(Step::AwaitHangUp)),
            1,
        ),
    ] {
        let all = ask_impatiently(&server).await;
        let idle = Duration::from_secs(1);
        assert_eq!(all[before..], [Err(ModelError::Idle { idle })]);
    }
}

#[tokio::test]
async fn slow_is_not_idle() {
    let pause = Step::Pause(Duration::from_millis(400));
    let text = said("slow").into_bytes();
    let mut steps = vec![opening("text/event-stream")];
    for _ in 0..3 {
        steps.extend([pause.clone(), Step::Send(text.clone())]);
    }
    steps.push(Step::Send(finished("stop").into_bytes()));
    let all = ask_impatiently(&Scripted::always(steps)).await;
    assert_eq!(all.len(), 4);
    assert!(all.iter().all(Result::is_ok));
}

#[tokio::test]
async fn an_answer_beyond_the_limit_is_not_taken() {
    let many = said(&"x".repeat(100)).repeat(41);
    let endless = [b"data: ".as_slice(), &[b'x'; 4000]].concat();
    for pieces in [many.as_bytes(), &endless] {
        let error = error_of(&streaming(&[pieces], Some(Step::AwaitHangUp))).await;
        assert_eq!(error, ModelError::TooLarge { bytes_max: 4000 });
    }
    let fits = said(&"x".repeat(100)).repeat(40) + &finished("stop");
    assert_eq!(ask(&streaming(&[fits.as_bytes()], None)).await.len(), 41);
}

#[tokio::test]
async fn what_is_no_completion_is_malformed() {
    for text in [
        "data: hello\n\n",
        "data: [1]\n\n",
        "data: {\"choices\":5}\n\n",
        "data: \u{0}\n\n",
    ] {
        let error = error_of(&streaming(&[text.as_bytes()], None)).await;
        assert_eq!(error, ModelError::Malformed, "{text}");
    }
    let error = error_of(&streaming(&[b"data: \xff\n\n"], None)).await;
    assert_eq!(error, ModelError::Malformed);
}

#[tokio::test]
async fn a_refusal_says_its_kind_and_nothing_of_its_body() {
    for (status, expected) in [
        (302, Refusal::Elsewhere),
        (400, Refusal::Request),
        (401, Refusal::Credential),
        (403, Refusal::Credential),
        (404, Refusal::Unknown),
        (429, Refusal::Limited),
        (500, Refusal::Provider),
        (503, Refusal::Provider),
    ] {
        let headers = ["location: http://127.0.0.1:1/"];
        let server = Scripted::always(answer(status, &headers, b"bad key sk-s3cret"));
        let error = error_of(&server).await;
        assert_eq!(
            error,
            ModelError::Refused {
                status,
                refusal: expected
            }
        );
        assert!(!format!("{error} {error:?}").contains("s3cret"));
        assert_eq!(server.seen().len(), 1);
    }
}

#[tokio::test]
async fn nobody_there_and_nobody_named_are_told_apart() {
    let model = Model::open(ModelOptions::default()).unwrap();
    assert!(!model.is_configured());
    let all: Vec<_> = model.stream(prompt(), None).collect().await;
    assert_eq!(all, [Err(ModelError::NoProvider)]);

    let port = {
        let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        taken.local_addr().unwrap().port()
    };
    let endpoint = Some(format!("http://127.0.0.1:{port}/v1").parse().unwrap());
    let model = Model::open(ModelOptions {
        endpoint,
        ..ModelOptions::default()
    })
    .unwrap();
    assert!(model.is_configured());
    let all: Vec<_> = model.stream(prompt(), None).collect().await;
    assert_eq!(all, [Err(ModelError::Unreachable)]);
}

#[tokio::test]
async fn a_key_that_no_header_can_carry_is_not_sent_and_none_is_shown() {
    let server = streaming(&[usual().as_bytes()], None);
    let mut options = options(&server);
    let model = Model::open(options.clone()).unwrap();
    let all: Vec<_> = model.stream(prompt(), Some("a\nb".into())).collect().await;
    assert_eq!(all, [Err(ModelError::KeyUnusable)]);
    assert_eq!(server.seen().len(), 0);
    assert!(!format!("{model:?} {:?}", prompt()).contains("s3cret"));
    options.key = Some("a\nb".into());
    assert_eq!(Model::open(options).unwrap_err(), OpenError::Key);
}

#[test]
fn an_endpoint_is_an_address_that_paths_can_be_put_behind() {
    for (text, kept) in [
        ("http://127.0.0.1:9000/v1", "http://127.0.0.1:9000/v1"),
        ("https://api.test/v1/", "https://api.test/v1"),
        ("http://Model.test", "http://model.test"),
    ] {
        assert_eq!(text.parse::<Endpoint>().unwrap().to_string(), kept);
    }
    for text in [
        "",
        "api.test",
        "ftp://api.test",
        "http://u:p@api.test",
        "http://a.test/?k=1",
    ] {
        assert_eq!(text.parse::<Endpoint>(), Err(InvalidEndpoint), "{text}");
    }
}
