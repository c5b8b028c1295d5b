//! The rows that groups are taken from.

use super::super::Subject;
use crate::config::Model;
use crate::measurement::prediction_spec::PredictionSpec;

/// The rows whose groups are compared: those of a model, or of a dataset that has labels and no predictions.
pub(super) struct GroupSource<'a> {
    /// The path in the config with which gates' ids begin.
    pub(super) path: String,
    /// The scan name of the rows.
    pub(super) key: &'a str,
    /// The subject of the gates.
    pub(super) roles: Subject,
    /// The model, if the rows are those of one.
    pub(super) model: Option<&'a Model>,
    /// The columns of the rows.
    pub(super) spec: &'a PredictionSpec,
    /// True: the columns are valid.
    pub(super) is_known: bool,
    /// The reason the rows cannot be read, if they cannot.
    pub(super) lost: Option<String>,
}
