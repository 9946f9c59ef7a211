//! The table of who may do what, which people write by hand.

use std::collections::BTreeMap;

use super::cast::Who;

const MATRIX: &str = include_str!("matrix.txt");

/// Everything that the table says.
#[derive(Debug)]
pub(super) struct Golden {
    pub(super) rows: Vec<Row>,
}

/// One request, and what each caller is answered.
#[derive(Debug)]
pub(super) struct Row {
    /// A primitive, or a variant of it after `/`; or a route.
    pub(super) name: String,
    /// Whether the seeds hang on it.
    pub(super) is_critical: bool,
    /// What the catalogue says of who may.
    pub(super) access: String,
    /// The permission that a token has to be narrowed to.
    pub(super) key: Option<String>,
    cells: BTreeMap<Who, String>,
}

impl Golden {
    /// Reads the table; what cannot be read is a mistake in it.
    pub(super) fn read() -> Self {
        let lines = MATRIX.lines().filter(|line| !line.starts_with('#'));
        let mut lines = lines.filter(|line| !line.trim().is_empty());
        let header: Vec<&str> = lines.next().unwrap().split_whitespace().collect();
        assert_eq!(header[..3], ["row", "access", "key"]);
        let columns = header[3..].iter().map(|column| Who::parse(column));
        let columns: Vec<Who> = columns.collect();
        assert_eq!(columns, Who::ALL, "a column for everybody");
        let rows: Vec<Row> = lines.map(|line| Row::read(line, &columns)).collect();
        Self { rows }
    }

    /// Rows of primitives.
    pub(super) fn primitives(&self) -> impl Iterator<Item = &Row> {
        self.rows.iter().filter(|row| !row.is_route())
    }

    /// Rows of routes.
    pub(super) fn routes(&self) -> impl Iterator<Item = &Row> {
        self.rows.iter().filter(|row| row.is_route())
    }

    /// Rows of one primitive.
    pub(super) fn of<'g>(&'g self, primitive: &'g str) -> impl Iterator<Item = &'g Row> {
        self.primitives()
            .filter(move |row| row.primitive() == primitive)
    }
}

impl Row {
    fn read(line: &str, columns: &[Who]) -> Self {
        let is_critical = line.starts_with('!');
        let words: Vec<&str> = line.trim_start_matches('!').split_whitespace().collect();
        let [name, access, key, cells @ ..] = words.as_slice() else {
            panic!("not a row: {line}");
        };
        assert_eq!(cells.len(), columns.len(), "{line}");
        let known = |cell: &&str| ["401", "403", "404", "ok"].contains(cell);
        assert!(cells.iter().all(known), "{line}");
        assert!(cells.contains(&"ok"), "succeeds for nobody: {line}");
        let cells = columns
            .iter()
            .copied()
            .zip(cells.iter().copied().map(str::to_owned));
        Self {
            name: (*name).to_owned(),
            is_critical,
            access: (*access).to_owned(),
            key: (*key != "-").then(|| (*key).to_owned()),
            cells: cells.collect(),
        }
    }

    /// What somebody is answered. With the right key Ada's token does what she does.
    pub(super) fn answer(&self, who: Who) -> &str {
        let column = if who == Who::Key { Who::Ada } else { who };
        &self.cells[&column]
    }

    /// Whether it is no primitive.
    pub(super) fn is_route(&self) -> bool {
        self.name.starts_with('/')
    }

    /// What is called.
    pub(super) fn primitive(&self) -> &str {
        let parts = self.name.split_once('/');
        parts.map_or(self.name.as_str(), |(primitive, _)| primitive)
    }

    /// Which variant of it; empty for the plain one.
    pub(super) fn variant(&self) -> &str {
        let parts = self.name.split_once('/');
        parts.map_or("", |(_, variant)| variant)
    }

    /// Who calls it.
    pub(super) fn callers(&self) -> impl Iterator<Item = Who> {
        let key = self.key.is_some().then_some(Who::Key);
        Who::ALL.into_iter().chain(key)
    }
}
