//! How the numbers of all groups become one.

use super::super::Undefined;

/// How the numbers of all groups become one number.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Reduction {
    /// The largest difference from the reference; of [`Reference::Highest`], the highest minus the lowest.
    Gap(Reference),
    /// The smallest ratio to the reference, the smaller number over the larger; of [`Reference::Highest`], the lowest over the highest.
    Ratio(Reference),
    /// The standard deviation of the groups' true numbers: that of the measured ones, less what noise adds to it (Lum, Zhang
    /// and Bower 2022).
    Spread,
    /// The lowest.
    Lowest,
    /// The highest.
    Highest,
}

/// What a group is compared with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Reference {
    /// The group with the highest number, so that all pairs of groups take part.
    Highest,
    /// The group with the most rows.
    Majority,
    /// This group, by its values.
    Named(Vec<String>),
    /// All rows that are not in the group.
    Rest,
    /// All rows.
    Overall,
}

/// Two numbers that are compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Pair {
    /// The place of one among all numbers that take part.
    pub(super) one: usize,
    /// What it is compared with.
    pub(super) other: Other,
}

/// The other number of a pair.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Other {
    /// That of a group, by its place.
    Place(usize),
    /// That of all other rows.
    Rest,
    /// That of all rows.
    Overall,
}

/// A group whose number takes part.
#[derive(Debug, Clone, Copy)]
pub(super) struct Part<'a> {
    /// Which of several rates it is.
    pub(super) rate: usize,
    /// Its place among all groups.
    pub(super) group: usize,
    /// Its values.
    pub(super) key: &'a [String],
    /// Its rows.
    pub(super) rows: u64,
}

impl Reduction {
    /// What the groups are compared with, where they are.
    pub fn reference(&self) -> Option<&Reference> {
        match self {
            Self::Gap(reference) | Self::Ratio(reference) => Some(reference),
            Self::Spread | Self::Lowest | Self::Highest => None,
        }
    }

    /// Whether it is the ratio of two numbers.
    pub fn is_ratio(&self) -> bool {
        matches!(self, Self::Ratio(_))
    }

    /// What it makes of the groups, in one clause.
    pub fn definition(&self) -> String {
        match self {
            Self::Gap(Reference::Highest) => "the highest minus the lowest".to_owned(),
            Self::Ratio(Reference::Highest) => "the lowest over the highest".to_owned(),
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

impl Reference {
    /// What it is, in a few words that can stand behind "from".
    pub fn definition(&self) -> String {
        match self {
            Self::Highest => "the highest group".to_owned(),
            Self::Majority => "the group with the most rows".to_owned(),
            Self::Named(key) => format!("`{}`", key.join(" × ")),
            Self::Rest => "everyone else".to_owned(),
            Self::Overall => "all rows".to_owned(),
        }
    }

    /// The pairs that it makes of the groups, for each of so many rates.
    pub(super) fn pairs(&self, parts: &[Part<'_>], rates: usize) -> Result<Vec<Pair>, Undefined> {
        let all = 0..parts.len();
        let alike = |one: usize, other: usize| parts[one].rate == parts[other].rate;
        let with = |is_reference: &dyn Fn(&Part<'_>) -> bool| {
            let mut pairs = Vec::new();
            for other in all.clone().filter(|place| is_reference(&parts[*place])) {
                let others = all.clone().filter(|one| *one != other && alike(*one, other));
                pairs.extend(others.map(|one| Pair { one, other: Other::Place(other) }));
            }
            pairs
        };
        let pairs = match self {
            Self::Highest => all
                .clone()
                .flat_map(|one| (one + 1..parts.len()).map(move |other| (one, other)))
                .filter(|(one, other)| alike(*one, *other))
                .map(|(one, other)| Pair { one, other: Other::Place(other) })
                .collect(),
            Self::Named(key) => with(&|part| part.key == key.as_slice()),
            Self::Majority => {
                let most = parts.iter().map(|part| part.rows).max();
                let largest = parts.iter().find(|part| Some(part.rows) == most).map(|part| part.group);
                with(&|part| Some(part.group) == largest)
            }
            Self::Rest => all.clone().map(|one| Pair { one, other: Other::Rest }).collect(),
            Self::Overall => all.clone().map(|one| Pair { one, other: Other::Overall }).collect(),
        };
        for rate in 0..rates {
            // One rate that nothing is said of must not hide behind another; and a group against itself says nothing.
            let is_of = |place: usize| parts[place].rate == rate;
            if all.clone().filter(|place| is_of(*place)).count() < 2 {
                return Err(Undefined::TooFewGroups);
            }
            if !pairs.iter().any(|pair| is_of(pair.one)) {
                return Err(Undefined::NoReference);
            }
        }
        Ok(pairs)
    }
}
