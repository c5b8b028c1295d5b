//! The slices that lost most, measured on rows that did not choose them.

use super::model_rows::ModelRows;
use crate::measurement::slice_search::FindSlices;
use crate::measurement::{MeasureError, Measured, OtherSide, Slice};
use crate::plural::counted;
use crate::stats::slice_search::{ProposedSlice, halves, worst};

/// The name of all rows, where no slice got worse.
const ALL_ROWS: &str = "(all rows)";

impl ModelRows {
    /// Returns the states of the slices that lost most, as each half of the rows proposes them, on the rows of the other half;
    /// that of all rows where no slice got worse.
    pub(crate) fn worst_slices(&self, wanted: &FindSlices, margin: f64) -> Result<Measured, MeasureError> {
        let features = self.searched(wanted)?;
        let (metric, amounts) = self.amounts(wanted.metric)?;
        if !amounts.is_change {
            return Err(MeasureError(format!("{}: the baseline has no rows to compare slices with", self.path)));
        }
        let rows = self.search_rows(features, &amounts);
        let proposed = worst(rows, &halves(rows, wanted.seed), Self::search(wanted, true), margin).map_err(|fewest| {
            MeasureError(format!(
                "{}: {} are too few for slices of {} rows, since half of them choose the slices and the other half measures \
                 them; set a smaller `min_n` under `slices: {{find: …}}`, or judge more rows",
                self.path,
                counted(fewest, "row"),
                wanted.min_n
            ))
        })?;
        let state = |rows: &[u32]| self.of_part(metric.state_kind(), &self.rows.select(rows));
        let name = |slice: &ProposedSlice| {
            let texts = slice.terms.iter().map(|term| {
                let column = &features.columns[term.feature];
                format!("{}={}", column.name, column.text(term).0)
            });
            texts.collect::<Vec<_>>().join(", ")
        };
        let names: Vec<String> = proposed.iter().map(name).collect();
        let of = |slice: &ProposedSlice, name: &String| {
            let is_twice = names.iter().filter(|other| *other == name).count() > 1;
            let half = if slice.by_first { " (second half)" } else { " (first half)" };
            Slice {
                name: if is_twice { format!("{name}{half}") } else { name.clone() },
                key: Vec::new(),
                rows: slice.rows.len() as u64,
                state: state(&slice.rows),
                other: OtherSide::Within,
            }
        };
        let mut slices: Vec<Slice> = proposed.iter().zip(&names).map(|(slice, name)| of(slice, name)).collect();
        if slices.is_empty() {
            slices.push(Slice {
                name: ALL_ROWS.to_owned(),
                key: Vec::new(),
                rows: self.rows.len() as u64,
                state: self.of_part(metric.state_kind(), &self.rows),
                other: OtherSide::Within,
            });
        }
        Ok(Measured::Slices(slices))
    }
}
