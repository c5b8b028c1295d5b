//! Canonical text of values, independent of the type that stores them.

use chrono::DateTime;

/// Formats a float: whole numbers with all their digits, others with the fewest digits that read back as the number.
pub fn of_float(number: f64) -> String {
    if number == 0.0 {
        "0".to_owned()
    } else if number.fract() == 0.0 {
        format!("{number:.0}")
    } else {
        number.to_string()
    }
}

/// Formats a 32-bit float.
pub fn of_float_32(number: f32) -> String {
    if number.fract() == 0.0 { of_float(f64::from(number)) } else { number.to_string() }
}

/// Formats a decimal without trailing zeros.
pub fn of_decimal(text: &str) -> String {
    let short = if text.contains('.') { text.trim_end_matches('0').trim_end_matches('.') } else { text };
    if matches!(short, "-0" | "") { "0".to_owned() } else { short.to_owned() }
}

/// Formats a timestamp in nanoseconds since 1970 in UTC: a date, followed by the time unless it is midnight.
pub fn of_nanos(nanos: i128) -> String {
    const SECOND: i128 = 1_000_000_000;
    let (seconds, rest) = (nanos.div_euclid(SECOND), nanos.rem_euclid(SECOND));
    let moment = i64::try_from(seconds)
        .ok()
        .zip(u32::try_from(rest).ok())
        .and_then(|(at, rest)| DateTime::from_timestamp(at, rest));
    // A timestamp beyond the calendar is formatted as its number.
    let Some(moment) = moment else { return nanos.to_string() };
    let whole = if seconds.rem_euclid(86_400) == 0 && rest == 0 {
        moment.format("%Y-%m-%d").to_string()
    } else {
        moment.format("%Y-%m-%dT%H:%M:%S").to_string()
    };
    if rest == 0 { whole } else { of_decimal(&format!("{whole}.{rest:09}")) }
}

/// Normalises a number in another notation: `1.0`, `1e3`, `1.50`.
pub fn of_number_text(text: &str) -> String {
    let is_float = text.contains(['e', 'E']) || text.ends_with(".0");
    match text.parse::<f64>() {
        Ok(number) if is_float => of_float(number),
        Ok(number) if number.is_nan() => "NaN".to_owned(),
        _ => of_decimal(text),
    }
}

/// Normalises a timestamp in another notation: `2024-01-01T00:00:00`, with or without a zone.
pub fn of_time_text(text: &str) -> String {
    let nanos = |moment: DateTime<chrono::FixedOffset>| {
        i128::from(moment.timestamp()) * 1_000_000_000 + i128::from(moment.timestamp_subsec_nanos())
    };
    let with_zone = |suffix: &str| DateTime::parse_from_rfc3339(&format!("{text}{suffix}")).ok();
    let read = with_zone("").or_else(|| with_zone("Z")).or_else(|| with_zone("T00:00:00Z"));
    read.map_or_else(|| text.to_owned(), |moment| of_nanos(nanos(moment)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_of_other_spellings_become_one() {
        assert_eq!(
            ["1.0", "1e3", "1.50", "-0.0", "-0.00", "7", "0.1", "nan", "NaN"].map(of_number_text),
            ["1", "1000", "1.5", "0", "0", "7", "0.1", "NaN", "NaN"]
        );
        // No conversion to a float in between.
        assert_eq!(of_number_text("12345678901234567.10"), "12345678901234567.1");
        let midnight = ["2024-01-01", "2024-01-01T00:00:00", "2024-01-01T00:00:00Z", "2024-01-01T02:00:00+02:00"];
        assert_eq!(midnight.map(of_time_text), ["2024-01-01"; 4]);
        assert_eq!(of_time_text("2024-01-01T00:00:00.500"), "2024-01-01T00:00:00.5");
        assert_eq!(of_time_text("2024-01-01T06:30:00"), "2024-01-01T06:30:00");
        assert_eq!(of_time_text("unknown"), "unknown");
    }

    #[test]
    fn moments_before_1970_and_beyond_the_calendar_are_spelled() {
        assert_eq!(of_nanos(-1), "1969-12-31T23:59:59.999999999");
        assert_eq!(of_nanos(-86_400_000_000_000), "1969-12-31");
        assert_eq!(of_nanos(i128::from(i64::MAX) * 1_000_000_000), "9223372036854775807000000000");
    }
}
