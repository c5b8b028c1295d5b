//! The lists of a report besides the gates: measured numbers, explored slices and flipped rows.

use super::super::document::{
    ChangeResult, EstimateResult, ExploredMetricResult, ExploredSliceResult, FlippedRows, FlipsResult,
    MeasurementResult,
};
use super::estimates::{or_undefined, roles};
use crate::gate::judge;
use crate::gate::judge::{Exploration, Read, Reading};
use crate::measurement::flips::{Flipped, Flips, ListedFlips};
use crate::report::suppression::Suppression;
use crate::report::suppression::suppressed;
use crate::stats;
use crate::stats::Side;

pub(super) fn explored(table: Exploration, min_cell: u64) -> ExploredMetricResult {
    let slice = |slice: judge::ExploredSlice| {
        let is_hidden = |estimate: stats::Estimate| slice.rows < min_cell || estimate.n < min_cell;
        let shown = |estimate| if is_hidden(estimate) { suppressed(min_cell) } else { EstimateResult::from(estimate) };
        let is_shown = slice.candidate.as_ref().is_ok_and(|ours| !is_hidden(*ours));
        ExploredSliceResult {
            slice: slice.name.clone(),
            candidate: match &slice.candidate {
                Ok(ours) => shown(*ours),
                Err(why) => EstimateResult { value: None, interval: None, n: None, undefined: Some(why.clone()) },
            },
            baseline: slice.baseline.as_ref().map(|before| match before {
                Ok(theirs) => shown(*theirs),
                Err(why) => EstimateResult { value: None, interval: None, n: None, undefined: Some(why.clone()) },
            }),
            change: slice.change.filter(|_| is_shown).map(ChangeResult::from),
            adjusted_p: slice.adjusted.filter(|_| is_shown),
        }
    };
    let slices = table.slices.into_iter().map(slice).collect();
    ExploredMetricResult { model: table.model, metric: table.metric, slices, lost: table.lost }
}

pub(super) fn flipped(listed: ListedFlips) -> FlipsResult {
    let rows = |of: Flipped| FlippedRows { rows: Some(of.rows), keys: of.keys };
    match listed.found {
        Ok(Flips { key, broken, fixed, changed }) => FlipsResult {
            model: listed.model,
            key,
            broken: rows(broken),
            fixed: rows(fixed),
            changed: rows(changed),
            undefined: None,
        },
        Err(why) => FlipsResult {
            model: listed.model,
            key: Vec::new(),
            broken: FlippedRows::default(),
            fixed: FlippedRows::default(),
            changed: FlippedRows::default(),
            undefined: Some(why),
        },
    }
}

pub(super) fn measurement(reading: &Reading, kept: Option<Suppression>, min_cell: u64) -> MeasurementResult {
    let estimate = match (&reading.number, kept) {
        (_, Some(kept)) => kept.estimate(min_cell),
        (Read::Estimated(estimate), None) => or_undefined(*estimate),
        (Read::Reported(Ok(value)), None) => {
            EstimateResult { value: Some(*value), interval: None, n: None, undefined: None }
        }
        (Read::Reported(Err(why)), None) => {
            EstimateResult { value: None, interval: None, n: None, undefined: Some(why.clone()) }
        }
    };
    let EstimateResult { value, interval, n, undefined } = estimate;
    MeasurementResult {
        subject: roles(&reading.subject),
        side: match reading.side {
            Side::Candidate => "candidate".to_owned(),
            Side::Baseline => "baseline".to_owned(),
        },
        measure: reading.measure.clone(),
        value,
        interval,
        n,
        undefined,
    }
}
