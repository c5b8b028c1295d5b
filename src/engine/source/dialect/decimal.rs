//! Numbers whose decimal sign is the comma.

/// The meaning of a field where the comma is the decimal sign.
pub(super) enum Decimal {
    /// A number, as other files write it.
    Number(Vec<u8>),
    /// A number with a decimal point, which contradicts the dialect.
    Point,
    /// No number, or a whole one without separators.
    Other,
}

pub(super) fn decimal(field: &[u8]) -> Decimal {
    let (sign, rest) = match field {
        [sign @ (b'+' | b'-'), rest @ ..] => (Some(*sign), rest),
        rest => (None, rest),
    };
    let (mantissa, exponent) = match rest.iter().position(|byte| matches!(byte, b'e' | b'E')) {
        Some(at) => rest.split_at(at),
        None => (rest, &[][..]),
    };
    let are_digits = |text: &[u8]| !text.is_empty() && text.iter().all(u8::is_ascii_digit);
    let is_exponent = exponent.is_empty() || {
        let digits = exponent.get(1..).unwrap_or_default();
        are_digits(digits.strip_prefix(b"-").or_else(|| digits.strip_prefix(b"+")).unwrap_or(digits))
    };
    let mut halves = mantissa.split(|byte| *byte == b',');
    let (Some(whole), fraction, None, true) = (halves.next(), halves.next(), halves.next(), is_exponent) else {
        return Decimal::Other;
    };
    let mut groups = whole.split(|byte| *byte == b'.');
    let first = groups.next().unwrap_or_default();
    let others: Vec<&[u8]> = groups.collect();
    let is_grouped = !others.is_empty()
        && (1..=3).contains(&first.len())
        && others.iter().all(|group| group.len() == 3 && are_digits(group));
    let is_whole = are_digits(first) && (others.is_empty() || is_grouped);
    let number = |fraction: &[u8]| {
        let digits = whole.iter().copied().filter(|byte| *byte != b'.');
        let fraction = std::iter::once(b'.').chain(fraction.iter().copied()).filter(|_| !fraction.is_empty());
        sign.into_iter().chain(digits).chain(fraction).chain(exponent.iter().copied()).collect()
    };
    match fraction {
        Some(fraction) if are_digits(fraction) && (is_whole || whole.is_empty()) => Decimal::Number(number(fraction)),
        Some(_) => Decimal::Other,
        None if is_whole && is_grouped => Decimal::Number(number(&[])),
        None if others.len() == 1 && (first.is_empty() || are_digits(first)) && are_digits(others[0]) => Decimal::Point,
        None => Decimal::Other,
    }
}
