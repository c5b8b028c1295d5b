//! The rows of a model that must be right, and those of them that are wrong.

use std::collections::{BTreeMap, BTreeSet};

use datafusion::arrow::array::{Array, ArrayRef, AsArray};
use datafusion::arrow::datatypes::DataType;

use super::flips::{predicted, truth};
use super::pairing::Keys;
use super::row_table::{RowTable, keys_of};
use crate::measurement::flips::Flipped;
use crate::measurement::prediction_spec::PredictionSpec;
use crate::measurement::{BrokenRows, MeasureError, PredictionMeasure, SelectedRows, SliceBy};
use crate::stats::{Columns, Predicted, Truth, Undefined};

/// The most rows whose places are kept.
const PLACES: usize = 5;

/// The name of the conditions of these rows, which no slice of a config has.
pub(crate) const NAME: &str = "must_pass: where";

/// The conditions of a model's rows that must be right.
pub(crate) struct MustPass {
    /// Each condition, with the number of keys to list.
    wanted: Vec<(SliceBy, usize)>,
}

impl MustPass {
    pub(crate) fn of(measures: &BTreeSet<PredictionMeasure>) -> Self {
        let wanted = measures.iter().filter_map(|measure| match measure {
            PredictionMeasure::WrongRows { rows, listed } => {
                Some((SliceBy::Where(NAME.to_owned(), rows.clone()), *listed))
            }
            _ => None,
        });
        Self { wanted: wanted.collect() }
    }

    pub(crate) fn conditions(&self) -> impl Iterator<Item = &SliceBy> {
        self.wanted.iter().map(|(by, _)| by)
    }

    pub(crate) fn lists_keys(&self) -> bool {
        self.wanted.iter().any(|(_, listed)| *listed > 0)
    }

    /// Returns the wrong rows of each condition, whose columns are in the table.
    pub(crate) fn wrong_rows(
        &self,
        spec: &PredictionSpec,
        (table, names): (&RowTable, &BTreeMap<&SliceBy, String>),
        (columns, unpredicted): (&Columns, &Option<MeasureError>),
        keys: Option<&Keys>,
    ) -> BTreeMap<String, Result<BrokenRows, MeasureError>> {
        let of = |(by, listed): &(SliceBy, usize)| {
            let SliceBy::Where(_, text) = by else { return None };
            let column = names.get(by).and_then(|name| table.column(name).ok())?;
            let found = match unpredicted {
                Some(why) if columns.candidate.predicted.is_none() => Err(why.clone()),
                _ => broken_rows(spec, (table, column), columns, (keys, *listed), text),
            };
            Some((text.clone(), found))
        };
        self.wanted.iter().filter_map(of).collect()
    }
}

/// Returns the rows that a condition selects and that are wrong, with up to `listed` of their keys.
///
/// # Errors
///
/// The condition selects no row, or there are neither predicted classes nor grades of pass and fail.
fn broken_rows(
    spec: &PredictionSpec,
    (table, condition): (&RowTable, &ArrayRef),
    columns: &Columns,
    (keys, listed): (Option<&Keys>, usize),
    text: &str,
) -> Result<BrokenRows, MeasureError> {
    if condition.data_type() != &DataType::Boolean {
        return Err(table.blame(MeasureError(format!("`{text}` is not a condition"))));
    }
    let condition = condition.as_boolean();
    let wanted: Vec<usize> =
        (0..condition.len()).filter(|row| condition.is_valid(*row) && condition.value(*row)).collect();
    let selected =
        SelectedRows { rows: wanted.len() as u64, unknown: condition.null_count() as u64, of: condition.len() as u64 };
    if wanted.is_empty() {
        return Err(table.blame(MeasureError(selected.nothing(text))));
    }
    let is_right = right(columns).map_err(|error| table.blame(error))?;
    let mut broken = Vec::new();
    for row in wanted {
        if !is_right(row).map_err(|error| table.blame(error))? {
            broken.push(row);
        }
    }
    let read;
    let keys = match keys {
        Some(keys) => Some(keys),
        None if spec.key.is_empty() || listed == 0 => None,
        None => {
            read = keys_of(spec, table)?;
            Some(&read)
        }
    };
    // A question stands for several rows of the file.
    let places = if spec.query.is_some() { 0 } else { PLACES };
    Ok(BrokenRows {
        selected,
        broken: Flipped {
            rows: broken.len() as u64,
            keys: keys.filter(|_| listed > 0).map_or_else(Vec::new, |keys| keys.first_of(&broken, listed)),
        },
        places: broken.iter().take(places).map(|row| table.place(*row)).collect(),
    })
}

type IsRight<'a> = Box<dyn Fn(usize) -> Result<bool, MeasureError> + 'a>;

/// Returns the function that says whether a row is right: its class or all of its labels are predicted, or all of its
/// samples pass.
fn right(columns: &Columns) -> Result<IsRight<'_>, MeasureError> {
    let side = &columns.candidate;
    match (&columns.truth, &side.predicted) {
        (Truth::Labels(labels), Some(Predicted::Labels(found))) => {
            Ok(Box::new(move |row| Ok(labels.iter().zip(found).all(|(label, found)| label[row] == found[row]))))
        }
        (Truth::Grades { .. }, _) => {
            let grades = side.scores.first().ok_or_else(|| MeasureError("there are no grades".to_owned()))?;
            let passed = |grade: f64| match grade {
                0.0 => Ok(false),
                1.0 => Ok(true),
                _ => Err(MeasureError(Undefined::NotPassOrFail.to_string())),
            };
            Ok(Box::new(move |row| match &side.samples {
                // Every sample is read, so that a grade of another kind is an error wherever it stands.
                Some(samples) => samples[row].iter().try_fold(true, |all, grade| Ok(passed(*grade)? && all)),
                None => passed(grades[row]),
            }))
        }
        _ => {
            let (label, found) = (truth(&columns.truth)?, predicted(side)?);
            Ok(Box::new(move |row| Ok(label(row) == found(row))))
        }
    }
}
