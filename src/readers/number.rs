//! Numbers in the spellings of the tools.

/// Parses a number as some tool writes it: `0.5`, `1e-05`, `NaN`, `nan`, `inf`, `+Inf`, `-Infinity`, `.nan`, `-.inf`.
///
/// A decimal that is too large for 64 bits is none: only a word stands for infinity.
pub(in crate::readers) fn number(text: &str) -> Option<f64> {
    if let Some(special) = not_finite(text) {
        return Some(special);
    }
    let is_decimal = text.bytes().all(|byte| byte.is_ascii_digit() || b"+-.eE".contains(&byte));
    text.parse().ok().filter(|number: &f64| is_decimal && number.is_finite())
}

/// Parses a word for a number that is not finite, as Python, JavaScript, YAML and Prometheus write it.
pub(in crate::readers) fn not_finite(text: &str) -> Option<f64> {
    let (is_negative, word) = match text.strip_prefix('-') {
        Some(word) => (true, word),
        None => (false, text.strip_prefix('+').unwrap_or(text)),
    };
    let size = match word {
        "NaN" | "nan" | "NAN" | ".nan" | ".NaN" | ".NAN" if !text.starts_with(['-', '+']) => f64::NAN,
        "Infinity" | "infinity" | "inf" | "Inf" | "INF" | ".inf" | ".Inf" | ".INF" => f64::INFINITY,
        _ => return None,
    };
    Some(if is_negative { -size } else { size })
}

/// Writes a number as JSON can hold it: numbers that are not finite are words.
pub(in crate::readers) fn to_json(number: f64) -> serde_json::Value {
    let word = match number {
        number if number.is_nan() => "NaN",
        f64::INFINITY => "Infinity",
        f64::NEG_INFINITY => "-Infinity",
        number => return number.into(),
    };
    word.into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spellings_of_the_tools() {
        for (text, value) in [
            ("0.5", 0.5),
            ("-1", -1.0),
            ("1e-05", 1e-5),
            ("+2.", 2.0),
            (".5", 0.5),
            ("12345678901234567890", 12345678901234567890.0),
        ] {
            assert_eq!(number(text), Some(value), "{text}");
        }
        for text in ["NaN", "nan", ".nan", ".NaN"] {
            assert!(number(text).is_some_and(f64::is_nan), "{text}");
        }
        for text in ["inf", "Infinity", "+Inf", ".inf", "+.inf", "Inf"] {
            assert_eq!(number(text), Some(f64::INFINITY), "{text}");
            let minus = format!("-{}", text.trim_start_matches('+'));
            assert_eq!(number(&minus), Some(f64::NEG_INFINITY), "{minus}");
        }
        for text in
            ["", "1,5", "1_000", "0x10", "n/a", "1e999", "-1e999", "infinities", "--inf", "+-inf", " 1", "1 ", "e"]
        {
            assert_eq!(number(text), None, "{text}");
        }
    }

    #[test]
    fn json_has_words_for_the_others() {
        let texts = [f64::NAN, f64::INFINITY, f64::NEG_INFINITY, 0.1, 3.0].map(|number| to_json(number).to_string());
        assert_eq!(texts, ["\"NaN\"", "\"Infinity\"", "\"-Infinity\"", "0.1", "3.0"]);
    }
}
