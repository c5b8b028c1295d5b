//! Decimal numbers with all their digits, where a float would be rounded.

use std::cmp::Ordering;
use std::fmt;

/// The most digits behind the point of a quotient that does not terminate; one more digit marks the truncation.
const MOST_DECIMALS: usize = 60;

/// A decimal number with all its digits.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Digits {
    is_negative: bool,
    /// Digits before the point, without leading zeros.
    whole: String,
    /// Digits behind the point, without trailing zeros.
    fraction: String,
}

impl Digits {
    /// Reads a number such as `-12.50`; returns `None` for any other text.
    pub fn parse(text: &str) -> Option<Self> {
        let (sign, digits) = match (text.strip_prefix('-'), text.strip_prefix('+')) {
            (Some(rest), _) => (true, rest),
            (_, Some(rest)) => (false, rest),
            _ => (false, text),
        };
        let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
        let are_digits = |part: &str| part.bytes().all(|byte| byte.is_ascii_digit());
        if !(are_digits(whole) && are_digits(fraction)) || (whole.is_empty() && fraction.is_empty()) {
            return None;
        }
        Some(Self::new(sign, whole, fraction))
    }

    fn new(is_negative: bool, whole: &str, fraction: &str) -> Self {
        let (whole, fraction) = (whole.trim_start_matches('0').to_owned(), fraction.trim_end_matches('0').to_owned());
        Self { is_negative: is_negative && !(whole.is_empty() && fraction.is_empty()), whole, fraction }
    }

    /// Reads a whole number and moves its point to the left by `decimals` digits.
    pub fn scaled(text: &str, decimals: usize) -> Option<Self> {
        let Self { is_negative, whole, fraction } = Self::parse(text)?;
        let padded = format!("{whole:0>width$}", width = decimals + 1);
        let (before, after) = padded.split_at(padded.len() - decimals);
        Some(Self::new(is_negative, before, &format!("{after}{fraction}")))
    }

    /// Returns the fewest digits from which a finite float can be read back; of a whole number, all digits.
    pub fn of_float(number: f64) -> Option<Self> {
        let text = if number.fract() == 0.0 { format!("{number:.0}") } else { number.to_string() };
        Self::parse(&text)
    }

    /// Returns the nearest float.
    pub fn to_float(&self) -> f64 {
        self.to_string().parse().unwrap_or(f64::NAN)
    }

    /// Returns true if a float has exactly these digits.
    pub fn is_float(&self) -> bool {
        Self::of_float(self.to_float()).as_ref() == Some(self)
    }

    /// Returns the sum, with all digits.
    #[must_use]
    pub fn plus(&self, other: &Self) -> Self {
        let (whole, decimals) =
            (self.whole.len().max(other.whole.len()) + 1, self.fraction.len().max(other.fraction.len()));
        // The digits from the last to the first.
        let column = |number: &Self| -> Vec<u8> {
            let text = format!("{:0>whole$}{:0<decimals$}", number.whole, number.fraction);
            text.bytes().rev().map(|digit| digit - b'0').collect()
        };
        let (ours, theirs) = (column(self), column(other));
        let is_smaller = ours.iter().rev().lt(theirs.iter().rev());
        let (more, less, is_negative) =
            if is_smaller { (theirs, ours, other.is_negative) } else { (ours, theirs, self.is_negative) };
        let differs = self.is_negative != other.is_negative;
        let mut carry = false;
        let digit = |(more, less): (u8, u8)| {
            let less = less + u8::from(carry);
            let sum = if differs { 10 + more - less } else { more + less };
            carry = (sum >= 10) != differs;
            char::from(b'0' + sum % 10)
        };
        let sum: Vec<char> = more.into_iter().zip(less).map(digit).collect();
        let text: String = sum.into_iter().rev().collect();
        let (before, after) = text.split_at(text.len() - decimals);
        Self::new(is_negative, before, after)
    }

