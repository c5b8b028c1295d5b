//! The inputs of an evaluation besides its files, and its result.

use std::collections::BTreeMap;
use std::num::NonZero;

use super::stored::Stored;
use crate::config::Pattern;
use crate::gate::Gates;
use crate::gate::judge::Outcome;
use crate::measurement::prediction_spec::PredictionSpec;
use crate::pipeline::guarding::Guarding;
use crate::report::document::Report;

/// The inputs of an evaluation besides its files.
#[derive(Debug, Clone)]
pub(crate) struct Request {
    /// The gates that are evaluated, by their ids; all of them if empty.
    pub(crate) only: Vec<Pattern>,
    /// The current time, in microseconds since 1970.
    pub(crate) now: i64,
    /// The most threads; one for each core if absent.
    pub(crate) threads: Option<NonZero<usize>>,
    /// The most flipped rows of each kind that are listed.
    pub(crate) list_flips: Option<u16>,
    /// True: the report has the counts behind its charts.
    pub(crate) plots: bool,
    /// The comparison of the demands with those of the other side, if it is wanted.
    pub(crate) guard: Option<Guarding>,
}

/// The stored side of a comparison.
pub(crate) enum BaselineChoice {
    /// The baseline that the config or the command line names, if either does.
    Configured,
    /// The baseline that `bless` is about to replace. Entries that it does not have yet are compared with the candidate's own.
    Given(Box<Stored>),
}

/// A report, and the gates and outcomes that it was assembled from.
pub(crate) struct Evaluated {
    pub(crate) gates: Gates,
    pub(crate) outcomes: Vec<Outcome>,
    pub(crate) report: Report,
    /// The models beside the stored baseline, and beside the frozen reference.
    pub(crate) stored: [StoredModels; 2],
}

/// Models beside a stored baseline: how their predictions are read, and the number of rows that the baseline was measured on.
#[derive(Default)]
pub(crate) struct StoredModels {
    pub(crate) specs: BTreeMap<String, PredictionSpec>,
    pub(crate) rows: BTreeMap<String, u64>,
}

/// Returns the system's time, in microseconds since 1970.
pub(crate) fn clock() -> i64 {
    chrono::Utc::now().timestamp_micros()
}
