//! Rebuilds the crate when a migration is added or removed: the embedding macro alone does not notice.

use std::io::{self, Write};

fn main() -> io::Result<()> {
    writeln!(io::stdout(), "cargo::rerun-if-changed=sql")
}
