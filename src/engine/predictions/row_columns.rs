//! The columns that metrics are computed from: labels, predictions of both sides, weights, clusters, series.

use super::joined_rows::JoinedRows;
use super::outputs::{Labels, OneSide};
use super::time_steps;
use crate::measurement::MeasureError;
use crate::measurement::prediction_spec::PredictionSpec;
use crate::stats::Columns;

/// The columns, with the reasons for which some metrics are not defined on them.
pub(crate) struct RowColumns {
    pub(crate) columns: Columns,
    /// The reason why predicted classes are missing, if they would have to come from scores.
    pub(crate) unpredicted: Option<MeasureError>,
    /// The reason why one side's scores are not probabilities.
    pub(crate) improper: Option<MeasureError>,
    /// The reason why the row one season before is unknown.
    pub(crate) uneven: Option<MeasureError>,
}

impl RowColumns {
    pub(crate) fn read(spec: &PredictionSpec, rows: &JoinedRows<'_>, labels: &Labels) -> Result<Self, MeasureError> {
        let candidate = &rows.candidate;
        let OneSide { answers, mut unpredicted, mut improper } = labels.answers(spec, candidate, &spec.candidate)?;
        let mut columns = Columns::new(labels.truth.clone(), answers);
        if let Some((table, of_baseline)) = rows.baseline_of(labels) {
            let side = labels.answers(spec, table, of_baseline)?;
            unpredicted = unpredicted.or(side.unpredicted);
            improper = improper.or(side.improper);
            columns.baseline = Some(side.answers);
        }
        columns.weights = spec.weight.as_ref().map(|name| candidate.plain_numbers(name)).transpose()?;
        columns.clusters = spec.cluster.as_ref().map(|name| candidate.codes(name)).transpose()?;
        columns.naive_errors = spec.naive_error.as_ref().map(|name| candidate.plain_numbers(name)).transpose()?;
        let mut uneven = None;
        if let Some([series, time]) = &spec.series {
            let (series, why) = time_steps::read(candidate, series, time)?;
            uneven = why.filter(|_| spec.naive_error.is_none());
            columns.series = Some(series);
        }
        Ok(Self { columns, unpredicted, improper, uneven })
    }
}
