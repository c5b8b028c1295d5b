//! States: the results of measurements.

use super::score_bins::ModelScores;
use super::slice_search::SliceFindings;
use super::{
    BrokenRows, Column, Flips, Gap, MeasureError, OtherSide, RankedQueries, RowsDigest, SelectedRows, Slice, Unpaired,
};
use crate::stats;

/// The result of a measurement.
#[derive(Debug, Clone, PartialEq)]
pub enum Measured {
    /// A number of rows.
    Rows(u64),
    /// The columns of a table, in order.
    Columns(Vec<Column>),
    /// Rows and distinct rows.
    Distinct {
        /// All counted rows.
        rows: u64,
        /// The distinct rows among them.
        distinct: u64,
    },
    /// A proportion of rows.
    Share {
        /// The rows that the predicate selects.
        hits: u64,
        /// The rows that are taken into account.
        n: u64,
    },
    /// The rows that a condition selects.
    Selected(SelectedRows),
    /// The rows that do not follow another table, or not by the required distance.
    After {
        /// The number of such rows.
        hits: u64,
        /// The number of rows with a time.
        n: u64,
        /// The distance from the last row of the other table to the first row of this one, if a distance is required.
        gap: Option<Gap>,
    },
    /// Count, sum, variance, minimum and maximum of a numeric column.
    Moments(stats::Moments),
    /// A quantile of a numeric column.
    Quantile {
        /// The quantile; `None` without values.
        value: Option<f64>,
        /// The quantile with all its digits, for integers and decimals.
        exact: Option<stats::Digits>,
        /// The values on both sides of it, unless it is one of the values; `None` if it is a stored one.
        between: Option<[f64; 2]>,
        /// The number of values.
        n: u64,
    },
    /// The number of rows of each value of a column.
    Frequencies(stats::Frequencies),
    /// The latest time of a column, in microseconds since 1970 in UTC.
    Newest {
        /// The time; `None` without times.
        micros: Option<i64>,
        /// The number of times.
        n: u64,
    },
    /// A side's counts over bins of its own.
    Distribution(stats::drift::Distribution),
    /// Both sides' counts over the same bins.
    Cells(stats::drift::Cells),
    /// The association of each single column with the label.
    Explained {
        /// Each column with its association, or the reason there is none.
        columns: Vec<(String, Result<f64, stats::Undefined>)>,
        /// The number of rows with a label.
        n: u64,
    },
    /// Rows on which both sides predict different classes.
    Flips(Flips),
    /// Rows that must be right.
    WrongRows(BrokenRows),
    /// The result of a query, or a number of a file of metrics.
    Number(Option<f64>),
    /// The result of a query that is an integer or a decimal, with all its digits.
    Digits(stats::Digits),
    /// Statistics of a model's predictions.
    Model(stats::State),
    /// Statistics of two sides with unrelated rows, one state for each side.
    Apart {
        /// The candidate's state.
        candidate: Box<stats::State>,
        /// The baseline's state, or the reason there is none.
        baseline: Result<Box<stats::State>, MeasureError>,
        /// The reason the sides are not paired.
        because: Unpaired,
    },
    /// Statistics of the rows that both sides have, and of all rows of the candidate.
    Grown {
        /// Both sides' state of the common rows.
        compared: Box<stats::State>,
        /// The candidate's state of all its rows.
        all: Box<stats::State>,
    },
    /// The identity of the rows on which a model was measured.
    RowsDigest(RowsDigest),
    /// The bin edges of a column.
    Edges(Vec<f64>),
    /// The queries of a ranking.
    Queries(RankedQueries),
    /// The names of the classes or labels, in the order of their codes.
    Classes(Vec<String>),
    /// Sentences on rows that were not scored, and on the samples of questions.
    Remarks(Vec<String>),
    /// The slices that a search found.
    FoundSlices(Box<SliceFindings<Result<stats::State, MeasureError>>>),
    /// The rows by score.
    ScoreBins(Box<ModelScores>),
    /// The states of the slices, sorted by name.
    Slices(Vec<Slice>),
}

impl Measured {
    /// Returns the rows that a condition selects, if the state has them.
    pub fn selected(&self) -> Option<SelectedRows> {
        match self {
            Self::Selected(selected) => Some(*selected),
            Self::WrongRows(found) => Some(found.selected),
            _ => None,
        }
    }

    /// Returns true if the state contains both sides of a model's rows.
    pub fn is_paired(&self) -> bool {
        match self {
            Self::Model(state) => state.is_paired(),
            Self::Grown { compared, .. } => compared.is_paired(),
            Self::Slices(slices) => slices.iter().any(|slice| {
                matches!(slice.other, OtherSide::Grown(..)) || slice.state.as_ref().is_ok_and(stats::State::is_paired)
            }),
            _ => false,
        }
    }
}
