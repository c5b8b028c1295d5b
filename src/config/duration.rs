//! Durations in words.

/// Parses a number and a unit, such as `7d` or `7 days`, and returns seconds, or `None` if the text is not a duration.
pub fn seconds(text: &str) -> Option<f64> {
    const UNITS: [(&str, &str, f64); 5] = [
        ("s", "second", 1.0),
        ("m", "minute", 60.0),
        ("h", "hour", 3_600.0),
        ("d", "day", 86_400.0),
        ("w", "week", 604_800.0),
    ];
    let text = text.trim();
    let (number, unit) = text.split_at(text.find(|c: char| c.is_ascii_alphabetic())?);
    let is = |short: &str, long: &str| unit == short || unit == long || unit.strip_suffix('s') == Some(long);
    let (_, _, seconds) = UNITS.iter().find(|(short, long, _)| is(short, long))?;
    let number: f64 = number.trim().parse().ok()?;
    Some(number * seconds).filter(|seconds| seconds.is_finite() && *seconds >= 0.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_is_a_number_and_a_unit() {
        for (text, expected) in [
            ("7 days", 604_800.0),
            ("7d", 604_800.0),
            (" 1 week ", 604_800.0),
            ("36h", 129_600.0),
            ("1.5 hours", 5_400.0),
            ("1 minute", 60.0),
            ("0s", 0.0),
        ] {
            assert_eq!(seconds(text), Some(expected), "{text}");
        }
        for text in ["7", "days", "-7d", "7 months", "7 dayss", "1e400 s", "", "7 d ays", "∞d"] {
            assert_eq!(seconds(text), None, "{text}");
        }
    }
}
