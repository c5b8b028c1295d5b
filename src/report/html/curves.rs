//! Curves of a classifier, and densities, computed from a report's counts of rows by score.

use crate::report::document::ScoreBinResult;
use crate::stats::wilson;

/// The number of points of a calibration curve.
const CALIBRATION_POINTS: f64 = 10.0;
/// The number of bars of a density, if rows are everywhere.
const BARS: f64 = 40.0;

/// A curve, and the outline of its band of confidence; empty without one.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct Curve {
    pub(super) points: Vec<[f64; 2]>,
    pub(super) band: Vec<[f64; 2]>,
}

/// The rows of one side by score, and the confidence of intervals if counts have any.
#[derive(Debug, Clone, Copy)]
pub(super) struct ScoredSide<'a> {
    pub(super) bins: &'a [ScoreBinResult],
    level: Option<f64>,
}

/// Rows of the negative and of the positive class: how much they weigh, and how many they are.
#[derive(Debug, Clone, Copy, Default)]
struct ClassRows {
    weights: [f64; 2],
    rows: [u64; 2],
}

impl ClassRows {
    #[expect(clippy::cast_precision_loss, reason = "exact up to 2^53 rows")]
    fn of(bin: &ScoreBinResult) -> Self {
        let positives = bin.positives.unwrap_or(0).min(bin.rows);
        let rows = [bin.rows - positives, positives];
        let weights = bin.weights.map_or(rows.map(|rows| rows as f64), |[all, positives]| [all - positives, positives]);
        Self { weights, rows }
    }

    /// Returns the sum; the counts of a report may be anything.
    fn with(self, other: Self) -> Self {
        let both = |at: usize| self.rows[at].saturating_add(other.rows[at]);
        Self {
            weights: [self.weights[0] + other.weights[0], self.weights[1] + other.weights[1]],
            rows: [both(0), both(1)],
        }
    }

    fn all(self) -> u64 {
        self.rows[0].saturating_add(self.rows[1])
    }

    fn weight(self) -> f64 {
        self.weights[0] + self.weights[1]
    }
}

impl<'a> ScoredSide<'a> {
    /// Returns a side whose counts have intervals if they are `independent`, at a confidence between 0 and 1.
    pub(super) fn new(bins: &'a [ScoreBinResult], independent: bool, confidence: f64) -> Self {
        Self { bins, level: Some(confidence).filter(|level| independent && *level > 0.0 && *level < 1.0) }
    }
}

