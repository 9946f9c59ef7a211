//! A server on this machine that does what a test says, faults included.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;

/// What the server does next on a connection. When nothing is left it hangs up.
#[derive(Clone, Debug)]
pub(super) enum Step {
    Send(Vec<u8>),
    Pause(Duration),
    /// Waits until the client hangs up, and notes that it did.
    AwaitHangUp,
}

/// A request as it arrived, its headers in lower case.
#[derive(Clone, Debug)]
pub(super) struct Seen {
    pub(super) line: String,
    pub(super) headers: Vec<String>,
    pub(super) body: String,
}

impl Seen {
    /// The only value of a header.
    pub(super) fn header(&self, name: &str) -> Option<&str> {
        let mut values = self.headers.iter().filter_map(|line| {
            let (found, value) = line.split_once(':')?;
            (found == name).then(|| value.trim())
        });
        let value = values.next();
        assert_eq!(values.next(), None, "{name} twice");
        value
    }
}

#[derive(Debug, Default)]
struct Log {
    seen: Vec<Seen>,
    hung_up: usize,
}

#[derive(Debug)]
pub(super) struct Scripted {
    pub(super) port: u16,
    log: Arc<Mutex<Log>>,
}

impl Scripted {
    /// Answers each request by its number, from 0.
    pub(super) fn start(script: impl Fn(usize) -> Vec<Step> + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let log = Arc::new(Mutex::new(Log::default()));
        let (script, kept) = (Arc::new(script), Arc::clone(&log));
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let (script, log) = (Arc::clone(&script), Arc::clone(&kept));
                thread::spawn(move || serve(&stream, &*script, &log));
            }
        });
        Self { port, log }
    }

    /// Answers every request alike.
    pub(super) fn always(steps: Vec<Step>) -> Self {
        Self::start(move |_| steps.clone())
    }

    pub(super) fn seen(&self) -> Vec<Seen> {
        self.log.lock().unwrap().seen.clone()
    }

    pub(super) fn hung_up(&self) -> usize {
        self.log.lock().unwrap().hung_up
    }
}

/// A whole answer.
pub(super) fn answer(status: u16, headers: &[&str], body: &[u8]) -> Vec<Step> {
    let mut head = format!("HTTP/1.1 {status} As Told\r\nconnection: close\r\n");
    for header in headers {
        head.push_str(header);
        head.push_str("\r\n");
    }
    let head = format!("{head}content-length: {}\r\n\r\n", body.len());
    vec![Step::Send([head.as_bytes(), body].concat())]
}

/// The beginning of an answer that ends when the server hangs up.
pub(super) fn opening(kind: &str) -> Step {
    let head = format!("HTTP/1.1 200 OK\r\nconnection: close\r\ncontent-type: {kind}\r\n\r\n");
    Step::Send(head.into_bytes())
}

fn serve(stream: &TcpStream, script: &dyn Fn(usize) -> Vec<Step>, log: &Mutex<Log>) {
    let Some(seen) = read(stream) else { return };
    let number = {
        let mut log = log.lock().unwrap();
        log.seen.push(seen);
        log.seen.len() - 1
    };
    for step in script(number) {
        if !take(stream, step, log) {
            break;
        }
    }
    // The client may have gone; that is its right.
    let _ = stream.shutdown(Shutdown::Both);
}

fn take(mut stream: &TcpStream, step: Step, log: &Mutex<Log>) -> bool {
    match step {
        Step::Send(bytes) => stream
            .write_all(&bytes)
            .and_then(|()| stream.flush())
            .is_ok(),
        Step::Pause(time) => {
            thread::sleep(time);
            true
        }
        Step::AwaitHangUp => {
            stream
                .set_read_timeout(Some(Duration::from_secs(10)))
                .unwrap();
            let gone = matches!(stream.read(&mut [0]), Ok(0));
            log.lock().unwrap().hung_up += usize::from(gone);
            false
        }
    }
}

fn read(stream: &TcpStream) -> Option<Seen> {
    let mut reader = BufReader::new(stream);
    let mut next = || {
        let mut line = String::new();
        reader.read_line(&mut line).ok()?;
        let line = line.trim_end().to_owned();
        (!line.is_empty()).then_some(line)
    };
    let line = next()?;
    let mut headers = Vec::new();
    while let Some(header) = next() {
        let (name, value) = header.split_once(':')?;
        headers.push(format!("{}:{value}", name.to_lowercase()));
    }
    let mut seen = Seen {
        line,
        headers,
        body: String::new(),
    };
    let length = seen
        .header("content-length")
        .map_or(0, |n| n.parse().unwrap());
    let mut body = vec![0; length];
    reader.read_exact(&mut body).ok()?;
    seen.body = String::from_utf8(body).unwrap();
    Some(seen)
}
