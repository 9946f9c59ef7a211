//! What a viewer asks for: where to go on, in which dialect, with which channels.

use axum::http::HeaderMap;
use cinatra_domain::run::frame::Channel;
use cinatra_domain::run::frame::strict::Strict;
use cinatra_eventstore::Cursor;
use serde::Deserialize;

use crate::problem::Problem;

/// The query, as it comes. What is not known means nothing.
#[derive(Clone, Debug, Default, Deserialize)]
pub(in crate::http) struct Asked {
    dialect: Option<String>,
    channels: Option<String>,
    #[serde(alias = "lastEventId")]
    last_event_id: Option<String>,
}

/// The same, understood.
#[derive(Clone, Debug)]
pub(in crate::http) struct Ask {
    /// Where the viewer stands; an error when nobody can say.
    pub(super) cursor: Result<Cursor, ()>,
    pub(super) strict: Option<Box<Strict>>,
    pub(super) channels: Vec<Channel>,
    /// After which frame the viewer's stretch of the run begins, if it wants no more than that: it ends where the run
    /// ends or waits for people.
    pub(super) stretch: Option<Cursor>,
}

impl Ask {
    /// The header counts before the query: a browser that comes back sends the header, and its address is the old one.
    pub(super) fn read(asked: &Asked, headers: &HeaderMap) -> Result<Self, Problem> {
        let cursor = last_seen(headers)
            .or_else(|| asked.last_event_id.clone())
            .filter(|text| !text.is_empty());
        let cursor = cursor.map_or(Ok(Cursor::START), |text| Cursor::parse(&text).ok_or(()));
        let is_strict = match asked.dialect.as_deref() {
            None | Some("native") => false,
            Some("ag-ui") => true,
            Some(_) => {
                return Err(Problem::invalid_input(
                    "dialect",
                    "is none of native, ag-ui",
                ));
            }
        };
        Ok(Self {
            cursor,
            strict: is_strict.then(Box::default),
            channels: asked.channels()?,
            stretch: None,
        })
    }

    /// A stretch of a run, for somebody who has names of its own for what it sees. Whoever comes back says so by the
    /// header only.
    pub(in crate::http) fn stretch(
        asked: &Asked,
        headers: &HeaderMap,
        strict: Strict,
    ) -> Result<Self, Problem> {
        let seen = last_seen(headers).filter(|text| !text.is_empty());
        let seen = seen.map_or(Some(Cursor::START), |text| Cursor::parse(&text));
        let malformed = || Problem::invalid_input("last-event-id", "malformed");
        Ok(Self {
            cursor: Ok(seen.ok_or_else(malformed)?),
            strict: Some(Box::new(strict)),
            channels: asked.channels()?,
            stretch: Some(Cursor::START),
        })
    }

    /// It begins after this frame.
    #[must_use]
    pub(in crate::http) fn after(mut self, begin: Cursor) -> Self {
        self.stretch = Some(begin);
        self.cursor = self.cursor.map(|seen| {
            let is_before = seen.seq < begin.seq;
            if is_before { begin } else { seen }
        });
        self
    }
}

impl Asked {
    fn channels(&self) -> Result<Vec<Channel>, Problem> {
        let words = self.channels.as_deref().unwrap_or("ag-ui").split(',');
        let channels = words.map(|word| match word.trim() {
            "ag-ui" => Ok(Channel::AgUi),
            "a2ui" => Ok(Channel::A2ui),
            _ => Err(Problem::invalid_input("channels", "are of ag-ui, a2ui")),
        });
        channels.collect()
    }
}

fn last_seen(headers: &HeaderMap) -> Option<String> {
    let header = headers.get("last-event-id");
    header.map(|value| String::from_utf8_lossy(value.as_bytes()).into_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(query: &[(&str, &str)], header: Option<&str>) -> Result<Ask, Problem> {
        let find = |name: &str| {
            let found = query.iter().find(|(key, _)| *key == name);
            found.map(|(_, value)| (*value).to_owned())
        };
        let asked = Asked {
            dialect: find("dialect"),
            channels: find("channels"),
            last_event_id: find("lastEventId"),
        };
        let mut headers = HeaderMap::new();
        if let Some(header) = header {
            headers.insert("last-event-id", header.parse().unwrap());
        }
        Ask::read(&asked, &headers)
    }

    #[test]
    fn the_header_counts_before_the_query() {
        let both = read(&[("lastEventId", "1-3")], Some("1-7")).unwrap();
        assert_eq!(both.cursor, Ok(Cursor { epoch: 1, seq: 7 }));
        let query = read(&[("lastEventId", "1-3")], None).unwrap();
        assert_eq!(query.cursor, Ok(Cursor { epoch: 1, seq: 3 }));
        assert_eq!(read(&[], None).unwrap().cursor, Ok(Cursor::START));
        assert_eq!(read(&[], Some("nonsense")).unwrap().cursor, Err(()));
    }

    #[test]
    fn what_is_not_served_is_refused() {
        assert!(read(&[("dialect", "ag-ui"), ("channels", "ag-ui,a2ui")], None).is_ok());
        assert!(read(&[("dialect", "morse")], None).is_err());
        assert!(read(&[("channels", "smoke")], None).is_err());
    }
}
