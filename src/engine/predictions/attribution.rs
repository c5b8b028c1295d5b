//! The split of a metric's change into rows and model.

use super::features::Features;
use super::model_rows::ModelRows;
use crate::measurement::MeasureError;
use crate::measurement::attribution::{AttributedPart, ChangeAttribution};
use crate::measurement::slice_search::SliceFindings;
use crate::stats::slice_search::{Contribution, SearchRows, SliceTerm, contributions};
use crate::stats::{Direction, Metric, Side, State};

/// The largest difference between the sum of the contributions and the change of a metric that is a mean over rows, as a share of
/// the metric's size.
const ROUNDING: f64 = 1e-9;

impl ModelRows {
    /// Returns the split of the change on rows that both sides have, by these slices and by each column. There is none of a metric
    /// that is not a mean over rows, such as a root.
    pub(crate) fn attribution(
        &self,
        metric: Metric,
        (features, rows): (&Features, SearchRows<'_>),
        (slices, names): (&[Vec<u32>], Vec<String>),
    ) -> Option<ChangeAttribution> {
        let state = self.of_part(metric.state_kind(), &self.rows).ok()?;
        let value = |side| metric.value(&state, side).ok().map(|(value, _)| value);
        let (before, after) = (value(Side::Baseline)?, value(Side::Candidate)?);
        let sign = if metric.direction() == Direction::HigherIsBetter { -1.0 } else { 1.0 };
        let part = |name: String, of: Contribution| AttributedPart {
            name,
            rows: of.rows,
            contribution: 0.0 + sign * of.amount,
        };
        let mut part_of = vec![slices.len(); rows.amounts.len()];
        for (at, slice) in slices.iter().enumerate().rev() {
            slice.iter().for_each(|row| part_of[*row as usize] = at);
        }
        let names = names.into_iter().chain(["rest".to_owned()]);
        let of_slices = contributions(rows, |row| part_of[row], slices.len() + 1);
        let of_slices: Vec<AttributedPart> = names.zip(of_slices).map(|(name, of)| part(name, of)).collect();
        let sum: f64 = of_slices.iter().map(|part| part.contribution).sum();
        let size = before.abs().max(after.abs()).max(1.0);
        if (sum - (after - before)).abs() > ROUNDING * size {
            return None;
        }
        let columns = (0..).zip(&features.features).zip(&features.columns).map(|((feature, of), column)| {
            let values = contributions(rows, |row| of.codes[row] as usize, of.values as usize);
            let name = |value: u32| column.text(&SliceTerm { feature, from: value, to: value }).0;
            let values = (0..).zip(values).map(|(value, of)| part(name(value), of)).collect();
            (column.name.clone(), values)
        });
        Some(ChangeAttribution {
            before,
            after,
            new_rows: 0,
            of_rows: 0.0,
            of_model: after - before,
            slices: of_slices,
            columns: columns.collect(),
        })
    }

    /// Adds what the rows did that only the candidate has; these are all of its rows, and `shared` are those of both sides.
    pub(crate) fn add_new_rows(&self, found: &mut SliceFindings<Result<State, MeasureError>>, shared: u64) {
        let metric = found.metric;
        let state = self.of_part(metric.state_kind(), &self.rows).ok();
        let value = state.and_then(|state| metric.value(&state, Side::Candidate).ok());
        found.attribution = found.attribution.take().zip(value).map(|(mut split, (value, _))| {
            split.new_rows = (self.rows.len() as u64).saturating_sub(shared);
            split.of_rows = value - split.after;
            split.after = value;
            split
        });
    }
}
