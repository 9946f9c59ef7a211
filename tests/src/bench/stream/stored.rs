//! The bare server for a viewer that comes back: frames from the same rows as ours, written as events as they come, and
//! put together into writes of 32 kB. Nothing is kept in memory, and nobody is asked who they are.

use std::sync::Arc;

use axum::Router;
use axum::body::Body;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use futures_util::{Stream, StreamExt as _};
use tokio::net::TcpListener;
use tokio_postgres::{Client, Error, RowStream, Statement};
use uuid::Uuid;

use super::bare::WRITE;
use crate::console::say;
use crate::{Outcome, fault};

/// A connection, and how it asks for frames.
type Log = Arc<(Client, Statement)>;

/// What the bare server does: `stored URL` prints its port twice, and serves until killed.
pub async fn serve(arguments: &[String]) -> Outcome<()> {
    let [url] = arguments else {
        return Err(fault("stored URL"));
    };
    let client = crate::database::connect(&url.parse()?).await?;
    let sql = include_str!("../sql/read_floor_frames.sql");
    let statement = client.prepare(sql).await?;
    let listener = TcpListener::bind(("127.0.0.1", 0)).await?;
    let port = listener.local_addr()?.port();
    say(format!("{port} {port}"));
    let router = Router::new()
        .route("/api/agents/runs/{run}/stream", get(show))
        .with_state(Arc::new((client, statement)));
    Ok(axum::serve(listener, router).await?)
}

async fn show(State(log): State<Log>, Path(run): Path<Uuid>, headers: HeaderMap) -> Response {
    let after = headers
        .get("last-event-id")
        .and_then(|id| id.to_str().ok()?.strip_prefix("1-")?.parse::<i64>().ok());
    let Some(after) = after else {
        return StatusCode::NOT_FOUND.into_response();
    };
    let (client, statement) = &*log;
    let asked: [&(dyn tokio_postgres::types::ToSql + Sync); 2] = [&run, &after];
    match client.query_raw(statement, asked).await {
        Ok(rows) => {
            let kind = [(header::CONTENT_TYPE, "text/event-stream; charset=utf-8")];
            (kind, Body::from_stream(events(rows))).into_response()
        }
        Err(_) => StatusCode::INTERNAL_SERVER_ERROR.into_response(),
    }
}

/// The rows as events; then nothing more comes, and the viewer is not let go.
fn events(rows: RowStream) -> impl Stream<Item = Result<Vec<u8>, Error>> {
    async_stream::try_stream! {
        let mut rows = std::pin::pin!(rows);
        let mut out = b": keepalive\n\n".to_vec();
        while let Some(row) = rows.next().await.transpose()? {
            let (place, data): (i64, &[u8]) = (row.get(0), row.get(1));
            out.extend_from_slice(format!("id: 1-{place}\ndata: ").as_bytes());
            out.extend_from_slice(data);
            out.extend_from_slice(b"\n\n");
            if out.len() >= WRITE {
                yield std::mem::replace(&mut out, Vec::with_capacity(WRITE + 1_024));
            }
        }
        yield out;
        std::future::pending::<()>().await;
    }
}
