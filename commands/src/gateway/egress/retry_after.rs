//! How long somebody who is busy wants to be left alone.

use std::time::Duration;

use jiff::Timestamp;
use jiff::fmt::rfc2822;
use reqwest::header::{DATE, HeaderMap, HeaderName, RETRY_AFTER};

/// The wait that an answer asks for, by seconds or by a date. A date counts from the answer's own
/// `Date`, so that no two clocks are compared.
/// Source: RFC 9110, 10.2.3.
pub(super) fn asked(headers: &HeaderMap) -> Option<Duration> {
    let text = headers.get(RETRY_AFTER)?.to_str().ok()?.trim();
    if let Ok(seconds) = text.parse() {
        return Some(Duration::from_secs(seconds));
    }
    let until = date(headers, RETRY_AFTER)?.duration_since(date(headers, DATE)?);
    Some(until.try_into().unwrap_or_default())
}

fn date(headers: &HeaderMap, name: HeaderName) -> Option<Timestamp> {
    let text = headers.get(name)?.to_str().ok()?;
    Some(rfc2822::parse(text).ok()?.timestamp())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn asked_by(retry_after: &str, date: Option<&str>) -> Option<Duration> {
        let mut headers = HeaderMap::new();
        headers.insert(RETRY_AFTER, retry_after.parse().unwrap());
        if let Some(date) = date {
            headers.insert(DATE, date.parse().unwrap());
        }
        asked(&headers)
    }

    #[test]
    fn seconds_and_dates_are_understood() {
        let now = Some("Wed, 21 Oct 2015 07:28:00 GMT");
        assert_eq!(asked_by("7", None), Some(Duration::from_secs(7)));
        assert_eq!(
            asked_by("Wed, 21 Oct 2015 07:28:30 GMT", now),
            Some(Duration::from_secs(30))
        );
        assert_eq!(
            asked_by("Wed, 21 Oct 2015 07:27:00 GMT", now),
            Some(Duration::ZERO)
        );
        assert_eq!(asked_by("Wed, 21 Oct 2015 07:28:30 GMT", None), None);
        assert_eq!(asked_by("soon", now), None);
        assert_eq!(asked_by("-3", now), None);
    }
}
