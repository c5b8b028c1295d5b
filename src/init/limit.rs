//! Limits that the next sample from the same distribution is expected to pass.

use crate::engine::Tails;

/// Returns a bound on the proportion of rows beyond a limit that only noise moves: six of `all` rows.
///
/// Of two samples from one distribution, the second has k rows beyond the largest value of the first with probability
/// at most 2⁻ᵏ, whatever the distribution.
pub(super) fn allowance(all: u64) -> String {
    format!("< {}", percent(6.0 / float(all)))
}

/// Returns the largest expected number of rows of a kind in the next sample of equal size, if this one has `count`:
/// three standard errors of the difference, plus three rows for small counts.
pub(super) fn most_next(count: u64) -> f64 {
    let count = float(count);
    count + 3.0 * (2.0 * (count + 1.0)).sqrt() + 3.0
}

/// Returns the proportion now, and the limit on it in percent; `None` if no limit below 100 % is large enough.
///
/// The limit is a whole percentage, and at least twice the proportion now or half way to 100 %.
pub(super) fn head_room(count: u64, all: u64) -> (String, Option<String>) {
    let now = float(count) / float(all) * 100.0;
    // If noise could reach all rows, the limit is at most half way there.
    let next = Some(most_next(count) / float(all) * 100.0).filter(|next| *next < 100.0).unwrap_or_default();
    let allowed = (2.0 * now).min(f64::midpoint(now, 100.0)).max(next).ceil().max(1.0);
    (format!("{now:.1}"), (allowed < 100.0).then(|| format!("<= {allowed}%")))
}

/// Returns a limit on the proportion of repeated rows, with one digit below 1 %; `None` if the limit would be 100 % or
/// more.
pub(super) fn repeatable(count: u64, all: u64) -> Option<String> {
    let next = most_next(count) / float(all);
    (next < 1.0).then(|| format!("<= {}", percent(next)))
}

#[expect(clippy::cast_precision_loss, reason = "rows")]
fn float(rows: u64) -> f64 {
    rows as f64
}

/// Formats a proportion in percent, rounded up to one digit.
fn percent(share: f64) -> String {
    let percent = (share * 100.0).min(99.0);
    if percent >= 10.0 {
        return format!("{}%", percent.ceil());
    }
    #[expect(clippy::cast_possible_truncation, reason = "a number of decimals")]
    let places = (-percent.log10().floor()).clamp(0.0, 12.0) as i32;
    let scale = 10f64.powi(places);
    // A digit that only rounding error exceeds is not rounded up.
    let digits = (percent * scale - 1e-9).ceil() / scale;
    format!("{digits}%")
}

/// The ends of a range.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct RangeEnds {
    /// The lower end, as YAML.
    pub(super) least: String,
    /// The upper end, as YAML.
    pub(super) most: String,
    /// True: a tail is so heavy that the next sample may have values beyond any end.
    pub(super) is_heavy: bool,
}

/// Returns the range of the values with a margin on each side; `None` if an end is not finite.
///
/// The margin is a tenth of the range, or twice the distance of the extreme from the `tails.beyond` + 1-th value,
/// whichever is larger: for an exponential tail, the next sample stays inside with probability 1 − beyond⁻². The sign
/// does not change: a count that is never negative must not become so.
pub(super) fn ends((low, high): (f64, f64), tails: Option<&Tails>, whole: bool) -> Option<RangeEnds> {
    let room = (high - low) / 10.0;
    let (below, above) = tails.map_or((0.0, 0.0), |tails| (tails.low - low, high - tails.high));
    let least = low - room.max(2.0 * below);
    let most = high + room.max(2.0 * above);
    let least = if low >= 0.0 { least.max(0.0) } else { least };
    let most = if high <= 0.0 { most.min(0.0) } else { most };
    if !least.is_finite() || !most.is_finite() {
        return None;
    }
    let is_heavy = tails.is_some_and(|tails| {
        // An end at 0, which the sign imposes, is exact.
        (above > tails.high - tails.mean && high > 0.0) || (below > tails.mean - tails.low && low < 0.0)
    });
    let (least, most) = if whole || room >= 10.0 {
        // Adding 0 turns −0 into 0.
        (least.floor() + 0.0, most.ceil() + 0.0)
    } else {
        // Two digits of the margin are exact enough for an estimate.
        #[expect(clippy::cast_possible_truncation, reason = "a number of decimals")]
        let places = (2.0 - room.log10().floor()).clamp(0.0, 15.0) as i32;
        let scale = 10f64.powi(places);
        let rounded = ((least * scale).floor() / scale + 0.0, (most * scale).ceil() / scale + 0.0);
        if rounded.0.is_finite() && rounded.1.is_finite() { rounded } else { (least, most) }
    };
    Some(RangeEnds { least: number(least), most: number(most), is_heavy })
}

/// Formats a number as YAML, without a row of zeros.
pub(super) fn number(value: f64) -> String {
    if value != 0.0 && !(1e-6..1e16).contains(&value.abs()) { format!("{value:e}") } else { value.to_string() }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ends_of(low: f64, high: f64, whole: bool) -> (String, String) {
        let ends = ends((low, high), None, whole).map(|ends| (ends.least, ends.most));
        ends.unwrap_or_default()
    }

    #[test]
    fn ranges_get_room_but_no_new_sign() {
        let texts = |least: &str, most: &str| (least.to_owned(), most.to_owned());
        assert_eq!(ends_of(18.0, 79.0, true), texts("11", "86"));
        assert_eq!(ends_of(0.0, 5.0, true), texts("0", "6"));
        assert_eq!(ends_of(-3.0, -1.0, true), texts("-4", "0"));
        assert_eq!(ends_of(0.1, 0.9, false), texts("0.02", "0.98"));
        assert_eq!(ends_of(0.0, 1e300, false), texts("0", "1.1e300"));
        assert_eq!(ends((f64::MIN, 1.0), None, false), None);
    }

    #[test]
    fn a_long_tail_gets_room_of_its_own_length() {
        // Thirty of the values are beyond 100, and the largest is 400.
        let long = Tails { low: 1.0, high: 100.0, mean: 20.0 };
        let found = ends((0.0, 400.0), Some(&long), true);
        assert_eq!(found, Some(RangeEnds { least: "0".to_owned(), most: "1000".to_owned(), is_heavy: true }));
        let short = Tails { low: 20.0, high: 70.0, mean: 45.0 };
        let found = ends((17.0, 80.0), Some(&short), true);
        assert_eq!(found, Some(RangeEnds { least: "10".to_owned(), most: "100".to_owned(), is_heavy: false }));
    }

    #[test]
    fn null_shares_may_double() {
        let limit = |count, all| head_room(count, all).1.unwrap_or_default();
        assert_eq!(head_room(200, 10_000), ("2.0".to_owned(), Some("<= 4%".to_owned())));
        assert_eq!(limit(1, 100_000), "<= 1%");
        // Of 50 rows, 3 now may be 14 in the next sample.
        assert_eq!(limit(3, 50), "<= 29%");
        assert_eq!(limit(90_000, 100_000), "<= 95%");
        assert_eq!(limit(45, 60), "<= 88%");
        assert_eq!(head_room(99, 100).1, None);
    }

    #[test]
    fn shares_have_one_digit() {
        assert_eq!(allowance(3_000), "< 0.2%");
        assert_eq!(allowance(50_000), "< 0.02%");
        assert_eq!(allowance(40), "< 15%");
        assert_eq!(allowance(3), "< 99%");
        assert_eq!(repeatable(6, 16_000), Some("<= 0.2%".to_owned()));
        assert_eq!(repeatable(5, 5), None);
    }
}
