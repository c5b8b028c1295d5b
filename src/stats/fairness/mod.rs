//! Comparisons between groups: base measure × grouping × reduction.

mod adverse;
mod apart;
mod compared;
mod counted;
mod critical;
mod estimated;
mod growth;
mod largest;
mod normals;
mod placed;
mod rate;
mod reduction;
mod shares;
#[cfg(test)]
pub(super) mod simulation;
mod spread;
mod two_groups;

use std::fmt;

pub use adverse::{Impact, adverse_impact};
pub use counted::{CountedQuery, group_rates, infer_groups};
pub use estimated::{MeasuredGroups, Others, infer_measured};
pub use growth::{CountedSide, Moved, infer_growth, infer_moved};
pub use rate::Rate;
pub use reduction::{GroupReference, Reduction};

use super::{Estimate, Metric, Null, Undefined};
use crate::stats::interval::inference::Inference;

static RATES: [Rate; 12] = Rate::ALL;

/// Measure that is compared between groups.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum GroupMeasure {
    /// A rate of the confusion table.
    Rate(Rate),
    /// The true and the false positive rate, of which the worse one decides (Hardt, Price and Srebro 2016).
    EqualizedOdds,
    /// A metric.
    Metric(Metric),
}

impl GroupMeasure {
    /// The name of both rates of equalized odds together.
    pub const EQUALIZED_ODDS: &'static str = "equalized_odds";

    /// Returns the rates of the measure; none for a metric.
    pub fn rates(self) -> &'static [Rate] {
        match self {
            Self::Rate(rate) => RATES.iter().find(|known| **known == rate).map_or(&[], std::slice::from_ref),
            Self::EqualizedOdds => &[Rate::TruePositiveRate, Rate::FalsePositiveRate],
            Self::Metric(_) => &[],
        }
    }

    /// Returns true if predictions are part of the denominator.
    pub fn counts_predictions(self) -> bool {
        match self {
            Self::Rate(rate) => rate.counts_predictions(),
            Self::EqualizedOdds => false,
            Self::Metric(metric) => metric.counts_predictions(),
        }
    }

    /// Returns the definition in one clause.
    pub fn definition(self) -> String {
        match self {
            Self::Rate(rate) => rate.definition().to_owned(),
            Self::EqualizedOdds => {
                "equalized_odds: the worse of true_positive_rate and false_positive_rate, each between the groups"
                    .to_owned()
            }
            Self::Metric(metric) => format!("{}, of the rows of the group", metric.definition()),
        }
    }
}

impl fmt::Display for GroupMeasure {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Rate(rate) => out.write_str(rate.name()),
            Self::EqualizedOdds => out.write_str(Self::EQUALIZED_ODDS),
            Self::Metric(metric) => write!(out, "{metric}"),
        }
    }
}

/// Values of all groups, with the value that they are reduced to.
#[derive(Debug, Clone, PartialEq)]
pub struct GroupComparison {
    /// The reduced value with its interval, or the reason why it is undefined.
    pub value: Result<Estimate, Undefined>,
    /// The two values that the reduced one is computed from.
    pub ends: Option<Ends>,
    /// All groups, in the order of the table.
    pub groups: Vec<GroupRate>,
}

/// The two values that decide a comparison.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Ends {
    /// The lower value.
    pub lower: Who,
    /// The higher value.
    pub upper: Who,
}

/// A value with its owner.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Who {
    /// The owner of the value.
    pub who: End,
    /// The number.
    pub value: f64,
}

/// Owner of a value in a comparison.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum End {
    /// A group, by its index in [`GroupComparison::groups`].
    Group(usize),
    /// All rows outside the other group.
    Rest,
    /// All rows.
    Overall,
}

/// Value of one group.
#[derive(Debug, Clone, PartialEq)]
pub struct GroupRate {
    /// The group's values, column by column.
    pub key: Vec<String>,
    /// All rows of the group.
    pub rows: u64,
    /// The group's value; a rate has Wilson's interval. `n` is the value's own denominator.
    pub rate: Result<Estimate, Undefined>,
    /// True if the denominator is large enough to take part.
    pub takes_part: bool,
    /// The name of the rate, where several are compared.
    pub of: Option<&'static str>,
    /// The comparison with the reference.
    pub against: Option<Against>,
}

/// A group's value relative to the reference: a difference or a ratio.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Against {
    /// group − reference, or group / reference.
    pub value: f64,
    /// The interval of this comparison alone: Newcombe's, or the score interval of the ratio.
    pub interval: [f64; 2],
}

/// A comparison of groups with an interval at every confidence.
pub struct GroupInference<'a> {
    groups: Box<dyn Fn(f64) -> Vec<GroupRate> + Send + Sync + 'a>,
    reduced: Result<(Inference<'a>, Ends), Undefined>,
}

impl GroupInference<'_> {
    /// Returns the comparison with intervals at this confidence.
    pub fn at(&self, level: f64) -> GroupComparison {
        let groups = (self.groups)(level);
        match &self.reduced {
            Ok((inference, ends)) => GroupComparison { value: Ok(inference.at(level)), ends: Some(*ends), groups },
            Err(why) => GroupComparison { value: Err(*why), ends: None, groups },
        }
    }

    /// Returns the one-sided p-value of a null hypothesis on the reduced value.
    pub fn p_value(&self, null: Null) -> Option<f64> {
        self.reduced.as_ref().ok().map(|(inference, _)| inference.p_value(null))
    }
}

impl fmt::Debug for GroupInference<'_> {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "GroupInference({:?})", self.at(0.95))
    }
}

