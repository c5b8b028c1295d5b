//! Rows that were not seen and might have been, so that a class that was always right is not taken for one that always will be.

use crate::stats::numeric::quantile::float;
use crate::stats::state::influence::class_margins::{Margins, Slopes, penalty};
use crate::stats::state::table::Spread;
use crate::stats::{Average, Measure, Metric, Side, Table};

/// Rows that were not seen: of every class `rows` for each way in which two sides can be right or wrong about it, where a miss may be
/// any other class that there is.
///
/// Without them, sides that never differed in the rows that were seen would be taken for one. Of two classes and ½ they are half
/// a row in each of the eight cells.
pub(crate) struct Unseen {
    classes: Vec<OfClass>,
    /// Classes that a miss may be.
    others: Vec<u32>,
}

struct OfClass {
    label: u32,
    /// For each of the four ways, in weight.
    each: f64,
    /// The weight of one such unit.
    weight: f64,
}

impl Unseen {
    /// Half a row of each class for each way, as in a table of two classes; where the classes are not averaged with equal weight, no more
    /// of them all together. Where rows belong together, so do these.
    pub(crate) fn of(table: &Table, metric: Metric) -> Self {
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
        // A class without labels has no part in these.
        let of_labels = metric.average == Average::Weighted || metric.measure == Measure::BalancedAccuracy;
        let counted: Vec<u32> =
            there.iter().copied().filter(|class| !of_labels || margins.truth[*class as usize] > 0.0).collect();
        let is_mean = metric.average == Average::Macro || metric.measure == Measure::BalancedAccuracy;
        let each = if is_mean { 0.5 } else { 1.0 / float(counted.len().max(2) as u64) };
        let of_class = |label: u32| match table.cluster_size(label) {
            // Whole clusters that were not seen: half as many, each as large as the class mostly is in one.
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

    /// The margins with these rows.
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

    /// Adds to the variances and the covariance what these rows do.
    pub(crate) fn add_to(&self, spread: &mut Spread, ours: &Slopes, theirs: &Slopes) {
        for OfClass { label, each, weight } in &self.classes {
            let right = [ours.at(*label, *label), theirs.at(*label, *label)];
            let mut add = |ours: f64, theirs: f64, times: f64| {
                spread.candidate += times * ours * ours;
                spread.baseline += times * theirs * theirs;
                spread.covariance += times * ours * theirs;
            };
            // So many units of this weight, whose squares count.
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
