//! Sums of floats that do not depend on their order.

use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error};

/// A sum without rounding: an expansion of non-overlapping floats, rounded once at the end.
///
/// [`Self::value`] is the float nearest to the true sum, for any order, split or merge of the terms. Source: Shewchuk,
/// *Adaptive Precision Floating-Point Arithmetic* (1997), as in Python's `math.fsum`.
#[derive(Debug, Clone, Default)]
pub struct ExactSum {
    partials: Vec<f64>,
}

impl ExactSum {
    /// Creates a sum without terms.
    pub const fn new() -> Self {
        Self { partials: Vec::new() }
    }

    /// Removes all terms, and keeps the memory.
    pub(crate) fn clear(&mut self) {
        self.partials.clear();
    }

    /// Adds a finite term.
    pub fn add(&mut self, term: f64) {
        debug_assert!(term.is_finite(), "a sum takes finite terms");
        let mut carry = term;
        let mut kept = 0;
        for index in 0..self.partials.len() {
            let (sum, rest) = two_sum(carry, self.partials[index]);
            if rest != 0.0 {
                self.partials[kept] = rest;
                kept += 1;
            }
            carry = sum;
        }
        self.partials.truncate(kept);
        self.partials.push(carry);
    }

    /// Adds all terms of another sum.
    pub fn merge(&mut self, other: &Self) {
        for partial in &other.partials {
            self.add(*partial);
        }
    }

    /// Returns floats whose exact sum is the true sum.
    pub(crate) fn partials(&self) -> &[f64] {
        &self.partials
    }

    /// Returns floats whose exact sum is the true sum, independent of the order of the terms: the nearest float, the
    /// float nearest to the remainder, and so on.
    pub(crate) fn expansion(&self) -> Vec<f64> {
        let mut rest = self.clone();
        let mut floats = Vec::new();
        loop {
            let next = rest.value();
            if next == 0.0 {
                return floats;
            }
            floats.push(next);
            rest.add(-next);
        }
    }

    /// Returns the float nearest to the true sum.
    pub fn value(&self) -> f64 {
        let mut partials = self.partials.iter().rev();
        let Some(first) = partials.next() else { return 0.0 };
        let mut high = *first;
        let mut low = 0.0;
        for partial in partials.by_ref() {
            let (sum, rest) = two_sum(high, *partial);
            high = sum;
            low = rest;
            if low != 0.0 {
                break;
            }
        }
        // Half-way cases: the sign of the next partial tells on which side the true sum lies.
        if let Some(next) = partials.next()
            && ((low < 0.0 && *next < 0.0) || (low > 0.0 && *next > 0.0))
        {
            let doubled = low * 2.0;
            let moved = high + doubled;
            #[expect(clippy::float_cmp, reason = "asks whether the addition was exact")]
            if doubled == moved - high {
                high = moved;
            }
        }
        high
    }
}

impl PartialEq for ExactSum {
    fn eq(&self, other: &Self) -> bool {
        self.value().to_bits() == other.value().to_bits()
    }
}

impl Serialize for ExactSum {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.expansion().serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for ExactSum {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let terms = Vec::<f64>::deserialize(deserializer)?;
        if !terms.iter().all(|term| term.is_finite()) {
            return Err(D::Error::custom("a sum is made of finite numbers"));
        }
        let mut sum = Self::new();
        terms.iter().for_each(|term| sum.add(*term));
        Ok(sum)
    }
}

/// Returns the rounded sum and the rounding error.
fn two_sum(left: f64, right: f64) -> (f64, f64) {
    let sum = left + right;
    let part = sum - left;
    (sum, (left - (sum - part)) + (right - part))
}

/// Returns the rounded product and the rounding error (Dekker 1971, by one fused multiplication).
pub(crate) fn two_product(left: f64, right: f64) -> (f64, f64) {
    let product = left * right;
    (product, left.mul_add(right, -product))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn sum(terms: &[f64]) -> ExactSum {
        let mut sum = ExactSum::default();
        terms.iter().for_each(|term| sum.add(*term));
        sum
    }

    #[test]
    fn what_a_plain_sum_loses() {
        assert_eq!(sum(&[1e100, 1.0, -1e100]).value(), 1.0);
        assert_eq!(sum(&[0.1; 10]).value(), 1.0);
        assert_eq!(sum(&[]).value(), 0.0);
        // Python 3.11: math.fsum([1e-16, 1.0, 1e16]) == 1.0000000000000002e16
        assert_eq!(sum(&[1e-16, 1.0, 1e16]).value(), 1.000_000_000_000_000_2e16);
    }

    proptest! {
        #[test]
        fn neither_order_nor_splitting_matters(terms in prop::collection::vec(-1e6f64..1e6, 0..60), cut in 0usize..60) {
            let whole = sum(&terms);
            let mut turned = terms.clone();
            turned.reverse();
            prop_assert_eq!(&sum(&turned), &whole);
            turned.sort_by(f64::total_cmp);
            prop_assert_eq!(&sum(&turned), &whole);
            let cut = cut.min(terms.len());
            let mut merged = sum(&terms[cut..]);
            merged.merge(&sum(&terms[..cut]));
            prop_assert_eq!(&merged, &whole);
            prop_assert_eq!(merged.expansion(), whole.expansion());
            prop_assert_eq!(&sum(&whole.expansion()), &whole);
        }
    }
}
