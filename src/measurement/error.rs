//! Errors of measurements.

/// The reason something could not be measured: a message that names the file, column or row, and says what to do.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct MeasureError(pub String);