/// Reduces independent values to the lowest or the highest. That all of them keep a limit needs no correction. That one
/// of them breaks it is tested at the level at which all together have the error rate of one (Šidák 1967), with the
/// intervals of `failing`.
fn extreme<'a>(
    reduction: &Reduction,
    values: &[f64],
    one: impl Fn(usize, f64) -> Option<Estimate> + Send + Sync + 'a,
    failing: impl Fn(usize, f64) -> Option<[f64; 2]> + Send + Sync + 'a,
) -> Result<(Inference<'a>, usize), Undefined> {
    let lowest = *reduction == Reduction::Lowest;
    let by = |left: &usize, right: &usize| values[*left].total_cmp(&values[*right]);
    let places = || 0..values.len();
    let worst = if lowest { places().min_by(by) } else { places().max_by(by) };
    let worst = worst.ok_or(Undefined::NoGroups)?;
    let count = values.len();
    let inference = Inference::new(move |level| {
        #[expect(clippy::cast_precision_loss, reason = "a number of groups")]
        let together = (0.5 + level / 2.0).powf(1.0 / count as f64) * 2.0 - 1.0;
        let plain: Vec<[f64; 2]> =
            (0..count).filter_map(|place| one(place, level)).map(|found| found.interval).collect();
        let strict: Vec<[f64; 2]> = (0..count).filter_map(|place| failing(place, together)).collect();
        let of = |ends: &[[f64; 2]], end: usize| {
            let ends = ends.iter().map(|interval| interval[end]);
            if lowest { ends.fold(f64::INFINITY, f64::min) } else { ends.fold(f64::NEG_INFINITY, f64::max) }
        };
        let interval = if lowest { [of(&plain, 0), of(&strict, 1)] } else { [of(&strict, 0), of(&plain, 1)] };
        let found = one(worst, level).unwrap_or(Estimate::NOTHING);
        let interval = [interval[0].min(found.value), interval[1].max(found.value)];
        Estimate { interval, method: "intervals of the groups, the failing end for all of them", ..found }
    });
    Ok((inference, worst))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test stops at the first surprise")]
    use std::collections::BTreeMap;

    use super::*;
    use crate::stats::{Contingency, Resamples, Side};

    /// Returns a table of groups (positives predicted positive, positives, negatives predicted positive, negatives).
    fn table(groups: &[(&str, [u64; 4])]) -> Contingency {
        let cells = groups.iter().map(|(name, [tp, positives, fp, negatives])| {
            (vec![(*name).to_owned()], [negatives - fp, 0, *fp, 0, positives - tp, 0, *tp, 0])
        });
        Contingency::from_cells(false, cells.collect::<BTreeMap<_, _>>())
    }

    fn compare(rate: Rate, reduction: Reduction, table: &Contingency) -> GroupComparison {
        let resamples = Resamples::draw(table, 0, 2000);
        let question = CountedQuery { rates: &[rate], reduction: &reduction, side: Side::Candidate, min_n: 30 };
        infer_groups(question, table, &resamples).at(0.95)
    }

    fn ends(compared: &GroupComparison) -> (End, End) {
        let ends = compared.ends.unwrap();
        (ends.lower.who, ends.upper.who)
    }

    #[test]
    fn ratio_and_gap_by_hand() {
        let table = table(&[("a", [30, 50, 10, 50]), ("b", [40, 50, 40, 50])]);
        let ratio = compare(Rate::SelectionRate, Reduction::Ratio(GroupReference::Highest), &table);
        assert_eq!(ratio.value.unwrap().value, 0.4 / 0.8);
        assert_eq!(ends(&ratio), (End::Group(0), End::Group(1)));
        let gap = compare(Rate::FalsePositiveRate, Reduction::Gap(GroupReference::Highest), &table).value.unwrap();
        assert!((gap.value - 0.6).abs() < 1e-15);
        assert!(gap.interval[0] > 0.4 && gap.interval[1] < 0.8, "{:?}", gap.interval);
    }

    #[test]
    fn a_group_is_as_large_as_the_rate_s_denominator() {
        let table = table(&[("a", [30, 50, 10, 50]), ("b", [40, 50, 40, 50]), ("c", [1, 2, 90, 98])]);
        let gap = compare(Rate::TruePositiveRate, Reduction::Gap(GroupReference::Highest), &table);
        assert!(!gap.groups[2].takes_part && gap.groups[2].rows == 100);
        assert_eq!(ends(&gap).1, End::Group(1));
        let two = compare(Rate::SelectionRate, Reduction::Gap(GroupReference::Highest), &table);
        assert!(two.groups[2].takes_part);
    }

    #[test]
    fn undefined_is_never_zero() {
        let none = table(&[("a", [0, 0, 10, 50]), ("b", [0, 0, 10, 50])]);
        let gap = compare(Rate::TruePositiveRate, Reduction::Gap(GroupReference::Highest), &none);
        assert_eq!(gap.value, Err(Undefined::TooFewGroups));
        assert_eq!(gap.groups[0].rate, Err(Undefined::NoPositives));
        let never = table(&[("a", [0, 50, 0, 50]), ("b", [0, 50, 0, 50])]);
        assert_eq!(
            compare(Rate::SelectionRate, Reduction::Ratio(GroupReference::Highest), &never).value,
            Err(Undefined::AllZero)
        );
        let once = table(&[("a", [0, 50, 0, 50]), ("b", [10, 50, 0, 50])]);
        assert_eq!(
            compare(Rate::SelectionRate, Reduction::Ratio(GroupReference::Highest), &once).value.unwrap().value,
            0.0
        );
    }
}
