//! Numbers with intervals: one side's metric, and the difference between two sides on the same rows.

use statrs::distribution::{ContinuousCDF, Normal, StudentsT};

use super::metric::share;
use super::{Basis, Confusion, Contingency, Loss, LossMoments, Metric, RankStatistics, Side, State, Undefined};

/// The chance to show a difference of the size that is called detectable.
const POWER: f64 = 0.8;

/// With fewer rows in a class than this, the normal quantile is too small for their spread.
const FEW_ROWS: u64 = 30;

/// A number, its two-sided interval, and how both were made.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Estimate {
    /// The number.
    pub value: f64,
    /// The interval at the asked level; half of what is outside lies on each side.
    pub interval: [f64; 2],
    /// The standard error behind the interval.
    pub standard_error: f64,
    /// The rows behind the number: its own denominator.
    pub n: u64,
    /// How the interval was made.
    pub method: &'static str,
}

/// A metric on one side.
///
/// # Errors
///
/// Why there is no value.
pub fn metric(metric: Metric, state: &State, side: Side, level: f64) -> Result<Estimate, Undefined> {
    let (value, _) = metric.value(state, side)?;
    match (metric.basis(), state) {
        (Basis::Counts, State::Contingency(table)) => {
            of_counts(metric, &table.confusion(side, None), level).ok_or(Undefined::NoRows)
        }
        (Basis::Loss(loss), State::Loss(moments)) => mean_loss(loss, moments, side, level),
        (Basis::Ranks, State::Ranks(ranks)) => Ok(area(value, ranks, side, level)),
        _ => Err(Undefined::OtherState),
    }
}

/// candidate − `weight` · baseline on the same rows. Weight 1 is the change; 1 − r tests a margin relative to the baseline
/// without taking the baseline's value for certain.
///
/// # Errors
///
/// Why there is no value.
pub fn contrast(metric: Metric, state: &State, weight: f64, level: f64) -> Result<Estimate, Undefined> {
    let (candidate, n) = metric.value(state, Side::Candidate)?;
    let (baseline, _) = metric.value(state, Side::Baseline)?;
    let value = candidate - weight * baseline;
    #[expect(clippy::float_cmp, reason = "the caller's own 1")]
    let plain = weight == 1.0;
    let exact = |method| Estimate { value: 0.0, interval: [0.0, 0.0], standard_error: 0.0, n, method };
    match state {
        State::Contingency(table) => {
            if plain && table.is_unchanged() {
                return Ok(exact("identical scores"));
            }
            paired_counts(metric, table, weight, level)
        }
        State::Loss(moments) => {
            let (value, mut variance) = moments.contrast(weight).ok_or(Undefined::OneRow)?;
            if plain && variance == 0.0 && value == 0.0 {
                return Ok(exact("identical scores"));
            }
            if variance == 0.0 {
                // Every row differs by the same: one row that does not would have been enough to see a spread.
                variance = value * value * float(n) / (float(n) + 1.0);
            }
            Ok(student(value, variance, n, level, "t, paired"))
        }
        State::Ranks(ranks) => {
            if plain && ranks.is_unchanged() {
                return Ok(exact("identical ranking"));
            }
            paired_areas(value, ranks, weight, level)
        }
    }
}

/// A metric of counts. An f1 is 2J / (1 + J) of J = TP / (TP + FP + FN), so it has the ends of J's interval.
fn of_counts(metric: Metric, counts: &Confusion, level: f64) -> Option<Estimate> {
    if let Some((hits, n)) = metric.proportion(counts) {
        return wilson(hits, n, level);
    }
    let jaccard = wilson(counts.tp, counts.tp + counts.fp + counts.fn_, level)?;
    let f1 = |share: f64| 2.0 * share / (1.0 + share);
    let value = f1(jaccard.value);
    // The slope of 2J / (1 + J).
    let slope = 2.0 / ((1.0 + jaccard.value) * (1.0 + jaccard.value));
    Some(Estimate {
        value,
        interval: jaccard.interval.map(f1),
        standard_error: slope * jaccard.standard_error,
        n: jaccard.n,
        method: "Wilson on TP / (TP + FP + FN)",
    })
}

