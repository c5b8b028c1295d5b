//! The search for the slices in which a model got worse.

use super::features::Features;
use super::model_rows::ModelRows;
use crate::measurement::slice_search::{FindSlices, NamedSlice, RestOfRows, SliceFindings};
use crate::measurement::{MeasureError, Measured};
use crate::stats::slice_search::{SearchRows, SliceSearch, SliceTerm, find, halves};
use crate::stats::{Lacking, Metric, RowAmounts, row_amounts};
use crate::workers;

/// Maximum number of columns that a message names.
const MOST_NAMED: usize = 5;

impl ModelRows {
    /// Searches the slices of these rows.
    pub(crate) fn found_slices(&self, wanted: &FindSlices) -> Result<Measured, MeasureError> {
        let features = self.searched(wanted)?;
        let (metric, amounts) = self.amounts(wanted.metric)?;
        let rows = self.search_rows(features, &amounts);
        let RowAmounts { amounts, is_change } = &amounts;
        let found = find(rows, &halves(rows, wanted.seed), Self::search(wanted, *is_change));
        let mut is_named = vec![false; amounts.len()];
        found.slices.iter().flat_map(|slice| &slice.rows).for_each(|row| is_named[*row as usize] = true);
        let rest: Vec<u32> = (0..).zip(&is_named).filter(|(_, named)| !**named).map(|(row, _)| row).collect();
        let state = |rows: &[u32]| self.of_part(metric.state_kind(), &self.rows.select(rows));
        let text = |term: &SliceTerm| {
            let column = &features.columns[term.feature];
            let (value, condition) = column.text(term);
            (column.name.clone(), value, condition)
        };
        let texts = |terms: &[SliceTerm]| terms.iter().map(text).collect::<Vec<_>>().into_iter();
        let slices = found.slices.iter().map(|slice| NamedSlice {
            values: texts(&slice.terms).map(|(column, value, _)| (column, value)).collect(),
            condition: texts(&slice.terms).map(|(.., condition)| condition).collect::<Vec<_>>().join(" AND "),
            rows: slice.rows.len() as u64,
            of: state(&slice.rows),
            p_adjusted: slice.p_adjusted,
            score: slice.score,
        });
        let names = |slice: &[SliceTerm]| {
            let texts = texts(slice).map(|(column, value, _)| format!("{column}={value}"));
            texts.collect::<Vec<_>>().join(", ")
        };
        let of_slices: Vec<Vec<u32>> = found.slices.iter().map(|slice| slice.rows.clone()).collect();
        let names = found.slices.iter().map(|slice| names(&slice.terms)).collect();
        let attribution = is_change.then(|| self.attribution(metric, (features, rows), (&of_slices, names))).flatten();
        Ok(Measured::FoundSlices(Box::new(SliceFindings {
            metric,
            is_change: *is_change,
            slices: slices.collect(),
            rest: RestOfRows { rows: rest.len() as u64, of: state(&rest) },
            rows: amounts.len() as u64,
            searched: found.searched,
            left_out: features.left_out.clone(),
            attribution,
        })))
    }

    /// Returns the features of a search.
    pub(crate) fn searched(&self, wanted: &FindSlices) -> Result<&Features, MeasureError> {
        let features = self.features.get(wanted);
        let features = features
            .ok_or_else(|| MeasureError("internal error: the features were not read".to_owned()))?
            .as_ref()
            .map_err(Clone::clone)?;
        if features.features.is_empty() {
            let left_out = features.left_out.iter().map(|(column, why)| format!("`{column}`: {why}"));
            let left_out: Vec<String> = left_out.take(MOST_NAMED).collect();
            let none = "no column describes slices; name columns, or join a dataset that has them";
            let why = if left_out.is_empty() { String::new() } else { format!(" ({})", left_out.join(", ")) };
            return Err(MeasureError(format!("{}: {none}{why}", self.path)));
        }
        Ok(features)
    }

    /// Returns the rows as a search sees them.
    pub(crate) fn search_rows<'a>(&'a self, features: &'a Features, amounts: &'a RowAmounts) -> SearchRows<'a> {
        let columns = self.rows.columns();
        SearchRows {
            features: &features.features,
            amounts: &amounts.amounts,
            weights: columns.weights.as_deref(),
            clusters: columns.clusters.as_deref(),
        }
    }

    /// Returns the limits of a search.
    pub(crate) fn search(wanted: &FindSlices, is_change: bool) -> SliceSearch {
        let size = |number: u64| usize::try_from(number).unwrap_or(usize::MAX);
        SliceSearch {
            depth: size(wanted.depth),
            min_n: wanted.min_n,
            most: size(wanted.most),
            is_change,
            threads: workers::cores(),
        }
    }

    /// Returns the metric to search by, and the amounts of the rows.
    pub(crate) fn amounts(&self, wanted: Option<Metric>) -> Result<(Metric, RowAmounts), MeasureError> {
        let refused = |metric: Metric, lacking: Lacking| MeasureError(format!("{}: {metric}: {lacking}", self.path));
        if let Some(metric) = wanted {
            return row_amounts(metric, &self.rows).map(|found| (metric, found)).map_err(|why| refused(metric, why));
        }
        let mut last = MeasureError("a ranking has no loss of single rows to search slices by".to_owned());
        for name in Metric::of_rows(self.rows.task()) {
            let Ok(metric) = Metric::parse(name) else { continue };
            match row_amounts(metric, &self.rows) {
                Ok(found) => return Ok((metric, found)),
                Err(why) => last = refused(metric, why),
            }
        }
        Err(last)
    }
}
