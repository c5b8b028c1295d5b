//! The area under the ROC curve of one side, and of both sides on the same rows.

use super::proportion::{share_interval, wilson};
use crate::stats::numeric::quantile::{float, t, z};
use crate::stats::state::moves::of_few_carriers;
use crate::stats::{Estimate, RankStatistics, Side, Undefined};

/// The class size below which intervals of an area use the t quantile, because the normal one is too small.
pub(crate) const FEW_ROWS: u64 = 30;

/// With fewer effective rows than this between an area and the nearer end of its range, the log odds are too rough there.
const FEW_MISPLACED: f64 = 20.0;

/// The interval of a proportion of this many effective rows, for areas so near to 0 or 1 that few rows are on one side.
pub(crate) fn few_misplaced(area: f64, rows: f64, level: f64) -> [f64; 2] {
    let is_few = area > 0.0 && area < 1.0 && rows > 0.0 && area.min(1.0 - area) * rows < FEW_MISPLACED;
    if !is_few {
        return [area, area];
    }
    let [low, high] = share_interval(area, rows, None, level);
    if area >= 0.5 { [area, high] } else { [low, area] }
}

/// DeLong's interval on the scale of the log odds, which keeps it between 0 and 1 and covers better near 1 (Pepe 2003).
///
/// With few rows in a class DeLong's variance is far too small, and 0 when those rows happen to be ranked alike. So
/// each end is the wider one of DeLong's and of an interval that starts from half a row ranked wrong, counts one more
/// row with the variance of Hanley and McNeil (1982), and uses t with the smaller class's degrees of freedom.
pub(crate) fn area(value: f64, ranks: &RankStatistics, side: Side, level: f64) -> Estimate {
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
    // Moves half a row of the smaller class to the wrong side of the ranking.
    let [lower, upper] = [value * smaller / (smaller + 1.0) + 0.5 / (smaller + 1.0), value];
    let (low, high) = (careful(lower.min(upper))[0], careful(lower.max(upper))[1]);
    let is_inside = value > 0.0 && value < 1.0;
    let plain = if is_inside && standard_error > 0.0 {
        on_log_odds(value, standard_error, z(level))
    } else {
        // DeLong's variance is 0: the scores separate the classes, or all of them tie. The rows of the smaller class take
        // over, as a proportion of them.
        share_interval(value.clamp(0.0, 1.0), smaller, None, level)
    };
    let rows = (value * (1.0 - value) / (standard_error * standard_error)).min(float(n));
    let few = few_misplaced(value, rows, level);
    let low = if value <= 0.0 { 0.0 } else { low.min(plain[0]).min(few[0]) };
    let high = if value >= 1.0 { 1.0 } else { high.max(plain[1]).max(few[1]) };
    let interval = [low.min(value), high.max(value)];
    let standard_error =
        standard_error.max((interval[1] - interval[0]) / (2.0 * z(level)) * f64::from(standard_error == 0.0));
    Estimate { value, interval, standard_error, n, method: "DeLong on the log odds" }
}

/// Interval of a difference of two areas on the same rows, by DeLong's variances and covariance; t instead of z with
/// few rows in a class.
pub(crate) fn paired_areas(value: f64, ranks: &RankStatistics, weight: f64, level: f64) -> Result<Estimate, Undefined> {
    let n = ranks.rows();
    let smaller = ranks.smaller_class();
    let spread = |variance: Option<f64>| variance.ok_or(Undefined::OneRow);
    let variance = spread(ranks.variance(Side::Candidate))? + weight * weight * spread(ranks.variance(Side::Baseline))?
        - 2.0 * weight * spread(ranks.covariance())?;
    let standard_error = variance.max(0.0).sqrt();
    if standard_error == 0.0 {
        // Both models rank all rows alike, so the ranks say nothing of how rarely they would not.
        let reach = 1.0 - wilson(smaller, smaller, level).map_or(0.0, |all| all.interval[0]);
        let method = "Wilson on the smaller class, because both sides place every row alike";
        return Ok(Estimate { value, interval: around(value, reach), standard_error: reach / z(level), n, method });
    }
    let quantile = if smaller < FEW_ROWS { t(float(smaller) - 1.0, level) } else { z(level) };
    // Of rows few of which changed their places.
    let freedom = ranks.change_freedom().unwrap_or(f64::INFINITY);
    let quantile = quantile.max(of_few_carriers(freedom, float(n), level));
    let interval = around(value, standard_error * quantile);
    Ok(Estimate { value, interval, standard_error, n, method: "DeLong, paired" })
}

fn around(value: f64, reach: f64) -> [f64; 2] {
    [value - reach, value + reach]
}