/// Two sides' metrics of counts on the same rows, by the method of variance estimates recovery (Newcombe 1998, Zou and
/// Donner 2008): each side's own score interval, joined by how the two sides move together.
///
/// Few rows on which the sides differ say little of how many there could be; a bootstrap would take them for all.
fn paired_counts(metric: Metric, table: &Contingency, weight: f64, level: f64) -> Result<Estimate, Undefined> {
    let on = |side| of_counts(metric, &table.confusion(side, None), level).ok_or(Undefined::NoRows);
    let (ours, theirs) = (on(Side::Candidate)?, on(Side::Baseline)?);
    let value = ours.value - weight * theirs.value;
    let spread = table.spread(metric).ok_or(Undefined::NoRows)?;
    let correlation = spread.covariance / (spread.candidate * spread.baseline).sqrt();
    let reach =
        |mine: f64, other: f64| (mine * mine - 2.0 * correlation * mine * other + other * other).max(0.0).sqrt();
    let (down, up) = (ours.value - ours.interval[0], ours.interval[1] - ours.value);
    let (their_down, their_up) =
        (weight * (theirs.value - theirs.interval[0]), weight * (theirs.interval[1] - theirs.value));
    let variance = spread.candidate + weight * weight * spread.baseline - 2.0 * weight * spread.covariance;
    Ok(Estimate {
        value,
        interval: [value - reach(down, their_up), value + reach(up, their_down)],
        standard_error: variance.max(0.0).sqrt(),
        n: ours.n.min(theirs.n),
        method: "Newcombe, paired",
    })
}

/// The mean of a loss. Its ends hold what one more row would do: at the upper end as bad as 1 in 2n, at the lower one
/// without any loss. With many rows that is nothing; with few, or when all are alike, it is what keeps them from looking
/// certain.
fn mean_loss(loss: Loss, moments: &LossMoments, side: Side, level: f64) -> Result<Estimate, Undefined> {
    let mean = moments.mean(side).ok_or(Undefined::NoRows)?;
    let variance = moments.variance(side).ok_or(Undefined::OneRow)?.max(0.0);
    let n = moments.rows();
    let rows = float(n);
    let plain = student(mean, variance, n, level, "t of the mean");
    let with = |one_more: f64| {
        let distance = one_more - mean;
        let variance = (variance * (rows - 1.0) + distance * distance * rows / (rows + 1.0)) / rows;
        student(mean + distance / (rows + 1.0), variance, n + 1, level, "")
    };
    let worst = loss.row(true, 1.0 / (2.0 * rows));
    let low = plain.interval[0].min(with(0.0).interval[0]).max(0.0);
    let high = plain.interval[1].max(with(worst).interval[1]);
    Ok(Estimate { interval: [low, high], ..plain })
}

/// A proportion with Wilson's score interval (Wilson 1927).
pub fn wilson(hits: u64, n: u64, level: f64) -> Option<Estimate> {
    let value = share(hits, n)?;
    #[expect(clippy::cast_precision_loss, reason = "exact up to 2^53 rows")]
    let rows = n as f64;
    let z = z(level);
    let center = (value + z * z / (2.0 * rows)) / (1.0 + z * z / rows);
    let standard_error = (value * (1.0 - value) / rows).sqrt();
    let half = z / (1.0 + z * z / rows) * (value * (1.0 - value) / rows + z * z / (4.0 * rows * rows)).sqrt();
    // At the ends the interval touches them, which rounding would miss by a hair.
    let low = if hits == 0 { 0.0 } else { (center - half).max(0.0) };
    let high = if hits == n { 1.0 } else { (center + half).min(1.0) };
    Some(Estimate { value, interval: [low, high], standard_error, n, method: "Wilson" })
}

