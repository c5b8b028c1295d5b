//! Bounds of the distances whose exact value the bins do not determine.

use super::Cells;
use super::distance::{float, sum};

/// Returns W1 from the counts and sums, in standard deviations of the baseline. ∫(F − G) is known in each bin; the sum
/// of its absolute values is exact unless F and G cross inside a bin, and a lower bound otherwise.
pub(super) fn wasserstein(cells: &Cells) -> Option<f64> {
    let scale = cells.scale.as_ref()?;
    let (n, m) = (sum(&cells.baseline), sum(&cells.candidate));
    let (mut difference, mut area) = (0.0_f64, 0.0_f64);
    for index in 0..cells.baseline.len() {
        let before = difference;
        difference += float(cells.baseline[index]) / n - float(cells.candidate[index]) / m;
        let low = if index == 0 { 0.0 } else { scale.edges[index - 1] };
        let high = scale.edges.get(index).copied().unwrap_or(low);
        // Before the first edge and after the last, F and G are both 0 or both 1, so the other end does not matter.
        let ends = if index == 0 {
            high * difference
        } else if index == scale.edges.len() {
            -low * before
        } else {
            high * difference - low * before
        };
        area += (ends - (scale.baseline_sums[index] / n - scale.candidate_sums[index] / m)).abs();
    }
    Some(area / scale.spread)
}

/// Returns the largest W1 for any values between the edges, in standard deviations of the baseline. Where the
/// distribution functions cross inside a bin, the areas on both sides of the crossing cancel in the bin's counts and
/// sums.
pub(super) fn wasserstein_at_most(cells: &Cells) -> Option<f64> {
    let scale = cells.scale.as_ref()?;
    let (n, m) = (sum(&cells.baseline), sum(&cells.candidate));
    let (mut difference, mut area) = (0.0_f64, 0.0_f64);
    for index in 0..cells.baseline.len() {
        let before = difference;
        let (p, q) = (float(cells.baseline[index]) / n, float(cells.candidate[index]) / m);
        difference += p - q;
        let (low, high) = (index.checked_sub(1).map(|below| scale.edges[below]), scale.edges.get(index).copied());
        let (sum_p, sum_q) = (scale.baseline_sums[index] / n, scale.candidate_sums[index] / m);
        // Before the first edge and after the last, the distribution functions are both 0 or both 1, so the other end
        // does not matter.
        let ends = high.map_or(0.0, |high| high * difference) - low.map_or(0.0, |low| low * before);
        let whole = ends - (sum_p - sum_q);
        // Behind the last edge both functions are 1, apart from rounding.
        let after = if high.is_some() { difference } else { 0.0 };
        let rise = |mass, total| Rise { mass, total, low, high };
        let (ours, theirs) = (rise(p, sum_p), rise(q, sum_q));
        // The area of the sign opposite to that of the bin as a whole.
        let other = if whole >= 0.0 {
            theirs.after_start(before).min(ours.before_end(after))
        } else {
            ours.after_start(-before).min(theirs.before_end(-after))
        };
        area += whole.abs() + 2.0 * other;
    }
    Some(area / scale.spread)
}

/// The rise of a distribution function inside a bin.
#[derive(Clone, Copy)]
struct Rise {
    mass: f64,
    /// The sum of the numbers in the bin, divided by all rows of the side.
    total: f64,
    low: Option<f64>,
    high: Option<f64>,
}

impl Rise {
    /// Returns the largest area of (R − d)⁺, where R rises from 0 to the mass. A convex function of R lies below its
    /// chord, and the area below R is known.
    fn after_start(self, d: f64) -> f64 {
        let area = self.high.map_or(f64::INFINITY, |high| (high * self.mass - self.total).max(0.0));
        self.chord(d, area)
    }

    /// Returns the largest area of the remaining rise, which falls from the mass to 0.
    fn before_end(self, d: f64) -> f64 {
        let area = self.low.map_or(f64::INFINITY, |low| (self.total - low * self.mass).max(0.0));
        self.chord(d, area)
    }

    fn chord(self, d: f64, area: f64) -> f64 {
        let (at_none, at_all) = ((-d).max(0.0), (self.mass - d).max(0.0));
        let width = self.high.zip(self.low).map_or(f64::INFINITY, |(high, low)| high - low);
        let always = if at_none > 0.0 { at_none * width } else { 0.0 };
        let rising = if self.mass > 0.0 && at_all > at_none { area / self.mass * (at_all - at_none) } else { 0.0 };
        always + rising
    }
}

