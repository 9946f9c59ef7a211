//! What every query of a read model takes and answers.

mod ask;
mod cursor;
mod page;
mod row;
mod scope;

use cinatra_domain::kernel::Position;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

pub(crate) use ask::absent;
pub(crate) use page::{Listing, only, page};
pub(crate) use row::{actor, column, content, count, document, json, spelled, word};
pub use scope::ViewerScope;

use crate::Error;

/// How new an answer has to be; positions are of the viewer's own ledger. Source: design.md D12.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Freshness {
    /// Wait, bounded, until the read model holds this position.
    pub min_pos: Option<Position>,
    /// Rather no answer than one that is older than `min_pos`.
    pub strict: bool,
}

/// What was found, and how far the read model had got in the same snapshot.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answer<T> {
    /// What was found.
    pub rows: T,
    /// The position of the viewer's ledger that it is true at.
    pub at: Position,
    /// Whether it is older than asked for.
    pub stale: bool,
}

impl<T> Answer<T> {
    /// The same answer in another shape.
    pub fn map<U>(self, shape: impl FnOnce(T) -> U) -> Answer<U> {
        Answer {
            rows: shape(self.rows),
            at: self.at,
            stale: self.stale,
        }
    }
}

/// Which page of a list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Keyset {
    /// Of which list; another one's cursor is refused.
    pub list: &'static str,
    /// How many rows; brought into 1 to [`Keyset::LIMIT_MAX`].
    pub limit: u16,
    /// Where the page before ended: its `next_cursor`, unchanged.
    pub cursor: Option<String>,
}

impl Keyset {
    /// Most rows of one page.
    pub const LIMIT_MAX: u16 = 200;

    /// The first page of so many rows.
    pub const fn first(limit: u16) -> Self {
        Self {
            list: "",
            limit,
            cursor: None,
        }
    }

    /// One more row than the page holds: it says whether there is a next one.
    pub fn probe(&self) -> i64 {
        i64::from(self.limit.clamp(1, Self::LIMIT_MAX)) + 1
    }

    /// Where the page before ended in a list that is ordered by id.
    pub(crate) fn id(&self) -> Result<Option<Uuid>, Error> {
        let parse = |text: &str| Uuid::try_parse(text).map_err(|_| Error::InvalidCursor);
        self.name()?.map(parse).transpose()
    }

    /// Where the page before ended in a list that is ordered by name.
    pub fn name(&self) -> Result<Option<&str>, Error> {
        match self
            .cursor
            .as_deref()
            .map(|text| cursor::read(self.list, text))
            .transpose()?
        {
            Some(name) if name.contains('\0') => Err(Error::InvalidCursor),
            name => Ok(name),
        }
    }

    /// Where the page before ended in a list that is ordered by position.
    pub fn position(&self) -> Result<Option<i64>, Error> {
        let ended = self
            .cursor
            .as_deref()
            .map(|text| cursor::read(self.list, text))
            .transpose()?;
        let parse = |text: &str| text.parse::<i64>().map_err(|_| Error::InvalidCursor);
        match ended.map(parse).transpose()? {
            Some(position) if position < 1 => Err(Error::InvalidCursor),
            position => Ok(position),
        }
    }
}

impl Default for Keyset {
    fn default() -> Self {
        Self::first(50)
    }
}

/// One page of a list.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Page<T> {
    /// The rows.
    pub items: Vec<T>,
    /// Cursor of the next page; absent on the last one.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub next_cursor: Option<String>,
}

impl<T> Page<T> {
    /// A list that has one page only.
    pub const fn whole(items: Vec<T>) -> Self {
        Self {
            items,
            next_cursor: None,
        }
    }

    /// Cuts the probe off; `place` says where a row stands in the order of the list.
    pub fn cut(mut items: Vec<T>, keyset: &Keyset, place: impl Fn(&T) -> String) -> Self {
        let limit = usize::from(keyset.limit.clamp(1, Keyset::LIMIT_MAX));
        let has_more = items.len() > limit;
        items.truncate(limit);
        Self::of(items, has_more, keyset, place)
    }

    /// Rows that may be fewer than were asked for, and whether more come after them.
    pub fn of(
        items: Vec<T>,
        has_more: bool,
        keyset: &Keyset,
        place: impl Fn(&T) -> String,
    ) -> Self {
        let last = items.last().filter(|_| has_more);
        let next_cursor = last.map(|last| cursor::write(keyset.list, &place(last)));
        Self { items, next_cursor }
    }
}

#[cfg(test)]
mod tests {
    use super::{Keyset, Page};

    #[test]
    fn a_page_has_a_cursor_exactly_when_there_is_more() {
        let keyset = Keyset::first(2);
        let page = |rows: &[i32]| Page::cut(rows.to_vec(), &keyset, ToString::to_string);
        assert_eq!(page(&[1, 2]).next_cursor, None);
        let next = page(&[1, 2, 3]).next_cursor;
        let keyset = Keyset {
            list: "",
            limit: 2,
            cursor: next,
        };
        assert_eq!(keyset.position().unwrap(), Some(2));
        assert_eq!(page(&[1, 2, 3]).items, [1, 2]);
        assert_eq!(page(&[]).next_cursor, None);
    }

    #[test]
    fn a_list_takes_back_its_own_kind_of_cursor_only() {
        let after = |place: &str| Keyset {
            list: "",
            limit: 2,
            cursor: Some(super::cursor::write("", place)),
        };
        assert_eq!(after("@a/b-agent").name().unwrap(), Some("@a/b-agent"));
        for place in ["0", "-1", "", "@a/b-agent", "9223372036854775808"] {
            assert!(after(place).position().is_err(), "{place}");
        }
        assert!(after("@a/\0").name().is_err());
        let id = uuid::Uuid::from_u128(7);
        assert_eq!(after(&id.to_string()).id().unwrap(), Some(id));
        assert!(after("17").id().is_err());
    }

    #[test]
    fn a_limit_is_brought_into_its_range() {
        assert_eq!(Keyset::first(0).probe(), 2);
        assert_eq!(Keyset::first(9_999).probe(), 201);
    }
}
