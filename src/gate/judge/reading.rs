//! The readings by which a gate is judged.

use std::collections::{BTreeMap, HashMap};

use super::super::Subject;
use crate::measurement::prediction_spec::PredictionSpec;
use crate::measurement::{ColumnType, Grouping, Measurement, Measurements};
use crate::stats::{Estimate, GroupInference, Resamples, Side, Undefined};

/// A measured number, with or without a gate on it.
#[derive(Debug, Clone, PartialEq)]
pub struct Reading {
    /// The subject of the number.
    pub subject: Subject,
    /// The side.
    pub side: Side,
    /// The name of the metric or rate.
    pub measure: String,
    /// The number.
    pub number: Read,
    /// The group of a group's number, by which small groups are suppressed.
    pub group: Option<GroupRef>,
}

/// A reference to a group.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GroupRef {
    /// The grouping to which the group belongs.
    pub grouping: Grouping,
    /// The group's values, column by column.
    pub key: Vec<String>,
    /// The group's number of rows.
    pub rows: u64,
}

/// A number, or the reason there is none.
#[derive(Debug, Clone, PartialEq)]
pub enum Read {
    /// An estimate with its interval.
    Estimated(Result<Estimate, Undefined>),
    /// A number that another program computed.
    Reported(Result<f64, String>),
}

pub(super) struct Judge<'a> {
    pub(super) measurements: &'a Measurements,
    /// The columns of each model's predictions.
    pub(super) specs: &'a BTreeMap<String, PredictionSpec>,
    pub(super) seed: u64,
    /// Resamples by table and side: gates on one table share them, so they are drawn once and move together.
    pub(super) resamples: BTreeMap<(Measurement, Side), Resamples>,
    /// The comparisons of the group gates that failed, by the gates' ids.
    pub(super) failed_groups: BTreeMap<String, GroupInference<'a>>,
    /// The types of each table's columns by name, because a table of thousands has as many gates.
    pub(super) types: BTreeMap<Measurement, HashMap<&'a str, &'a ColumnType>>,
}
