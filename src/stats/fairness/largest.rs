//! Largest values over all pairs of groups, found without looking at all pairs.
//!
//! A thousand groups have half a million pairs, and each of ten thousand draws asks for the largest of a statistic over
//! them. Each search here knows a bound that is a sum of one number for each group, so that only groups with large
//! numbers have to be combined. The results are those of a search of all pairs, bit for bit.

/// Allowance for the rounding of a bound that holds for exact numbers.
const SLACK: f64 = 1e-9;

/// Returns the largest statistic over every two groups; `None` if it is undefined for all of them.
///
/// The statistic of two groups is at most the sum of their squares: with the deviations d and the variances v of
/// independent groups, (dᵢ − dⱼ)² / (vᵢ + vⱼ) ≤ dᵢ²/vᵢ + dⱼ²/vⱼ (Cauchy–Schwarz). `squares` holds places in ascending
/// order; `of` is called with the smaller place first.
pub(super) fn largest(squares: &[(usize, f64)], of: impl Fn(usize, usize) -> Option<f64>) -> Option<f64> {
    let square = |square: f64| if square.is_nan() { f64::INFINITY } else { square };
    let &(top, most) = squares.iter().max_by(|one, other| square(one.1).total_cmp(&square(other.1)))?;
    let of_pair = |one: usize, other: usize| if one < other { of(one, other) } else { of(other, one) };
    let others = squares.iter().filter(|(place, _)| *place != top);
    let mut best = others.clone().filter_map(|(place, _)| of_pair(top, *place)).reduce(f64::max);
    let reaches = |sum: f64, best: Option<f64>| best.is_none_or(|best| sum * (1.0 + SLACK) >= best);
    let mut near: Vec<(usize, f64)> =
        others.map(|(place, of)| (*place, square(*of))).filter(|(_, of)| reaches(square(most) + of, best)).collect();
    near.sort_by(|one, other| other.1.total_cmp(&one.1));
    for (at, (one, own)) in near.iter().enumerate() {
        for (other, others) in &near[at + 1..] {
            if !reaches(own + others, best) {
                break;
            }
            best = best.into_iter().chain(of_pair(*one, *other)).reduce(f64::max);
        }
    }
    best
}

/// Returns the largest of `of` over all two different groups, in either order, and at least `start`.
///
/// It is at most the sum of `keys[one].0` and `keys[other].1`, or unknown where a key is not a number.
pub(super) fn largest_of_ends(keys: &[(f64, f64)], start: f64, of: impl Fn(usize, usize) -> f64) -> f64 {
    let ordered = |key: fn(&(f64, f64)) -> f64| {
        // Unknown bounds come first.
        let number = |key: f64| if key.is_nan() { f64::INFINITY } else { key };
        let mut order: Vec<(usize, f64)> = keys.iter().map(|keys| number(key(keys))).enumerate().collect();
        order.sort_by(|one, other| other.1.total_cmp(&one.1));
        order
    };
    let (firsts, seconds) = (ordered(|keys| keys.0), ordered(|keys| keys.1));
    let mut best = start;
    let reaches = |one: f64, other: f64, best: f64| {
        let bound = one + other + SLACK * (one.abs() + other.abs());
        bound.is_nan() || bound > best
    };
    for (one, key) in firsts {
        if seconds.first().is_none_or(|(_, highest)| !reaches(key, *highest, best)) {
            break;
        }
        for (other, with) in &seconds {
            if !reaches(key, *with, best) {
                break;
            }
            if one != *other {
                best = best.max(of(one, *other));
            }
        }
    }
    best
}

/// The distances that decide an interval: all others are both smaller and less certain, or smaller and more certain.
#[derive(Debug, Default)]
pub(super) struct Frontier {
    /// The distances that no other one reaches with as small a standard error.
    low: Vec<(f64, f64)>,
    /// The distances that no other one reaches with as large a standard error.
    high: Vec<(f64, f64)>,
    /// The first of the largest distances, with its standard error.
    widest: Option<(f64, f64)>,
}

impl Frontier {
    /// Adds a distance, at least 0, with its standard error.
    pub(super) fn add(&mut self, distance: f64, error: f64) {
        if self.widest.is_none_or(|(widest, _)| distance > widest) {
            self.widest = Some((distance, error));
        }
        keep(&mut self.low, (distance, error), |one, other| one.0 >= other.0 && one.1 <= other.1);
        keep(&mut self.high, (distance, error), |one, other| one.0 >= other.0 && one.1 >= other.1);
    }

