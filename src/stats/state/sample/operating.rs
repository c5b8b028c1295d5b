//! Metrics at the threshold that another number allows, and at the best of all thresholds.

use super::ordered::Ordered;
use crate::stats::state::influence::calibration::bin;
use crate::stats::{Measure, Undefined};

/// Rounding by which a limit may be missed where it is only an end of an interval.
const SLACK: f64 = 1e-12;

/// Values for every limit on a number that grows with each threshold.
#[derive(Debug, Clone)]
pub(crate) struct OperatingCurve {
    /// The number and the best value that a limit there allows, for each threshold.
    points: Vec<[f64; 2]>,
    is_at_most: bool,
    /// The limit.
    pub(crate) at: f64,
    /// The units of the rows that the limited number is a proportion of, and of those of the value.
    pub(crate) units: [f64; 2],
}

impl OperatingCurve {
    /// Returns true if the threshold may lie beyond all rows that its limit is a proportion of: if the probability that
    /// none of this many rows shows where it lies is above `tail`.
    pub(crate) fn may_lie_beyond(&self, tail: f64) -> bool {
        let unseen = if self.is_at_most { 1.0 - self.at } else { self.at };
        unseen.clamp(0.0, 1.0).powf(self.units[0]) > tail
    }

    /// Returns the value that this limit allows.
    pub(crate) fn value(&self, limit: f64) -> f64 {
        if self.is_at_most {
            let allowed = self.points.partition_point(|[number, _]| *number <= limit + SLACK);
            return if allowed == 0 { 0.0 } else { self.points[allowed - 1][1] };
        }
        let missed = self.points.partition_point(|[number, _]| *number < limit - SLACK);
        self.points.get(missed).or(self.points.last()).map_or(0.0, |[_, value]| *value)
    }
}

/// Rows that score at least a threshold.
#[derive(Debug, Clone, Copy, Default)]
struct Above {
    positives: f64,
    negatives: f64,
}

impl Ordered {
    /// Calls a function with the rows above each threshold, the highest first, and the last of these rows.
    fn each_threshold(&self, weight: impl Fn(usize) -> (f64, bool), mut of: impl FnMut(Above, usize)) {
        let mut above = Above::default();
        for at in 0..self.values.len() {
            let (weight, is_positive) = weight(at);
            *(if is_positive { &mut above.positives } else { &mut above.negatives }) += weight;
            if self.is_last_of_ties(at) {
                of(above, at);
            }
        }
    }

    /// Returns the best value of all thresholds at which another number keeps its limit.
    pub(super) fn at_constraint(
        &self,
        measure: Measure,
        weight: impl Fn(usize) -> (f64, bool),
        limit: f64,
    ) -> Result<f64, Undefined> {
        let [negatives, positives] = match measure {
            // A precision needs no negatives.
            Measure::PrecisionAtRecall => self.of_positives(&weight)?,
            _ => self.by_class(&weight)?,
        };
        let mut best = 0.0_f64;
        self.each_threshold(weight, |above, _| {
            let rest = negatives - above.negatives;
            let (keeps, value) = match measure {
                Measure::RecallAtFalsePositiveRate => {
                    (above.negatives / negatives <= limit, above.positives / positives)
                }
                Measure::RecallAtSpecificity => (rest / negatives >= limit, above.positives / positives),
                Measure::SpecificityAtRecall => (above.positives / positives >= limit, rest / negatives),
                _ => (above.positives / positives >= limit, above.positives / (above.positives + above.negatives)),
            };
            if keeps {
                best = best.max(value);
            }
        });
        Ok(best)
    }

    fn of_positives(&self, weight: impl Fn(usize) -> (f64, bool)) -> Result<[f64; 2], Undefined> {
        let mut all = [0.0; 2];
        for at in 0..self.values.len() {
            let (weight, is_positive) = weight(at);
            all[usize::from(is_positive)] += weight;
        }
        match all {
            [_, positives] if positives > 0.0 => Ok(all),
            [negatives, _] if negatives > 0.0 => Err(Undefined::NoPositives),
            _ => Err(Undefined::NoRows),
        }
    }

