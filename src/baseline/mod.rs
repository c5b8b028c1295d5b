//! The stored baseline: the measurements of the side with which others are compared, in a file that can be reviewed.
//!
//! The file contains states and no samples, and thus no row of data. Judging is the same for fresh and for stored
//! measurements. A measurement that the file lacks cannot be compared, and that is an error, never a pass.

mod answer;
mod difference;
mod file;
mod layout;
mod make;
mod score_type;
mod sound;
pub mod source;
mod states;
mod stored_answer;
mod stored_dataset;
mod stored_distribution;
mod unique_keys;

pub use answer::{beside, beside_sample};
pub use difference::{Area, BaselineStamp, Changed, Difference, Shown};
pub use file::{BASELINE_VERSION, Baseline, Commit, Excused, Input};
pub use make::{ReadingsToStore, wanted};
pub use score_type::ScoreType;
pub use states::{KeptRows, StoredModel, StoredNumber};
pub use stored_answer::{Answered, AskedQuery, StoredAnswer};
pub use stored_dataset::{StoredColumn, StoredDataset};
pub use stored_distribution::StoredDistribution;

/// Maximum number of stored values of a column whose values a line of the config compares.
const MOST_VALUES: usize = 1_000;

/// The name and version of this program, as stored in its files.
pub const TOOL: &str = concat!("mlgate ", env!("CARGO_PKG_VERSION"));

/// The origin of a baseline.
#[derive(Debug, Clone)]
pub struct Origin {
    /// The checked-out commit.
    pub commit: Option<Commit>,
    /// The config.
    pub config: Input,
    /// The files that were read.
    pub inputs: Vec<Input>,
}
