use std::collections::BTreeSet;

use proptest::prelude::*;
use serde_json::{Value, json};

use super::strict::Strict;
use super::{Channel, Finish, Frame, FrameBody, Interrupt};

fn frame(body: FrameBody) -> Frame {
    Frame { body, timestamp: 7 }
}

fn started() -> FrameBody {
    FrameBody::RunStarted {
        thread_id: "t".into(),
        run_id: "r".into(),
        parent_run_id: None,
    }
}

fn message(id: &str) -> FrameBody {
    FrameBody::TextMessageStart {
        message_id: id.into(),
        role: "assistant".into(),
    }
}

fn said(id: &str, delta: &str) -> FrameBody {
    FrameBody::TextMessageContent {
        message_id: id.into(),
        delta: delta.into(),
    }
}

fn interrupt() -> FrameBody {
    FrameBody::Interrupt(Box::new(Interrupt {
        thread_id: "t".into(),
        run_id: "r".into(),
        gate_id: "g".into(),
        review_task_id: "wayflow-r:0".into(),
        x_renderer: "@acme/a-agent:form".into(),
        schema: json!({ "type": "object" }),
        values: json!({ "a": 1 }),
        field_name: None,
        message: Some("Well?".into()),
        is_confirmation: false,
    }))
}

fn resumed() -> FrameBody {
    FrameBody::Resume {
        thread_id: "t".into(),
        run_id: "r".into(),
        review_task_id: "wayflow-r:0".into(),
    }
}

fn finished(status: Finish) -> FrameBody {
    FrameBody::RunFinished {
        thread_id: "t".into(),
        run_id: "r".into(),
        status,
        result: Some(json!({ "answer": 42 })),
    }
}

/// What the official client checks of a stream of events.
#[derive(Default)]
struct Verifier {
    has_begun: bool,
    is_running: bool,
    messages: BTreeSet<String>,
    calls: BTreeSet<String>,
    steps: BTreeSet<String>,
}

impl Verifier {
    fn check(&mut self, event: &Value) -> Result<(), String> {
        let name = |key: &str| event[key].as_str().unwrap_or_default().to_owned();
        let kind = name("type");
        let wrong = |why: &str| Err(format!("{why}: {event}"));
        if kind == "RUN_STARTED" {
            if self.is_running {
                return wrong("started twice");
            }
            (self.has_begun, self.is_running) = (true, true);
            return Ok(());
        }
        if kind == "RUN_ERROR" {
            *self = Self {
                has_begun: true,
                ..Self::default()
            };
            return Ok(());
        }
        if !self.is_running {
            return wrong("nothing runs");
        }
        let fits = match kind.as_str() {
            "RUN_FINISHED" => {
                let is_clean =
                    self.messages.is_empty() && self.calls.is_empty() && self.steps.is_empty();
                self.is_running = false;
                is_clean
            }
            "TEXT_MESSAGE_START" => self.messages.insert(name("messageId")),
            "TEXT_MESSAGE_CONTENT" => {
                self.messages.contains(&name("messageId")) && !name("delta").is_empty()
            }
            "TEXT_MESSAGE_END" => self.messages.remove(&name("messageId")),
            "TOOL_CALL_START" => self.calls.insert(name("toolCallId")),
            "TOOL_CALL_END" => self.calls.remove(&name("toolCallId")),
            "STEP_STARTED" => self.steps.insert(name("stepName")),
            "STEP_FINISHED" => self.steps.remove(&name("stepName")),
            "STATE_SNAPSHOT" | "MESSAGES_SNAPSHOT" | "CUSTOM" => true,
            _ => false,
        };
        if fits { Ok(()) } else { wrong("does not fit") }
    }

    fn check_all<'e>(&mut self, events: impl IntoIterator<Item = &'e Value>) -> Result<(), String> {
        events.into_iter().try_for_each(|event| self.check(event))
    }
}

#[test]
fn the_wire_is_as_clients_read_it() {
    let wire = serde_json::to_value(frame(started())).unwrap();
    assert_eq!(
        wire,
        json!({ "type": "RUN_STARTED", "threadId": "t", "runId": "r", "timestamp": 7 })
    );
    let wire = serde_json::to_value(frame(interrupt())).unwrap();
    assert_eq!(wire["type"], "INTERRUPT");
    assert_eq!(wire["xRenderer"], "@acme/a-agent:form");
    for body in [
        started(),
        message("m"),
        said("m", "a\nb\u{2028}🎬"),
        interrupt(),
        resumed(),
    ] {
        let before = frame(body);
        let text = serde_json::to_string(&before).unwrap();
        assert!(!text.contains('\n') && !text.contains('\r'), "{text}");
        assert_eq!(serde_json::from_str::<Frame>(&text).unwrap(), before);
    }
    for channel in [Channel::AgUi, Channel::A2ui] {
        assert_eq!(Channel::of_code(channel.code()), Some(channel));
    }
}