    /// Returns the values for every limit; `None` for a metric that has none.
    pub(super) fn operating_curve(&self, measure: Measure, at: f64) -> Option<OperatingCurve> {
        let weight = |at: usize| (self.weights[at], self.labels[at]);
        let [negatives, positives] = self.of_positives(weight).ok()?;
        let mut points = Vec::new();
        self.each_threshold(weight, |above, _| {
            let (recall, fall_out) = (above.positives / positives, above.negatives / negatives);
            points.push(match measure {
                Measure::SpecificityAtRecall => [recall, 1.0 - fall_out],
                Measure::PrecisionAtRecall => [recall, above.positives / (above.positives + above.negatives)],
                _ => [fall_out, recall],
            });
        });
        let [of_negatives, of_positives] =
            [false, true].map(|class| self.effective_units(&|label| label == class).max(1e-3));
        let (is_at_most, at, units) = match measure {
            Measure::RecallAtFalsePositiveRate => (true, at, [of_negatives, of_positives]),
            Measure::RecallAtSpecificity => (true, 1.0 - at, [of_negatives, of_positives]),
            Measure::SpecificityAtRecall => (false, at, [of_positives, of_negatives]),
            Measure::PrecisionAtRecall => (false, at, [of_positives, of_positives]),
            _ => return None,
        };
        if !is_at_most {
            // A higher threshold may be better, but not one that keeps less than the limit.
            let mut best = f64::NEG_INFINITY;
            for point in points.iter_mut().rev() {
                best = best.max(point[1]);
                point[1] = best;
            }
        }
        Some(OperatingCurve { points, is_at_most, at, units })
    }

    /// Returns the area under the ROC curve up to a false positive rate, scaled so that chance is ½ and a perfect
    /// ranking 1 (McClish 1989).
    pub(super) fn partial_area(&self, weight: impl Fn(usize) -> (f64, bool), most: f64) -> Result<f64, Undefined> {
        let [negatives, positives] = self.by_class(&weight)?;
        let (mut area, mut before) = (0.0, [0.0; 2]);
        self.each_threshold(weight, |above, _| {
            let [x, y] = [above.negatives / negatives, above.positives / positives];
            let [from, height] = before;
            let to = x.min(most);
            if to > from {
                let end = height + (y - height) * (to - from) / (x - from);
                area += (to - from) * f64::midpoint(height, end);
            }
            before = [x, y];
        });
        let least = most * most / 2.0;
        Ok(f64::midpoint(1.0, (area - least) / (most - least)).clamp(0.0, 1.0))
    }

    /// Returns the highest f1 of all thresholds, and the last row above the best one.
    pub(super) fn best_f1(&self, weight: impl Fn(usize) -> (f64, bool)) -> Result<(f64, Option<usize>), Undefined> {
        let [_, positives] = self.of_positives(&weight)?;
        let (mut best, mut place) = (0.0, None);
        self.each_threshold(weight, |above, at| {
            let f1 = 2.0 * above.positives / (above.positives + above.negatives + positives);
            if f1 > best {
                (best, place) = (f1, Some(at));
            }
        });
        Ok((best, place))
    }

    /// Returns the f1 at the score of this row.
    pub(super) fn f1_at(&self, place: usize, weight: impl Fn(usize) -> (f64, bool)) -> Result<f64, Undefined> {
        let [_, positives] = self.of_positives(&weight)?;
        let (mut hits, mut all) = (0.0, 0.0);
        for at in 0..=place {
            let (weight, is_positive) = weight(at);
            all += weight;
            hits += if is_positive { weight } else { 0.0 };
        }
        Ok(2.0 * hits / (all + positives))
    }

    /// Returns the largest distance of a bin's mean value from its proportion of positives, and the bin.
    pub(super) fn farthest_bin(
        &self,
        bins: usize,
        weight: impl Fn(usize) -> (f64, bool),
    ) -> Result<(f64, usize), Undefined> {
        let mut sums = vec![[0.0; 2]; bins];
        for (at, value) in self.values.iter().enumerate() {
            let (weight, is_positive) = weight(at);
            let [all, off] = &mut sums[bin(*value, bins)];
            *all += weight;
            *off += weight * (value - f64::from(u8::from(is_positive)));
        }
        let distances = sums.iter().enumerate().filter(|(_, [all, _])| *all > 0.0);
        distances
            .map(|(place, [all, off])| ((off / all).abs(), place))
            .reduce(|best, next| if next.0 > best.0 { next } else { best })
            .ok_or(Undefined::NoRows)
    }

    /// Returns the distance of a bin's mean value from its proportion of positives.
    pub(super) fn distance_in(&self, place: usize, bins: usize, weight: impl Fn(usize) -> (f64, bool)) -> f64 {
        let (mut all, mut off) = (0.0, 0.0);
        for (at, value) in self.values.iter().enumerate().filter(|(_, value)| bin(**value, bins) == place) {
            let (weight, is_positive) = weight(at);
            all += weight;
            off += weight * (value - f64::from(u8::from(is_positive)));
        }
        if all > 0.0 { (off / all).abs() } else { 0.0 }
    }

    /// Returns the units in the bin that is farthest off.
    pub(super) fn units_of_farthest_bin(&self, bins: usize) -> f64 {
        let own = |at: usize| (self.weights[at], self.labels[at]);
        self.farthest_bin(bins, own)
            .map_or(0.0, |(_, place)| self.effective_units_of(|at| bin(self.values[at], bins) == place))
    }
}
