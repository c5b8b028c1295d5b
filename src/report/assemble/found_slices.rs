//! Searches for slices → the report.

use super::super::document::{
    AttributedColumn, AttributedPartResult, AttributionResult, ChangeResult, EstimateResult, FoundSliceResult,
    LeftOutColumn, RestResult, SliceSearchResult, SliceValue,
};
use crate::gate::judge::{SearchedModel, SidesOfRows};
use crate::measurement::attribution::{AttributedPart, ChangeAttribution};
use crate::measurement::slice_search::{NamedSlice, SliceFindings};
use crate::report::suppression::suppressed;
use crate::stats::Estimate;

/// Returns the results of searches, without the numbers of slices that are too small to show.
pub fn slice_searches(searched: Vec<SearchedModel>, min_cell: u64) -> Vec<SliceSearchResult> {
    searched.into_iter().map(|model| of_model(model, min_cell)).collect()
}

fn of_model(searched: SearchedModel, min_cell: u64) -> SliceSearchResult {
    match searched.found {
        Ok(found) => of(searched.model, found, min_cell),
        Err(why) => SliceSearchResult {
            model: searched.model,
            metric: None,
            compares: false,
            slices: Vec::new(),
            rest: None,
            rows: 0,
            searched: 0,
            attribution: None,
            left_out: Vec::new(),
            undefined: Some(why),
        },
    }
}

fn of(model: String, found: SliceFindings<SidesOfRows>, min_cell: u64) -> SliceSearchResult {
    let rest = &found.rest;
    let [candidate, ..] = sides(&rest.of, rest.rows, min_cell);
    SliceSearchResult {
        model,
        metric: Some(found.metric.to_string()),
        compares: found.is_change,
        slices: found.slices.into_iter().map(|slice| of_slice(slice, min_cell)).collect(),
        rest: Some(RestResult {
            rows: rest.rows,
            candidate: candidate.unwrap_or_else(|| suppressed(min_cell)),
            change: change(&rest.of, rest.rows, min_cell),
        }),
        rows: found.rows,
        searched: found.searched,
        attribution: found.attribution.and_then(|split| attribution(split, min_cell)),
        left_out: found.left_out.into_iter().map(|(column, why)| LeftOutColumn { column, why }).collect(),
        undefined: None,
    }
}

fn attribution(split: ChangeAttribution, min_cell: u64) -> Option<AttributionResult> {
    let split = split.without_small(min_cell)?;
    let part = |part: AttributedPart| AttributedPartResult {
        part: part.name,
        rows: part.rows,
        contribution: part.contribution,
    };
    let parts = |of: Vec<AttributedPart>| of.into_iter().map(part).collect::<Vec<_>>();
    let column = |(column, values)| AttributedColumn { column, values: parts(values) };
    Some(AttributionResult {
        before: split.before,
        after: split.after,
        new_rows: split.new_rows,
        of_rows: split.of_rows,
        of_model: split.of_model,
        slices: parts(split.slices),
        columns: split.columns.into_iter().map(column).collect(),
    })
}

/// Keeps the contributions of the values of these columns.
pub fn attributed_by(searches: &mut [SliceSearchResult], columns: &[String]) {
    for split in searches.iter_mut().filter_map(|search| search.attribution.as_mut()) {
        split.columns.retain(|column| columns.contains(&column.column));
        split.columns.sort_by_key(|column| columns.iter().position(|wanted| *wanted == column.column));
    }
}

fn of_slice(slice: NamedSlice<SidesOfRows>, min_cell: u64) -> FoundSliceResult {
    let [candidate, baseline] = sides(&slice.of, slice.rows, min_cell);
    let name = slice.values.iter().map(|(column, value)| format!("{column}={value}"));
    let name = name.collect::<Vec<_>>().join(", ");
    FoundSliceResult {
        watch: format!("slices: [{{{}: {}}}]", yaml_text(&name), yaml_text(&slice.condition)),
        slice: name,
        values: slice.values.into_iter().map(|(column, value)| SliceValue { column, value }).collect(),
        rows: slice.rows,
        candidate: candidate.unwrap_or_else(|| suppressed(min_cell)),
        baseline,
        change: change(&slice.of, slice.rows, min_cell),
        p_adjusted: slice.p_adjusted,
        score: slice.score,
    }
}

fn sides(of: &SidesOfRows, rows: u64, min_cell: u64) -> [Option<EstimateResult>; 2] {
    let shown = |found: &Result<Estimate, String>| match found {
        Ok(estimate) if rows < min_cell || estimate.n < min_cell => suppressed(min_cell),
        Ok(estimate) => EstimateResult::from(*estimate),
        Err(why) => EstimateResult { value: None, interval: None, n: None, undefined: Some(why.clone()) },
    };
    [Some(shown(&of.candidate)), of.baseline.as_ref().map(shown)]
}

fn change(of: &SidesOfRows, rows: u64, min_cell: u64) -> Option<ChangeResult> {
    let change = of.change.as_ref()?.as_ref().ok().filter(|_| rows >= min_cell)?;
    Some(ChangeResult::from(*change))
}

/// Returns a text as a double-quoted scalar, which JSON's strings are.
fn yaml_text(text: &str) -> String {
    serde_json::Value::String(text.to_owned()).to_string()
}
