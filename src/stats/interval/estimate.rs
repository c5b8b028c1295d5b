//! Values with intervals: one side's metric, and the difference between two sides on the same rows.

use super::counts;
use super::mean::{coarse_change, farthest_change, mean_loss, paired_mean, root, root_change};
use super::resolve::resolve;
use super::value::Estimate;
use crate::stats::interval::auc::{area, paired_areas};
use crate::stats::interval::{joint, table};
use crate::stats::numeric::quantile::{float, normal_quantile, z};
use crate::stats::{Loss, Measure, Metric, QueryValue, Side, State, StateKind, Undefined};

/// The power of the smallest detectable difference.
const POWER: f64 = 0.8;

impl Metric {
    /// Returns the metric's value on one side, with its own denominator.
    ///
    /// # Errors
    ///
    /// Returns the reason if the metric is undefined, where scikit-learn would warn and return 0.
    pub fn value(self, state: &State, side: Side) -> Result<(f64, u64), Undefined> {
        if let Some((of, [by, plus])) = self.of_another(state) {
            return of.value(state, side).map(|(value, n)| (by * value + plus, n));
        }
        let (metric, state) = resolve(self, state)?;
        value(metric, &state, side)
    }

    /// Returns the metric that this one is a multiple of, the factor, and what is added.
    pub(crate) fn of_another(self, state: &State) -> Option<(Self, [f64; 2])> {
        let is_known = matches!(state, State::Known(_));
        (self.measure == Measure::Gini && !is_known).then(|| (Self { measure: Measure::RocAuc, ..self }, [2.0, -1.0]))
    }

    /// Returns true if the metric is the root of a mean.
    pub(crate) fn is_root(self) -> bool {
        matches!(self.measure, Measure::RootMeanSquaredError | Measure::RootMeanSquaredLogError)
    }

    /// Returns true if rows of two different models may often have the same value.
    pub(crate) fn is_coarse(self) -> bool {
        match self.state_kind() {
            StateKind::Queries(of) => !matches!(of, QueryValue::Dcg(_)),
            StateKind::Grades(_) => true,
            _ => false,
        }
    }

    pub(crate) fn loss(self) -> Option<Loss> {
        match self.state_kind() {
            StateKind::Loss(loss) => Some(loss),
            _ => None,
        }
    }
}

/// Returns the value of a metric and a state reduced by [`resolve`].
fn value(metric: Metric, state: &State, side: Side) -> Result<(f64, u64), Undefined> {
    match state {
        State::Contingency(table) => match counts::flipped(metric.measure, table) {
            Some(hits) => flip_value(hits, table.rows(), table.is_paired(), side),
            None if side == Side::Baseline && !table.is_paired() => Err(Undefined::OtherState),
            None => metric.of_counts(&table.confusion(side, None)),
        },
        State::Table(table) => table::value(metric, table, side),
        State::Loss(moments) => {
            let mean = moments.mean(side).ok_or(Undefined::NoRows)?;
            Ok((if metric.is_root() { mean.sqrt() } else { mean }, moments.rows()))
        }
        State::Ranks(ranks) => Ok((ranks.auc(side)?, ranks.rows())),
        State::Joint(joint) => Ok((joint.value(side)?, joint.rows())),
        State::Sample(sample) => Ok((sample.value(side)?, sample.rows())),
        State::Known(known) => {
            known.get(&metric.to_string()).map(|known| (known.value, known.n)).ok_or(Undefined::OtherState)
        }
        State::Undefined { why, .. } => Err(*why),
        State::Labels(_) => Err(Undefined::OtherState),
    }
}

fn flip_value(hits: u64, n: u64, is_paired: bool, side: Side) -> Result<(f64, u64), Undefined> {
    match side {
        Side::Baseline => Err(Undefined::OfBothSides),
        Side::Candidate if !is_paired => Err(Undefined::NoBaseline),
        Side::Candidate if n == 0 => Err(Undefined::NoRows),
        Side::Candidate => Ok((float(hits) / float(n), n)),
    }
}

/// Estimates one side of a metric at this level; metric and state are reduced by [`resolve`].
pub(crate) fn one_side(metric: Metric, state: &State, side: Side, level: f64) -> Result<Estimate, Undefined> {
    let (value, _) = value(metric, state, side)?;
    match state {
        State::Contingency(table) => match counts::flipped(metric.measure, table) {
            Some(hits) => counts::share_of_rows(hits, table.rows(), level).ok_or(Undefined::NoRows),
            None => counts::against_limit(metric, &table.confusion(side, None), level).ok_or(Undefined::NoRows),
        },
        State::Table(table) => Ok(table::Prepared::new(metric, table, side)?.at(level)),
        State::Loss(moments) => {
            let mean = mean_loss(metric, moments, side, level)?;
            Ok(if metric.is_root() { root(mean) } else { mean })
        }
        State::Ranks(ranks) => Ok(area(value, ranks, side, level)),
        State::Joint(joint) => joint::on_one_side(metric, joint, side, level),
        State::Undefined { why, .. } => Err(*why),
        State::Sample(_) | State::Labels(_) | State::Known(_) => Err(Undefined::OtherState),
    }
}