/// DeLong on the scale of the log odds, which keeps the interval between 0 and 1 and covers better near 1 (Pepe 2003).
///
/// With few rows in a class DeLong's variance is far too small, and 0 when they happen to be placed alike. So the ends are
/// the wider of his and of one that starts from half a row placed wrong, counts one more row with the spread of Hanley and
/// McNeil (1982), and uses t with the smaller class's degrees of freedom.
fn area(value: f64, ranks: &RankStatistics, side: Side, level: f64) -> Estimate {
    let n = ranks.rows();
    let smaller = float(ranks.smaller_class());
    let on_log_odds = |area: f64, standard_error: f64, quantile: f64| {
        if area <= 0.0 || area >= 1.0 || standard_error == 0.0 {
            return [0.0, 1.0];
        }
        let reach = quantile * standard_error / (area * (1.0 - area));
        around((area / (1.0 - area)).ln(), reach).map(|odds| 1.0 / (1.0 + (-odds).exp()))
    };
    let standard_error = ranks.variance(side).unwrap_or(0.0).max(0.0).sqrt();
    let careful = |area: f64| {
        let [positives, negatives] = ranks.classes().map(float);
        let square = area * area;
        let one_more = [area / (2.0 - area) - square, 2.0 * square / (1.0 + area) - square];
        let part = |spread: f64, more: f64, rows: f64| (spread * (rows - 1.0) + more) / rows / rows;
        let [of_positives, of_negatives] = ranks.spreads(side);
        let variance = part(of_positives, one_more[0], positives) + part(of_negatives, one_more[1], negatives);
        on_log_odds(area, variance.sqrt(), t(smaller, level))
    };
    // Half a row of the smaller class on the other side of where it is.
    let [lower, upper] = [value * smaller / (smaller + 1.0) + 0.5 / (smaller + 1.0), value];
    let (low, high) = (careful(lower.min(upper))[0], careful(lower.max(upper))[1]);
    let is_inside = value > 0.0 && value < 1.0;
    let plain = if is_inside && standard_error > 0.0 {
        on_log_odds(value, standard_error, z(level))
    } else {
        // Without any spread DeLong has nothing to say: of the smaller class, all rows or none are placed right.
        let rows = ranks.smaller_class();
        let hits = if value >= 0.5 { rows } else { 0 };
        wilson(hits, rows, level).map_or([0.0, 1.0], |all| all.interval)
    };
    let low = if value <= 0.0 { 0.0 } else { low.min(plain[0]) };
    let high = if value >= 1.0 { 1.0 } else { high.max(plain[1]) };
    let interval = [low.min(value), high.max(value)];
    let standard_error =
        standard_error.max((interval[1] - interval[0]) / (2.0 * z(level)) * f64::from(standard_error == 0.0));
    Estimate { value, interval, standard_error, n, method: "DeLong on the log odds" }
}

/// Two areas on the same rows, by DeLong's variances and covariance. With few rows in a class, t instead of z.
fn paired_areas(value: f64, ranks: &RankStatistics, weight: f64, level: f64) -> Result<Estimate, Undefined> {
    let n = ranks.rows();
    let smaller = ranks.smaller_class();
    let spread = |variance: Option<f64>| variance.ok_or(Undefined::OneRow);
    let variance = spread(ranks.variance(Side::Candidate))? + weight * weight * spread(ranks.variance(Side::Baseline))?
        - 2.0 * weight * spread(ranks.covariance())?;
    let standard_error = variance.max(0.0).sqrt();
    if standard_error == 0.0 {
        // Both models place all rows alike: the ranks say nothing of how rarely they would not.
        let reach = 1.0 - wilson(smaller, smaller, level).map_or(0.0, |all| all.interval[0]);
        let method = "Wilson on the smaller class, because both sides place every row alike";
        return Ok(Estimate { value, interval: around(value, reach), standard_error: reach / z(level), n, method });
    }
    let quantile = if smaller < FEW_ROWS { t(float(smaller) - 1.0, level) } else { z(level) };
    let interval = around(value, standard_error * quantile);
    Ok(Estimate { value, interval, standard_error, n, method: "DeLong, paired" })
}

