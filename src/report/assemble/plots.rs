//! The counts behind the charts, without those that tell of a few rows.

use super::super::document::{
    ColumnBinResult, ColumnBinsResult, PlotsResult, ScoreBinResult, ScoreScale, ScoresResult,
};
use crate::gate::judge::{ColumnCells, Plots};
use crate::measurement::CellsOf;
use crate::measurement::score_bins::{ClassScores, ModelScores};
use crate::plural::counted;
use crate::report::suppression::suppressed;
use crate::stats::ScoreBin;

/// Maximum number of values of a column that have a bin of their own.
const MOST_VALUES: usize = 30;
/// The number of intervals of a column of numbers; heavy numbers may add some.
const MOST_INTERVALS: u64 = 20;

/// Returns the counts of a report.
pub(super) fn plots(plots: Plots, min_cell: u64) -> PlotsResult {
    PlotsResult {
        confidence: plots.level,
        scores: plots.scores.into_iter().flat_map(|(model, found)| scores(&model, found, min_cell)).collect(),
        columns: plots.columns.into_iter().filter_map(|column| bins(column, min_cell)).collect(),
    }
}

fn scores(model: &str, found: Result<ModelScores, String>, min_cell: u64) -> Vec<ScoresResult> {
    let none = |scale: ScoreScale, why: Option<String>| ScoresResult {
        model: model.to_owned(),
        class: None,
        scale,
        independent: true,
        candidate: Vec::new(),
        baseline: None,
        labels: None,
        undefined: why,
    };
    let found = match found {
        Ok(found) => found,
        Err(why) => return vec![none(ScoreScale::Score, Some(why))],
    };
    let ModelScores { scale, classes, left_out, has_structure } = found;
    let mut all: Vec<ScoresResult> = classes
        .into_iter()
        .map(|class| {
            let is_hidden = class.candidate.is_empty() || class.baseline.as_ref().is_some_and(Vec::is_empty);
            let undefined = is_hidden.then(|| suppressed(min_cell).undefined).flatten();
            of_class(none(scale, undefined), class, !has_structure)
        })
        .collect();
    if left_out > 0 {
        let why = format!("{} with fewer rows", counted(left_out, "class or label").replace("labels", "label"));
        all.push(none(scale, Some(format!("left out: {why}"))));
    }
    all
}

fn of_class(empty: ScoresResult, found: ClassScores, independent: bool) -> ScoresResult {
    let has_classes = empty.scale != ScoreScale::Number;
    let bins = |bins: Vec<ScoreBin>| bins.iter().map(|bin| score_bin(bin, has_classes)).collect::<Vec<_>>();
    ScoresResult {
        class: found.class,
        independent,
        candidate: bins(found.candidate),
        baseline: found.baseline.map(bins),
        labels: found.labels.map(bins),
        ..empty
    }
}

#[expect(clippy::cast_precision_loss, clippy::float_cmp, reason = "exact up to 2^53 rows; asks for the very number")]
fn score_bin(bin: &ScoreBin, has_classes: bool) -> ScoreBinResult {
    let [negatives, positives] = bin.rows;
    let counts_once = bin.weights == bin.rows.map(|rows| rows as f64);
    ScoreBinResult {
        from: bin.from,
        to: bin.to,
        rows: negatives + positives,
        positives: has_classes.then_some(positives),
        mean: bin.mean(),
        weights: (!counts_once).then(|| [bin.weights[0] + bin.weights[1], bin.weights[1]]),
    }
}

/// Returns the bins of a column, merged until each has either no row or at least `min_cell` rows of each side; `None` if
/// the rows are too few for that.
fn bins(of: ColumnCells, min_cell: u64) -> Option<ColumnBinsResult> {
    let ColumnCells { dataset, column, of, rows, cells } = of;
    let column = match of {
        CellsOf::Values => column,
        CellsOf::Nulls => format!("{column} (nulls)"),
        CellsOf::Categories => format!("{column} (categories)"),
        CellsOf::Between(_) => format!("{column} (own bins)"),
    };
    let column = rows.map_or(column.clone(), |rows| format!("{column} where {rows}"));
    let counts = cells.names.into_iter().zip(cells.baseline.into_iter().zip(cells.candidate));
    let bins: Vec<ColumnBinResult> =
        counts.map(|(name, (baseline, candidate))| ColumnBinResult { name, baseline, candidate }).collect();
    let bins = match &cells.scale {
        Some(_) => neighbours(bins, min_cell),
        None => pooled(bins, min_cell),
    };
    let may_show = bins.iter().all(|bin| may_show(bin, min_cell)) && !bins.is_empty();
    may_show.then(|| ColumnBinsResult { dataset, column, ordered: cells.scale.is_some(), bins })
}

fn may_show(bin: &ColumnBinResult, min_cell: u64) -> bool {
    [bin.baseline, bin.candidate].iter().all(|rows| *rows == 0 || *rows >= min_cell)
}

/// Merges small bins of numbers with their neighbours.
fn neighbours(bins: Vec<ColumnBinResult>, min_cell: u64) -> Vec<ColumnBinResult> {
    let all = bins.iter().fold([0, 0], |all: [u64; 2], bin| [all[0] + bin.baseline, all[1] + bin.candidate]);
    let enough = all.map(|rows| rows.div_ceil(MOST_INTERVALS));
    let is_full = |bin: &ColumnBinResult| bin.baseline >= enough[0] || bin.candidate >= enough[1];
    let mut merged: Vec<ColumnBinResult> = Vec::new();
    let mut open: Option<ColumnBinResult> = None;
    for bin in bins {
        let bin = match open.take() {
            Some(below) => joined(&below, &bin),
            None => bin,
        };
        if may_show(&bin, min_cell) && is_full(&bin) { merged.push(bin) } else { open = Some(bin) }
    }
    while let Some(rest) = open.take() {
        if may_show(&rest, min_cell) {
            merged.push(rest);
        } else {
            // All rows together may be too few.
            open = merged.pop().map(|below| joined(&below, &rest));
        }
    }
    merged
}