/// Estimates candidate − weight · baseline on the same rows at this level; metric and state are reduced by [`resolve`].
pub(crate) fn change(metric: Metric, state: &State, weight: f64, level: f64) -> Result<Estimate, Undefined> {
    if matches!(metric.measure, Measure::FlipRate | Measure::BrokenRate | Measure::FixedRate) {
        return Err(Undefined::OfBothSides);
    }
    let (candidate, n) = value(metric, state, Side::Candidate)?;
    let (baseline, _) = value(metric, state, Side::Baseline)?;
    let value = candidate - weight * baseline;
    #[expect(clippy::float_cmp, reason = "the caller's own 1")]
    let plain = weight == 1.0;
    let exact = |method| Estimate { value: 0.0, interval: [0.0, 0.0], standard_error: 0.0, n, method };
    match state {
        State::Contingency(table) => {
            if plain && table.is_unchanged() {
                return Ok(exact("identical scores"));
            }
            counts::paired(metric, table, weight, level)
        }
        State::Table(table) => {
            if plain && table.is_unchanged() {
                return Ok(exact("identical scores"));
            }
            Ok(table::PreparedChange::new(metric, table, weight)?.at(level))
        }
        State::Loss(moments) if plain && moments.is_unchanged() => Ok(exact("identical scores")),
        State::Loss(moments) if metric.is_root() => root_change(moments, weight, level),
        State::Loss(moments) if metric.is_coarse() => coarse_change(moments, weight, level),
        State::Loss(moments) => {
            let found = moments.contrast(weight).ok_or(Undefined::OneRow)?;
            let size = farthest_change(metric, candidate.abs().max(baseline.abs()), float(moments.rows()));
            Ok(paired_mean(moments, found, (weight, size), level, "t, paired"))
        }
        State::Ranks(ranks) => {
            if plain && ranks.is_unchanged() {
                return Ok(exact("identical ranking"));
            }
            paired_areas(value, ranks, weight, level)
        }
        State::Joint(joint) => {
            if plain && joint.is_unchanged() {
                return Ok(exact("identical scores"));
            }
            joint::paired(metric, joint, weight, level)
        }
        State::Undefined { why, .. } => Err(*why),
        State::Sample(_) | State::Labels(_) | State::Known(_) => Err(Undefined::OtherState),
    }
}

/// Tells whether the change is exactly 0, because both sides are one model.
pub(crate) fn is_exact_change(metric: Metric, state: &State, weight: f64) -> bool {
    #[expect(clippy::float_cmp, reason = "the caller's own 1")]
    let plain = weight == 1.0;
    plain
        && match state {
            State::Contingency(table) => table.is_unchanged(),
            State::Table(table) => table.is_unchanged(),
            State::Loss(moments) => moments.is_unchanged(),
            State::Ranks(ranks) => ranks.is_unchanged(),
            State::Joint(joint) => joint.is_unchanged() || metric.measure == Measure::MaxError,
            State::Sample(_) | State::Labels(_) | State::Known(_) | State::Undefined { .. } => false,
        }
}

/// Returns the smallest difference that a test at this level detects 4 times out of 5: (z₁₋α⸝₂ + z₀.₈) · SE.
pub fn detectable(standard_error: f64, level: f64) -> f64 {
    (z(level) + normal_quantile(POWER)) * standard_error
}

