//! Request bodies, bounded.

use std::time::Duration;

use axum::body::{Body, BodyDataStream};
use bytes::{Bytes, BytesMut};
use cinatra_domain::kernel::Class;
use futures_util::StreamExt as _;

use crate::problem::{self, Problem};

/// Largest body that is looked at.
pub const BODY_BYTES_MAX: usize = 256 * 1024;

/// A larger body is read and thrown away up to here, so that its sender can read the answer.
const DISCARD_BYTES_MAX: usize = 32 * 1024 * 1024;

/// How long a sender may take.
const READ_TIME_MAX: Duration = Duration::from_secs(30);

/// The whole body, or why not.
pub(super) async fn read(body: Body) -> Result<Bytes, Problem> {
    match tokio::time::timeout(READ_TIME_MAX, collect(body.into_data_stream())).await {
        Ok(outcome) => outcome,
        Err(_) => Err(Problem::new(
            Class::Invalid,
            "REQUEST_TIMEOUT",
            "The request body did not arrive in time.",
        )),
    }
}

async fn collect(mut chunks: BodyDataStream) -> Result<Bytes, Problem> {
    let Some(first) = next(&mut chunks).await? else {
        return Ok(Bytes::new());
    };
    let Some(second) = next(&mut chunks).await? else {
        return if first.len() > BODY_BYTES_MAX {
            Err(problem::too_large())
        } else {
            Ok(first)
        };
    };
    let mut seen = first.len() + second.len();
    let mut whole = BytesMut::with_capacity(seen);
    whole.extend_from_slice(&first);
    whole.extend_from_slice(&second);
    while let Some(chunk) = next(&mut chunks).await? {
        seen += chunk.len();
        if seen > DISCARD_BYTES_MAX {
            break;
        }
        if seen <= BODY_BYTES_MAX {
            whole.extend_from_slice(&chunk);
        }
    }
    if seen > BODY_BYTES_MAX {
        Err(problem::too_large())
    } else {
        Ok(whole.freeze())
    }
}

async fn next(chunks: &mut BodyDataStream) -> Result<Option<Bytes>, Problem> {
    chunks.next().await.transpose().map_err(|_| {
        Problem::new(
            Class::Invalid,
            "BODY_INCOMPLETE",
            "The request body ended before it was complete.",
        )
    })
}

#[cfg(test)]
mod tests {
    use futures_util::stream;

    use super::*;

    async fn outcome(chunk: usize, count: usize) -> Result<usize, String> {
        let chunks = stream::iter((0..count).map(move |_| Ok::<_, std::io::Error>(vec![0; chunk])));
        let read = read(Body::from_stream(chunks)).await;
        read.map(|bytes| bytes.len())
            .map_err(|problem| problem.code().to_owned())
    }

    #[tokio::test]
    async fn a_body_of_the_limit_passes_and_one_byte_more_does_not() {
        let too_large = || Err("BODY_TOO_LARGE".to_owned());
        assert_eq!(outcome(0, 0).await, Ok(0));
        assert_eq!(outcome(BODY_BYTES_MAX, 1).await, Ok(BODY_BYTES_MAX));
        assert_eq!(outcome(BODY_BYTES_MAX + 1, 1).await, too_large());
        assert_eq!(outcome(1024, 256).await, Ok(BODY_BYTES_MAX));
        assert_eq!(outcome(1024, 257).await, too_large());
        assert_eq!(outcome(1024 * 1024, 1000).await, too_large());
    }
}
