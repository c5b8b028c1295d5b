//! Units of numbers.

use serde::{Deserialize, Serialize};

/// The unit of a number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Unit {
    /// A number of rows.
    Rows,
    /// A number of columns.
    Columns,
    /// A proportion of rows, from 0 to 1.
    Share,
    /// A metric in its own unit: accuracy from 0 to 1, `log_loss` in nats.
    Metric,
    /// The ratio of two rates.
    Ratio,
    /// A number in its own unit: that of a column, or that of a metric that another program computed.
    Number,
    /// A duration, in seconds.
    Seconds,
}
