//! The stored baseline: what was measured of the side that others are compared with, in a file that can be reviewed.
//!
//! It holds states and not samples, so there is no row of data in it. Judging does not know whether a number was measured
//! just now or was stored. What is not in the file cannot be compared, and that is an error, never a pass.

mod answer;
mod difference;
mod layout;
mod make;
mod model;
mod sound;
pub mod source;
mod states;

pub use answer::{beside, beside_sample};
pub use difference::{Area, Changed, Difference, Shown, Stamp};
pub use make::{Told, wanted};
pub use model::{
    Answer, Answered, AskedQuery, BASELINE_VERSION, Baseline, Column, Commit, Dataset, Excused, Holds, Input,
};
pub use states::{
    Bins, GroupCounts, KeptRows, Model, ModelAnswer, ModelAnswered, Number, Part, PartAnswer, StoredState,
};

/// As many different values of a column are stored where a line of the config compares them.
const MOST_VALUES: usize = 1_000;

/// This program, as it is written into what it makes.
pub const TOOL: &str = concat!("mlgate ", env!("CARGO_PKG_VERSION"));

/// Where a baseline came from.
#[derive(Debug, Clone)]
pub struct Origin {
    /// The commit that was checked out.
    pub commit: Option<Commit>,
    /// The config.
    pub config: Input,
    /// The files that were read.
    pub inputs: Vec<Input>,
}
