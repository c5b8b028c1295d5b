//! Limits that the next draw of the same rows keeps.

use crate::engine::Tails;

/// The share of rows that may break a limit which chance alone moves, as a bound: six rows of so many.
///
/// Of two draws of one law, the second has k rows beyond the largest value of the first with probability at most 2⁻ᵏ, whatever the law.
pub(super) fn allowance(all: u64) -> String {
    format!("< {}", percent(6.0 / float(all)))
}

/// The most rows of a kind that the next as many rows hold, where these hold `count`: three standard errors of the difference, and three
/// rows where there are hardly any.
pub(super) fn most_next(count: u64) -> f64 {
    let count = float(count);
    count + 3.0 * (2.0 * (count + 1.0)).sqrt() + 3.0
}

/// The share now, and the limit on it in percent; no limit where that could not be broken.
///
/// Above 1 % it is a whole number, and at least twice the share now or half way to all.
pub(super) fn head_room(count: u64, all: u64) -> (String, Option<String>) {
    let now = float(count) / float(all) * 100.0;
    // Where chance could take it to all rows, half way is as far as a limit may be.
    let next = Some(most_next(count) / float(all) * 100.0).filter(|next| *next < 100.0).unwrap_or_default();
    let allowed = (2.0 * now).min(f64::midpoint(now, 100.0)).max(next).ceil().max(1.0);
    (format!("{now:.1}"), (allowed < 100.0).then(|| format!("<= {allowed}%")))
}

/// A share of rows, as few as most tables repeat: with one digit below 1 %.
pub(super) fn repeatable(count: u64, all: u64) -> Option<String> {
    let next = most_next(count) / float(all);
    (next < 1.0).then(|| format!("<= {}", percent(next)))
}

#[expect(clippy::cast_precision_loss, reason = "rows")]
fn float(rows: u64) -> f64 {
    rows as f64
}

/// A share in percent, rounded up to one digit.
fn percent(share: f64) -> String {
    let percent = (share * 100.0).min(99.0);
    if percent >= 10.0 {
        return format!("{}%", percent.ceil());
    }
    #[expect(clippy::cast_possible_truncation, reason = "a number of decimals")]
    let places = (-percent.log10().floor()).clamp(0.0, 12.0) as i32;
    let scale = 10f64.powi(places);
    // What rounding alone lifted over the digit is not the next one.
    let digits = (percent * scale - 1e-9).ceil() / scale;
    format!("{digits}%")
}

/// The ends of a range.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Ends {
    /// The lower end, as YAML.
    pub(super) least: String,
    /// The upper end, as YAML.
    pub(super) most: String,
    /// Whether a tail is so heavy that the next draw may lie beyond any end.
    pub(super) is_heavy: bool,
}

/// The range of the values with room on each side; nothing where the ends are no numbers any more.
///
/// The room is a tenth of the span, or twice the distance of the extreme from the `tails.beyond` + 1-th value, where that is more: of an
/// exponential tail, the next draw stays inside with probability 1 − beyond⁻². No new sign: a count that is never negative should
/// not become so.
pub(super) fn ends((low, high): (f64, f64), tails: Option<&Tails>, whole: bool) -> Option<Ends> {
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
        // A sign that is not crossed is an end of its own.
        (above > tails.high - tails.mean && high > 0.0) || (below > tails.mean - tails.low && low < 0.0)
    });
    let (least, most) = if whole || room >= 10.0 {
        // Adding 0 turns −0, which nobody writes, into 0.
        (least.floor() + 0.0, most.ceil() + 0.0)
    } else {
        // Two digits of the room are as exact as a guess needs to be.
        #[expect(clippy::cast_possible_truncation, reason = "a number of decimals")]
        let places = (2.0 - room.log10().floor()).clamp(0.0, 15.0) as i32;
        let scale = 10f64.powi(places);
        let rounded = ((least * scale).floor() / scale + 0.0, (most * scale).ceil() / scale + 0.0);
        if rounded.0.is_finite() && rounded.1.is_finite() { rounded } else { (least, most) }
    };
    Some(Ends { least: number(least), most: number(most), is_heavy })
}

/// A number as YAML, without a row of zeros.
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
        // Thirty of the values lie beyond 100, and the largest is 400.
        let long = Tails { low: 1.0, high: 100.0, mean: 20.0 };
        let found = ends((0.0, 400.0), Some(&long), true);
        assert_eq!(found, Some(Ends { least: "0".to_owned(), most: "1000".to_owned(), is_heavy: true }));
        let short = Tails { low: 20.0, high: 70.0, mean: 45.0 };
        let found = ends((17.0, 80.0), Some(&short), true);
        assert_eq!(found, Some(Ends { least: "10".to_owned(), most: "100".to_owned(), is_heavy: false }));
    }

    #[test]
    fn null_shares_may_double() {
        let limit = |count, all| head_room(count, all).1.unwrap_or_default();
        assert_eq!(head_room(200, 10_000), ("2.0".to_owned(), Some("<= 4%".to_owned())));
        assert_eq!(limit(1, 100_000), "<= 1%");
        // Of 50 rows, 3 now may be 14 next time.
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