    /// Returns the largest distance − `reach` standard errors, and at least 0.
    pub(super) fn lower_end(&self, reach: f64) -> f64 {
        self.low.iter().fold(0.0, |end: f64, (distance, error)| end.max(distance - reach * error))
    }

    /// Returns the largest distance + `reach` standard errors, and at least 0.
    pub(super) fn upper_end(&self, reach: f64) -> f64 {
        self.high.iter().fold(0.0, |end: f64, (distance, error)| end.max(distance + reach * error))
    }

    /// Returns the standard error of the largest distance.
    pub(super) fn error_of_widest(&self) -> f64 {
        self.widest.map_or(0.0, |(_, error)| error)
    }
}

/// Adds a point to those that no other point covers.
fn keep(points: &mut Vec<(f64, f64)>, point: (f64, f64), covers: impl Fn(&(f64, f64), &(f64, f64)) -> bool) {
    if let Some(at) = points.iter().position(|known| covers(known, &point)) {
        // A point that covers one will cover more.
        points.swap(0, at);
        return;
    }
    points.retain(|known| !covers(&point, known));
    points.push(point);
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn groups() -> impl Strategy<Value = Vec<(f64, f64)>> {
        // Deviations with ties and zeros, and variances of very different sizes.
        let deviation = prop_oneof![Just(0.0), -3.0..3.0_f64, (-3..3_i32).prop_map(f64::from)];
        let variance = prop_oneof![Just(1.0), 1e-9..1e-6_f64, 0.1..10.0_f64];
        prop::collection::vec((deviation, variance), 0..40)
    }

    proptest! {
        #[test]
        fn the_largest_statistic_is_that_of_all_pairs(groups in groups(), lost in prop::collection::vec(any::<bool>(), 40)) {
            let squares: Vec<(usize, f64)> =
                groups.iter().map(|(off, variance)| off * off / variance).enumerate().collect();
            let of = |one: usize, other: usize| {
                let off = groups[one].0 - groups[other].0;
                (!(lost[one] && lost[other])).then(|| off * off / (groups[one].1 + groups[other].1))
            };
            let all = (0..groups.len()).flat_map(|one| (one + 1..groups.len()).map(move |other| (one, other)));
            prop_assert_eq!(largest(&squares, of), all.filter_map(|(one, other)| of(one, other)).reduce(f64::max));
        }

        #[test]
        fn the_largest_end_is_that_of_all_pairs(groups in groups()) {
            let of = |one: usize, other: usize| groups[one].0 - groups[other].0 + groups[one].1.hypot(groups[other].1);
            let keys: Vec<(f64, f64)> = groups.iter().map(|(value, reach)| (value + reach, reach - value)).collect();
            let all = (0..groups.len()).flat_map(|one| (0..groups.len()).map(move |other| (one, other)));
            let expected = all.filter(|(one, other)| one != other).map(|(one, other)| of(one, other)).fold(0.0, f64::max);
            prop_assert_eq!(largest_of_ends(&keys, 0.0, of), expected);
        }

        #[test]
        fn the_frontier_has_the_ends_of_all(groups in groups(), reach in 0.0..5.0_f64) {
            let mut frontier = Frontier::default();
            groups.iter().for_each(|(distance, error)| frontier.add(distance.abs(), *error));
            let low = groups.iter().map(|(distance, error)| distance.abs() - reach * error).fold(0.0, f64::max);
            let high = groups.iter().map(|(distance, error)| distance.abs() + reach * error).fold(0.0, f64::max);
            prop_assert_eq!((frontier.lower_end(reach), frontier.upper_end(reach)), (low, high));
        }
    }

    #[test]
    fn unknown_bounds_hide_nothing() {
        let squares = [(0, f64::NAN), (1, 1.0), (2, f64::NAN), (3, 9.0)];
        let of = |one: usize, other: usize| Some(if (one, other) == (1, 2) { 100.0 } else { 1.0 });
        assert_eq!(largest(&squares, of), Some(100.0));
        assert_eq!(largest(&squares[..1], of), None);
        let keys = [(f64::NAN, 0.0), (0.0, f64::NAN), (f64::NEG_INFINITY, f64::INFINITY)];
        let found = |one: usize, other: usize| if (one, other) == (2, 1) { 7.0 } else { f64::NAN };
        assert_eq!(largest_of_ends(&keys, 0.0, found), 7.0);
    }
}
