//! Rows by score, in bins that are fine enough for curves and large enough to be shown.
//!
//! Edges lie on a grid that is the same for all data: the leading bits of a number, and of its distance from 1 where all
//! scores are between 0 and 1. So no edge is the score of a row, rare events near 0 and near 1 keep their order, and
//! equal rows in another order give equal bins. Neighbours on the grid are then merged until no bin tells of a few rows.

/// The bits of a number that the grid ignores; the sign, the exponent and 14 bits after the point are left, so the
/// grid's steps are at most a 16,384th of the number.
const IGNORED_BITS: u32 = 38;
/// The number of bins of each class of rows; both together have up to twice as many.
const MOST_BINS: u64 = 50;
/// The place on the grid of a score of 1 whose distance from 1 orders the scores.
const ONE: i64 = 1 << 40;

/// Rows whose scores are at least `from` and below `to`; the last bin includes its end.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct ScoreBin {
    /// The lower end.
    pub from: f64,
    /// The upper end.
    pub to: f64,
    /// The number of rows of the negative and of the positive class.
    pub rows: [u64; 2],
    /// The sums of their weights.
    pub weights: [f64; 2],
    /// The sum of the weighted scores.
    pub sum: f64,
}

impl ScoreBin {
    /// Returns the mean score, weighted.
    pub fn mean(&self) -> f64 {
        let weight = self.weights[0] + self.weights[1];
        if weight > 0.0 { (self.sum / weight).clamp(self.from, self.to) } else { self.from }
    }

    fn with(self, above: Self) -> Self {
        let add = |left: [f64; 2], right: [f64; 2]| [left[0] + right[0], left[1] + right[1]];
        Self {
            from: self.from,
            to: above.to,
            rows: [self.rows[0] + above.rows[0], self.rows[1] + above.rows[1]],
            weights: add(self.weights, above.weights),
            sum: self.sum + above.sum,
        }
    }
}

/// Returns the rows of finite `scores` in bins, in ascending order. Each bin has either no row or at least `least` rows of
/// each class; empty if the rows are too few for that.
pub fn score_bins(
    scores: &[f64],
    is_positive: impl Fn(usize) -> bool,
    weight: impl Fn(usize) -> f64,
    least: u64,
) -> Vec<ScoreBin> {
    let is_unit = scores.iter().all(|score| (0.0..=1.0).contains(score));
    let mut rows: Vec<(i64, bool, f64, f64)> = scores
        .iter()
        .enumerate()
        .map(|(row, score)| (place(*score, is_unit), is_positive(row), *score, weight(row)))
        .collect();
    // In this order, sums do not depend on the order of the rows.
    rows.sort_unstable_by(|a, b| (a.0, a.1).cmp(&(b.0, b.1)).then(a.2.total_cmp(&b.2)).then(a.3.total_cmp(&b.3)));
    let mut steps: Vec<ScoreBin> = Vec::new();
    let mut last = None;
    for (place, positive, score, weight) in rows {
        if last != Some(place) {
            last = Some(place);
            let [from, to] = ends(place);
            steps.push(ScoreBin { from, to, rows: [0; 2], weights: [0.0; 2], sum: 0.0 });
        }
        if let Some(step) = steps.last_mut() {
            step.rows[usize::from(positive)] += 1;
            step.weights[usize::from(positive)] += weight;
            step.sum += weight * score;
        }
    }
    merged(steps, least)
}

/// Returns the place of a number on the grid; places are in the order of the numbers.
fn place(score: f64, is_unit: bool) -> i64 {
    let floor = |size: f64| (size.to_bits() >> IGNORED_BITS).cast_signed();
    let ceiling = |size: f64| size.to_bits().div_ceil(1 << IGNORED_BITS).cast_signed();
    match score {
        // Zero has two signs.
        _ if score == 0.0 => 0,
        _ if is_unit && score > 0.5 => ONE - ceiling(1.0 - score),
        _ if score > 0.0 => floor(score),
        _ => -ceiling(-score),
    }
}

/// Returns the ends of a step of the grid.
fn ends(place: i64) -> [f64; 2] {
    let number = |place: i64| f64::from_bits(place.unsigned_abs() << IGNORED_BITS);
    let half = ONE - ONE / 2;
    match place {
        ONE => [1.0, 1.0],
        _ if place > half => [1.0 - number(ONE - place), 1.0 - number(ONE - place - 1)],
        0.. => [number(place), number(place + 1).min(f64::MAX)],
        _ => [-number(place).min(f64::MAX), -number(place + 1)],
    }
}

