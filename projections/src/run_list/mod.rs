//! Which runs does an organization have, where do they stand, and what do they ask people?
//!
//! One row per run and one per gate, skipped ones included; a purged run and its gates vanish. What people and agents
//! typed (inputs, outputs, questions, answers, messages, titles) is joined from the contents beside the ledger when
//! somebody reads. Who may read which run is not in the rows; whoever asks has judged that before ([`Visible`]).

mod apply;
mod gates;
mod query;
mod rows;
mod view;

pub use apply::RunList;
pub use query::{Filter, InProject, Visible, counts, gates, get, list, prompts};
pub use view::{Count, Detail, Gate, GateStatus, Prompt, Question, Run};
