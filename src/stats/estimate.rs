//! Numbers with intervals: one side's metric, and the difference between two sides on the same rows.

use statrs::distribution::{ContinuousCDF, Normal, StudentsT};

use super::metric::share;
use super::{Basis, LossMoments, Metric, RankStatistics, Resamples, Side, State, Undefined};

/// The chance to show a difference of the size that is called detectable.
const POWER: f64 = 0.8;

/// At most this share of resamples may leave a statistic undefined; beyond it the rest would no longer be the sample.
const MOST_UNDEFINED: f64 = 0.05;

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

/// A metric on one side. `resamples` are those of the state, where it is one of counts.
///
/// # Errors
///
/// Why there is no value.
pub fn metric(
    metric: Metric,
    state: &State,
    side: Side,
    level: f64,
    resamples: Option<&Resamples>,
) -> Result<Estimate, Undefined> {
    let (value, n) = metric.value(state, side)?;
    match (metric.basis(), state) {
        (Basis::Counts, State::Contingency(table)) => {
            if let Some((hits, n)) = metric.proportion(&table.confusion(side, None)) {
                return wilson(hits, n, level).ok_or(Undefined::NoRows);
            }
            let draws = resamples.ok_or(Undefined::OtherState)?;
            let values = draws.map(|cells| {
                let counts = Resamples::confusion(cells, side, None);
                metric.of_counts(&counts).ok().map(|(value, _)| value)
            });
            let (interval, standard_error) = percentiles(values, draws.draws(), level)?;
            Ok(Estimate { value, interval, standard_error, n, method: "multinomial resampling" })
        }
        (Basis::Loss(_), State::Loss(moments)) => {
            let variance = moments.variance(side).ok_or(Undefined::OneRow)?;
            Ok(student(value, variance, moments, level, "t of the mean"))
        }
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
pub fn contrast(
    metric: Metric,
    state: &State,
    weight: f64,
    level: f64,
    resamples: Option<&Resamples>,
) -> Result<Estimate, Undefined> {
    let (candidate, n) = metric.value(state, Side::Candidate)?;
    let (baseline, _) = metric.value(state, Side::Baseline)?;
    let value = candidate - weight * baseline;
    #[expect(clippy::float_cmp, reason = "the caller's own 1")]
    let plain = weight == 1.0;
    let exact = |method| Estimate { value: 0.0, interval: [0.0, 0.0], standard_error: 0.0, n, method };
    match state {
        State::Contingency(table) => {
            if plain && table.is_unchanged() {
                return Ok(exact("identical predictions"));
            }
            let draws = resamples.ok_or(Undefined::OtherState)?;
            let values = draws.map(|cells| {
                let on = |side| metric.of_counts(&Resamples::confusion(cells, side, None)).ok().map(|(value, _)| value);
                Some(on(Side::Candidate)? - weight * on(Side::Baseline)?)
            });
            let (interval, standard_error) = percentiles(values, draws.draws(), level)?;
            Ok(Estimate { value, interval, standard_error, n, method: "multinomial resampling, paired" })
        }
        State::Loss(moments) => {
            let (value, variance) = moments.contrast(weight).ok_or(Undefined::OneRow)?;
            if plain && variance == 0.0 && value == 0.0 {
                return Ok(exact("identical losses"));
            }
            Ok(student(value, variance, moments, level, "t, paired"))
        }
        State::Ranks(ranks) => {
            if plain && ranks.is_unchanged() {
                return Ok(exact("identical ranking"));
            }
            let spread = |variance: Option<f64>| variance.ok_or(Undefined::OneRow);
            let variance = spread(ranks.variance(Side::Candidate))?
                + weight * weight * spread(ranks.variance(Side::Baseline))?
                - 2.0 * weight * spread(ranks.covariance())?;
            let standard_error = variance.max(0.0).sqrt();
            if standard_error == 0.0 {
                // Both models separate the classes: the ranks say nothing of how rarely they would not.
                let reach = 1.0
                    - wilson(ranks.smaller_class(), ranks.smaller_class(), level).map_or(0.0, |all| all.interval[0]);
                let method = "Wilson on the smaller class, because both sides separate the classes";
                return Ok(Estimate {
                    value,
                    interval: [value - reach, value + reach],
                    standard_error: reach / z(level),
                    n,
                    method,
                });
            }
            Ok(Estimate {
                value,
                interval: around(value, standard_error * z(level)),
                standard_error,
                n,
                method: "DeLong, paired",
            })
        }
    }
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
fn area(value: f64, ranks: &RankStatistics, side: Side, level: f64) -> Estimate {
    let n = ranks.rows();
    let standard_error = ranks.variance(side).unwrap_or(0.0).max(0.0).sqrt();
    if standard_error == 0.0 || value <= 0.0 || value >= 1.0 {
        // The ranks show no spread: of the smaller class, all rows or none are ranked right.
        let rows = ranks.smaller_class();
        #[expect(
            clippy::cast_precision_loss,
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "at most the rows"
        )]
        let hits = (value * rows as f64).round() as u64;
        let all = wilson(hits, rows, level).map_or([0.0, 1.0], |all| all.interval);
        let interval = [all[0].min(value), all[1].max(value)];
        let standard_error = (interval[1] - interval[0]) / (2.0 * z(level));
        return Estimate { value, interval, standard_error, n, method: "Wilson on the smaller class" };
    }
    let odds = (value / (1.0 - value)).ln();
    let [low, high] = around(odds, z(level) * standard_error / (value * (1.0 - value)));
    let back = |odds: f64| 1.0 / (1.0 + (-odds).exp());
    Estimate { value, interval: [back(low), back(high)], standard_error, n, method: "DeLong on the log odds" }
}

fn student(value: f64, variance: f64, moments: &LossMoments, level: f64, method: &'static str) -> Estimate {
    let n = moments.rows();
    #[expect(clippy::cast_precision_loss, reason = "exact up to 2^53 rows")]
    let rows = n as f64;
    let standard_error = (variance.max(0.0) / rows).sqrt();
    let t = StudentsT::new(0.0, 1.0, rows - 1.0).map_or(f64::INFINITY, |t| t.inverse_cdf(0.5 + level / 2.0));
    Estimate { value, interval: around(value, t * standard_error), standard_error, n, method }
}

/// The middle `level` of the draws, and their standard deviation.
fn percentiles(mut values: Vec<f64>, draws: usize, level: f64) -> Result<([f64; 2], f64), Undefined> {
    #[expect(clippy::cast_precision_loss, reason = "a few thousand draws")]
    let (defined, draws) = (values.len() as f64, draws as f64);
    if values.len() < 2 || defined < draws * (1.0 - MOST_UNDEFINED) {
        return Err(Undefined::Unstable);
    }
    values.sort_by(f64::total_cmp);
    let mean = values.iter().sum::<f64>() / defined;
    let variance = values.iter().map(|value| (value - mean) * (value - mean)).sum::<f64>() / (defined - 1.0);
    let tail = (1.0 - level) / 2.0;
    Ok(([quantile(&values, tail), quantile(&values, 1.0 - tail)], variance.sqrt()))
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

    fn draws(state: &State) -> Resamples {
        let State::Contingency(table) = state else { panic!() };
        Resamples::draw(table, 0, 2000)
    }

    #[test]
    fn identical_sides_differ_by_exactly_nothing() {
        let table = counts([40, 0, 0, 10, 5, 0, 0, 45]);
        let change = contrast(Metric::F1, &table, 1.0, 0.95, Some(&draws(&table))).unwrap();
        assert_eq!((change.value, change.interval), (0.0, [0.0, 0.0]));
        let scores = [0.1, 0.7, 0.4, 0.9];
        let ranks = State::Ranks(RankStatistics::from_scores(&[false, true, false, true], &scores, Some(&scores)));
        assert_eq!(contrast(Metric::RocAuc, &ranks, 1.0, 0.95, None).unwrap().interval, [0.0, 0.0]);
    }

    #[test]
    fn a_perfect_area_of_few_rows_is_not_certain() {
        let ranks = RankStatistics::from_scores(&[true, true, false, false], &[0.9, 0.8, 0.1, 0.2], None);
        let estimate = metric(Metric::RocAuc, &State::Ranks(ranks), Side::Candidate, 0.95, None).unwrap();
        assert_eq!(estimate.value, 1.0);
        assert!(estimate.interval[0] < 0.5 && estimate.interval[1] == 1.0, "{:?}", estimate.interval);
    }

    #[test]
    fn too_many_undefined_resamples_are_no_interval() {
        // One row predicted positive: every third resample has none.
        let table = counts([50, 0, 1, 0, 40, 0, 0, 0]);
        let change = metric(Metric::F1, &table, Side::Candidate, 0.95, Some(&draws(&table)));
        assert!(change.is_ok(), "f1 is defined while there are positive labels");
        let table = counts([99, 0, 1, 0, 0, 0, 0, 0]);
        assert_eq!(metric(Metric::F1, &table, Side::Candidate, 0.95, Some(&draws(&table))), Err(Undefined::Unstable));
    }

    #[test]
    fn one_row_has_no_interval() {
        let mut moments = LossMoments::default();
        moments.add(Loss::Brier.row(true, 0.5), Some(0.1));
        let state = State::Loss(moments);
        assert_eq!(metric(Metric::BrierScore, &state, Side::Candidate, 0.95, None), Err(Undefined::OneRow));
        assert_eq!(contrast(Metric::BrierScore, &state, 1.0, 0.95, None), Err(Undefined::OneRow));
    }

    #[test]
    fn detectable_and_deciding_sizes() {
        // z₀.₉₇₅ + z₀.₈ = 1.959964 + 0.841621
        near(detectable(0.01, 0.95), 0.028_015_851_981_277_4);
        assert_eq!(rows_to_decide(1000, 0.02, 0.01), Some(4000));
        assert_eq!(rows_to_decide(1000, 0.02, 0.0), None);
    }
}
