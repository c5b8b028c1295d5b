//! Rows that a sample does not contain but could have: a class that was always right in it is not certain to stay so.

use crate::stats::numeric::quantile::float;
use crate::stats::state::influence::class_margins::{Margins, Slopes, penalty};
use crate::stats::state::spread::ClassVariance;
use crate::stats::{Average, ClassTable, Measure, Metric, Side};

/// Pseudo-rows of every class: `each` for each way in which two sides can be right or wrong about it, where a wrong
/// prediction may be any other class.
///
/// Without them, sides that never differ in a sample would be taken for one. With two classes and ½ they are half a row
/// in each of the eight cells.
pub(crate) struct Unseen {
    classes: Vec<OfClass>,
    /// The classes that a wrong prediction may be.
    others: Vec<u32>,
}

struct OfClass {
    label: u32,
    /// The weight for each of the four ways.
    each: f64,
    /// The weight of one unit.
    weight: f64,
}

impl Unseen {
    /// Creates half a row of each class for each way, as in a table of two classes. If classes are not averaged with
    /// equal weight, all classes together have no more than that. With clusters, the pseudo-rows form clusters too.
    pub(crate) fn of(table: &ClassTable, metric: Metric) -> Self {
        let margins = table.margins(metric.measure, Side::Candidate);
        let others = table.is_paired().then(|| table.margins(metric.measure, Side::Baseline));
        let has = |class: &u32| {
            let class = *class as usize;
            margins.truth[class] > 0.0
                || margins.predicted[class] > 0.0
                || others.as_ref().is_some_and(|margins| margins.predicted[class] > 0.0)
        };
        let is_benefit = matches!(metric.measure, Measure::GeneralizedEntropy | Measure::TheilIndex);
        let there: Vec<u32> = (0..table.classes()).filter(|class| is_benefit || has(class)).collect();
        // A class without labels takes no part in these metrics.
        let of_labels = metric.average == Average::Weighted || metric.measure.is_of_recalls();
        let counted: Vec<u32> =
            there.iter().copied().filter(|class| !of_labels || margins.truth[*class as usize] > 0.0).collect();
        let is_mean = metric.average == Average::Macro || metric.measure.is_of_recalls();
        let each = if is_mean { 0.5 } else { 1.0 / float(counted.len().max(2) as u64) };
        let of_class = |label: u32| match table.cluster_size(label) {
            // Pseudo-rows form whole clusters: half as many, each with the typical weight of the class in a cluster.
            Some(size) => OfClass { label, each: each / 2.0 * size, weight: size },
            None => OfClass { label, each: each * table.typical_weight(), weight: table.typical_weight() },
        };
        Self { classes: counted.into_iter().map(of_class).collect(), others: there }
    }

    fn misses(&self, label: u32) -> impl Iterator<Item = u32> {
        self.others.iter().copied().filter(move |other| *other != label)
    }

    fn count(&self, label: u32) -> f64 {
        float(self.misses(label).count().max(1) as u64)
    }

    /// Returns the margins including these rows.
    pub(crate) fn added_to(&self, margins: &Margins, measure: Measure) -> Margins {
        let mut margins = margins.clone();
        for OfClass { label, each, .. } in &self.classes {
            let class = *label as usize;
            margins.truth[class] += 4.0 * each;
            margins.right[class] += 2.0 * each;
            margins.predicted[class] += 2.0 * each;
            margins.all += 4.0 * each;
            for other in self.misses(*label) {
                margins.predicted[other as usize] += 2.0 * each / self.count(*label);
                margins.penalties += 2.0 * each / self.count(*label) * penalty(measure, *label, other);
            }
        }
        margins
    }

    /// Adds the variances and the covariance of these rows.
    pub(crate) fn add_to(&self, spread: &mut ClassVariance, ours: &Slopes, theirs: &Slopes) {
        for OfClass { label, each, weight } in &self.classes {
            let right = [ours.at(*label, *label), theirs.at(*label, *label)];
            let mut add = |ours: f64, theirs: f64, times: f64| {
                spread.candidate += times * ours * ours;
                spread.baseline += times * theirs * theirs;
                spread.covariance += times * ours * theirs;
            };
            // The squares of the units' weights count.
            let times = each * weight;
            add(right[0], right[1], times);
            for other in self.misses(*label) {
                let wrong = [ours.at(*label, other), theirs.at(*label, other)];
                let part = times / self.count(*label);
                add(right[0], wrong[1], part);
                add(wrong[0], right[1], part);
                add(wrong[0], wrong[1], part);
            }
        }
    }
}
