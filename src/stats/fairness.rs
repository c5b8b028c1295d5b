//! Rates by group, and what becomes of them: base rate × grouping × reduction.

use super::group_range::{Part, Range, range};
use super::{Confusion, Contingency, Estimate, Resamples, Side, Undefined, wilson};

/// A rate of the confusion table, by Fairlearn's name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[allow(missing_docs, reason = "see `definition`")]
pub enum Rate {
    SelectionRate,
    TruePositiveRate,
    FalsePositiveRate,
}

/// How the rates of all groups become one number.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reduction {
    /// The lowest over the highest.
    Ratio,
    /// The highest minus the lowest.
    Gap,
}

impl Rate {
    /// All rates.
    pub const ALL: [Self; 3] = [Self::SelectionRate, Self::TruePositiveRate, Self::FalsePositiveRate];

    /// Its name in a config: Fairlearn's.
    pub fn name(self) -> &'static str {
        match self {
            Self::SelectionRate => "selection_rate",
            Self::TruePositiveRate => "true_positive_rate",
            Self::FalsePositiveRate => "false_positive_rate",
        }
    }

    /// How it is computed, in one clause.
    pub fn definition(self) -> &'static str {
        match self {
            Self::SelectionRate => "selection_rate: rows predicted positive, over all rows of the group",
            Self::TruePositiveRate => "true_positive_rate: rows predicted positive, over positive labels of the group",
            Self::FalsePositiveRate => {
                "false_positive_rate: rows predicted positive, over negative labels of the group"
            }
        }
    }

    /// Numerator and denominator, in rows.
    pub fn counts(self, table: &Confusion) -> (u64, u64) {
        match self {
            Self::SelectionRate => (table.tp + table.fp, table.rows()),
            Self::TruePositiveRate => (table.tp, table.tp + table.fn_),
            Self::FalsePositiveRate => (table.fp, table.fp + table.tn),
        }
    }

    fn undefined(self) -> Undefined {
        match self {
            Self::SelectionRate => Undefined::NoRows,
            Self::TruePositiveRate => Undefined::NoPositives,
            Self::FalsePositiveRate => Undefined::NoNegatives,
        }
    }
}

impl Reduction {
    /// The one number, of at least one rate.
    fn of(self, rates: impl Iterator<Item = f64>) -> Option<f64> {
        let (low, high) =
            rates.fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), rate| (low.min(rate), high.max(rate)));
        match self {
            Self::Gap => (high >= low).then_some(high - low),
            Self::Ratio => (high > 0.0).then(|| low / high),
        }
    }
}

/// The rates of all groups and the one number made of them.
#[derive(Debug, Clone, PartialEq)]
pub struct GroupComparison {
    /// The number with its interval, or why there is none.
    pub value: Result<Estimate, Undefined>,
    /// The group with the lowest rate, among those that take part.
    pub lowest: Option<usize>,
    /// The group with the highest rate, among those that take part.
    pub highest: Option<usize>,
    /// All groups, in the order of the table.
    pub groups: Vec<GroupRate>,
}

/// The rate of one group.
#[derive(Debug, Clone, PartialEq)]
pub struct GroupRate {
    /// The group's values, column by column.
    pub key: Vec<String>,
    /// All rows of the group.
    pub rows: u64,
    /// Its rate with Wilson's interval; `n` is the rate's own denominator.
    pub rate: Result<Estimate, Undefined>,
    /// Whether the denominator is large enough to take part.
    pub takes_part: bool,
}

/// The rate of every group, each for itself.
pub fn group_rates(rate: Rate, table: &Contingency, side: Side, level: f64, min_n: u64) -> Vec<GroupRate> {
    table
        .groups()
        .iter()
        .enumerate()
        .map(|(index, key)| {
            let counts = table.confusion(side, Some(index));
            let (hits, n) = rate.counts(&counts);
            let estimate = wilson(hits, n, level).ok_or(rate.undefined());
            GroupRate { key: key.clone(), rows: counts.rows(), rate: estimate, takes_part: n >= min_n.max(1) }
        })
        .collect()
}

/// Compares a rate between groups. Groups whose denominator is below `min_n` are listed and do not take part.
///
/// The interval is that of `group_range`; `simulation.rs` holds its measured error rates.
pub fn compare_groups(
    rate: Rate,
    reduction: Reduction,
    table: &Contingency,
    side: Side,
    level: f64,
    min_n: u64,
    resamples: &Resamples,
) -> GroupComparison {
    let groups = group_rates(rate, table, side, level, min_n);
    let part: Vec<usize> = (0..groups.len()).filter(|index| groups[*index].takes_part).collect();
    let value_of = |index: &usize| groups[*index].rate.map_or(f64::NAN, |estimate| estimate.value);
    let by_rate = |left: &usize, right: &usize| value_of(left).total_cmp(&value_of(right));
    let lowest = part.iter().copied().min_by(|left, right| by_rate(left, right));
    let highest = part.iter().copied().max_by(|left, right| by_rate(left, right));
    let value = reduce(rate, reduction, table, side, level, &part, &groups, resamples);
    GroupComparison { value, lowest, highest, groups }
}