    /// Returns the quotient by a number of rows; `None` for 0 rows.
    pub fn divided(&self, rows: u64) -> Option<Self> {
        if rows == 0 {
            return None;
        }
        let (mut quotient, mut rest) = (String::new(), 0_u128);
        let mut digit = |rest: &mut u128, next: u8| {
            *rest = *rest * 10 + u128::from(next - b'0');
            quotient.push(char::from_digit((*rest / u128::from(rows)) as u32, 10).unwrap_or('0'));
            *rest %= u128::from(rows);
        };
        self.whole.bytes().chain(self.fraction.bytes()).for_each(|next| digit(&mut rest, next));
        let mut decimals = self.fraction.len();
        while rest != 0 && decimals < MOST_DECIMALS {
            digit(&mut rest, b'0');
            decimals += 1;
        }
        if rest != 0 {
            quotient.push('1');
            decimals += 1;
        }
        let (whole, fraction) = quotient.split_at(quotient.len() - decimals);
        Some(Self::new(self.is_negative, whole, fraction))
    }
}

impl fmt::Display for Digits {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let sign = if self.is_negative { "-" } else { "" };
        let whole = if self.whole.is_empty() { "0" } else { &self.whole };
        let point = if self.fraction.is_empty() { "" } else { "." };
        write!(f, "{sign}{whole}{point}{}", self.fraction)
    }
}

impl PartialOrd for Digits {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Digits {
    fn cmp(&self, other: &Self) -> Ordering {
        let size = |number: &Self| (number.whole.len(), number.whole.clone(), number.fraction.clone());
        match (self.is_negative, other.is_negative) {
            (false, false) => size(self).cmp(&size(other)),
            (true, true) => size(other).cmp(&size(self)),
            (true, false) => Ordering::Less,
            (false, true) => Ordering::Greater,
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test stops at the first surprise")]
    use super::*;

    fn of(text: &str) -> Digits {
        Digits::parse(text).unwrap()
    }

    #[test]
    fn digits_are_read_and_written() {
        for (text, same) in [("007.50", "7.5"), ("-0.0", "0"), ("+3", "3"), (".5", "0.5"), ("-12", "-12"), ("5.", "5")]
        {
            assert_eq!(of(text).to_string(), same);
        }
        for text in ["", ".", "1e5", "1_000", "5%", "-", "nan", "1.2.3"] {
            assert_eq!(Digits::parse(text), None, "{text}");
        }
        assert_eq!(Digits::scaled("-7", 2).unwrap(), of("-0.07"));
        assert_eq!(Digits::scaled("12345", 2).unwrap(), of("123.45"));
    }

    #[test]
    fn they_are_ordered_as_numbers() {
        let ascending =
            ["-10", "-9.5", "-0.1", "0", "0.09", "0.1", "0.11", "2", "12345678901234567", "12345678901234568"];
        assert!(ascending.windows(2).all(|pair| of(pair[0]) < of(pair[1])));
        assert_eq!(of("0.10"), of(".1"));
    }

    #[test]
    fn a_quotient_ends_or_says_that_it_does_not() {
        assert_eq!(of("0.6").divided(3).unwrap(), of("0.2"));
        assert_eq!(of("-7").divided(8).unwrap(), of("-0.875"));
        assert_eq!(of("12345678901234569").divided(2).unwrap(), of("6172839450617284.5"));
        let third = of("1").divided(3).unwrap();
        assert_eq!(third.to_float(), 1.0 / 3.0);
        assert!(third > of("0.3333333333333333") && third < of("0.3333333333333334") && !third.is_float());
        assert_eq!(of("1").divided(0), None);
    }

    #[test]
    fn sums_have_all_digits() {
        for (one, other, sum) in [
            ("0.7", "0.1", "0.8"),
            ("9999.99", "0.01", "10000"),
            ("12345678901234567890.5", "-0.75", "12345678901234567889.75"),
            ("-3", "3", "0"),
            ("-3", "2.5", "-0.5"),
            ("2.5", "-3", "-0.5"),
            ("-999", "-1.001", "-1000.001"),
            ("100", "-0.001", "99.999"),
            ("0", "-7", "-7"),
        ] {
            assert_eq!((of(one).plus(&of(other)), of(other).plus(&of(one))), (of(sum), of(sum)), "{one} + {other}");
        }
    }

    #[test]
    fn floats_hold_what_they_give_back() {
        assert!(of("0.2").is_float() && of("9007199254740992").is_float() && !of("9007199254740993").is_float());
        assert!(
            !of("90071992547409.93").is_float()
                || of("90071992547409.94") != Digits::of_float(90_071_992_547_409.93).unwrap()
        );
        assert_eq!(Digits::of_float(1e22).unwrap().to_string(), "10000000000000000000000");
        assert_eq!(Digits::of_float(f64::INFINITY), None);
    }
}
