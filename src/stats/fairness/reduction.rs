//! Reductions of the values of all groups to one.

use std::ops::Range;

use super::super::Undefined;

/// Reduction of the values of all groups to one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Reduction {
    /// The largest difference from the reference; for [`GroupReference::Highest`], the highest minus the lowest.
    Gap(GroupReference),
    /// The smallest ratio to the reference, the smaller value over the larger; for [`GroupReference::Highest`], the lowest
    /// over the highest.
    Ratio(GroupReference),
    /// The standard deviation of the groups' true values: that of the measured values, corrected for noise (Lum, Zhang
    /// and Bower 2022).
    Spread,
    /// The lowest value.
    Lowest,
    /// The highest value.
    Highest,
}

/// GroupReference that a group is compared with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum GroupReference {
    /// The group with the highest value, so that all pairs of groups take part.
    Highest,
    /// The group with the most rows.
    Majority,
    /// The group with these values.
    Named(Vec<String>),
    /// All rows outside the group.
    Rest,
    /// All rows.
    Overall,
}

/// Two values to compare.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Pair {
    /// The index of the first value among all that take part.
    pub(super) one: usize,
    /// The second value.
    pub(super) other: Other,
}

/// The second value of a pair.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Other {
    /// The value of a group, by its index.
    Place(usize),
    /// The value of all rows outside the group.
    Rest,
    /// The value of all rows.
    Overall,
}

/// The pairs of values to compare.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Pairs {
    /// Every two values of a range; each range holds the values of one rate.
    Every(Vec<Range<usize>>),
    /// These pairs.
    Listed(Vec<Pair>),
}

impl Pairs {
    /// Returns the pairs one by one; of every two values, the earlier one is the first.
    pub(super) fn iter(&self) -> Box<dyn Iterator<Item = Pair> + '_> {
        match self {
            Self::Every(ranges) => Box::new(ranges.iter().flat_map(|range| {
                let second = |one| (one + 1..range.end).map(move |other| Pair { one, other: Other::Place(other) });
                range.clone().flat_map(second)
            })),
            Self::Listed(pairs) => Box::new(pairs.iter().copied()),
        }
    }

    /// Returns the number of pairs.
    pub(super) fn count(&self) -> usize {
        match self {
            Self::Every(ranges) => ranges.iter().map(|range| range.len() * (range.len().max(1) - 1) / 2).sum(),
            Self::Listed(pairs) => pairs.len(),
        }
    }

    /// Returns the pair if it is the only one.
    pub(super) fn only(&self) -> Option<Pair> {
        self.iter().next().filter(|_| self.count() == 1)
    }
}

/// A group whose value takes part.
#[derive(Debug, Clone, Copy)]
pub(super) struct ReducedGroup<'a> {
    /// The index of the rate, where several are compared.
    pub(super) rate: usize,
    /// The index among all groups.
    pub(super) group: usize,
    /// The group's values, column by column.
    pub(super) key: &'a [String],
    /// The group's rows.
    pub(super) rows: u64,
}

impl Reduction {
    /// Returns the reference that groups are compared with, if any.
    pub fn reference(&self) -> Option<&GroupReference> {
        match self {
            Self::Gap(reference) | Self::Ratio(reference) => Some(reference),
            Self::Spread | Self::Lowest | Self::Highest => None,
        }
    }

    /// Returns true for a ratio of two values.
    pub fn is_ratio(&self) -> bool {
        matches!(self, Self::Ratio(_))
    }

    /// Returns the definition in one clause.
    pub fn definition(&self) -> String {
        match self {
            Self::Gap(GroupReference::Highest) => "the highest minus the lowest".to_owned(),
            Self::Ratio(GroupReference::Highest) => "the lowest over the highest".to_owned(),
            Self::Gap(reference) => format!("the largest difference from {}", reference.definition()),
            Self::Ratio(reference) => {
                format!("the smallest ratio to {}, the smaller over the larger", reference.definition())
            }
            Self::Spread => "standard deviation between the groups, less the noise of their estimates".to_owned(),
            Self::Lowest => "the lowest of the groups".to_owned(),
            Self::Highest => "the highest of the groups".to_owned(),
        }
    }
}

impl GroupReference {
    /// Returns a short description that can follow "from".
    pub fn definition(&self) -> String {
        match self {
            Self::Highest => "the highest group".to_owned(),
            Self::Majority => "the group with the most rows".to_owned(),
            Self::Named(key) => format!("`{}`", key.join(" × ")),
            Self::Rest => "everyone else".to_owned(),
            Self::Overall => "all rows".to_owned(),
        }
    }

    /// Returns the pairs of groups to compare, for each rate. The parts are in the order of their rates.
    pub(super) fn pairs(&self, parts: &[ReducedGroup<'_>], rates: usize) -> Result<Pairs, Undefined> {
        let places = |rate: usize| {
            let start = parts.partition_point(|part| part.rate < rate);
            start..parts.partition_point(|part| part.rate <= rate)
        };
        let with = |is_reference: &dyn Fn(&ReducedGroup<'_>) -> bool| {
            let mut pairs = Vec::new();
            for other in (0..parts.len()).filter(|place| is_reference(&parts[*place])) {
                let others = places(parts[other].rate).filter(|one| *one != other);
                pairs.extend(others.map(|one| Pair { one, other: Other::Place(other) }));
            }
            pairs
        };
        let with_rows = |other: Other| (0..parts.len()).map(|one| Pair { one, other }).collect();
        let pairs = match self {
            Self::Highest => Pairs::Every((0..rates).map(places).collect()),
            Self::Named(key) => Pairs::Listed(with(&|part| part.key == key.as_slice())),
            Self::Majority => {
                let most = parts.iter().map(|part| part.rows).max();
                let largest = parts.iter().find(|part| Some(part.rows) == most).map(|part| part.group);
                Pairs::Listed(with(&|part| Some(part.group) == largest))
            }
            Self::Rest => Pairs::Listed(with_rows(Other::Rest)),
            Self::Overall => Pairs::Listed(with_rows(Other::Overall)),
        };
        for rate in 0..rates {
            // A rate that cannot be compared must not hide behind another one, and a group compared with itself tells
            // nothing.
            if places(rate).len() < 2 {
                return Err(Undefined::TooFewGroups);
            }
            if !pairs.iter().any(|pair| parts[pair.one].rate == rate) {
                return Err(Undefined::NoReference);
            }
        }
        Ok(pairs)
    }
}
