//! The measured counts behind the charts of a report.

use super::super::{Gates, Observed};
use crate::measurement::score_bins::ModelScores;
use crate::measurement::{CellsOf, Measured, Measurement, Measurements, PredictionMeasure};
use crate::stats::drift::Cells;

/// The counts behind the charts of a report.
#[derive(Debug, Clone)]
pub struct Plots {
    /// The rows of each model by score, or the reason they were not counted.
    pub scores: Vec<(String, Result<ModelScores, String>)>,
    /// The rows of both sides in the bins of each column that a gate compares.
    pub columns: Vec<ColumnCells>,
    /// The confidence of the intervals.
    pub level: f64,
}

/// The rows of both sides in the bins of a column.
#[derive(Debug, Clone)]
pub struct ColumnCells {
    /// The dataset.
    pub dataset: String,
    /// The column.
    pub column: String,
    /// The counted contents.
    pub of: CellsOf,
    /// The condition of the counted rows; all rows if there is none.
    pub rows: Option<String>,
    /// The counts.
    pub cells: Cells,
}

/// Returns the counts, in the order of the models and of the columns.
pub fn plots(gates: &Gates, measurements: &Measurements, level: f64) -> Plots {
    let wanted = gates.observations.iter().filter(|observation| observation.what == Observed::ScoreBins);
    let scores = wanted.filter_map(|observation| {
        let Measurement::Predictions(model, PredictionMeasure::ScoreBins(_)) = &observation.state else { return None };
        let found = match measurements.get(&observation.state) {
            Some(Ok(Measured::ScoreBins(scores))) => Ok(scores.as_ref().clone()),
            Some(Err(error)) => Err(error.0.clone()),
            _ => Err("internal error: the scores were not counted".to_owned()),
        };
        Some((model.clone(), found))
    });
    let columns = measurements.iter().filter_map(|(measurement, state)| match (measurement, state) {
        (Measurement::Cells { dataset, column, of, rows }, Ok(Measured::Cells(cells))) => Some(ColumnCells {
            dataset: dataset.clone(),
            column: column.clone(),
            of: of.clone(),
            rows: rows.clone(),
            cells: cells.clone(),
        }),
        _ => None,
    });
    Plots { scores: scores.collect(), columns: columns.collect(), level }
}
