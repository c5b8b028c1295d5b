//! Keys of flipped rows, on which the two sides predict different classes.

use super::pairing::Keys;
use super::row_table::{RowTable, keys_of};
use crate::measurement::MeasureError;
use crate::measurement::flips::{Flipped, Flips};
use crate::measurement::prediction_spec::PredictionSpec;
use crate::stats::{Columns, Predicted, Predictions, Truth};

/// Returns the flipped rows, with the first keys of each kind. Rows of weight 0 are ignored.
///
/// # Errors
///
/// There is no baseline on the same rows, or no predicted classes.
pub(crate) fn flips(columns: &Columns, keys: &Keys, most: usize) -> Result<Flips, MeasureError> {
    let Some(baseline) = &columns.baseline else {
        return Err(MeasureError("there is no baseline on the same rows".to_owned()));
    };
    let (label, ours, theirs) = (truth(&columns.truth)?, predicted(&columns.candidate)?, predicted(baseline)?);
    let counts = |row: usize| columns.weights.as_ref().is_none_or(|weights| weights[row] > 0.0);
    let (mut broken, mut fixed, mut changed) = (Vec::new(), Vec::new(), Vec::new());
    for row in (0..columns.truth.len()).filter(|row| counts(*row)) {
        match (ours(row) == label(row), theirs(row) == label(row)) {
            (false, true) => broken.push(row),
            (true, false) => fixed.push(row),
            (false, false) if ours(row) != theirs(row) => changed.push(row),
            _ => {}
        }
    }
    let listed = |rows: &[usize]| Flipped { rows: rows.len() as u64, keys: keys.first_of(rows, most) };
    let (broken, fixed, changed) = (listed(&broken), listed(&fixed), listed(&changed));
    Ok(Flips { key: keys.names().to_vec(), broken, fixed, changed })
}

/// Returns the flipped rows of a table, whose keys are read unless they are known.
pub(crate) fn flipped(
    spec: &PredictionSpec,
    table: &RowTable,
    columns: &Columns,
    keys: Option<&Keys>,
    most: usize,
) -> Result<Flips, MeasureError> {
    let read;
    let keys = match keys {
        Some(keys) => keys,
        None if spec.key.is_empty() => {
            return Err(MeasureError("rows are identified by a `key`, and the model has none".to_owned()));
        }
        None => {
            read = keys_of(spec, table)?;
            &read
        }
    };
    flips(columns, keys, most)
}

pub(super) type Codes<'a> = Box<dyn Fn(usize) -> u32 + 'a>;

/// Returns the class of each row's label.
pub(super) fn truth(truth: &Truth) -> Result<Codes<'_>, MeasureError> {
    match truth {
        Truth::Binary(rows) => Ok(Box::new(|row| u32::from(rows[row]))),
        Truth::Classes { codes, .. } => Ok(Box::new(|row| codes[row])),
        _ => Err(MeasureError("rows are right or wrong only in tasks with classes".to_owned())),
    }
}

/// Returns the class that is predicted for each row.
pub(super) fn predicted(side: &Predictions) -> Result<Codes<'_>, MeasureError> {
    match &side.predicted {
        Some(Predicted::Binary(rows)) => Ok(Box::new(|row| u32::from(rows[row]))),
        Some(Predicted::Classes(codes)) => Ok(Box::new(|row| codes[row])),
        _ => Err(MeasureError("there are no predicted classes that could be right or wrong".to_owned())),
    }
}
