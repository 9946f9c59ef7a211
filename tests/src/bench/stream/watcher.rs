//! The viewer of both sides: as little as can tell that every frame came, once and in order.

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

use crate::{Outcome, fault};

/// Bytes that are read at once.
const READ: usize = 16 * 1024;

/// An open stream.
#[derive(Debug)]
pub(super) struct Watcher {
    stream: TcpStream,
    unread: Vec<u8>,
    /// The last frame that came.
    last: i64,
}

impl Watcher {
    /// Opens the stream of a run after a frame; shows the token where there is one.
    pub(super) async fn open(port: u16, run: &str, token: &str, after: i64) -> Outcome<Self> {
        let mut stream = TcpStream::connect(("127.0.0.1", port)).await?;
        stream.set_nodelay(true)?;
        // Everything that a run shows: then the places have no holes.
        let request = format!(
            "GET /api/agents/runs/{run}/stream?channels=ag-ui,a2ui HTTP/1.1\r\nhost: 127.0.0.1:{port}\r\n\
             accept: text/event-stream\r\nauthorization: Bearer {token}\r\nlast-event-id: 1-{after}\r\n\r\n"
        );
        stream.write_all(request.as_bytes()).await?;
        let mut watcher = Self {
            stream,
            unread: Vec::new(),
            last: after,
        };
        let end = loop {
            let found = watcher.unread.windows(4).position(|it| it == b"\r\n\r\n");
            match found {
                Some(end) => break end + 4,
                None if watcher.more().await? => {}
                None => return Err(fault("no answer")),
            }
        };
        let head = String::from_utf8(watcher.unread.drain(..end).collect())?;
        if !head.starts_with("HTTP/1.1 200 ") || head.contains("cinatra-stream-reset") {
            return Err(fault(format!("no stream: {head}")));
        }
        Ok(watcher)
    }

    /// Reads what has come; false once the server has closed the stream.
    async fn more(&mut self) -> Outcome<bool> {
        self.unread.reserve(READ);
        Ok(self.stream.read_buf(&mut self.unread).await? > 0)
    }

    /// Reads up to a frame; each one's place is told as it comes. Answers how many of them never came.
    pub(super) async fn until(&mut self, place: i64, mut came: impl FnMut(i64)) -> Outcome<i64> {
        let mut lost = 0;
        loop {
            let mut done = 0;
            // Order: an event is never divided between two chunks of the answer, so a line is a line of an event, or a
            // chunk's length, or nothing.
            while let Some(length) = self.unread[done..].iter().position(|byte| *byte == b'\n') {
                let line = &self.unread[done..done + length];
                done += length + 1;
                if let Some(id) = line.strip_prefix(b"id: 1-") {
                    let seq: i64 = std::str::from_utf8(id)?.parse()?;
                    if seq <= self.last {
                        return Err(fault(format!("frame {seq} after {}", self.last)));
                    }
                    lost += seq - self.last - 1;
                    self.last = seq;
                    came(seq);
                }
            }
            self.unread.drain(..done);
            if self.last >= place {
                return Ok(lost);
            }
            if !self.more().await? {
                return Ok(lost + place - self.last);
            }
        }
    }
}
