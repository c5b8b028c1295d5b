//! Pairs of estimates on the scale of a comparison: the ends of their differences.

use std::cell::Cell;

use super::super::Estimate;
use super::largest::{largest, largest_of_ends};

/// A value with the ends of its interval, on the scale of the comparison.
#[derive(Debug, Clone, Copy)]
pub(super) struct Placed {
    low: f64,
    value: f64,
    high: f64,
}

impl Placed {
    pub(super) fn of(is_ratio: bool, estimate: Estimate) -> Option<Self> {
        let Estimate { value, interval: [low, high], .. } = estimate;
        if !is_ratio {
            return Some(Self { low, value, high });
        }
        (high > 0.0).then(|| Self { low: low.max(0.0).ln(), value: value.max(0.0).ln(), high: high.ln() })
    }
}

/// Returns one − other, with the ends of its interval (Zou and Donner 2008). A value of 0 has no logarithm; a ratio with
/// it has an end on one side.
pub(super) fn difference(one: Placed, other: Placed) -> [f64; 3] {
    match (one.value == f64::NEG_INFINITY, other.value == f64::NEG_INFINITY) {
        (true, true) => return [f64::NEG_INFINITY, 0.0, f64::INFINITY],
        (true, false) => return [f64::NEG_INFINITY, f64::NEG_INFINITY, most_of_zero(one, other)],
        (false, true) => return [-most_of_zero(other, one), f64::INFINITY, f64::INFINITY],
        (false, false) => {}
    }
    let value = one.value - other.value;
    let down = (one.value - one.low).hypot(other.high - other.value);
    let up = (one.high - one.value).hypot(other.value - other.low);
    [value - down, value, value + up]
}

/// Returns the logarithm of the upper end of a ratio whose value is 0, from the ends of its two terms: u₁ / √(l₂ (2θ₂ − l₂))
/// (Donner and Zou 2012).
fn most_of_zero(zero: Placed, other: Placed) -> f64 {
    let (low, value) = (other.low.exp(), other.value.exp());
    let end = zero.high - (low * (2.0 * value - low)).ln() / 2.0;
    if end.is_nan() { f64::INFINITY } else { end }
}

/// The pairs of places whose values are compared.
#[derive(Debug)]
pub(super) enum PlacePairs {
    /// Every two of this many places.
    Every(usize),
    /// These pairs.
    Listed(Vec<(usize, usize)>),
}