fn student(value: f64, variance: f64, n: u64, level: f64, method: &'static str) -> Estimate {
    let rows = float(n);
    let standard_error = (variance.max(0.0) / rows).sqrt();
    let interval = around(value, t(rows - 1.0, level) * standard_error);
    Estimate { value, interval, standard_error, n, method }
}

/// The quantile of sorted values by linear interpolation: NumPy's default.
pub(super) fn quantile(sorted: &[f64], share: f64) -> f64 {
    #[expect(clippy::cast_precision_loss, reason = "a few thousand draws")]
    let at = share * (sorted.len() - 1) as f64;
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "between 0 and the length")]
    let below = at.floor() as usize;
    let above = (below + 1).min(sorted.len() - 1);
    sorted[below] + (sorted[above] - sorted[below]) * at.fract()
}

fn around(value: f64, reach: f64) -> [f64; 2] {
    [value - reach, value + reach]
}

/// The standard normal quantile.
pub fn normal_quantile(share: f64) -> f64 {
    Normal::standard().inverse_cdf(share)
}

fn z(level: f64) -> f64 {
    normal_quantile(0.5 + level / 2.0)
}

fn t(freedom: f64, level: f64) -> f64 {
    StudentsT::new(0.0, 1.0, freedom).map_or(f64::INFINITY, |t| t.inverse_cdf(0.5 + level / 2.0))
}

#[expect(clippy::cast_precision_loss, reason = "exact up to 2^53 rows")]
fn float(rows: u64) -> f64 {
    rows as f64
}

/// The smallest difference that a test at this level shows 4 times out of 5: (z₁₋α⸝₂ + z₀.₈) · SE.
pub fn detectable(standard_error: f64, level: f64) -> f64 {
    (z(level) + normal_quantile(POWER)) * standard_error
}

