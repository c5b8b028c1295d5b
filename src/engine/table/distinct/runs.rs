//! Runs of consecutive whole numbers: identifiers are mostly ascending, and runs store them in a few bytes.

/// Runs of consecutive numbers, in ascending order.
#[derive(Debug, Default)]
pub(super) struct Runs {
    /// The first number and the length of each run; the length is at least one.
    runs: Vec<[u64; 2]>,
    held: u64,
}

/// The number of runs below which their lengths do not matter.
const FEW: usize = 1 << 10;

impl Runs {
    /// Adds a number, and returns true, if it is larger than all before it and there are not too many gaps.
    pub(super) fn push(&mut self, number: u64) -> bool {
        if let Some([first, length]) = self.runs.last_mut() {
            match number.checked_sub(*first) {
                Some(beyond) if beyond == *length => {
                    *length += 1;
                    self.held += 1;
                    return true;
                }
                Some(beyond) if beyond > *length => {}
                _ => return false,
            }
            if self.runs.len() >= FEW && self.held < 4 * self.runs.len() as u64 {
                return false;
            }
        }
        self.runs.push([number, 1]);
        self.held += 1;
        true
    }

    /// Adds consecutive numbers, and returns true, under the same conditions; adds all or none.
    pub(super) fn push_all(&mut self, numbers: &[u64]) -> bool {
        let [first, rest @ ..] = numbers else { return true };
        let beyond = rest.len() as u64;
        // Without an early exit, the comparison is vectorised.
        let are_neighbours =
            numbers.iter().zip(rest).fold(true, |are, (one, next)| are & (one.wrapping_add(1) == *next));
        if !are_neighbours || first.checked_add(beyond).is_none() || !self.push(*first) {
            return false;
        }
        if let Some([_, length]) = self.runs.last_mut() {
            *length += beyond;
        }
        self.held += beyond;
        true
    }

    pub(super) fn bytes(&self) -> usize {
        self.runs.capacity() * size_of::<[u64; 2]>()
    }

    /// Returns the first number and the length of each run.
    pub(super) fn take(&mut self) -> Vec<[u64; 2]> {
        std::mem::take(self).runs
    }
}

/// Returns the number of distinct numbers in some runs; `None` if runs overlap.
pub(super) fn apart(runs: &[[u64; 2]]) -> Option<u64> {
    let mut ordered = runs.to_vec();
    ordered.sort_unstable();
    let is_apart = ordered.windows(2).all(|pair| pair[0][0] + (pair[0][1] - 1) < pair[1][0]);
    is_apart.then(|| ordered.iter().map(|[_, length]| length).sum())
}

/// Returns all numbers of some runs.
pub(super) fn numbers(runs: &[[u64; 2]]) -> impl Iterator<Item = u64> {
    runs.iter().flat_map(|[first, length]| *first..=*first + (length - 1))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test stops at the first surprise")]
    use proptest::prelude::*;

    use super::*;

    fn taken(all: &[u64]) -> (Vec<[u64; 2]>, Vec<u64>) {
        let mut runs = Runs::default();
        let rest = all.iter().copied().filter(|number| !runs.push(*number)).collect();
        (runs.take(), rest)
    }

    #[test]
    fn neighbours_are_one_run() {
        let (runs, rest) = taken(&[7, 8, 9, 20, 21, u64::MAX]);
        assert_eq!(runs, [[7, 3], [20, 2], [u64::MAX, 1]]);
        assert!(rest.is_empty());
        assert_eq!(apart(&runs), Some(6));
    }

    #[test]
    fn neighbours_are_taken_at_once() {
        let mut runs = Runs::default();
        assert!(runs.push_all(&[7, 8, 9]) && runs.push_all(&[10]) && runs.push_all(&[]) && runs.push_all(&[20, 21]));
        for refused in [&[22, 24][..], &[21, 22], &[30, 30], &[u64::MAX, 0]] {
            assert!(!runs.push_all(refused), "{refused:?}");
        }
        assert_eq!(runs.take(), [[7, 4], [20, 2]]);
    }

    #[test]
    fn what_is_not_larger_is_given_back() {
        assert_eq!(taken(&[7, 8, 8, 3, 9]), (vec![[7, 3]], vec![8, 3]));
    }

    #[test]
    fn numbers_with_many_gaps_are_given_back() {
        let all: Vec<u64> = (0..100_000).map(|number| number * 2).collect();
        let (runs, rest) = taken(&all);
        assert_eq!(runs.len(), FEW);
        assert_eq!(rest.len(), 100_000 - FEW);
    }

    #[test]
    fn runs_that_meet_are_not_apart() {
        assert_eq!(apart(&[[5, 3], [1, 4]]), Some(7));
        assert_eq!(apart(&[[5, 3], [1, 5]]), None);
        assert_eq!(apart(&[[5, 3], [5, 3]]), None);
        assert_eq!(apart(&[]), Some(0));
    }

    proptest! {
        #[test]
        fn no_number_is_lost(all in prop::collection::vec(0..300_u64, 0..300)) {
            let (runs, rest) = taken(&all);
            let mut kept: Vec<u64> = numbers(&runs).chain(rest).collect();
            kept.sort_unstable();
            let mut all = all;
            all.sort_unstable();
            prop_assert_eq!(kept, all);
        }
    }
}