/// Merges neighbours until each bin may be shown and is about a fiftieth of one of the classes.
fn merged(steps: Vec<ScoreBin>, least: u64) -> Vec<ScoreBin> {
    let may_show = |bin: &ScoreBin| bin.rows.iter().all(|rows| *rows == 0 || *rows >= least);
    let all = steps.iter().fold([0, 0], |all, step| [all[0] + step.rows[0], all[1] + step.rows[1]]);
    let enough = all.map(|rows: u64| rows.div_ceil(MOST_BINS).max(least).max(1));
    let mut bins: Vec<ScoreBin> = Vec::new();
    let mut open: Option<ScoreBin> = None;
    for step in steps {
        let bin = open.take().map_or(step, |below| below.with(step));
        if may_show(&bin) && (bin.rows[0] >= enough[0] || bin.rows[1] >= enough[1]) {
            bins.push(bin);
        } else {
            open = Some(bin);
        }
    }
    while let Some(rest) = open.take() {
        if may_show(&rest) {
            bins.push(rest);
        } else {
            open = bins.pop().map(|below| below.with(rest));
        }
    }
    bins
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[expect(clippy::cast_precision_loss, reason = "small numbers")]
    fn many(n: usize) -> (Vec<f64>, Vec<bool>) {
        let scores = (0..n).map(|row| (row * 7919 % 1000) as f64 / 1000.0).collect();
        let labels = (0..n).map(|row| (row * 7919 % 1000) * (row % 3) > 900).collect();
        (scores, labels)
    }

    #[test]
    fn the_grid_is_in_order_and_contains_its_numbers() {
        let numbers = [0.0, 1e-300, 1e-9, 0.1, 0.25, 0.4999, 0.5, 0.500_001, 0.75, 0.999, 1.0 - 1e-9, 1.0];
        for is_unit in [true, false] {
            let places: Vec<i64> = numbers.iter().map(|number| place(*number, is_unit)).collect();
            assert!(places.is_sorted(), "{places:?}");
            for (number, place) in numbers.iter().zip(places) {
                let [from, to] = ends(place);
                assert!(from <= *number && (*number < to || (*number, to) == (1.0, 1.0)), "{from} {number} {to}");
            }
        }
        for number in [-1e300, -2020.5, -1.0, -0.3, -1e-9, -0.0, 3.0, 2020.5, f64::MAX, f64::MIN, f64::MIN_POSITIVE] {
            let [from, to] = ends(place(number, false));
            assert!(from <= number && number <= to && from.is_finite() && to.is_finite(), "{from} {number} {to}");
        }
        // Bins are as narrow near 1 as near 0.
        assert_ne!(place(1.0 - 1e-6, true), place(1.0 - 2e-6, true));
    }

    #[test]
    fn too_few_rows_of_a_class_are_not_shown() {
        let scores = vec![0.1; 100];
        assert_eq!(score_bins(&scores, |row| row < 9, |_| 1.0, 10), []);
        let bins = score_bins(&scores, |row| row < 10, |_| 1.0, 10);
        assert_eq!(bins.len(), 1);
        assert_eq!(bins[0].rows, [90, 10]);
        assert!((bins[0].mean() - 0.1).abs() < 1e-12);
        assert_eq!(score_bins(&[], |_| true, |_| 1.0, 10), []);
    }

    #[test]
    fn rare_positives_keep_their_own_bins() {
        let scores: Vec<f64> = (0..100_000).map(|row| f64::from(row) * 1e-8).collect();
        let bins = score_bins(&scores, |row| row >= 99_000, |_| 1.0, 10);
        assert!(bins.iter().filter(|bin| bin.rows[1] > 0).count() >= 40, "{}", bins.len());
        assert!(bins.len() <= 100);
    }

    proptest! {
        #[test]
        fn bins_are_ordered_and_large_enough_whatever_the_order(
            rows in prop::collection::vec((-3.0..3.0_f64, any::<bool>(), 0.1..2.0_f64), 0..300),
            least in 0_u64..20,
            unit: bool,
        ) {
            let of = |rows: &[(f64, bool, f64)]| {
                let scores: Vec<f64> =
                    rows.iter().map(|(score, ..)| if unit { score.abs() / 3.0 } else { *score }).collect();
                score_bins(&scores, |row| rows[row].1, |row| rows[row].2, least)
            };
            let bins = of(&rows);
            let all = |label: bool| rows.iter().filter(|(_, is, _)| *is == label).count() as u64;
            let shown = bins.iter().fold([0, 0], |all, bin| [all[0] + bin.rows[0], all[1] + bin.rows[1]]);
            prop_assert!(shown == [0, 0] || shown == [all(false), all(true)]);
            prop_assert!(bins.iter().all(|bin| bin.rows.iter().all(|rows| *rows == 0 || *rows >= least)));
            prop_assert!(bins.iter().all(|bin| bin.from <= bin.mean() && bin.mean() <= bin.to));
            prop_assert!(bins.windows(2).all(|pair| pair[0].to <= pair[1].from));
            if rows.len() as u64 >= 1 && least <= 1 {
                prop_assert!(!bins.is_empty());
            }
            let mut other: Vec<_> = rows.clone();
            other.reverse();
            prop_assert_eq!(of(&other), bins);
        }
    }

    #[test]
    fn a_curve_of_many_rows_has_at_most_a_hundred_points() {
        let (scores, labels) = many(20_000);
        let bins = score_bins(&scores, |row| labels[row], |_| 1.0, 10);
        assert!((50..=100).contains(&bins.len()), "{}", bins.len());
    }
}