/// About how many rows would bring an interval of this half-width down to `distance`, its width shrinking with √n.
/// None when no number would, because the value lies on the margin.
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
    use crate::stats::{Contingency, Loss};

    fn near(left: f64, right: f64) {
        assert!((left - right).abs() < 1e-9, "{left} is not {right}");
    }

    #[test]
    fn wilson_agrees_with_statsmodels() {
        // statsmodels 0.15.0: proportion_confint(count, nobs, method="wilson")
        for (hits, n, low, high) in [
            (0, 20, 0.0, 0.161_125_158_052_819_25),
            (7, 20, 0.181_191_824_101_082_03, 0.567_145_723_314_763_8),
            (20, 20, 0.838_874_841_947_180_7, 1.0),
        ] {
            let estimate = wilson(hits, n, 0.95).unwrap();
            near(estimate.interval[0], low);
            near(estimate.interval[1], high);
        }
        assert_eq!(wilson(0, 0, 0.95), None);
    }

    #[test]
    fn quantiles_are_numpy_s() {
        // NumPy 2: quantile([1, 2, 4, 8], [0.1, 0.5, 0.95])
        let values = [1.0, 2.0, 4.0, 8.0];
        near(quantile(&values, 0.1), 1.3);
        near(quantile(&values, 0.5), 3.0);
        near(quantile(&values, 0.95), 7.4);
    }

    fn counts(cells: [u64; 8]) -> State {
        State::Contingency(Contingency::from_cells(true, BTreeMap::from([(Vec::new(), cells)])))
    }

    #[test]
    fn identical_scores_differ_by_exactly_nothing_and_identical_classes_may_not() {
        let cells = [40, 0, 0, 10, 5, 0, 0, 45];
        let State::Contingency(table) = counts(cells) else { panic!() };
        let same = State::Contingency(table.clone().with_identical_scores());
        assert_eq!(contrast(Metric::F1, &same, 1.0, 0.95).unwrap().interval, [0.0, 0.0]);
        for metric in [Metric::Accuracy, Metric::Precision, Metric::Recall, Metric::F1] {
            let change = contrast(metric, &State::Contingency(table.clone()), 1.0, 0.95).unwrap();
            assert_eq!(change.value, 0.0);
            assert!(change.interval[0] < -0.01 && change.interval[1] > 0.01, "{}: {change:?}", metric.name());
            assert!(change.standard_error > 0.0);
        }
        let scores = [0.1, 0.7, 0.4, 0.9];
        let ranks = State::Ranks(RankStatistics::from_scores(&[false, true, false, true], &scores, Some(&scores)));
        assert_eq!(contrast(Metric::RocAuc, &ranks, 1.0, 0.95).unwrap().interval, [0.0, 0.0]);
    }

    #[test]
    fn other_ranks_within_the_classes_are_another_model() {
        let labels = [true, true, true, false, false, false];
        let (ours, theirs) = ([0.9, 0.8, 0.7, 0.3, 0.2, 0.1], [0.7, 0.8, 0.9, 0.1, 0.2, 0.3]);
        let ranks = State::Ranks(RankStatistics::from_scores(&labels, &ours, Some(&theirs)));
        let change = contrast(Metric::RocAuc, &ranks, 1.0, 0.95).unwrap();
        assert!(change.interval[0] < -0.3, "{change:?}");
    }

    #[test]
    fn with_many_rows_the_paired_interval_is_mcnemar_s() {
        // 3 % lost and 2 % won of a million rows: −0.01 ± 1.96 · √(0.05 − 0.01²) / 1000
        let table = counts([400_000, 0, 0, 50_000, 50_000, 30_000, 20_000, 450_000]);
        let change = contrast(Metric::Accuracy, &table, 1.0, 0.95).unwrap();
        let reach = 1.959_963_984_540_054 * (0.05_f64 - 0.0001).sqrt() / 1000.0;
        for (end, expected) in change.interval.iter().zip([-0.01 - reach, -0.01 + reach]) {
            assert!((end - expected).abs() < 2e-6, "{change:?}");
        }
    }

    #[test]
    fn rows_that_are_all_alike_are_not_certain() {
        let all_right = counts([0, 0, 0, 0, 0, 0, 0, 40]);
        let f1 = metric(Metric::F1, &all_right, Side::Candidate, 0.95).unwrap();
        // Wilson's 40 of 40 is 0.9124; as an f1 that is 0.9542.
        assert!((f1.interval[0] - 0.954_19).abs() < 1e-4 && f1.interval[1] == 1.0, "{f1:?}");
        let mut moments = LossMoments::default();
        (0..2).for_each(|_| moments.add(Loss::Log.row(true, 0.9), None));
        let loss = metric(Metric::LogLoss, &State::Loss(moments), Side::Candidate, 0.95).unwrap();
        assert!(loss.interval[0] < 0.05 && loss.interval[1] > 1.0, "{loss:?}");
    }

    #[test]
    fn a_perfect_area_of_few_rows_is_not_certain() {
        let ranks = RankStatistics::from_scores(&[true, true, false, false], &[0.9, 0.8, 0.1, 0.2], None);
        let estimate = metric(Metric::RocAuc, &State::Ranks(ranks), Side::Candidate, 0.95).unwrap();
        assert_eq!(estimate.value, 1.0);
        assert!(estimate.interval[0] < 0.5 && estimate.interval[1] == 1.0, "{:?}", estimate.interval);
    }

    #[test]
    fn one_row_has_no_interval() {
        let mut moments = LossMoments::default();
        moments.add(Loss::Brier.row(true, 0.5), Some(0.1));
        let state = State::Loss(moments);
        assert_eq!(metric(Metric::BrierScore, &state, Side::Candidate, 0.95), Err(Undefined::OneRow));
        assert_eq!(contrast(Metric::BrierScore, &state, 1.0, 0.95), Err(Undefined::OneRow));
    }

    #[test]
    fn detectable_and_deciding_sizes() {
        // z₀.₉₇₅ + z₀.₈ = 1.959964 + 0.841621
        near(detectable(0.01, 0.95), 0.028_015_851_981_277_4);
        assert_eq!(rows_to_decide(1000, 0.02, 0.01), Some(4000));
        assert_eq!(rows_to_decide(1000, 0.02, 0.0), None);
    }
}
