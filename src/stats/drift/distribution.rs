//! Distribution of a column on one side, in bins that it defines itself: the baseline's part of a comparison.

use super::{BinnedNumbers, Values};

/// Distribution of a column's values.
#[derive(Debug, Clone, PartialEq)]
pub enum Distribution {
    /// BinnedNumbers, dates or timestamps.
    Numbers(BinnedNumbers),
    /// Categories.
    Values(Values),
    /// The rows without a value, and the rows with one.
    Nulls(u64, u64),
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test stops at the first surprise")]
    use super::super::numbers::rounded;
    use super::*;

    #[test]
    fn parts_that_do_not_fit_are_refused() {
        assert!(BinnedNumbers::from_parts(vec![1.0], vec![1, 2], vec![1.0, 4.0], 0.5).is_some());
        assert!(BinnedNumbers::from_parts(vec![1.0, 1.0], vec![1, 2, 3], vec![0.0; 3], 0.5).is_none());
        assert!(BinnedNumbers::from_parts(vec![1.0], vec![1], vec![1.0], 0.5).is_none());
        assert!(BinnedNumbers::from_parts(vec![1.0], vec![u64::MAX, 1], vec![1.0, 4.0], 0.5).is_none());
        assert!(BinnedNumbers::from_parts(vec![1.0], vec![1, 2], vec![1.0, 4.0], -0.5).is_none());
    }

    #[test]
    fn sums_keep_the_decimals_that_matter() {
        assert_eq!(rounded(1_234.567_890_123_456_7, 1000, 1.0), 1_234.567_890_123);
        assert_eq!(rounded(1_234_567_890_123_456.0, 1_000_000, 1e9), 1_234_567_890_123_000.0);
        assert_eq!(rounded(0.1 + 0.2, 10, 0.0), 0.1 + 0.2);
        assert_eq!(rounded(1e300, 10, 1e-3), 1e300);
    }
}
