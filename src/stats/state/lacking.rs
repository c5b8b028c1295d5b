//! Columns that a state needs and the rows lack.

use super::columns::Predictions;
use super::rows::Rows;
use crate::stats::Undefined;

/// A column or property that a metric needs and the rows lack.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[allow(missing_docs, reason = "the texts say it")]
pub enum Lacking {
    #[error("it is computed from predicted classes, and there are none")]
    Predictions,
    #[error("it is computed from scores, and there are none")]
    Scores,
    #[error("it is computed from forecast intervals, and there are none")]
    Interval,
    #[error("{outside} scores are outside 0 to 1; probabilities are needed")]
    NotProbabilities { outside: u64 },
    #[error("it needs the series and the time of each row, or its naive error")]
    Series,
    #[error("the rows of a query are in more than one cluster")]
    QueryAcrossClusters,
    #[error("the rows of a query have different weights")]
    UnevenQuery,
    #[error("it is of single grades, and rows have several samples")]
    SingleGrades,
    #[error("it is not defined for such labels")]
    OtherTask,
    #[error("it is undefined: {0}")]
    Undefined(#[from] Undefined),
}

/// Computes a value of each side.
pub(crate) fn of_both<'a, T>(
    rows: &'a Rows,
    of: impl Fn(&'a Predictions) -> Result<T, Lacking>,
) -> Result<(T, Option<T>), Lacking> {
    let columns = rows.columns();
    Ok((of(&columns.candidate)?, columns.baseline.as_ref().map(of).transpose()?))
}