impl ScoredSide<'_> {
    /// Returns the rows whose scores are at least the lower end of each bin, the highest bin first.
    fn above(&self) -> Vec<ClassRows> {
        let mut all = ClassRows::default();
        let sums = self.bins.iter().rev().map(|bin| {
            all = all.with(ClassRows::of(bin));
            all
        });
        sums.collect()
    }

    /// Returns the ROC curve: the true positive rate over the false positive rate, exact at each threshold.
    ///
    /// The band joins the corners of rectangles around the points: both rates have Wilson's interval at the square root of
    /// the level, because the two classes are independent samples (Campbell 1994).
    pub(super) fn roc(&self) -> Option<Curve> {
        let above = self.above();
        let all = *above.last()?;
        let rates = |rows: &ClassRows| [rows.weights[0] / all.weights[0], rows.weights[1] / all.weights[1]];
        let points = std::iter::once([0.0, 0.0]).chain(above.iter().map(rates)).collect();
        let level = self.level.map(f64::sqrt);
        let ends = |rows: &ClassRows| {
            let of = |class: usize| Some(wilson(rows.rows[class], all.rows[class], level?)?.interval);
            Some([of(0)?, of(1)?])
        };
        let boxes: Option<Vec<_>> = std::iter::once(&ClassRows::default()).chain(&above).map(ends).collect();
        let boxes = boxes.unwrap_or_default();
        let upper = boxes.iter().map(|[negatives, positives]| [negatives[0], positives[1]]);
        let lower = boxes.iter().rev().map(|[negatives, positives]| [negatives[1], positives[0]]);
        Curve { points, band: upper.chain(lower).collect() }.finite()
    }

    /// Returns the precision over the recall, exact at each threshold. Between two thresholds the precision is that of the
    /// lower one, as in the average precision; a straight line would promise too much (Davis and Goadrich 2006). The band
    /// is Wilson's interval of each precision.
    pub(super) fn precision_recall(&self) -> Option<Curve> {
        let above = self.above();
        let all = *above.last()?;
        let mut curve = Curve::default();
        let (mut upper, mut lower) = (Vec::new(), Vec::new());
        let mut before = 0.0;
        for rows in &above {
            let (recall, precision) = (rows.weights[1] / all.weights[1], rows.weights[1] / rows.weight());
            curve.points.extend([[before, precision], [recall, precision]]);
            if let Some(level) = self.level
                && let Some(found) = wilson(rows.rows[1], rows.all(), level)
            {
                upper.extend([before, recall].map(|recall| [recall, found.interval[1]]));
                lower.extend([before, recall].map(|recall| [recall, found.interval[0]]));
            }
            before = recall;
        }
        curve.band = upper.into_iter().chain(lower.into_iter().rev()).collect();
        curve.finite()
    }

    /// Returns the observed rate over the mean score of about ten groups with the same number of rows, each with the ends
    /// of Wilson's interval.
    pub(super) fn calibration(&self) -> Vec<([f64; 2], Option<[f64; 2]>)> {
        let total: f64 = self.bins.iter().map(|bin| ClassRows::of(bin).weight()).sum();
        let mut points = Vec::new();
        let (mut rows, mut sum) = (ClassRows::default(), 0.0);
        for (at, bin) in self.bins.iter().enumerate() {
            let own = ClassRows::of(bin);
            rows = rows.with(own);
            sum += bin.mean * own.weight();
            let is_last = at + 1 == self.bins.len();
            if rows.weight() * CALIBRATION_POINTS >= total || is_last {
                let point = [sum / rows.weight(), rows.weights[1] / rows.weight()];
                let ends = self.level.and_then(|level| Some(wilson(rows.rows[1], rows.all(), level)?.interval));
                if point.iter().all(|number| number.is_finite()) {
                    points.push((point, ends));
                }
                (rows, sum) = (ClassRows::default(), 0.0);
            }
        }
        points
    }

    /// Returns bars of a density: lower end, upper end and the proportion of rows per unit of score, of the negative or
    /// positive `class`, or of all rows. Narrow bins share a bar.
    pub(super) fn density(&self, class: Option<usize>, range: [f64; 2]) -> Vec<[f64; 3]> {
        let weight = |bin: &ScoreBinResult| {
            let rows = ClassRows::of(bin);
            class.map_or_else(|| rows.weight(), |class| rows.weights[class])
        };
        let total: f64 = self.bins.iter().map(weight).sum();
        let least = (range[1] - range[0]) / BARS;
        // Bins of neighbouring scores are drawn side by side.
        let near = |end: f64, start: f64| if start - end <= least { end } else { start };
        let mut bars: Vec<[f64; 3]> = Vec::new();
        let mut open: Option<[f64; 3]> = None;
        for bin in self.bins {
            let own = weight(bin);
            let bar = match open.take() {
                // A bar does not reach over a wide gap without rows.
                Some([from, to, rows]) if bin.to - from <= 2.0 * least => [from, bin.to.max(to), rows + own],
                Some(before) => {
                    bars.push(before);
                    [near(before[1], bin.from), bin.to, own]
                }
                None => [bars.last().map_or(bin.from, |bar| near(bar[1], bin.from)), bin.to, own],
            };
            if bar[1] - bar[0] >= least { bars.push(bar) } else { open = Some(bar) }
        }
        if let Some([from, to, rows]) = open {
            match bars.last_mut() {
                Some(bar) if near(bar[1], from) <= bar[1] => *bar = [bar[0], to, bar[2] + rows],
                // A narrow bar alone is drawn wider, inside of the range.
                _ => bars.push([from.min(range[1] - least), to.max(from + least).min(range[1]), rows]),
            }
        }
        let density = |[from, to, rows]: [f64; 3]| [from, to, rows / total / (to - from)];
        bars.into_iter().map(density).filter(|bar| bar.iter().all(|number| number.is_finite())).collect()
    }
}

