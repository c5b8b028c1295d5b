//! Rows of a slice, copied side by side so that the search reads memory in order.

use super::score::SliceSums;

/// The value of a feature that too few rows have to be of any slice.
pub(super) const RARE: u32 = u32::MAX;

/// Rows with the features that the search has yet to look at.
pub(super) struct Frame {
    /// The index of the first of the features.
    pub(super) first: usize,
    /// The values of each feature from `first` on.
    pub(super) codes: Vec<Vec<u32>>,
    /// The scaled amount of each row.
    pub(super) amounts: Vec<i64>,
}

impl Frame {
    /// Returns the values of a feature.
    pub(super) fn of(&self, feature: usize) -> &[u32] {
        &self.codes[feature - self.first]
    }

    /// Returns the sums of each value of a feature.
    pub(super) fn sums(&self, feature: usize, values: usize) -> Vec<SliceSums> {
        let mut sums = vec![SliceSums::default(); values];
        for (code, amount) in self.of(feature).iter().zip(&self.amounts) {
            // Rare values are out of range.
            if let Some(sums) = sums.get_mut(*code as usize) {
                sums.add(*amount);
            }
        }
        sums
    }

    /// Returns the rows of one value, with the features behind its own.
    pub(super) fn with(&self, feature: usize, value: u32) -> Self {
        let places: Vec<usize> =
            self.of(feature).iter().enumerate().filter(|(_, code)| **code == value).map(|(place, _)| place).collect();
        self.at(feature, &places)
    }

    /// Returns the rows of each value that `is_wanted`, with the features behind its own.
    pub(super) fn split(
        &self,
        feature: usize,
        sums: &[SliceSums],
        is_wanted: impl Fn(usize) -> bool,
    ) -> Vec<(u32, Self)> {
        let room = |sums: &SliceSums| Vec::with_capacity(usize::try_from(sums.rows).unwrap_or(0));
        let mut places: Vec<Option<Vec<usize>>> =
            sums.iter().enumerate().map(|(value, sums)| is_wanted(value).then(|| room(sums))).collect();
        for (place, code) in self.of(feature).iter().enumerate() {
            if let Some(Some(places)) = places.get_mut(*code as usize) {
                places.push(place);
            }
        }
        (0..).zip(places).filter_map(|(value, places)| Some((value, self.at(feature, &places?)))).collect()
    }

    fn at(&self, feature: usize, places: &[usize]) -> Self {
        let first = feature + 1;
        let codes = &self.codes[first - self.first..];
        Self {
            first,
            codes: codes.iter().map(|codes| places.iter().map(|place| codes[*place]).collect()).collect(),
            amounts: places.iter().map(|place| self.amounts[*place]).collect(),
        }
    }
}
