//! Two streams, written explicitly.

use std::fmt::Display;
use std::io::{self, Write};

use serde::Serialize;

use super::error::CliError;

/// Where a command writes its results and its remarks.
pub struct Terminal {
    out: Box<dyn Write + Send>,
    err: Box<dyn Write + Send>,
    json: bool,
}

impl std::fmt::Debug for Terminal {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Terminal")
            .field("json", &self.json)
            .finish_non_exhaustive()
    }
}

impl Terminal {
    /// The streams of this process.
    pub fn standard(json: bool) -> Self {
        Self {
            out: Box::new(io::stdout()),
            err: Box::new(io::stderr()),
            json,
        }
    }

    /// Whether results are wanted as JSON.
    pub const fn is_json(&self) -> bool {
        self.json
    }

    /// A line of the result.
    pub fn line(&mut self, text: impl Display) -> io::Result<()> {
        writeln!(self.out, "{text}")?;
        self.out.flush()
    }

    /// A value of the result, as JSON, whatever was asked for.
    pub fn value(&mut self, value: &impl Serialize) -> io::Result<()> {
        let text = serde_json::to_string_pretty(value)?;
        self.line(text)
    }

    /// A remark beside the result.
    pub fn remark(&mut self, text: impl Display) -> io::Result<()> {
        writeln!(self.err, "{text}")
    }

    /// Why there is no result.
    pub(super) fn fail(&mut self, error: &CliError) -> io::Result<()> {
        if let Some(envelope) = error.envelope() {
            return writeln!(self.err, "{}", serde_json::to_string_pretty(&envelope)?);
        }
        let mut said = error.to_string();
        writeln!(self.err, "cinatra: {said}")?;
        let mut source = std::error::Error::source(error);
        while let Some(cause) = source {
            let text = cause.to_string();
            // A layer that adds nothing of its own is passed over.
            if !said.contains(&text) {
                writeln!(self.err, "  because: {text}")?;
                said = text;
            }
            source = cause.source();
        }
        Ok(())
    }

    /// Rows under headings, columns aligned.
    pub fn table(&mut self, headings: &[&str], rows: &[Vec<String>]) -> io::Result<()> {
        let width = |column: usize| {
            let cells = rows.iter().filter_map(|row| row.get(column));
            let heading = headings.get(column).map_or(0, |text| text.chars().count());
            cells
                .map(|cell| cell.chars().count())
                .max()
                .unwrap_or(0)
                .max(heading)
        };
        let widths: Vec<usize> = (0..headings.len()).map(width).collect();
        let heading: Vec<String> = headings.iter().map(|text| (*text).to_owned()).collect();
        for row in std::iter::once(&heading).chain(rows) {
            let cells = row.iter().zip(&widths);
            let line: Vec<String> = cells
                .map(|(cell, width)| format!("{cell:width$}"))
                .collect();
            self.line(line.join("  ").trim_end())?;
        }
        Ok(())
    }
}

#[cfg(test)]
pub(super) mod tests {
    use std::sync::{Arc, Mutex};

    use super::*;

    /// What was written, for tests.
    #[derive(Clone, Default)]
    pub(in crate::cli) struct Paper(Arc<Mutex<Vec<u8>>>);

    impl Write for Paper {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.0.lock().unwrap().extend_from_slice(bytes);
            Ok(bytes.len())
        }
        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    impl Paper {
        fn text(&self) -> String {
            String::from_utf8(self.0.lock().unwrap().clone()).unwrap()
        }
    }

    #[test]
    fn a_table_is_aligned() {
        let paper = Paper::default();
        let mut terminal = Terminal {
            out: Box::new(paper.clone()),
            err: Box::new(io::sink()),
            json: false,
        };
        let rows = [
            vec!["a".to_owned(), "1".to_owned()],
            vec!["long name".into(), "2".into()],
        ];
        terminal.table(&["name", "lag"], &rows).unwrap();
        assert_eq!(paper.text(), "name       lag\na          1\nlong name  2\n");
    }
}