#[test]
fn a_gate_is_a_finish_with_an_outcome_and_its_answer_a_new_start() {
    let mut strict = Strict::default();
    strict.translate(&frame(started()));
    strict.translate(&frame(message("m")));
    strict.translate(&frame(said("m", "Hello")));
    let asked = strict.translate(&frame(interrupt()));
    let kinds: Vec<_> = asked
        .iter()
        .map(|event| event["type"].as_str().unwrap())
        .collect();
    assert_eq!(
        kinds,
        [
            "TEXT_MESSAGE_END",
            "STATE_SNAPSHOT",
            "MESSAGES_SNAPSHOT",
            "RUN_FINISHED"
        ]
    );
    assert_eq!(asked[1]["snapshot"]["hitl"]["gateId"], "g");
    assert_eq!(asked[2]["messages"][0]["content"], "Hello");
    let outcome = &asked[3]["outcome"];
    assert_eq!(outcome["type"], "interrupt");
    assert_eq!(outcome["interrupts"][0]["id"], "g");
    assert_eq!(outcome["interrupts"][0]["reason"], "input_required");
    let again = strict.translate(&frame(resumed()));
    assert_eq!(again[0]["type"], "RUN_STARTED");
    let end = strict.translate(&frame(finished(Finish::Completed)));
    assert_eq!(end[0]["outcome"], json!({ "type": "success" }));
    assert_eq!(end[0]["result"], json!({ "answer": 42 }));
}

#[test]
fn a_stopped_run_finishes_and_says_so() {
    let mut strict = Strict::default();
    strict.translate(&frame(started()));
    let end = strict.translate(&frame(finished(Finish::Stopped)));
    assert_eq!(end[0]["result"], json!({ "status": "stopped" }));
    strict.translate(&frame(started()));
    strict.translate(&frame(interrupt()));
    let end = strict.translate(&frame(finished(Finish::Stopped)));
    assert_eq!(
        end[0]["type"], "RUN_STARTED",
        "what was interrupted has finished"
    );
    assert_eq!(end[1]["result"], json!({ "status": "stopped" }));
}

fn bodies() -> impl Strategy<Value = FrameBody> {
    let id = prop::sample::select(vec!["a", "b", "c"]);
    prop_oneof![
        id.clone().prop_map(message),
        (id.clone(), "[a-z]{0,3}").prop_map(|(id, text)| said(id, &text)),
        id.clone().prop_map(|id| FrameBody::TextMessageEnd {
            message_id: id.into()
        }),
        id.clone().prop_map(|id| FrameBody::ToolCallStart {
            tool_call_id: id.into(),
            tool_call_name: "fetch".into(),
        }),
        id.clone().prop_map(|id| FrameBody::ToolCallEnd {
            tool_call_id: id.into()
        }),
        id.clone().prop_map(|id| FrameBody::StepStarted {
            step_name: id.into()
        }),
        id.prop_map(|id| FrameBody::StepFinished {
            step_name: id.into()
        }),
        Just(FrameBody::DataPart { data: json!([1]) }),
        Just(FrameBody::StateSnapshot {
            snapshot: json!({ "x": 1 })
        }),
    ]
}

fn failed() -> FrameBody {
    FrameBody::RunError {
        thread_id: "t".into(),
        run_id: "r".into(),
        message: "It failed.".into(),
        code: "failed".into(),
    }
}

/// A segment with gates: whatever its nodes say in between, however torn; it may end while it waits for somebody.
fn segments() -> impl Strategy<Value = Vec<FrameBody>> {
    let part = prop::collection::vec(bodies(), 0..12);
    let end = prop::sample::select(vec![
        vec![finished(Finish::Completed)],
        vec![finished(Finish::Stopped)],
        vec![failed()],
        vec![interrupt(), finished(Finish::Stopped)],
        vec![interrupt(), failed()],
    ]);
    (prop::collection::vec(part, 1..4), end).prop_map(|(parts, end)| {
        let mut bodies = vec![started()];
        for (number, part) in parts.into_iter().enumerate() {
            if number > 0 {
                bodies.extend([interrupt(), resumed()]);
            }
            bodies.extend(part);
        }
        bodies.extend(end);
        bodies
    })
}

/// A run that began again, or went on, after it had ended.
fn runs() -> impl Strategy<Value = Vec<Frame>> {
    let segments = prop::collection::vec(segments(), 1..3);
    segments.prop_map(|segments| segments.into_iter().flatten().map(frame).collect())
}

proptest! {
    #[test]
    fn the_official_client_accepts_any_run(frames in runs()) {
        let (mut strict, mut verifier) = (Strict::default(), Verifier::default());
        for frame in &frames {
            let events = strict.translate(frame);
            prop_assert_eq!(verifier.check_all(&events), Ok(()));
        }
        prop_assert!(!verifier.is_running && verifier.has_begun);
    }

    #[test]
    fn whoever_comes_in_later_hears_an_acceptable_stream(frames in runs(), at in any::<prop::sample::Index>()) {
        let split = at.index(frames.len());
        let mut strict = Strict::default();
        for frame in &frames[..split] {
            strict.translate(frame);
        }
        let mut verifier = Verifier::default();
        prop_assert_eq!(verifier.check_all(&strict.prelude()), Ok(()));
        for frame in &frames[split..] {
            prop_assert_eq!(verifier.check_all(&strict.translate(frame)), Ok(()));
        }
    }
}
