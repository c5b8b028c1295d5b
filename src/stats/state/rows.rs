//! Rows that metrics are computed from, as columns of labels and of each side's predictions.

use super::columns::{finite, length, pick};
use super::grade_values::are_fine;
use crate::stats::{BadRows, Columns, Predicted, Predictions, Series, Task, Truth};

/// Validated columns: of one length, finite, and in range. Rows of weight 0 are removed, and equal weights are dropped.
#[derive(Debug, Clone, PartialEq)]
pub struct Rows {
    columns: Columns,
    len: usize,
}

impl Rows {
    /// Validates the columns.
    ///
    /// # Errors
    ///
    /// Returns the first problem found.
    pub fn new(columns: Columns) -> Result<Self, BadRows> {
        let len = columns.truth.len();
        columns.truth.check()?;
        for side in [Some(&columns.candidate), columns.baseline.as_ref()].into_iter().flatten() {
            side.check(&columns.truth, len)?;
        }
        if let Some(weights) = &columns.weights {
            finite("a weight", weights, len)?;
            if let Some(row) = weights.iter().position(|weight| *weight < 0.0) {
                return Err(BadRows::NegativeWeight { row });
            }
        }
        if let Some(clusters) = &columns.clusters {
            length("the clusters", clusters.len(), len)?;
        }
        if let Some(series) = &columns.series {
            length("the series", series.codes.len(), len)?;
            finite("a time", &series.times, len)?;
        }
        if let Some(errors) = &columns.naive_errors {
            finite("a naive error", errors, len)?;
        }
        let mut rows = Self { columns, len };
        if let Some(weights) = &rows.columns.weights {
            if weights.contains(&0.0) {
                let kept: Vec<u32> =
                    (0..).zip(weights).filter(|(_, weight)| **weight > 0.0).map(|(row, _)| row).collect();
                rows = rows.select(&kept);
            }
            #[expect(clippy::float_cmp, reason = "asks for the very same weight")]
            let alike = |weights: &Vec<f64>| weights.windows(2).all(|pair| pair[0] == pair[1]);
            if rows.columns.weights.as_ref().is_some_and(alike) {
                rows.columns.weights = None;
            }
        }
        Ok(rows)
    }

    /// Returns the number of rows.
    pub fn len(&self) -> usize {
        self.len
    }

    /// Returns true if there are no rows.
    pub fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// Returns the columns.
    pub fn columns(&self) -> &Columns {
        &self.columns
    }

    /// Returns the kind of the task.
    pub fn task(&self) -> Task {
        self.columns.truth.task()
    }

    /// Returns some of the rows, in this order.
    #[must_use]
    pub fn select(&self, rows: &[u32]) -> Self {
        let columns = &self.columns;
        let series = |series: &Series| Series { codes: pick(&series.codes, rows), times: pick(&series.times, rows) };
        Self {
            columns: Columns {
                truth: columns.truth.select(rows),
                candidate: columns.candidate.select(rows),
                baseline: columns.baseline.as_ref().map(|side| side.select(rows)),
                weights: columns.weights.as_ref().map(|column| pick(column, rows)),
                clusters: columns.clusters.as_ref().map(|column| pick(column, rows)),
                series: columns.series.as_ref().map(series),
                naive_errors: columns.naive_errors.as_ref().map(|column| pick(column, rows)),
            },
            len: rows.len(),
        }
    }

    /// Returns the rows with one class as the positive one and all others as the negative one; for several labels, with
    /// one label. `None` if there is no such class.
    pub fn one_class(&self, class: u32) -> Option<Self> {
        let place = class as usize;
        let columns = &self.columns;
        let truth = match &columns.truth {
            Truth::Classes { codes, count } if class < *count => codes.iter().map(|code| *code == class).collect(),
            Truth::Labels(labels) => labels.get(place)?.clone(),
            _ => return None,
        };
        let side = |side: &Predictions| Predictions {
            predicted: match &side.predicted {
                Some(Predicted::Classes(codes)) => {
                    Some(Predicted::Binary(codes.iter().map(|code| *code == class).collect()))
                }
                Some(Predicted::Labels(labels)) => labels.get(place).cloned().map(Predicted::Binary),
                _ => None,
            },
            scores: side.scores.get(place).cloned().into_iter().collect(),
            is_single: side.is_single,
            interval: None,
            samples: None,
        };
        let columns = Columns {
            candidate: side(&columns.candidate),
            baseline: columns.baseline.as_ref().map(side),
            weights: columns.weights.clone(),
            clusters: columns.clusters.clone(),
            ..Columns::new(Truth::Binary(truth), Predictions::default())
        };
        Some(Self { columns, len: self.len })
    }

