//! P6 to P9: what viewers of a run are given, ours against a bare axum server that streams the same frames: from memory, and for
//! P7 from the same rows of the database.
//!
//! Each side is a process of its own with the same allocator (`ours.rs`, `bare.rs`, `stored.rs`), takes frames by the same request,
//! and is watched by the same raw client (`watcher.rs`).

pub mod bare;
pub mod ours;
pub mod rows;
mod side;
mod stage;
pub mod stored;
mod watcher;

/// How much is done.
#[derive(Clone, Copy, Debug)]
pub struct Scale {
    viewers: usize,
    /// Frames that are appended at once and fit into what the server keeps in memory, and how often.
    burst: (usize, usize),
    /// Frames that are appended at once and do not.
    beyond: usize,
    /// Frames of the log that is read from its beginning, and how often it is.
    stored: (usize, usize),
    /// Frames at the pace of P9.
    paced: usize,
}

impl Scale {
    /// What the goals say.
    pub const FULL: Self = Self {
        viewers: 1_000,
        burst: (1_000, 5),
        beyond: 4_000,
        stored: (10_000, 15),
        paced: 1_000,
    };

    /// To see that it works.
    pub const SMALL: Self = Self {
        viewers: 200,
        burst: (500, 2),
        beyond: 2_000,
        stored: (2_000, 3),
        paced: 200,
    };
}