#[expect(clippy::too_many_arguments, reason = "all of one question")]
fn reduce(
    rate: Rate,
    reduction: Reduction,
    table: &Contingency,
    side: Side,
    level: f64,
    part: &[usize],
    groups: &[GroupRate],
    resamples: &Resamples,
) -> Result<Estimate, Undefined> {
    if part.len() < 2 {
        return Err(Undefined::TooFewGroups);
    }
    let rates = part.iter().filter_map(|index| groups[*index].rate.ok()).map(|estimate| estimate.value);
    let value = reduction.of(rates).ok_or(Undefined::AllZero)?;
    let n = part.iter().filter_map(|index| groups[*index].rate.ok()).map(|estimate| estimate.n).sum();
    let parts: Vec<Part> = part
        .iter()
        .map(|group| {
            let (hits, n) = rate.counts(&table.confusion(side, Some(*group)));
            Part { group: *group, hits, n }
        })
        .collect();
    let Range { low, high, standard_error } = range(rate, reduction, &parts, side, level, resamples)?;
    let (interval, standard_error) = match reduction {
        Reduction::Gap => ([low, high], standard_error),
        // On the scale of logarithms the range is −ln of the ratio; a standard error there is relative.
        Reduction::Ratio => ([(-high).exp(), (-low).exp()], standard_error * value),
    };
    let interval = [interval[0].min(value).max(0.0), interval[1].max(value).min(1.0)];
    Ok(Estimate { value, interval, standard_error, n, method: "largest pair, multinomial resampling" })
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test stops at the first surprise")]
    use std::collections::BTreeMap;

    use super::*;

    /// Groups by (positives predicted positive, positives, negatives predicted positive, negatives).
    fn table(groups: &[(&str, [u64; 4])]) -> Contingency {
        let cells = groups.iter().map(|(name, [tp, positives, fp, negatives])| {
            (vec![(*name).to_owned()], [negatives - fp, 0, *fp, 0, positives - tp, 0, *tp, 0])
        });
        Contingency::from_cells(false, cells.collect::<BTreeMap<_, _>>())
    }

    fn compare(rate: Rate, reduction: Reduction, table: &Contingency) -> GroupComparison {
        let resamples = Resamples::draw(table, 0, 2000);
        compare_groups(rate, reduction, table, Side::Candidate, 0.95, 30, &resamples)
    }

    #[test]
    fn ratio_and_gap_by_hand() {
        let table = table(&[("a", [30, 50, 10, 50]), ("b", [40, 50, 40, 50])]);
        let ratio = compare(Rate::SelectionRate, Reduction::Ratio, &table);
        assert_eq!(ratio.value.unwrap().value, 0.4 / 0.8);
        assert_eq!((ratio.lowest, ratio.highest), (Some(0), Some(1)));
        let gap = compare(Rate::FalsePositiveRate, Reduction::Gap, &table).value.unwrap();
        assert!((gap.value - 0.6).abs() < 1e-15);
        assert!(gap.interval[0] > 0.4 && gap.interval[1] < 0.8, "{:?}", gap.interval);
    }

    #[test]
    fn a_group_is_as_large_as_the_rate_s_denominator() {
        let table = table(&[("a", [30, 50, 10, 50]), ("b", [40, 50, 40, 50]), ("c", [1, 2, 90, 98])]);
        let gap = compare(Rate::TruePositiveRate, Reduction::Gap, &table);
        assert!(!gap.groups[2].takes_part && gap.groups[2].rows == 100);
        assert_eq!(gap.highest, Some(1));
        let two = compare(Rate::SelectionRate, Reduction::Gap, &table);
        assert!(two.groups[2].takes_part);
    }

    #[test]
    fn undefined_is_never_zero() {
        let none = table(&[("a", [0, 0, 10, 50]), ("b", [0, 0, 10, 50])]);
        let gap = compare(Rate::TruePositiveRate, Reduction::Gap, &none);
        assert_eq!(gap.value, Err(Undefined::TooFewGroups));
        assert_eq!(gap.groups[0].rate, Err(Undefined::NoPositives));
        let never = table(&[("a", [0, 50, 0, 50]), ("b", [0, 50, 0, 50])]);
        assert_eq!(compare(Rate::SelectionRate, Reduction::Ratio, &never).value, Err(Undefined::AllZero));
        let once = table(&[("a", [0, 50, 0, 50]), ("b", [10, 50, 0, 50])]);
        assert_eq!(compare(Rate::SelectionRate, Reduction::Ratio, &once).value.unwrap().value, 0.0);
    }
}