impl Curve {
    /// Returns the curve if it has points and all are numbers: without rows of both classes there is none.
    fn finite(mut self) -> Option<Self> {
        let are_numbers = |points: &[[f64; 2]]| points.iter().flatten().all(|number| number.is_finite());
        if !are_numbers(&self.band) {
            self.band.clear();
        }
        (!self.points.is_empty() && are_numbers(&self.points)).then_some(self)
    }

    /// Returns the area under straight lines between the points.
    #[cfg(test)]
    fn area(&self) -> f64 {
        self.points.windows(2).map(|pair| (pair[1][0] - pair[0][0]) * (pair[0][1] + pair[1][1]) / 2.0).sum()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bins(counts: &[(u64, u64)]) -> Vec<ScoreBinResult> {
        let step = 1.0 / counts.len() as f64;
        let bin = |(at, (negatives, positives)): (usize, &(u64, u64))| ScoreBinResult {
            from: at as f64 * step,
            to: (at + 1) as f64 * step,
            rows: negatives + positives,
            positives: Some(*positives),
            mean: (at as f64 + 0.5) * step,
            weights: None,
        };
        counts.iter().enumerate().map(bin).collect()
    }

    #[test]
    fn curves_are_exact_at_the_thresholds() {
        let bins = bins(&[(60, 10), (30, 30), (10, 60)]);
        let side = ScoredSide::new(&bins, true, 0.95);
        let roc = side.roc().expect("there are rows of both classes");
        assert_eq!(roc.points, [[0.0, 0.0], [0.1, 0.6], [0.4, 0.9], [1.0, 1.0]]);
        assert!((roc.area() - (0.03 + 0.225 + 0.57)).abs() < 1e-12);
        assert_eq!(roc.band.len(), 8);
        let [low, high] = [roc.band[6], roc.band[1]];
        assert!(high[0] < 0.1 && low[0] > 0.1 && high[1] > 0.6 && low[1] < 0.6, "{low:?} {high:?}");
        let curve = side.precision_recall().expect("there are positives");
        assert_eq!(curve.points[..2], [[0.0, 60.0 / 70.0], [0.6, 60.0 / 70.0]]);
        assert_eq!(curve.points[5], [1.0, 0.5]);
    }

    #[test]
    fn a_rate_is_held_against_the_mean_score() {
        let bins = bins(&[(90, 10), (50, 50), (5, 95)]);
        let points = ScoredSide::new(&bins, true, 0.95).calibration();
        let rates: Vec<f64> = points.iter().map(|(point, _)| point[1]).collect();
        assert_eq!(rates, [0.1, 0.5, 0.95]);
        assert!(points.iter().all(|(point, ends)| ends.is_some_and(|[low, high]| low < point[1] && point[1] < high)));
        let without = ScoredSide::new(&bins, false, 0.95);
        assert!(without.calibration().iter().all(|(_, ends)| ends.is_none()));
        assert_eq!(without.roc().map(|curve| curve.band), Some(Vec::new()));
    }

    #[test]
    fn a_density_has_an_area_of_one_and_no_bar_over_a_gap() {
        let mut bins = bins(&[(10, 0); 100]);
        bins.drain(20..80);
        let bars = ScoredSide::new(&bins, true, 0.95).density(Some(0), [0.0, 1.0]);
        let area: f64 = bars.iter().map(|[from, to, height]| (to - from) * height).sum();
        assert!((area - 1.0).abs() < 1e-9, "{area}");
        assert!(bars.iter().all(|[from, to, _]| to - from <= 0.051), "{bars:?}");
    }

    #[test]
    fn no_rows_and_absurd_counts_are_no_curve() {
        let one_class = bins(&[(10, 0), (10, 0)]);
        assert_eq!(ScoredSide::new(&one_class, true, 0.95).roc(), None);
        assert_eq!(ScoredSide::new(&[], true, 0.95).precision_recall(), None);
        let mut absurd = bins(&[(5, 5), (5, 5)]);
        absurd[0].rows = u64::MAX;
        absurd[1].positives = Some(u64::MAX);
        (absurd[1].from, absurd[1].weights) = (f64::NAN, Some([f64::INFINITY, -1.0]));
        let side = ScoredSide::new(&absurd, true, 7.0);
        let _ = (side.roc(), side.precision_recall(), side.calibration(), side.density(None, [0.0, f64::NAN]));
    }
}
