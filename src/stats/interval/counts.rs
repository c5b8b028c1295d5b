//! Metrics of a binary confusion matrix: values, score intervals, and the change on the same rows.

use super::proportion::{share, share_interval, wilson};
use crate::stats::interval::value::reach;
use crate::stats::numeric::quantile::float;
use crate::stats::state::influence::class_margins::fraction;
use crate::stats::{Average, Confusion, Contingency, Estimate, Measure, Metric, Side, Undefined};

impl Measure {
    /// Returns true if the measure is of one class against the others.
    pub(crate) fn is_of_one_class(self) -> bool {
        fraction(Metric::of(self)).is_some()
    }
}

impl Confusion {
    /// Returns the rows labelled positive, predicted positive, both, and all.
    fn rows_by_kind(&self) -> [u64; 4] {
        [self.tp + self.fn_, self.tp + self.fp, self.tp, self.rows()]
    }
}

impl Metric {
    /// Returns the metric's value and denominator.
    ///
    /// # Errors
    ///
    /// The denominator is zero, or the metric is not a fraction of counts.
    pub fn of_counts(self, counts: &Confusion) -> Result<(f64, u64), Undefined> {
        if let Some((hits, n, empty)) = self.proportion(counts) {
            return Ok((share(hits, n).ok_or(empty)?, n));
        }
        let (_, _, empty) = fraction(self).ok_or(Undefined::OtherState)?;
        let (above, below) = self.fraction(counts).ok_or(Undefined::OtherState)?;
        // An f1 is based on the rows that are labelled or predicted positive.
        let n = counts.tp + counts.fp + counts.fn_;
        if n > 0 { Ok((above / below, n)) } else { Err(empty) }
    }

    /// Returns numerator and denominator of a metric of counts; both are sums over rows.
    pub(crate) fn fraction(self, counts: &Confusion) -> Option<(f64, f64)> {
        if let Some((above, below, _)) = fraction(self) {
            let rows = counts.rows_by_kind().map(float);
            let of = |form: [f64; 4]| form.iter().zip(rows).map(|(part, rows)| part * rows).sum();
            return Some((of(above), of(below)));
        }
        let (hits, n, _) = self.proportion(counts)?;
        Some((float(hits), float(n)))
    }

    /// Returns a metric of counts as a proportion of independent rows, with the reason for a denominator of 0.
    pub(crate) fn proportion(self, counts: &Confusion) -> Option<(u64, u64, Undefined)> {
        let Confusion { tp, fp, fn_, tn } = *counts;
        Some(match self.measure {
            Measure::Accuracy => (tp + tn, counts.rows(), Undefined::NoRows),
            Measure::ZeroOneLoss => (fp + fn_, counts.rows(), Undefined::NoRows),
            Measure::Precision => (tp, tp + fp, Undefined::NoPredictedPositives),
            Measure::Recall => (tp, tp + fn_, Undefined::NoPositives),
            Measure::Jaccard => (tp, tp + fp + fn_, Undefined::NothingPositive),
            Measure::Specificity => (tn, tn + fp, Undefined::NoNegatives),
            Measure::NegativePredictiveValue => (tn, tn + fn_, Undefined::NoPredictedNegatives),
            Measure::FalsePositiveRate => (fp, tn + fp, Undefined::NoNegatives),
            Measure::FalseNegativeRate => (fn_, tp + fn_, Undefined::NoPositives),
            Measure::PredictedPositiveRate => (tp + fp, counts.rows(), Undefined::NoRows),
            Measure::FalseDiscoveryRate => (fp, tp + fp, Undefined::NoPredictedPositives),
            Measure::FalseOmissionRate => (fn_, tn + fn_, Undefined::NoPredictedNegatives),
            Measure::Prevalence => (tp + fn_, counts.rows(), Undefined::NoRows),
            _ => return None,
        })
    }
}

/// Tells whether a metric needs a table of two classes only: it is a proportion of rows, or an f1.
pub(crate) fn is_of_rows(metric: Metric) -> bool {
    let f1 = metric.measure == Measure::F1;
    metric.average == Average::None && (f1 || metric.proportion(&Confusion::default()).is_some())
}

/// Returns the number of flipped rows that a metric of both sides counts.
pub(crate) fn flipped(measure: Measure, table: &Contingency) -> Option<u64> {
    let is_hit: fn(bool, bool, bool) -> bool = match measure {
        Measure::FlipRate => |_, ours, theirs| ours != theirs,
        Measure::BrokenRate => |label, ours, theirs| theirs == label && ours != label,
        Measure::FixedRate => |label, ours, theirs| ours == label && theirs != label,
        _ => return None,
    };
    let cells = table.cells().enumerate();
    let hits = cells.filter(|(index, _)| {
        let index = index % 8;
        is_hit(index & 4 != 0, index & 2 != 0, index & 1 != 0)
    });
    Some(hits.map(|(_, rows)| rows).sum())
}