impl PlacePairs {
    /// Returns the pairs one by one; of every two places, the smaller one is the first.
    pub(super) fn iter(&self) -> Box<dyn Iterator<Item = (usize, usize)> + '_> {
        match self {
            Self::Every(count) => {
                Box::new((0..*count).flat_map(move |one| (one + 1..*count).map(move |other| (one, other))))
            }
            Self::Listed(pairs) => Box::new(pairs.iter().copied()),
        }
    }

    /// Returns the number of pairs.
    pub(super) fn count(&self) -> usize {
        match self {
            Self::Every(count) => count * (count.max(&1) - 1) / 2,
            Self::Listed(pairs) => pairs.len(),
        }
    }

    /// Returns the largest difference of two errors, in its standard errors.
    pub(super) fn largest_deviation(&self, drawn: &[f64], errors: &[f64]) -> Option<f64> {
        let off = |one: usize, other: usize| {
            Some((drawn[one] - drawn[other]).abs() / errors[one].hypot(errors[other])).filter(|off| off.is_finite())
        };
        let Self::Every(count) = self else {
            return self.iter().filter_map(|(one, other)| off(one, other)).reduce(f64::max);
        };
        // An error that is exactly 0 adds nothing to a pair's, and its own deviation is 0, too.
        let square = |place: usize| if errors[place] > 0.0 { (drawn[place] / errors[place]).powi(2) } else { 0.0 };
        let squares: Vec<(usize, f64)> = (0..*count).map(|place| (place, square(place))).collect();
        let squared = |one: usize, other: usize| off(one, other).map(|off| (off * off, off));
        let found = Cell::new(None::<f64>);
        largest(&squares, |one, other| {
            let (square, off) = squared(one, other)?;
            found.set(Some(found.get().map_or(off, |known| known.max(off))));
            Some(square)
        });
        found.get()
    }

    /// Returns the lower end of the largest difference from the ends of `strict`, and its upper end from those of
    /// `plain`; both are at least 0.
    pub(super) fn ends(&self, strict: &[Option<Placed>], plain: &[Option<Placed>]) -> [f64; 2] {
        let lower = |placed: &[Option<Placed>], one: usize, other: usize| -> Option<f64> {
            let (first, second) = (one.min(other), one.max(other));
            let [down, _, up] = difference(placed[first]?, placed[second]?);
            Some(if one < other { down } else { -up })
        };
        let upper = |placed: &[Option<Placed>], one: usize, other: usize| -> Option<f64> {
            let (first, second) = (one.min(other), one.max(other));
            let [down, _, up] = difference(placed[first]?, placed[second]?);
            Some(if one < other { up } else { -down })
        };
        let has_logarithm = |placed: &Option<Placed>| placed.is_some_and(|placed| placed.value.is_finite());
        if let (Self::Every(count), true) = (self, strict.iter().chain(plain).all(has_logarithm)) {
            // √(a² + b²) is at least (a + b) / √2, and at most a + b.
            let low = |placed: &Placed| {
                let [down, up] =
                    [placed.value - placed.low, placed.high - placed.value].map(|reach| reach / f64::sqrt(2.0));
                (placed.value - down, -placed.value - up)
            };
            let high = |placed: &Placed| (placed.high, -placed.low);
            let keys = |of: &dyn Fn(&Placed) -> (f64, f64), placed: &[Option<Placed>]| -> Vec<(f64, f64)> {
                placed[..*count].iter().flatten().map(of).collect()
            };
            let number = |found: Option<f64>| found.unwrap_or(f64::NAN);
            return [
                largest_of_ends(&keys(&low, strict), 0.0, |one, other| number(lower(strict, one, other))),
                largest_of_ends(&keys(&high, plain), 0.0, |one, other| number(upper(plain, one, other))),
            ];
        }
        let (mut least, mut most): (f64, f64) = (0.0, 0.0);
        for (one, other) in self.iter() {
            // A ratio to a value whose interval is 0 alone has no bounds.
            let Some(down) = lower(strict, one, other) else {
                most = f64::INFINITY;
                continue;
            };
            least = least.max(down).max(lower(strict, other, one).unwrap_or(down));
            if let (Some(up), Some(back)) = (upper(plain, one, other), upper(plain, other, one)) {
                most = most.max(up).max(back);
            }
        }
        [least, most]
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// A group's 0 beside another one's 0.9 is not a ratio of 0.8.
    #[test]
    fn a_ratio_of_zero_has_an_upper_end() {
        let of = |value: f64, interval: [f64; 2]| {
            Placed::of(true, Estimate { value, interval, standard_error: f64::NAN, n: 80, method: "" })
        };
        let (zero, other) = (of(0.0, [0.0, 0.09]), of(0.9, [0.81, 0.95]));
        let [least, most] = PlacePairs::Every(2).ends(&[other, zero], &[other, zero]);
        // 0.09 / √(0.81 · (1.8 − 0.81)) = 0.1005
        assert!(((-least).exp() - 0.100_503_8).abs() < 1e-6 && most == f64::INFINITY, "{least} {most}");
        assert_eq!(PlacePairs::Every(2).ends(&[zero, zero], &[zero, zero]), [0.0, f64::INFINITY]);
        let loose = of(0.9, [0.0, 0.95]);
        assert_eq!(PlacePairs::Every(2).ends(&[loose, zero], &[loose, zero]), [0.0, f64::INFINITY]);
    }

    proptest! {
        #[test]
        fn the_searches_give_the_numbers_of_all_pairs(
            groups in prop::collection::vec((0.01..1.0_f64, 0.0..0.3_f64, 0.0..0.3_f64, -3.0..3.0_f64), 2..30), is_ratio: bool,
        ) {
            let every = PlacePairs::Every(groups.len());
            let listed = PlacePairs::Listed(every.iter().collect());
            let placed = |reach: f64| -> Vec<Option<Placed>> {
                let estimate = |(value, down, up, _): &(f64, f64, f64, f64)| {
                    let interval = [value - reach * down, value + reach * up];
                    Placed::of(is_ratio, Estimate { value: *value, interval, standard_error: *down, n: 1, method: "" })
                };
                groups.iter().map(estimate).collect()
            };
            prop_assert_eq!(every.count(), listed.count());
            let [plain, strict] = [1.0, 2.0].map(placed);
            prop_assert_eq!(every.ends(&strict, &plain), listed.ends(&strict, &plain));
            let errors: Vec<f64> = groups.iter().map(|(_, error, ..)| if *error < 0.02 { 0.0 } else { *error }).collect();
            let drawn: Vec<f64> = groups.iter().zip(&errors).map(|((.., draw), error)| draw * error).collect();
            prop_assert_eq!(every.largest_deviation(&drawn, &errors), listed.largest_deviation(&drawn, &errors));
        }
    }
}
