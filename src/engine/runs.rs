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
    /// Takes a number that is larger than all before it; gives back any other, and all where gaps are too many.
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

    pub(super) fn bytes(&self) -> usize {
        self.runs.capacity() * size_of::<[u64; 2]>()
    }

    /// Their number, and then the two words of each.
    pub(super) fn write(&mut self, words: &mut Vec<u64>) {
        words.push(self.runs.len() as u64);
        words.extend(std::mem::take(self).runs.as_flattened());
    }

    /// Runs as [`Self::write`] gives them, and what stands behind them. None if it is cut off.
    pub(super) fn read(words: &[u64]) -> Option<(&[[u64; 2]], &[u64])> {
        let (number, rest) = words.split_first()?;
        let (runs, rest) = rest.split_at_checked(usize::try_from(*number).ok()?.checked_mul(2)?)?;
        Some((runs.as_chunks::<2>().0, rest))
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

    fn taken(all: &[u64]) -> (Vec<u64>, Vec<u64>) {
        let mut runs = Runs::default();
        let rest = all.iter().copied().filter(|number| !runs.push(*number)).collect();
        let mut words = Vec::new();
        runs.write(&mut words);
        (words, rest)
    }

    #[test]
    fn neighbours_are_one_run() {
        let (words, rest) = taken(&[7, 8, 9, 20, 21, u64::MAX]);
        assert_eq!(words, [3, 7, 3, 20, 2, u64::MAX, 1]);
        assert!(rest.is_empty());
        assert_eq!(apart(Runs::read(&words).unwrap().0), Some(6));
    }

    #[test]
    fn what_is_not_larger_is_given_back() {
        let (words, rest) = taken(&[7, 8, 8, 3, 9]);
        assert_eq!((words, rest), (vec![1, 7, 3], vec![8, 3]));
    }

    #[test]
    fn numbers_with_many_gaps_are_given_back() {
        let all: Vec<u64> = (0..100_000).map(|number| number * 2).collect();
        let (words, rest) = taken(&all);
        assert_eq!(words.len(), 1 + 2 * FEW);
        assert_eq!(rest.len(), 100_000 - FEW);
    }

    #[test]
    fn runs_that_meet_are_not_apart() {
        assert_eq!(apart(&[[5, 3], [1, 4]]), Some(7));
        assert_eq!(apart(&[[5, 3], [1, 5]]), None);
        assert_eq!(apart(&[[5, 3], [5, 3]]), None);
        assert_eq!(apart(&[]), Some(0));
    }

    #[test]
    fn what_is_cut_off_is_no_list_of_runs() {
        assert!(Runs::read(&[]).is_none());
        assert!(Runs::read(&[2, 5, 1, 9]).is_none());
        assert!(Runs::read(&[u64::MAX, 1]).is_none());
    }

    proptest! {
        #[test]
        fn no_number_is_lost(all in prop::collection::vec(0..300_u64, 0..300)) {
            let (words, rest) = taken(&all);
            let (runs, behind) = Runs::read(&words).unwrap();
            prop_assert!(behind.is_empty());
            let mut kept: Vec<u64> = numbers(runs).chain(rest).collect();
            kept.sort_unstable();
            let mut all = all;
            all.sort_unstable();
            prop_assert_eq!(kept, all);
        }
    }
}