/// Estimates a proportion of rows, to compare with a limit.
pub(crate) fn share_of_rows(hits: u64, n: u64, level: f64) -> Option<Estimate> {
    let found = wilson(hits, n, level)?;
    Some(Estimate { interval: share_interval(found.value, float(n), None, level), ..found })
}

/// Estimates a metric of counts, to compare with a limit.
pub(crate) fn against_limit(metric: Metric, counts: &Confusion, level: f64) -> Option<Estimate> {
    if let Some((hits, n, _)) = metric.proportion(counts) {
        return share_of_rows(hits, n, level);
    }
    let found = of_counts(metric, counts, level)?;
    let (hits, n) = (counts.tp, counts.tp + counts.fp + counts.fn_);
    let jaccard = share_of_rows(hits, n, level)?;
    Some(Estimate { interval: jaccard.interval.map(|share| 2.0 * share / (1.0 + share)), ..found })
}

/// Estimates a metric of counts. An f1 is 2J / (1 + J) with J = TP / (TP + FP + FN), so its interval is that of J,
/// transformed.
pub(crate) fn of_counts(metric: Metric, counts: &Confusion, level: f64) -> Option<Estimate> {
    if let Some((hits, n, _)) = metric.proportion(counts) {
        return wilson(hits, n, level);
    }
    let jaccard = wilson(counts.tp, counts.tp + counts.fp + counts.fn_, level)?;
    let f1 = |share: f64| 2.0 * share / (1.0 + share);
    let value = f1(jaccard.value);
    // The derivative of 2J / (1 + J).
    let slope = 2.0 / ((1.0 + jaccard.value) * (1.0 + jaccard.value));
    Some(Estimate {
        value,
        interval: jaccard.interval.map(f1),
        standard_error: slope * jaccard.standard_error,
        n: jaccard.n,
        method: "Wilson on TP / (TP + FP + FN)",
    })
}

/// Estimates the change of a metric of counts on the same rows by the method of variance estimates recovery (Newcombe
/// 1998, Zou and Donner 2008): each side's own score interval, joined by the correlation of the sides.
///
/// A bootstrap would be too narrow here: the few rows on which the sides differ would stand for all that could differ.
pub(crate) fn paired(metric: Metric, table: &Contingency, weight: f64, level: f64) -> Result<Estimate, Undefined> {
    let on = |side| of_counts(metric, &table.confusion(side, None), level).ok_or(Undefined::NoRows);
    let (ours, theirs) = (on(Side::Candidate)?, on(Side::Baseline)?);
    let value = ours.value - weight * theirs.value;
    let spread = table.spread(metric).ok_or(Undefined::NoRows)?;
    let correlation = spread.covariance / (spread.candidate * spread.baseline).sqrt();
    let (down, up) = (ours.value - ours.interval[0], ours.interval[1] - ours.value);
    let (their_down, their_up) =
        (weight * (theirs.value - theirs.interval[0]), weight * (theirs.interval[1] - theirs.value));
    let variance = spread.candidate + weight * weight * spread.baseline - 2.0 * weight * spread.covariance;
    Ok(Estimate {
        value,
        interval: [value - reach(down, their_up, correlation), value + reach(up, their_down, correlation)],
        standard_error: variance.max(0.0).sqrt(),
        n: ours.n.min(theirs.n),
        method: "Newcombe, paired",
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn counts(tp: u64, fp: u64, fn_: u64, tn: u64) -> Confusion {
        Confusion { tp, fp, fn_, tn }
    }

    #[test]
    fn values_by_hand() {
        let table = counts(3, 1, 2, 4);
        assert_eq!(Metric::ACCURACY.of_counts(&table), Ok((0.7, 10)));
        assert_eq!(Metric::PRECISION.of_counts(&table), Ok((0.75, 4)));
        assert_eq!(Metric::RECALL.of_counts(&table), Ok((0.6, 5)));
        assert_eq!(Metric::F1.of_counts(&table), Ok((6.0 / 9.0, 6)));
    }

    #[test]
    fn undefined_is_never_zero() {
        assert_eq!(Metric::PRECISION.of_counts(&counts(0, 0, 3, 1)), Err(Undefined::NoPredictedPositives));
        assert_eq!(Metric::RECALL.of_counts(&counts(0, 3, 0, 1)), Err(Undefined::NoPositives));
        assert_eq!(Metric::F1.of_counts(&counts(0, 0, 0, 5)), Err(Undefined::NothingPositive));
        assert_eq!(Metric::ACCURACY.of_counts(&counts(0, 0, 0, 0)), Err(Undefined::NoRows));
        // A recall whose positives are all missed is 0, not undefined.
        assert_eq!(Metric::RECALL.of_counts(&counts(0, 0, 3, 1)), Ok((0.0, 3)));
        assert_eq!(Metric::F1.of_counts(&counts(0, 0, 3, 1)), Ok((0.0, 3)));
    }
}