/// Returns about how many rows reduce an interval of this half-width to `distance`, if its width shrinks with √n;
/// `None` if no number does, because the value lies on the margin.
pub fn rows_to_decide(n: u64, half_width: f64, distance: f64) -> Option<u64> {
    if distance <= 0.0 || !half_width.is_finite() {
        return None;
    }
    #[expect(clippy::cast_precision_loss, reason = "an estimate")]
    let rows = n as f64 * (half_width / distance).powi(2);
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "checked to fit")]
    (rows < 1e15).then(|| rows.ceil() as u64)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test stops at the first surprise")]
    use std::collections::BTreeMap;

    use super::*;
    use crate::stats::{Contingency, LossMoments, RankStatistics, contrast, estimate};

    fn near(left: f64, right: f64) {
        assert!((left - right).abs() < 1e-9, "{left} is not {right}");
    }

    fn counts(cells: [u64; 8]) -> State {
        State::Contingency(Contingency::from_cells(true, BTreeMap::from([(Vec::new(), cells)])))
    }

    #[test]
    fn identical_scores_differ_by_exactly_nothing_and_identical_classes_may_not() {
        let cells = [40, 0, 0, 10, 5, 0, 0, 45];
        let State::Contingency(table) = counts(cells) else { panic!() };
        let same = State::Contingency(table.clone().with_identical_scores());
        assert_eq!(contrast(Metric::F1, &same, 1.0, 0.95, 0).unwrap().interval, [0.0, 0.0]);
        for metric in [Metric::ACCURACY, Metric::PRECISION, Metric::RECALL, Metric::F1] {
            let change = contrast(metric, &State::Contingency(table.clone()), 1.0, 0.95, 0).unwrap();
            assert_eq!(change.value, 0.0);
            assert!(change.interval[0] < -0.01 && change.interval[1] > 0.01, "{}: {change:?}", metric.name());
            assert!(change.standard_error > 0.0);
        }
        let scores = [0.1, 0.7, 0.4, 0.9];
        let ranks = State::Ranks(RankStatistics::from_scores(&[false, true, false, true], &scores, Some(&scores)));
        assert_eq!(contrast(Metric::ROC_AUC, &ranks, 1.0, 0.95, 0).unwrap().interval, [0.0, 0.0]);
    }

    #[test]
    fn other_ranks_within_the_classes_are_another_model() {
        let labels = [true, true, true, false, false, false];
        let (ours, theirs) = ([0.9, 0.8, 0.7, 0.3, 0.2, 0.1], [0.7, 0.8, 0.9, 0.1, 0.2, 0.3]);
        let ranks = State::Ranks(RankStatistics::from_scores(&labels, &ours, Some(&theirs)));
        let change = contrast(Metric::ROC_AUC, &ranks, 1.0, 0.95, 0).unwrap();
        assert!(change.interval[0] < -0.3, "{change:?}");
    }

    #[test]
    fn with_many_rows_the_paired_interval_is_mcnemar_s() {
        // 3 % broken and 2 % fixed of a million rows: −0.01 ± 1.96 · √(0.05 − 0.01²) / 1000
        let table = counts([400_000, 0, 0, 50_000, 50_000, 30_000, 20_000, 450_000]);
        let change = contrast(Metric::ACCURACY, &table, 1.0, 0.95, 0).unwrap();
        let reach = 1.959_963_984_540_054 * (0.05_f64 - 0.0001).sqrt() / 1000.0;
        for (end, expected) in change.interval.iter().zip([-0.01 - reach, -0.01 + reach]) {
            assert!((end - expected).abs() < 2e-6, "{change:?}");
        }
    }

    #[test]
    fn rows_that_are_all_alike_are_not_certain() {
        let all_right = counts([0, 0, 0, 0, 0, 0, 0, 40]);
        let f1 = estimate(Metric::F1, &all_right, Side::Candidate, 0.95, 0).unwrap();
        // Wilson's 40 of 40 is 0.9124; as an f1 that is 0.9542.
        assert!((f1.interval[0] - 0.954_19).abs() < 1e-4 && f1.interval[1] == 1.0, "{f1:?}");
        let mut moments = LossMoments::default();
        (0..2).for_each(|_| moments.add(Loss::Log.row(true, 0.9), None));
        let loss = estimate(Metric::LOG_LOSS, &State::Loss(moments), Side::Candidate, 0.95, 0).unwrap();
        assert!(loss.interval[0] < 0.05 && loss.interval[1] > 1.0, "{loss:?}");
    }

    #[test]
    fn a_perfect_area_of_few_rows_is_not_certain() {
        let ranks = RankStatistics::from_scores(&[true, true, false, false], &[0.9, 0.8, 0.1, 0.2], None);
        let estimate = estimate(Metric::ROC_AUC, &State::Ranks(ranks), Side::Candidate, 0.95, 0).unwrap();
        assert_eq!(estimate.value, 1.0);
        assert!(estimate.interval[0] < 0.5 && estimate.interval[1] == 1.0, "{:?}", estimate.interval);
    }

    #[test]
    fn one_row_has_no_interval() {
        let mut moments = LossMoments::default();
        moments.add(Loss::Brier.row(true, 0.5), Some(0.1));
        let state = State::Loss(moments);
        assert_eq!(estimate(Metric::BRIER_SCORE, &state, Side::Candidate, 0.95, 0), Err(Undefined::OneRow));
        assert_eq!(contrast(Metric::BRIER_SCORE, &state, 1.0, 0.95, 0), Err(Undefined::OneRow));
    }

    #[test]
    fn detectable_and_deciding_sizes() {
        // z₀.₉₇₅ + z₀.₈ = 1.959964 + 0.841621
        near(detectable(0.01, 0.95), 0.028_015_851_981_277_4);
        assert_eq!(rows_to_decide(1000, 0.02, 0.01), Some(4000));
        assert_eq!(rows_to_decide(1000, 0.02, 0.0), None);
    }
}