/// Returns the largest difference of the distribution functions for any values between the edges: inside a bin one
/// function may rise by all of the bin's rows before the other does. Where all rows of a bin have the value of its
/// edge, there is nothing between.
pub(super) fn kolmogorov_smirnov_at_most(cells: &Cells) -> Option<f64> {
    let scale = cells.scale.as_ref()?;
    let (n, m) = (sum(&cells.baseline), sum(&cells.candidate));
    let (mut difference, mut largest) = (0.0_f64, 0.0_f64);
    for index in 0..cells.baseline.len() {
        let before = difference;
        let (r, c) = (cells.baseline[index], cells.candidate[index]);
        let (p, q) = (float(r) / n, float(c) / m);
        difference += p - q;
        largest = largest.max(difference.abs());
        let is_edge = |rows: u64, total: f64| {
            let edge = scale.edges.get(index).map_or(f64::NAN, |edge| edge * float(rows));
            // The sums of a stored baseline are rounded to this precision.
            rows == 0 || (total - edge).abs() <= 1e-11 * (scale.spread * n.max(m) + edge.abs())
        };
        if !(is_edge(r, scale.baseline_sums[index]) && is_edge(c, scale.candidate_sums[index])) {
            largest = largest.max((before + p).min(difference + q)).max((q - before).min(p - difference));
        }
    }
    Some(largest.min(1.0))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test stops at the first surprise")]
    use proptest::prelude::*;

    use super::super::distance::View;
    use super::super::{BinnedNumbers, Distance, Empty, NumericCells, Sorted};
    use super::*;

    fn cells(before: &[f64], after: &[f64], rows: usize) -> Cells {
        let grid = Sorted::new(before.iter().copied()).coarse_grid(rows);
        let of = |numbers: &[f64]| {
            let mut cells = NumericCells::new(&grid);
            numbers.iter().for_each(|number| cells.add(&grid, *number));
            cells
        };
        BinnedNumbers::new(grid.clone(), &of(before), 1.0).against(&of(after))
    }

    fn share(numbers: &[f64], at: f64) -> f64 {
        numbers.iter().filter(|number| **number <= at).count() as f64 / numbers.len() as f64
    }

    #[test]
    fn a_crossing_inside_of_a_cell_is_in_the_bracket() {
        // Both sides are in one bin with one mean: the functions cross, and the sums do not show it.
        let cells = cells(&[0.0, 10.0], &[5.0, 5.0], 100);
        assert!(wasserstein(&cells).unwrap() < 1e-12);
        assert!(wasserstein_at_most(&cells).unwrap() >= 5.0 - 1e-12);
    }

    proptest! {
        #[test]
        fn the_bracket_of_w1_holds_the_distance_of_all_values(
            before in prop::collection::vec((-40..40_i32).prop_map(|number| f64::from(number) / 4.0), 1..200),
            after in prop::collection::vec((-50..40_i32).prop_map(|number| f64::from(number) / 4.0), 1..200),
            rows in 1..60_usize,
        ) {
            let cells = cells(&before, &after, rows);
            let mut all = [before.clone(), after.clone()].concat();
            all.sort_by(f64::total_cmp);
            let apart = all.windows(2).map(|pair| (share(&before, pair[0]) - share(&after, pair[0])).abs() * (pair[1] - pair[0]));
            let truth: f64 = apart.sum();
            let (low, high) = (wasserstein(&cells).unwrap(), wasserstein_at_most(&cells).unwrap());
            prop_assert!(low <= truth + 1e-9 && truth <= high + 1e-9, "{low} {truth} {high}");
            // A single bin has no end at which the functions are known.
            prop_assert!(high.is_finite() || cells.baseline.len() == 1);
        }

        #[test]
        fn the_bracket_of_ks_holds_the_distance_of_all_values(
            before in prop::collection::vec((-40..40_i32).prop_map(|number| f64::from(number) / 4.0), 1..200),
            after in prop::collection::vec((-50..40_i32).prop_map(|number| f64::from(number) / 4.0), 1..200),
            rows in 1..60_usize,
        ) {
            let cells = cells(&before, &after, rows);
            let apart = before.iter().chain(&after).map(|at| (share(&before, *at) - share(&after, *at)).abs());
            let truth = apart.fold(0.0, f64::max);
            let low = Distance::KolmogorovSmirnov.of(Empty::HalfARow, &View::default(), &cells.baseline, &cells.candidate);
            let high = kolmogorov_smirnov_at_most(&cells).unwrap();
            prop_assert!(low <= truth + 1e-12 && truth <= high + 1e-12, "{low} {truth} {high}");
        }
    }
}