fn joined(below: &ColumnBinResult, above: &ColumnBinResult) -> ColumnBinResult {
    let name = match (ends(&below.name)[0], ends(&above.name)[1]) {
        (Some(start), Some(end)) => format!("{start} to {end}"),
        (Some(start), None) => format!("above {start}"),
        (None, Some(end)) => format!("up to {end}"),
        (None, None) => "all numbers".to_owned(),
    };
    ColumnBinResult { name, baseline: below.baseline + above.baseline, candidate: below.candidate + above.candidate }
}

/// Returns the ends in the name of an interval.
fn ends(name: &str) -> [Option<&str>; 2] {
    match (name.strip_prefix("up to "), name.strip_prefix("above "), name.split_once(" to ")) {
        (Some(end), ..) => [None, Some(end)],
        (None, Some(start), _) => [Some(start), None],
        (None, None, Some((start, end))) => [Some(start), Some(end)],
        // A bin that holds all numbers has no name.
        (None, None, None) => [None, None],
    }
}

/// Pools small values, and those beyond [`MOST_VALUES`], in a last bin.
fn pooled(bins: Vec<ColumnBinResult>, min_cell: u64) -> Vec<ColumnBinResult> {
    let (mut kept, mut others): (Vec<_>, Vec<_>) = bins.into_iter().partition(|bin| may_show(bin, min_cell));
    kept.sort_by(|one, other| size(other).cmp(&size(one)).then(one.name.cmp(&other.name)));
    if kept.len() > MOST_VALUES {
        others.extend(kept.split_off(MOST_VALUES));
    }
    let mut pool = ColumnBinResult { name: String::new(), baseline: 0, candidate: 0 };
    let mut values = 0;
    let mut add = |bin: &ColumnBinResult| {
        values += 1;
        pool.baseline += bin.baseline;
        pool.candidate += bin.candidate;
        pool.name =
            if values == 1 && bin.name.starts_with('(') { bin.name.clone() } else { format!("({values} others)") };
        may_show(&pool, min_cell)
    };
    let mut is_safe = true;
    for bin in &others {
        is_safe = add(bin);
    }
    // A small rest could be worked out from all rows.
    while !is_safe {
        let Some(next) = kept.pop() else { return Vec::new() };
        is_safe = add(&next);
    }
    if values > 0 {
        kept.push(pool);
    }
    kept
}

fn size(bin: &ColumnBinResult) -> u64 {
    bin.baseline.max(bin.candidate)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn of(counts: &[(&str, u64, u64)]) -> Vec<ColumnBinResult> {
        let bin = |(name, baseline, candidate): &(&str, u64, u64)| ColumnBinResult {
            name: (*name).to_owned(),
            baseline: *baseline,
            candidate: *candidate,
        };
        counts.iter().map(bin).collect()
    }

    #[test]
    fn small_bins_are_merged_with_their_neighbours() {
        let bins = of(&[("up to 1", 50, 3), ("1 to 2", 40, 40), ("2 to 5", 12, 20), ("above 5", 4, 60)]);
        assert_eq!(neighbours(bins, 10), of(&[("up to 2", 90, 43), ("above 2", 16, 80)]));
        assert_eq!(neighbours(of(&[("up to 1", 50, 20), ("above 1", 40, 3)]), 10), of(&[("all numbers", 90, 23)]));
        assert_eq!(
            neighbours(of(&[("up to 1", 50, 20), ("1 to 2", 4, 20), ("2 to 3", 9, 9), ("above 3", 10, 10)]), 10),
            of(&[("up to 1", 50, 20), ("1 to 3", 13, 29), ("above 3", 10, 10)])
        );
        assert_eq!(neighbours(of(&[("up to 1", 5, 2)]), 10), []);
    }

    #[test]
    fn small_values_are_pooled_and_take_the_next_with_them() {
        let bins = of(&[("a", 500, 400), ("b", 40, 50), ("c", 5, 0)]);
        assert_eq!(pooled(bins, 10), of(&[("a", 500, 400), ("(2 others)", 45, 50)]));
        assert_eq!(pooled(of(&[("a", 500, 400), ("(other)", 12, 0)]), 10), of(&[("a", 500, 400), ("(other)", 12, 0)]));
        assert_eq!(pooled(of(&[("a", 5, 4)]), 10), []);
    }

    proptest! {
        #[test]
        fn no_bin_tells_of_a_few_rows(counts in prop::collection::vec((0_u64..40, 0_u64..40), 0..50)) {
            let all = counts.iter().fold((0, 0), |all, one| (all.0 + one.0, all.1 + one.1));
            let names: Vec<String> = (0..counts.len()).map(|at| format!("{at} to {}", at + 1)).collect();
            let bins = || names.iter().zip(&counts).map(|(name, (baseline, candidate))| ColumnBinResult {
                name: name.clone(), baseline: *baseline, candidate: *candidate,
            }).collect::<Vec<_>>();
            for merged in [neighbours(bins(), 10), pooled(bins(), 10)] {
                prop_assert!(merged.iter().all(|bin| may_show(bin, 10)), "{:?}", merged);
                let shown = merged.iter().fold((0, 0), |all, bin| (all.0 + bin.baseline, all.1 + bin.candidate));
                prop_assert!(merged.is_empty() || shown == all);
            }
        }
    }
}