    /// Changes columns in place; `change` must keep the columns valid and of the same length.
    pub(crate) fn replace(&mut self, change: impl FnOnce(&mut Columns)) {
        change(&mut self.columns);
        debug_assert_eq!(self.columns.truth.len(), self.len);
    }

    /// Returns true if both sides gave every row the same scores, and so are one model as far as the rows show. Equal
    /// predicted classes show less, because different scores make them differ in other rows.
    pub(crate) fn is_one_model(&self) -> bool {
        let ours = &self.columns.candidate;
        let is_fine = !matches!(self.columns.truth, Truth::Grades { .. }) || are_fine(ours);
        (!ours.scores.is_empty() || ours.interval.is_some()) && self.columns.baseline.as_ref() == Some(ours) && is_fine
    }

    /// Returns the rows with the predicted classes only, unless the scores show that both sides are one model.
    pub(crate) fn without_scores(&self) -> Self {
        let mut rows = self.clone();
        if rows.is_one_model() {
            return rows;
        }
        let sides = [Some(&mut rows.columns.candidate), rows.columns.baseline.as_mut()];
        for side in sides.into_iter().flatten() {
            side.scores = Vec::new();
        }
        rows
    }

    /// Returns the weight of a row.
    pub(crate) fn weight(&self, row: usize) -> f64 {
        self.columns.weights.as_ref().map_or(1.0, |weights| weights[row])
    }

    /// Returns true if the rows have neither weights nor clusters.
    pub(crate) fn is_plain(&self) -> bool {
        self.columns.weights.is_none() && self.columns.clusters.is_none()
    }
}

/// Returns the rows in the order of their codes, in ascending order within each.
pub(crate) fn by_code(codes: &[u32]) -> Vec<u32> {
    let mut order: Vec<u32> = (0..).take(codes.len()).collect();
    let most = codes.iter().copied().max().map_or(0, |most| most as usize);
    // Codes are mostly numbered without gaps, and then counting is faster than comparing.
    if most > 4 * codes.len() {
        order.sort_by_key(|row| codes[*row as usize]);
        return order;
    }
    let mut places = vec![0_usize; most + 2];
    codes.iter().for_each(|code| places[*code as usize + 1] += 1);
    let mut before = 0;
    for place in &mut places {
        before += *place;
        *place = before;
    }
    for (row, code) in (0..).zip(codes) {
        let place = &mut places[*code as usize];
        order[*place] = row;
        *place += 1;
    }
    order
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test stops at the first surprise")]
    use super::*;
    use crate::stats::{Predicted, Predictions};

    fn columns() -> Columns {
        let answers = Predictions { scores: vec![vec![1.0, 2.0, 3.0]], ..Predictions::default() };
        Columns::new(Truth::Numbers(vec![1.0, 2.0, 4.0]), answers)
    }

    #[test]
    fn rows_are_in_the_order_of_codes_with_and_without_gaps() {
        for codes in [vec![2, 0, 1, 0, 2], vec![7, 4_000_000_000, 7, 0], vec![3], Vec::new()] {
            let mut wanted: Vec<u32> = (0..).take(codes.len()).collect();
            wanted.sort_by_key(|row| codes[*row as usize]);
            assert_eq!(by_code(&codes), wanted, "{codes:?}");
        }
    }

    #[test]
    fn a_row_that_weighs_nothing_is_no_row() {
        let rows = Rows::new(Columns { weights: Some(vec![2.0, 0.0, 3.0]), ..columns() }).unwrap();
        assert_eq!(rows.len(), 2);
        assert_eq!(rows.columns().truth, Truth::Numbers(vec![1.0, 4.0]));
        let alike = Rows::new(Columns { weights: Some(vec![2.0, 0.0, 2.0]), ..columns() }).unwrap();
        assert_eq!(alike, Rows::new(columns()).unwrap().select(&[0, 2]));
    }

    #[test]
    fn what_is_wrong_is_said() {
        let wrong = |change: &dyn Fn(&mut Columns)| {
            let mut columns = columns();
            change(&mut columns);
            Rows::new(columns).unwrap_err().to_string()
        };
        assert_eq!(wrong(&|columns| columns.weights = Some(vec![1.0])), "a weight has 1 rows, and there are 3 labels");
        assert_eq!(wrong(&|columns| columns.weights = Some(vec![1.0, -1.0, 1.0])), "the weight of row 2 is negative");
        assert_eq!(
            wrong(&|columns| columns.candidate.scores[0][2] = f64::NAN),
            "a score is not a finite number in row 3"
        );
        assert_eq!(
            wrong(&|columns| columns.candidate.predicted = Some(Predicted::Binary(vec![true; 3]))),
            "the predictions are of another kind than the labels"
        );
    }
}
