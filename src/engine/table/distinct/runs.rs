//! Whole numbers that come in ascending order, as stretches without a gap: what identifiers mostly are, in a few bytes.

/// Runs of neighbouring numbers, each behind the one before it.
#[derive(Debug, Default)]
pub(super) struct Runs {
    /// The first number of each, and how many it has; at least one.
    runs: Vec<[u64; 2]>,
    held: u64,
}

/// Fewer runs than this are kept whatever their lengths.
const FEW: usize = 1 << 10;

impl Runs {
    /// Whether it took the number: one that is larger than all before it, unless gaps are too many.
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

    /// The same of several numbers, each one more than the one before it; takes all or none.
    pub(super) fn push_all(&mut self, numbers: &[u64]) -> bool {
        let [first, rest @ ..] = numbers else { return true };
        let beyond = rest.len() as u64;
        // Without a way out in the middle, the comparison takes many numbers at a time.
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

    /// The first number and the length of each.
    pub(super) fn take(&mut self) -> Vec<[u64; 2]> {
        std::mem::take(self).runs
    }
}

/// How many different numbers some runs hold, if none of them meet.
pub(super) fn apart(runs: &[[u64; 2]]) -> Option<u64> {
    let mut ordered = runs.to_vec();
    ordered.sort_unstable();
    let is_apart = ordered.windows(2).all(|pair| pair[0][0] + (pair[0][1] - 1) < pair[1][0]);
    is_apart.then(|| ordered.iter().map(|[_, length]| length).sum())
}

/// All numbers of some runs.
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
